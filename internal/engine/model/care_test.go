package model_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/practice"
)

func TestVisits(t *testing.T) {
	d := newDesk(t)
	d.file("hr", rosterHeader, "ana,Ana Adams,dentist,,,,,,,,", "bob,Bob B,dentist,,,,,,,,")
	d.practice.Patients = []practice.PatientLink{{Number: "X2", SameAs: "1002"}}
	const header = "appointment_id,patient_id,provider_id,starts_at,minutes,status"
	d.file("visits", header,
		"A1,1001,ana,2025-03-10 09:00,30,booked", "A2,X2,\"Adams, Ana\",2025-03-10 10:00,,fulfilled", "A3,1003,bob,2025-03-11 09:00,45,cancelled",
		"A4,1004,ghost,2025-03-12 23:30,15,noshow", "A5,1005,,2025-03-12 11:00,15,", "A6,1006,ana,2025-04-03 09:00,15,booked",
		"A7,1007,ana,2025-01-02 09:00,15,kept")
	// The newer export moves one, cancels one and takes a cancellation back.
	d.file("visits2", header, "A1,1001,ana,2025-03-13 09:00,30,fulfilled", "A5,1005,,2025-03-12 11:00,15,canceled", "A3,1003,bob,2025-03-11 09:00,45,arrived")
	d.log("2025-03-10 09:00:00,ana,1001,view,clinical_note,W1")
	d.build("03-10", "03-16", func(b built) {
		b.check("SELECT patient_id, person_id, start_s, day_no, minutes, status FROM visit ORDER BY start_s",
			"1007 ana 1735826400 25-01-02 15 kept", "1002 ana 1741615200 25-03-10 0 kept", "1003 bob 1741698000 25-03-11 45 kept",
			"1004 - 1741836600 25-03-12 15 missed", "1001 ana 1741870800 25-03-13 30 kept", "1006 ana 1743685200 25-04-03 15 booked")
		b.check("SELECT day_no, visits FROM visit_day WHERE day_no <= "+dayText("03-15")+" ORDER BY day_no",
			"25-01-02 1", "25-03-10 1", "25-03-11 1", "25-03-12 1", "25-03-13 1", "25-03-14 0", "25-03-15 0")
		b.check("SELECT count(*), max(day_no) AS max_day FROM visit_day", "26 25-04-03")
	})
}

// Appointments that write patients in another way than the logs explain nothing, and
// the rules that need them must not take that for a lack of reasons.
func TestNumbersThatDiffer(t *testing.T) {
	const header = "appointment_id,patient_id,provider_id,starts_at,minutes,status"
	for _, c := range []struct {
		name    string
		prefix  string
		n, same int
		want    bool
	}{
		{"other_numbers", "MRN-", 20, 0, true},
		{"the_same_numbers", "", 20, 0, false},
		{"too_few_to_say", "MRN-", 19, 0, false},
		{"one_of_twenty_is_the_same", "MRN-", 20, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			visits, log := []string{header}, []string{}
			for i := range c.n {
				prefix := c.prefix
				if i < c.same {
					prefix = ""
				}
				visits = append(visits, fmt.Sprintf("A%d,%s%d,ana,2025-03-10 09:00,30,fulfilled", i, prefix, 1000+i))
				log = append(log, fmt.Sprintf("2025-03-10 09:%02d:00,ana,%d,view,clinical_note,W1", i, 1000+i))
			}
			d.file("visits", visits...)
			d.log(log...)
			d.build("03-10", "03-16", func(b built) {
				if got := slices.Contains(b.codes(), "patient_numbers_differ"); got != c.want {
					t.Errorf("noticed: %v, want %v", got, c.want)
				}
				n, why := c.n, ""
				if c.want {
					n, why = 0, "the appointments write patients' numbers in another way than the logs"
				}
				b.check("SELECT count(*) FROM visit", strconv.Itoa(n))
				if diff := cmp.Diff(why, b.Empty["visit"]); diff != "" {
					t.Errorf("why there are no visits (-want +got):\n%s", diff)
				}
				b.check("SELECT count(*) FROM visit_day WHERE day_no = "+dayText("03-10"), map[bool]string{true: "0", false: "1"}[c.want])
			})
		})
	}
}

