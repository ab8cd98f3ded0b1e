package engine_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/rules"
)

// wide is the header of a log that says more than most.
const wide = header + ",location,record_id,on_behalf_of,outcome"

// wideFile imports rows of such a log.
func (d *desk) wideFile(source string, rows ...string) {
	d.t.Helper()
	d.file(source, append([]string{wide}, rows...)...)
}

// coreDesk has some of the shipped rules.
func coreDesk(t *testing.T, ids ...string) *desk {
	t.Helper()
	list := slices.DeleteFunc(core(t), func(r rules.Rule) bool { return !slices.Contains(ids, strings.TrimPrefix(r.ID, "core.")) })
	if len(list) != len(ids) {
		t.Fatalf("%d of %v are shipped", len(list), ids)
	}
	return newDesk(t, list...)
}

// levels are the levels of what was found, by rule and subject.
func levels(r engine.Result) map[string]string {
	all := map[string]string{}
	for _, f := range r.Findings {
		all[strings.TrimPrefix(f.RuleID, "core.")+" "+f.Subject.ID+" "+f.FromDay.String()[5:]] = fmt.Sprintf("%s %d", f.Level, f.Risk)
	}
	return all
}

func wantLevels(t *testing.T, want map[string]string, r engine.Result) {
	t.Helper()
	if diff := cmp.Diff(want, levels(r)); diff != "" {
		t.Errorf("levels (-want +got):\n%s\noutcomes %v", diff, fates(r))
	}
}

// wantWords looks for words in the texts of all findings.
func wantWords(t *testing.T, r engine.Result, words ...string) {
	t.Helper()
	var all []string
	for _, f := range r.Findings {
		all = append(all, f.Text)
	}
	for _, w := range words {
		if !regexp.MustCompile(w).MatchString(strings.Join(all, "\n")) {
			t.Errorf("no text has %q:\n%s", w, strings.Join(all, "\n"))
		}
	}
}

func TestGrantsToOneself(t *testing.T) {
	d := coreDesk(t, "privilege.self-grant")
	d.wideFile("ehr",
		"2025-03-17 09:00:01,1,ana,,Grant role,user_admin,W1,,ana,,success",
		"2025-03-17 09:00:02,2,bo,,Grant role,user_admin,W1,,ana,,success",
		"2025-03-17 09:00:03,3,cy,,update,user_admin,W1,,cy,,success",
		"2025-03-17 09:00:04,4,di,,update,user_admin,W1,,,di,success",
		"2025-03-17 09:00:05,5,ed,,Password changed,user_admin,W1,,ed,,success",
		"2025-03-17 09:00:06,6,fi,,login,user_admin,W1,,fi,,success",
		"2025-03-17 09:00:07,7,gus,,update,user_admin,W1,,gus,,denied",
		"2025-03-17 09:00:08,8,hal,,view,user_admin,W1,,hal,,success")
	r := d.evaluate("2025-03-17", "2025-03-23")
	wantLevels(t, map[string]string{
		"privilege.self-grant ana 03-17": "high 70", "privilege.self-grant cy 03-17": "medium 45", "privilege.self-grant di 03-17": "medium 45",
	}, r)
	wantWords(t, r, "The account ana gave a right or a role to the account ana on Mon 2025-03-17 at 09:00, 1 time[.]",
		"The account cy changed something about the account cy on")
}

func TestTwoLocationsOfALog(t *testing.T) {
	d := coreDesk(t, "shared.two-locations")
	d.wideFile("ehr",
		"2025-03-17 09:00:01,1,ana,101,view,note,W1,Main Street,,,", "2025-03-17 09:05:02,2,ana,102,view,note,H1,Harbor,,,",
		"2025-03-17 09:15:01,3,ana,101,view,note,W1,Main Street,,,",
		"2025-03-17 09:00:01,4,bo,101,view,note,W1,Main Street,,,", "2025-03-17 09:05:02,5,bo,102,view,note,H1,Harbor,,,",
		"2025-03-17 09:45:01,6,bo,101,view,note,W1,Main Street,,,")
	r := d.evaluate("2025-03-17", "2025-03-23")
	wantLevels(t, map[string]string{"shared.two-locations ana 03-17": "high 65"}, r)
	wantWords(t, r, "it changed from one to the other 2 times, with as little as 5 minutes and 1 second between them. The way takes 15 minutes or more[.]")
}

