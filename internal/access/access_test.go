package access_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/access"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/intake"
)

// In 2025 the 3rd of March is a Monday.

const header = "timestamp,event_id,user_id,user_name,role,patient_id,patient_name,action"

// practice is a log with numbers, a patient list and a roster.
func practice(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	d.file("ehr", lines(
		header,
		"2025-03-03 09:00:00,1,jlee,,,101,Ana Rivera,view",
		"2025-03-03 10:00:00,2,mfox,Max Fox,dentist,103,Łucja Łuczak,view",
		"2025-03-03 23:30:00,3,mfox,Max Fox,dentist,101,Ana Rivera,update",
		"2025-03-04 08:00:00,4,jlee,,,103,Łucja Łuczak,view",
		"2025-03-05 08:00:00,5,jlee,,,104,Seán O’Brien,view",
		"2025-03-05 08:00:00,6,mfox,Max Fox,dentist,104,Seán O’Brien,print",
	))
	d.file("patients", lines(
		"patient_id,first_name,last_name,birth_date",
		"101,Ana,Rivera,1980-01-02", "102,Bo,Stone,1975-05-06", "103,Łucja,Łuczak,1990-07-08",
		"104,Seán,O'Brien,1960-09-10", "105,Kim,Park,1960-09-10", "106,Kim,Park,1999-09-10", "107,Luis,Rivera,1999-09-10",
	))
	d.file("roster", `{"dataset":"staff","user_id":"jlee","name":"Jo Lee","role":"nurse"}
{"dataset":"staff","user_id":"mfox","name":"Maximilian Fox","role":"owner"}
`)
	return d
}

func TestVerdicts(t *testing.T) {
	d := practice(t)
	for _, c := range []struct {
		name, patient, from, to string
		verdict                 access.Verdict
		reasons, accesses       []string
	}{
		{"accessed", "101", "03-03", "03-03", access.Accessed, nil, []string{"03-03T09:00 jlee 101 view number", "03-03T23:30 mfox 101 update number"}},
		// 23:30 in New York is the next day in UTC.
		{"day-boundary", "101", "03-04", "03-04", access.NoneFound, nil, nil},
		{"none-found", "102", "03-03", "03-05", access.NoneFound, nil, nil},
		{"outside", "102", "03-05", "03-06", access.CannotSay, []string{"outside ehr"}, nil},
		{"accessed-and-doubtful", "101", "03-02", "03-03", access.Accessed, []string{"outside ehr"}, []string{"03-03T09:00 jlee 101 view number", "03-03T23:30 mfox 101 update number"}},
		{"ties-by-file-order", "104", "03-05", "03-05", access.Accessed, nil, []string{"03-05T08:00 jlee 104 view number", "03-05T08:00 mfox 104 print number"}},
		{"unknown-number", "999", "03-03", "03-03", access.NoneFound, []string{"unknown_patient"}, nil},
		{"unknown-name", "Nobody Here", "03-03", "03-03", access.CannotSay, []string{"unknown_name"}, nil},
		{"name", "RIVERA, ana", "03-03", "03-03", access.Accessed, nil, []string{"03-03T09:00 jlee 101 view number", "03-03T23:30 mfox 101 update number"}},
		{"name-without-marks", "lucja luczak", "03-04", "03-04", access.Accessed, nil, []string{"03-04T08:00 jlee 103 view number"}},
		{"name-with-apostrophe", "O'Brien, Sean", "03-03", "03-03", access.NoneFound, nil, nil},
		{"several-of-a-name", "Kim Park", "03-03", "03-03", access.CannotSay, []string{"ambiguous_name"}, nil},
		{"part-of-a-name", "Stone", "03-03", "03-03", access.CannotSay, []string{"ambiguous_name"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			check(t, d.patient(c.patient, c.from, c.to), c.verdict, c.reasons, c.accesses...)
		})
	}
}

func TestCandidates(t *testing.T) {
	d := practice(t)
	for name, want := range map[string][]access.Party{
		"Park, Kim": {{ID: "105", Name: "Kim Park"}, {ID: "106", Name: "Kim Park"}},
		"Rivera":    {{ID: "101", Name: "Ana Rivera"}, {ID: "107", Name: "Luis Rivera"}},
		"Bo":        {{ID: "102", Name: "Bo Stone"}},
		"Riv":       nil,
	} {
		a := d.patient(name, "03-03", "03-03")
		if diff := cmp.Diff(want, a.Candidates); diff != "" {
			t.Errorf("%s: candidates (-want +got):\n%s", name, diff)
		}
		if a.Verdict != access.CannotSay || len(a.Accesses) != 0 {
			t.Errorf("%s: answer %s with %d accesses", name, a.Verdict, len(a.Accesses))
		}
	}
}

