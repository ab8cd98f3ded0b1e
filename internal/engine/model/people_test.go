package model_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/practice"
)

// rosterHeader is the first line of a roster.
const rosterHeader = "user_id,name,role,department,hired_on,left_on,weekdays,shift_start,shift_end,address,patient_id"

// A log may write the domain beside the account; other accounts are left alone, and
// a roster that knows few of them is told of.
func TestAccountsOfDomains(t *testing.T) {
	d := newDesk(t)
	d.file("hr", rosterHeader, "apark,Anna Park,nurse,,,,,,,,", "bnew,Bob New,ma,,,,,,,,")
	d.log(`2025-03-10 09:00:00,CLINIC\APark,1001,view,clinical_note,W1`, "2025-03-10 09:01:00,bnew@clinic.example,1001,view,clinical_note,W1",
		"2025-03-10 09:02:00,x1,1001,view,clinical_note,W1", "2025-03-11 09:02:00,x2,1001,view,clinical_note,W1",
		"2025-03-18 09:02:00,x3,1001,view,clinical_note,W1")
	d.build("03-10", "03-16", func(b built) {
		b.check("SELECT user_id, person_id, role FROM events WHERE day_no <= "+dayText("03-16")+" ORDER BY ts_s",
			`CLINIC\APark apark nurse`, "bnew@clinic.example bnew assistant", "x1 x1 unknown", "x2 x2 unknown")
	})
	// Two of four are known, and after the third stranger two of five.
	for to, want := range map[string]bool{"03-16": false, "03-18": true} {
		d.build("03-10", to, func(b built) {
			if got := slices.Contains(b.codes(), "accounts_not_on_roster"); got != want {
				t.Errorf("to %s, noticed: %v, want %v", to, got, want)
			}
		})
	}
}

func TestPeople(t *testing.T) {
	d := newDesk(t)
	d.file("hr", rosterHeader,
		"apark,Anna Park,nurse,clinical,2020-01-01,2024-12-31,,,,1 Elm St Millbrook,",
		"apark,Anna Park,office manager,office,2025-01-01,,,,,1 Elm St Millbrook,",
		"old,Olga Old,ma,clinical,2010-01-01,2025-02-28,,,,,",
		"bnew,Bob New,ma,clinical,,,,,,,",
		"bnew2,\"New, Bob\",front desk / billing,office,,,,,,,",
		"csame,Cy Same,rn,,,,,,,1 Oak St Millbrook,",
		"csame2,Cy Same,rn,,,,,,,2 Ash St Millbrook,",
		"shared,Dora One,rn,,2020-01-01,,,,,,",
		"shared,Eve Two,ma,,2021-01-01,,,,,,",
		"reused,Fay First,rn,,2020-01-01,2024-06-30,,,,,",
		"reused,Gus Second,rn,,2024-07-01,,,,,,",
		"wiz,Wanda Wiz,wizard,,,,,,,,")
	// The newer roster says that Anna's second role has another department.
	d.file("hr2", rosterHeader, "apark,Anna Park,office manager,management,2025-01-01,,,,,1 Elm St Millbrook,777")
	d.practice.Accounts = []practice.AccountLink{
		{Account: "hand", Person: "apark"},
		{Account: "frontdesk", Person: "Hired Hand", From: day("03-01"), To: day("03-31")},
		{Account: "csame2", Person: "csame2", No: true},
	}
	d.log("2025-03-10 09:00:00,APARK,1001,view,clinical_note,W1", "2025-03-10 09:01:00,wiz,1001,view,clinical_note,W1")
	d.build("03-10", "03-16", func(b built) {
		b.check("SELECT user_id, person_id, from_day, to_day, how FROM account_person ORDER BY ALL",
			"APARK apark -100000 100000 roster", "apark apark -100000 100000 roster", "bnew bnew -100000 100000 roster", "bnew2 bnew -100000 100000 roster",
			"csame csame -100000 100000 roster", "frontdesk Hired Hand 25-03-01 25-03-31 manual", "hand apark -100000 100000 manual",
			"old old -100000 100000 roster", "reused Fay First -100000 24-06-30 roster", "reused Gus Second 24-07-01 100000 roster",
			"shared Dora One 20-01-01 100000 roster", "shared Eve Two 21-01-01 100000 roster", "wiz wiz -100000 100000 roster")
		b.check("SELECT person_id, role, department, own_patient_id, address_key, hired_day, left_day, left_known FROM staff WHERE person_id IN ('apark', 'bnew', 'old', 'Hired Hand', 'wiz') ORDER BY ALL",
			"Hired Hand unknown '' - '' -100000 100000 0", "apark manager management 777 1 elm st millbrook 20-01-01 100000 0",
			"bnew assistant office - '' -100000 100000 0", "old assistant clinical - '' 10-01-01 25-02-28 1", "wiz other '' - '' -100000 100000 0")
		b.check("SELECT person_id, role, from_day, to_day FROM staff_period WHERE person_id IN ('apark', 'bnew') ORDER BY ALL",
			"apark manager 25-01-01 100000", "apark nurse 20-01-01 24-12-31", "bnew assistant -100000 100000", "bnew billing -100000 100000", "bnew front_desk -100000 100000")
		b.check("SELECT user_id, person_id, role FROM events ORDER BY ts_s", "APARK apark manager", "wiz wiz other")
		b.check("SELECT patient_id, person_id FROM staff_patient", "777 apark")
		want := []string{
			"account_two_people", "name_on_two_accounts", "no_shifts", "role_not_understood", "same_name",
		}
		got := b.codes()
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("notices (-want +got):\n%s", diff)
		}
	})
}

