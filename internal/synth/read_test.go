package synth_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/builtin"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
	"github.com/chartwatch/chartwatch/internal/synth"
)

// TestSamplesAreRead lets the parsers read the samples: each is accepted by the
// parser of its folder and by no other, and nothing is rejected.
func TestSamplesAreRead(t *testing.T) {
	samples, err := synth.Samples(newYork(t))
	if err != nil {
		t.Fatal(err)
	}
	registry, err := builtin.Registry()
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join("..", "..", "sample_logs", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		t.Run(path.Base(s.Path), func(t *testing.T) {
			data := text(t, s)
			head := data[:min(len(data), ingest.HeadSize)]
			p, _, err := registry.Detect(ingest.Head{Name: path.Base(s.Path), Bytes: head, Complete: len(head) == len(data)}, ingest.Settings{})
			if err != nil {
				t.Fatal(err)
			}
			if p.Name != path.Dir(s.Path) {
				t.Errorf("the file is read by parser %s", p.Name)
			}
			got := parse(t, p.Name, s)
			if got.Counts.Records == 0 || got.Counts.Rejected != 0 {
				t.Errorf("%d of %d records are rejected: %v", got.Counts.Rejected, got.Counts.Records, got.Counts.Reasons)
			}
			if want := fmt.Sprintf("| %d |", got.Counts.Records); !strings.HasSuffix(lineWith(readme, "`"+s.Path+"`"), want) {
				t.Errorf("sample_logs/README.md does not say that %s has %d records", s.Path, got.Counts.Records)
			}
			for _, n := range got.Counts.Notes {
				if n.Kind == ingest.NoteNoReads && p.Name == "openmrs" {
					continue // it never has any
				}
				t.Errorf("unexpected note %s", n.Kind)
			}
		})
	}
}

// TestSamplesSayWhatHappened compares what the parsers read in the logs with
// what truly happened.
func TestSamplesSayWhatHappened(t *testing.T) {
	samples, err := synth.Samples(newYork(t))
	if err != nil {
		t.Fatal(err)
	}
	p, err := synth.SamplePractice(newYork(t))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path     string
		system   synth.System
		from, to time.Time
	}{
		{"delimited/access_log.csv", synth.EHR, p.Midnight(2025, time.February, 24), p.Midnight(2025, time.March, 24)},
		{"fhiraudit/audit.ndjson", synth.Imaging, p.Midnight(2025, time.February, 24), p.Midnight(2025, time.March, 24)},
		{"fhiraudit/bundle_r5.json", synth.Imaging, p.Midnight(2025, time.March, 24), p.Midnight(2025, time.March, 25)},
		{"normalized/events.ndjson", synth.Phone, p.Midnight(2025, time.March, 10), p.Midnight(2025, time.March, 17)},
	}
	for _, tt := range tests {
		t.Run(path.Base(tt.path), func(t *testing.T) {
			i := slices.IndexFunc(samples, func(s synth.Sample) bool { return s.Path == tt.path })
			var want, got []string
			for _, a := range p.Between(tt.system, tt.from, tt.to) {
				want = append(want, fmt.Sprintf("%s %s %s %s %s", a.At.Format(time.RFC3339), a.UserID, a.PatientID, a.Action, a.Outcome))
			}
			for _, r := range parse(t, path.Dir(tt.path), samples[i]).Rows() {
				got = append(got, fmt.Sprintf("%s %s %s %s %s", instant(t, r), cell(r, "user_id"), cell(r, "patient_id"), cell(r, "action"), cell(r, "outcome")))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("what the log says differs from what happened (-happened +read):\n%s", diff)
			}
		})
	}
}

// TestOpenEMRSaysWhatHappened does so for the dump, where one access is several
// rows and only the rows of an open chart name the patient.
func TestOpenEMRSaysWhatHappened(t *testing.T) {
	samples, err := synth.Samples(newYork(t))
	if err != nil {
		t.Fatal(err)
	}
	p, err := synth.SamplePractice(newYork(t))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(samples, func(s synth.Sample) bool { return s.Path == "openemr/openemr_log.sql" })
	read, charts := map[string]bool{}, map[string]bool{}
	for _, r := range parse(t, "openemr", samples[i]).Rows() {
		if cell(r, "integrity") != string(ingest.IntegrityOK) {
			t.Errorf("row %s: integrity %q, want ok", cell(r, "source_event_id"), cell(r, "integrity"))
		}
		read[instant(t, r)+" "+cell(r, "user_id")] = true
		if id := cell(r, "patient_id"); id != "" {
			charts[instant(t, r)+" "+cell(r, "user_id")+" "+id] = true
		}
	}
	happened := 0
	for _, a := range p.Between(synth.EHR, p.Midnight(2024, time.October, 28), p.Midnight(2024, time.November, 11)) {
		key := a.At.Format(time.RFC3339) + " " + a.UserID
		if !read[key] {
			t.Errorf("the dump does not show %s by %s at %s", a.Action, a.UserID, a.At)
		}
		if charts[key+" "+a.PatientID] {
			happened++
		}
	}
	if happened < len(charts) {
		t.Errorf("the dump shows %d looks at charts, only %d happened", len(charts), happened)
	}
}

// lineWith returns the first line of a text that contains part.
func lineWith(text []byte, part string) string {
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, part) {
			return strings.TrimSuffix(line, "\n")
		}
	}
	return ""
}

func text(t *testing.T, s synth.Sample) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func parse(t *testing.T, parser string, s synth.Sample) ingesttest.Result {
	t.Helper()
	registry, err := builtin.Registry()
	if err != nil {
		t.Fatal(err)
	}
	p, err := registry.ByName(parser)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ingesttest.Parse(t.Context(), p, ingest.Settings{}, path.Base(s.Path), newYork(t), text(t, s))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func cell(row map[string]any, column string) string {
	s, _ := row[column].(string)
	return s
}

func instant(t *testing.T, row map[string]any) string {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, cell(row, "occurred_at"))
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC().Format(time.RFC3339)
}

// TestUniformLogsAreRead checks that measurements are of records and not of
// rejects.
func TestUniformLogsAreRead(t *testing.T) {
	const rows = 3000
	tests := []struct {
		parser string
		sample synth.Sample
	}{
		{"delimited", synth.Sample{Path: "bench.csv", Write: func(w io.Writer) error { return synth.WriteBenchCSV(w, 3, rows) }}},
		{"fhiraudit", synth.Sample{Path: "bench.ndjson", Write: func(w io.Writer) error { return synth.WriteBenchFHIR(w, 3, rows) }}},
	}
	for _, tt := range tests {
		t.Run(tt.parser, func(t *testing.T) {
			got := parse(t, tt.parser, tt.sample)
			if got.Counts.Records != rows || got.Counts.Rejected != 0 {
				t.Errorf("%d records, %d rejected, want %d and none", got.Counts.Records, got.Counts.Rejected, rows)
			}
			for i, r := range got.Rows() {
				if cell(r, "action") == string(ingest.ActionOther) || cell(r, "record_type") == string(ingest.RecordOther) || cell(r, "time_flag") != "" {
					t.Fatalf("row %d is not understood: %v", i, r)
				}
			}
		})
	}
}
