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
)

// counter counts batches as they come.
type counter struct{ sum report.Sufficiency }

func (c *counter) WriteBatch(_ context.Context, _ ingest.Dataset, b arrow.RecordBatch) error {
	c.sum.Add(b)
	return nil
}

func (c *counter) WriteReject(context.Context, ingest.Reject) error { return nil }

func count(t *testing.T, events ...ingest.Event) *report.Sufficiency {
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
	return &c.sum
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
	want := report.Sufficiency{
		Events: 5, Reads: 2, Logins: 2, LoginsFailed: 1, WithUser: 4, WithPatient: 2, WithNumber: 1, WithPlace: 2, WithRecord: 1,
		WithOutcome: 3, WithID: 1, ZoneExplicit: 1, ActionUnknown: 1,
	}
	if diff := cmp.Diff(want, *rich); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	golden.Compare(t, "testdata/sufficiency_rich.txt", rich.Text())
	poor := count(t, ingest.Event{TZBasis: ingest.TZAssumed, PatientName: "Ana Rivera", Action: ingest.ActionUpdate})
	golden.Compare(t, "testdata/sufficiency_poor.txt", poor.Text())
	golden.Compare(t, "testdata/sufficiency_none.txt", new(report.Sufficiency).Text())
}
