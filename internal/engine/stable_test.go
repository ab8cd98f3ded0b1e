package engine_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/rules"
)

// gist is what of a finding must be the same however the data came in.
type gist struct {
	Print, Rule, Text, Subject string
	Risk                       int
	Rows                       int64
	First, Last                time.Time
	Sequence                   []string
}

func gists(list []engine.Finding) []gist {
	all := []gist{}
	for _, f := range list {
		g := gist{f.Fingerprint, f.RuleID, f.Text, f.Subject.ID, f.Risk, f.Rows, f.FirstAt, f.LastAt, nil}
		for _, e := range f.Evidence {
			g.Sequence = append(g.Sequence, e.SourceEventID)
		}
		all = append(all, g)
	}
	slices.SortFunc(all, func(a, b gist) int { return cmp.Compare(a.Print, b.Print) })
	return all
}

// stableRules are of every shape.
func stableRules(t *testing.T) []rules.Rule {
	t.Helper()
	return []rules.Rule{
		rule(t, ruleParts{id: "site.bulk.day"}),
		rule(t, ruleParts{id: "site.bulk.week", period: "week", group: "user_id", subject: "{type: account, id: user_id}"}),
		rule(t, ruleParts{id: "site.bulk.burst", sql: burst, around: ", lookback: 10m"}),
		rule(t, ruleParts{
			id: "site.bulk.interval", emit: "intervals", evidence: "day_no, patients", explain: "{{person}} used {{max patients}} records, {{day}}.",
			sql: `SELECT u.site, u.user_id, u.person_id, u.day_no, u.patients FROM user_day u WHERE u.day_no BETWEEN $from_day AND $to_day AND u.patients >= 2`,
		}),
	}
}

// exports are rows of a week by three people, some of them in one second.
func exports() []string {
	var rows []string
	for i := range 60 {
		at := time.Date(2025, 3, 17, 9, 0, 0, 0, time.UTC).Add(time.Duration(i/2*173) * time.Minute)
		rows = append(rows, fmt.Sprintf("%s,%d,%s,%d,export,note,W%d", at.Format(time.DateTime), i+1, []string{"ana", "bo", "cy"}[i%3], 100+i%7, i%4))
	}
	for i, at := range []string{"2025-03-20 23:55:00", "2025-03-20 23:58:00", "2025-03-21 00:02:00"} {
		rows = append(rows, fmt.Sprintf("%s,%d,ana,%d,export,note,W1", at, 90+i, 120+i))
	}
	return rows
}

