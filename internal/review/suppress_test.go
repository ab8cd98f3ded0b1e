package review_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/review"
	"github.com/chartwatch/chartwatch/rules"
)

type match = map[string][]string

// exception is one that nothing is wrong with, about ct.
func exception(change ...func(*review.Suppression)) review.Suppression {
	s := review.Suppression{
		Rule: "site.bulk.exports", Match: match{"subject": {"ct"}}, ReasonCode: "duty", Text: "sends records to the hospital", By: ruth, Starts: 20164, // 2025-03-17
	}
	for _, c := range change {
		c(&s)
	}
	return s
}

// states writes where each finding stands.
func (d *desk) states() map[string]review.State {
	all := map[string]review.State{}
	for key, x := range d.items() {
		all[key] = x.State
	}
	return all
}

func TestExceptionsThatAreRefused(t *testing.T) {
	d := newDesk(t, rule(t, "exports", "high", ""))
	d.file("ehr", exports()...)
	d.evaluate(week)
	today := day(t, "2025-03-25")
	const own = "nobody can close or hide a finding about themself or their household"
	for _, tc := range []struct {
		name   string
		change func(*review.Suppression)
		kind   fault.Kind
		want   string
	}{
		{"nobody", func(s *review.Suppression) { s.By = " " }, fault.Usage, "who makes the exception is missing"},
		{"no-rule", func(s *review.Suppression) { s.Rule = "" }, fault.Usage, "an exception is for one rule or for one category"},
		{"rule-and-category", func(s *review.Suppression) { s.Category = rules.Bulk }, fault.Usage, "an exception is for one rule or for one category"},
		{"no-such-category", func(s *review.Suppression) { s.Rule, s.Category = "", "everything" }, fault.Usage, `there is no category "everything"`},
		{"no-reason", func(s *review.Suppression) { s.ReasonCode = "" }, fault.Usage, "the kind of reason is missing"},
		{"no-such-reason", func(s *review.Suppression) { s.ReasonCode = "because" }, fault.Usage, "the kind of reason is missing"},
		{"short-text", func(s *review.Suppression) { s.Text = "  it is fine     " }, fault.Usage, "the reason must have 15 characters or more"},
		{"no-such-effect", func(s *review.Suppression) { s.Effect = "delete" }, fault.Usage, `there is no effect "delete"`},
		{"over-already", func(s *review.Suppression) { s.Expires = today - 1 }, fault.Usage, "the exception would already be over"},
		{"too-long", func(s *review.Suppression) { s.Expires = today + 366 }, fault.Usage, "an exception holds for at most 365 days"},
		{"a-long-project", func(s *review.Suppression) { s.ReasonCode, s.Expires = "project", today+31 }, fault.Usage, "an exception holds for at most 30 days"},
		{"wildcard", func(s *review.Suppression) { s.Match = match{"subject": {"c*"}} }, fault.Usage, "an exception names people and devices one by one"},
		{"percent", func(s *review.Suppression) { s.Match = match{"workstation": {"%"}} }, fault.Usage, "an exception names people and devices one by one"},
		{"empty-value", func(s *review.Suppression) { s.Match = match{"subject": {""}} }, fault.Usage, "an exception names people and devices one by one"},
		{"everybody", func(s *review.Suppression) { s.Match = nil }, fault.Usage, "an exception must name a person, an account or a workstation"},
		{"patients-only", func(s *review.Suppression) { s.Match = match{"patient_id": {"104"}} }, fault.Usage, "an exception must name a person, an account or a workstation"},
		{"no-values", func(s *review.Suppression) { s.Match = match{"subject": {}} }, fault.Usage, "an exception must name a person, an account or a workstation"},
		{"own", func(s *review.Suppression) { s.By = cora }, fault.Conflict, own},
		{"own-of-later", func(s *review.Suppression) { s.By, s.Match = cora, match{"subject": {"ct"}, "workstation": {"W9"}} }, fault.Conflict, own},
		{"own-person", func(s *review.Suppression) { s.By, s.Match = cora, match{"person_id": {"ct"}} }, fault.Conflict, own},
		{"by-the-device", func(s *review.Suppression) { s.By, s.Match = cora, match{"workstation": {"w1"}} }, fault.Conflict, own},
		{"of-the-household", func(s *review.Suppression) { s.By, s.Match = bo, match{"subject": {"zq"}} }, fault.Conflict, own},
		{"approved-by-the-subject", func(s *review.Suppression) { s.Approved = cora }, fault.Conflict, own},
		{"approved-by-the-subject-of-later", func(s *review.Suppression) {
			s.Approved, s.Match = cora, match{"user_id": {"CT"}, "workstation": {"W9"}}
		}, fault.Conflict, own},
		{"high-alone", func(*review.Suppression) {}, fault.Usage, "hiding findings of level high or critical takes two people"},
		{"approved-by-oneself", func(s *review.Suppression) { s.Approved = "ruth winters" }, fault.Usage, "takes two people"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p, err := d.reviewer.Suppress(t.Context(), exception(tc.change), false)
			d.refused(err, tc.kind, tc.want)
			if p.Saved {
				t.Error("it was saved")
			}
		})
	}
	for key, state := range d.states() {
		if state != review.New {
			t.Errorf("%s is %s", key, state)
		}
	}
	if list, err := d.reviewer.Suppressions(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("exceptions %v, %v", list, err)
	}
	_, err := d.reviewer.Lift(t.Context(), "nosuchid", ruth, "because")
	d.refused(err, fault.NotFound, "there is no exception nosuchid in force")
}

