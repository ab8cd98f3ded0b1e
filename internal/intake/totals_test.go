package intake_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/intake"
)

// TestTotals imports two files of one source, of which one row cannot be read, and a
// list; a file that comes again changes nothing.
func TestTotals(t *testing.T) {
	d := newDesk(t)
	first := "timestamp,user_id,patient_id,action\n2025-03-10 09:00:00,u1,p1,view\n2025-03-10 10:00:00,u1,p2,view\nnever,u1,p3,view\n"
	second := "timestamp,user_id,patient_id,action\n2025-03-11 09:00:00,u1,p1,view\n"
	for name, text := range map[string]string{"a.csv": first, "b.csv": second, "staff.csv": "user_id,name,role\nu1,Nobody,nurse\n"} {
		d.file(name, text)
	}
	d.file("again.csv", first)
	got, err := intake.Totals(t.Context(), d.DB)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if got[i].Source == "delimited" && (got[i].LastIngest.IsZero() || !got[i].FirstIngest.Equal(got[i].LastIngest)) {
			t.Errorf("first import %v, last %v", got[i].FirstIngest, got[i].LastIngest)
		}
		got[i].LastIngest, got[i].FirstIngest = time.Time{}, time.Time{}
	}
	want := []intake.SourceTotals{
		{
			Source: "delimited", LastEvent: time.Date(2025, 3, 11, 13, 0, 0, 0, time.UTC), Bytes: int64(len(first) + len(second)),
			Parsers: []intake.ParserTotals{{Parser: "delimited", Accepted: 3, Rejected: map[ingest.Reason]int64{ingest.ReasonBadTime: 1}}},
		},
		{Source: "roster", Bytes: 34, Parsers: []intake.ParserTotals{{Parser: "roster", Accepted: 1, Rejected: map[ingest.Reason]int64{}}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
}
