package engine_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/rules"
)

const header = "timestamp,event_id,user_id,patient_id,action,record_type,workstation"

// fates writes what became of each rule as "outcome: reason".
func fates(r engine.Result) map[string]string {
	all := map[string]string{}
	for _, run := range r.Runs {
		all[strings.TrimPrefix(run.RuleID, "site.bulk.")] = strings.TrimSuffix(fmt.Sprintf("%s: %s", run.Outcome, run.Reason), ": ")
	}
	return all
}

func set(ruleID, param, value string) practice.RuleValue {
	return practice.RuleValue{Layer: "site", Rule: ruleID, Param: param, Value: value}
}

func TestOutcomes(t *testing.T) {
	const castUser = `SELECT e.site, e.event_id, e.ts_s, e.user_id, e.person_id, e.patient_id, CAST(e.user_id AS BIGINT) AS n
    FROM events e WHERE e.ts_s >= $from_s AND e.ts_s < $to_s`
	named := func(id, more string) rules.Rule { return rule(t, ruleParts{id: "site.bulk." + id, more: more}) }
	list := []rules.Rule{
		rule(t, ruleParts{id: "site.bulk.breaks", sql: castUser}),
		rule(t, ruleParts{id: "site.bulk.overflows", sql: strings.Replace(castUser, "CAST(e.user_id AS BIGINT)", "e.ts_s * 9223372036854775807", 1)}),
		rule(t, ruleParts{id: "site.bulk.unwritten", sql: strings.Replace(castUser, "CAST(e.user_id AS BIGINT)", "e.no_such_column", 1)}),
		named("ran", ""),
		named("needs-roster", "requires: {models: [staff]}"),
		named("needs-hours", "requires: {models: [opening]}"),
		named("needs-changes", "requires: {models: [account_change]}"),
		named("needs-desk", "requires: {events: {workstation: 0.8, user_id: 0.9}}"),
		named("needs-place", "requires: {events: {location: 0.1}}"),
		named("needs-deletes", "requires: {actions: [delete]}"),
		named("needs-exports", "requires: {actions: [delete, export]}"),
		named("needs-history", "requires: {history_days: 28}"),
		named("off", ""),
		named("last", ""),
	}
	d := newDesk(t, list...)
	d.file("ehr", header,
		"2025-03-17 09:00:00,1,Zebulon Quisenberry,101,export,note,W1",
		"2025-03-17 09:05:00,2,Zebulon Quisenberry,102,export,note,W1")
	d.file("imaging", header, "2025-03-18 09:00:00,900,bo,103,export,image,")
	var log bytes.Buffer
	d.engine.Log = slog.New(slog.NewTextHandler(&log, nil))
	off := set("site.bulk.off", "off", "true")
	off.Reason = "we have no such records"
	d.engine.Practice.Rules = []practice.RuleValue{off}
	r := d.evaluate("2025-03-17", "2025-03-23")
	want := map[string]string{
		"breaks":        "failed: a value cannot be converted",
		"overflows":     "failed: a number is too large",
		"unwritten":     "", // compared below
		"ran":           "ran",
		"needs-roster":  "not_applicable: there is no roster",
		"needs-hours":   "not_applicable: the opening hours are not known",
		"needs-changes": "ran",
		"needs-desk":    "ran: without imaging: 100 % of its events lack the workstation",
		"needs-place":   "not_applicable: ehr: 100 % of its events lack the location; imaging: 100 % of its events lack the location",
		"needs-deletes": "not_applicable: the logs have no delete records, so their absence says nothing",
		"needs-exports": "ran",
		"needs-history": "not_applicable: it needs 28 days of history, and the log begins on 2025-03-17",
		"off":           "off: switched off by the practice: we have no such records",
		"last":          "ran",
	}
	got := fates(r)
	if !strings.HasPrefix(got["unwritten"], "failed: ") || !strings.Contains(got["unwritten"], "no_such_column") {
		t.Errorf("a rule that reads a column that is not there: %s", got["unwritten"])
	}
	got["unwritten"] = ""
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	findings := map[string][]string{}
	for _, f := range r.Findings {
		name := strings.TrimPrefix(f.RuleID, "site.bulk.")
		findings[f.Subject.ID] = append(findings[f.Subject.ID], name)
	}
	if diff := cmp.Diff([]string{"last", "needs-changes", "needs-exports", "ran"}, findings["bo"]); diff != "" {
		t.Errorf("rules that found the export from the source without workstations (-want +got):\n%s", diff)
	}
	if n := len(findings["Zebulon Quisenberry"]); n != 5 {
		t.Errorf("%d rules found the other exports, want 5", n)
	}
	// Neither the log of the program nor the ledger quotes what is in the data.
	if !strings.Contains(log.String(), "site.bulk.breaks") || strings.Contains(log.String(), "Quisenberry") {
		t.Errorf("the log of the program: %s", log.String())
	}
	for id, fate := range got {
		if strings.Contains(fate, "Quisenberry") || strings.Contains(fate, "17422") {
			t.Errorf("%s quotes the data: %s", id, fate)
		}
	}
	// What failed is tried again, everything else is not.
	again := map[string]bool{}
	for _, run := range d.evaluate("2025-03-17", "2025-03-23").Runs {
		if !run.Unchanged {
			again[run.RuleID] = true
		}
	}
	if diff := cmp.Diff(map[string]bool{"site.bulk.breaks": true, "site.bulk.overflows": true, "site.bulk.unwritten": true}, again); diff != "" {
		t.Errorf("rules that ran again (-want +got):\n%s", diff)
	}
}

