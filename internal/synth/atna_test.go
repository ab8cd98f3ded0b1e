package synth_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/atna"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
	"github.com/chartwatch/chartwatch/internal/synth"
)

// TestATNASaysWhatHappened compares what the parser reads in the two files with
// what truly happened on the imaging server that day.
func TestATNASaysWhatHappened(t *testing.T) {
	samples, err := synth.Samples(newYork(t))
	if err != nil {
		t.Fatal(err)
	}
	p, err := synth.SamplePractice(newYork(t))
	if err != nil {
		t.Fatal(err)
	}
	const form = "%s %s %s %s %s %s %s %s %s"
	var want, got []string
	for _, a := range p.Between(synth.Imaging, p.Midnight(2024, time.December, 2), p.Midnight(2024, time.December, 3)) {
		want = append(want, fmt.Sprintf(form, a.At.Format(time.RFC3339), a.UserID, a.UserType, a.PatientID, a.Action, a.Record, a.Workstation, a.IP, a.Outcome))
	}
	for _, name := range []string{"atna/atna_audit.log", "atna/atna_audit.xml"} {
		i := slices.IndexFunc(samples, func(s synth.Sample) bool { return s.Path == name })
		r, err := ingesttest.Parse(t.Context(), atna.Plugin(), ingest.Settings{}, name, newYork(t), text(t, samples[i]))
		if err != nil {
			t.Fatal(err)
		}
		if r.Counts.Rejected != 0 || r.Counts.Records == 0 {
			t.Errorf("%s: %d of %d records are rejected", name, r.Counts.Rejected, r.Counts.Records)
		}
		for _, row := range r.Rows() {
			got = append(got, fmt.Sprintf(form, instant(t, row), cell(row, "user_id"), cell(row, "user_type"), cell(row, "patient_id"), cell(row, "action"),
				cell(row, "record_type"), cell(row, "workstation"), cell(row, "ip"), cell(row, "outcome")))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the files say differs from what happened (-happened +read):\n%s", diff)
	}
}
