package model_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/internal/practice"
)

// at writes a time of New York in March 2025 after the clocks changed.
func (d *desk) at(text string) time.Time {
	d.t.Helper()
	t, err := time.ParseInLocation("01-02 15:04", text, d.practice.Zone)
	if err != nil {
		d.t.Fatal(err)
	}
	return t.AddDate(2025, 0, 0)
}

func TestOffHours(t *testing.T) {
	d := newDesk(t)
	d.practice.ShiftMargin = 30
	d.file("hr", rosterHeader,
		"day,Dee Day,rn,,,2025-03-12,\"mon,tue,wed,thu\",08:00,16:00,,",
		"night,Nia Night,rn,,,,mon,22:00,06:00,,",
		"open,Olga Open,ma,,,,\"mon,tue\",,,,",
		"late,Lea Late,ma,,2025-03-12,,,09:00,12:00,,",
		"none,Nina None,ma,,,,,,,,")
	d.practice.Hours = []practice.Hours{{Days: []time.Weekday{time.Monday, time.Wednesday}, Open: 540, Close: 1020}}
	d.practice.HoursMargin = 60
	d.practice.Leave = []practice.Leave{{Person: "Dee Day", Kind: "sick", From: day("03-11"), To: day("03-11")}}
	d.practice.OnCall = []practice.OnCall{{Person: "day", From: d.at("03-11 20:00"), To: d.at("03-12 02:00")}}
	var rows []string
	for _, x := range []string{
		"10 07:29 day", "10 07:30 day", "10 16:30 day", "10 16:31 day", "11 10:00 day", "11 21:00 day", "12 01:59 day", "12 03:00 day", "13 10:00 day",
		"10 21:00 night", "10 23:00 night", "11 05:59 night", "11 06:31 night", "11 22:30 night",
		"10 09:00 open", "10 08:00 open", "11 03:00 open", "12 10:00 open",
		"10 10:00 late", "12 10:00 late", "12 13:00 late", "10 03:00 none", "10 10:00 other",
	} {
		var dd, clock, user string
		if _, err := fmt.Sscan(x, &dd, &clock, &user); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, fmt.Sprintf("2025-03-%s %s:00,%s,1001,view,clinical_note,W1", dd, clock, user))
	}
	d.log(rows...)
	d.build("03-10", "03-16", func(b built) {
		b.check("SELECT substr(local_date, 9, 2) || ' ' || local_minute // 60 || ':' || local_minute % 60 || ' ' || user_id AS x FROM events WHERE off_hours = 1 ORDER BY user_id, ts_s",
			"10 7:29 day", "10 16:31 day", "11 10:0 day", "12 3:0 day", "13 10:0 day", "10 10:0 late", "12 13:0 late",
			"10 21:0 night", "11 6:31 night", "11 22:30 night", "10 8:0 open", "12 10:0 open")
		b.check("SELECT person_id, day_no, start_min, end_min, basis FROM shift WHERE day_no BETWEEN "+dayText("03-10")+" AND "+dayText("03-13")+" ORDER BY ALL",
			"day 25-03-10 480 960 roster", "day 25-03-12 480 960 roster", "late 25-03-12 540 720 roster", "night 25-03-10 1320 1440 roster", "night 25-03-11 0 360 roster",
			"open 25-03-10 540 1020 roster", "open 25-03-11 0 1440 roster")
		b.check("SELECT person_id, from_s, to_s FROM oncall", "day 1741737600 1741759200")
		b.check("SELECT person_id, kind, from_day, to_day FROM leave", "day sick 25-03-11 25-03-11")
	})
}