func TestASlowRuleIsStopped(t *testing.T) {
	from := make([]string, 0, 12)
	for i := range 12 {
		from = append(from, fmt.Sprintf("JOIN events e%d ON e%d.site = e.site", i, i))
	}
	slow := rule(t, ruleParts{
		id: "site.bulk.slow",
		sql: `SELECT e.site, e.event_id, e.ts_s, e.user_id, e.person_id, e.patient_id, COUNT(*) AS n
    FROM events e ` + strings.Join(from, " ") + `
    GROUP BY e.site, e.event_id, e.ts_s, e.user_id, e.person_id, e.patient_id
    HAVING SUM(e0.ts_s + e1.ts_s - e2.ts_s + e3.ts_s - e4.ts_s + e5.ts_s) > 0`,
	})
	d := newDesk(t, slow, rule(t, ruleParts{}))
	rows := []string{header}
	for i := range 60 {
		rows = append(rows, fmt.Sprintf("2025-03-17 09:%02d:00,%d,ana,%d,export,note,W1", i, i+1, 100+i))
	}
	d.file("ehr", rows...)
	d.engine.Limits.Time = 700 * time.Millisecond
	r := d.evaluate("2025-03-17", "2025-03-23")
	want := map[string]string{"slow": "timed_out: it took longer than 700ms", "exports": "ran"}
	if diff := cmp.Diff(want, fates(r)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if len(r.Findings) != 1 || r.Findings[0].Rows != 60 {
		t.Errorf("the rule after the slow one found %+v", r.Findings)
	}
}

func TestMoreRowsThanAreKept(t *testing.T) {
	d := newDesk(t, rule(t, ruleParts{more: "requires: {events: {workstation: 0.8}}"}))
	d.file("ehr", header,
		"2025-03-17 09:00:00,1,ana,101,export,note,W1", "2025-03-17 09:01:00,2,bo,102,export,note,W1", "2025-03-17 09:02:00,3,ana,103,export,note,W1",
		"2025-03-17 09:03:00,4,bo,104,export,note,W1", "2025-03-18 09:03:00,5,bo,105,export,note,W1")
	d.file("imaging", header, "2025-03-18 09:00:00,900,bo,103,export,image,")
	d.engine.Limits.Rows = 3
	r := d.evaluate("2025-03-17", "2025-03-23")
	want := map[string]string{"exports": "truncated: without imaging: 100 % of its events lack the workstation; 4 of 5 rows were used"}
	if diff := cmp.Diff(want, fates(r)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	rows := map[string]int64{}
	for _, f := range r.Findings {
		rows[f.Subject.ID+" "+f.FromDay.String()] = f.Rows
	}
	if diff := cmp.Diff(map[string]int64{"ana 2025-03-17": 2, "bo 2025-03-17": 1, "bo 2025-03-18": 1}, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if r.Runs[0].Matches != 5 || r.Runs[0].Findings != 3 {
		t.Errorf("the ledger says %+v", r.Runs[0])
	}
}

// TestAPeriodWithoutData says that nothing was looked at, and invents nothing.
func TestAPeriodWithoutData(t *testing.T) {
	d := newDesk(t, rule(t, ruleParts{}), rule(t, ruleParts{id: "site.bulk.needs", more: "requires: {models: [events], events: {user_id: 0.5}}"}))
	d.file("ehr", header, "2025-03-17 09:00:00,1,ana,101,export,note,W1")
	r := d.evaluate("2025-06-02", "2025-06-08")
	want := map[string]string{"exports": "ran", "needs": "not_applicable: no log has events in the period"}
	if diff := cmp.Diff(want, fates(r)); diff != "" || len(r.Findings) != 0 {
		t.Errorf("outcomes (-want +got):\n%s\nfindings %v", diff, r.Findings)
	}
	if diff := cmp.Diff(coverage.Period{From: day(t, "2025-06-02"), To: day(t, "2025-06-08")}, r.Period); diff != "" {
		t.Errorf("period (-want +got):\n%s", diff)
	}
}

func TestTryKeepsNothing(t *testing.T) {
	r := rule(t, ruleParts{})
	d := newDesk(t)
	d.file("ehr", header, "2025-03-17 09:00:00,1,ana,101,export,note,W1")
	list, _, err := engine.InForce([]rules.Rule{r}, d.engine.Practice)
	if err != nil {
		t.Fatal(err)
	}
	week := coverage.Period{From: day(t, "2025-03-17"), To: day(t, "2025-03-23")}
	run, findings, err := d.engine.Try(t.Context(), week, &list[0])
	if err != nil || run.Outcome != engine.Ran || run.Findings != 1 || len(findings) != 1 || findings[0].Subject.ID != "ana" {
		t.Fatalf("Try = %+v, %+v, %v", run, findings, err)
	}
	stored, err := engine.Findings(t.Context(), d.DB, d.Sealer, week)
	if err != nil || len(stored) != 0 {
		t.Errorf("stored findings %v, %v, want none", stored, err)
	}
	ledger, err := engine.Ledger(t.Context(), d.DB, week)
	if err != nil || len(ledger) != 0 {
		t.Errorf("the ledger %v, %v, want it empty", ledger, err)
	}
}
