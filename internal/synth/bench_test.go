package synth_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/synth"
)

func TestWriteBenchCSV(t *testing.T) {
	const rows = 50_000
	var b bytes.Buffer
	if err := synth.WriteBenchCSV(&b, 7, rows); err != nil {
		t.Fatal(err)
	}
	if perLine := b.Len() / rows; perLine < 130 || perLine > 180 {
		t.Errorf("%d bytes a line, want about 166", perLine)
	}
	records, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := len(records) - 1; got != rows {
		t.Fatalf("got %d rows, want %d", got, rows)
	}
	users, stations := map[string]bool{}, map[string]bool{}
	for i, r := range records[1:] {
		if i > 0 && (r[0] < records[i][0] || r[1] <= records[i][1]) {
			t.Fatalf("row %d: %s %s comes after %s %s", i, r[0], r[1], records[i][0], records[i][1])
		}
		users[r[2]], stations[r[9]] = true, true
	}
	if len(users) != 200 || len(stations) != 60 {
		t.Errorf("got %d users and %d workstations, want 200 and 60", len(users), len(stations))
	}
	if first, last := records[1][0], records[rows][0]; first < "2025-03-10 00:00:00" || first > "2025-03-11" || last < "2025-06-07" || last >= "2025-06-08" {
		t.Errorf("rows run from %s to %s, want 90 days from 2025-03-10", first, last)
	}
}

func TestWriteBenchFHIR(t *testing.T) {
	const rows = 2_000
	var b bytes.Buffer
	if err := synth.WriteBenchFHIR(&b, 7, rows); err != nil {
		t.Fatal(err)
	}
	if perLine := b.Len() / rows; perLine < 1200 || perLine > 1600 {
		t.Errorf("%d bytes a line, want 1200 to 1600", perLine)
	}
	d := json.NewDecoder(&b)
	got := 0
	for ; d.More(); got++ {
		var e map[string]any
		if err := d.Decode(&e); err != nil {
			t.Fatal(err)
		}
		recorded, _ := e["recorded"].(string)
		if _, err := time.Parse(time.RFC3339, recorded); err != nil || e["resourceType"] != "AuditEvent" {
			t.Fatalf("event %d has no type or time", got)
		}
	}
	if got != rows {
		t.Errorf("got %d events, want %d", got, rows)
	}
}

func TestBenchEvents(t *testing.T) {
	const rows = 100_000
	var previous time.Time
	got := 0
	err := synth.BenchEvents(7, rows, func(e ingest.Event) error {
		if e.At.Before(previous) {
			t.Fatalf("event %d is earlier than the one before", got)
		}
		if !e.Action.Valid() || !e.Outcome.Valid() || !e.RecordType.Valid() || e.UserID == "" || e.Granularity == "" || e.TZBasis == "" {
			t.Fatalf("event %d misses what the contract requires: %+v", got, e)
		}
		previous = e.At
		got++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got != rows {
		t.Errorf("got %d events, want %d", got, rows)
	}
	if previous.Year() != 2025 {
		t.Errorf("the last event is in %d, want about the beginning of 2025", previous.Year())
	}
	stop := errors.New("stop")
	if err := synth.BenchEvents(7, 10, func(ingest.Event) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got error %v, want that of the callback", err)
	}
}

// TestBenchSizes checks that few rows, or none, are no special case.
func TestBenchSizes(t *testing.T) {
	for _, rows := range []int{0, 1, 3} {
		got := 0
		if err := synth.BenchEvents(1, rows, func(ingest.Event) error { got++; return nil }); err != nil || got != rows {
			t.Errorf("%d rows: got %d, error %v", rows, got, err)
		}
		var b bytes.Buffer
		if err := synth.WriteBenchCSV(&b, 1, rows); err != nil || bytes.Count(b.Bytes(), []byte("\n")) != rows+1 {
			t.Errorf("%d rows: got %d lines, error %v", rows, bytes.Count(b.Bytes(), []byte("\n")), err)
		}
	}
	if err := synth.WriteBenchCSV(io.Discard, 1, -1); err == nil {
		t.Error("a negative number of rows was accepted")
	}
}

// TestBenchStable pins the bytes, so that measurements of different days and
// machines are of the same data.
func TestBenchStable(t *testing.T) {
	tests := []struct {
		name  string
		write func(io.Writer, uint64, int) error
		want  string
	}{
		{"csv", synth.WriteBenchCSV, "24d5ddb9ddb73cca6993c5a1835e142873ca84fad200b2e79bac645e6c1fe699"},
		{"fhir", synth.WriteBenchFHIR, "f28987c32ffc175b1d229ade7ea8e14fad0db7279c1f2390f3a2d5f2f14b8990"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := sha256.New()
			if err := tt.write(h, 42, 1000); err != nil {
				t.Fatal(err)
			}
			if got := hex.EncodeToString(h.Sum(nil)); got != tt.want {
				t.Errorf("SHA-256 of 1000 rows with seed 42 is %s, want %s", got, tt.want)
			}
		})
	}
}

func BenchmarkWriteBenchCSV(b *testing.B)  { benchmark(b, synth.WriteBenchCSV, 166) }
func BenchmarkWriteBenchFHIR(b *testing.B) { benchmark(b, synth.WriteBenchFHIR, 1400) }

func benchmark(b *testing.B, write func(io.Writer, uint64, int) error, perRow int64) {
	b.Helper()
	const rows = 200_000
	b.SetBytes(rows * perRow)
	for b.Loop() {
		if err := write(io.Discard, 1, rows); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBenchEvents(b *testing.B) {
	const rows = 1_000_000
	for b.Loop() {
		if err := synth.BenchEvents(1, rows, func(ingest.Event) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "events/s")
}