// A list of candidates that is cut off must say so.
func TestManyCandidates(t *testing.T) {
	d := newDesk(t)
	rows := []string{"patient_id,first_name,last_name,birth_date"}
	for i := range 60 {
		rows = append(rows, fmt.Sprintf("%d,Kim,Park,1960-09-10", 100+i))
	}
	d.file("patients", lines(rows...))
	a := d.patient("Kim Park", "03-03", "03-03")
	const want = "the name may mean any of these; ask again by number; there are more than are listed here, so give more of the name"
	if len(a.Candidates) != 50 || len(a.Reasons) != 1 || a.Reasons[0].Message != want {
		t.Errorf("%d candidates, reasons %v", len(a.Candidates), a.Reasons)
	}
}

func TestUsers(t *testing.T) {
	d := practice(t)
	for _, c := range []struct {
		name, user        string
		verdict           access.Verdict
		party             access.Party
		reasons, accesses []string
	}{
		{"account", "jlee", access.Accessed, access.Party{ID: "jlee", Name: "Jo Lee"}, nil, []string{"03-03T09:00 jlee 101 view number"}},
		{"name-of-the-roster", "Lee, Jo", access.Accessed, access.Party{ID: "jlee", Name: "Jo Lee"}, nil, []string{"03-03T09:00 jlee 101 view number"}},
		{
			"name-of-the-log", "max fox", access.Accessed,
			access.Party{ID: "mfox", Name: "Maximilian Fox"},
			[]string{"several_names"},
			[]string{"03-03T10:00 mfox 103 view number", "03-03T23:30 mfox 101 update number"},
		},
		{"unknown-name", "nobody", access.CannotSay, access.Party{ID: "nobody"}, []string{"unknown_name"}, nil},
		{"unknown-account", "x17", access.NoneFound, access.Party{ID: "x17"}, []string{"unknown_user"}, nil},
		{"part-of-a-name", "Fox", access.CannotSay, access.Party{Name: "Fox"}, []string{"ambiguous_name"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := d.user(c.user, "03-03", "03-03")
			check(t, a, c.verdict, c.reasons, c.accesses...)
			if diff := cmp.Diff(&c.party, a.User); diff != "" || a.Patient != nil {
				t.Errorf("user (-want +got), patient %v:\n%s", a.Patient, diff)
			}
		})
	}
	// The log's own name and role count; the roster fills in what is missing.
	names := map[string]string{}
	for _, x := range d.patient("101", "03-03", "03-03").Accesses {
		names[x.UserID] = x.UserName + ", " + x.Role
	}
	if diff := cmp.Diff(map[string]string{"jlee": "Jo Lee, nurse", "mfox": "Max Fox, dentist"}, names); diff != "" {
		t.Errorf("names and roles (-want +got):\n%s", diff)
	}
}

