package fhiraudit

import (
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// stamp is a time as the source writes it: an instant, or what a clock on the
// wall showed. The zero stamp is no time.
type stamp struct {
	t     time.Time
	local bool
}

// resolve returns the instant.
func (s stamp) resolve(c *ingest.LocalClock) (time.Time, ingest.TimeFlag) {
	if s.t.IsZero() || !s.local {
		return s.t, ""
	}
	return c.Resolve(s.t)
}

// precision says how much of a date a source gives.
type precision uint8

const (
	precisionNone  precision = iota // not a time, or not one of the calendar
	precisionMonth                  // only a year, or a year and a month
	precisionDay                    // a date, with or without a time of day
)

// parseStamp reads a FHIR instant or dateTime: "2006-01-02T15:04:05.999Z" with
// any number of decimals, and what writers make of it: no seconds, a blank for
// the T, no offset, a date without a time, an offset without a colon.
func parseStamp(s string) (stamp, precision) {
	year, ok := digits(s, 0, 4)
	if !ok || year < 1900 || year > 2199 { // outside of these a year only stands for "never"
		return stamp{}, precisionNone
	}
	if len(s) == 4 {
		return stamp{}, precisionMonth
	}
	month, ok := digits(s, 5, 2)
	if !ok || s[4] != '-' || month < 1 || month > 12 {
		return stamp{}, precisionNone
	}
	if len(s) == 7 {
		return stamp{}, precisionMonth
	}
	day, ok := digits(s, 8, 2)
	if !ok || s[7] != '-' || day < 1 || day > daysIn(year, month) {
		return stamp{}, precisionNone
	}
	clock := timeOfDay{}
	if len(s) > 10 {
		if clock, ok = parseTimeOfDay(s[10:]); !ok {
			return stamp{}, precisionNone
		}
	}
	t := time.Date(year, time.Month(month), day, clock.hour, clock.minute, clock.second, clock.nano, time.UTC)
	return stamp{t: t.Add(-time.Duration(clock.offset) * time.Minute), local: !clock.zoned}, precisionDay
}

// timeOfDay is the part of a time after the date.
type timeOfDay struct {
	hour, minute, second, nano int
	offset                     int // minutes east of Greenwich
	zoned                      bool
}

// parseTimeOfDay reads "T15:04:05.999+01:00".
func parseTimeOfDay(s string) (timeOfDay, bool) {
	var c timeOfDay
	var hourOK, minuteOK bool
	c.hour, hourOK = digits(s, 1, 2)
	c.minute, minuteOK = digits(s, 4, 2)
	if !hourOK || !minuteOK || s[3] != ':' || s[0]|0x20 != 't' && s[0] != ' ' || c.hour > 23 || c.minute > 59 {
		return c, false
	}
	i := 6
	if i < len(s) && s[i] == ':' {
		var ok bool
		if c.second, ok = digits(s, i+1, 2); !ok || c.second > 60 { // 60 is a leap second
			return c, false
		}
		i += 3
		if i < len(s) && (s[i] == '.' || s[i] == ',') {
			if c.nano, i, ok = decimals(s, i+1); !ok {
				return c, false
			}
		}
	}
	ok := c.zone(trim(s[i:]))
	return c, ok
}

// decimals reads the digits of a second after its point. Those beyond the ninth
// are dropped.
func decimals(s string, i int) (nano, end int, ok bool) {
	start, unit := i, 100_000_000
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		nano += int(s[i]-'0') * unit
		unit /= 10
		i++
	}
	return nano, i, i > start
}

// zone reads an offset, or nothing.
func (c *timeOfDay) zone(s string) bool {
	switch {
	case s == "":
		return true
	case s == "Z" || s == "z":
		c.zoned = true
		return true
	case s[0] != '+' && s[0] != '-':
		return false
	}
	hours, ok := digits(s, 1, 2)
	minutes := 0
	switch {
	case !ok || hours > 23:
		return false
	case len(s) == 3:
	case len(s) == 5:
		minutes, ok = digits(s, 3, 2)
	case len(s) == 6 && s[3] == ':':
		minutes, ok = digits(s, 4, 2)
	default:
		return false
	}
	c.offset, c.zoned = hours*60+minutes, true
	if s[0] == '-' {
		c.offset = -c.offset
	}
	return ok && minutes < 60
}

// digits reads n decimal digits of s from position i.
func digits(s string, i, n int) (int, bool) {
	if i+n > len(s) {
		return 0, false
	}
	v := 0
	for _, c := range []byte(s[i : i+n]) {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, true
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
