package model_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// One access that two systems recorded is one event for the rules, whichever file
// came first; other accesses of the same request, or with identifiers that are
// not unique enough, stay.
func TestTwinsAreOneEvent(t *testing.T) {
	const request = "76d148b6-586d-11ec-bf63-0242ac130002"
	row := func(at, user, patient, action, record, request string) string {
		return `{"dataset":"events","occurred_at":"2025-03-03T` + at + `Z","tz_basis":"explicit","user_id":"` + user + `","patient_id":"` + patient +
			`","action":"` + action + `","record_id":"` + record + `","request_id":"` + request + `","outcome":"success","granularity":"event"}`
	}
	app := []string{
		row("14:00:00", "jlee", "101", "view", "l1", request),
		row("14:00:00", "jlee", "101", "view", "l2", request),
		row("15:00:00", "jlee", "101", "view", "l1", "17"),
	}
	server := []string{
		row("14:00:01", "", "101", "export", "l1", request),
		row("14:00:01", "svc", "102", "view", "l1", request),
		row("14:06:00", "svc", "101", "view", "l1", request),
		row("15:00:00", "svc", "101", "view", "l1", "17"),
	}
	want := []string{
		"14:00 jlee 101 view app", "14:00 jlee 101 view app", "14:00 svc 102 view server", "14:06 svc 101 view server",
		"15:00 jlee 101 view app", "15:00 svc 101 view server",
	}
	for _, first := range []string{"app", "server"} {
		t.Run(first+"-first", func(t *testing.T) {
			d := newDesk(t)
			files := map[string][]string{"app": app, "server": server}
			d.file(first, files[first]...)
			delete(files, first)
			for source, rows := range files {
				d.file(source, rows...)
			}
			d.build("03-03", "03-03", func(b built) {
				got := b.rows(`SELECT strftime(make_timestamp(ts_s * 1000000), '%H:%M') || ' ' || coalesce(user_id, '') || ' ' || patient_id || ' ' || action || ' ' || source_id FROM events`)
				slices.Sort(got)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("events (-want +got):\n%s", diff)
				}
				if !slices.Contains(b.codes(), "recorded_twice") {
					t.Errorf("notices %v do not tell of the record that was left out", b.codes())
				}
			})
		})
	}
}

// A retrieval that the consumer and the repository recorded is one event; that of
// another account is not taken for it.
func TestRetrievalsAreOneEvent(t *testing.T) {
	d := newDesk(t)
	row := func(at, user, action, record string) string {
		return `{"dataset":"events","occurred_at":"2025-03-03T` + at + `Z","tz_basis":"explicit","user_id":"` + user + `","patient_id":"101","action":"` + action +
			`","action_raw":"110106|ITI-43","record_id":"` + record + `","outcome":"success","granularity":"event"}`
	}
	d.file("viewer", row("14:00:00", "smith", "view", "doc1"), row("14:00:40", "smith", "view", "doc1"), row("15:00:00", "smith", "view", "doc2"))
	d.file("repository", row("14:00:02", "", "export", "doc1"), row("14:00:41", "smith", "export", "doc1"), row("15:00:01", "jones", "export", "doc2"),
		row("15:02:00", "", "export", "doc2"))
	d.build("03-03", "03-03", func(b built) {
		got := b.rows(`SELECT strftime(make_timestamp(ts_s * 1000000), '%H:%M:%S') || ' ' || coalesce(user_id, '') || ' ' || action FROM events`)
		slices.Sort(got)
		want := []string{"14:00:00 smith view", "14:00:40 smith view", "15:00:00 smith view", "15:00:01 jones export", "15:02:00  export"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}