func TestPatientsAndRelations(t *testing.T) {
	d := newDesk(t)
	d.file("hr", rosterHeader,
		"ana,Ana Zielinska-Novak,rn,,,,,,,\"5 Elm Street, Millbrook\",",
		"ben,Ben Twin,rn,,,,,,,\"7 Oak Rd, Millbrook\",P2",
		"cy,Cy Crowd,rn,,,,,,,\"9 Home Ave, Millbrook\",",
		"dan,Dan Common,rn,,,,,,,,")
	d.practice.Patients = []practice.PatientLink{{Number: "OLD7", SameAs: "P1"}}
	rows := []string{
		"patient_id,first_name,last_name,birth_date,address,vip",
		"P1,ANA,Zielińska Novak,1980-01-01,\"5 Elm St., Millbrook\",false",
		"P2,Ben,Twin,1980-01-01,\"7 Oak Road, Millbrook\",true",
		"P3,Ben,Twin,2010-01-01,\"7 Oak Road, Millbrook\",false",
		"P4,Zoe,Novak,1990-01-01,\"1 Far Way, Eastfield\",false",
		"P5,Tom,Zielinska,1990-01-01,\"2 Near Way, Millbrook\",false",
	}
	for i := range 9 {
		rows = append(rows, fmt.Sprintf("P%d,C%d,Resident,1940-01-01,\"9 Home Avenue, Millbrook\",false", 10+i, i))
	}
	for i := range 86 {
		surname := fmt.Sprintf("Other%c%c", 'a'+i/26, 'a'+i%26)
		if i < 3 {
			surname = "Common"
		}
		rows = append(rows, fmt.Sprintf("P%d,X%d,%s,1940-01-01,,false", 100+i, i, surname))
	}
	d.file("panel", rows...)
	d.file("panel2", "patient_id,first_name,last_name,birth_date,address,vip", "P5,Tom,Zielinska,1990-01-01,\"3 New Way, Millbrook\",true",
		"OLD7,ANA,Novak,1980-01-01,\"8 Old Way, Millbrook\",true")
	d.file("visits", "appointment_id,patient_id,provider_id,starts_at,minutes,status", "A1,P1,ana,2025-03-06 09:00,30,kept",
		"A2,P1,ana,2025-03-07 09:00,30,noshow", "A3,P1,ana,2025-03-11 09:00,30,booked", "A4,P2,ana,2025-02-07 09:00,30,cancelled",
		"A5,OLD7,ana,2023-02-07 09:00,30,kept", "A6,P5,ana,2023-02-07 09:00,30,kept")
	d.log("2025-03-10 09:00:00,ana,OLD7,view,clinical_note,W1", "2025-03-10 09:00:00,ana,P900,view,clinical_note,W1", "2025-03-10 09:00:00,ana,Q1,view,clinical_note,W1")
	d.build("03-10", "03-16", func(b built) {
		b.check("SELECT patient_id, address_key, address_size, vip, mrn_num, last_visit_day FROM patient WHERE patient_id IN ('P1', 'P2', 'P5', 'P10', 'P100', 'P900', 'Q1', 'OLD7') ORDER BY patient_id",
			"P1 5 elm st millbrook 1 1 1 25-03-06", "P10 9 home ave millbrook 9 0 10 -", "P100 '' 0 0 100 -", "P2 7 oak rd millbrook 2 1 2 -",
			"P5 3 new way millbrook 1 1 5 23-02-07", "P900 '' 0 0 900 -", "Q1 '' 0 0 - -")
		b.check("SELECT person_id, patient_id, kind, round(surname_share, 3) AS share, second_link FROM relation ORDER BY ALL",
			"ana P1 self 0 0", "ana P4 surname 0.02 0", "ana P5 surname 0.02 1", "ben P2 self 0 0", "ben P3 household 0 0", "ben P3 surname 0.02 1")
		b.check("SELECT person_id, patient_id, left_day FROM staff_patient ORDER BY ALL", "ana P1 100000", "ben P2 100000")
	})
}
