package review_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/evidence"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/internal/review"
	"github.com/chartwatch/chartwatch/rules"
)

func TestParseWeek(t *testing.T) {
	for _, tc := range []struct{ text, from, to string }{
		{"2025-W12", "2025-03-17", "2025-03-23"}, {"2025-W01", "2024-12-30", "2025-01-05"}, {"2020-W53", "2020-12-28", "2021-01-03"},
	} {
		p, err := review.ParseWeek(tc.text)
		if err != nil || p.From.String() != tc.from || p.To.String() != tc.to {
			t.Errorf("%s is %s to %s, %v", tc.text, p.From, p.To, err)
		}
	}
	for text, want := range map[string]string{
		"": "must be written as year-Wweek", "2025-12": "must be written as year-Wweek", "2025-W1": "must be written as year-Wweek",
		"2025-W12x": "must be written as year-Wweek", "25-W12": "must be written as year-Wweek",
		"2025-W53": "there is no such week: 2025-W53", "2025-W00": "there is no such week: 2025-W00", "2025-W99": "there is no such week",
	} {
		if _, err := review.ParseWeek(text); err == nil || !strings.Contains(err.Error(), want) || fault.KindOf(err) != fault.Usage || fault.HintOf(err) == "" {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestCases(t *testing.T) {
	last := day(t, "2025-03-23")
	item := func(id, who string, risk int, age int, change ...func(*review.Item)) review.Item {
		x := review.Item{ID: id, State: review.New, Finding: engine.Finding{
			Fingerprint: id + "0123456789", RuleID: "r." + id[:1], Risk: risk, Level: rules.LevelOf(risk), Subject: engine.Subject{Type: rules.SubjectPerson, ID: who, Name: who + " X"},
			FromDay: last - coverage.Day(age), ToDay: last - coverage.Day(age),
		}}
		for _, c := range change {
			c(&x)
		}
		return x
	}
	closed := func(as review.Disposition) func(*review.Item) {
		return func(x *review.Item) { x.State, x.Disposition = review.Closed, as }
	}
	for _, tc := range []struct {
		name  string
		items []review.Item
		want  []string // subject, score, level and findings
	}{
		{"a-high-one", []review.Item{item("a1", "ana", 50, 0)}, []string{"ana 50 high a1"}},
		{"a-medium-one", []review.Item{item("a1", "ana", 47, 0)}, []string{}},
		{"different-facts-add-up", []review.Item{item("a1", "ana", 40, 0), item("b1", "ana", 30, 0), item("c1", "ana", 20, 0)}, []string{"ana 60 medium a1 b1 c1"}},
		{"one-noisy-rule-does-not", []review.Item{item("a1", "ana", 40, 0), item("a2", "ana", 40, 1), item("a3", "ana", 40, 2)}, []string{}},
		{"half-after-two-weeks", []review.Item{item("a1", "ana", 60, 14), item("b1", "ana", 20, 0)}, []string{"ana 40 high a1 b1"}},
		{"older-than-30-days", []review.Item{item("a1", "ana", 90, 31)}, []string{}},
		{"never-above-100", []review.Item{item("a1", "ana", 95, 0), item("b1", "ana", 90, 0)}, []string{"ana 100 critical a1 b1"}},
		{"two-people", []review.Item{item("a1", "ana", 50, 0), item("a2", "bo", 80, 0)}, []string{"bo 80 critical a2", "ana 50 high a1"}},
		{"all-closed", []review.Item{item("a1", "ana", 80, 0, closed(review.MisuseConfirmed))}, []string{}},
		{"confirmed-counts-while-another-is-open", []review.Item{item("a1", "ana", 80, 0, closed(review.MisuseConfirmed)), item("b1", "ana", 20, 0)}, []string{"ana 90 critical a1 b1"}},
		{"expected-leaves-the-score", []review.Item{item("a1", "ana", 80, 0, closed(review.Expected)), item("b1", "ana", 20, 0)}, []string{}},
		{"a-patient-is-no-case", []review.Item{item("a1", "p1", 80, 0, func(x *review.Item) { x.Subject.Type = rules.SubjectPatient })}, []string{}},
		{"hidden-ones-do-not-count", []review.Item{item("a1", "ana", 80, 0, func(x *review.Item) { x.State = review.Suppressed })}, []string{}},
		{"a-covered-one-does-not-count", []review.Item{item("a1", "ana", 80, 0), item("b1", "ana", 60, 0, func(x *review.Item) { x.CoveredBy = "a1" })}, []string{"ana 80 critical a1"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := []string{}
			for _, c := range review.Cases(tc.items, last) {
				got = append(got, fmt.Sprintf("%s %d %s %s", c.Subject.ID, c.Score, c.Level, strings.Join(c.Findings, " ")))
				if c.Subject.Name != c.Subject.ID+" X" || !strings.HasPrefix(c.ID, "c") || len(c.ID) != 9 {
					t.Errorf("case %q of %q", c.ID, c.Subject.Name)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("cases (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSigningOff(t *testing.T) {
	quiet := rule(t, "quiet", "medium", "", "e.action = 'export'", "e.action = 'delete'")
	off, needs := rule(t, "off", "medium", ""), rule(t, "needs", "medium", "requires: {models: [opening]}")
	d := newDesk(t, rule(t, "exports", "high", "covers: [site.bulk.weak]"), quiet, off, needs, rule(t, "weak", "low", ""))
	d.engine.Practice.Rules = []practice.RuleValue{{Layer: "site", Rule: "site.bulk.off", Param: "off", Value: "true"}}
	d.file("ehr", exports()...)
	sign := func(name, by string) (review.SignOff, error) {
		return d.reviewer.SignOff(t.Context(), name, by, "looked at all of them")
	}
	_, err := sign(week, ruth)
	d.refused(err, fault.Conflict, "week 2025-W12 has not been reviewed yet")
	d.evaluate(week)
	_, err = sign(week, " ")
	d.refused(err, fault.Usage, "who signs is missing")
	_, err = sign("2025-W99", ruth)
	d.refused(err, fault.Usage, "there is no such week")
	_, err = sign("2025-W11", ruth)
	d.refused(err, fault.Conflict, "week 2025-W11 has not been reviewed yet")
	d.decide("exports ct 03-19", review.Decision{State: review.Closed, Disposition: review.PolicyIssue, Text: "by mistake"})
	s := exception(func(s *review.Suppression) { s.Match, s.Approved = match{"subject": {"bo"}}, "A. Nother" })
	if _, err := d.reviewer.Suppress(t.Context(), s, false); err != nil {
		t.Fatal(err)
	}
	got, err := sign(week, ruth)
	if err != nil {
		t.Fatal(err)
	}
	want := review.SignOff{
		Week: week, By: ruth, At: got.At, Text: "looked at all of them", Hash: got.Hash, Period: got.Period, Open: 3, Levels: map[string]int64{"high": 3, "low": 1},
		Counts: []review.SignedRule{
			{Rule: "site.bulk.exports", Outcome: engine.Ran, Findings: 3, Closed: 1},
			{Rule: "site.bulk.needs", Outcome: engine.NotApplicable},
			{Rule: "site.bulk.off", Outcome: engine.Off},
			{Rule: "site.bulk.quiet", Outcome: engine.Ran},
			// The one finding that an exception no longer lets the stronger rule cover.
			{Rule: "site.bulk.weak", Outcome: engine.Ran, Findings: 1},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got.Hash) != 64 || got.At.IsZero() {
		t.Errorf("the sign-off (-want +got):\n%s", diff)
	}
	b, err := d.reviewer.Book(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want.Period = coverage.Period{} // not kept: the week says it
	if diff := cmp.Diff(want, *b.SignedOff(week)); diff != "" || b.SignedOff("2025-W11") != nil {
		t.Errorf("the sign-off as it is kept (-want +got):\n%s", diff)
	}
	// It can be signed again; the last one counts.
	second, err := sign(week, bo)
	if err != nil {
		t.Fatal(err)
	}
	if b, err = d.reviewer.Book(t.Context()); err != nil || b.SignedOff(week).By != bo || b.SignedOff(week).Hash != second.Hash || len(b.SignOffs) != 2 {
		t.Errorf("sign-offs %+v, %v", b.SignOffs, err)
	}
}

// TestOverdueBeginsWithTheLedger imports the first log on a Monday morning in Sydney, when
// it is still Sunday in UTC.
func TestOverdueBeginsWithTheLedger(t *testing.T) {
	d := newDesk(t, rule(t, "exports", "medium", ""))
	zone, err := time.LoadLocation("Australia/Sydney")
	if err != nil {
		t.Fatal(err)
	}
	d.reviewer.Zone = zone
	d.now = time.Date(2025, 3, 24, 8, 0, 0, 0, zone)
	d.file("ehr", header, "2025-03-13 09:00:00,90,ct,101,view,note,W1", "2025-03-20 09:00:00,91,ct,101,view,note,W1")
	d.now = d.now.AddDate(0, 0, 14)
	b, err := d.reviewer.Book(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list, err := d.reviewer.Overdue(t.Context(), b)
	if diff := cmp.Diff([]string{"2025-W12"}, list); err != nil || diff != "" {
		t.Errorf("overdue: %v (-want +got):\n%s", err, diff)
	}
	if w := d.weeks(); w.List[0].Name != "2025-W12" {
		t.Errorf("the ledger begins with %s", w.List[0].Name)
	}
}

func TestOverdueWeeks(t *testing.T) {
	d := newDesk(t, rule(t, "exports", "medium", ""))
	overdue := func(at string) []string {
		t.Helper()
		b, err := d.reviewer.Book(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if d.now, err = time.Parse(time.DateTime, at); err != nil {
			t.Fatal(err)
		}
		list, err := d.reviewer.Overdue(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if got := overdue("2025-04-30 12:00:00"); len(got) != 0 {
		t.Errorf("without any log: %v", got)
	}
	d.file("ehr", exports()...)
	// History that came with it is no backlog; the week before the first import is.
	d.file("ehr", header, "2024-05-07 09:00:00,90,ct,101,view,note,W1", "2025-03-10 09:00:00,91,ct,101,view,note,W1", "2025-04-08 09:00:00,92,ct,101,view,note,W1")
	for _, tc := range []struct {
		at   string
		want []string
	}{
		{"2025-03-24 12:00:00", []string{}},
		{"2025-03-31 03:59:00", []string{}}, // Sunday in New York, the seventh day after the week
		{"2025-03-31 04:01:00", []string{"2025-W12"}},
		{"2025-04-30 12:00:00", []string{"2025-W12", "2025-W15"}}, // and none for the weeks without events
	} {
		if diff := cmp.Diff(tc.want, overdue(tc.at)); diff != "" {
			t.Errorf("at %s (-want +got):\n%s", tc.at, diff)
		}
	}
	d.now = time.Date(2025, 3, 25, 15, 0, 0, 0, time.UTC)
	d.evaluate(week)
	if _, err := d.reviewer.SignOff(t.Context(), week, ruth, ""); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"2025-W15"}, overdue("2025-04-30 12:00:00")); diff != "" {
		t.Errorf("after one was signed (-want +got):\n%s", diff)
	}
}

func codes(list []engine.Notice) []string {
	all := []string{}
	for _, n := range list {
		all = append(all, n.Code)
	}
	return all
}

func TestReport(t *testing.T) {
	breaks := rule(t, "breaks", "medium", "", "e.ip_class\n", "e.ip_class, CAST(e.user_id AS BIGINT) AS n\n")
	list := []rules.Rule{
		rule(t, "exports", "high", "covers: [site.bulk.weak]"), rule(t, "weak", "low", ""), rule(t, "watched", "medium", ""),
		rule(t, "learns", "medium", "learning: {site_days: 28}"), rule(t, "needs", "medium", "requires: {models: [opening]}"), breaks,
	}
	d := newDesk(t, list...)
	d.engine.Practice.Rules = []practice.RuleValue{{Layer: "site", Rule: "site.bulk.watched", Param: "watch", Value: "true"}}
	d.engine.Expect = map[string]coverage.Expectation{"imaging": {From: day(t, "2025-01-01"), Daily: true}, "ehr": {NoPattern: true}}
	d.file("ehr", exports()...)
	d.evaluate(week)
	s := exception(func(s *review.Suppression) { s.Match, s.Approved = match{"subject": {"bo"}}, "A. Nother" })
	if _, err := d.reviewer.Suppress(t.Context(), s, false); err != nil {
		t.Fatal(err)
	}
	d.decide("exports ct 03-19", review.Decision{State: review.Closed, Disposition: review.PolicyIssue, Text: "by mistake"})
	r := d.report(week)
	listed := map[string]string{}
	for _, x := range r.Findings {
		lines := []string{}
		for _, c := range x.Covers {
			lines = append(lines, c.Rule)
		}
		listed[strings.TrimPrefix(x.RuleID, "site.bulk.")+" "+x.Subject.ID+" "+x.FromDay.String()[5:]] = fmt.Sprintf("%s %v case %v", x.State, lines, x.CaseID != "")
	}
	want := map[string]string{
		"exports ct 03-19": "closed [site.bulk.weak] case false", "exports zq 03-17": "new [site.bulk.weak] case true",
		"exports zq 03-18": "new [site.bulk.weak] case true", "weak bo 03-20": "new [] case false",
	}
	if diff := cmp.Diff(want, listed); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"suppressed": 1, "watch": 4, "learning": 4}, r.Hidden); diff != "" {
		t.Errorf("hidden (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"high": 3, "low": 1}, r.ByLevel); diff != "" {
		t.Errorf("levels (-want +got):\n%s", diff)
	}
	var fates []string
	for _, f := range r.Rules {
		fates = append(fates, fmt.Sprintf("%s %s %d+%d %s", f.ID[len("site.bulk."):], f.Status, f.Findings, f.Hidden, f.Reason))
	}
	wantFates := []string{
		"breaks failed 0+0 a value cannot be converted", "exports ran 3+1 ", "learns ran 0+4 ", "needs not_applicable 0+0 the opening hours are not known",
		"watched ran 0+4 ", "weak ran 1+0 ",
	}
	if diff := cmp.Diff(wantFates, fates); diff != "" {
		t.Errorf("fates (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"source_without_data", "rules_failed", "rules_not_applicable"}, codes(r.Warnings)); diff != "" {
		t.Errorf("warnings (-want +got):\n%s\n%v", diff, r.Warnings)
	}
	if !r.Incomplete() {
		t.Error("a review with a failed rule and a missing log counts as a whole one")
	}
	if diff := cmp.Diff(review.Totals{Events: 6, Users: 4, Patients: 6, Accesses: 6}, r.Totals); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
	if r.Week != week || r.Timezone != "America/New_York" || r.Practice != "Plum Court" || len(r.Days) != 7 || len(r.RuleSetHash) != 32 || len(r.Cases) != 1 {
		t.Errorf("week %q, zone %q, practice %q, %d days, rules %q, cases %v", r.Week, r.Timezone, r.Practice, len(r.Days), r.RuleSetHash, r.Cases)
	}
	wantDay := review.DayCount{Day: day(t, "2025-03-18"), Events: 2, Findings: 1, Status: "events"}
	if diff := cmp.Diff(wantDay, r.Days[1]); diff != "" {
		t.Errorf("the second day (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"delimited", "roster"}, parserNames(r)); diff != "" {
		t.Errorf("parsers (-want +got):\n%s", diff)
	}
	d.nameless(nil)
}

func parserNames(r review.Report) []string {
	names := []string{}
	for _, p := range r.Parsers {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return names
}

// TestReportOfAPeriodWithoutData is not a clean one.
func TestReportOfAPeriodWithoutData(t *testing.T) {
	d := newDesk(t, rule(t, "exports", "medium", ""))
	d.file("ehr", exports()...)
	r := d.report("2025-W20")
	if got := codes(r.Warnings); !slices.Contains(got, "no_events") || !r.Incomplete() || len(r.Findings) != 0 {
		t.Errorf("warnings %v, incomplete %v, findings %v", got, r.Incomplete(), r.Findings)
	}
	for _, w := range r.Warnings {
		if w.Code == "no_events" && (w.Message != "no log has an event in this period, so nothing was reviewed" || w.Hint == "") {
			t.Errorf("the warning says %q", w.Message)
		}
	}
}

// TestAReviewIsWrittenDown, and so is everything that people do.
func TestAReviewIsWrittenDown(t *testing.T) {
	d := newDesk(t, rule(t, "exports", "medium", ""))
	d.file("ehr", exports()...)
	first := d.report(week)
	d.decide("ct 03-19", review.Decision{State: review.Triaged})
	if _, err := d.reviewer.SignOff(t.Context(), week, ruth, ""); err != nil {
		t.Fatal(err)
	}
	second := d.report(week)
	entries, err := d.reviewer.Journal.Entries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		object := e.Object
		if e.Kind == evidence.KindDecision {
			object = "a finding"
		}
		got = append(got, fmt.Sprintf("%d %s %s by %q", e.Seq, e.Kind, object, e.By))
		for _, name := range []string{"Quisenberry", "Thistlewaite", "Winters"} {
			if strings.Contains(e.Object, name) {
				t.Errorf("the object of entry %d names somebody", e.Seq)
			}
		}
	}
	want := []string{`1 review 2025-W12 by ""`, `2 decision a finding by "Ruth Winters"`, `3 sign_off 2025-W12 by "Ruth Winters"`, `4 review 2025-W12 by ""`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
	if first.JournalHash != entries[0].Hash || second.JournalHash != entries[3].Hash || second.SignOff == nil || second.SignOff.Hash != entries[2].Hash || first.SignOff != nil {
		t.Errorf("the reports name the hashes %s and %s, sign-off %+v", first.JournalHash, second.JournalHash, second.SignOff)
	}
	if n, err := d.reviewer.Journal.Verify(t.Context()); n != 4 || err != nil {
		t.Errorf("Verify = %d, %v", n, err)
	}
}

// TestNothingIsDecidedWhereNothingCanBeWritten refuses instead of deciding in silence.
func TestNothingIsDecidedWhereNothingCanBeWritten(t *testing.T) {
	d := newDesk(t, rule(t, "exports", "medium", ""))
	d.file("ehr", exports()...)
	d.evaluate(week)
	x := d.items()["ct 03-19"]
	if err := d.DB.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := d.reviewer.Decide(t.Context(), x.ID, review.Decision{By: ruth, State: review.Triaged})
	if err == nil || errors.Unwrap(err) == nil {
		t.Errorf("Decide = %v, want an error with its cause", err)
	}
	d.nameless(err)
}
