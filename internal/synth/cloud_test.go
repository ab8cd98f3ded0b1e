package synth_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/azurefhir"
	"github.com/chartwatch/chartwatch/ingest/fhiraudit"
	"github.com/chartwatch/chartwatch/ingest/gcphealthcare"
	"github.com/chartwatch/chartwatch/ingest/healthlake"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
	"github.com/chartwatch/chartwatch/internal/synth"
)

// TestCloudLogsSayWhatHappened compares what the parsers read in the logs of FHIR
// services with what truly happened. Each access is there once; only Azure's
// addresses and Medplum's batches name the patient of a search.
func TestCloudLogsSayWhatHappened(t *testing.T) {
	samples, err := synth.Samples(newYork(t))
	if err != nil {
		t.Fatal(err)
	}
	p, err := synth.SamplePractice(newYork(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path     string
		plugin   ingest.Plugin
		day      int
		searched bool // the patients of searches are named
	}{
		{"azurefhir/audit_logs.json", azurefhir.Plugin(), 11, true},
		{"healthlake/cloudtrail.json", healthlake.Plugin(), 12, false},
		{"gcphealthcare/audit_log.json", gcphealthcare.Plugin(), 13, false},
		{"fhiraudit/medplum_stdout.log", fhiraudit.Plugin(), 16, true},
	} {
		t.Run(c.plugin.Name, func(t *testing.T) {
			var want, got []string
			from := p.Midnight(2024, time.December, c.day)
			for _, a := range p.Between(synth.EHR, from, from.Add(9*time.Hour)) {
				search := a.Action == ingest.ActionView && (a.Record == ingest.RecordMedication || a.Record == ingest.RecordLabResult)
				if a.PatientID == "" {
					continue
				}
				if search && !c.searched {
					a.PatientID = ""
				}
				want = append(want, fmt.Sprint(a.At.Format(time.RFC3339), " ", a.UserID, " ", a.PatientID, " ", a.IP, " ", ingest.OutcomeSuccess))
			}
			i := slices.IndexFunc(samples, func(s synth.Sample) bool { return s.Path == c.path })
			r, err := ingesttest.Parse(t.Context(), c.plugin, ingest.Settings{}, c.path, newYork(t), text(t, samples[i]))
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range r.Rows() {
				if c.plugin.Name == "fhiraudit" && cell(row, "patient_id") == "" {
					continue // the other parts of a batch
				}
				got = append(got, fmt.Sprint(instant(t, row), " ", cell(row, "user_id"), " ", cell(row, "patient_id"), " ", cell(row, "ip"), " ", cell(row, "outcome")))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("what the file says differs from what happened (-happened +read):\n%s", diff)
			}
			if len(want) < 5 {
				t.Errorf("only %d accesses", len(want))
			}
		})
	}
}
