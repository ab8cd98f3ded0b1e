package rulestest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/rules"
	"github.com/chartwatch/chartwatch/rules/models"
)

// experiment is tests of a rule whose rows are changed in some way.
type experiment struct {
	*batch
	base []Groups // what the rule finds in the rows as they are
}

// Properties checks what must be true of every rule, over the rows of its tests:
//
//   - the order of the rows does not matter;
//   - the rows of another site, and those of other people of the same site, change nothing;
//   - a week later the same is found;
//   - a day is judged alike whether it is evaluated alone or in a range of days;
//   - null in a column that may be null is no error and finds nothing new;
//   - a parameter with `boundary: exact` has tests at its edge, on both sides.
func (r *Runner) Properties(ctx context.Context, rule *rules.Rule) []Failure {
	failures := r.experiments(ctx, rule,
		(*experiment).order, (*experiment).sites, (*experiment).people, (*experiment).week, (*experiment).dayByDay, (*experiment).nulls)
	return append(failures, r.edges(ctx, rule)...)
}

// Orders checks that the order of the rows does not matter to a rule. It is the
// part of [Runner.Properties] in which databases differ.
func (r *Runner) Orders(ctx context.Context, rule *rules.Rule) []Failure {
	return r.experiments(ctx, rule, (*experiment).order)
}

func (r *Runner) experiments(ctx context.Context, rule *rules.Rule, checks ...func(*experiment, context.Context) []Failure) []Failure {
	batches, err := r.batches(rule)
	if err != nil {
		return []Failure{{Test: "properties", Err: err}}
	}
	var failures []Failure
	for _, b := range batches {
		base, err := b.find(ctx, b.tables, b.span, unchanged)
		if err != nil {
			return append(failures, b.compare("as they are", nil, nil, err)...)
		}
		for _, check := range checks {
			failures = append(failures, check(&experiment{b, base}, ctx)...)
		}
	}
	return failures
}

func (e *experiment) order(ctx context.Context) []Failure {
	var failures []Failure
	for _, tables := range []Tables{e.tables.reversed(), e.tables.shuffled()} {
		got, err := e.find(ctx, tables, e.span, unchanged)
		failures = append(failures, e.compare("rows in another order", e.base, got, err)...)
	}
	return failures
}

// sites adds the same rows as those of another site.
func (e *experiment) sites(ctx context.Context) []Failure {
	if e.rule.Category == rules.CrossSite {
		return nil
	}
	got, err := e.find(ctx, e.tables.with(e.tables.atOtherSite()), e.span, unchanged)
	own, others, wanted := make([]Groups, len(got)), make([]Groups, len(got)), make([]Groups, len(got))
	for i, groups := range got {
		own[i], others[i], wanted[i] = Groups{}, Groups{}, Groups{"evidence": total(e.base[i])}
		for name, n := range groups {
			if strings.Contains(strings.SplitN(name, " ", 2)[0], otherSite) {
				others[i]["evidence"] += n
			} else {
				own[i][name] = n
			}
		}
		others[i]["evidence"] += 0
	}
	failures := e.compare("rows of another site added", e.base, own, err)
	if err == nil {
		failures = append(failures, e.compare("the same rows at another site", wanted, others, nil)...)
	}
	return failures
}

func total(g Groups) int64 {
	var n int64
	for _, rows := range g {
		n += rows
	}
	return n
}

// people adds other people who do the same with other patients elsewhere.
func (e *experiment) people(ctx context.Context) []Failure {
	if !slices.Contains(e.rule.Group, "user_id") && !slices.Contains(e.rule.Group, "person_id") {
		return nil
	}
	got, err := e.find(ctx, e.tables.with(e.tables.ofOthers()), e.span, unchanged)
	for _, groups := range got {
		maps.DeleteFunc(groups, func(name string, _ int64) bool { return strings.Contains(name, otherSuffix) })
	}
	return e.compare("rows of other people added", e.base, got, err)
}

// week moves everything by seven days.
func (e *experiment) week(ctx context.Context) []Failure {
	const days = 7
	span := Span{FromDay: e.span.FromDay + days, ToDay: e.span.ToDay + days}
	got, err := e.find(ctx, e.tables.later(days), span, func(column string, v any) any { return laterValue(column, v, -days) })
	return e.compare("a week later", e.base, got, err)
}