// Rows of one roster with other hours add up; those of a later one take their place.
func TestHoursOfSeveralRows(t *testing.T) {
	shifts := "SELECT person_id, day_no, start_min, end_min FROM shift WHERE day_no BETWEEN " + dayText("03-10") + " AND " + dayText("03-16") + " ORDER BY ALL"
	d := newDesk(t)
	d.file("hr", rosterHeader,
		"sat,Sam Sat,front desk,,2020-01-01,,\"mon,tue\",08:00,16:00,,",
		"sat,Sam Sat,front desk,,2020-01-01,,sat,09:00,13:00,,",
		"sat,Sam Sat,front desk,,2020-01-01,,sat,09:00,13:00,,",
		"split,Sue Split,ma,,2020-01-01,,wed,08:00,11:00,,",
		"split,Sue Split,MA,,2020-01-01,,wed,13:00,17:00,,")
	d.log("2025-03-10 09:00:00,sat,1,view,clinical_note,W1")
	d.build("03-10", "03-16", func(b built) {
		b.check(shifts, "sat 25-03-10 480 960", "sat 25-03-11 480 960", "sat 25-03-15 540 780", "split 25-03-12 480 660", "split 25-03-12 780 1020")
		b.check("SELECT person_id, role, from_day, to_day FROM staff_period ORDER BY ALL", "sat front_desk 20-01-01 100000", "split assistant 20-01-01 100000")
		if slices.Contains(b.codes(), "roster_overlap") {
			t.Error("two rows with other hours are noticed as an overlap")
		}
	})
	d.file("hr2", rosterHeader, "sat,Sam Sat,front desk,,2020-01-01,,thu,08:00,16:00,,")
	d.build("03-10", "03-16", func(b built) {
		b.check(shifts, "sat 25-03-13 480 960", "split 25-03-12 480 660", "split 25-03-12 780 1020")
	})
}

func TestBuildingClosed(t *testing.T) {
	d := newDesk(t)
	d.practice.HoursMargin = 60
	d.practice.Holidays = "us-federal"
	d.practice.Hours = []practice.Hours{
		{Days: []time.Weekday{1, 2, 3, 4, 5}, Open: 540, Close: 1020},
		{Location: "Night", Days: []time.Weekday{1}, Open: 1320, Close: 120},
		{Location: "Split", Days: []time.Weekday{1}, Open: 480, Close: 660},
		{Location: "Split", Days: []time.Weekday{1}, Open: 900, Close: 1020},
	}
	d.practice.Closures = []practice.Closure{{Location: "Split", From: day("05-19"), To: day("05-19")}}
	d.practice.Workstations = []practice.Workstation{{Name: "N*", Location: "night"}, {Name: "S*", Location: "Split"}}
	d.log("2025-05-19 07:59:00,a,1,view,clinical_note,W1", "2025-05-19 08:00:00,a,1,view,clinical_note,W1", "2025-05-19 18:01:00,a,1,view,clinical_note,W1",
		"2025-05-19 20:59:00,a,1,view,clinical_note,N1", "2025-05-20 02:59:00,a,1,view,clinical_note,N1", "2025-05-20 03:01:00,a,1,view,clinical_note,N1",
		"2025-05-12 12:30:00,a,1,view,clinical_note,S1", "2025-05-12 11:59:00,a,1,view,clinical_note,S1", "2025-05-19 10:00:00,a,1,view,clinical_note,S1",
		"2025-05-24 10:00:00,a,1,view,clinical_note,W1", "2025-05-26 10:00:00,a,1,view,clinical_note,W1")
	d.build("05-19", "05-26", func(b built) {
		b.check("SELECT workstation, day_no, local_minute, is_holiday FROM events WHERE building_closed = 1 ORDER BY ts_s",
			"S1 25-05-12 750 0", "W1 25-05-19 479 0", "S1 25-05-19 600 1", "W1 25-05-19 1081 0", "N1 25-05-19 1259 0", "N1 25-05-20 181 0",
			"W1 25-05-24 600 0", "W1 25-05-26 600 1")
		b.check("SELECT location, day_no, is_open, open_min, close_min, why FROM opening WHERE day_no IN ("+dayText("05-19")+", "+dayText("05-20")+", "+dayText("05-26")+") ORDER BY ALL",
			"'' 25-05-19 1 540 1020 ''", "'' 25-05-20 1 540 1020 ''", "'' 25-05-26 0 0 0 holiday",
			"Night 25-05-19 1 1320 1440 ''", "Night 25-05-20 1 0 120 ''", "Night 25-05-26 0 0 0 holiday",
			"Split 25-05-19 0 0 0 closure", "Split 25-05-20 0 0 0 weekday", "Split 25-05-26 0 0 0 holiday")
		b.check("SELECT workstation, location, is_onsite FROM station ORDER BY ALL", "N1 night 0", "S1 Split 0", "W1 '' 1")
	})
}

