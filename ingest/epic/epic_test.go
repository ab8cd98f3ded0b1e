package epic_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/epic"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
)

func TestConformance(t *testing.T) { ingesttest.Run(t, epic.Plugin()) }

func FuzzEpic(f *testing.F) { ingesttest.Fuzz(f, epic.Plugin()) }

// Old and new values of the change history are patients' data, and no column of
// a row may show them.
func TestValuesAreDropped(t *testing.T) {
	const log = "PAT_ID,CHANGE_TIME,LINE,NEW_VALUE_EXTERNAL,OLD_VALUE_EXTERNAL,NEW_VALUE_INTERNAL,OLD_VALUE_INTERNAL,CHANGED_DATA_ELEMENT,USER_ID,USER_ID_NAME\n" +
		"Z1,2024-12-10 08:00:00,1,canary-a,canary-b,canary-c,canary-d,PATIENT.CITY,NSHAW,\"SHAW, NORA\"\n"
	got, err := ingesttest.Parse(t.Context(), epic.Plugin(), ingest.Settings{}, "V_EHI_AUDIT_EPT.tsv", time.UTC, []byte(log))
	if err != nil {
		t.Fatal(err)
	}
	if rows := strings.Join(got.Lines, "\n"); len(got.Lines) != 1 || strings.Contains(rows, "canary") {
		t.Errorf("got rows %s, want one without any of the values", rows)
	}
}

// A reject carries the patient, where the row names one.
func TestRejectsCarryWhatIsKnown(t *testing.T) {
	const log = "ACCESS_TIME,USER_ID,PAT_ID,METRIC_NAME\n,NSHAW,Z90021,Storyboard viewed\n"
	got, err := ingesttest.Parse(t.Context(), epic.Plugin(), ingest.Settings{}, "log.csv", time.UTC, []byte(log))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Rejects) != 1 || got.Rejects[0].PatientID != "Z90021" || string(got.Rejects[0].Raw) != ",NSHAW,Z90021,Storyboard viewed" {
		t.Errorf("got rejects %v, want one with patient and text", got.Rejects)
	}
}

// TestAdvice reads each table and looks at what the parser then advises.
func TestAdvice(t *testing.T) {
	for header, want := range map[string]ingest.Element{
		"ACCESS_TIME,USER_ID,PAT_ID,METRIC_NAME":                                 ingest.ElementPlace,
		"PAT_ID,CHANGE_TIME,CHANGED_DATA_ELEMENT,USER_ID":                        ingest.ElementReads,
		"LoginEventUserIdentifier,LoginActionWorkstationDateTime":                "",
		"Clinician ID,Patient ID,Timestamp,Session Action/Event,Access Type,Age": ingest.ElementPlace,
	} {
		p, err := epic.Plugin().New(ingest.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		w := ingest.NewWriter(nowhere{}, ingest.WriterOptions{})
		src := ingest.Source{Name: "input", Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: strings.NewReader(header + "\n")}
		if err := p.Parse(t.Context(), src, w); err != nil {
			t.Fatal(err)
		}
		w.Release()
		var got ingest.Element
		if a, ok := p.(ingest.Advisor); ok {
			for _, advice := range a.Advice() {
				got = advice.Lacks
			}
		}
		if got != want {
			t.Errorf("%s: advice for %q, want %q", header, got, want)
		}
	}
}