func TestFailedLoginsAreRatedByTheirNumber(t *testing.T) {
	d := coreDesk(t, "login.failure-burst", "login.spray")
	var rows []string
	for who, n := range map[string]int{"ana": 7, "bo": 8} {
		for i := range n {
			rows = append(rows, fmt.Sprintf("2025-03-17 09:%02d:05,%s%d,%s,,Login failed,session,,,,,failed", i, who, i, who))
		}
	}
	d.wideFile("ehr", rows...)
	r := d.evaluate("2025-03-17", "2025-03-23")
	wantLevels(t, map[string]string{"login.failure-burst ana 03-17": "low 20", "login.failure-burst bo 03-17": "medium 28"}, r)
	wantWords(t, r, "up to 8 times in 10 minutes[.] The limits are 5 in that time and 20 in a day[.]")
	want := "not_applicable: ehr: 100 % of its logins lack both the workstation and the address"
	if got := fates(r)["core.login.spray"]; got != want {
		t.Errorf("spray without devices %q, want %q", got, want)
	}
	d.wideFile("imaging", "2025-03-18 09:00:05,900,cy,,Login failed,session,W1,,,,failed")
	want = "ran: without ehr: 100 % of its logins lack both the workstation and the address"
	if got := fates(d.evaluate("2025-03-17", "2025-03-23"))["core.login.spray"]; got != want {
		t.Errorf("spray with one device %q, want %q", got, want)
	}
}

func TestLogsToTheMinute(t *testing.T) {
	for _, tc := range []struct {
		name, seconds string
		rows          int
		want          string
	}{
		{"minutes", "00", 30, "not_applicable: ehr: its times say the minute only, and what happens within one cannot be told apart"},
		{"seconds", "07", 30, "ran"},
		{"too-few-to-say", "00", 29, "ran"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := coreDesk(t, "shared.impossible-switch")
			var rows []string
			for i := range tc.rows {
				rows = append(rows, fmt.Sprintf("2025-03-17 09:%02d:%s,%d,ana,101,view,note,W1,,,,", i, tc.seconds, i+1))
			}
			d.wideFile("ehr", rows...)
			if got := fates(d.evaluate("2025-03-17", "2025-03-23"))["core.shared.impossible-switch"]; got != tc.want {
				t.Errorf("outcome %q, want %q", got, tc.want)
			}
		})
	}
}

// TestWithoutAppointments rates what would be high a level lower.
func TestWithoutAppointments(t *testing.T) {
	d := coreDesk(t, "snoop.coworker", "snoop.household", "snoop.vip")
	d.file("roster", "user_id,name,role,department,hired_on,address,patient_id",
		"ana,Ana Berg,front desk,office,2020-01-01,12 Elm Street,", "bo,Bo Dahl,front desk,office,2020-01-01,40 Oak Street,102")
	d.file("patients", "patient_id,first_name,last_name,birth_date,address,vip", "101,Cy,Berg,1990-01-02,12 Elm Street,false",
		"102,Bo,Dahl,1980-01-02,40 Oak Street,false", "103,Di,Star,1970-01-02,9 Sun Street,true")
	d.file("ehr", header,
		"2025-03-18 09:00:00,1,ana,101,view,note,W1", "2025-03-18 09:40:00,2,ana,102,view,note,W1", "2025-03-18 12:00:00,3,ana,103,view,note,W1")
	r := d.evaluate("2025-03-17", "2025-03-23")
	got := map[string]string{}
	for _, f := range r.Findings {
		got[f.RuleID[len("core.snoop."):]] = fmt.Sprintf("%s %d", f.Level, f.Risk)
	}
	if diff := cmp.Diff(map[string]string{"coworker": "medium 34", "household": "medium 34", "vip": "medium 34"}, got); diff != "" {
		t.Errorf("without appointments (-want +got):\n%s\n%v", diff, fates(r))
	}
	wantWords(t, r, "Whether a visit explains it cannot be said: there are no appointments for these days[.]")
	// With appointments that do not reach the day, nothing can be said.
	d.file("appointments", visits, "A1,109,bo,2025-03-10 09:00,30,fulfilled")
	if n := len(d.evaluate("2025-03-17", "2025-03-23").Findings); n != 0 {
		t.Errorf("%d findings of a day that the appointments do not reach", n)
	}
}