// A log that names patients by name only is matched by the names that other
// logs and lists know.
func TestNamesOnly(t *testing.T) {
	log := lines(
		header,
		`2025-03-03 09:00:00,,jlee,,,,"Rivera, Ana",view`,
		`2025-03-03 10:00:00,,jlee,,,,"Stone, Bo T.",view`,
		`2025-03-04 10:00:00,,mfox,,,,"Rivera, Ana Maria",view`,
	)
	list := lines("patient_id,first_name,last_name,birth_date", "101,Ana,Rivera,1980-01-02", "102,Bo,Stone,1975-05-06", "103,Cy,Young,1975-05-06")
	t.Run("without-a-list", func(t *testing.T) {
		d := newDesk(t)
		d.file("pms", log)
		check(t, d.patient("101", "03-03", "03-03"), access.CannotSay, []string{"names_only pms", "unknown_patient"})
		check(t, d.patient("ana rivera", "03-03", "03-03"), access.Accessed, []string{"matched_by_name"}, "03-03T09:00 jlee  view name")
		check(t, d.patient("rivera", "03-03", "03-03"), access.CannotSay, []string{"ambiguous_name"})
		a := d.patient("rivera", "03-03", "03-03")
		if diff := cmp.Diff([]access.Party{{Name: "Rivera, Ana"}, {Name: "Rivera, Ana Maria"}}, a.Candidates); diff != "" {
			t.Errorf("candidates (-want +got):\n%s", diff)
		}
	})
	t.Run("with-a-list", func(t *testing.T) {
		d := newDesk(t)
		d.file("pms", log)
		d.file("patients", list)
		for _, who := range []string{"101", "Ana Rivera"} {
			a := d.patient(who, "03-03", "03-03")
			check(t, a, access.Accessed, []string{"matched_by_name"}, "03-03T09:00 jlee  view name")
			if diff := cmp.Diff(&access.Party{ID: "101", Name: "Ana Rivera"}, a.Patient); diff != "" {
				t.Errorf("patient (-want +got):\n%s", diff)
			}
		}
		check(t, d.patient("103", "03-03", "03-04"), access.NoneFound, nil)
		// Another spelling may be the same person, on its days only.
		check(t, d.patient("102", "03-03", "03-03"), access.CannotSay, []string{"similar_name"})
		check(t, d.patient("102", "03-04", "03-04"), access.NoneFound, nil)
		check(t, d.patient("101", "03-04", "03-04"), access.CannotSay, []string{"similar_name"})
	})
	t.Run("beside-a-log-with-numbers", func(t *testing.T) {
		d := newDesk(t)
		d.file("ehr", lines(header, "2025-03-03 09:00:00,,jlee,,,101,,view", "2025-03-03 12:00:00,,jlee,,,,Bo Stone,view", "2025-03-04 09:00:00,,jlee,,,101,,view"))
		check(t, d.patient("101", "03-04", "03-04"), access.Accessed, nil, "03-04T09:00 jlee 101 view number")
		check(t, d.patient("102", "03-03", "03-03"), access.CannotSay, []string{"names_only ehr", "unknown_patient"})
		check(t, d.patient("102", "03-04", "03-04"), access.NoneFound, []string{"unknown_patient"})
	})
}

// Two systems may give one number to two persons.
func TestSeveralNames(t *testing.T) {
	d := newDesk(t)
	d.file("ehr", lines(header, "2025-03-03 09:00:00,,jlee,,,101,Ana Rivera,view"))
	d.file("pacs", lines(header, "2025-03-03 10:00:00,,mfox,,,101,Bo Stone,view"))
	a := d.patient("101", "03-03", "03-03")
	check(t, a, access.Accessed, []string{"several_names"}, "03-03T09:00 jlee 101 view number", "03-03T10:00 mfox 101 view number")
	if a.Accesses[0].Source != "ehr" || a.Accesses[1].Source != "pacs" {
		t.Errorf("sources %s, %s", a.Accesses[0].Source, a.Accesses[1].Source)
	}
}

// A list may number its persons otherwise than a log does.
func TestOtherNumber(t *testing.T) {
	d := newDesk(t)
	d.file("ehr", lines(
		header,
		"2025-03-03 09:00:00,,jlee,,,55,Ana Rivera,view", "2025-03-03 09:30:00,,jlee,,,55,Ana Rivera,print", "2025-03-03 10:00:00,,jlee,,,106,Kim Park,view",
		"2025-03-04 09:00:00,,jlee,,,57,Bo Stone,view",
	))
	d.file("patients", lines("patient_id,first_name,last_name,birth_date", "MRN-101,Ana,Rivera,1980-01-02", "105,Kim,Park,1960-09-10", "106,Kim,Park,1999-09-10"))
	check(t, d.patient("MRN-101", "03-03", "03-03"), access.CannotSay, []string{"other_number"})
	check(t, d.patient("MRN-101", "03-04", "03-04"), access.NoneFound, nil)
	// The other Kim Park is on the list: somebody else.
	check(t, d.patient("105", "03-03", "03-03"), access.NoneFound, nil)
}

