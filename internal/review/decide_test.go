package review_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/internal/review"
)

func TestDecisionsThatAreRefused(t *testing.T) {
	asks, silent := rule(t, "asks", "critical", ""), rule(t, "silent", "medium", "never_ask: true")
	mute := rule(t, "mute", "medium", "", "questions: [\"Why did you export records on {{day}}?\"]\n", "")
	d := newDesk(t, asks, silent, mute)
	d.file("ehr", exports()...)
	d.evaluate(week)
	closed := func(by string, as review.Disposition, text, second string) review.Decision {
		return review.Decision{By: by, State: review.Closed, Disposition: as, Text: text, Second: second}
	}
	const own = "nobody can close or hide a finding about themself or their household"
	for _, tc := range []struct {
		name, key string
		decision  review.Decision
		kind      fault.Kind
		want      string
	}{
		{"nobody", "asks ct 03-19", closed("", review.PolicyIssue, "why", ""), fault.Usage, "who decides is missing"},
		{"spaces-for-a-name", "asks ct 03-19", closed("  ", review.PolicyIssue, "why", ""), fault.Usage, "who decides is missing"},
		{"no-disposition", "asks ct 03-19", closed(ruth, "", "why", ""), fault.Usage, "how the finding is closed is missing"},
		{"no-such-disposition", "asks ct 03-19", closed(ruth, "fine", "why", ""), fault.Usage, "how the finding is closed is missing"},
		{"no-reason", "asks ct 03-19", closed(ruth, review.PolicyIssue, " ", ""), fault.Usage, "the reason is missing"},
		{"critical-alone", "asks ct 03-19", closed(ruth, review.Expected, "why", ""), fault.Usage, "a critical finding can only be closed as expected by two people"},
		{"twice-the-same-person", "asks ct 03-19", closed(ruth, review.Expected, "why", "winters,  RUTH"), fault.Usage, "by two people"},
		{"own-by-name", "asks ct 03-19", closed(cora, review.PolicyIssue, "why", ""), fault.Conflict, own},
		{"own-by-account", "asks ct 03-19", closed("CT", review.PolicyIssue, "why", ""), fault.Conflict, own},
		{"own-name-turned-round", "asks ct 03-19", closed("Thistlewaite, Cora", review.PolicyIssue, "why", ""), fault.Conflict, own},
		{"of-the-household", "asks zq 03-18", closed(bo, review.PolicyIssue, "why", ""), fault.Conflict, own},
		{"the-second-is-involved", "asks ct 03-19", closed(ruth, review.Expected, "why", cora), fault.Conflict, own},
		{"the-second-lives-there", "asks zq 03-18", closed(ruth, review.Expected, "why", "bo"), fault.Conflict, own},
		{"never-ask", "silent ct 03-19", review.Decision{By: ruth, State: review.Asked}, fault.Usage, "the person must not be asked"},
		{"no-question", "mute ct 03-19", review.Decision{By: ruth, State: review.Asked}, fault.Usage, "this rule has no question of its own"},
		{"reopening-without-a-reason", "asks ct 03-19", review.Decision{By: ruth, State: review.New}, fault.Usage, "the reason is missing"},
		{"disposition-without-closing", "asks ct 03-19", review.Decision{By: ruth, State: review.Triaged, Disposition: review.Expected}, fault.Usage, "a disposition belongs to a finding that is closed"},
		{"watch", "asks ct 03-19", review.Decision{By: ruth, State: review.Watch}, fault.Usage, "watch is not a state that a person gives"},
		{"suppressed", "asks ct 03-19", review.Decision{By: ruth, State: review.Suppressed}, fault.Usage, "suppressed is not a state that a person gives"},
		{"superseded", "asks ct 03-19", review.Decision{By: ruth, State: review.Superseded}, fault.Usage, "superseded is not a state that a person gives"},
		{"no-state", "asks ct 03-19", review.Decision{By: ruth, State: "done"}, fault.Usage, `there is no state "done"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			x, ok := d.items()[tc.key]
			if !ok {
				t.Fatalf("no finding %s", tc.key)
			}
			_, err := d.reviewer.Decide(t.Context(), x.ID, tc.decision)
			d.refused(err, tc.kind, tc.want)
			if after := d.items()[tc.key]; after.State != review.New || len(after.Decisions) != 0 {
				t.Errorf("the finding is %s with %v", after.State, after.Decisions)
			}
		})
	}
	for _, tc := range []struct {
		id   string
		kind fault.Kind
		want string
	}{
		{"zz", fault.Usage, "this is not the id of a finding"},
		{"%25%25", fault.Usage, "this is not the id of a finding"},
		{"abc", fault.Usage, "this is not the id of a finding"},
		{"000000000000", fault.NotFound, "there is no finding 000000000000"},
	} {
		_, err := d.reviewer.Decide(t.Context(), tc.id, review.Decision{By: ruth, State: review.Triaged})
		d.refused(err, tc.kind, tc.want)
	}
}

// TestTheLifeOfAFinding goes through all states that a person gives.
func TestTheLifeOfAFinding(t *testing.T) {
	d := newDesk(t, rule(t, "exports", "critical", ""))
	d.file("ehr", exports()...)
	d.evaluate(week)
	const key = "ct 03-19"
	if x := d.items()[key]; x.State != review.New || !x.Listed() || !x.Open() || x.ID != x.Fingerprint[:10] {
		t.Errorf("a new finding is %+v", x)
	}
	if x := d.decide(key, review.Decision{State: review.Triaged, Owner: "rw"}); x.State != review.Triaged || x.Owner != "rw" || !x.Open() {
		t.Errorf("triaged: %s, owner %s", x.State, x.Owner)
	}
	// Looking at what concerns oneself is no conflict.
	if x := d.decide(key, review.Decision{By: cora, State: review.UnderReview}); x.State != review.UnderReview {
		t.Errorf("under review: %s", x.State)
	}
	d.now = time.Date(2025, 3, 27, 15, 0, 0, 0, time.UTC) // a Thursday
	asked := d.decide(key, review.Decision{State: review.Asked})
	last := asked.Decisions[len(asked.Decisions)-1]
	if last.Question != "Why did you export records on Wed 2025-03-19?" || asked.Due.Format(time.DateOnly) != "2025-04-01" {
		t.Errorf("asked %q until %s, want the rule's question until the third working day", last.Question, asked.Due)
	}
	own := time.Date(2025, 4, 9, 0, 0, 0, 0, time.UTC)
	if x := d.decide(key, review.Decision{State: review.Asked, Question: "Did you send it?", Due: own}); x.Due != own || x.Decisions[3].Question != "Did you send it?" {
		t.Errorf("asked %q until %s", x.Decisions[3].Question, x.Due)
	}
	answered := d.decide(key, review.Decision{State: review.Closed, Disposition: review.Expected, Text: "a transfer", Answer: " it was  me, for Dr. B ", Second: bo})
	if answered.State != review.Closed || answered.Disposition != review.Expected || answered.Open() || !answered.Listed() {
		t.Errorf("closed: %s, %s", answered.State, answered.Disposition)
	}
	want := review.Decision{
		At: answered.Decisions[4].At, By: ruth, State: review.Closed, Disposition: review.Expected, Text: "a transfer", Answer: " it was  me, for Dr. B ", Second: bo,
	}
	if diff := cmp.Diff(want, answered.Decisions[4]); diff != "" {
		t.Errorf("the decision as it is kept (-want +got):\n%s", diff)
	}
	// What is closed can only be opened again.
	_, err := d.reviewer.Decide(t.Context(), answered.ID, review.Decision{By: ruth, State: review.Closed, Disposition: review.PolicyIssue, Text: "no, another"})
	d.refused(err, fault.Conflict, "this finding is closed")
	_, err = d.reviewer.Decide(t.Context(), answered.ID, review.Decision{By: cora, State: review.New, Text: "I say so"})
	d.refused(err, fault.Conflict, "nobody can close or hide a finding about themself")
	open := d.decide(key, review.Decision{State: review.New, Text: "there is more to it"})
	if open.State != review.New || open.Disposition != "" || len(open.Decisions) != 6 || !open.Open() {
		t.Errorf("opened again: %s, %s, %d decisions", open.State, open.Disposition, len(open.Decisions))
	}
	d.nameless(nil)
}

// TestWhatWasExpectedStaysClosed evaluates the week of a closed finding again: the
// decision must not explain the finding away.
func TestWhatWasExpectedStaysClosed(t *testing.T) {
	unexplained := rule(t, "exports", "medium", "",
		"FROM events e\n", "FROM first_open f JOIN events e ON e.site = f.site AND e.event_id = f.first_event_id AND f.strength = 0\n")
	d := newDesk(t, unexplained)
	d.file("ehr", exports()...)
	d.evaluate(week)
	d.decide("ct 03-19", review.Decision{State: review.Closed, Disposition: review.Expected, Text: "a transfer"})
	d.evaluate(week)
	if x := d.items()["ct 03-19"]; x.State != review.Closed || x.Disposition != review.Expected || !x.Listed() {
		t.Errorf("after the week was evaluated again: %s, %s", x.State, x.Disposition)
	}
	// It does explain what the same person does with the same patient later.
	d.file("ehr", header, "2025-03-26 09:00:00,20,ct,104,export,note,W1", "2025-03-26 09:01:00,21,ct,111,export,note,W1", "2025-03-26 09:01:00,22,zq,104,export,note,W1")
	d.evaluate("2025-W13")
	got := map[string][]string{}
	for key, x := range d.items() {
		if x.FromDay == day(t, "2025-03-26") {
			got[key] = x.PatientIDs
		}
	}
	if diff := cmp.Diff(map[string][]string{"ct 03-26": {"111"}, "zq 03-26": {"104"}}, got); diff != "" {
		t.Errorf("what later findings rest on (-want +got):\n%s", diff)
	}
}

// TestADataErrorIsLookedAtAgain when the data has changed and still shows it.
func TestADataErrorIsLookedAtAgain(t *testing.T) {
	d := newDesk(t, rule(t, "exports", "medium", ""))
	d.file("ehr", exports()...)
	d.evaluate(week)
	d.decide("ct 03-19", review.Decision{State: review.Closed, Disposition: review.DataError, Text: "the mapping was wrong"})
	d.decide("bo 03-20", review.Decision{State: review.Closed, Disposition: review.CannotTell, Text: "nobody knows"})
	d.evaluate(week) // nothing has changed
	if x := d.items()["ct 03-19"]; x.State != review.Closed {
		t.Errorf("the same data: %s", x.State)
	}
	d.file("ehr", header, "2025-03-19 10:00:00,30,ct,109,export,note,W1", "2025-03-20 10:00:00,31,bo,109,export,note,W1")
	d.evaluate(week)
	if x := d.items()["ct 03-19"]; x.State != review.New || x.Disposition != "" || len(x.Decisions) != 1 {
		t.Errorf("a data error after new data: %s, %s, %d decisions", x.State, x.Disposition, len(x.Decisions))
	}
	if x := d.items()["bo 03-20"]; x.State != review.Closed || x.Disposition != review.CannotTell {
		t.Errorf("another disposition after new data: %s, %s", x.State, x.Disposition)
	}
	d.decide("ct 03-19", review.Decision{State: review.Closed, Disposition: review.PolicyIssue, Text: "it was not the mapping"})
	if x := d.items()["ct 03-19"]; x.State != review.Closed || x.Disposition != review.PolicyIssue {
		t.Errorf("closed again: %s, %s", x.State, x.Disposition)
	}
}

// TestWhatComesBack is said to be a recurrence, and weighs more.
func TestWhatComesBack(t *testing.T) {
	d := newDesk(t, rule(t, "exports", "medium", ""))
	d.file("ehr", exports()...)
	d.evaluate(week)
	first := d.decide("ct 03-19", review.Decision{State: review.Closed, Disposition: review.MisuseConfirmed, Text: "admitted"})
	d.file("ehr", header, "2025-03-26 09:00:00,20,ct,150,export,note,W1", "2025-03-26 09:00:00,21,zq,150,export,note,W1", "2025-03-26 10:00:00,22,bo,150,export,note,W1")
	d.evaluate("2025-W13")
	items := d.items()
	if again := items["ct 03-26"]; again.RecurrenceOf != first.Fingerprint || again.Risk != 55 || again.State != review.New ||
		!slices.Contains(again.Score, engine.ScoreLine{Points: 15, Because: "the same was confirmed in the 12 months before"}) {
		t.Errorf("the second time: recurrence of %q, risk %d, %v", again.RecurrenceOf, again.Risk, again.Score)
	}
	if other := items["zq 03-26"]; other.RecurrenceOf != "" || other.Risk != 40 {
		t.Errorf("somebody else: recurrence of %q, risk %d", other.RecurrenceOf, other.Risk)
	}
	if x := items["ct 03-19"]; x.RecurrenceOf != "" {
		t.Errorf("the first time is a recurrence of %q", x.RecurrenceOf)
	}
}

// TestWhatTheDataNoLongerShows can only be closed.
func TestWhatTheDataNoLongerShows(t *testing.T) {
	known := rule(t, "exports", "medium", "lists: [known]",
		"WHERE e.action", "LEFT JOIN list_entry l ON l.site = e.site AND l.list = 'known' AND l.value = e.user_id WHERE l.list IS NULL AND e.action")
	d := newDesk(t, known)
	d.file("ehr", exports()...)
	d.evaluate(week)
	d.engine.Practice.Lists = []practice.ListEntry{{List: "known", Value: "ct"}}
	d.evaluate(week)
	x := d.items()["ct 03-19"]
	if x.State != review.Superseded || x.Listed() || x.Open() {
		t.Errorf("the finding is %s", x.State)
	}
	_, err := d.reviewer.Decide(t.Context(), x.ID, review.Decision{By: ruth, State: review.Triaged})
	d.refused(err, fault.Usage, "the data no longer shows this finding")
	d.decide("ct 03-19", review.Decision{State: review.Closed, Disposition: review.DataError, Text: "was on no list"})
}