func TestTheBuildingIsClosed(t *testing.T) {
	d := coreDesk(t, "hours.building-closed")
	weekdays := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	d.engine.Practice.Hours = []practice.Hours{{Days: weekdays, Open: 480, Close: 1020}}
	d.engine.Practice.HoursMargin = 90
	d.engine.Practice.Closures = []practice.Closure{{From: day(t, "2025-03-20"), To: day(t, "2025-03-20")}}
	d.file("roster", "user_id,name,role,department,hired_on,weekdays,shift_start,shift_end",
		"ana,Ana Berg,front desk,office,2020-01-01,\"mon,tue,wed,thu,fri\",08:00,17:00", "bo,Bo Dahl,housekeeping,office,2020-01-01,mon,20:00,23:00",
		"cy,Cy Egan,circus wizard,office,2020-01-01,sat,08:00,12:00")
	d.file("appointments", visits, "A1,109,ana,2025-03-22 09:00,30,fulfilled", "A2,109,ana,2025-03-18 16:30,30,fulfilled")
	d.file("ehr", header,
		"2025-03-17 21:00:01,1,ana,101,view,note,W1", "2025-03-17 21:02:01,2,ana,101,view,note,W1", // after hours, off shift
		"2025-03-17 21:00:01,3,bo,101,view,note,W1", "2025-03-17 21:02:01,4,bo,101,view,note,W1", // on a shift
		"2025-03-18 20:00:01,5,bo,101,view,note,W1", "2025-03-18 20:02:01,6,bo,101,view,note,W1", // on another day than the shift
		"2025-03-20 10:00:01,7,ana,101,view,note,W1", "2025-03-20 10:02:01,8,ana,101,view,note,W1", // a closure
		"2025-03-22 09:30:01,9,ana,101,view,note,W1", "2025-03-22 09:32:01,10,ana,101,view,note,W1", // a Saturday with an appointment
		"2025-03-23 09:30:01,11,cy,101,view,note,W1", "2025-03-23 09:32:01,12,cy,101,view,note,W1")
	r := d.evaluate("2025-03-17", "2025-03-23")
	wantLevels(t, map[string]string{
		"hours.building-closed ana 03-17": "high 55", "hours.building-closed bo 03-18": "high 55", "hours.building-closed ana 03-20": "medium 35",
		"hours.building-closed ana 03-22": "low 20", "hours.building-closed cy 03-23": "high 55",
	}, r)
	wantWords(t, r, `calendar \(outside the opening hours\)[.]`, `calendar \(a closure\)[.]`, `calendar \(a day on which it does not open\)[.]`,
		`Cy Egan \(circus wizard\)`)
	d.engine.Practice.Hours = nil
	r = d.evaluate("2025-03-17", "2025-03-23")
	wantLevels(t, map[string]string{"hours.building-closed ana 03-20": "medium 35"}, r)
	if got := fates(r)["core.hours.building-closed"]; got != "ran: the opening hours are not known, so only holidays and closures count" {
		t.Errorf("outcome without opening hours: %q", got)
	}
}

func TestAHolidayIsCalledOne(t *testing.T) {
	d := coreDesk(t, "hours.building-closed")
	d.engine.Practice.Hours = []practice.Hours{{Days: []time.Weekday{time.Thursday}, Open: 480, Close: 1020}}
	d.engine.Practice.Holidays = "us-federal"
	d.file("ehr", header, "2025-11-27 10:00:01,1,ana,101,view,note,W1", "2025-11-27 10:02:01,2,ana,101,view,note,W1")
	p := coverage.Period{From: day(t, "2025-11-24"), To: day(t, "2025-11-30")}
	wantWords(t, d.evaluate(p.From.String(), p.To.String()), `closed by the practice's calendar \(a public holiday\)[.]`)
}

// TestOffHoursWhileThePracticeIsOpen is rated lower than the same when it is empty.
func TestOffHoursWhileThePracticeIsOpen(t *testing.T) {
	d := coreDesk(t, "hours.off-hours-unexplained")
	d.engine.Practice.Hours = []practice.Hours{{Days: []time.Weekday{time.Monday, time.Tuesday}, Open: 480, Close: 1020}}
	d.engine.Practice.ShiftMargin = 60
	d.file("roster", "user_id,name,role,department,hired_on,weekdays,shift_start,shift_end", "ana,Ana Berg,front desk,office,2020-01-01,mon,08:00,12:00")
	booked := []string{visits}
	for d := day(t, "2025-03-10"); d < day(t, "2025-03-30"); d++ {
		booked = append(booked, fmt.Sprintf("B%d,109,ana,%s 10:00,30,fulfilled", d, d))
	}
	d.file("appointments", booked...)
	d.file("ehr", header,
		"2025-03-17 12:59:01,1,ana,101,view,note,W1", // in the margin of the shift
		"2025-03-18 16:59:01,2,ana,102,view,note,W1", "2025-03-19 17:00:01,3,ana,103,view,note,W1", "2025-03-24 17:00:01,4,ana,104,view,note,W1")
	wantLevels(t, map[string]string{
		"hours.off-hours-unexplained ana 03-18": "medium 25", "hours.off-hours-unexplained ana 03-19": "medium 40",
		"hours.off-hours-unexplained ana 03-24": "medium 40",
	}, d.evaluate("2025-03-17", "2025-03-30"))
}

// deskDays are the days before in which ana works at one desk, or by turns at two.
func deskDays(days []string, turns ...string) []string {
	var rows []string
	for _, day := range days {
		if slices.Contains(turns, day) {
			rows = append(rows, byTurns(day, 9*60, 5, 300, []string{"EX1", "EX2"}, false)...)
			continue
		}
		for i := range 6 {
			rows = append(rows, fmt.Sprintf("%s 09:%02d:11,%s-%d,ana,%d,view,note,FD1", day, i*7, day, i, 900+i))
		}
	}
	return rows
}

