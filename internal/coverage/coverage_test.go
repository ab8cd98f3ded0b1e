package coverage_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/golden"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/seal"
)

// In 2025 the 2nd and the 9th of March are Sundays.

func TestSpan(t *testing.T) {
	d := newDesk(t)
	if _, ok, err := coverage.Span(t.Context(), d.DB); ok || err != nil {
		t.Errorf("an empty store has a span: %v, %v", ok, err)
	}
	d.file("ehr", log(days("03-03", "03-05")...))
	d.file("ehr", log(days("03-10", "03-12")...))
	got, ok, err := coverage.Span(t.Context(), d.DB)
	if want := (coverage.Period{From: day("03-03"), To: day("03-12")}); got != want || !ok || err != nil {
		t.Errorf("span %v, %v, %v, want %v", got, ok, err, want)
	}
	for _, c := range []struct {
		name, from, to string
		want           []string
	}{
		{"inside", "03-03", "03-05", []string{}},
		{"before", "03-01", "03-02", []string{"outside 03-01..03-02"}},
		{"after", "03-12", "03-14", []string{"outside 03-13..03-14"}},
		{"between", "03-05", "03-10", []string{"not_delivered 03-06..03-09"}},
		{"everything", "03-01", "03-13", []string{"outside 03-01..03-02", "not_delivered 03-06..03-09", "outside 03-13..03-13"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, d.gaps(c.from, c.to, coverage.Options{})); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSilentDays(t *testing.T) {
	for _, c := range []struct {
		name     string
		rows     []string
		from, to string
		expect   coverage.Expectation
		want     []string
	}{
		{"weekday-with-pattern", days("03-03", "04-05", "Sun", "03-18"), "03-18", "03-18", coverage.Expectation{}, []string{"silent 03-18..03-18"}},
		{"weekday-that-is-always-closed", days("03-03", "04-05", "Sun", "Wed"), "03-19", "03-19", coverage.Expectation{}, []string{}},
		{"weekday-open-every-other-week", days("03-03", "04-05", "Sun", "03-12", "03-26"), "03-26", "03-26", coverage.Expectation{}, []string{"silent 03-26..03-26"}},
		{"weekday-without-pattern", days("03-03", "03-12", "Sun", "03-05"), "03-05", "03-05", coverage.Expectation{}, []string{"silent 03-05..03-05"}},
		{"sunday", days("03-03", "04-05", "Sun"), "03-16", "03-16", coverage.Expectation{}, []string{}},
		{"sunday-without-pattern", days("03-03", "03-12", "Sat", "Sun"), "03-09", "03-09", coverage.Expectation{}, []string{}},
		{"sunday-after-an-open-saturday", days("03-03", "03-12", "Sun"), "03-09", "03-09", coverage.Expectation{}, []string{"silent 03-09..03-09"}},
		{"sunday-with-pattern", days("03-03", "04-05", "03-16"), "03-16", "03-16", coverage.Expectation{}, []string{"silent 03-16..03-16"}},
		{"saturday-with-pattern", days("03-03", "04-05", "Sun", "03-15"), "03-15", "03-15", coverage.Expectation{}, []string{"silent 03-15..03-15"}},
		{"daily", days("03-03", "04-05", "Sun"), "03-16", "03-16", coverage.Expectation{Daily: true}, []string{"silent 03-16..03-16"}},
		{"none", days("03-03", "04-05", "Sun", "03-18"), "03-18", "03-18", coverage.Expectation{NoPattern: true}, []string{}},
		{
			"no-reads", append(days("03-03", "04-05", "03-18"), "2025-03-18 09:00:00,,ana,101,,update,W1"), "03-18", "03-18",
			coverage.Expectation{},
			[]string{"no_reads 03-18..03-18"},
		},
		{
			"no-reads-without-pattern", append(days("03-03", "03-12", "03-05"), "2025-03-05 09:00:00,,ana,101,,update,W1"), "03-05", "03-05",
			coverage.Expectation{},
			[]string{},
		},
		{"none-still-has-an-end", days("03-03", "04-05"), "04-06", "04-06", coverage.Expectation{NoPattern: true}, []string{"outside 04-06..04-06"}},
		{"before-from", days("03-03", "04-05"), "02-25", "03-01", coverage.Expectation{From: day("03-02")}, []string{}},
		{"at-from", days("03-03", "04-05"), "03-01", "03-02", coverage.Expectation{From: day("03-02")}, []string{"outside 03-02..03-02"}},
		{"after-until", days("03-03", "04-05"), "04-04", "04-09", coverage.Expectation{Until: day("04-07")}, []string{"outside 04-06..04-07"}},
		// A stray old event makes the file cover weeks in which the system was not
		// in use; their emptiness is no habit.
		{
			"habit-before-from", append([]string{"2025-01-06 09:00:00,,ana,101,,view,W1"}, days("03-03", "03-27", "Sun", "03-18")...),
			"03-18", "03-18",
			coverage.Expectation{From: day("03-03")},
			[]string{"silent 03-18..03-18"},
		},
		{"clock-change-in-march", days("03-03", "04-05", "Sun", "03-10"), "03-08", "03-11", coverage.Expectation{}, []string{"silent 03-10..03-10"}},
		{"clock-change-in-november", days("10-06", "11-22", "03-10"), "11-01", "11-03", coverage.Expectation{}, []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.file("ehr", log(c.rows...))
			got := d.gaps(c.from, c.to, coverage.Options{Expect: map[string]coverage.Expectation{"ehr": c.expect}})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
		})
	}
}

// onePatient has twelve views of one patient on two days.
func onePatient(first, last string) string {
	var rows []string
	for i := range 6 {
		for _, d := range []string{first, last} {
			rows = append(rows, fmt.Sprintf("2025-%s 1%d:00:00,,u%d,101,,view,W1", d, i, i%2))
		}
	}
	return log(rows...)
}

func written(s string) func(*intake.Settings) {
	return func(o *intake.Settings) {
		t, err := time.ParseInLocation(time.DateTime, "2025-"+s+":00", o.Zone)
		if err != nil {
			panic(err)
		}
		o.Modified = t
	}
}

func capped(o *intake.Settings) {
	o.MappingName = "capped.yaml"
	o.Mapping = []byte(`version: 1
name: capped
caps: [6]
columns:
  - {field: occurred_at, column: timestamp}
  - {field: user_id, column: user_id}
  - {field: patient_id, column: patient_id}
  - {field: action, column: action}
  - {field: workstation, column: workstation}
`)
}

func TestFiles(t *testing.T) {
	full := log(days("03-03", "03-06")...)
	for _, c := range []struct {
		name     string
		file     func(*desk)
		from, to string
		want     []string
	}{
		{"written-later", func(d *desk) { d.file("ehr", full, written("03-07 00:10")) }, "03-03", "03-06", []string{}},
		{"written-on-the-last-day", func(d *desk) { d.file("ehr", full, written("03-06 23:50")) }, "03-03", "03-06", []string{"unfinished 03-06..03-06"}},
		{"finished-by-another", func(d *desk) {
			d.file("ehr", full, written("03-06 18:00"))
			d.file("ehr", log(days("03-06", "03-07")...))
		}, "03-03", "03-07", []string{}},
		// A row with a date of the future must not make the day of the export whole.
		{"written-before-a-future-row", func(d *desk) {
			d.file("ehr", log(append(days("03-03", "03-06"), "2025-03-12 09:00:00,,ana,101,,view,W1")...), written("03-06 12:00"))
		}, "03-05", "03-08", []string{"unfinished 03-06..03-08", "silent 03-07..03-07"}},
		// Nor may a row with a date after the import make days whole that the log does not reach.
		{"imported-before-a-future-row", func(d *desk) {
			d.file("ehr", log(append(days("03-03", "03-06"), "2035-03-12 09:00:00,,ana,101,,view,W1")...))
		}, "03-05", "03-08", []string{"outside 03-07..03-08"}},
		// A clock that was years behind when everything was imported spoils nothing.
		{"imported-before-all-rows", func(d *desk) {
			d.file("ehr", strings.ReplaceAll(full, "2025-", "2026-"))
			d.file("ehr", full)
		}, "03-03", "03-06", []string{}},
		// A copy may bear a date that cannot be true.
		{"written-before-its-rows", func(d *desk) { d.file("ehr", full, written("01-01 12:00")) }, "03-03", "03-06", []string{"unfinished 03-06..03-06"}},
		{"one-patient", func(d *desk) { d.file("ehr", onePatient("03-03", "03-04")) }, "03-03", "03-04", []string{"filtered 03-03..03-04"}},
		{"one-patient-and-all", func(d *desk) {
			d.file("ehr", onePatient("03-03", "03-04"))
			d.file("ehr", onePatient("03-03", "03-04")+strings.TrimPrefix(full, header+"\n"))
		}, "03-03", "03-06", []string{}},
		// Neither file is whole on the 6th; together they are not either.
		{"one-patient-and-unfinished", func(d *desk) {
			d.file("ehr", full, written("03-06 12:00"))
			d.file("ehr", onePatient("03-05", "03-07"))
		}, "03-05", "03-06", []string{"unfinished 03-06..03-06", "filtered 03-06..03-06"}},
		{"one-user-of-several", func(d *desk) {
			d.file("ehr", full)
			var rows []string
			for i := range 12 {
				rows = append(rows, fmt.Sprintf("2025-03-%02d 10:%02d:00,,ana,%d,,view,W1", 10+i%2, i, 100+i))
			}
			d.file("ehr", log(rows...))
		}, "03-10", "03-11", []string{"filtered 03-10..03-11"}},
		{"the-only-user", func(d *desk) {
			var rows []string
			for i := range 12 {
				rows = append(rows, fmt.Sprintf("2025-03-%02d 10:%02d:00,,ana,%d,,view,W1", 10+i%2, i, 100+i))
			}
			d.file("ehr", log(rows...))
		}, "03-10", "03-11", []string{}},
		{"export-cap", func(d *desk) { d.file("ehr", log(days("03-03", "03-05")...), capped) }, "03-03", "03-05", []string{"export_cap 03-03..03-03", "export_cap 03-05..03-05"}},
		{"below-the-cap", func(d *desk) { d.file("ehr", log(days("03-03", "03-05")[:5]...), capped) }, "03-03", "03-05", []string{}},
		{"cap-healed", func(d *desk) {
			d.file("ehr", log(days("03-03", "03-05")...), capped)
			d.file("ehr", log(days("03-05", "03-06")...))
		}, "03-03", "03-05", []string{"export_cap 03-03..03-03"}},
		{"truncated", func(d *desk) {
			d.file("ehr", `[{"resourceType":"AuditEvent",`+fhirEvent("2025-03-03")+`},{"resourceType":"AuditEvent",`+fhirEvent("2025-03-04")+`},{"resourceType":"AuditEvent",`+fhirEvent("2025-03-05")+`},{"resourceType":"Audit`)
		}, "03-03", "03-05", []string{"truncated 03-03..03-05"}},
		{"missing-rows", func(d *desk) {
			d.file("ehr", full)
			rows := days("03-03", "03-06")
			d.file("ehr", log(append(rows[:3], rows[4:]...)...))
		}, "03-03", "03-06", []string{"missing_rows 03-04..03-04"}},
		{"both-empty", func(d *desk) { d.file("ehr", full) }, "03-04", "03-03", []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			c.file(d)
			if diff := cmp.Diff(c.want, d.gaps(c.from, c.to, coverage.Options{})); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
		})
	}
}

// fhirEvent is what an audit event of a date holds.
func fhirEvent(date string) string {
	return `"type":{"code":"rest"},"action":"R","recorded":"` + date + `T15:00:00Z","outcome":"0","agent":[{"who":{"identifier":{"value":"ana"}},"requestor":true}],` +
		`"source":{"observer":{"display":"Chart"}},"entity":[{"what":{"reference":"Patient/101"}}]`
}

// Rejected records count for their day and patient, or for all of their file if
// these are not known.
func TestRejected(t *testing.T) {
	const (
		unknown = "yesterday,,ana,103,,view,W1"
		nobody  = "yesterday,,ana,,,view,W1"
	)
	for _, c := range []struct {
		name, bad, patient, from, to string
		want                         []string
	}{
		{"unknown-day", unknown, "", "03-03", "03-06", []string{"rejected_rows 03-03..03-06"}},
		{"unknown-day-same-patient", unknown, "103", "03-03", "03-03", []string{"rejected_rows 03-03..03-03"}},
		{"unknown-day-other-patient", unknown, "101", "03-03", "03-06", []string{}},
		{"unknown-day-unknown-patient", nobody, "101", "03-03", "03-03", []string{"rejected_rows 03-03..03-03"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.file("ehr", log(append(days("03-03", "03-06"), c.bad)...))
			var o coverage.Options
			if c.patient != "" {
				var err error
				if o.Patient, err = d.Sealer.Seal(seal.KindPatient, c.patient); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(c.want, d.gaps(c.from, c.to, o)); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
		})
	}
}

// A rejected record of a known day counts although the accepted rows of its file
// do not reach that day.
func TestRejectedBesideItsFile(t *testing.T) {
	d := newDesk(t)
	d.file("ehr", log(days("03-03", "03-06")...))
	d.file("ehr", `{"occurred_at":"2025-03-07T15:00:00Z","action":"view","user_id":"ana","patient_id":"101"}
{"occurred_at":"2025-03-04T15:00:00Z","action":"peeked","user_id":"ana","patient_id":"103"}
`)
	if diff := cmp.Diff([]string{"rejected_rows 03-04..03-04"}, d.gaps("03-03", "03-07", coverage.Options{})); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
	other, err := d.Sealer.Seal(seal.KindPatient, "101")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{}, d.gaps("03-03", "03-07", coverage.Options{Patient: other})); diff != "" {
		t.Errorf("gaps for another patient (-want +got):\n%s", diff)
	}
}

// A rejected record of an unknown day is no doubt about the days of other files.
func TestRejectedInAnotherFile(t *testing.T) {
	d := newDesk(t)
	d.file("ehr", log(days("03-03", "03-04")...))
	d.file("ehr", log(append(days("03-05", "03-06"), "yesterday,,ana,,,view,W1")...))
	if diff := cmp.Diff([]string{"rejected_rows 03-05..03-06"}, d.gaps("03-03", "03-06", coverage.Options{})); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
}

// A file that holds a roster beside its events is a log like any other.
func TestMixedFile(t *testing.T) {
	d := newDesk(t)
	d.file("ehr", `{"dataset":"staff","user_id":"ana","name":"Ana Bell"}
{"dataset":"events","occurred_at":"2025-03-03T15:00:00Z","action":"view","user_id":"ana","patient_id":"101"}
{"dataset":"events","occurred_at":"2025-03-04T15:00:00Z","action":"view","user_id":"bo","patient_id":"102"}
`)
	if diff := cmp.Diff([]string{"outside 03-05..03-05"}, d.gaps("03-03", "03-05", coverage.Options{})); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
}

func TestSequence(t *testing.T) {
	numbered := func(first int, dates ...string) []string {
		var rows []string
		for i, date := range dates {
			rows = append(rows, fmt.Sprintf("2025-%s %02d:00:00,%d,u%d,%d,,view,W1", date, 8+i%10, first+i, i%2, 100+i%3))
		}
		return rows
	}
	block := func(date string, first, n int) []string {
		var rows []string
		for i := range n {
			rows = append(rows, fmt.Sprintf("2025-%s 08:%02d:00,%d,u%d,%d,,view,W1", date, i, first+i, i%2, 100+i%3))
		}
		return rows
	}
	join := func(parts ...[]string) string {
		var all []string
		for _, p := range parts {
			all = append(all, p...)
		}
		return log(all...)
	}
	for _, c := range []struct {
		name, log string
		want      []string
	}{
		{"none-missing", join(block("03-03", 1, 20), block("03-04", 21, 20), block("03-05", 41, 20)), []string{}},
		{"within-a-day", join(block("03-03", 1, 20), block("03-04", 21, 10), block("03-04", 33, 8), block("03-05", 41, 20)), []string{"sequence_gap 03-04..03-04"}},
		{"between-days", join(block("03-03", 1, 20), block("03-04", 21, 18), block("03-05", 41, 20)), []string{"sequence_gap 03-04..03-05"}},
		{"sparse", join(numbered(1, "03-03"), numbered(10, "03-04"), numbered(20, "03-05")), []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.file("ehr", c.log)
			if diff := cmp.Diff(c.want, d.gaps("03-03", "03-05", coverage.Options{})); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
		})
	}
	// The missing numbers may have been of the quiet Sunday.
	t.Run("across-a-quiet-day", func(t *testing.T) {
		d := newDesk(t)
		d.file("ehr", join(block("03-07", 1, 20), block("03-10", 23, 20)))
		want := []string{"sequence_gap 03-09..03-09"}
		if diff := cmp.Diff(want, d.gaps("03-09", "03-09", coverage.Options{})); diff != "" {
			t.Errorf("gaps (-want +got):\n%s", diff)
		}
	})
}

