package model

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
)

const (
	// weekdaysBefore is how many days of the same weekday a day is compared with, and
	// weeksBack how far back they may lie.
	weekdaysBefore = 8
	weeksBack      = 16
	// habitReach and habitEnough say how a source's habit on a weekday is found, as
	// package coverage does.
	habitReach  = 63
	habitEnough = 3
)

// delivery is one imported file with events.
type delivery struct {
	id                   int64
	first, last, written coverage.Day
	deleted              int64
	rejectedNoDay        int64
}

// trail is what is known of one source.
type trail struct {
	id          int32
	name        string
	zone        *time.Location
	expect      coverage.Expectation
	first, last coverage.Day
	deliveries  []delivery
	days        map[coverage.Day]trailDay
	rejected    map[coverage.Day]int64
}

type trailDay struct{ events, failed, doubtful, firstUs, lastUs int64 }

// sourceDay is one row of the model.
type sourceDay struct {
	source                                                   string
	day                                                      coverage.Day
	trailDay                                                 trailDay
	expected, closed, unfinished                             bool
	weekdays, rejected, deleted, firstUs, lastUs, medianHalf int64
}

// sourceDays makes model source_day.
func (b *builder) sourceDays(ctx context.Context) error {
	trails, err := b.trails(ctx)
	if err != nil {
		return err
	}
	var list []sourceDay
	for _, id := range slices.Sorted(maps.Keys(trails)) {
		t := trails[id]
		for d := max(b.window.From, t.first); d <= min(b.window.To, t.last); d++ {
			if t.covers(d) {
				list = append(list, b.sourceDay(t, d))
			}
		}
	}
	// The median of integers is a multiple of a half.
	return b.table(ctx, "source_day", map[string]string{"med_weekday": "CASE WHEN n_weekdays > 0 THEN median_half / 2.0 END"},
		texts("source_id", list, func(s sourceDay) string { return s.source }),
		ints("day_no", list, func(s sourceDay) int64 { return int64(s.day) }),
		ints("events", list, func(s sourceDay) int64 { return s.trailDay.events }),
		ints("expected", list, func(s sourceDay) int64 { return bit(s.expected) }),
		ints("closed", list, func(s sourceDay) int64 { return bit(s.closed) }),
		ints("median_half", list, func(s sourceDay) int64 { return s.medianHalf }),
		ints("n_weekdays", list, func(s sourceDay) int64 { return s.weekdays }),
		ints("rejected", list, func(s sourceDay) int64 { return s.rejected }),
		ints("check_failed", list, func(s sourceDay) int64 { return s.trailDay.failed }),
		ints("deleted", list, func(s sourceDay) int64 { return s.deleted }),
		ints("doubtful", list, func(s sourceDay) int64 { return s.trailDay.doubtful }),
		ints("first_s", list, func(s sourceDay) int64 { return s.firstUs / 1_000_000 }),
		ints("last_s", list, func(s sourceDay) int64 { return s.lastUs / 1_000_000 }),
		ints("unfinished", list, func(s sourceDay) int64 { return bit(s.unfinished) }))
}

func (b *builder) sourceDay(t *trail, d coverage.Day) sourceDay {
	s := sourceDay{source: t.name, day: d, trailDay: t.days[d], closed: !b.calendar.opens(d)}
	s.expected = !s.closed && (t.expect.Daily || (!t.expect.NoPattern && b.usuallyBusy(t, d)))
	s.medianHalf, s.weekdays = b.weekdayMedian(t, d)
	s.firstUs, s.lastUs = s.trailDay.firstUs, s.trailDay.lastUs
	if s.trailDay.events == 0 {
		s.firstUs, s.lastUs = midnight(d, t.zone)*1_000_000, midnight(d+1, t.zone)*1_000_000
	}
	s.rejected = t.rejected[d]
	s.unfinished = true
	covered := false
	for _, f := range t.deliveries {
		if d < f.first || d > f.last {
			continue
		}
		covered = true
		s.rejected += f.rejectedNoDay
		s.deleted += f.deleted
		s.unfinished = s.unfinished && d >= f.written
	}
	s.unfinished = s.unfinished && covered
	return s
}

// covers reports whether the system was in use on a day.
func (t *trail) covers(d coverage.Day) bool {
	return (t.expect.From == 0 || d >= t.expect.From) && (t.expect.Until == 0 || d <= t.expect.Until)
}

// delivered reports whether a file covers a day.
func (t *trail) delivered(d coverage.Day) bool {
	return slices.ContainsFunc(t.deliveries, func(f delivery) bool { return d >= f.first && d <= f.last })
}

