package engine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/intake"
)

// opened finds every access to a patient, whatever explains it.
const opened = `SELECT f.site, f.first_event_id AS event_id, f.first_s AS ts_s, f.person_id, f.user_id, f.patient_id, f.strength
    FROM first_open f WHERE f.day_no BETWEEN $from_day AND $to_day`

const roster = "user_id,name,role,department,hired_on"

const visits = "appointment_id,patient_id,provider_id,starts_at,minutes,status"

func TestTheSentenceAboutExplanations(t *testing.T) {
	d := newDesk(t, rule(t, ruleParts{sql: opened, explain: "{{person}} used {{patients}}."}))
	d.file("roster", roster, "ana,Ana Berg,clinician,east,2020-01-01", "bo,Bo Dahl,billing,office,2020-01-01", "cy,Cy Egan,other,office,2020-01-01")
	booked := []string{visits, "A1,101,ana,2025-03-18 09:00,30,fulfilled"}
	for d := day(t, "2024-09-02"); d < day(t, "2025-04-01"); d += 7 {
		booked = append(booked, fmt.Sprintf("B%d,109,ana,%s 10:00,30,fulfilled", d, d))
	}
	d.file("appointments", booked...)
	d.file("ehr", header,
		"2025-03-18 09:00:00,1,ana,101,view,note,W1", "2025-03-18 09:40:00,2,ana,102,view,note,W1", "2025-03-18 12:00:00,3,cy,103,view,note,W1",
		"2025-03-18 12:01:00,5,zed,103,view,note,W1", "2025-06-10 12:00:00,4,cy,103,view,note,W1")
	texts := map[string]string{}
	for _, f := range append(d.evaluate("2025-03-17", "2025-03-23").Findings, d.evaluate("2025-06-09", "2025-06-15").Findings...) {
		texts[f.Subject.ID+" "+f.FromDay.String()[5:]] = f.Text
	}
	const none = "no appointment, no message or document, no order or result, no earlier access that was explained, no cover or on-call duty, " +
		"no earlier review that found it in order."
	want := map[string]string{
		"ana 03-18": "Ana Berg (clinician) used 2 patients. What partly explains it: appointment (1 of 2 patients).",
		"cy 03-18":  "Cy Egan (other) used 1 patient. It is not explained by the records we have: " + none,
		"zed 03-18": "The account zed used 1 patient. It is not explained by the records we have: " + none,
		"cy 06-10":  "Cy Egan (other) used 1 patient. Whether a visit explains it cannot be said: there are no appointments for these days.",
	}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
}