// A practice that works on a public holiday is open, whatever the calendar says.
func TestWorkedHolidays(t *testing.T) {
	d := newDesk(t)
	d.practice.Holidays = "us-federal"
	d.practice.Hours = []practice.Hours{{Days: []time.Weekday{1, 2, 3, 4, 5}, Open: 540, Close: 1020}}
	// Columbus Day is worked by two of four; Memorial Day by one of four; Juneteenth, which is entered as closed, by all.
	d.practice.Closures = []practice.Closure{{From: day("06-19"), To: day("06-19")}}
	var rows []string
	at := func(date string, people ...string) {
		for _, p := range people {
			rows = append(rows, "2025-"+date+" 10:00:00,"+p+",1,view,clinical_note,W1")
		}
	}
	for _, date := range []string{"05-12", "05-19", "06-05", "06-12", "06-19", "09-29", "10-06"} {
		at(date, "a", "b", "c", "d")
	}
	at("05-26", "a")
	at("10-13", "a", "b")
	slices.Sort(rows)
	d.log(rows...)
	const query = "SELECT day_no, count(*) FROM events WHERE building_closed = 1 AND day_no >= "
	for _, c := range []struct {
		from, to string
		want     []string
		notice   bool
	}{
		{"05-26", "06-01", []string{"25-05-26 1"}, false},
		{"06-16", "06-22", []string{"25-06-19 4"}, false},
		{"10-13", "10-19", nil, true},
		{"10-14", "10-19", nil, false},
	} {
		d.build(c.from, c.to, func(b built) {
			b.check(query+dayText(c.from)+" GROUP BY 1", c.want...)
			if got := slices.Contains(b.codes(), "holiday_worked"); got != c.notice {
				t.Errorf("%s: noticed: %v, want %v", c.from, got, c.notice)
			}
		})
	}
}

// A person without shifts is judged by habit, and a day by the same one as its week.
func TestUsualHours(t *testing.T) {
	d := newDesk(t)
	d.file("hr", rosterHeader, "ana,Ana A,rn,,,,,,,,", "few,Flo Few,rn,,,,,,,,", "set,Sue Set,rn,,,,fri,08:00,12:00,,")
	var rows []string
	for n := day("01-13"); n < day("03-10"); n++ {
		if n.Weekday() == time.Monday || n.Weekday() == time.Tuesday || n.Weekday() == time.Wednesday {
			for h := 9; h <= 16; h++ {
				rows = append(rows, fmt.Sprintf("%s %02d:00:00,ana,1,view,clinical_note,W1", n, h))
			}
		}
		if n.Weekday() == time.Monday {
			rows = append(rows, fmt.Sprintf("%s 09:00:00,few,1,view,clinical_note,W1", n))
		}
	}
	for _, x := range []string{"03-10 08:00", "03-10 07:59", "03-11 17:00", "03-11 17:01", "03-13 10:00"} {
		rows = append(rows, fmt.Sprintf("2025-%s:00,ana,1,view,clinical_note,W1", x))
	}
	rows = append(rows, "2025-03-10 03:00:00,few,1,view,clinical_note,W1")
	slices.Sort(rows)
	d.log(rows...)
	want := []string{"25-03-10 479", "25-03-11 1021", "25-03-13 600"}
	for _, from := range []string{"03-10", "03-13"} {
		d.build(from, "03-16", func(b built) {
			b.check("SELECT day_no, local_minute FROM events WHERE off_hours = 1 AND user_id IN ('ana', 'few') AND day_no >= "+dayText("03-10")+" ORDER BY ts_s", want...)
			b.check("SELECT person_id, day_no, start_min, end_min, basis FROM shift WHERE person_id <> 'set' AND day_no >= "+dayText("03-10")+" ORDER BY ALL",
				"ana 25-03-10 480 1020 usual", "ana 25-03-11 480 1020 usual", "ana 25-03-12 480 1020 usual", "ana 25-03-17 480 1020 usual", "ana 25-03-18 480 1020 usual")
		})
	}
}