// usuallyBusy reports whether a source has events on most days of the same weekday
// on which the practice was open. With too few of them working days count as
// busy, and weekend days if the source has events on any.
func (b *builder) usuallyBusy(t *trail, d coverage.Day) bool {
	seen, with := 0, 0
	for other := d - habitReach; other <= d+habitReach; other += 7 {
		if other == d || !t.covers(other) || !t.delivered(other) || !b.calendar.opens(other) {
			continue
		}
		seen++
		if t.days[other].events > 0 {
			with++
		}
	}
	if seen >= habitEnough {
		return with*2 >= seen
	}
	if isoWeekday(d) < 6 {
		return true
	}
	for other := d - habitReach; other <= d+habitReach; other++ {
		if isoWeekday(other) >= 6 && t.days[other].events > 0 {
			return true
		}
	}
	return false
}

// weekdayMedian returns twice the median of events on the last same weekdays that
// were open, and how many there were.
func (b *builder) weekdayMedian(t *trail, d coverage.Day) (half, n int64) {
	var counts []int64
	for other := d - 7; other >= max(t.first, d-7*weeksBack) && len(counts) < weekdaysBefore; other -= 7 {
		if t.covers(other) && t.delivered(other) && b.calendar.opens(other) {
			counts = append(counts, t.days[other].events)
		}
	}
	if len(counts) == 0 {
		return 0, 0
	}
	slices.Sort(counts)
	middle := len(counts) / 2
	half = counts[middle] * 2
	if len(counts)%2 == 0 {
		half = counts[middle] + counts[middle-1]
	}
	return half, int64(len(counts))
}

// trails reads what is known of the sources with events.
func (b *builder) trails(ctx context.Context) (map[int32]*trail, error) {
	trails := map[int32]*trail{}
	of := map[int64]*trail{}
	for _, i := range b.imports {
		if !i.hasEvents || !i.firstUs.Valid {
			continue
		}
		zone, err := time.LoadLocation(i.zone)
		if err != nil {
			return nil, fmt.Errorf("loading a source's zone: %w", err)
		}
		local := func(us int64) coverage.Day { return coverage.DayOf(time.UnixMicro(us).In(zone)) }
		f := delivery{id: i.id, first: local(i.firstUs.Int64), last: local(i.lastUs.Int64)}
		f.written = local(i.importedUs)
		if i.modifiedUs.Valid {
			f.written = local(min(i.importedUs, i.modifiedUs.Int64))
		}
		if f.written < f.first {
			f.written = f.last // no file is older than what it holds; a copy may say so
		}
		id := int32(i.source) //nolint:gosec // an INTEGER
		t := trails[id]
		if t == nil {
			name := b.sources[id]
			t = &trail{id: id, name: name, expect: b.in.Expect[name], first: f.first, last: f.last, days: map[coverage.Day]trailDay{}, rejected: map[coverage.Day]int64{}}
			trails[id] = t
		}
		t.zone = zone
		t.first, t.last = min(t.first, f.first), max(t.last, f.last)
		t.deliveries = append(t.deliveries, f)
		of[i.id] = t
	}
	if err := b.trailDays(ctx, trails); err != nil {
		return nil, err
	}
	return trails, b.trailDoubts(ctx, of)
}

func (b *builder) trailDays(ctx context.Context, trails map[int32]*trail) error {
	var (
		id  int32
		day coverage.Day
		n   trailDay
	)
	return b.each(ctx, `SELECT source_id, local_day, sum(events)::BIGINT, sum(check_failed)::BIGINT, sum(doubtful)::BIGINT, min(first_us), max(last_us)
		FROM `+b.s.Stored("source_day")+` WHERE site = 1 GROUP BY source_id, local_day`, func() error {
		if t := trails[id]; t != nil {
			t.days[day] = n
		}
		return nil
	}, &id, &day, &n.events, &n.failed, &n.doubtful, &n.firstUs, &n.lastUs)
}

// trailDoubts reads rejected and deleted records.
func (b *builder) trailDoubts(ctx context.Context, of map[int64]*trail) error {
	var (
		id, n int64
		day   sql.NullInt64
		kind  string
	)
	return b.each(ctx, `SELECT import_id, 'reject', local_day, count(*) FROM `+b.s.Stored("reject")+` WHERE site = 1 GROUP BY import_id, local_day
		UNION ALL SELECT import_id, kind, NULL, sum(count)::BIGINT FROM `+b.s.Stored("note")+` WHERE site = 1 AND kind = 'row_deleted' GROUP BY import_id, kind`, func() error {
		t := of[id]
		if t == nil {
			return nil
		}
		if kind == "reject" && day.Valid {
			t.rejected[coverage.Day(day.Int64)] += n //nolint:gosec // an INTEGER
			return nil
		}
		i := slices.IndexFunc(t.deliveries, func(f delivery) bool { return f.id == id })
		if kind == "reject" {
			t.deliveries[i].rejectedNoDay += n
		} else {
			t.deliveries[i].deleted += n
		}
		return nil
	}, &id, &kind, &day, &n)
}