func TestTheSameDataGivesTheSameFindings(t *testing.T) {
	list, rows := stableRules(t), exports()
	const from, to = "2025-03-17", "2025-03-23"
	d := newDesk(t, list...)
	d.file("ehr", append([]string{header}, rows...)...)
	first := d.evaluate(from, to)
	want := gists(first.Findings)
	if n := len(want); n < 15 {
		t.Fatalf("only %d findings", n)
	}
	for _, run := range first.Runs {
		if run.Unchanged || run.Outcome != engine.Ran || run.Findings == 0 {
			t.Errorf("first evaluation: %+v", run)
		}
	}
	t.Run("evaluated-again", func(t *testing.T) {
		again := d.evaluate(from, to)
		if diff := gocmp.Diff(first.Findings, again.Findings); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
		for i, run := range again.Runs {
			before := first.Runs[i]
			if !run.Unchanged || run.Outcome != before.Outcome || run.Findings != before.Findings || run.Matches != before.Matches {
				t.Errorf("second evaluation: %+v, first %+v", run, before)
			}
		}
	})
	t.Run("another-order-of-rows", func(t *testing.T) {
		other := newDesk(t, list...)
		mixed := slices.Clone(rows)
		slices.SortFunc(mixed, func(a, b string) int { return cmp.Compare(a[17:], b[17:]) })
		other.file("ehr", append([]string{header}, mixed...)...)
		got := gists(other.evaluate(from, to).Findings)
		for i := range got {
			got[i].Sequence = nil // of one second, the order of the file decides
		}
		plain := slices.Clone(want)
		for i := range plain {
			plain[i].Sequence = nil
		}
		if diff := gocmp.Diff(plain, got); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
	})
	t.Run("in-two-files-the-later-days-first", func(t *testing.T) {
		other := newDesk(t, list...)
		other.file("ehr", append([]string{header}, rows[25:]...)...)
		other.evaluate(from, to)
		other.file("ehr", append([]string{header}, rows[:30]...)...) // five rows were there before
		got := gists(other.evaluate(from, to).Findings)
		for i := range got {
			got[i].Sequence = nil
		}
		plain := slices.Clone(want)
		for i := range plain {
			plain[i].Sequence = nil
		}
		if diff := gocmp.Diff(plain, got); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
	})
	t.Run("day-by-day", func(t *testing.T) {
		other := newDesk(t, list...)
		other.file("ehr", append([]string{header}, rows...)...)
		for d := day(t, to); d >= day(t, from); d-- {
			other.evaluate(d.String(), d.String())
		}
		week := coverage.Period{From: day(t, from), To: day(t, to)}
		got, err := engine.Findings(t.Context(), other.DB, other.Sealer, week)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, gists(got)); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
	})
	t.Run("nothing-kept-ready", func(t *testing.T) {
		other := newDesk(t, list...)
		other.engine.Limits.Ready = 1
		other.file("ehr", append([]string{header}, rows...)...)
		if diff := gocmp.Diff(want, gists(other.evaluate(from, to).Findings)); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
	})
	t.Run("another-key", func(t *testing.T) {
		other := newDesk(t, list...)
		other.engine.SiteKey = []byte("a key of another practice")
		other.file("ehr", append([]string{header}, rows...)...)
		for _, g := range gists(other.evaluate(from, to).Findings) {
			if slices.ContainsFunc(want, func(w gist) bool { return w.Print == g.Print }) {
				t.Fatalf("the fingerprint of %s does not depend on the key", g.Rule)
			}
		}
	})
}

// TestTheLedgerOfSeveralWeeks adds up to what one evaluation of them counted.
func TestTheLedgerOfSeveralWeeks(t *testing.T) {
	d := newDesk(t, rule(t, ruleParts{around: ", lookback: 24h"}))
	d.file("ehr", header,
		"2025-03-16 09:00:00,1,ana,101,export,note,W1", "2025-03-17 09:00:00,2,ana,101,export,note,W1", "2025-03-18 09:00:00,3,bo,101,export,note,W1",
		"2025-03-26 09:00:00,4,bo,101,export,note,W1")
	type counts struct {
		Matches, Findings int64
		Unchanged         bool
	}
	count := func(from, to string) counts {
		r := d.evaluate(from, to).Runs[0]
		return counts{r.Matches, r.Findings, r.Unchanged}
	}
	for _, step := range []struct {
		from, to string
		want     counts
	}{
		{"2025-03-17", "2025-03-30", counts{3, 3, false}},
		{"2025-03-17", "2025-03-30", counts{3, 3, true}},
		{"2025-03-17", "2025-03-23", counts{2, 2, true}},
		{"2025-03-24", "2025-03-30", counts{1, 1, true}},
	} {
		if diff := gocmp.Diff(step.want, count(step.from, step.to)); diff != "" {
			t.Errorf("%s to %s (-want +got):\n%s", step.from, step.to, diff)
		}
	}
}

// stored reads all findings of March, also those that are no longer there, by rule
// and first day.
func (d *desk) stored() map[string]engine.Stored {
	d.t.Helper()
	list, err := engine.StoredFindings(d.t.Context(), d.DB, d.Sealer, "from_day BETWEEN ? AND ?", int32(day(d.t, "2025-03-01")), int32(day(d.t, "2025-03-31")))
	if err != nil {
		d.t.Fatal(err)
	}
	all := map[string]engine.Stored{}
	for _, s := range list {
		all[s.Subject.ID+" "+s.FromDay.String()[5:]] = s
	}
	return all
}