func TestRosterNotices(t *testing.T) {
	d := newDesk(t)
	d.file("hr", rosterHeader,
		"a,Anna Park,nurse,,2020-01-01,2023-12-31,mon,08:00,17:00,,",
		"a,Anna Park,nurse,,2022-01-01,,mon,08:00,17:00,,",
		"b,Bob New,nurse,,2024-01-01,2023-01-01,mon,08:00,17:00,,")
	d.file("visits", "appointment_id,patient_id,provider_id,starts_at,minutes,status", "1,1001,stranger,2025-03-10 09:00,30,booked")
	d.practice.Leave = []practice.Leave{{Person: "nobody", From: day("03-01"), To: day("03-02")}}
	d.log("2025-03-10 09:00:00,a,1001,view,clinical_note,W1")
	d.build("03-10", "03-16", func(b built) {
		want := []string{"provider_unknown", "roster_dates", "roster_overlap", "unknown_person"}
		got := b.codes()
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("notices (-want +got):\n%s", diff)
		}
		b.check("SELECT person_id, role, from_day, to_day FROM staff_period WHERE person_id = 'a'", "a nurse 20-01-01 100000")
		b.check("SELECT patient_id, person_id FROM visit", "1001 -")
	})
}

func TestWithoutRoster(t *testing.T) {
	d := newDesk(t)
	d.log("2025-03-10 03:00:00,ana,1001,view,clinical_note,W1", "2025-03-10 03:01:00,,,view,clinical_note,W1")
	d.build("03-10", "03-16", func(b built) {
		b.check("SELECT user_id, person_id, role, off_hours, building_closed, patient_id FROM events ORDER BY ts_s", "ana ana unknown 0 0 1001", "- - unknown 0 0 -")
		b.check("SELECT user_id, person_id, n_persons, on_roster, role FROM accounts", "ana - 0 0 unknown")
		want := map[string]string{
			"account_person": "there is no roster", "leave": "there is no roster", "oncall": "there is no roster", "relation": "there is no list of patients",
			"shift": "there is no roster", "staff": "there is no roster", "staff_patient": "there is no roster", "staff_period": "there is no roster",
			"opening": "the opening hours are not known", "visit": "there are no appointments around these days",
			"visit_day": "there are no appointments around these days", "account_change": "the logs of these days hold nothing of it",
			"history_change": "the logs of these days hold nothing of it", "seq_gap": "the logs of these days hold nothing of it",
			"list_entry": "nobody has entered any", "ticket": "nobody has entered any",
		}
		if diff := cmp.Diff(want, b.Empty); diff != "" {
			t.Errorf("empty models (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"roster", "patients", "appointments", "workstations", "hours"}, b.Missing); diff != "" {
			t.Errorf("missing (-want +got):\n%s", diff)
		}
	})
}
