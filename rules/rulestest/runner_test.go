package rulestest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/rules"
	"github.com/chartwatch/chartwatch/rules/rulestest"
)

// failuresOf runs the tests of a rule on both databases, which must agree.
func failuresOf(t *testing.T, b *bench, rule *rules.Rule) string {
	t.Helper()
	text := func(r *rulestest.Runner) string {
		var lines []string
		for _, f := range r.Test(t.Context(), rule) {
			lines = append(lines, f.String())
		}
		return strings.Join(lines, "\n")
	}
	one, two := text(b.duckdb), text(b.sqlite)
	if diff := cmp.Diff(one, two); diff != "" {
		t.Errorf("the databases differ (-DuckDB +SQLite):\n%s", diff)
	}
	return one
}

func TestFailuresAreShown(t *testing.T) {
	rule := ruleWith(t, plainSQL, `tests:
  - {name: right, given: {events: [{event_id: 1, user_id: ann}]}, expect: [{user_id: ann, rows: 1}]}
  - {name: wrong, given: {events: [{event_id: 1, user_id: ann}, {event_id: 2, user_id: ann}, {event_id: 3, user_id: bob}, {event_id: 4}]}, expect: [{user_id: ann, rows: 1}, {user_id: cleo, rows: 7}]}
  - {name: too much, given: {events: [{event_id: 1, user_id: ann}]}, expect: []}`)
	want := `test "wrong"
expected groups:
  user_id=ann rows=1
  user_id=cleo rows=7
actual groups:
  user_id=ann rows=2
  user_id=bob rows=1
  user_id=null rows=1
test "too much"
expected groups:
  (none)
actual groups:
  user_id=ann rows=1`
	if diff := cmp.Diff(want, failuresOf(t, newBench(t), &rule)); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
}

// A group counts with all its rows if one of them lies in the period.
func TestPeriods(t *testing.T) {
	b := newBench(t)
	sql := plainSQL + " WHERE ts_s >= $from_s AND ts_s < $to_s"
	event := func(id, s int) string { return fmt.Sprintf("{event_id: %d, user_id: ann, ts_s: %d}", id, s) }
	tests := func(rows int, period, at string, seconds ...int) string {
		var events []string
		for i, s := range seconds {
			events = append(events, event(i+1, s))
		}
		expect := "[]"
		if rows > 0 {
			expect = fmt.Sprintf("[{user_id: ann, rows: %d}]", rows)
		}
		return fmt.Sprintf("  - {name: %s, %sgiven: {events: [%s]}, expect: %s}\n", at, period, strings.Join(events, ", "), expect)
	}
	rule := ruleWith(t, sql, "schedule: {period: day, lookback: 10m, lookahead: 5m}", "tests:\n"+
		tests(2, "", "before-midnight", -600, 0)+
		tests(1, "", "too-early", -601, 0)+
		tests(0, "", "only-before", -600, -1)+
		tests(2, "", "after-midnight", 86399, 86699)+
		tests(1, "", "too-late", 86399, 86700)+
		tests(0, "", "only-after", 86400)+
		tests(2, "period: {from_day: 1, to_day: 2}, ", "two-days", 86400, 259199)+
		tests(0, "period: {from_day: 1, to_day: 2}, ", "not-two-days", 0, 259200))
	if got := failuresOf(t, b, &rule); got != "" {
		t.Error(got)
	}
	days := ruleWith(t, "SELECT site, user_id, day_no, patients FROM user_day WHERE day_no BETWEEN $from_day AND $to_day AND $period_to_day - $period_from_day = 1",
		"schedule: {period: day, lookback: 1d}", "emit: intervals", `tests:
  - {name: a, period: {from_day: 3, to_day: 4}, given: {user_day: [{day_no: 1}, {day_no: 2}, {day_no: 3}, {day_no: 5}]}, expect: [{user_id: user, rows: 2}]}
  - {name: b, period: {from_day: 3, to_day: 4}, given: {user_day: [{day_no: 1}, {day_no: 2}]}, expect: []}`)
	if got := failuresOf(t, b, &days); got != "" {
		t.Error(got)
	}
}

