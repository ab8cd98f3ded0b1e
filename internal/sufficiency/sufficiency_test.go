package sufficiency_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/sufficiency"
)

func answers(r sufficiency.Report) map[ingest.Element]sufficiency.Answer {
	m := map[ingest.Element]sufficiency.Answer{}
	for _, e := range r.Elements {
		m[e.Element] = e.Answer
	}
	return m
}

func TestJudge(t *testing.T) {
	c := sufficiency.Counts{
		Events: 100, Changes: 60, Logins: 40, WithUser: 95, WithPatient: 1, WithRecord: 10, WithOutcome: 94, WithPlace: 1, WithID: 100,
	}
	notes := []ingest.Note{{Kind: ingest.NoteNoReads, Count: 1}, {Kind: ingest.NoteExportCap, Count: 1}, {Kind: ingest.NoteExportCap, Count: 1}}
	r := sufficiency.Judge(c, sufficiency.Facts{Notes: notes, Advice: []ingest.Advice{
		{Lacks: ingest.ElementReads, Text: "switch it on"}, {Lacks: ingest.ElementEventID, Text: "not needed"},
	}})
	want := map[ingest.Element]sufficiency.Answer{
		ingest.ElementTime: sufficiency.Partly, ingest.ElementPatient: sufficiency.Yes, ingest.ElementUser: sufficiency.Yes, ingest.ElementReads: sufficiency.No,
		ingest.ElementChanges: sufficiency.Yes, ingest.ElementRecord: sufficiency.Yes, ingest.ElementPrivileges: sufficiency.NotSeen,
		ingest.ElementClock: sufficiency.Unknown, ingest.ElementLogins: sufficiency.Yes, ingest.ElementLoginFailed: sufficiency.NotSeen,
		ingest.ElementPlace: sufficiency.Partly, ingest.ElementOutcome: sufficiency.Partly, ingest.ElementEventID: sufficiency.Yes,
	}
	if diff := cmp.Diff(want, answers(r)); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]ingest.NoteKind{ingest.NoteNoReads, ingest.NoteExportCap}, r.Limits); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]ingest.Advice{{Lacks: ingest.ElementReads, Text: "switch it on"}}, r.Advice); diff != "" {
		t.Errorf("advice (-want +got):\n%s", diff)
	}
	var missing []ingest.Element
	for _, e := range r.Missing() {
		missing = append(missing, e.Element)
	}
	if diff := cmp.Diff([]ingest.Element{ingest.ElementReads, ingest.ElementPrivileges}, missing); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
}

// Without the note that says so, views that nobody saw may just not have happened.
func TestReadsNotSeen(t *testing.T) {
	r := sufficiency.Judge(sufficiency.Counts{Events: 3, Changes: 3}, sufficiency.Facts{})
	if got := r.Of(ingest.ElementReads).Answer; got != sufficiency.NotSeen {
		t.Errorf("reads: %q, want %q", got, sufficiency.NotSeen)
	}
	if r := sufficiency.Judge(sufficiency.Counts{}, sufficiency.Facts{}); len(r.Elements) > 0 {
		t.Errorf("a log without events has elements: %v", r.Elements)
	}
}

func TestSilentDays(t *testing.T) {
	// The 3rd of March 2025 is a Monday, day 20150.
	days := map[int32]int64{20150: 5, 20151: 0, 20153: 1, 20158: 2}
	r := sufficiency.Judge(sufficiency.Counts{Events: 8}, sufficiency.Facts{Days: days})
	want := sufficiency.Days{
		From: "2025-03-03", To: "2025-03-11", Total: 9, Silent: 6, Weekdays: 4,
		Examples: []string{"2025-03-04", "2025-03-05", "2025-03-07", "2025-03-10"},
	}
	if diff := cmp.Diff(want, r.Days); diff != "" {
		t.Errorf("days (-want +got):\n%s", diff)
	}
}
