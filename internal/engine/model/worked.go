package model

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chartwatch/chartwatch/internal/coverage"
)

const (
	// workedBack is how far before the reach holidays are looked at: what is usual
	// for a weekday is compared with them.
	workedBack = 70
	// workedWeeks is with how many of the same weekdays before it a holiday is compared.
	workedWeeks = 4
	// minWorkers is how many people at least work on a day on which the practice is open.
	minWorkers = 2
)

// workedHolidays takes the public holidays out of the calendar on which at least
// half as many people worked in daytime as on the same weekday before: the
// calendar of holidays is a guess that most practices do not follow on every one.
// Closures that somebody entered stay.
func (b *builder) workedHolidays(ctx context.Context) error {
	var holidays []coverage.Day
	wanted := map[coverage.Day]bool{}
	for d := b.reach.From - workedBack; d <= b.reach.To; d++ {
		if !b.calendar.holiday[d] {
			continue
		}
		holidays = append(holidays, d)
		for week := range coverage.Day(workedWeeks + 1) {
			wanted[d-7*week] = true
		}
	}
	if len(holidays) == 0 {
		return nil
	}
	list := make([]string, 0, len(wanted))
	for d := range wanted {
		list = append(list, strconv.Itoa(int(d)))
	}
	slices.Sort(list)
	workers := map[coverage.Day]int{}
	var (
		day coverage.Day
		n   int
	)
	err := b.each(ctx, fmt.Sprintf(`SELECT e.local_day, count(DISTINCT e.user_code) FROM %s e JOIN %s u ON u.site = 1 AND u.code = e.user_code
		WHERE e.site = 1 AND e.local_day IN (%s) AND e.local_minute BETWEEN 480 AND 1080 AND coalesce(u.user_type, 'staff') = 'staff' GROUP BY 1`,
		b.s.Stored("event"), b.s.Stored("dim_user"), strings.Join(list, ", ")), func() error {
		workers[day] = n
		return nil
	}, &day, &n)
	if err != nil {
		return err
	}
	for _, d := range holidays {
		var usual []int
		for week := coverage.Day(1); week <= workedWeeks; week++ {
			if before := d - 7*week; workers[before] > 0 && !b.calendar.holiday[before] {
				usual = append(usual, workers[before])
			}
		}
		if len(usual) < 2 || workers[d] < minWorkers {
			continue
		}
		slices.Sort(usual)
		if workers[d]*2 < usual[len(usual)/2] {
			continue
		}
		delete(b.calendar.holiday, d)
		if d >= b.in.Period.From && d <= b.in.Period.To && b.calendar.closed("", d) == "" {
			b.notice("holiday_worked", fmt.Sprintf("%s is a public holiday, but %d accounts were at work, so it counts as an open day.", d, workers[d]),
				"if the practice was closed, enter the day as a closure")
		}
	}
	return nil
}
