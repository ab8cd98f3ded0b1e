package review_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/review"
)

func TestDue(t *testing.T) {
	for _, tc := range []struct {
		name, week string
		day        time.Weekday
		minute     int
		want       string
		zone       string
	}{
		{"the-morning-after", "2025-W12", time.Monday, 360, "2025-03-24T06:00:00-04:00", ""},
		{"midnight", "2025-W12", time.Monday, 0, "2025-03-24T00:00:00-04:00", ""},
		{"the-last-day-of-the-next-week", "2025-W12", time.Sunday, 1439, "2025-03-30T23:59:00-04:00", ""},
		{"friday", "2025-W12", time.Friday, 1020, "2025-03-28T17:00:00-04:00", ""},
		{"a-time-that-does-not-exist", "2025-W09", time.Sunday, 150, "2025-03-09T03:30:00-04:00", ""},
		{"a-time-that-comes-twice", "2025-W43", time.Sunday, 90, "2025-11-02T01:30:00-04:00", ""},
		{"over-the-new-year", "2025-W52", time.Thursday, 360, "2026-01-01T06:00:00-05:00", ""},
		{"a-midnight-that-does-not-exist", "2025-W09", time.Sunday, 0, "2025-03-09T01:00:00-04:00", "America/Havana"},
		{"soon-after-such-a-midnight", "2025-W09", time.Sunday, 30, "2025-03-09T01:30:00-04:00", "America/Havana"},
		{"the-last-minutes-do-not-exist", "2025-W12", time.Saturday, 1410, "2025-03-30T00:30:00-01:00", "America/Nuuk"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.zone == "" {
				tc.zone = "America/New_York"
			}
			zone, err := time.LoadLocation(tc.zone)
			if err != nil {
				t.Fatal(err)
			}
			p, err := review.ParseWeek(tc.week)
			if err != nil {
				t.Fatal(err)
			}
			got := review.Weekly{Day: tc.day, Minute: tc.minute}.Due(p, zone)
			if got.Format(time.RFC3339) != tc.want {
				t.Errorf("week %s is due %s, want %s", tc.week, got.Format(time.RFC3339), tc.want)
			}
		})
	}
}

func (d *desk) weeks() review.Weeks {
	d.t.Helper()
	w, err := d.reviewer.Weeks(d.t.Context(), d.weekly)
	if err != nil {
		d.t.Fatal(err)
	}
	return w
}

// ledger reads the ledger as lines, and what is to be done as words.
func (d *desk) ledger() (weeks, todo []string, next string) {
	d.t.Helper()
	w := d.weeks()
	for _, x := range w.List {
		line := x.Name
		if last := x.Last(); x.Reviewed() {
			line += fmt.Sprintf(" reviewed %d open %d", len(last.ByLevel), last.Open)
			if last.Incomplete {
				line += " incomplete"
			}
		}
		if x.SignedOff {
			line += " signed"
		}
		weeks = append(weeks, line)
	}
	for _, x := range w.Todo() {
		todo = append(todo, x.Week.Name+" "+string(x.Trigger))
	}
	if !w.Next.IsZero() {
		next = w.Next.In(d.reviewer.Zone).Format("2006-01-02 15:04")
	}
	return weeks, todo, next
}

