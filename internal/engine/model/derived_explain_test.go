package model_test

import (
	stdcmp "cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/engine/model"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/rules/models"
)

// window is the outcome of opening p1 on days beside a visit on day 0.
type window struct {
	name  string
	role  string
	staff []row
	visit row
	// other is a visit of another patient; teamed says that ann has one.
	other  row
	teamed bool
	days   []int
	want   []string
	lists  []row
	onCall []row
	covers []practice.Cover
}

func TestVisitsExplainWithinTheirWindows(t *testing.T) {
	pooled := func(name string, days []int, want ...string) window {
		return window{name: name, role: name, staff: []row{works("ann", name, "front"), works("doc", "clinician", "clinical")}, visit: visit(0, "doc"), days: days, want: want}
	}
	clinical := []row{works("ann", "clinician", "clinical"), works("doc", "clinician", "clinical")}
	cases := []window{
		{
			name: "own", role: "clinician", staff: []row{works("ann", "clinician", "")}, visit: visit(0, "ann"), days: []int{-8, -7, 30},
			want: []string{"-8 0 ", "-7 3 own_visit", "30 3 own_visit"},
		},
		{name: "own_too_late", role: "clinician", staff: []row{works("ann", "clinician", "")}, visit: visit(0, "ann"), days: []int{31}, want: []string{"31 0 "}},
		{name: "team_too_late", role: "clinician", staff: clinical, visit: visit(0, "doc"), days: []int{15}, want: []string{"15 0 "}},
		{name: "unknown_team_too_late", role: "clinician", staff: clinical, visit: visit(0, nil), days: []int{15}, want: []string{"15 0 "}},
		{
			name: "own_of_any_role", role: "it", staff: []row{works("ann", "it", "")}, visit: visit(0, "ann"), days: []int{0, 30},
			want: []string{"0 3 own_visit", "30 3 own_visit"},
		},
		{
			name: "team", role: "clinician", staff: clinical, visit: visit(0, "doc"), days: []int{-8, -7, 14, 60},
			want: []string{"-8 0 ", "-7 3 team_visit", "14 3 team_visit", "60 0 "},
		},
		{
			name: "team_of_another_department", role: "clinician",
			staff: []row{works("ann", "clinician", "surgery"), works("sue", "clinician", "surgery"), works("doc", "clinician", "clinical")},
			visit: visit(0, "doc"), other: visit(0, "sue"), days: []int{0}, want: []string{"0 0 "},
		},
		{
			name: "team_without_visits", role: "student", staff: []row{works("ann", "student", "students"), works("doc", "clinician", "clinical")},
			visit: visit(0, "doc"), days: []int{-8, -7, 14, 40}, want: []string{"-8 0 ", "-7 2 practice_visit", "14 2 practice_visit", "40 0 "},
		},
		{
			name: "team_of_front_desk_in_one_department", role: "front_desk", staff: []row{works("ann", "front_desk", "Clinic"), works("doc", "clinician", " clinic")},
			visit: visit(0, "doc"), days: []int{0}, want: []string{"0 2 practice_visit"},
		},
		{
			name: "team_of_technician_in_one_department", role: "it", staff: []row{works("ann", "it", "clinic"), works("doc", "clinician", "clinic")},
			visit: visit(0, "doc"), days: []int{0}, want: []string{"0 0 "},
		},
		{
			name: "configured_team", role: "billing", staff: []row{works("ann", "billing", "office"), works("doc", "clinician", "clinical")},
			lists: []row{{"list": "teams", "value": "Red", "value2": "Ann"}, {"list": "teams", "value": "red", "value2": "doc"}},
			visit: visit(1, "doc"), days: []int{0}, want: []string{"0 3 team_visit"},
		},
		{
			name: "team_not_known_of_person", role: "clinician", staff: []row{works("ann", "clinician", ""), works("doc", "clinician", "clinical")},
			visit: visit(0, "doc"), days: []int{-8, -7, 14, 40}, want: []string{"-8 0 ", "-7 2 practice_visit", "14 2 practice_visit", "40 0 "},
		},
		{
			name: "team_not_known_of_visit", role: "clinician", staff: clinical,
			visit: visit(0, nil), days: []int{-8, -7, 14, 40}, want: []string{"-8 0 ", "-7 2 practice_visit", "14 2 practice_visit", "40 0 "},
		},
		pooled("front_desk", []int{-15, -14, 7, 30}, "-15 0 ", "-14 2 practice_visit", "7 2 practice_visit", "30 0 "),
		pooled("assistant", []int{-4, -3, 7, 30}, "-4 0 ", "-3 2 practice_visit", "7 2 practice_visit", "30 0 "),
		pooled("nurse", []int{-4, -3, 7, 30}, "-4 0 ", "-3 2 practice_visit", "7 2 practice_visit", "30 0 "),
		pooled("billing", []int{-1, 0, 180, 200}, "-1 0 ", "0 2 practice_visit", "180 2 practice_visit", "200 0 "),
		pooled("lab", []int{-1, 0, 14, 40}, "-1 0 ", "0 2 practice_visit", "14 2 practice_visit", "40 0 "),
		pooled("manager", []int{-15, -14, 7, 30}, "-15 0 ", "-14 2 practice_visit", "7 2 practice_visit", "30 0 "),
		pooled("other", []int{-15, -14, 30, 60}, "-15 0 ", "-14 2 practice_visit", "30 2 practice_visit", "60 0 "),
		pooled("records", []int{-15, -14, 180, 200}, "-15 0 ", "-14 2 practice_visit", "180 2 practice_visit", "200 0 "),
		pooled("housekeeping", []int{0}, "0 0 "),
		pooled("vendor", []int{0}, "0 0 "),
		{
			name: "two_roles", role: "front_desk", staff: []row{works("ann", "front_desk", "a"), works("ann", "billing", "b"), works("doc", "clinician", "c")},
			visit: visit(0, "doc"), days: []int{-14, 180}, want: []string{"-14 2 practice_visit", "180 2 practice_visit"},
		},
		{
			name: "no_roster", role: "unknown", visit: visit(0, nil), days: []int{-15, -14, 180, 200},
			want: []string{"-15 0 ", "-14 2 practice_visit", "180 2 practice_visit", "200 0 "},
		},
		{
			name: "missed_visit", role: "clinician", staff: []row{works("ann", "clinician", "")}, days: []int{1},
			visit: row{"day_no": day0, "person_id": "ann", "status": "missed"}, want: []string{"1 3 own_visit"},
		},
		{
			name: "cover", role: "clinician", staff: []row{works("ann", "clinician", "a"), works("doc", "clinician", "b")}, visit: visit(0, "doc"),
			covers: []practice.Cover{{Person: "ANN ", For: "Doc", From: day0 - 31, To: day0 + 365}}, days: []int{-31, -30, 365, 366},
			want: []string{"-31 0 ", "-30 2 cover", "365 2 cover", "366 1 repeat"},
		},
		{
			name: "cover_far_from_visit", role: "clinician", staff: []row{works("ann", "clinician", "a"), works("doc", "clinician", "b")}, visit: visit(0, "doc"),
			covers: []practice.Cover{{Person: "ann", For: "doc"}}, days: []int{-31, 366}, want: []string{"-31 0 ", "366 0 "},
		},
		{
			name: "cover_expired", teamed: true, role: "clinician", staff: []row{works("ann", "clinician", "a"), works("doc", "clinician", "b")}, visit: visit(0, "doc"),
			covers: []practice.Cover{{Entry: practice.Entry{Expires: day0 + 9}, Person: "ann", For: "doc", From: day0}}, days: []int{9, 40},
			want: []string{"9 2 cover", "40 0 "},
		},
		{
			name: "cover_of_somebody_else", teamed: true, role: "clinician", staff: []row{works("ann", "clinician", "a"), works("doc", "clinician", "b"), works("eve", "clinician", "c")},
			visit: visit(0, "doc"), covers: []practice.Cover{{Person: "ann", For: "eve"}}, days: []int{1}, want: []string{"1 0 "},
		},
		{
			name: "on_call", role: "clinician", staff: []row{works("ann", "clinician", "a"), works("doc", "clinician", "b")}, visit: visit(0, "doc"),
			// From 10 in the morning of day 40 for two hours; the accesses are at 10.
			onCall: []row{{"person_id": "ann", "from_s": (day0+40)*86400 + 36000, "to_s": (day0+40)*86400 + 43200}}, days: []int{39, 40, 41},
			want: []string{"39 0 ", "40 2 cover", "41 1 repeat"},
		},
		{
			name: "writing_up_after_on_call", role: "clinician", staff: []row{works("ann", "clinician", "a"), works("doc", "clinician", "b")}, visit: visit(0, "doc"),
			onCall: []row{
				{"person_id": "ann", "from_s": (day0+39)*86400 + 79200, "to_s": (day0+40)*86400 - 7200 + 1}, // to just after 22 o'clock
				{"person_id": "ann", "from_s": (day0+79)*86400 + 72000, "to_s": (day0+80)*86400 - 7200},     // to 22 o'clock
			}, days: []int{40, 80}, want: []string{"40 2 cover", "80 0 "},
		},
		{
			name: "on_call_for_a_stranger", role: "clinician", staff: []row{works("ann", "clinician", "a"), works("doc", "clinician", "b")}, visit: visit(0, "doc"),
			onCall: []row{{"person_id": "ann", "from_s": 0, "to_s": (day0 + 900) * 86400}}, days: []int{-31, 366}, want: []string{"-31 0 ", "366 0 "},
		},
	}
	for _, c := range []struct {
		role string
		day  int
	}{{"front_desk", 8}, {"manager", 8}, {"assistant", 8}, {"nurse", 8}, {"billing", 181}, {"lab", 15}, {"records", 181}, {"other", 31}, {"unknown", 181}} {
		late := pooled(c.role, []int{c.day}, strconv.Itoa(c.day)+" 0 ")
		late.name += "_too_late"
		cases = append(cases, late)
	}
	clinician := pooled("clinician", []int{0}, "0 0 ") // of another department
	clinician.teamed = true
	cases = append(cases, clinician)
	given, in := tables{"visit_day": reached(-200, 400)}, model.DerivedInput{}
	for _, c := range cases {
		own := tables{"staff_period": c.staff, "visit": []row{c.visit}, "list_entry": c.lists, "oncall": c.onCall}
		// Whoever sees patients of their own has a team that is known to do so.
		seen := visit(0, "ann")
		if c.other != nil {
			seen = c.other
		}
		if c.other != nil || c.teamed {
			seen["patient_id"] = "p2"
			own["visit"] = append(own["visit"], seen)
			own["events"] = append(own["events"], at(99, 0, 10, row{"patient_id": "p2", "user_id": "zoe", "person_id": "zoe"}))
		}
		for i, day := range c.days {
			own["events"] = append(own["events"], at(i, day, 10, row{"role": c.role}))
		}
		for name, rows := range scoped(c.name, own) {
			given[name] = append(given[name], rows...)
		}
		for _, x := range c.covers {
			x.Person, x.For = c.name+"."+x.Person, c.name+"."+x.For
			in.Practice.Covers = append(in.Practice.Covers, x)
		}
	}
	withModels(t, given, in, func(ctx context.Context, s *store.Session) {
		for _, c := range cases {
			if diff := cmp.Diff(c.want, accessesOf(ctx, t, s, c.name)); diff != "" {
				t.Errorf("%s: accesses (-want +got):\n%s", c.name, diff)
			}
		}
	})
}

