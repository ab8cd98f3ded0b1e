package model

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/rules/models"
)

const (
	// habitDays is how far back a person's usual hours are looked for: 8 weeks.
	habitDays = 56
	// habitActive is how many active days make a habit.
	habitActive = 20
	// habitMargin widens usual hours, in minutes.
	habitMargin = 60
)

// shift is when a person is due to work, beginning on one local day.
type shift struct {
	person *person
	span   span
	basis  string
}

// hours makes model shift, and the table by which events find whether their
// person was due to work.
func (b *builder) hours(ctx context.Context) error {
	if err := b.usualHours(ctx); err != nil {
		return err
	}
	return b.hoursTables(ctx)
}

// usual are the minutes between which a person is at work on one weekday by habit.
type usual struct{ from, to int }

// usualHours finds the habits of the people whose shifts nobody has said. They are
// those before the week of the first day, so that a day and its week agree.
func (b *builder) usualHours(ctx context.Context) error {
	b.habits = map[int64]map[int]usual{}
	byNo := map[int64]*person{}
	for _, x := range b.people.list {
		if !slices.ContainsFunc(x.rows, rosterRow.hasHours) {
			byNo[x.no] = x
		}
	}
	if len(byNo) == 0 {
		return nil
	}
	from := b.in.Period.From
	monday := from - coverage.Day((int(from.Weekday())+6)%7)
	active := map[int64]int64{}
	found := map[int64]map[int]usual{}
	var (
		no, days  int64
		dow       int
		low, high float64
	)
	query := fmt.Sprintf(`SELECT u.person_no, (e.local_day + 3) %% 7 + 1, count(DISTINCT e.local_day),
			quantile_cont(e.local_minute, 0.05), quantile_cont(e.local_minute, 0.95)
		FROM (SELECT local_day, local_minute, user_code, kind_code FROM %s WHERE site = 1 AND local_day BETWEEN %d AND %d) e
		JOIN temp.mdl_user u ON u.user_code = e.user_code AND e.local_day BETWEEN u.from_day AND u.to_day
		JOIN temp.mdl_kind k ON k.kind_code = e.kind_code
		WHERE u.person_no > 0 AND u.user_type = 'staff' AND k.interactive = 1 GROUP BY 1, 2`,
		b.s.Stored("event"), monday-habitDays, monday-1)
	err := b.each(ctx, query, func() error {
		if byNo[no] == nil {
			return nil
		}
		active[no] += days
		if found[no] == nil {
			found[no] = map[int]usual{}
		}
		found[no][dow] = usual{max(int(low)-habitMargin, 0), min(int(high)+habitMargin, minutesOfDay)}
		return nil
	}, &no, &dow, &days, &low, &high)
	for no, n := range active {
		if n >= habitActive {
			b.habits[no] = found[no]
		}
	}
	return err
}

// shifts returns the shifts of a person that begin in some days, and whether
// anything is known of the person's hours.
func (b *builder) shifts(x *person, days coverage.Period) (list []shift, known bool) {
	habit := b.habits[x.no]
	known = habit != nil || slices.ContainsFunc(x.rows, rosterRow.hasHours)
	if !known {
		return nil, false
	}
	away := b.leaveOf(x)
	for d := days.From; d <= days.To; d++ {
		if slices.ContainsFunc(away, func(p coverage.Period) bool { return d >= p.From && d <= p.To }) || d < x.hired || d > x.left {
			continue
		}
		if habit != nil {
			if u, ok := habit[isoWeekday(d)]; ok {
				list = append(list, shift{x, atDay(d, u.from, u.to), "usual"})
			}
			continue
		}
		var own []span
		for _, r := range x.rows {
			for _, s := range r.shift(d, b.calendar) {
				if !slices.Contains(own, s) {
					own = append(own, s)
					list = append(list, shift{x, s, "roster"})
				}
			}
		}
	}
	return list, true
}

// isoWeekday is 1 for Monday to 7 for Sunday.
func isoWeekday(d coverage.Day) int { return (int(d.Weekday())+6)%7 + 1 }

// leaveOf are the days on which a person is away.
func (b *builder) leaveOf(x *person) []coverage.Period {
	var list []coverage.Period
	for _, l := range b.in.Practice.Leave {
		if b.people.find(l.Person) == x {
			list = append(list, coverage.Period{From: l.From, To: openEnd(l.To)})
		}
	}
	return list
}

// openEnd is the last day of an entry that may have none.
func openEnd(d coverage.Day) coverage.Day {
	if d == 0 {
		return models.LastDay
	}
	return d
}

// onCallSpans are the times of a person on call, on the wall.
func (b *builder) onCallSpans(x *person) []span {
	wall := func(t time.Time) int64 {
		l := t.In(b.zone)
		return int64(coverage.DayOf(l))*minutesOfDay + int64(l.Hour()*60+l.Minute())
	}
	var list []span
	for _, o := range b.in.Practice.OnCall {
		if b.people.find(o.Person) == x {
			list = append(list, span{wall(o.From), wall(o.To)})
		}
	}
	return list
}

// workDay is one local day of a person whose hours are known.
type workDay struct {
	person *person
	day    coverage.Day
	at     []span
}

// shiftPart is what a shift covers of one local day.
type shiftPart struct {
	shift
	day        coverage.Day
	start, end int64
}

func (b *builder) hoursTables(ctx context.Context) error {
	var (
		parts []shiftPart
		days  []workDay
	)
	for _, x := range b.people.list {
		shifts, known := b.shifts(x, b.reach)
		if !known {
			continue
		}
		spans := b.onCallSpans(x)
		for _, s := range shifts {
			parts = append(parts, s.parts()...)
			if s.basis == "usual" {
				spans = append(spans, s.span) // is wide enough
				continue
			}
			spans = append(spans, s.span.widen(b.in.Practice.ShiftMargin))
		}
		byDay := map[coverage.Day][]span{}
		for _, s := range spans {
			for d := coverage.Day(s.from / minutesOfDay); int64(d)*minutesOfDay < s.to; d++ { //nolint:gosec // days of our times
				byDay[d] = append(byDay[d], s)
			}
		}
		for d := b.window.From; d <= b.window.To; d++ {
			days = append(days, workDay{x, d, ranges(byDay[d], d)})
		}
	}
	err := b.table(ctx, "shift", nil,
		texts("person_id", parts, func(p shiftPart) string { return p.person.id }),
		ints("day_no", parts, func(p shiftPart) int64 { return int64(p.day) }),
		ints("start_min", parts, func(p shiftPart) int64 { return p.start }),
		ints("end_min", parts, func(p shiftPart) int64 { return p.end }),
		texts("basis", parts, func(p shiftPart) string { return p.basis }))
	if err != nil {
		return err
	}
	return b.load(ctx, "mdl_hours", append(rangeColumns(days, func(w workDay) []span { return w.at }),
		ints("person_no", days, func(w workDay) int64 { return w.person.no }),
		ints("day_no", days, func(w workDay) int64 { return int64(w.day) }))...)
}

// parts cuts a shift at midnight.
func (s shift) parts() []shiftPart {
	var list []shiftPart
	for d := s.span.from / minutesOfDay; d*minutesOfDay < s.span.to; d++ {
		p := shiftPart{shift: s, day: coverage.Day(d)} //nolint:gosec // days of our times
		p.start, p.end = max(s.span.from-d*minutesOfDay, 0), min(s.span.to-d*minutesOfDay, minutesOfDay)
		list = append(list, p)
	}
	return list
}