func TestNewDataChangesFindingsInPlace(t *testing.T) {
	r := rule(t, ruleParts{sql: views + " AND e.role = 'unknown'"})
	d := newDesk(t, r)
	d.file("ehr", header, "2025-03-17 09:00:00,1,ana,101,export,note,W1", "2025-03-18 09:00:00,2,bo,102,export,note,W1")
	unchanged := func() bool { return d.evaluate("2025-03-17", "2025-03-23").Runs[0].Unchanged }
	if unchanged() {
		t.Error("the first evaluation did not run")
	}
	before := d.stored()
	// More of one day.
	d.file("ehr", header, "2025-03-18 10:00:00,3,bo,103,export,note,W1")
	if unchanged() || !unchanged() {
		t.Error("new data must be evaluated once")
	}
	after := d.stored()
	was, is := before["bo 03-18"], after["bo 03-18"]
	if is.Rows != 2 || was.Rows != 1 || is.Fingerprint != was.Fingerprint || is.CreatedUs != was.CreatedUs || is.UpdatedUs <= was.UpdatedUs {
		t.Errorf("the finding of the day was %d rows, %d, %d; is %d rows, %d, %d",
			was.Rows, was.CreatedUs, was.UpdatedUs, is.Rows, is.CreatedUs, is.UpdatedUs)
	}
	if a, b := before["ana 03-17"], after["ana 03-17"]; a.Fingerprint != b.Fingerprint || b.Rows != 1 || a.CreatedUs != b.CreatedUs {
		t.Errorf("the finding of the other day was %+v, is %+v", a, b)
	}
	// A roster that explains one of them away.
	d.file("roster", "user_id,name,role,hired_on", "bo,Bo Berg,nurse,2020-01-01", "cy,Cy Dahl,nurse,2020-01-01")
	if got := d.evaluate("2025-03-17", "2025-03-23"); len(got.Findings) != 1 || got.Findings[0].Subject.ID != "ana" {
		t.Errorf("with a roster: %v", spans(got.Findings))
	}
	last := d.stored()
	if gone := last["bo 03-18"]; gone.Present || gone.Fingerprint != is.Fingerprint || gone.UpdatedUs <= is.UpdatedUs || gone.CreatedUs != was.CreatedUs {
		t.Errorf("what the data no longer shows: %+v", gone)
	}
	if !last["ana 03-17"].Present {
		t.Error("the other finding is gone too")
	}
}

// TestALastingSituationEnds has a finding that two weeks share.
func TestALastingSituationEnds(t *testing.T) {
	d := newDesk(t, rule(t, ruleParts{period: "once", sql: views + " AND e.role = 'unknown'"}))
	d.file("ehr", header, "2025-03-18 09:00:00,1,ana,101,export,note,W1", "2025-03-26 09:00:00,2,ana,102,export,note,W1")
	d.evaluate("2025-03-17", "2025-03-23")
	if got := spans(d.evaluate("2025-03-24", "2025-03-30").Findings); !slices.Equal(got, []string{"exports ana 03-18..03-26 1"}) {
		t.Errorf("findings of the second week: %v", got)
	}
	d.file("roster", "user_id,name,role,hired_on", "ana,Ana Berg,nurse,2020-01-01")
	if got := spans(d.evaluate("2025-03-24", "2025-03-30").Findings); len(got) != 0 {
		t.Errorf("findings after the roster came: %v", got)
	}
	if s := d.stored()["ana 03-18"]; s.Fingerprint == "" || s.Present {
		t.Errorf("the finding is kept as %+v", s.Present)
	}
}

func TestSwitchingARuleOffTakesItsFindingsAway(t *testing.T) {
	r := rule(t, ruleParts{})
	d := newDesk(t, r)
	d.file("ehr", header, "2025-03-18 09:00:00,1,ana,101,export,note,W1")
	found := func() int { return len(d.evaluate("2025-03-17", "2025-03-23").Findings) }
	before := found()
	d.engine.Practice.Rules = []practice.RuleValue{set(r.ID, "off", "true")}
	off := found()
	d.engine.Practice.Rules = nil
	if again := found(); before != 1 || off != 0 || again != 1 {
		t.Errorf("findings before, while it is off and again: %d, %d, %d; want 1, 0, 1", before, off, again)
	}
}

