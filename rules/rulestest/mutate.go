package rulestest

import (
	"context"
	"fmt"
	"maps"
	"math"
	"strings"

	"github.com/chartwatch/chartwatch/rules"
)

// Mutant is a rule with one small mistake, which the rule's tests should notice.
type Mutant struct {
	// Description says what was changed, and where in the SQL.
	Description string
	// Killed says that a test noticed, By is its name.
	Killed bool
	By     string

	sql    string
	param  string // a parameter to change instead of the SQL
	change func(float64) float64
}

// String returns the description and what became of the mutant.
func (m *Mutant) String() string {
	if m.Killed {
		return m.Description + ": noticed by " + m.By
	}
	return m.Description + ": no test notices"
}

// Mutate makes simple mistakes in a rule, one at a time, and tries whether the
// rule's tests notice: a parameter doubled or halved, < and <= or > and >= or = and <>
// exchanged, a condition left out. Conditions that keep sites apart or bound the period
// are left alone, as other checks are about them.
func (r *Runner) Mutate(ctx context.Context, rule *rules.Rule) ([]*Mutant, error) {
	return r.MutateSome(ctx, rule, 0)
}

// MutateSome is Mutate with at most so many mistakes, evenly spread over all of
// them; 0 means all.
func (r *Runner) MutateSome(ctx context.Context, rule *rules.Rule, most int) ([]*Mutant, error) {
	var all []*Mutant
	for _, p := range rule.Params {
		if p.Default == 0 {
			continue
		}
		all = append(all,
			&Mutant{Description: fmt.Sprintf("$%s doubled", p.Name), sql: rule.SQL, param: p.Name, change: func(v float64) float64 { return 2 * v }},
			&Mutant{Description: fmt.Sprintf("$%s halved", p.Name), sql: rule.SQL, param: p.Name, change: halve(p.Type)})
	}
	all = append(all, mutateSQL(rule.SQL)...)
	if most > 0 && len(all) > most {
		some := make([]*Mutant, most)
		for i := range some {
			some[i] = all[i*len(all)/most]
		}
		all = some
	}
	return all, r.try(ctx, rule, all)
}

func halve(t rules.ParamType) func(float64) float64 {
	return func(v float64) float64 {
		if t == rules.ParamNumber {
			return v / 2
		}
		return math.Floor(v / 2)
	}
}

// Score returns the share of mutants that were noticed; 1 if there are none.
func Score(all []*Mutant) float64 {
	if len(all) == 0 {
		return 1
	}
	killed := 0
	for _, m := range all {
		if m.Killed {
			killed++
		}
	}
	return float64(killed) / float64(len(all))
}

// try runs the tests of a rule on mutants that are still alive.
func (r *Runner) try(ctx context.Context, rule *rules.Rule, all []*Mutant) error {
	batches, err := r.batches(rule)
	if err != nil {
		return err
	}
	for _, b := range batches {
		if err := r.fill(ctx, b.tables); err != nil {
			return err
		}
		days := eventDays(b.tables)
		for _, m := range all {
			if m.Killed {
				continue
			}
			m.By = b.notices(ctx, m, days)
			m.Killed = m.By != ""
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return nil
}

// notices returns the name of a test that fails with a mutant, or nothing. An error
// is noticed too.
func (b *batch) notices(ctx context.Context, m *Mutant, days map[eventKey]int64) string {
	params := b.rule.Values(b.params)
	if m.param != "" {
		params[m.param] = m.change(params[m.param])
	}
	split, err := b.query(ctx, m.sql, b.span, params)
	if err != nil {
		return b.tests[0].Name
	}
	for i, rows := range split {
		got, err := gather(b.rule, rows, b.span, days, b.name(unchanged))
		if err != nil || !maps.Equal(expected(b.rule, b.tests[i]), got) {
			return b.tests[i].Name
		}
	}
	return ""
}

// mutateSQL returns the mutants of a SQL text.
func mutateSQL(sql string) []*Mutant {
	var all []*Mutant
	tokens := tokenize(sql)
	for _, p := range predicates(tokens) {
		text := sql[tokens[p.first].start:tokens[p.last].end]
		if isFrame(text) {
			continue
		}
		line := 1 + strings.Count(sql[:tokens[p.first].start], "\n")
		all = append(all, &Mutant{
			Description: fmt.Sprintf("line %d: %s left out", line, strings.Join(strings.Fields(text), " ")),
			sql:         sql[:tokens[p.first].start] + "1 = 1" + sql[tokens[p.last].end:],
		})
		for i := p.first; i <= p.last; i++ {
			if other := opposite(tokens[i].text); other != "" {
				all = append(all, &Mutant{
					Description: fmt.Sprintf("line %d: %s with %s", line, strings.Join(strings.Fields(text), " "), other),
					sql:         sql[:tokens[i].start] + other + sql[tokens[i].end:],
				})
			}
		}
	}
	return all
}

func opposite(op string) string {
	switch op {
	case "<":
		return "<="
	case "<=":
		return "<"
	case ">":
		return ">="
	case ">=":
		return ">"
	case "=":
		return "<>"
	case "<>", "!=":
		return "="
	}
	return ""
}

// isFrame reports whether a condition keeps sites apart or bounds the period.
func isFrame(text string) bool {
	if strings.Contains(text, "$from_") || strings.Contains(text, "$to_") || strings.Contains(text, "$period_") {
		return true
	}
	left, right, found := strings.Cut(text, "=")
	return found && isSite(left) && isSite(right)
}

func isSite(s string) bool {
	s = strings.TrimSpace(s)
	return s == "site" || strings.HasSuffix(s, ".site")
}
