package model

import (
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
)

// federalHolidays returns the public holidays of the United States in a year,
// with the days on which they are observed if they fall on a weekend.
func federalHolidays(year int) []coverage.Day {
	var days []coverage.Day
	add := func(d coverage.Day) {
		days = append(days, d)
		switch d.Weekday() {
		case time.Saturday:
			days = append(days, d-1)
		case time.Sunday:
			days = append(days, d+1)
		default:
		}
	}
	add(date(year, time.January, 1))
	add(nth(year, time.January, time.Monday, 3))
	add(nth(year, time.February, time.Monday, 3))
	add(last(year, time.May, time.Monday))
	if year >= 2021 {
		add(date(year, time.June, 19))
	}
	add(date(year, time.July, 4))
	add(nth(year, time.September, time.Monday, 1))
	add(nth(year, time.October, time.Monday, 2))
	add(date(year, time.November, 11))
	add(nth(year, time.November, time.Thursday, 4))
	add(date(year, time.December, 25))
	return days
}

func date(year int, month time.Month, day int) coverage.Day {
	return coverage.DayOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// nth returns the n-th weekday of a month.
func nth(year int, month time.Month, w time.Weekday, n int) coverage.Day {
	first := date(year, month, 1)
	return first + coverage.Day((int(w)-int(first.Weekday())+7)%7+(n-1)*7) //nolint:gosec // at most 41
}

// last returns the last weekday of a month.
func last(year int, month time.Month, w time.Weekday) coverage.Day {
	end := date(year, month+1, 1) - 1
	return end - coverage.Day((int(end.Weekday())-int(w)+7)%7)
}

// holidays returns the public holidays of a calendar between two days.
func holidays(calendar string, p coverage.Period) map[coverage.Day]bool {
	set := map[coverage.Day]bool{}
	if calendar != "us-federal" {
		return set
	}
	year := func(d coverage.Day) int { return time.Unix(int64(d)*86400, 0).UTC().Year() }
	// New Year's Day of the next year may be observed in this one.
	for y := year(p.From); y <= year(p.To)+1; y++ {
		for _, d := range federalHolidays(y) {
			if d >= p.From && d <= p.To {
				set[d] = true
			}
		}
	}
	return set
}
