package access_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chartwatch/chartwatch/internal/access"
)

const (
	requestA = "76d148b6-586d-11ec-bf63-0242ac130002"
	requestB = "a1d148b6-586d-11ec-bf63-0242ac130003"
)

// twinLogs are the logs of a client and a server, as normalised rows.
func twinLogs(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	row := func(at, user, patient, action, record, request string) string {
		return `{"dataset":"events","occurred_at":"2025-03-03T` + at + `Z","tz_basis":"explicit","user_id":"` + user + `","patient_id":"` + patient +
			`","action":"` + action + `","record_id":"` + record + `","request_id":"` + request + `","outcome":"success","granularity":"event"}`
	}
	d.file("app", lines(
		row("14:00:00", "jlee", "101", "view", "l1", requestA),
		row("14:00:00", "jlee", "101", "view", "l2", requestA), // another record of the same request
		row("15:00:00", "jlee", "101", "view", "l1", "17"),     // not unique enough
		row("16:00:00", "jlee", "101", "view", "l1", requestB),
	))
	d.file("server", lines(
		row("14:00:01", "", "101", "export", "l1", requestA),
		row("15:00:01", "svc", "101", "view", "l1", "17"),
		row("16:00:00", "svc", "102", "view", "l1", requestB),      // another patient
		row("16:05:01", "svc", "101", "view", "l1", requestB),      // too late
		row("14:00:02", "jo.lee", "101", "update", "l1", requestA), // another action
	))
	return d
}

func TestTwinsAreListedOnce(t *testing.T) {
	a := twinLogs(t).patient("101", "03-03", "03-03")
	type line struct {
		At, User, Source, Action string
		Also                     []string
	}
	var got []line
	for _, x := range a.Accesses {
		l := line{At: x.At.Format("15:04:05"), User: x.UserID, Source: x.Source, Action: x.Action}
		for _, twin := range x.AlsoRecorded {
			l.Also = append(l.Also, twin.Source+" "+twin.Action+" "+twin.At.Format("15:04:05"))
		}
		got = append(got, l)
	}
	want := []line{
		{"14:00:00", "jlee", "app", "view", []string{"server export 14:00:01"}},
		{"14:00:00", "jlee", "app", "view", nil},
		{"14:00:02", "jo.lee", "server", "update", nil},
		{"15:00:00", "jlee", "app", "view", nil},
		{"15:00:01", "svc", "server", "view", nil},
		{"16:00:00", "jlee", "app", "view", nil},
		{"16:05:01", "svc", "server", "view", nil},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("accesses (-want +got):\n%s", diff)
	}
}

// A question about the account of one side finds the access all the same.
func TestTwinOfAnotherAccountIsFound(t *testing.T) {
	a := twinLogs(t).user("svc", "03-03", "03-03")
	if len(a.Accesses) != 3 {
		t.Errorf("accesses of svc: %d, want 3", len(a.Accesses))
	}
	if diff := cmp.Diff([]access.Twin(nil), a.Accesses[0].AlsoRecorded, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("twins (-want +got):\n%s", diff)
	}
}

// A retrieval that the consumer and the repository recorded without a number of the
// request is one access; two retrievals are two, and so are those of two accounts.
func TestRetrievalsOfADocument(t *testing.T) {
	d := newDesk(t)
	row := func(at, user, action, raw, record string) string {
		return `{"dataset":"events","occurred_at":"2025-03-03T` + at + `Z","tz_basis":"explicit","user_id":"` + user + `","patient_id":"101","action":"` + action +
			`","action_raw":"` + raw + `","record_id":"` + record + `","outcome":"success","granularity":"event"}`
	}
	const raw = "110107|ITI-43"
	d.file("viewer", lines(
		row("14:00:00", "smith", "view", raw, "doc1"),
		row("14:00:40", "smith", "view", raw, "doc1"),
		row("15:00:00", "smith", "view", raw, "doc2"),
		row("16:00:00", "smith", "view", "110103", "doc3"), // another transaction
	))
	d.file("repository", lines(
		row("14:00:02", "", "export", "110106|ITI-43", "doc1"),
		row("14:00:41", "smith", "export", "110106|ITI-43", "doc1"),
		row("15:00:01", "jones", "export", "110106|ITI-43", "doc2"), // another account
		row("16:00:00", "", "export", "110106|ITI-43", "doc3"),
	))
	var got []string
	for _, x := range d.patient("101", "03-03", "03-03").Accesses {
		parts := []string{x.At.Format("15:04:05") + " " + x.UserID + " " + x.Action}
		for _, twin := range x.AlsoRecorded {
			parts = append(parts, twin.Source+" "+twin.At.Format("15:04:05"))
		}
		got = append(got, strings.Join(parts, " + "))
	}
	want := []string{
		"14:00:00 smith view + repository 14:00:02", "14:00:40 smith view + repository 14:00:41", "15:00:00 smith view", "15:00:01 jones export",
		"16:00:00 smith view", "16:00:00  export",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("accesses (-want +got):\n%s", diff)
	}
}
