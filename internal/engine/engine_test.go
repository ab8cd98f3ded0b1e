package engine_test

import (
	"testing"
)

// TestSamples runs every shipped rule over the practice of sample_logs.
func TestSamples(t *testing.T) {
	d := newDesk(t, core(t)...)
	d.samples()
	r := d.evaluate("2025-03-17", "2025-03-23")
	for _, run := range r.Runs {
		t.Logf("%-40s %s %s %d %d ms", run.RuleID, run.Outcome, run.Reason, run.Findings, run.Millis)
	}
	for _, f := range r.Findings {
		t.Logf("%s %s %d %s: %s", f.RuleID, f.Level, f.Risk, f.Mode, f.Text)
	}
	t.Logf("%+v %+v %v", r.Explained, r.Vendors, r.Setup)
}
