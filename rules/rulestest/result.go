package rulestest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/rules"
)

// Groups are the findings that rows make: the number of evidence rows by group,
// which is written as "user_id=alice" or, for other sites than main, with its site.
type Groups map[string]int64

// String returns the groups a line each.
func (g Groups) String() string {
	if len(g) == 0 {
		return "  (none)"
	}
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(g)) {
		lines = append(lines, fmt.Sprintf("  %s rows=%d", name, g[name]))
	}
	return strings.Join(lines, "\n")
}

// mainSite is the site of rows that name none.
const mainSite = "main"

func groupName(rule *rules.Rule, row Row) string {
	var parts []string
	if site := row["site"]; site != nil && site != mainSite {
		parts = append(parts, fmt.Sprintf("site=%v", site))
	}
	for _, c := range rule.Group {
		v := row[c]
		if v == nil {
			v = "null"
		}
		parts = append(parts, fmt.Sprintf("%s=%v", c, v))
	}
	return strings.Join(parts, " ")
}

// expected returns the groups that a test expects.
func expected(rule *rules.Rule, test *rules.Test) Groups {
	groups := Groups{}
	for _, e := range test.Expect {
		n, _ := e["rows"].(int64)
		row := Row{}
		for name, v := range e {
			if f, ok := v.(float64); ok {
				v = whole(f)
			}
			row[name] = v
		}
		groups[groupName(rule, row)] += n
	}
	return groups
}

// gather makes groups of rows and drops those whose evidence lies wholly outside
// of the period, as the engine does.
func gather(rule *rules.Rule, rows []Row, span Span, days map[eventKey]int64, nameOf func(Row) string) (Groups, error) {
	groups, inside := Groups{}, map[string]bool{}
	seen := map[eventKey]bool{}
	for _, row := range rows {
		first, last, err := daysOf(rule, row, days)
		if err != nil {
			return nil, err
		}
		name := nameOf(row)
		if rule.Emit == rules.EmitEvents {
			key := eventKey{name, fmt.Sprint(row["event_id"])}
			if seen[key] {
				return nil, fmt.Errorf("the rows have event_id %v twice in the group %s", row["event_id"], name)
			}
			seen[key] = true
		}
		groups[name]++
		inside[name] = inside[name] || last >= span.FromDay && first <= span.ToDay
	}
	maps.DeleteFunc(groups, func(name string, _ int64) bool { return !inside[name] })
	return groups, nil
}

// eventKey tells events apart: by site and number.
type eventKey struct{ site, event string }

// eventDays returns the local days of the events of a fixture.
func eventDays(tables Tables) map[eventKey]int64 {
	days := map[eventKey]int64{}
	for _, row := range tables["events"] {
		if day, ok := row["day_no"].(int64); ok {
			days[eventKey{fmt.Sprint(row["site"]), fmt.Sprint(row["event_id"])}] = day
		}
	}
	return days
}

// daysOf returns the first and last local day of a row.
func daysOf(rule *rules.Rule, row Row, days map[eventKey]int64) (first, last int64, err error) {
	if row["site"] == nil {
		return 0, 0, fmt.Errorf("a row has no site: %v", row)
	}
	if rule.Emit == rules.EmitEvents {
		if row["event_id"] == nil {
			return 0, 0, fmt.Errorf("a row has no event_id: %v", row)
		}
		if day, ok := days[eventKey{fmt.Sprint(row["site"]), fmt.Sprint(row["event_id"])}]; ok {
			return day, day, nil
		}
	}
	if day, ok := row["day_no"].(int64); ok {
		return day, day, nil
	}
	from, to := row["ts_s"], row["ts_s"]
	if rule.Emit == rules.EmitIntervals {
		from, to = row["first_s"], row["last_s"]
	}
	a, okA := from.(int64)
	b, okB := to.(int64)
	if !okA || !okB {
		return 0, 0, fmt.Errorf("a row has no time (ts_s; or day_no, or first_s and last_s, for intervals): %v", row)
	}
	return floor(a, secondsADay), floor(b, secondsADay), nil
}

// span is the period of a test.
func spanOf(test *rules.Test) Span {
	if test.Period != nil {
		return *test.Period
	}
	return Span{}
}

// Run returns what a rule finds in the rows of one of its tests.
func (r *Runner) Run(ctx context.Context, rule *rules.Rule, test *rules.Test) (Groups, error) {
	tables, err := Complete(test.Given)
	if err != nil {
		return nil, err
	}
	return r.groups(ctx, rule, rule.SQL, tables, spanOf(test), test.Params)
}

func (r *Runner) groups(ctx context.Context, rule *rules.Rule, sqlText string, tables Tables, span Span, params map[string]float64) (Groups, error) {
	if err := r.fill(ctx, tables); err != nil {
		return nil, err
	}
	rows, err := r.query(ctx, rule, sqlText, span, params)
	if err != nil {
		return nil, err
	}
	return gather(rule, rows, span, eventDays(tables), func(row Row) string { return groupName(rule, row) })
}

// Failure says how a rule failed one of its tests.
type Failure struct {
	Test string
	Err  error
	Want Groups
	Got  Groups
}

// String returns what was expected and what was found.
func (f Failure) String() string {
	if f.Err != nil {
		return fmt.Sprintf("test %q: %v", f.Test, f.Err)
	}
	return fmt.Sprintf("test %q\nexpected groups:\n%s\nactual groups:\n%s", f.Test, f.Want, f.Got)
}

// Test runs all tests of a rule and returns those that fail.
func (r *Runner) Test(ctx context.Context, rule *rules.Rule) []Failure {
	batches, err := r.batches(rule)
	if err != nil {
		return []Failure{{Test: rule.ID, Err: err}}
	}
	var failures []Failure
	for _, b := range batches {
		got, err := b.find(ctx, b.tables, b.span, unchanged)
		for i, test := range b.tests {
			want := expected(rule, test)
			if err == nil && maps.Equal(want, got[i]) {
				continue
			}
			alone, errAlone := r.Run(ctx, rule, test)
			if errAlone == nil && maps.Equal(want, alone) {
				errAlone = errors.Join(errors.New("passes alone, but not beside the rows of other sites: the SQL does not keep sites apart"), err)
			}
			failures = append(failures, Failure{Test: test.Name, Err: errAlone, Want: want, Got: alone})
		}
	}
	return failures
}
