package engine

import (
	"context"
	"slices"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/rules"
)

// part is some of the days of a period, for which rules are run at once. What a rule
// says of a day does not depend on the days that it is run with, and so many
// days as a long period has need not fit in memory.
type part struct {
	days        coverage.Period
	first, last bool
}

// has reports whether rows of a day are those of a part. What lies around the whole
// period comes with the first and the last one.
func (p part) has(d coverage.Day) bool {
	return (p.first || d >= p.days.From) && (p.last || d <= p.days.To)
}

// of is the part for a rule that has fewer days at the ends.
func (p part) of(whole coverage.Period) part {
	p.days = coverage.Period{From: max(p.days.From, whole.From), To: min(p.days.To, whole.To)}
	return p
}

// parts cuts the period at Mondays, so that the events of each part with what rules
// see around it can be kept ready, if those of a week can.
func (e *evaluation) parts() []part {
	const week = 7
	var list []part
	for from := e.whole.From; from <= e.whole.To; {
		to := from + week - 1
		for to < e.whole.To && e.ready(coverage.Period{From: from - nearBack, To: to + week + nearAhead}) {
			to += week
		}
		list = append(list, part{days: coverage.Period{From: from, To: to}, first: from == e.whole.From, last: to >= e.whole.To})
		from = to + 1
	}
	return list
}

// splits reports whether a rule may be run part by part: its findings lie in days or
// weeks, and it looks back no further than what is kept ready. A rule that
// looks further would go through the same days again for every part.
func splits(r *Effective) bool {
	if r.Schedule.Period != rules.PeriodDay && r.Schedule.Period != rules.PeriodWeek {
		return false
	}
	s := r.reach()
	return s.Lookback.Days() < nearBack && s.Lookahead.Days() < nearAhead
}

// rules runs rules over the period: part by part where that is possible, and then
// the others.
func (e *evaluation) rules(ctx context.Context, due []*Effective) ([]ruleResult, error) {
	list := make([]ruleResult, len(due))
	for i, r := range due {
		list[i] = e.begin(r)
	}
	if slices.ContainsFunc(list, func(one ruleResult) bool { return !one.over && splits(one.rule) }) {
		if err := e.inParts(ctx, list); err != nil {
			return nil, err
		}
	}
	for i := range list {
		one := &list[i]
		if !one.over && !splits(one.rule) {
			if err := e.advance(ctx, one, part{days: one.run.Period, first: true, last: true}); err != nil {
				return nil, err
			}
		}
		e.end(one)
	}
	return list, nil
}

// inParts runs those of some rules that may be run part by part.
func (e *evaluation) inParts(ctx context.Context, list []ruleResult) error {
	for _, p := range e.parts() {
		if err := e.keepNear(ctx, p.days); err != nil {
			return err
		}
		for i := range list {
			if one := &list[i]; !one.over && splits(one.rule) {
				if err := e.advance(ctx, one, p.of(one.run.Period)); err != nil {
					return err
				}
			}
		}
	}
	return e.dropNear(ctx)
}

// clear gives back the room of what the last rule made, and shows all events again.
func (e *evaluation) clear(ctx context.Context) error {
	if err := e.session.Exec(ctx, "DROP TABLE IF EXISTS temp."+hitTable+"; DROP TABLE IF EXISTS temp."+hitEvents); err != nil {
		return err
	}
	if err := e.showDays(ctx, nil, nil); err != nil {
		return err
	}
	return e.session.Keep(ctx)
}