func TestRecordsExplain(t *testing.T) {
	staff := func(role string) []row {
		return []row{works("ann", stdcmp.Or(role, "front_desk"), "front"), works("doc", "clinician", "clinical"), works("eve", "billing", "front")}
	}
	ann := func(id, day int, r row) row {
		e := at(id, day, 10, row{"role": "front_desk"})
		maps.Copy(e, r)
		return e
	}
	other := func(id, day int, r row) row {
		e := at(id, day, 12, row{"user_id": "doc", "person_id": "doc", "role": "clinician", "is_write": 1, "action": "create"})
		maps.Copy(e, r)
		return e
	}
	edit := row{"action": "update", "record_type": "appointment", "is_write": 1}
	type records struct {
		name     string
		role     string // of ann; the front desk
		events   []row
		visits   []row
		reach    int
		reviewed []model.ReviewedPair
		want     []string // of ann
	}
	cases := []records{
		{name: "scheduling", events: []row{ann(1, 0, edit)}, visits: []row{visit(180, "doc")}, reach: 300, want: []string{"0 2 scheduling"}},
		{name: "scheduling_of_no_appointment", events: []row{ann(1, 0, edit)}, visits: []row{visit(181, "doc")}, reach: 300, want: []string{"0 0 "}},
		{name: "scheduling_beyond_the_data", events: []row{ann(1, 0, edit)}, reach: 29, want: []string{"0 1 scheduling"}},
		{name: "scheduling_within_the_data", events: []row{ann(1, 0, edit)}, reach: 30, want: []string{"0 0 "}},
		{name: "scheduling_of_another_day", events: []row{ann(1, 0, edit), ann(2, 1, nil)}, reach: 0, want: []string{"0 1 scheduling"}},
		{name: "appointment_only_viewed", events: []row{ann(1, 0, row{"record_type": "appointment"})}, visits: []row{visit(100, "doc")}, reach: 300, want: []string{"0 0 "}},
		{
			name: "inbound_contact", events: []row{ann(1, 0, nil), other(2, 0, row{"record_type": "message"})}, reach: 300,
			want: []string{"0 2 inbound_contact"},
		},
		{
			name: "contact_by_the_portal", events: []row{ann(1, 0, nil), other(2, 0, row{"record_type": "message", "user_type": "patient", "user_id": "p1", "person_id": "p1"})}, reach: 300,
			want: []string{"0 2 inbound_contact"},
		},
		{
			name: "contact_by_an_interface", events: []row{ann(1, 0, nil), other(2, 0, row{"record_type": "document", "user_type": "system", "user_id": nil, "person_id": nil, "interactive": 0})}, reach: 300,
			want: []string{"0 2 inbound_contact"},
		},
		{
			name: "contact_by_oneself", events: []row{ann(1, 0, row{"record_type": "message", "action": "create"})}, reach: 300,
			want: []string{"0 0 "},
		},
		{
			name: "contact_by_ones_other_account", reach: 300,
			events: []row{ann(1, 0, nil), other(2, 0, row{"record_type": "message", "user_id": "ann2", "person_id": "ann"})},
			want:   []string{"0 0 ", "0 0 "},
		},
		{name: "contact_by_nobody", events: []row{ann(1, 0, nil), other(2, 0, row{"record_type": "message", "user_id": nil, "person_id": nil})}, reach: 300, want: []string{"0 0 "}},
		{name: "contact_the_day_before", events: []row{ann(1, 0, nil), other(2, -1, row{"record_type": "message"})}, reach: 300, want: []string{"0 0 "}},
		{name: "contact_read", events: []row{ann(1, 0, nil), other(2, 0, row{"record_type": "message", "action": "view"})}, reach: 300, want: []string{"0 0 "}},
		{name: "contact_refused", events: []row{ann(1, 0, nil), other(2, 0, row{"record_type": "message", "outcome": "failure"})}, reach: 300, want: []string{"0 0 "}},
		{
			name: "contact_for_a_technician", role: "it", events: []row{at(1, 0, 10, row{"role": "it"}), other(2, 0, row{"record_type": "message"})}, reach: 300,
			want: []string{"0 0 "},
		},
		{
			// The visit was 30 days ago: doc's own, too long ago for the front desk.
			name: "order", events: []row{ann(1, -4, nil), ann(2, -3, nil), ann(3, 3, nil), ann(4, 20, nil), other(5, 0, row{"record_type": "order"})},
			visits: []row{visit(-30, "doc")}, reach: 300, want: []string{"-4 0 ", "-3 2 order_result", "3 2 order_result", "20 0 "},
		},
		{name: "order_that_is_not_explained", events: []row{ann(1, 1, nil), other(2, 0, row{"record_type": "order"})}, reach: 300, want: []string{"1 0 "}},
		{
			name: "order_only_viewed", events: []row{ann(1, 1, nil), other(2, 0, row{"record_type": "order", "action": "view"})}, visits: []row{visit(-30, "doc")}, reach: 300,
			want: []string{"1 0 "},
		},
		{
			name: "order_of_no_clinician", events: []row{ann(1, 1, nil), other(2, 0, row{"record_type": "order", "user_id": "eve", "person_id": "eve", "role": "billing"})},
			visits: []row{visit(-30, "doc")}, reach: 300, want: []string{"1 0 "},
		},
		{
			name: "order_for_another_clinician", visits: []row{visit(-30, "doc")}, reach: 300,
			events: []row{at(1, 1, 10, row{"role": "clinician"}), other(2, 0, row{"record_type": "order"})},
			want:   []string{"1 0 "},
		},
		{
			name: "reviewed", events: []row{ann(1, 0, nil), ann(2, 1, nil), ann(3, 2, nil)}, reach: 300,
			reviewed: []model.ReviewedPair{{PersonID: "ann", PatientID: "p1", FromDay: day0 + 1, ExpiresDay: day0 + 1}},
			want:     []string{"0 0 ", "1 1 reviewed", "2 0 "},
		},
		{
			name: "reviewed_of_another_patient", events: []row{ann(1, 0, nil)}, reach: 300,
			reviewed: []model.ReviewedPair{{PersonID: "ann", PatientID: "p2"}, {PersonID: "doc", PatientID: "p1"}},
			want:     []string{"0 0 "},
		},
		{
			name: "reviewed_account", reach: 300, events: []row{ann(1, 0, row{"user_id": "annacc"})},
			reviewed: []model.ReviewedPair{{PersonID: "annacc", PatientID: "p1"}}, want: []string{"0 1 reviewed"},
		},
		{
			name: "repeat", events: []row{ann(1, 0, nil), ann(2, 12, nil), ann(3, 21, nil), ann(4, 22, nil)}, visits: []row{visit(0, "doc")}, reach: 300,
			want: []string{"0 2 practice_visit", "12 1 repeat", "21 0 ", "22 0 "},
		},
		{
			name: "repeat_at_its_edge", events: []row{ann(1, 7, nil), ann(2, 21, nil)}, visits: []row{visit(0, "doc")}, reach: 300,
			want: []string{"7 2 practice_visit", "21 1 repeat"},
		},
		{
			name: "authored", events: []row{ann(1, 0, row{"action": "create", "record_type": "clinical_note"}), ann(2, 92, nil), ann(3, 93, nil)}, visits: []row{visit(0, "doc")}, reach: 400,
			want: []string{"0 2 practice_visit", "92 1 authored_earlier", "93 0 "},
		},
		{
			name: "authored_but_administrative", events: []row{ann(1, 0, row{"action": "create", "record_type": "demographics"}), ann(2, 60, nil)}, visits: []row{visit(0, "doc")}, reach: 400,
			want: []string{"0 2 practice_visit", "60 0 "},
		},
		{
			name: "who_looks_every_day_explains_nothing", reach: 300,
			events: []row{ann(1, 0, row{"action": "create", "record_type": "clinical_note"}), ann(2, 1, row{"action": "create"}), ann(3, 2, nil), ann(4, 3, nil)},
			want:   []string{"0 0 ", "1 0 ", "2 0 ", "3 0 "},
		},
	}
	for _, reach := range []int{0, 29, 30, 300, 400} {
		given, in := tables{"visit_day": reached(-200, reach)}, model.DerivedInput{}
		some := slices.DeleteFunc(slices.Clone(cases), func(c records) bool { return c.reach != reach })
		for _, c := range some {
			for name, rows := range scoped(c.name, tables{"events": c.events, "staff_period": staff(c.role), "visit": c.visits}) {
				given[name] = append(given[name], rows...)
			}
			for _, r := range c.reviewed {
				r.PersonID, r.PatientID = c.name+"."+r.PersonID, c.name+"."+r.PatientID
				in.Reviewed = append(in.Reviewed, r)
			}
		}
		withModels(t, given, in, func(ctx context.Context, s *store.Session) {
			for _, c := range some {
				if diff := cmp.Diff(c.want, accessesOf(ctx, t, s, c.name)); diff != "" {
					t.Errorf("%s: accesses (-want +got):\n%s", c.name, diff)
				}
			}
		})
	}
}

