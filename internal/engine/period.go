package engine

import (
	"fmt"
	"maps"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/rules"
)

// fixed returns the fixed period of a kind that a day lies in. Findings are told
// apart by its first day, so that nothing is found anew because a window has slid.
func fixed(kind rules.PeriodKind, d coverage.Day) coverage.Period {
	switch kind {
	case rules.PeriodWeek:
		return WeekOf(d)
	case rules.PeriodQuarter:
		y, m, _ := time.Unix(int64(d)*86400, 0).UTC().Date()
		first := time.Date(y, (m-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
		return coverage.Period{From: coverage.DayOf(first), To: coverage.DayOf(first.AddDate(0, 3, -1))}
	case rules.PeriodOnce:
		return coverage.Period{}
	case rules.PeriodDay:
	}
	return coverage.Period{From: d, To: d}
}

// WeekOf returns the ISO week, Monday to Sunday, that a day lies in.
func WeekOf(d coverage.Day) coverage.Period {
	monday := d - coverage.Day((int(d.Weekday())+6)%7)
	return coverage.Period{From: monday, To: monday + 6}
}

// WeekName returns the ISO week that a day lies in as 2025-W11.
func WeekName(d coverage.Day) string {
	y, w := time.Unix(int64(d)*86400, 0).UTC().ISOWeek()
	return fmt.Sprintf("%04d-W%02d", y, w)
}

// wholeWeeks widens a period to whole ISO weeks.
func wholeWeeks(p coverage.Period) coverage.Period {
	return coverage.Period{From: WeekOf(p.From).From, To: WeekOf(p.To).To}
}

// units are the days for which a rule is evaluated at once: whole weeks for rules
// of a week, the days themselves for all others.
func units(kind rules.PeriodKind, p coverage.Period) coverage.Period {
	if kind == rules.PeriodWeek {
		return wholeWeeks(p)
	}
	return p
}

// window are the bounds that a rule's SQL may use, in UTC seconds and local days.
type window struct {
	period               coverage.Period // not widened
	periodFrom, periodTo int64           // half open
	fromDay, toDay       int64           // widened, both included
	from, to             int64           // widened, half open
}

// reach is how far around a period a rule sees with the values in force.
func (e *Effective) reach() rules.Schedule {
	s := e.Schedule
	s.Lookback, s.Lookahead = e.Reach(e.Params)
	return s
}

func windowOf(p coverage.Period, s rules.Schedule, zone *time.Location) window {
	midnight := func(d coverage.Day) int64 {
		t := time.Unix(int64(d)*86400, 0).UTC()
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, zone).Unix()
	}
	w := window{period: p, periodFrom: midnight(p.From), periodTo: midnight(p.To + 1)}
	w.from, w.to = w.periodFrom-s.Lookback.Seconds(), w.periodTo+s.Lookahead.Seconds()
	w.fromDay, w.toDay = int64(p.From)-s.Lookback.Days(), int64(p.To)+s.Lookahead.Days()
	return w
}

// settles is the time, in UTC seconds, from which on no more data of a day is
// expected.
func settles(d coverage.Day, s rules.Schedule, zone *time.Location) int64 {
	return windowOf(coverage.Period{From: d, To: d}, rules.Schedule{}, zone).periodTo + s.Settle.Seconds()
}

// values are the names that the SQL may use, beside the rule's parameters.
func (w window) values(params map[string]float64) map[string]float64 {
	v := map[string]float64{
		"from_s": float64(w.from), "to_s": float64(w.to), "from_day": float64(w.fromDay), "to_day": float64(w.toDay),
		"period_from_s": float64(w.periodFrom), "period_to_s": float64(w.periodTo),
		"period_from_day": float64(w.period.From), "period_to_day": float64(w.period.To),
	}
	maps.Copy(v, params)
	return v
}