func (d *desk) wantLedger(what string, weeks, todo []string, next string) {
	d.t.Helper()
	w, t, n := d.ledger()
	if diff := cmp.Diff([]any{weeks, todo, next}, []any{w, t, n}); diff != "" {
		d.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// at sets the clock, in the practice's zone.
func (d *desk) at(text string) {
	d.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", text, d.reviewer.Zone)
	if err != nil {
		d.t.Fatal(err)
	}
	d.now = at.UTC()
}

// TestWeeks follows the ledger over some weeks. The first log is imported on
// 2025-03-24, a Monday.
func TestWeeks(t *testing.T) {
	d := newDesk(t, rule(t, "exports", "high", ""))
	d.at("2025-03-24 05:00")
	d.wantLedger("without any log", nil, nil, "")
	d.file("ehr", exports()...)
	d.wantLedger("before the first week is due", nil, nil, "2025-03-24 06:00")
	d.report("2025-W12")
	d.at("2025-03-24 05:59")
	d.wantLedger("a review before it is due does not count", nil, nil, "2025-03-24 06:00")
	d.at("2025-03-24 06:00")
	d.wantLedger("the moment it is due", []string{"2025-W12"}, []string{"2025-W12 due"}, "2025-03-24 06:00")
	d.reportFor("2025-W12", review.WeekDue)
	d.wantLedger("once it is reviewed", []string{"2025-W12 reviewed 1 open 4 incomplete"}, nil, "2025-03-31 06:00")

	d.at("2025-03-27 12:00")
	d.file("ehr", header, "2025-03-21 10:00:00,7,ct,104,export,note,W1")
	d.wantLedger("logs of the week have come later", []string{"2025-W12 reviewed 1 open 4 incomplete"}, []string{"2025-W12 logs_changed"}, "2025-03-31 06:00")
	d.reportFor("2025-W12", review.LogsChanged)
	d.wantLedger("and were looked at", []string{"2025-W12 reviewed 1 open 5 incomplete"}, nil, "2025-03-31 06:00")
	d.file("ehr2", header, "2024-07-01 10:00:00,8,ct,104,export,note,W1")
	d.wantLedger("old logs change no week that was reviewed", []string{"2025-W12 reviewed 1 open 5 incomplete"}, nil, "2025-03-31 06:00")

	d.file("roster", "user_id,name,role", "xx,Somebody,nurse")
	d.wantLedger("lists wait for the next week", []string{"2025-W12 reviewed 1 open 5 incomplete"}, nil, "2025-03-31 06:00")
	d.at("2025-04-21 07:00")
	d.wantLedger("after three weeks without the computer", []string{"2025-W12 reviewed 1 open 5 incomplete", "2025-W13", "2025-W14", "2025-W15", "2025-W16"},
		[]string{"2025-W13 due", "2025-W14 due", "2025-W15 due", "2025-W16 due"}, "2025-03-31 06:00")
	d.reportFor("2025-W13", review.WeekDue)
	d.wantLedger("one is caught up", []string{"2025-W12 reviewed 1 open 5 incomplete", "2025-W13 reviewed 0 open 0 incomplete", "2025-W14", "2025-W15", "2025-W16"},
		[]string{"2025-W14 due", "2025-W15 due", "2025-W16 due"}, "2025-04-07 06:00")

	d.at("2024-04-21 07:00")
	d.wantLedger("the clock is set back a year", nil, nil, "2025-04-07 06:00")
	d.at("2025-04-22 07:00")
	for _, name := range []string{"2025-W14", "2025-W15", "2025-W16"} {
		d.reportFor(name, review.WeekDue)
	}
	if _, err := d.reviewer.SignOff(t.Context(), "2025-W12", ruth, ""); err != nil {
		t.Fatal(err)
	}
	d.wantLedger("all is done", []string{
		"2025-W12 reviewed 1 open 5 incomplete signed", "2025-W13 reviewed 0 open 0 incomplete", "2025-W14 reviewed 0 open 0 incomplete",
		"2025-W15 reviewed 0 open 0 incomplete", "2025-W16 reviewed 0 open 0 incomplete",
	}, nil, "2025-04-28 06:00")
}

// TestScheduleChanged moves the moment when weeks are due. What was reviewed and signed
// off stays that, by the schedule of its time.
func TestScheduleChanged(t *testing.T) {
	for name, change := range map[string]func(*desk){
		"friday":   func(d *desk) { d.weekly = review.Weekly{Day: time.Friday, Minute: 18 * 60} },
		"sunday":   func(d *desk) { d.weekly = review.Weekly{Day: time.Sunday, Minute: 360} },
		"earlier":  func(d *desk) { d.weekly.Minute = 60 },
		"new-zone": func(d *desk) { d.reviewer.Zone = time.FixedZone("west", -11*3600) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, rule(t, "exports", "high", ""))
			d.at("2025-03-24 05:00")
			d.file("ehr", exports()...)
			d.at("2025-03-24 06:00")
			d.reportFor("2025-W12", review.WeekDue)
			d.at("2025-03-31 05:00")
			d.report("2025-W13") // an hour before it is due
			d.at("2025-03-31 06:30")
			d.reportFor("2025-W13", review.WeekDue)
			d.at("2025-04-07 08:00")
			d.report("2025-W14")
			if _, err := d.reviewer.SignOff(t.Context(), "2025-W12", ruth, ""); err != nil {
				t.Fatal(err)
			}
			change(d)
			d.at("2025-04-13 12:00")
			weeks, todo, _ := d.ledger()
			want := []string{"2025-W12 reviewed 1 open 4 incomplete signed", "2025-W13 reviewed 0 open 0 incomplete", "2025-W14 reviewed 0 open 0 incomplete"}
			if diff := cmp.Diff(want, weeks); diff != "" || len(todo) != 0 {
				t.Errorf("to do: %v; weeks (-want +got):\n%s", todo, diff)
			}
			if w := d.weeks(); len(w.List[1].Reviews) != 1 {
				t.Errorf("W13 has %d reviews: the one before it was due counts, too", len(w.List[1].Reviews))
			}
		})
	}
}

