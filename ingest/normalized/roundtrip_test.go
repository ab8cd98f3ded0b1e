package normalized_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
	"github.com/chartwatch/chartwatch/ingest/normalized"
)

// exporter is what the writers of the package have in common.
type exporter interface {
	ingest.Sink
	io.Closer
}

func exporters() map[string]func(io.Writer, ingest.Dataset) (exporter, error) {
	return map[string]func(io.Writer, ingest.Dataset) (exporter, error){
		"ndjson":  func(w io.Writer, _ ingest.Dataset) (exporter, error) { return normalized.NewNDJSONWriter(w), nil },
		"csv":     func(w io.Writer, d ingest.Dataset) (exporter, error) { return normalized.NewCSVWriter(w, d) },
		"arrow":   func(w io.Writer, d ingest.Dataset) (exporter, error) { return normalized.NewArrowWriter(w, d) },
		"parquet": func(w io.Writer, d ingest.Dataset) (exporter, error) { return normalized.NewParquetWriter(w, d) },
	}
}

// sampleEvents returns rows that use every column and awkward characters.
func sampleEvents(n int) []ingest.Event {
	at := time.Date(2025, 5, 5, 14, 0, 0, 123456000, time.UTC)
	events := make([]ingest.Event, n)
	for i := range events {
		events[i] = ingest.Event{
			Line: int64(i + 2), Part: i % 3, At: at.Add(time.Duration(i) * time.Second), TZBasis: ingest.TZAssumed,
			Action: ingest.ActionView, Outcome: ingest.OutcomeSuccess, Granularity: ingest.GranularityScreen,
			UserID: fmt.Sprintf("user%d", i%7), PatientID: fmt.Sprintf("%06d", i),
		}
	}
	events[0].UserName = "Doyle, \"Mae\"\n=HYPERLINK(\"x\")\ttab"
	events[0].PatientName = "Ünal; \u2028 'Ana' \\ "
	events[0].Reason = " leading, and trailing "
	if n > 1 {
		e := &events[1]
		e.SourceEventID, e.SourceSystem, e.RecordedAt, e.EndedAt = "a-1", "front", at.Add(time.Hour), at.Add(2*time.Hour)
		e.TimeFlag, e.UserAltID, e.UserRole, e.UserType, e.OnBehalfOf = ingest.TimeAmbiguous, "S-7", "nurse", ingest.UserStaff, "rkovacs"
		e.PatientSystem, e.ActionRaw, e.RecordType, e.RecordRaw = "urn:oid:1.2", "VW", ingest.RecordLabResult, "lab"
		e.RecordID, e.RecordLabel, e.Workstation, e.IP, e.Location = "r-1", "label", "FRONT-2", "10.0.0.7", "North"
		e.OutcomeReason, e.SessionID, e.RequestID, e.Purpose = "none", "s-1", "q-1", "TREAT"
		e.BreakGlass, e.RecordCount, e.Interactive, e.Integrity = true, 7, ingest.InteractiveYes, ingest.IntegrityFailed
	}
	return events
}

// export writes rows of one dataset in one form, and returns the same rows as JSON lines.
func export(t *testing.T, form string, d ingest.Dataset, write func(context.Context, *ingest.Writer) error) (data, lines []byte) {
	t.Helper()
	var out, expected bytes.Buffer
	sink, err := exporters()[form](&out, d)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []exporter{sink, normalized.NewNDJSONWriter(&expected)} {
		w := ingest.NewWriter(s, ingest.WriterOptions{BatchRows: 1000})
		t.Cleanup(w.Release)
		if err := write(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes(), expected.Bytes()
}

func writeEvents(n int) func(context.Context, *ingest.Writer) error {
	return func(ctx context.Context, w *ingest.Writer) error {
		for _, e := range sampleEvents(n) {
			if err := w.Event(ctx, e); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestEventsSurviveEveryForm(t *testing.T) {
	for form := range exporters() {
		for _, n := range []int{1, 2, 2500} {
			t.Run(fmt.Sprintf("%s-%d", form, n), func(t *testing.T) {
				data, want := export(t, form, ingest.Events, writeEvents(n))
				checkRows(t, data, want)
			})
		}
	}
}

func TestOtherDatasetsSurvive(t *testing.T) {
	at := time.Date(2025, 5, 5, 14, 0, 0, 0, time.UTC)
	cases := map[ingest.Dataset]func(context.Context, *ingest.Writer) error{
		ingest.StaffRows: func(ctx context.Context, w *ingest.Writer) error {
			return w.Staff(ctx, ingest.Staff{
				Line: 3, UserID: "mdoyle", Name: "Maeve Doyle", Role: "nurse", Department: "north", HiredOn: "2020-02-29",
				LeftOn: "2021-01-01", Weekdays: "mon,sun", ShiftStart: "08:00", ShiftEnd: "23:59", Address: "1 Mill Lane", PatientID: "007",
			})
		},
		ingest.PatientRows: func(ctx context.Context, w *ingest.Writer) error {
			return w.Patient(ctx, ingest.Patient{
				Line: 3, PatientID: "007", System: "urn:x", FirstName: "Ana", LastName: "Brightwater", BirthDate: "1900-01-01", VIP: true,
			})
		},
		ingest.AppointmentRows: func(ctx context.Context, w *ingest.Writer) error {
			return w.Appointment(ctx, ingest.Appointment{
				Line: 3, AppointmentID: "ap", PatientID: "007", ProviderID: "rk", StartsAt: at, TZBasis: ingest.TZSourceSetting,
				TimeFlag: ingest.TimeNonexistent, Minutes: 20, Status: "kept",
			})
		},
	}
	for d, write := range cases {
		for _, form := range []string{"ndjson", "arrow", "parquet"} {
			t.Run(form+"-"+string(d), func(t *testing.T) {
				data, want := export(t, form, d, write)
				checkRows(t, data, want)
			})
		}
	}
}

// checkRows parses data and compares the rows with JSON lines.
func checkRows(t *testing.T, data, want []byte) {
	t.Helper()
	got, err := ingesttest.Parse(t.Context(), normalized.Plugin(), ingest.Settings{}, "export", time.UTC, data)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range got.Rejects {
		t.Errorf("reject: %s", r)
	}
	if diff := cmp.Diff(strings.TrimSuffix(string(want), "\n"), strings.Join(got.Lines, "\n")); diff != "" {
		t.Errorf("rows changed (-want +got):\n%s", diff)
	}
}

func TestEmptyExportsAreReadable(t *testing.T) {
	for _, form := range []string{"csv", "arrow", "parquet"} {
		t.Run(form, func(t *testing.T) {
			data, _ := export(t, form, ingest.Events, func(context.Context, *ingest.Writer) error { return nil })
			checkRows(t, data, nil)
		})
	}
}

func TestWritersRefuseAnotherDataset(t *testing.T) {
	for _, form := range []string{"csv", "arrow", "parquet"} {
		sink, err := exporters()[form](io.Discard, ingest.PatientRows)
		if err != nil {
			t.Fatal(err)
		}
		w := ingest.NewWriter(sink, ingest.WriterOptions{BatchRows: 1})
		err = w.Event(t.Context(), sampleEvents(1)[0])
		if err == nil || err.Error() != "writing events: the file holds patients" {
			t.Errorf("%s: got error %v", form, err)
		}
		w.Release()
	}
}