func TestEveryExplanationIsKept(t *testing.T) {
	given := tables{
		"events": {
			at(1, 0, 10, row{"role": "clinician", "action": "create"}),
			at(2, 1, 10, row{"role": "clinician", "action": "update", "record_type": "appointment"}),
			at(3, 1, 11, row{"role": "clinician", "action": "create", "record_type": "message", "user_id": "eve", "person_id": "eve"}),
		},
		"staff_period": {works("ann", "clinician", "clinical"), works("doc", "clinician", "clinical")},
		"visit":        {visit(0, "ann"), visit(2, "doc")},
		"visit_day":    reached(-20, 60),
	}
	expect(t, given, model.DerivedInput{Reviewed: []model.ReviewedPair{{PersonID: "ann", PatientID: "p1"}}},
		"SELECT patient_id, day_no - 20000, reason, strength FROM "+model.Explanations+" WHERE user_id = 'ann' ORDER BY day_no, strength DESC, reason",
		"p1 0 own_visit 3", "p1 0 team_visit 3", "p1 0 reviewed 1",
		"p1 1 own_visit 3", "p1 1 team_visit 3", "p1 1 inbound_contact 2", "p1 1 scheduling 2", "p1 1 authored_earlier 1", "p1 1 repeat 1", "p1 1 reviewed 1")
}