func TestErrorsAreShown(t *testing.T) {
	b := newBench(t)
	tests := `tests:
  - {name: a, given: {events: [{event_id: 1, user_id: ann}, {event_id: 2, user_id: ann}]}, expect: [{user_id: ann, rows: 2}]}
  - {name: b, given: {}, expect: []}`
	for sql, want := range map[string]string{
		"SELECT site, 1 + 0 AS event_id, ts_s, user_id FROM events":                      `the rows have event_id 1 twice in the group user_id=ann`,
		"SELECT site, NULLIF(event_id, event_id) AS event_id, ts_s, user_id FROM events": "a row has no event_id",
		"SELECT NULLIF(site, site) AS site, event_id, ts_s, user_id FROM events":         "a row has no site",
		"SELECT site, event_id, ts_s, user_id FROM events WHERE nonsense = 1":            "running the SQL",
	} {
		rule := ruleWith(t, sql, tests)
		for name, r := range map[string]*rulestest.Runner{"DuckDB": b.duckdb, "SQLite": b.sqlite} {
			failures := r.Test(t.Context(), &rule)
			if len(failures) == 0 || !strings.Contains(failures[0].String(), want) {
				t.Errorf("%s on %s: got %v, want %q", sql, name, failures, want)
			}
		}
	}
}

func TestMixedSitesAreNoticed(t *testing.T) {
	rule := ruleWith(t, "WITH x AS (SELECT user_id, COUNT(*) AS n FROM events GROUP BY user_id) SELECT e.site, e.event_id, e.ts_s, e.user_id FROM events e JOIN x ON x.user_id = e.user_id AND x.n = 1", `tests:
  - {name: a, given: {events: [{event_id: 1, user_id: ann}]}, expect: [{user_id: ann, rows: 1}]}
  - {name: b, given: {events: [{event_id: 1, user_id: ann}, {event_id: 2, user_id: ann}]}, expect: []}`)
	want := "test \"a\": passes alone, but not beside the rows of other sites: the SQL does not keep sites apart"
	if diff := cmp.Diff(want, failuresOf(t, newBench(t), &rule)); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
}

// Each property has a rule that does not have it.
func TestProperties(t *testing.T) {
	b := newBench(t)
	tests := `tests:
  - {name: a, given: {events: [{event_id: 1, user_id: ann, ts_s: 10, workstation: W}, {event_id: 2, user_id: ann, ts_s: 20, workstation: V}, {event_id: 3, user_id: ann, ts_s: 10}]}, expect: [{user_id: ann, rows: 3}]}
  - {name: b, given: {}, expect: []}`
	in := " WHERE ts_s >= $from_s AND ts_s < $to_s"
	for _, c := range []struct {
		name, sql, want string
		more            []string
	}{
		{"sound", plainSQL + in + " AND user_id IS NOT NULL", "", nil},
		{"order", "WITH x AS (SELECT site, event_id, ts_s, user_id, ROW_NUMBER() OVER (PARTITION BY site ORDER BY ts_s) AS n FROM events" + in +
			") SELECT site, event_id, ts_s, user_id FROM x WHERE n = 1 AND event_id = 1", "rows in another order", nil},
		{
			"sites", "WITH x AS (SELECT user_id, COUNT(*) AS n FROM events" + in + " GROUP BY user_id) SELECT e.site, e.event_id, e.ts_s, e.user_id FROM events e JOIN x ON x.user_id = e.user_id AND x.n <= 3",
			"rows of another site added", nil,
		},
		{
			"people", "WITH x AS (SELECT site, COUNT(*) AS n FROM events" + in + " GROUP BY site) SELECT e.site, e.event_id, e.ts_s, e.user_id FROM events e JOIN x ON x.site = e.site AND x.n <= 3",
			"rows of other people added", nil,
		},
		{"week", plainSQL + " WHERE ts_s < 100000", "a week later", nil},
		{
			"days", "WITH x AS (SELECT site, COUNT(*) AS n FROM events" + in + " GROUP BY site) SELECT e.site, e.event_id, e.ts_s, e.user_id FROM events e JOIN x ON x.site = e.site AND x.n <= 3" + strings.ReplaceAll(in, " ts_s", " e.ts_s"),
			"days 0 to 0 alone (expected) and within days 0 to 14 (actual)", nil,
		},
		{
			"nulls", plainSQL + in + " AND workstation IS NULL", "events.workstation is null (nothing new may be found)",
			[]string{"tests:\n  - {name: a, given: {events: [{event_id: 1, user_id: ann, workstation: W}]}, expect: []}\n  - {name: b, given: {events: [{event_id: 1, user_id: ann}]}, expect: [{user_id: ann, rows: 1}]}"},
		},
		{
			"edge", plainSQL + in + " AND user_id IS NOT NULL AND ts_s >= $n", "no test stands at the edge: with n changed by +1",
			[]string{"params: {n: {type: int, default: 5, min: 1, max: 9, boundary: exact}}"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			rule := ruleWith(t, c.sql, append([]string{tests}, c.more...)...)
			var got []string
			for _, f := range b.sqlite.Properties(t.Context(), &rule) {
				got = append(got, f.String())
			}
			text := strings.Join(got, "\n")
			if c.want == "" && text != "" || !strings.Contains(text, c.want) {
				t.Errorf("got %q, want %q", text, c.want)
			}
		})
	}
}