// A checksum without its row proves that a row was deleted, of any day.
func TestDeletedRows(t *testing.T) {
	d := newDesk(t)
	d.file("ehr", openEMR())
	if diff := cmp.Diff([]string{"deleted_rows 03-10..03-11"}, d.gaps("03-10", "03-11", coverage.Options{})); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
}

func openEMR() string {
	return `"l.id";"l.date";"l.event";"l.category";"l.user";"l.groupname";"l.comments";"l.user_notes";"l.patient_id";"l.success";"l.checksum";"l.crt_user";"l.log_from";"l.menu_item_id";"l.ccda_doc_id";"log_id";"encrypt";"checksum";"checksum_api";"version";"id";"username";"fname";"lname"
"201";"2025-03-10 09:00:00";"view";"view";"tnoor";"Default";"";"";"101";"1";;"";"open-emr";;;"201";"No";;"";"4";"4";"tnoor";"Tara";"Noor"
"202";"2025-03-11 09:00:00";"view";"view";"abell";"Default";"";"";"102";"1";;"";"open-emr";;;"202";"No";;"";"4";"5";"abell";"Ana";"Bell"
;;;;;;;;;;;;;;;203;"No";"` + strings.Repeat("ab", 64) + `";;4;;;;
`
}

func TestAbilities(t *testing.T) {
	type abilities struct{ Reads, Logins, Users, Patients, Numbers, Places, NamesOnly, InUse bool }
	for _, c := range []struct {
		name, from, to string
		rows           []string
		expect         coverage.Expectation
		want           abilities
	}{
		{
			"all", "03-04", "03-04", append(days("03-03", "03-05"), "2025-03-04 08:00:00,,ana,,,login,W1"),
			coverage.Expectation{},
			abilities{Reads: true, Logins: true, Users: true, Patients: true, Numbers: true, Places: true, InUse: true},
		},
		{
			"only-updates", "03-04", "03-04",
			[]string{"2025-03-03 08:00:00,,ana,101,,update,", "2025-03-05 08:00:00,,ana,101,,update,"},
			coverage.Expectation{},
			abilities{Users: true, Patients: true, Numbers: true, InUse: true},
		},
		{
			"reads-switched-off", "03-20", "03-20",
			append(days("03-03", "03-05"), "2025-03-10 08:00:00,,ana,101,,update,", "2025-03-20 08:00:00,,ana,101,,update,"),
			coverage.Expectation{},
			abilities{Users: true, Patients: true, Numbers: true, InUse: true},
		},
		{
			"reads-within-two-weeks", "03-19", "03-19",
			append(days("03-03", "03-05"), "2025-03-10 08:00:00,,ana,101,,update,", "2025-03-20 08:00:00,,ana,101,,update,"),
			coverage.Expectation{},
			abilities{Reads: true, Users: true, Patients: true, Numbers: true, Places: true, InUse: true},
		},
		{
			"no-patients", "03-04", "03-04",
			[]string{"2025-03-03 08:00:00,,ana,,,view,", "2025-03-05 08:00:00,,ana,,,view,"},
			coverage.Expectation{},
			abilities{Reads: true, Users: true, InUse: true},
		},
		{
			"patients-no-longer-named", "03-24", "03-24",
			append(days("03-03", "03-05"), "2025-03-20 08:00:00,,ana,,,view,", "2025-03-24 08:00:00,,ana,,,view,"),
			coverage.Expectation{},
			abilities{Reads: true, Users: true, InUse: true},
		},
		{
			"names-only", "03-03", "03-04",
			[]string{"2025-03-03 08:00:00,,ana,,Ana Rivera,view,", "2025-03-05 08:00:00,,ana,,Bo Stone,view,"},
			coverage.Expectation{},
			abilities{Reads: true, Users: true, Patients: true, NamesOnly: true, InUse: true},
		},
		{
			"some-names-only", "03-03", "03-03", append(days("03-03", "03-05"), "2025-03-03 08:00:00,,ana,,Ana Rivera,view,"),
			coverage.Expectation{},
			abilities{Reads: true, Users: true, Patients: true, Numbers: true, Places: true, NamesOnly: true, InUse: true},
		},
		{
			"outside", "06-03", "06-03", days("03-03", "03-05"),
			coverage.Expectation{Until: day("03-31")},
			abilities{Reads: true, Users: true, Patients: true, Numbers: true, Places: true},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.file("ehr", log(c.rows...))
			s := d.ask(c.from, c.to, coverage.Options{Expect: map[string]coverage.Expectation{"ehr": c.expect}})["ehr"]
			got := abilities{s.HasReads, s.HasLogins, s.HasUsers, s.HasPatients, s.HasNumbers, s.HasWorkstations, s.NamesOnly, s.InUse}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("abilities (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSourcesWithoutLog(t *testing.T) {
	d := newDesk(t)
	d.file("ehr", log(days("03-03", "03-05")...))
	d.file("unread", log("yesterday,,ana,101,,view,W1"))
	d.file("people", "patient_id,first_name,last_name,birth_date\n101,Ana,Rivera,1980-01-02\n")
	facts, err := coverage.Load(t.Context(), d.DB, coverage.Period{From: day("03-04"), To: day("03-04")})
	if err != nil {
		t.Fatal(err)
	}
	got := facts.Without(map[string]coverage.Expectation{
		"ehr": {}, "people": {}, "never": {}, "optional": {NoPattern: true}, "later": {From: day("03-05")}, "old": {Until: day("03-03")},
	})
	if diff := cmp.Diff([]string{"never", "unread"}, got); diff != "" {
		t.Errorf("sources without a log (-want +got):\n%s", diff)
	}
}

func TestSeveralSources(t *testing.T) {
	d := newDesk(t)
	d.file("pacs", log(days("03-04", "03-06")...))
	d.file("ehr", log(days("03-03", "03-05")...), func(o *intake.Settings) { o.ZoneBasis = ingest.TZAssumed })
	list, err := coverage.For(t.Context(), d.DB, coverage.Period{From: day("03-03"), To: day("03-04")}, coverage.Options{Days: true})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "testdata/sources.json", append(text, '\n'))
}

func TestEmptyStore(t *testing.T) {
	if got := newDesk(t).ask("03-03", "03-04", coverage.Options{}); len(got) != 0 {
		t.Errorf("sources of an empty store: %v", got)
	}
}

// The results of tamper checks are counted by source, in the days asked about.
func TestChecks(t *testing.T) {
	d := newDesk(t)
	row := func(day, integrity string) string {
		return `{"dataset":"events","occurred_at":"2025-` + day + `T15:00:00Z","tz_basis":"explicit","user_id":"ana","patient_id":"101","action":"view",` +
			`"outcome":"success","granularity":"event","integrity":"` + integrity + `"}`
	}
	d.file("ehr", strings.Join([]string{row("03-03", "failed"), row("03-04", "ok"), row("03-05", "ok"), row("03-05", "unknown"), row("03-05", "failed")}, "\n")+"\n")
	d.file("pacs", log(days("03-03", "03-05")...))
	got := map[string]*coverage.Checks{}
	for _, s := range d.ask("03-04", "03-05", coverage.Options{Days: true}) {
		got[s.Name] = s.Checks
	}
	want := map[string]*coverage.Checks{"ehr": {OK: 2, Failed: 1, Unknown: 1}, "pacs": nil}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("checks (-want +got):\n%s", diff)
	}
	for _, s := range d.ask("03-04", "03-05", coverage.Options{}) {
		if s.Checks != nil {
			t.Errorf("%s: the checks were counted although nobody asked: %+v", s.Name, s.Checks)
		}
	}
}