func TestReasonsAreOrderedByStrength(t *testing.T) {
	var got []int
	names := map[string]bool{}
	for _, r := range model.Reasons() {
		got, names[r.Name] = append(got, r.Strength), true
	}
	if diff := cmp.Diff([]int{3, 3, 2, 2, 2, 2, 2, 1, 1, 1, 1}, got); diff != "" {
		t.Errorf("strengths (-want +got):\n%s", diff)
	}
	if len(names) != 10 {
		t.Errorf("%d names, want 10", len(names))
	}
}

func TestWhatCannotBeJudged(t *testing.T) {
	open := func(days ...int) []row {
		var events []row
		for i, d := range days {
			events = append(events, at(i, d, 10, row{"role": "front_desk"}))
		}
		return events
	}
	for _, c := range []struct {
		name   string
		events []row
		days   []row
		want   []string
	}{
		{"no_appointments", open(0, 1), nil, []string{"ann 0 0  0", "ann 1 0  0"}},
		{"begin", open(6, 7), reached(0, 20), []string{"ann 6 0  0", "ann 7 0  1"}},
		{"end", open(20, 21), reached(0, 20), []string{"ann 20 0  1", "ann 21 0  0"}},
		{"long_pause", open(20, 31, 38), slices.Concat(reached(0, 20), reached(26, 60)), []string{"ann 20 0  1", "ann 31 0  0", "ann 38 0  1"}},
		{"short_pause", open(20, 22, 25), slices.Concat(reached(0, 20), reached(25, 60)), []string{"ann 20 0  1", "ann 22 0  0", "ann 25 0  1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			expect(t, tables{"events": c.events, "visit_day": c.days}, model.DerivedInput{}, opens, c.want...)
		})
	}
}

