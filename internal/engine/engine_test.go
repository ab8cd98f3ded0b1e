package engine_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/engine"
)

// TestSamples runs every shipped rule over the practice of sample_logs.
func TestSamples(t *testing.T) {
	d := newDesk(t, core(t)...)
	d.samples()
	r := d.evaluate("2025-03-17", "2025-03-23")
	if len(r.Runs) != len(d.rules) {
		t.Errorf("%d of %d rules are in the ledger", len(r.Runs), len(d.rules))
	}
	for _, run := range r.Runs {
		if run.Outcome != engine.Ran && run.Outcome != engine.NotApplicable {
			t.Errorf("%s: %s: %s", run.RuleID, run.Outcome, run.Reason)
		}
		if run.Outcome == engine.NotApplicable && run.Reason == "" {
			t.Errorf("%s is not applicable without a reason", run.RuleID)
		}
	}
	found := map[string]bool{}
	forbidden := regexp.MustCompile(`(?i)violation|breach|guilty|{{|}}|%!`)
	for _, f := range r.Findings {
		found[f.RuleID+" "+f.Subject.ID] = true
		for _, text := range append(slices.Concat([]string{f.Title, f.Text}, f.NextSteps, f.Questions, f.Quality), f.Subject.Name) {
			if forbidden.MatchString(text) {
				t.Errorf("%s says %q", f.RuleID, text)
			}
		}
		sum := 0
		for _, l := range f.Score {
			sum += l.Points
		}
		if f.Risk != min(max(sum, 0), 100) || len(f.Evidence) == 0 || f.Rows == 0 {
			t.Errorf("%s: risk %d of %v, %d rows, %d shown", f.RuleID, f.Risk, f.Score, f.Rows, len(f.Evidence))
		}
	}
	for _, planted := range []string{
		"core.account.after-termination jellis", "core.shared.two-desks asantos", "core.snoop.coworker asantos", "core.snoop.household bfarrow",
		"core.snoop.vip kdelgado", "core.hours.off-hours-unexplained tnowak",
	} {
		if !found[planted] {
			t.Errorf("not found: %s; there are %v", planted, found)
		}
	}
	if diff := cmp.Diff([]string{}, doubts(r)); diff != "" {
		t.Errorf("doubts about clocks (-want +got):\n%s", diff)
	}
	if n := r.Explained; n.Unjudged != 0 || float64(n.None) > 0.3*float64(n.None+n.Weak+n.Moderate+n.Strong) {
		t.Errorf("explained: %+v", n)
	}
}