func TestWhatIsEvaluatedAgain(t *testing.T) {
	listed := rule(t, ruleParts{
		id: "site.bulk.listed", more: "lists: [known]",
		sql: strings.Replace(views, "WHERE", "LEFT JOIN list_entry l ON l.site = e.site AND l.list = 'known' AND l.value = e.user_id WHERE l.list IS NULL AND", 1),
	})
	with := rule(t, ruleParts{id: "site.bulk.with", more: "params:\n  most: {type: int, default: 0, min: 0, max: 9, why: \"none is usual\"}", sql: views + " AND e.event_id > $most"})
	d := newDesk(t, listed, rule(t, ruleParts{id: "site.bulk.plain"}), with)
	d.file("ehr", header, "2025-03-18 09:00:00,1,ana,101,export,note,W1")
	ran := func() []string {
		list := []string{}
		for _, run := range d.evaluate("2025-03-17", "2025-03-23").Runs {
			if !run.Unchanged {
				list = append(list, run.RuleID[len("site.bulk."):])
			}
		}
		return list
	}
	for _, step := range []struct {
		name   string
		change func()
		want   []string
	}{
		{"first", func() {}, []string{"listed", "plain", "with"}},
		{"nothing", func() {}, []string{}},
		{"file-far-away", func() { d.file("ehr", header, "2024-01-08 09:00:00,9,ana,101,export,note,W1") }, []string{}},
		{"file-of-the-next-week", func() { d.file("ehr", header, "2025-03-25 09:00:00,10,ana,101,export,note,W1") }, []string{"listed", "plain", "with"}},
		{"context", func() {
			d.file("appointments", "appointment_id,patient_id,provider_id,starts_at,minutes,status", "A1,101,ana,2025-03-18 09:00,30,fulfilled")
		}, []string{"listed", "plain", "with"}},
		{"entry-of-a-list", func() {
			d.engine.Practice.Lists = []practice.ListEntry{{List: "known", Value: "bo"}}
		}, []string{"listed", "plain", "with"}},
		{"opening-hours", func() {
			d.engine.Practice.Hours = []practice.Hours{{Days: []time.Weekday{time.Monday}, Open: 480, Close: 1020}}
		}, []string{"listed", "plain", "with"}},
		{"site-key-and-clock", func() {}, []string{}},
	} {
		step.change()
		if diff := gocmp.Diff(step.want, ran()); diff != "" {
			t.Errorf("%s: ran (-want +got):\n%s", step.name, diff)
		}
	}
}

// TestSettling says what is provisional, and until when.
func TestSettling(t *testing.T) {
	d := newDesk(t, rule(t, ruleParts{}))
	now := time.Date(2025, 3, 19, 3, 0, 0, 0, time.UTC) // 23:00 of the 18th in New York
	d.engine.Clock = func() time.Time { return now }
	d.file("ehr", header, "2025-03-17 09:00:00,1,ana,101,export,note,W1", "2025-03-18 09:00:00,2,bo,102,export,note,W1")
	state := func() (list []string, ran bool) {
		r := d.evaluate("2025-03-17", "2025-03-23")
		for _, f := range r.Findings {
			list = append(list, fmt.Sprintf("%s %v", f.Subject.ID, f.Provisional))
		}
		slices.Sort(list)
		return list, !r.Runs[0].Unchanged
	}
	for _, step := range []struct {
		at   time.Duration
		want []string
		ran  bool
	}{
		{0, []string{"ana false", "bo true"}, true},
		{6 * time.Hour, []string{"ana false", "bo true"}, false}, // 05:00, the day settles at 06:00
		{7 * time.Hour, []string{"ana false", "bo false"}, true},
		{8 * time.Hour, []string{"ana false", "bo false"}, false},
	} {
		now = time.Date(2025, 3, 19, 3, 0, 0, 0, time.UTC).Add(step.at)
		list, ran := state()
		if !slices.Equal(list, step.want) || ran != step.ran {
			t.Errorf("after %s: %v, ran %v", step.at, list, ran)
		}
	}
}