func TestDetails(t *testing.T) {
	d := newDesk(t)
	d.file("ehr", lines(
		`{"source_event_id":"a-1","occurred_at":"2025-03-03T14:00:00Z","tz_basis":"explicit","user_id":"p101","user_name":"Ana Rivera","user_type":"patient","patient_id":"101","patient_name":"Ana Rivera","action":"view","record_type":"lab_result","record_id":"L-7","outcome":"success","granularity":"event"}`,
		`{"source_event_id":"a-2","occurred_at":"2025-03-03T15:00:00Z","tz_basis":"explicit","user_id":"mfox","user_type":"staff","user_role":"dentist","patient_id":"101","action":"view","break_glass":true,"purpose":"ETREAT","reason_text":"fainted in the hall","workstation":"EXAM-1","ip":"10.0.0.4","outcome":"success","granularity":"event"}`,
		`{"source_event_id":"a-3","occurred_at":"2025-03-03T16:00:00Z","tz_basis":"explicit","user_id":"mfox","patient_id":"101","action":"view","outcome":"failure","outcome_reason":"no right","granularity":"event","integrity":"failed"}`,
	))
	a := d.patient("101", "03-03", "03-03")
	check(t, a, access.Accessed, []string{"checksum_failed"}, "03-03T09:00 p101 101 view number", "03-03T10:00 mfox 101 view number", "03-03T11:00 mfox 101 view number")
	want := []access.Access{
		{
			Source: "ehr", SourceEventID: "a-1", At: time.Date(2025, 3, 3, 14, 0, 0, 0, time.UTC), LocalTime: "2025-03-03T09:00:00-05:00",
			UserID: "p101", UserName: "Ana Rivera", UserType: "patient", PatientID: "101", PatientName: "Ana Rivera", Action: "view",
			RecordType: "lab_result", RecordID: "L-7", Outcome: "success", Granularity: "event", TZBasis: "explicit", MatchedBy: "number", File: "log.csv", Line: 1,
		},
		{
			Source: "ehr", SourceEventID: "a-2", At: time.Date(2025, 3, 3, 15, 0, 0, 0, time.UTC), LocalTime: "2025-03-03T10:00:00-05:00",
			UserID: "mfox", UserType: "staff", Role: "dentist", PatientID: "101", Action: "view", Workstation: "EXAM-1", IP: "10.0.0.4",
			Outcome: "success", BreakGlass: true, Purpose: "ETREAT", Explanation: "fainted in the hall",
			Granularity: "event", TZBasis: "explicit", MatchedBy: "number", File: "log.csv", Line: 2,
		},
		{
			Source: "ehr", SourceEventID: "a-3", At: time.Date(2025, 3, 3, 16, 0, 0, 0, time.UTC), LocalTime: "2025-03-03T11:00:00-05:00",
			UserID: "mfox", PatientID: "101", Action: "view", Outcome: "failure",
			Granularity: "event", TZBasis: "explicit", Integrity: "failed", MatchedBy: "number", File: "log.csv", Line: 3,
		},
	}
	if diff := cmp.Diff(want, a.Accesses, cmpopts.IgnoreFields(access.Access{}, "EventID", "SHA256")); diff != "" {
		t.Errorf("accesses (-want +got):\n%s", diff)
	}
	for _, x := range a.Accesses {
		if len(x.SHA256) != 64 {
			t.Errorf("the hash of the file is %q", x.SHA256)
		}
	}
}

// An event that came in two versions is listed in both, and marked.
func TestConflict(t *testing.T) {
	d := newDesk(t)
	d.file("ehr", lines(header, "2025-03-03 09:00:00,1,jlee,,,101,,view", "2025-03-03 10:00:00,2,jlee,,,101,,view"))
	d.file("ehr", lines(header, "2025-03-03 09:00:00,1,jlee,,,101,,print", "2025-03-03 10:00:00,2,jlee,,,101,,view"))
	a := d.patient("101", "03-03", "03-03")
	check(t, a, access.Accessed, []string{"conflicting_rows"}, "03-03T09:00 jlee 101 view number", "03-03T09:00 jlee 101 print number", "03-03T10:00 jlee 101 view number")
	var conflicts []bool
	for _, x := range a.Accesses {
		conflicts = append(conflicts, x.Conflict)
	}
	if diff := cmp.Diff([]bool{true, true, false}, conflicts); diff != "" {
		t.Errorf("conflicts (-want +got):\n%s", diff)
	}
}