// lineIDs are the findings of a preview.
func (d *desk) lineIDs(list []review.CoveredLine) []string {
	keys := []string{}
	for key, x := range d.items() {
		if slices.ContainsFunc(list, func(l review.CoveredLine) bool { return l.ID == x.ID && l.Text == x.Text && l.Level == x.Level }) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func TestAnExceptionFromItsPreviewToItsEnd(t *testing.T) {
	d := newDesk(t, rule(t, "exports", "high", ""))
	d.file("ehr", exports()...)
	d.evaluate(week)
	x := d.items()["ct 03-19"]
	s := d.reviewer.SuppressionFor(&x, review.Suppression{ReasonCode: "duty", Text: "sends records to the hospital", By: ruth, Approved: bo})
	p, err := d.reviewer.Suppress(t.Context(), s, true)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.lineIDs(p.Hides); p.Saved || !slices.Equal(got, []string{"ct 03-19"}) {
		t.Errorf("the preview hides %v, saved %v", got, p.Saved)
	}
	if diff := cmp.Diff([]string{"bo 03-20", "zq 03-17", "zq 03-18"}, d.lineIDs(p.Leaves)); diff != "" {
		t.Errorf("the preview leaves (-want +got):\n%s", diff)
	}
	if d.items()["ct 03-19"].State != review.New {
		t.Error("a preview hides something")
	}
	p, err = d.reviewer.Suppress(t.Context(), s, false)
	if err != nil || !p.Saved {
		t.Fatalf("Suppress = %+v, %v", p, err)
	}
	want := review.Suppression{
		ID: p.Suppression.ID, Rule: "site.bulk.exports", Match: match{"subject": {"ct"}}, Effect: review.Hide, ReasonCode: "duty", Text: "sends records to the hospital",
		Starts: day(t, "2025-03-19"), Expires: day(t, "2025-06-23"), By: ruth, At: p.Suppression.At, Approved: bo,
	}
	if diff := cmp.Diff(want, p.Suppression); diff != "" || len(p.Suppression.ID) != 8 || p.Suppression.At.IsZero() {
		t.Errorf("the exception (-want +got):\n%s", diff)
	}
	hidden := d.items()["ct 03-19"]
	if hidden.State != review.Suppressed || hidden.SuppressedBy != p.Suppression.ID || hidden.Listed() {
		t.Errorf("the finding is %s by %q", hidden.State, hidden.SuppressedBy)
	}
	// It hides what comes later, too, and nobody else's.
	d.file("ehr", header, "2025-03-26 09:00:00,20,ct,150,export,note,W1", "2025-03-26 10:00:00,21,bo,150,export,note,W1")
	d.evaluate("2025-W13")
	after := d.states()
	if after["ct 03-26"] != review.Suppressed || after["bo 03-26"] != review.New {
		t.Errorf("findings of the next week: %v", after)
	}
	check := func(at time.Time, state, advice string, matched int) {
		t.Helper()
		d.now = at
		list, err := d.reviewer.Suppressions(t.Context())
		if err != nil || len(list) != 1 || list[0].State != state || list[0].Advice != advice || list[0].Matched != matched {
			t.Errorf("exceptions on %s: %+v, %v", at.Format(time.DateOnly), list, err)
		}
	}
	check(d.now, "in_force", "", 2)
	check(time.Date(2025, 6, 10, 12, 0, 0, 0, time.UTC), "in_force", "ends soon: renew it, or let it end", 2)
	check(time.Date(2025, 6, 24, 12, 0, 0, 0, time.UTC), "expired", "", 2)
	// What is found about days after its end is not hidden.
	d.file("ehr", header, "2025-06-23 09:00:00,40,ct,160,export,note,W1", "2025-06-24 09:00:00,41,ct,160,export,note,W1")
	d.evaluate("2025-W26")
	b, err := d.reviewer.Book(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	june, err := review.ParseWeek("2025-W26")
	if err != nil {
		t.Fatal(err)
	}
	list, err := d.reviewer.Items(t.Context(), b, june)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]review.State{}
	for _, x := range list {
		got[x.FromDay.String()] = x.State
	}
	if diff := cmp.Diff(map[string]review.State{"2025-06-23": review.Suppressed, "2025-06-24": review.New}, got); diff != "" {
		t.Errorf("around the end (-want +got):\n%s", diff)
	}
	// Taken away, it gives everything back.
	_, err = d.reviewer.Lift(t.Context(), p.Suppression.ID, " ", "it ended")
	d.refused(err, fault.Usage, "who takes the exception away is missing")
	n, err := d.reviewer.Lift(t.Context(), p.Suppression.ID, bo, "it ended")
	if err != nil || n != 3 {
		t.Errorf("Lift = %d, %v, want 3 findings back", n, err)
	}
	if x := d.items()["ct 03-19"]; x.State != review.New || x.SuppressedBy != "" {
		t.Errorf("the finding is %s by %q", x.State, x.SuppressedBy)
	}
	check(d.now, "lifted", "", 3)
	_, err = d.reviewer.Lift(t.Context(), p.Suppression.ID, ruth, "again")
	d.refused(err, fault.NotFound, "there is no exception")
}

// TestEffects tells the three apart.
func TestEffects(t *testing.T) {
	d := newDesk(t, rule(t, "exports", "medium", ""))
	d.file("ehr", exports()...)
	d.evaluate(week)
	for _, s := range []review.Suppression{
		exception(func(s *review.Suppression) { s.Effect = review.Lower }),
		exception(func(s *review.Suppression) {
			s.Effect, s.Match = review.NoNotice, match{"user_id": {"zq"}, "workstation": {"W1"}}
		}),
	} {
		if p, err := d.reviewer.Suppress(t.Context(), s, false); err != nil || !p.Saved || len(p.Hides) != 1 {
			t.Fatalf("Suppress = %+v, %v", p, err)
		}
	}
	items := d.items()
	x := items["ct 03-19"]
	if x.State != review.New || x.Level != rules.Low || x.Risk != 21 || x.SuppressedBy == "" || x.Score[len(x.Score)-1].Because != "lowered by suppression "+x.SuppressedBy {
		t.Errorf("lowered: %s, %s, risk %d, %v", x.State, x.Level, x.Risk, x.Score)
	}
	if x := items["zq 03-17"]; x.State != review.New || x.Level != rules.Medium || x.Risk != 40 || x.SuppressedBy == "" || !x.Listed() {
		t.Errorf("without a notice: %s, %s, risk %d by %q", x.State, x.Level, x.Risk, x.SuppressedBy)
	}
	// One row of another device, and it is not met.
	if x := items["zq 03-18"]; x.SuppressedBy != "" {
		t.Errorf("a finding with another device is met by %s", x.SuppressedBy)
	}
}

// TestAnExceptionHidesNobodyWhoMadeIt later, by a device that it names.
func TestAnExceptionHidesNobodyWhoMadeIt(t *testing.T) {
	d := newDesk(t, rule(t, "exports", "medium", ""))
	d.file("ehr", exports()...)
	d.evaluate(week)
	s := exception(func(s *review.Suppression) { s.By, s.Match = ruth, match{"workstation": {"W9"}} })
	if p, err := d.reviewer.Suppress(t.Context(), s, false); err != nil || !p.Saved {
		t.Fatalf("Suppress = %+v, %v", p, err)
	}
	d.file("ehr", header, "2025-03-26 09:00:00,20,ct,150,export,note,W9", "2025-03-26 10:00:00,21,rw,150,export,note,W9", "2025-03-26 10:00:00,22,zq,150,export,note,")
	d.evaluate("2025-W13")
	got := d.states()
	want := map[string]review.State{"ct": review.Suppressed, "rw": review.New, "zq": review.New}
	for who, state := range want {
		if got[who+" 03-26"] != state {
			t.Errorf("the finding about %s is %s, want %s", who, got[who+" 03-26"], state)
		}
	}
}

// TestAnExceptionForOneRuleHidesNoOther even where that rule covers the other.
func TestAnExceptionForOneRuleHidesNoOther(t *testing.T) {
	d := newDesk(t, rule(t, "exports", "high", "covers: [site.bulk.weak]"), rule(t, "weak", "low", ""))
	d.file("ehr", exports()...)
	d.evaluate(week)
	before := d.items()
	strong, weak := before["exports ct 03-19"], before["weak ct 03-19"]
	if weak.Listed() || len(strong.Covers) != 1 || strong.Covers[0].ID != weak.ID || strong.Covers[0].Text != weak.Text {
		t.Errorf("the weaker finding is listed %v, the stronger covers %v", weak.Listed(), strong.Covers)
	}
	p, err := d.reviewer.Suppress(t.Context(), exception(func(s *review.Suppression) { s.Approved = bo }), false)
	if err != nil || !p.Saved {
		t.Fatalf("Suppress = %+v, %v", p, err)
	}
	after := d.items()
	if x := after["exports ct 03-19"]; x.State != review.Suppressed || len(x.Covers) != 0 {
		t.Errorf("the stronger finding is %s and covers %v", x.State, x.Covers)
	}
	if x := after["weak ct 03-19"]; !x.Listed() || x.CoveredBy != "" {
		t.Errorf("the weaker finding is hidden with it, as a line of %q", x.CoveredBy)
	}
}
