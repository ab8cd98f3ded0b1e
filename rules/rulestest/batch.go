package rulestest

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/chartwatch/chartwatch/rules"
)

// batch is tests of one rule that have the period and the parameters in common.
// Their rows are put together as those of different sites, which a rule keeps
// apart, so that one query runs them all.
type batch struct {
	runner *Runner
	rule   *rules.Rule
	tests  []*rules.Test
	tables Tables
	span   Span
	params map[string]float64
}

// siteMark stands between the number of a test and the site of a row.
const siteMark = "|"

// batches puts the tests of a rule together. Those of a rule that looks across
// sites stay alone.
func (r *Runner) batches(rule *rules.Rule) ([]*batch, error) {
	var all []*batch
	index := map[string]*batch{}
	for i := range rule.Tests {
		test := &rule.Tests[i]
		key := fmt.Sprint(spanOf(test), test.Params)
		if rule.Category == rules.CrossSite {
			key = strconv.Itoa(i)
		}
		b := index[key]
		if b == nil {
			b = &batch{runner: r, rule: rule, tables: Tables{}, span: spanOf(test), params: test.Params}
			index[key] = b
			all = append(all, b)
		}
		if err := b.add(test); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (b *batch) add(test *rules.Test) error {
	tables, err := Complete(test.Given)
	if err != nil {
		return err
	}
	number := strconv.Itoa(len(b.tests))
	marked := tables.each(func(_ string, row Row) Row {
		row["site"] = number + siteMark + fmt.Sprint(row["site"])
		return row
	})
	for name, rows := range marked {
		b.tables[name] = append(b.tables[name], rows...)
	}
	b.tests = append(b.tests, test)
	return nil
}

// owner returns the test that a row belongs to, and the site as the test knows it.
func (b *batch) owner(row Row) (test int, site string, err error) {
	number, site, _ := strings.Cut(fmt.Sprint(row["site"]), siteMark)
	test, err = strconv.Atoi(number)
	if err != nil || test < 0 || test >= len(b.tests) {
		return 0, "", fmt.Errorf("a row has the site %v, which no row of the test has", row["site"])
	}
	return test, site, nil
}

// query runs a SQL over rows and returns the result by test. The rows stay in the
// database.
func (b *batch) query(ctx context.Context, sql string, span Span, params map[string]float64) ([][]Row, error) {
	rows, err := b.runner.query(ctx, b.rule, sql, span, params)
	if err != nil {
		return nil, err
	}
	split := make([][]Row, len(b.tests))
	for _, row := range rows {
		if row["site"] == nil {
			return nil, fmt.Errorf("a row has no site: %v", row)
		}
		test, _, err := b.owner(row)
		if err != nil {
			return nil, err
		}
		split[test] = append(split[test], row)
	}
	return split, nil
}

// name is the name of a row's group, after change.
func (b *batch) name(change func(column string, v any) any) func(Row) string {
	return func(row Row) string {
		named := maps.Clone(row)
		_, named["site"], _ = b.owner(row) // query has seen that there is one
		for _, c := range b.rule.Group {
			named[c] = change(c, row[c])
		}
		return groupName(b.rule, named)
	}
}

func unchanged(_ string, v any) any { return v }

// find runs the rule over rows and returns the groups by test.
func (b *batch) find(ctx context.Context, tables Tables, span Span, change func(column string, v any) any) ([]Groups, error) {
	if err := b.runner.fill(ctx, tables); err != nil {
		return nil, err
	}
	split, err := b.query(ctx, b.rule.SQL, span, b.params)
	if err != nil {
		return nil, err
	}
	days := eventDays(tables)
	all := make([]Groups, len(split))
	for i, rows := range split {
		if all[i], err = gather(b.rule, rows, span, days, b.name(change)); err != nil {
			return nil, fmt.Errorf("test %q: %w", b.tests[i].Name, err)
		}
	}
	return all, nil
}

// compare returns a failure for each test whose groups are not as wanted.
func (b *batch) compare(what string, want, got []Groups, err error) []Failure {
	if err != nil {
		return []Failure{{Test: b.tests[0].Name + " and others: " + what, Err: err}}
	}
	var failures []Failure
	for i, test := range b.tests {
		if !maps.Equal(want[i], got[i]) {
			failures = append(failures, Failure{Test: test.Name + ": " + what, Want: want[i], Got: got[i]})
		}
	}
	return failures
}
