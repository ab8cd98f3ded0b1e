package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/rules"
)

// spans writes findings as "rule subject first..last rows", sorted.
func spans(list []engine.Finding) []string {
	all := []string{}
	for _, f := range list {
		all = append(all, fmt.Sprintf("%s %s %s..%s %d", strings.TrimPrefix(f.RuleID, "site.bulk."), f.Subject.ID, f.FromDay.String()[5:], f.ToDay.String()[5:], f.Rows))
	}
	slices.Sort(all)
	return all
}

// prints are the fingerprints of a rule's findings.
func prints(list []engine.Finding, ruleID string) []string {
	all := []string{}
	for _, f := range list {
		if f.RuleID == ruleID {
			all = append(all, f.Fingerprint)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func TestPeriods(t *testing.T) {
	var list []rules.Rule
	for _, kind := range []string{"day", "week", "quarter", "once"} {
		list = append(list, rule(t, ruleParts{id: "site.bulk." + kind, period: kind}))
	}
	d := newDesk(t, list...)
	d.file("ehr", header,
		"2025-03-18 09:00:00,1,ana,101,export,note,W1", "2025-03-19 09:00:00,2,ana,102,export,note,W1",
		"2025-03-26 09:00:00,3,ana,103,export,note,W1", "2025-04-02 09:00:00,4,ana,104,export,note,W1")
	check := func(from, to string, want ...string) engine.Result {
		t.Helper()
		r := d.evaluate(from, to)
		if diff := cmp.Diff(want, spans(r.Findings)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", from, diff)
		}
		return r
	}
	first := check("2025-03-17", "2025-03-23",
		"day ana 03-18..03-18 1", "day ana 03-19..03-19 1", "once ana 03-18..03-19 2", "quarter ana 03-18..03-19 2", "week ana 03-17..03-23 2")
	second := check("2025-03-24", "2025-03-30",
		"day ana 03-26..03-26 1", "once ana 03-18..03-26 1", "quarter ana 03-18..03-26 1", "week ana 03-24..03-30 1")
	third := check("2025-03-31", "2025-04-06",
		"day ana 04-02..04-02 1", "once ana 03-18..04-02 1", "quarter ana 04-02..04-02 1", "week ana 03-31..04-06 1")
	for _, tc := range []struct {
		kind string
		same bool
	}{{"day", false}, {"week", false}, {"quarter", true}, {"once", true}} {
		id := "site.bulk." + tc.kind
		if got := slices.Equal(prints(first.Findings, id), prints(second.Findings, id)); got != tc.same {
			t.Errorf("%s: the finding of two weeks is the same one: %v", tc.kind, got)
		}
	}
	if slices.Equal(prints(second.Findings, "site.bulk.quarter"), prints(third.Findings, "site.bulk.quarter")) {
		t.Error("two quarters have one finding")
	}
	// An older week that is looked at again still shows what lasts, without running.
	again := check("2025-03-17", "2025-03-23",
		"day ana 03-18..03-18 1", "day ana 03-19..03-19 1", "once ana 03-18..04-02 1", "quarter ana 03-18..03-26 1", "week ana 03-17..03-23 2")
	for _, run := range again.Runs {
		if !run.Unchanged {
			t.Errorf("%s ran again: %+v", run.RuleID, run)
		}
	}
}

// TestPartOfAWeek evaluates rules of a week for the whole week, whatever is asked.
func TestPartOfAWeek(t *testing.T) {
	d := newDesk(t, rule(t, ruleParts{period: "week"}))
	d.file("ehr", header, "2025-03-18 09:00:00,1,ana,101,export,note,W1", "2025-03-21 09:00:00,2,ana,102,export,note,W1")
	want := []string{"exports ana 03-17..03-23 2"}
	for _, day := range []string{"2025-03-19", "2025-03-21"} {
		if diff := cmp.Diff(want, spans(d.evaluate(day, day).Findings)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", day, diff)
		}
	}
}

// burst finds the third export within ten minutes.
const burst = `WITH x AS (
      SELECT e.site, e.event_id, e.ts_s, e.day_no, e.user_id, e.person_id, e.patient_id,
             COUNT(*) OVER (PARTITION BY e.site, e.user_id ORDER BY e.ts_s RANGE BETWEEN 600 PRECEDING AND CURRENT ROW) AS n
      FROM events e WHERE e.action = 'export' AND e.ts_s >= $from_s AND e.ts_s < $to_s
    )
    SELECT x.site, x.event_id, x.ts_s, x.user_id, x.person_id, x.patient_id, x.n FROM x WHERE x.n >= 3`

func TestAcrossMidnight(t *testing.T) {
	blind := rule(t, ruleParts{id: "site.bulk.blind", sql: burst})
	sees := rule(t, ruleParts{id: "site.bulk.sees", sql: burst, around: ", lookback: 10m"})
	d := newDesk(t, blind, sees)
	d.file("ehr", header,
		"2025-03-17 23:56:00,1,ana,101,export,note,W1", "2025-03-17 23:58:00,2,ana,102,export,note,W1", "2025-03-18 00:01:00,3,ana,103,export,note,W1")
	var found []string
	for _, day := range []string{"2025-03-17", "2025-03-18", "2025-03-19"} {
		for _, s := range spans(d.evaluate(day, day).Findings) {
			found = append(found, day+": "+s)
		}
	}
	if diff := cmp.Diff([]string{"2025-03-18: sees ana 03-18..03-18 1"}, found); diff != "" {
		t.Errorf("day by day (-want +got):\n%s", diff)
	}
	// Both days at once see it without looking back.
	want := []string{"blind ana 03-18..03-18 1", "sees ana 03-18..03-18 1"}
	if diff := cmp.Diff(want, spans(d.evaluate("2025-03-17", "2025-03-18").Findings)); diff != "" {
		t.Errorf("two days (-want +got):\n%s", diff)
	}
}

// TestWhatLiesAround drops what the look-back shows and another day has.
func TestWhatLiesAround(t *testing.T) {
	d := newDesk(t, rule(t, ruleParts{around: ", lookback: 2h, lookahead: 2h"}))
	d.file("ehr", header,
		"2025-03-17 23:00:00,1,ana,101,export,note,W1", "2025-03-18 12:00:00,2,bo,102,export,note,W1", "2025-03-19 01:00:00,3,cy,103,export,note,W1")
	r := d.evaluate("2025-03-18", "2025-03-18")
	if diff := cmp.Diff([]string{"exports bo 03-18..03-18 1"}, spans(r.Findings)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if r.Runs[0].Findings != 1 {
		t.Errorf("the ledger says %+v", r.Runs[0])
	}
}

// TestTheNightTheClocksChange has local days of 23 and 25 hours.
func TestTheNightTheClocksChange(t *testing.T) {
	d := newDesk(t, rule(t, ruleParts{}))
	d.file("ehr", header,
		"2025-03-08 23:59:59,1,ana,101,export,note,W1", "2025-03-09 00:00:00,2,ana,102,export,note,W1", "2025-03-09 23:59:59,3,ana,103,export,note,W1",
		"2025-03-10 00:00:00,4,ana,104,export,note,W1")
	d.file("ehr", header, "2025-11-02 23:59:59,5,ana,101,export,note,W1", "2025-11-03 00:00:00,6,ana,102,export,note,W1")
	for _, tc := range []struct{ day, want string }{{"2025-03-09", "exports ana 03-09..03-09 2"}, {"2025-11-02", "exports ana 11-02..11-02 1"}} {
		if diff := cmp.Diff([]string{tc.want}, spans(d.evaluate(tc.day, tc.day).Findings)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.day, diff)
		}
	}
}

func TestWeekNames(t *testing.T) {
	for _, tc := range []struct{ day, name, from, to string }{
		{"2025-03-17", "2025-W12", "2025-03-17", "2025-03-23"},
		{"2025-03-23", "2025-W12", "2025-03-17", "2025-03-23"},
		{"2024-12-30", "2025-W01", "2024-12-30", "2025-01-05"},
		{"2021-01-03", "2020-W53", "2020-12-28", "2021-01-03"},
	} {
		d := day(t, tc.day)
		w := engine.WeekOf(d)
		if got := [3]string{engine.WeekName(d), w.From.String(), w.To.String()}; got != [3]string{tc.name, tc.from, tc.to} {
			t.Errorf("%s is in %v", tc.day, got)
		}
	}
}