// TestDifferent tells a review that ends a gap, or finds one, from a mere repetition.
func TestDifferent(t *testing.T) {
	d := newDesk(t, rule(t, "exports", "high", ""))
	d.at("2025-03-24 06:00")
	d.file("ehr", header, "2025-03-13 10:00:00,13,ct,104,view,chart,W1")
	d.reportFor("2025-W12", review.WeekDue)
	d.reportFor("2025-W12", review.RecordsChanged)
	var whole []string
	for day := 14; day <= 24; day++ {
		whole = append(whole, fmt.Sprintf("2025-03-%d 10:00:00,%d,ct,%d,view,chart,W1", day, day, 104+day%2))
	}
	d.file("ehr", append([]string{header}, whole...)...)
	d.reportFor("2025-W12", review.LogsChanged)
	var got []string
	for _, r := range d.weeks().List[0].Reviews {
		got = append(got, fmt.Sprintf("incomplete %v different %v", r.Incomplete, r.Different))
	}
	want := []string{"incomplete true different true", "incomplete true different false", "incomplete false different true"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reviews (-want +got):\n%s", diff)
	}
}

// TestRecordsChanged looks at the week before once more if lists came that explain
// or name what happened, together with the next week's review.
func TestRecordsChanged(t *testing.T) {
	d := newDesk(t, rule(t, "exports", "high", ""))
	d.at("2025-03-24 06:30")
	d.file("ehr", exports()...)
	d.reportFor("2025-W12", review.WeekDue)
	d.file("roster", "user_id,name,role", "xx,Somebody,nurse")
	d.at("2025-03-31 06:30")
	reviewed := "2025-W12 reviewed 1 open 4 incomplete"
	d.wantLedger("both are to be done", []string{reviewed, "2025-W13"}, []string{"2025-W13 due", "2025-W12 records_changed"}, "2025-03-31 06:00")
	d.reportFor("2025-W13", review.WeekDue)
	empty := "2025-W13 reviewed 0 open 0 incomplete"
	d.wantLedger("then the week before", []string{reviewed, empty}, []string{"2025-W12 records_changed"}, "2025-04-07 06:00")
	d.reportFor("2025-W12", review.RecordsChanged)
	d.wantLedger("once", []string{reviewed, empty}, nil, "2025-04-07 06:00")
	d.file("roster", "user_id,name,role", "yy,Somebody,nurse")
	d.wantLedger("and not with every list", []string{reviewed, empty}, nil, "2025-04-07 06:00")
}

func TestStanding(t *testing.T) {
	d := newDesk(t, rule(t, "exports", "high", "covers: [site.bulk.weak]"), rule(t, "weak", "low", ""))
	d.file("ehr", exports()...)
	d.evaluate(week)
	d.decide("exports ct 03-19", review.Decision{State: review.Closed, Disposition: review.PolicyIssue, Text: "by mistake"})
	b, err := d.reviewer.Book(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.reviewer.Standing(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, c := range s.Counts {
		got[strings.Join([]string{c.Rule, string(c.Level), string(c.State)}, " ")] = c.N
	}
	want := map[string]int64{"site.bulk.exports high new": 3, "site.bulk.exports high closed": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if at, ok := s.Oldest["high"]; len(s.Oldest) != 1 || !ok || at.Format(time.DateOnly) != "2025-03-25" {
		t.Errorf("the oldest open ones are %v", s.Oldest)
	}
}

func TestTotals(t *testing.T) {
	d := newDesk(t, rule(t, "exports", "high", ""))
	d.file("ehr", exports()...)
	d.evaluate(week)
	d.evaluate("2025-W11")
	got, err := engine.Totals(t.Context(), d.DB)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].Rule != "site.bulk.exports" || got[0].Created["high"] != 4 || got[0].Outcomes[engine.Ran]+got[0].Outcomes[engine.NotApplicable] != 2 {
		t.Errorf("got %+v", got)
	}
}
