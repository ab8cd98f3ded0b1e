package model

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/practice"
)

// minutesOfDay is the end of a local day; days with a change of the clocks have the
// same minutes on the wall.
const minutesOfDay = 1440

// span is a run of minutes on the wall, counted from 1970-01-01 00:00 so that it
// may go over midnight. Its end is not in it.
type span struct{ from, to int64 }

// atDay places minutes of the day on a local day; an end that is not after its
// begin lies on the next day.
func atDay(d coverage.Day, start, end int) span {
	if end <= start {
		end += minutesOfDay
	}
	base := int64(d) * minutesOfDay
	return span{base + int64(start), base + int64(end)}
}

func (s span) widen(minutes int) span { return span{s.from - int64(minutes), s.to + int64(minutes)} }

// maxRanges is how many runs of minutes a local day can have in the tables that
// events are compared with.
const maxRanges = 3

// ranges returns what spans cover of a local day, in minutes since midnight, as
// at most maxRanges runs: if there are more, the closest are taken together.
func ranges(spans []span, d coverage.Day) []span {
	base := int64(d) * minutesOfDay
	var list []span
	for _, s := range spans {
		r := span{max(s.from-base, 0), min(s.to-base, minutesOfDay)}
		if r.from < r.to {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b span) int { return int(a.from - b.from) })
	var merged []span
	for _, r := range list {
		if n := len(merged); n > 0 && r.from <= merged[n-1].to {
			merged[n-1].to = max(merged[n-1].to, r.to)
			continue
		}
		merged = append(merged, r)
	}
	for len(merged) > maxRanges {
		closest := 1
		for i := 1; i < len(merged); i++ {
			if merged[i].from-merged[i-1].to < merged[closest].from-merged[closest-1].to {
				closest = i
			}
		}
		merged[closest-1].to = merged[closest].to
		merged = slices.Delete(merged, closest, closest+1)
	}
	return merged
}

// calendar knows when the practice is open.
type calendar struct {
	locations []string // the first is "", for all
	hours     []practice.Hours
	margin    int
	closures  []practice.Closure
	holiday   map[coverage.Day]bool
}

func newCalendar(p practice.Practice, reach coverage.Period) *calendar {
	c := &calendar{locations: []string{""}, hours: p.Hours, margin: p.HoursMargin, closures: p.Closures}
	// Hours over midnight and their margin reach the days beside.
	c.holiday = holidays(p.Holidays, coverage.Period{From: reach.From - 400, To: reach.To + 2})
	for _, h := range p.Hours {
		c.locations = merge(c.locations, []string{h.Location})
	}
	for _, x := range p.Closures {
		c.locations = merge(c.locations, []string{x.Location})
	}
	return c
}

// location returns the number of a location by name, 0 for one that has no hours
// or closures of its own.
func (c *calendar) location(name string) int64 {
	return int64(max(slices.IndexFunc(c.locations, func(l string) bool { return strings.EqualFold(l, name) }), 0))
}

// hoursOf are the hours that hold for a location: its own, or those for all.
func (c *calendar) hoursOf(location string) []practice.Hours {
	own := slices.DeleteFunc(slices.Clone(c.hours), func(h practice.Hours) bool { return !strings.EqualFold(h.Location, location) })
	if len(own) == 0 && location != "" {
		return c.hoursOf("")
	}
	return own
}

// closed says why a location does not open on a day by the calendar, or "".
func (c *calendar) closed(location string, d coverage.Day) string {
	if c.holiday[d] {
		return "holiday"
	}
	for _, x := range c.closures {
		if d >= x.From && d <= x.To && (x.Location == "" || strings.EqualFold(x.Location, location)) {
			return "closure"
		}
	}
	return ""
}

// spans are the hours of a location that begin on a day, calendar considered.
func (c *calendar) spans(location string, d coverage.Day) []span {
	if c.closed(location, d) != "" {
		return nil
	}
	var list []span
	for _, h := range c.hoursOf(location) {
		if slices.Contains(h.Days, d.Weekday()) {
			list = append(list, atDay(d, h.Open, h.Close))
		}
	}
	return list
}

// opens reports whether the practice opens on a day, as far as anybody said.
func (c *calendar) opens(d coverage.Day) bool {
	if len(c.hours) == 0 {
		return c.closed("", d) == ""
	}
	return slices.ContainsFunc(c.locations, func(l string) bool { return len(c.spans(l, d)) > 0 })
}

// day is one local day of a location.
type openDay struct {
	location int
	name     string
	day      coverage.Day
	holiday  bool
	known    bool   // the hours are known, or that it is closed
	hours    []span // minutes of the day that belong to hours of this day or the day before
	margin   []span // the same with the margin
	why      string
}

func (c *calendar) day(location int, d coverage.Day) openDay {
	name := c.locations[location]
	x := openDay{location: location, name: name, day: d}
	x.why = c.closed(name, d)
	x.holiday = x.why != ""
	known := len(c.hoursOf(name)) > 0
	x.known = known || x.holiday
	var all, wide []span
	for near := d - 1; near <= d+1; near++ {
		for _, s := range c.spans(name, near) {
			if near <= d {
				all = append(all, s)
			}
			wide = append(wide, s.widen(c.margin))
		}
	}
	x.hours, x.margin = ranges(all, d), ranges(wide, d)
	switch {
	case len(x.hours) > 0:
		x.why = ""
	case x.why == "" && known:
		x.why = "weekday"
	}
	return x
}

// openings makes model opening, and for the events the table of calendar days.
func (b *builder) openings(ctx context.Context) error {
	b.calendar = newCalendar(b.in.Practice, b.reach)
	if err := b.workedHolidays(ctx); err != nil {
		return err
	}
	var days, known []openDay
	for i := range b.calendar.locations {
		for d := b.reach.From; d <= b.reach.To; d++ {
			x := b.calendar.day(i, d)
			days = append(days, x)
			if x.known {
				known = append(known, x)
			}
		}
	}
	err := b.table(ctx, "opening", nil,
		texts("location", known, func(x openDay) string { return x.name }),
		ints("day_no", known, func(x openDay) int64 { return int64(x.day) }),
		ints("is_open", known, func(x openDay) int64 { return bit(len(x.hours) > 0) }),
		ints("open_min", known, func(x openDay) int64 { return edge(x.hours, true) }),
		ints("close_min", known, func(x openDay) int64 { return edge(x.hours, false) }),
		texts("why", known, func(x openDay) string { return x.why }))
	if err != nil {
		return err
	}
	columns := append(rangeColumns(days, func(x openDay) []span { return x.margin }),
		ints("loc_no", days, func(x openDay) int64 { return int64(x.location) }),
		ints("day_no", days, func(x openDay) int64 { return int64(x.day) }),
		ints("is_holiday", days, func(x openDay) int64 { return bit(x.holiday) }),
		ints("known", days, func(x openDay) int64 { return bit(x.known) }))
	return b.load(ctx, "mdl_calendar", columns...)
}

// edge returns the first begin or the last end of runs, 0 if there are none.
func edge(list []span, first bool) int64 {
	switch {
	case len(list) == 0:
		return 0
	case first:
		return list[0].from
	}
	return list[len(list)-1].to
}

// midnight returns the begin of a local day in UTC seconds.
func midnight(d coverage.Day, zone *time.Location) int64 {
	y, m, day := time.Unix(int64(d)*86400, 0).UTC().Date()
	return time.Date(y, m, day, 0, 0, 0, 0, zone).Unix()
}