// dayByDay lets the same happen twice, two weeks apart, and compares the evaluation
// of all days at once with that of each part alone.
func (e *experiment) dayByDay(ctx context.Context) []Failure {
	const days = 14
	if p := e.rule.Schedule.Period; p != rules.PeriodDay && p != rules.PeriodWeek {
		return nil
	}
	tables := e.tables.with(e.tables.again(days))
	if err := e.runner.fill(ctx, tables); err != nil {
		return e.compare("happening twice", nil, nil, err)
	}
	all := Span{FromDay: e.span.FromDay, ToDay: e.span.ToDay + days}
	whole, err := e.query(ctx, e.rule.SQL, all, e.params)
	if err != nil {
		return e.compare("happening twice, all days", nil, nil, err)
	}
	var failures []Failure
	for _, shift := range []int64{0, days} {
		span := Span{FromDay: e.span.FromDay + shift, ToDay: e.span.ToDay + shift}
		alone, err := e.query(ctx, e.rule.SQL, span, e.params)
		if err != nil {
			return e.compare("happening twice, some days", nil, nil, err)
		}
		want, err := e.inside(alone, span, tables)
		if err != nil {
			return e.compare("happening twice, some days", nil, nil, err)
		}
		got, err := e.inside(whole, span, tables)
		failures = append(failures, e.compare(fmt.Sprintf("days %d to %d alone (expected) and within days %d to %d (actual)",
			span.FromDay, span.ToDay, all.FromDay, all.ToDay), want, got, err)...)
	}
	return failures
}

// inside returns the rows that lie within some days, as they are.
func (e *experiment) inside(split [][]Row, span Span, tables Tables) ([]Groups, error) {
	days := eventDays(tables)
	all := make([]Groups, len(split))
	for i, rows := range split {
		all[i] = Groups{}
		for _, row := range rows {
			first, last, err := daysOf(e.rule, row, days)
			if err != nil {
				return nil, err
			}
			if first >= span.FromDay && last <= span.ToDay {
				all[i][strings.TrimPrefix(fmt.Sprint(map[string]any(row)), "map")]++
			}
		}
	}
	return all, nil
}

// nulls empties every column that may be null, one at a time.
func (e *experiment) nulls(ctx context.Context) []Failure {
	var failures []Failure
	for _, name := range slices.Sorted(maps.Keys(e.tables)) {
		model, _ := models.ByName(name)
		for _, c := range model.Columns {
			if !c.Nullable || alwaysWithAccount(&model, c.Name) || !slices.ContainsFunc(e.tables[name], func(r Row) bool { return r[c.Name] != nil }) {
				continue
			}
			got, err := e.find(ctx, e.tables.without(name, c.Name), e.span, unchanged)
			failures = append(failures, e.compare(name+"."+c.Name+" is null (nothing new may be found)", nothingNew(e.base, got), got, err)...)
		}
	}
	return failures
}

// nothingNew returns what was found where all of it was found before, else
// what was found before.
func nothingNew(base, got []Groups) []Groups {
	want := slices.Clone(base)
	for i, groups := range got {
		known := true
		for name := range groups {
			known = known && base[i][name] > 0
		}
		if known {
			want[i] = groups
		}
	}
	return want
}

// alwaysWithAccount reports whether a column is the person of an account, which is
// null if and only if the account is.
func alwaysWithAccount(model *models.Model, column string) bool {
	account, ok := model.Column(strings.Replace(column, "person_id", "user_id", 1))
	return ok && account.Nullable && account.Name != column
}

// edges moves every parameter with `boundary: exact` by one step up and down; each
// must change what some test finds.
func (r *Runner) edges(ctx context.Context, rule *rules.Rule) []Failure {
	var failures []Failure
	for _, p := range rule.Params {
		if p.Boundary != rules.BoundaryExact {
			continue
		}
		for _, step := range []float64{1, -1} {
			moved := Mutant{Description: fmt.Sprintf("%s %+g", p.Name, step), sql: rule.SQL, param: p.Name, change: func(v float64) float64 { return v + step }}
			err := r.try(ctx, rule, []*Mutant{&moved})
			if err == nil && !moved.Killed {
				err = fmt.Errorf("no test stands at the edge: with %s changed by %+g all tests find the same", p.Name, step)
			}
			if err != nil {
				failures = append(failures, Failure{Test: "boundary of " + p.Name, Err: err})
			}
		}
	}
	return failures
}