func TestWhatAnAccessIs(t *testing.T) {
	given := tables{"events": {
		at(11, 0, 10, row{"action": "print", "is_taking": 1, "off_hours": 1, "ts_s": 500, "break_glass": 1}),
		at(10, 0, 10, row{"action": "update", "is_write": 1, "ip_class": "external", "is_clinical": 0, "ts_s": 500}),
		at(12, 0, 13, row{"ts_s": 900}),
		at(13, 0, 13, row{"outcome": "failure"}),
		at(14, 0, 13, row{"interactive": 0}),
		at(15, 0, 13, row{"user_type": "system", "user_id": "job"}),
		at(16, 0, 13, row{"user_type": "patient", "user_id": "portal"}),
		at(17, 0, 13, row{"user_id": nil, "person_id": nil}),
		at(18, 0, 13, row{"patient_id": nil}),
		at(19, 1, 9, row{"user_id": "ann2", "patient_id": "name:o'hara"}),
	}, "visit_day": reached(-20, 20)}
	withModels(t, given, model.DerivedInput{}, func(ctx context.Context, s *store.Session) {
		for _, c := range []struct {
			query string
			want  []string
		}{
			{"SELECT * FROM first_open ORDER BY user_id", []string{
				"main ann ann unknown p1 20000 500 900 10 3 1 2 1 1 1 0  1",
				"main ann2 ann unknown name:o'hara 20001 1728118800 1728118800 19 1 0 1 0 0 0 0  1",
			}},
			{"SELECT * FROM explained ORDER BY event_id", []string{
				"main 10 ann p1 20000 0  1", "main 11 ann p1 20000 0  1", "main 12 ann p1 20000 0  1", "main 19 ann2 name:o'hara 20001 0  1",
			}},
		} {
			if diff := cmp.Diff(c.want, derivedRows(ctx, t, s, c.query)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.query, diff)
			}
		}
	})
}

func TestColumnsAreAsDocumented(t *testing.T) {
	withModels(t, nil, model.DerivedInput{}, func(ctx context.Context, s *store.Session) {
		for _, name := range derived() {
			m, ok := models.ByName(name)
			if !ok {
				t.Fatalf("there is no model %s", name)
			}
			var want []string
			for _, c := range m.Columns {
				want = append(want, c.Name+" "+map[models.Type]string{models.Integer: "BIGINT", models.Real: "DOUBLE", models.Text: "VARCHAR"}[c.Type])
			}
			got := derivedRows(ctx, t, s, "SELECT column_name, column_type FROM (DESCRIBE "+name+")")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("columns of %s (-want +got):\n%s", name, diff)
			}
		}
	})
}
