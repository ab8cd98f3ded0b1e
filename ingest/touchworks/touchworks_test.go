package touchworks_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
	"github.com/chartwatch/chartwatch/ingest/touchworks"
)

func TestConformance(t *testing.T) { ingesttest.Run(t, touchworks.Plugin()) }

func FuzzTouchWorks(f *testing.F) { ingesttest.Fuzz(f, touchworks.Plugin()) }

// What somebody searched for may be a name, so no column of a row may show it.
func TestSearchTextIsDropped(t *testing.T) {
	const log = "ID,UserID,RecordID,RecordType,TypeofAction,JustificationText,AccessedDTTM\n" +
		"1,2041,0,Patient,Q,canary,2024-12-09 08:14:00.000\n"
	got := parse(t, log)
	if rows := strings.Join(got.Lines, "\n"); len(got.Lines) != 1 || strings.Contains(rows, "canary") {
		t.Errorf("got rows %s, want one without the text of the search", rows)
	}
}

// A reject carries the time and the patient, where the row names them.
func TestRejectsCarryWhatIsKnown(t *testing.T) {
	const row = "2041,70316,2024-12-09 08:15:00.000,later,N"
	got := parse(t, "UserID,PatientID,OpenDTTM,CloseDTTM,BreakType\n"+row+"\n")
	if len(got.Rejects) != 1 {
		t.Fatalf("got %d rejects, want 1", len(got.Rejects))
	}
	r := got.Rejects[0]
	if r.PatientID != "70316" || !r.At.Equal(time.Date(2024, 12, 9, 8, 15, 0, 0, time.UTC)) || string(r.Raw) != row {
		t.Errorf("got patient %q, time %s, text %q", r.PatientID, r.At, r.Raw)
	}
}

// TestActions holds the letters of the dictionary and what is not among them.
func TestActions(t *testing.T) {
	want := map[string]ingest.Action{
		"R": ingest.ActionView, "Q": ingest.ActionSearch, "U": ingest.ActionUpdate, "W": ingest.ActionCreate, "S": ingest.ActionUpdate,
		"r": ingest.ActionView, "Sign": ingest.ActionUpdate, "D": ingest.ActionOther, "RW": ingest.ActionOther, "": ingest.ActionOther,
	}
	for letter, action := range want {
		rows := parse(t, "UserID,RecordID,RecordType,TypeofAction,AccessedDTTM\n2041,1,Note,"+letter+",2024-12-09 08:14:00.000\n").Rows()
		if len(rows) != 1 || rows[0][ingest.ColAction] != string(action) {
			t.Errorf("%q gives %v, want one row with action %s", letter, rows, action)
		}
	}
}

// TestAdvice reads each table and looks at what the parser then advises.
func TestAdvice(t *testing.T) {
	for header, want := range map[string][]ingest.Element{
		"UserID,PatientID,OpenDTTM,CloseDTTM,BreakType":        {ingest.ElementChanges, ingest.ElementPlace},
		"UserID,RecordID,RecordType,TypeofAction,AccessedDTTM": {ingest.ElementPatient},
	} {
		p, err := touchworks.Plugin().New(ingest.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		w := ingest.NewWriter(nowhere{}, ingest.WriterOptions{})
		src := ingest.Source{Name: "input", Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: strings.NewReader(header + "\n")}
		if err := p.Parse(t.Context(), src, w); err != nil {
			t.Fatal(err)
		}
		w.Release()
		var got []ingest.Element
		if a, ok := p.(ingest.Advisor); ok {
			for _, advice := range a.Advice() {
				got = append(got, advice.Lacks)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: advice (-want +got):\n%s", header, diff)
		}
	}
}

func parse(t *testing.T, log string) ingesttest.Result {
	t.Helper()
	got, err := ingesttest.Parse(t.Context(), touchworks.Plugin(), ingest.Settings{}, "input.csv", time.UTC, []byte(log))
	if err != nil {
		t.Fatal(err)
	}
	return got
}