func TestClockChange(t *testing.T) {
	d := newDesk(t)
	d.file("ehr", lines(
		header,
		"2025-03-09T01:59:00-05:00,,jlee,,,101,,view", "2025-03-09T03:00:00-04:00,,jlee,,,101,,view",
		"2025-11-02T01:30:00-04:00,,jlee,,,101,,view", "2025-11-02T01:30:00-05:00,,jlee,,,101,,view",
		"2025-11-02 01:30:00,,mfox,,,101,,view",
	))
	var got []string
	for _, day := range []string{"03-09", "11-02"} {
		for _, x := range d.patient("101", day, day).Accesses {
			got = append(got, x.LocalTime+" "+x.TimeFlag)
		}
	}
	want := []string{
		"2025-03-09T01:59:00-05:00 ", "2025-03-09T03:00:00-04:00 ",
		"2025-11-02T01:30:00-04:00 ", "2025-11-02T01:30:00-04:00 ambiguous", "2025-11-02T01:30:00-05:00 ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("local times (-want +got):\n%s", diff)
	}
	if got := codes(d.patient("101", "11-02", "11-02")); !cmp.Equal(got, []string{"doubtful_times"}) {
		t.Errorf("reasons %v", got)
	}
}

// The local day is that of the source's zone, whatever the question's.
func TestOtherZone(t *testing.T) {
	d := newDesk(t)
	denver, err := time.LoadLocation("America/Denver")
	if err != nil {
		t.Fatal(err)
	}
	d.file("ehr", lines(header, "2025-03-03 23:30:00,,jlee,,,101,,view", "2025-03-04 12:00:00,,jlee,,,102,,view"), func(s *intake.Settings) {
		s.Zone, s.ZoneBasis = denver, ingest.TZAssumed
	})
	a := d.patient("101", "03-03", "03-03")
	check(t, a, access.Accessed, []string{"zone_assumed"}, "03-03T23:30 jlee 101 view number")
	if got := a.Accesses[0].LocalTime; got != "2025-03-03T23:30:00-07:00" {
		t.Errorf("local time %s", got)
	}
	check(t, d.patient("101", "03-04", "03-04"), access.NoneFound, nil)
}

func TestNoLog(t *testing.T) {
	d := newDesk(t)
	check(t, d.patient("101", "03-03", "03-03"), access.CannotSay, []string{"no_log", "unknown_patient"})
	d.file("patients", lines("patient_id,first_name,last_name,birth_date", "101,Ana,Rivera,1980-01-02"))
	check(t, d.patient("101", "03-03", "03-03"), access.CannotSay, []string{"no_log"})
	d.file("ehr", lines(header, "2025-03-03 09:00:00,,jlee,,,102,,view"))
	check(t, d.patient("101", "03-03", "03-03"), access.NoneFound, nil)
	// The configuration knows of another log, which never came.
	expect := map[string]coverage.Expectation{"ehr": {}, "pacs": {}}
	check(t, d.ask(access.Question{Patient: "101", Expect: expect}, "03-03", "03-03"), access.CannotSay, []string{"no_log pacs"})
}

// A log that cannot answer a question makes the answer uncertain, unless its
// system was not in use.
func TestUnableSources(t *testing.T) {
	for _, c := range []struct {
		name, row       string
		patient, user   []string
		patientV, userV access.Verdict
	}{
		{"no-reads", "2025-03-03 09:00:00,,jlee,,,101,,update", []string{"no_reads old"}, []string{"no_reads old"}, access.CannotSay, access.CannotSay},
		{"no-patients", "2025-03-03 09:00:00,,jlee,,,,,view", []string{"no_patients old"}, nil, access.CannotSay, access.NoneFound},
		{"no-users", "2025-03-03 09:00:00,,,,,101,,view", nil, []string{"no_users old"}, access.NoneFound, access.CannotSay},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.file("old", lines(header, c.row))
			d.file("ehr", lines(header, "2025-03-03 09:00:00,,ana,,,102,,view", "2025-03-03 09:00:00,,bo,,,103,,view", "2025-03-04 09:00:00,,bo,,,104,,view"))
			check(t, d.patient("104", "03-03", "03-03"), c.patientV, c.patient)
			d.file("roster", `{"dataset":"staff","user_id":"cy","name":"Cy Young","role":"nurse"}`+"\n")
			check(t, d.user("cy", "03-03", "03-03"), c.userV, c.user)
			retired := map[string]coverage.Expectation{"old": {Until: day("03-01")}}
			check(t, d.ask(access.Question{Patient: "104", Expect: retired}, "03-03", "03-03"), access.NoneFound, nil)
		})
	}
}