// byTurns is work at one desk after the other, each time for two events, with a
// patient of the desk's own, or with a new one.
func byTurns(day string, minute, rounds, gap int, desks []string, newPatients bool) []string {
	start, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	at := start.Add(time.Duration(minute) * time.Minute)
	pause := min(gap/2, 30)
	var rows []string
	for i := range rounds * len(desks) {
		patient := 500 + i%len(desks)
		if newPatients {
			patient = 600 + i
		}
		for k := range 2 {
			rows = append(rows, fmt.Sprintf("%s,%sT%d-%d,ana,%d,view,note,%s", at.Format(time.DateTime), day, i, k, patient, desks[i%len(desks)]))
			at = at.Add(time.Duration(pause) * time.Second)
		}
		at = at.Add(time.Duration(gap-pause) * time.Second)
	}
	return rows
}

// TestMovingOrSharing: what one person can do by walking is rated lower than what
// takes two, and what an account has done before lower than what is new.
func TestMovingOrSharing(t *testing.T) {
	before := []string{"2025-03-10", "2025-03-11", "2025-03-12", "2025-03-13", "2025-03-14", "2025-03-17"}
	const today = "2025-03-18"
	two, three := []string{"FD1", "EX2"}, []string{"EX1", "EX2", "EX1", "EX3", "EX2", "EX3"}
	for _, tc := range []struct {
		name string
		rows []string
		want string
	}{
		{"two-people-with-minutes-between", append(deskDays(before), byTurns(today, 600, 5, 240, two, false)...), "medium"},
		{"two-people-with-seconds-between", append(deskDays(before), byTurns(today, 600, 5, 75, two, false)...), "medium"},
		{"two-or-three-returns-on-foot", append(deskDays(before), byTurns(today, 600, 2, 240, two, false)...), "low"},
		{"a-roaming-assistant-in-three-rooms", append(deskDays(before), byTurns(today, 600, 2, 240, three, true)...), "low"},
		{"two-rooms-on-the-first-day", append(deskDays(before), byTurns(today, 600, 5, 240, two, true)...), "medium"},
		{"two-rooms-on-the-third-day", append(deskDays(before, before[4], before[5]), byTurns(today, 540, 11, 240, two, true)...), "low"},
		{"two-rooms-on-two-of-five-days", append(deskDays(before[1:], before[2], before[4]), byTurns(today, 540, 11, 240, two, true)...), "low"},
		{"two-people-by-an-account-that-moves", append(deskDays(before, before[2], before[4]), byTurns(today, 540, 30, 16, two, false)...), "high"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := coreDesk(t, "shared.two-desks")
			d.file("ehr", append([]string{header}, tc.rows...)...)
			r := d.evaluate(today, today)
			if len(r.Findings) != 1 || string(r.Findings[0].Level) != tc.want {
				t.Errorf("%v, want %s", levels(r), tc.want)
				for _, f := range r.Findings {
					t.Logf("%s %v", f.Text, f.Score)
				}
			}
		})
	}
}

// A second name of one desk, such as a virtual desktop that one login alone has used
// for weeks, is no proof of two people; a desk that others use as well is.
func TestSwitchesToOnesOwnDevice(t *testing.T) {
	for _, c := range []struct{ name, second, want string }{
		{"own_device", "VDI-7", "medium 40"},
		{"shared_desk", "EXAM-2", "high 60"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := coreDesk(t, "shared.impossible-switch")
			var rows []string
			n := 0
			add := func(at, user, station string) {
				n++
				rows = append(rows, fmt.Sprintf("%s,%d,%s,%d,view,note,%s", at, n, user, 100+n, station))
			}
			for day := 3; day <= 14; day++ {
				add(fmt.Sprintf("2025-03-%02d 09:00:01", day), "ana", "FRONT-1")
				add(fmt.Sprintf("2025-03-%02d 10:00:02", day), "ana", c.second)
				add(fmt.Sprintf("2025-03-%02d 11:00:03", day), "bea", "FRONT-1")
				add(fmt.Sprintf("2025-03-%02d 12:00:04", day), "bea", "EXAM-2")
			}
			for i := range 4 {
				add(fmt.Sprintf("2025-03-18 09:00:%02d", 10+8*i), "ana", []string{"FRONT-1", c.second}[i%2])
			}
			d.file("ehr", append([]string{header}, rows...)...)
			wantLevels(t, map[string]string{"shared.impossible-switch ana 03-18": c.want}, d.evaluate("2025-03-17", "2025-03-23"))
		})
	}
}