func TestMutate(t *testing.T) {
	b := newBench(t)
	rule := ruleWith(t, plainSQL+" e\nWHERE ts_s >= $from_s AND ts_s < $to_s AND e.site = e.site\n  AND (is_read = 1 OR ts_s BETWEEN 3 AND $n) AND CASE action WHEN 'view' THEN 1 WHEN 'print' THEN 1 ELSE 0 END = 1 AND user_id <> 'bob'",
		"params: {n: {type: int, default: 9, min: 1, max: 99}}", `tests:
  - name: a
    given: {events: [{event_id: 1, user_id: ann, ts_s: 10}, {event_id: 2, user_id: bob, ts_s: 10}, {event_id: 3, user_id: cleo, ts_s: 9, is_read: 0}, {event_id: 4, user_id: dan, ts_s: 10, is_read: 0}, {event_id: 5, user_id: eve, ts_s: 5, action: other}]}
    expect: [{user_id: ann, rows: 1}, {user_id: cleo, rows: 1}]
  - {name: b, given: {}, expect: []}`)
	if f := b.duckdb.Test(t.Context(), &rule); len(f) > 0 {
		t.Fatal(f)
	}
	for name, r := range map[string]*rulestest.Runner{"DuckDB": b.duckdb, "SQLite": b.sqlite} {
		all, err := r.Mutate(t.Context(), &rule)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range all {
			got = append(got, m.String())
		}
		slices.Sort(got)
		want := []string{
			"$n doubled: noticed by a",
			"$n halved: noticed by a",
			"line 3: CASE action WHEN 'view' THEN 1 WHEN 'print' THEN 1 ELSE 0 END = 1 left out: noticed by a",
			"line 3: CASE action WHEN 'view' THEN 1 WHEN 'print' THEN 1 ELSE 0 END = 1 with <>: noticed by a",
			"line 3: is_read = 1 left out: noticed by a",
			"line 3: is_read = 1 with <>: noticed by a",
			"line 3: ts_s BETWEEN 3 AND $n left out: noticed by a",
			"line 3: user_id <> 'bob' left out: noticed by a",
			"line 3: user_id <> 'bob' with =: noticed by a",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("mutants on %s (-want +got):\n%s", name, diff)
		}
		if score := rulestest.Score(all); score != 1 {
			t.Errorf("score %v, want 1", score)
		}
	}
}
