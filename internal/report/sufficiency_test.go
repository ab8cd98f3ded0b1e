package report_test

import (
	"context"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/golden"
	"github.com/chartwatch/chartwatch/internal/report"
	"github.com/chartwatch/chartwatch/internal/sufficiency"
)

// counter counts batches as they come.
type counter struct{ sum sufficiency.Counter }

func (c *counter) WriteBatch(_ context.Context, _ ingest.Dataset, b arrow.RecordBatch) error {
	c.sum.Add(b)
	return nil
}

func (c *counter) WriteReject(context.Context, ingest.Reject) error { return nil }

func count(t *testing.T, events ...ingest.Event) sufficiency.Report {
	t.Helper()
	var c counter
	w := ingest.NewWriter(&c, ingest.WriterOptions{})
	defer w.Release()
	for i, e := range events {
		e.Granularity = ingest.GranularityEvent
		if e.Outcome == "" {
			e.Outcome = ingest.OutcomeUnknown
		}
		e.Line, e.At = int64(i+1), time.Date(2025, 3, 11, 14, i, 0, 0, time.UTC)
		if err := w.Event(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	return sufficiency.Judge(c.sum.Counts, sufficiency.Facts{
		Days:  c.sum.Days(),
		Notes: []ingest.Note{{Kind: ingest.NoteExportCap, Count: 1}},
		Advice: []ingest.Advice{
			{Lacks: ingest.ElementReads, Text: "switch on the logging of queries", Source: "manual of the product"},
			{Lacks: ingest.ElementPatient, Text: "choose the column Patient", Source: "manual of the product"},
		},
	})
}

func TestSufficiency(t *testing.T) {
	rich := count(t,
		ingest.Event{
			SourceEventID: "1", TZBasis: ingest.TZExplicit, UserID: "jlee", PatientID: "101", Action: ingest.ActionView,
			RecordType: ingest.RecordVitals, Workstation: "W1", Outcome: ingest.OutcomeSuccess,
		},
		ingest.Event{TZBasis: ingest.TZSourceSetting, UserName: "Jo Lee", PatientName: "Ana Rivera", Action: ingest.ActionSearch, IP: "10.0.0.4"},
		ingest.Event{TZBasis: ingest.TZSourceSetting, UserID: "jlee", Action: ingest.ActionLogin, Outcome: ingest.OutcomeSuccess},
		ingest.Event{TZBasis: ingest.TZSourceSetting, UserID: "jlee", Action: ingest.ActionLoginFailed, Outcome: ingest.OutcomeFailure},
		ingest.Event{TZBasis: ingest.TZSourceSetting, Action: ingest.ActionOther, ActionRaw: "Frobnicated"},
	)
	want := sufficiency.Counts{
		Events: 5, Reads: 2, Logins: 2, LoginsFailed: 1, WithUser: 4, WithPatient: 2, WithNumber: 1, WithPlace: 2, WithRecord: 1,
		WithOutcome: 3, WithID: 1, ZoneExplicit: 1, ActionUnknown: 1,
	}
	if diff := cmp.Diff(want, rich.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	golden.Compare(t, "testdata/sufficiency_rich.txt", report.SufficiencyText(rich))
	poor := count(t, ingest.Event{TZBasis: ingest.TZAssumed, PatientName: "Ana Rivera", Action: ingest.ActionUpdate})
	golden.Compare(t, "testdata/sufficiency_poor.txt", report.SufficiencyText(poor))
	golden.Compare(t, "testdata/sufficiency_none.txt", report.SufficiencyText(count(t)))
}
