package model_test

import (
	"context"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/engine/model"
	"github.com/chartwatch/chartwatch/internal/store"
)

// patientsOn are events of a user who opens n patients in an hour of a day.
func patientsOn(user string, day, hour, n int, r row) []row {
	var events []row
	for i := range n {
		all := row{"user_id": user, "person_id": user, "patient_id": "p" + string(rune('a'+i/26)) + string(rune('a'+i%26))}
		maps.Copy(all, r)
		events = append(events, at(day*10_000+hour*200+i, day, hour, all))
	}
	return events
}

// check compares the rows of several queries.
func check(ctx context.Context, t *testing.T, s *store.Session, wants map[string][]string) {
	t.Helper()
	for query, want := range wants {
		if diff := cmp.Diff(want, derivedRows(ctx, t, s, query)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

func TestUserDay(t *testing.T) {
	var events []row
	for day := range 29 {
		events = append(events, patientsOn("ann", day*2, 9, 40, nil)...) // 29 active days, every other one
	}
	events = append(events, patientsOn("ann", 58, 9, 90, row{"action": "export", "is_taking": 1})...)
	for day, n := range []int{2, 4, 12, 5} {
		events = append(events, patientsOn("bob", day, 9, n, row{"action": "print", "is_taking": 1})...)
	}
	events = append(
		events,
		at(900_001, 3, 9, row{"user_id": "bob", "person_id": "bob", "patient_id": "paa", "off_hours": 1}),
		at(900_002, 3, 9, row{"user_id": "bob", "person_id": "bob", "patient_id": "paa", "off_hours": 1, "break_glass": 1}),
		at(900_003, 4, 9, row{"user_id": "bob", "person_id": "bob", "patient_id": nil, "action": "login", "record_type": "session"}),
		at(900_004, 5, 9, row{"user_id": "bob", "person_id": "bob", "patient_id": nil, "action": "login_failed", "outcome": "failure"}),
	)
	withModels(t, tables{"events": events, "visit_day": reached(-30, 3)}, model.DerivedInput{}, func(ctx context.Context, s *store.Session) {
		check(ctx, t, s, map[string][]string{
			// The 28 active days before: the day itself and the first one are not in it.
			"SELECT patients, med_patients, mad_patients, med_taken, hist_days FROM user_day WHERE user_id = 'ann' AND day_no = 20058":                 {"90 40 0 0 28"},
			"SELECT ROUND((patients - med_patients) / (1.4826 * GREATEST(mad_patients, 0.1 * med_patients, 2)), 1) FROM user_day WHERE day_no = 20058": {"8.4"},
			"SELECT day_no - 20000, patients, taken, unexplained, glass, off_hours, med_patients, mad_patients, med_taken, mad_taken, hist_days FROM user_day WHERE user_id = 'bob' ORDER BY day_no": {
				"0 2 2 2 0 0 <nil> <nil> <nil> <nil> 0",
				"1 4 4 4 0 0 2 0 2 0 1",
				"2 12 12 12 0 0 3 1 3 1 2",
				"3 5 5 5 1 1 4 2 4 2 3", // of 2, 4 and 12
				"4 0 0 0 0 0 4.5 1.5 4.5 1.5 4",
			},
			"SELECT site, person_id, role FROM user_day WHERE user_id = 'bob' AND day_no = 20004": {"main bob unknown"},
		})
	})
}

func TestDeletions(t *testing.T) {
	del := func(id int, r row) row {
		all := row{"action": "delete", "is_write": 1}
		maps.Copy(all, r)
		return at(id, 0, 10, all)
	}
	given := tables{"events": {
		del(1, nil), del(2, nil), del(3, row{"outcome": "failure"}), del(4, row{"patient_id": nil}),
		// Three statements of one deletion, and one of another patient.
		del(5, row{"granularity": "sql"}), del(6, row{"granularity": "sql"}), del(7, row{"granularity": "sql", "record_type": "billing"}),
		del(8, row{"granularity": "sql", "patient_id": "p2"}),
		at(9, 0, 11, nil),
	}}
	withModels(t, given, model.DerivedInput{}, func(ctx context.Context, s *store.Session) {
		check(ctx, t, s, map[string][]string{
			"SELECT deletes FROM user_day": {"5"},
			"SELECT hour_no - 480000, patients, deletes FROM user_hour ORDER BY hour_no": {"10 2 5", "11 1 0"},
		})
	})
}

func TestUserHour(t *testing.T) {
	var events []row
	for day := range 30 { // one hour of 30 patients 29 days before the last, which has 31 and 2
		n := 3
		if day == 1 {
			n = 30
		}
		events = append(events, patientsOn("ann", day, 9, n, nil)...)
	}
	events = append(events, patientsOn("ann", 29, 10, 31, nil)...)
	events = append(events, at(1, 29, 9, row{"patient_id": "paa", "ts_s": (day0+29)*86400 + 9*3600 + 77}), at(2, 29, 11, row{"patient_id": nil}))
	withModels(t, tables{"events": events, "visit_day": reached(-30, 40)}, model.DerivedInput{}, func(ctx context.Context, s *store.Session) {
		check(ctx, t, s, map[string][]string{
			"SELECT site, user_id, person_id, hour_no - 480000, day_no, first_s - hour_no * 3600, last_s - hour_no * 3600, patients, unexplained, deletes, p99_patients, hist_days FROM user_hour WHERE day_no = 20029 ORDER BY hour_no": {
				"main ann ann 705 20029 0 77 3 3 0 30 28",
				"main ann ann 706 20029 0 0 31 31 0 30 28",
				"main ann ann 707 20029 0 0 0 0 0 30 28",
			},
			"SELECT p99_patients, hist_days FROM user_hour WHERE day_no IN (20000, 20001, 20002) ORDER BY day_no": {"<nil> 0", "3 1", "30 2"},
		})
	})
}

func TestUserHourForgets(t *testing.T) {
	var events []row
	for _, day := range []int{0, 28, 29} {
		events = append(events, patientsOn("ann", day, 9, 30-day, nil)...)
	}
	expect(t, tables{"events": events}, model.DerivedInput{}, "SELECT day_no - 20000, patients, p99_patients, hist_days FROM user_hour ORDER BY day_no",
		"0 30 <nil> 0", "28 2 30 1", "29 1 2 1")
}

func TestUserWeek(t *testing.T) {
	// day0 is a Friday: its week begins at day -4.
	nurse := row{"role": "nurse"}
	var events []row
	add := func(user string, day, n int, r row) { events = append(events, patientsOn(user, day, 9, n, r)...) }
	add("ann", -4, 2, nurse)
	add("ann", 2, 3, nurse) // Sunday of the same week, two patients as on Monday
	add("bob", 0, 5, nurse)
	add("cat", 0, 90, row{"role": "billing"})
	add("ann", 3, 1, nurse) // Monday
	add("dot", 3, 4, row{"role": "nurse", "is_clinical": 0, "break_glass": 1})
	add("ann", 52, 2, nurse) // Monday 8 weeks after the first
	add("ann", 59, 1, nurse) // the first week is forgotten
	withModels(t, tables{"events": events, "visit_day": reached(-30, 70)}, model.DerivedInput{}, func(ctx context.Context, s *store.Session) {
		check(ctx, t, s, map[string][]string{
			"SELECT user_id, role, week_day - 20000, patients, unexplained, glass, peers, peer_p95_unexplained, peer_p95_glass, hist_weeks FROM user_week ORDER BY user_id, week_day": {
				"ann nurse -4 3 3 0 0 <nil> <nil> 0",
				"ann nurse 3 1 1 0 1 5 0 1",
				"ann nurse 52 2 2 0 2 5 4 2",
				"ann nurse 59 1 1 0 1 2 4 2",
				"bob nurse -4 5 5 0 0 <nil> <nil> 0",
				"cat billing -4 90 90 0 0 <nil> <nil> 0",
				"dot nurse 3 0 0 4 2 5 0 1",
			},
			"SELECT COUNT(*) FROM user_week WHERE (week_day + 3) % 7 <> 0": {"0"},
		})
	})
}

func TestUserFirst(t *testing.T) {
	given := tables{"events": {
		at(1, 0, 9, row{"workstation": "FD1", "action": "view", "record_type": "order"}),
		at(2, 1, 9, row{"workstation": "FD1", "action": "print", "record_type": "order", "ip": "198.51.100.7", "ip_class": "onsite"}),
		at(3, 2, 9, row{"workstation": "FD2", "ip": "198.51.100.9", "ip_class": "external"}),
		at(4, 2, 8, row{"workstation": "FD2", "ip": "198.51.100.200", "ip_class": "external", "action": "login", "record_type": ""}),
		at(5, 2, 7, row{"workstation": "FD3", "outcome": "failure", "action": "login_failed", "ip": "203.0.113.1", "ip_class": "external"}),
		at(6, 190, 9, row{"workstation": "FD1", "ip": "[2001:db8:1:2::5]:443", "ip_class": "external", "record_type": "image"}),
		at(7, 190, 9, row{"ip": "no address", "ip_class": "external", "record_type": "image"}),
	}}
	expect(t, given, model.DerivedInput{}, "SELECT site, user_id, kind, thing, first_s - day_no * 86400, day_no - 20000, prior_active_days FROM user_first ORDER BY kind, thing",
		"main ann activity clinical_note/view 32400 2 2",
		"main ann activity image/view 32400 190 0",
		"main ann activity order/print 32400 1 1",
		"main ann activity order/view 32400 0 0",
		"main ann network 198.51.100.0/24 28800 2 2",
		"main ann network 2001:db8:1::/48 32400 190 0",
		"main ann workstation FD1 32400 0 0",
		"main ann workstation FD2 28800 2 2")
}

func TestNetworks(t *testing.T) {
	for in, want := range map[string]string{
		"198.51.100.7": "198.51.100.0/24", "198.51.100.7:8080": "198.51.100.0/24", "::ffff:198.51.100.7": "198.51.100.0/24",
		"2001:db8:1:2::5": "2001:db8:1::/48", "fe80::1%eth0": "fe80::/48", "[2001:db8::1]": "2001:db8::/48", " 198.51.100.7 ": "198.51.100.0/24",
		"": "", "front desk": "", "198.51.100": "",
	} {
		if got := model.NetworkOf(in); got != want {
			t.Errorf("network of %q = %q, want %q", in, got, want)
		}
	}
}
