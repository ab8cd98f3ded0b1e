package practice_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/evidence"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

func zone(t *testing.T) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func day(t *testing.T, s string) coverage.Day {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return coverage.DayOf(d)
}

type fields = map[string]string

func TestAdd(t *testing.T) {
	p := practice.Practice{Zone: zone(t)}
	for _, e := range []struct {
		kind   string
		fields fields
	}{
		{"hours", fields{"days": "fri-mon, wed", "open": "07:30", "close": "18:00"}},
		{"closure", fields{"from": "2025-12-24", "why": "storm"}},
		{"on_call", fields{"person": "hpark", "from": "2025-03-08T22:00", "to": "2025-03-09T07:00"}},
		{"leave", fields{"person": "tnowak", "from": "2025-03-10", "to": "2025-03-12"}},
		{"workstation", fields{"name": "OP-*", "location": "Main"}},
		{"policy", fields{"role": "billing", "record_type": "*", "action": "delete", "verdict": "deny"}},
		{"network", fields{"cidr": "10.20.4.0/24"}},
	} {
		if err := p.Add(e.kind, practice.Entry{ID: e.kind}, e.fields); err != nil {
			t.Fatalf("%s: %v", e.kind, err)
		}
	}
	want := practice.Practice{
		Zone: p.Zone,
		Hours: []practice.Hours{{
			Days: []time.Weekday{time.Friday, time.Saturday, time.Sunday, time.Monday, time.Wednesday}, Open: 450, Close: 1080,
		}},
		Closures: []practice.Closure{{Entry: practice.Entry{ID: "closure"}, From: day(t, "2025-12-24"), To: day(t, "2025-12-24"), Why: "storm"}},
		// The clocks went forward in this night: it is eight hours long.
		OnCall: []practice.OnCall{{
			Entry: practice.Entry{ID: "on_call"}, Person: "hpark",
			From: time.Date(2025, 3, 9, 3, 0, 0, 0, time.UTC), To: time.Date(2025, 3, 9, 11, 0, 0, 0, time.UTC),
		}},
		Leave:        []practice.Leave{{Entry: practice.Entry{ID: "leave"}, Person: "tnowak", Kind: "leave", From: day(t, "2025-03-10"), To: day(t, "2025-03-12")}},
		Workstations: []practice.Workstation{{Entry: practice.Entry{ID: "workstation"}, Name: "OP-*", Location: "Main", Onsite: true}},
		Policy:       []practice.PolicyRow{{Entry: practice.Entry{ID: "policy"}, Role: "billing", RecordType: "*", Action: "delete", Verdict: "deny"}},
		Networks:     []practice.Network{{CIDR: "10.20.4.0/24", Class: "onsite"}},
	}
	if diff := cmp.Diff(want, p, cmp.Comparer(func(a, b *time.Location) bool { return a == b })); diff != "" {
		t.Errorf("practice (-want +got):\n%s", diff)
	}
}

func TestAddRefuses(t *testing.T) {
	for _, tc := range []struct {
		name, kind string
		fields     fields
		want       string
	}{
		{"unknown-kind", "holiday", nil, `there is no kind of entry "holiday"`},
		{"missing", "leave", fields{"person": "x", "from": "2025-03-10"}, "to is missing: last day"},
		{"unknown-field", "closure", fields{"from": "2025-03-10", "until": "x"}, "there is no field until; the fields are from, to, why, location"},
		{"no-such-date", "closure", fields{"from": "2025-02-30"}, "from must be a date, as 2025-03-10"},
		{"reversed", "leave", fields{"person": "x", "from": "2025-03-10", "to": "2025-03-09"}, "to is before from"},
		{"empty-interval", "ticket", fields{"number": "1", "person": "x", "from": "2025-03-10T10:00", "to": "2025-03-10T10:00"}, "to is not after from"},
		{"weekday", "hours", fields{"days": "mon-xyz", "open": "08:00", "close": "17:00"}, "days must be weekdays, as mon-fri or mon,wed,fri"},
		{"time", "hours", fields{"days": "mon", "open": "8am", "close": "17:00"}, "open must be a time of day, as 07:30"},
		{"verdict", "policy", fields{"role": "billing", "record_type": "*", "action": "*", "verdict": "no"}, "verdict must be one of allow, review, deny"},
		{"network", "network", fields{"cidr": "10.20.4.0"}, "cidr is not a network, as 10.20.4.0/24"},
		{"yes", "workstation", fields{"name": "A", "onsite": "maybe"}, "onsite must be yes or no"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := (&practice.Practice{}).Add(tc.kind, practice.Entry{}, tc.fields)
			if err == nil || err.Error() != tc.want {
				t.Errorf("Add = %v, want %s", err, tc.want)
			}
		})
	}
}

func TestExpiredEntriesDoNotHold(t *testing.T) {
	p := practice.Practice{}
	for id, last := range map[string]string{"a": "2025-03-10", "b": "2025-03-11"} {
		if err := p.Add("list", practice.Entry{ID: id, Expires: day(t, last)}, fields{"list": "l", "value": id}); err != nil {
			t.Fatal(err)
		}
	}
	now := p.At(day(t, "2025-03-11"))
	if len(now.Lists) != 1 || now.Lists[0].Value != "b" || len(p.Lists) != 2 {
		t.Errorf("in force: %v; kept: %d", now.Lists, len(p.Lists))
	}
}

func TestJournal(t *testing.T) {
	ctx := t.Context()
	db, err := store.Open(ctx, store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	key, err := seal.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.NewSealer(key, nil)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2025, 3, 17, 9, 0, 0, 0, time.UTC)
	j := &evidence.Journal{DB: db, Sealer: sealer, Clock: func() time.Time { return at }}
	entry := practice.Recorded{Kind: "list", Fields: fields{"list": "neighbouring_stations", "value": "A", "value2": "B"}, Reason: "one desk", By: "rwinters"}
	if _, err := practice.Record(ctx, j, zone(t), entry); fault.KindOf(err) != fault.Usage {
		t.Errorf("an entry of a list without an end: %v", err)
	}
	entry.Expires = day(t, "2025-12-31")
	first, err := practice.Record(ctx, j, zone(t), entry)
	if err != nil {
		t.Fatal(err)
	}
	second, err := practice.Record(ctx, j, zone(t), practice.Recorded{Kind: "closure", Fields: fields{"from": "2025-03-20"}, Reason: "storm", By: "rwinters"})
	if err != nil {
		t.Fatal(err)
	}
	if err := practice.Remove(ctx, j, first.ID, "rwinters", "moved"); err != nil {
		t.Fatal(err)
	}
	if err := practice.Remove(ctx, j, first.ID, "rwinters", "again"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("removing twice: %v", err)
	}
	list, err := practice.List(ctx, j)
	if err != nil {
		t.Fatal(err)
	}
	second.Fields = fields{"from": "2025-03-20"}
	if diff := cmp.Diff([]practice.Recorded{second}, list); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	p := practice.Practice{Zone: zone(t)}
	if err := p.AddRecorded(list); err != nil {
		t.Fatal(err)
	}
	if len(p.Closures) != 1 || p.Closures[0].ID != second.ID || p.Closures[0].Reason != "storm" {
		t.Errorf("closures: %+v", p.Closures)
	}
}