// TestDoubtsAboutTheData says what is wrong with the logs of a finding's days.
func TestDoubtsAboutTheData(t *testing.T) {
	d := newDesk(t, rule(t, ruleParts{}))
	path := filepath.Join(t.TempDir(), "rows.csv")
	rows := []string{header, "2025-03-17 09:00:00,1,ana,101,export,note,W1", "2025-03-18 09:00:00,2,ana,102,export,note,W1", "no time,4,ana,104,export,note,W1"}
	if err := os.WriteFile(path, []byte(strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2025, 3, 19, 17, 0, 0, 0, time.UTC)
	settings := intake.Settings{Zone: newYork(t), ZoneBasis: ingest.TZSourceSetting, Source: "ehr", Modified: at}
	report, err := d.Importer(d.registry, func() time.Time { return at }).File(t.Context(), path, settings)
	if err != nil || report.Files[0].Status != intake.Imported {
		t.Fatalf("importing: %+v, %v", report, err)
	}
	d.file("imaging", header, "2025-03-18 09:30:00,900,bo,102,export,image,W1")
	got := map[string][]string{}
	for _, f := range d.evaluate("2025-03-17", "2025-03-23").Findings {
		got[f.Subject.ID+" "+f.FromDay.String()[5:]] = f.Quality
		if said := strings.Contains(f.Text, "About the data: "); said != (len(f.Quality) > 0) {
			t.Errorf("%s: %s", f.FromDay, f.Text)
		}
		for _, q := range f.Quality {
			if !strings.Contains(f.Text, q) {
				t.Errorf("the text does not say %q: %s", q, f.Text)
			}
		}
	}
	// A record without a time may be of any day of its file.
	unread := []string{"ehr: some records of that day could not be read"}
	if diff := cmp.Diff(map[string][]string{"ana 03-17": unread, "ana 03-18": unread, "bo 03-18": nil}, got); diff != "" {
		t.Errorf("doubts (-want +got):\n%s", diff)
	}
}

func TestWhatIsKeptOfTheEvidence(t *testing.T) {
	d := newDesk(t, rule(t, ruleParts{evidence: "ts_s, patient_id, local_minute"}))
	rows := []string{header}
	for i := range 250 {
		patient := 101
		if i >= 220 {
			patient = 200 + i/10 // three more patients, after the first two hundred rows
		}
		at := time.Date(2025, 3, 18, 9, 0, i, 0, time.UTC)
		rows = append(rows, fmt.Sprintf("%s,%d,ana,%d,export,note,W1", at.Format(time.DateTime), i+1, patient))
	}
	d.file("ehr", rows...)
	f := d.evaluate("2025-03-17", "2025-03-23").Findings[0]
	var kept []string
	for _, e := range f.Evidence[200:] {
		kept = append(kept, e.SourceEventID+" "+e.PatientID)
	}
	if diff := cmp.Diff([]string{"221 222", "231 223", "241 224", "250 224"}, kept); diff != "" {
		t.Errorf("evidence after the first 200 rows (-want +got):\n%s", diff)
	}
	if f.Rows != 250 || f.EventCount != 250 || f.Measures["count"] != 250 || len(f.PatientIDs) != 4 {
		t.Errorf("rows %d, events %d, measures %v, patients %v", f.Rows, f.EventCount, f.Measures, f.PatientIDs)
	}
	want := engine.Evidence{
		SourceEventID: "1", At: time.Date(2025, 3, 18, 13, 0, 0, 0, time.UTC), LocalTime: "2025-03-18T09:00:00-04:00", UserID: "ana", PatientID: "101",
		Action: "export", RecordType: "clinical_note", Workstation: "W1", File: "rows.csv", Line: 2, Values: map[string]string{"local_minute": "540"},
	}
	first := f.Evidence[0]
	if !regexp.MustCompile(`^[0-9a-f]{12}-1-1$`).MatchString(first.EventID) {
		t.Errorf("the event is called %s", first.EventID)
	}
	first.EventID = ""
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
}

// TestIntervals shows what their subject did in them.
func TestIntervals(t *testing.T) {
	days := rule(t, ruleParts{
		id: "site.bulk.days", emit: "intervals", evidence: "day_no, patients", explain: "{{person}} used {{max patients}} records, {{day}}, {{time first}} to {{time last}}.",
		sql:  `SELECT u.site, u.user_id, u.person_id, u.day_no, u.patients FROM user_day u WHERE u.day_no BETWEEN $from_day AND $to_day AND u.patients >= 2`,
		more: "score:\n  - {when: \"patients >= 2\", add: 1, because: two}\n  - {when: \"writes >= 1\", add: 2, because: changed}",
	})
	runs := rule(t, ruleParts{
		id: "site.bulk.runs", emit: "intervals", evidence: "first_s, last_s, n_events", group: "user_id", subject: "{type: account, id: user_id}",
		explain: "{{person}} was active {{time first}} to {{time last}}.",
		sql: `SELECT s.site, s.user_id, s.start_s AS first_s, s.end_s AS last_s, s.n_events FROM sessions s
    WHERE s.start_s >= $from_s AND s.start_s < $to_s AND s.n_events >= 3`,
	})
	d := newDesk(t, days, runs)
	d.file("ehr", header,
		"2025-03-18 09:00:00,1,ana,101,view,note,W1", "2025-03-18 09:05:00,2,ana,102,update,note,W1", "2025-03-18 09:10:00,3,ana,102,view,note,W1",
		"2025-03-18 15:00:00,4,ana,101,view,note,W1", "2025-03-19 09:00:00,5,ana,101,view,note,W1")
	type got struct {
		Text   string
		Risk   int
		Events int64
		Rows   int64
		Shown  []string
	}
	all := map[string]got{}
	for _, f := range d.evaluate("2025-03-17", "2025-03-23").Findings {
		g := got{Text: f.Text, Risk: f.Risk, Events: f.EventCount, Rows: f.Rows}
		for _, e := range f.Evidence {
			s := e.SourceEventID
			if s == "" {
				s = fmt.Sprint(e.Values)
			}
			g.Shown = append(g.Shown, s)
		}
		all[f.RuleID[len("site.bulk."):]] = g
	}
	want := map[string]got{
		"days": {
			"The account ana used 2 records, Tue 2025-03-18, 00:00 to 23:59.", 43, 4, 1,
			[]string{"map[day_no:2025-03-18 patients:2]", "1", "2", "3", "4"},
		},
		"runs": {"The account ana was active 09:00 to 09:10.", 40, 3, 1, []string{"map[first_s:09:00 last_s:09:10 n_events:3]", "1", "2", "3"}},
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestVendorsAreListed(t *testing.T) {
	d := newDesk(t)
	d.file("roster", roster, "ana,Ana Berg,clinician,east,2020-01-01", "bo,Bo Dahl,vendor,,2020-01-01", "cy,Cy Egan,vendor,,2020-01-01")
	d.file("ehr", header,
		"2025-03-18 09:00:00,1,ana,101,view,note,W1", "2025-03-18 10:00:00,2,bo,101,view,note,W1", "2025-03-20 10:00:00,3,bo,102,view,lab_result,W1",
		"2025-03-27 10:00:00,4,bo,103,view,note,W1")
	want := []engine.Vendor{
		{
			UserID: "bo", Name: "Bo Dahl", Role: "vendor", Events: 2, Patients: 2, RecordTypes: []string{"clinical_note", "lab_result"},
			FirstAt: time.Date(2025, 3, 18, 14, 0, 0, 0, time.UTC), LastAt: time.Date(2025, 3, 20, 14, 0, 0, 0, time.UTC),
		},
		{UserID: "cy", Name: "Cy Egan", Role: "vendor", RecordTypes: []string{}},
	}
	if diff := cmp.Diff(want, d.evaluate("2025-03-17", "2025-03-23").Vendors); diff != "" {
		t.Errorf("vendors (-want +got):\n%s", diff)
	}
}

// TestBadRosters names each kind of mistake in a roster or in appointments, and
// goes on.
func TestBadRosters(t *testing.T) {
	for _, tc := range []struct {
		name string
		rows []string
		code string
		want []string // words of the message
	}{
		{"overlapping-periods", []string{"ana,Ana Berg,nurse,east,2020-01-01", "ana,Ana Berg,nurse,east,2021-01-01"}, "roster_overlap", []string{"Ana Berg (ana)", "dates that overlap"}},
		{"one-name-on-two-accounts", []string{"ana,Ana Berg,nurse,east,2020-01-01", "aberg,Ana Berg,nurse,east,2020-01-01"}, "name_on_two_accounts", []string{"Ana Berg", "ana", "aberg"}},
		{"two-people-on-one-account", []string{"desk,Ana Berg,nurse,east,2020-01-01", "desk,Bo Dahl,nurse,east,2020-02-01"}, "account_two_people", []string{"account desk", "Ana Berg", "Bo Dahl", "at the same time"}},
		{"a-role-nobody-knows", []string{"ana,Ana Berg,wizard,east,2020-01-01"}, "role_not_understood", []string{`"wizard"`, "judged by no policy"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := newDesk(t, rule(t, ruleParts{}))
			d.file("roster", append([]string{roster}, tc.rows...)...)
			d.file("ehr", header, "2025-03-18 09:00:00,1,ana,101,export,note,W1")
			r := d.evaluate("2025-03-17", "2025-03-23")
			i := slices.IndexFunc(r.Setup, func(n engine.Notice) bool { return n.Code == tc.code })
			if i < 0 {
				t.Fatalf("no notice %s among %v", tc.code, r.Setup)
			}
			for _, words := range tc.want {
				if !strings.Contains(r.Setup[i].Message, words) {
					t.Errorf("%q does not say %q", r.Setup[i].Message, words)
				}
			}
			if r.Setup[i].Hint == "" || len(r.Findings) != 1 {
				t.Errorf("hint %q, findings %v", r.Setup[i].Hint, spans(r.Findings))
			}
		})
	}
}
