package synth_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the tests must not depend on the machine's zone database

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/synth"
)

func newYork(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func simulate(t *testing.T, seed uint64) *synth.Practice {
	t.Helper()
	p, err := synth.Simulate(synth.Options{
		Seed: seed, Start: time.Date(2025, time.January, 6, 0, 0, 0, 0, time.UTC), Days: 60, Zone: newYork(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSimulateIsDeterministic(t *testing.T) {
	a, b := simulate(t, 5), simulate(t, 5)
	ignore := cmp.Options{cmpopts.IgnoreUnexported(synth.Practice{}), cmpopts.IgnoreFields(synth.Practice{}, "Zone")}
	if diff := cmp.Diff(a, b, ignore); diff != "" {
		t.Errorf("two runs with one seed differ (-first +second):\n%s", diff)
	}
	if c := simulate(t, 6); cmp.Equal(a.Accesses, c.Accesses) {
		t.Error("another seed gave the same accesses")
	}
}

func TestSimulateRefuses(t *testing.T) {
	zone, start := newYork(t), time.Date(2025, time.January, 6, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name string
		o    synth.Options
		want string
	}{
		{"no_zone", synth.Options{Start: start, Days: 1}, "simulating a practice: no zone"},
		{"no_days", synth.Options{Start: start, Zone: zone}, "simulating a practice: 0 days, want at least 1"},
		{"few_patients", synth.Options{Start: start, Days: 1, Zone: zone, Patients: 3}, "simulating a practice: 3 patients, want at least 60"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := synth.Simulate(tt.o)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestPeople(t *testing.T) {
	p := simulate(t, 5)
	var asPatients []string
	for i := range p.Staff {
		s := &p.Staff[i]
		if s.PatientID == "" {
			continue
		}
		asPatients = append(asPatients, s.UserID)
		if x := p.Patient(s.PatientID); x == nil || x.Name() != s.Name() || x.Address != s.Address {
			t.Errorf("%s and the patient with the same number are different people", s.UserID)
		}
	}
	if diff := cmp.Diff([]string{"bfarrow", "kdelgado"}, asPatients); diff != "" {
		t.Errorf("employees who are patients (-want +got):\n%s", diff)
	}
	smiths := 0
	for _, x := range p.Patients {
		if x.LastName == "Smith" {
			smiths++
		}
	}
	if smiths < 4 {
		t.Errorf("%d patients called Smith, want some", smiths)
	}
	for _, want := range []string{"Zoë Núñez", "Siobhan O'Brien"} {
		if !slices.ContainsFunc(p.Patients, func(x synth.Patient) bool { return x.Name() == want }) {
			t.Errorf("no patient is called %s", want)
		}
	}
	if left := p.Person("jellis").LeftOn; left != "2025-03-07" {
		t.Errorf("jellis left on %q, want 2025-03-07", left)
	}
	if hired := p.Person("mokafor").HiredOn; hired != "2025-02-24" {
		t.Errorf("mokafor was hired on %q, want 2025-02-24", hired)
	}
}

// TestAccessesAreConsistent checks what every log of the practice may rely on.
func TestAccessesAreConsistent(t *testing.T) {
	p := simulate(t, 5)
	if len(p.Accesses) < 4000 {
		t.Fatalf("only %d accesses in 60 days", len(p.Accesses))
	}
	next := map[synth.System]int64{synth.EHR: 1, synth.Imaging: 1, synth.Phone: 1}
	seen := map[ingest.Action]bool{}
	for i, a := range p.Accesses {
		if i > 0 && a.At.Before(p.Accesses[i-1].At) {
			t.Fatalf("access %d is earlier than the one before", i)
		}
		if a.Number != next[a.System] {
			t.Fatalf("access %d of %s has number %d, want %d", i, a.System, a.Number, next[a.System])
		}
		next[a.System]++
		seen[a.Action] = true
		if !a.Action.Valid() || !a.Record.Valid() || !a.Outcome.Valid() || a.At.Location() != time.UTC || a.At.Nanosecond() != 0 {
			t.Fatalf("access %d is malformed: %+v", i, a)
		}
		if a.PatientID != "" && p.Patient(a.PatientID) == nil {
			t.Fatalf("access %d names an unknown patient", i)
		}
		if a.UserType == ingest.UserPatient {
			if p.Patient(a.UserID) == nil || a.PatientID != "" && a.PatientID != a.UserID || a.System != synth.Imaging {
				t.Fatalf("access %d is no patient's look at the own record: %+v", i, a)
			}
			continue
		}
		who, day := p.Person(a.UserID), a.At.In(p.Zone).Format("2006-01-02")
		if who == nil || day < who.HiredOn || who.LeftOn != "" && day > who.LeftOn {
			t.Fatalf("access %d is by nobody who was employed on %s: %+v", i, day, a)
		}
	}
	for _, want := range []ingest.Action{
		ingest.ActionView, ingest.ActionCreate, ingest.ActionUpdate, ingest.ActionPrint, ingest.ActionExport, ingest.ActionSearch,
		ingest.ActionLogin, ingest.ActionLogout, ingest.ActionLoginFailed,
	} {
		if !seen[want] {
			t.Errorf("nobody did %s in 60 days", want)
		}
	}
}

// TestSessions checks that nobody does anything in the EHR without having
// logged in at that device, and that every session ends.
func TestSessions(t *testing.T) {
	p := simulate(t, 5)
	type key struct{ user, station string }
	open := map[key]bool{}
	for i, a := range p.Accesses {
		if a.System != synth.EHR || strings.HasPrefix(a.Workstation, "OP-") {
			continue // the people at the chairs log in once and move between them
		}
		k := key{a.UserID, a.Workstation}
		switch a.Action {
		case ingest.ActionLogin:
			open[k] = true
		case ingest.ActionLogout:
			if !open[k] {
				t.Errorf("access %d: %s logs out without a session", i, a.UserID)
			}
			delete(open, k)
		case ingest.ActionLoginFailed:
		default:
			if !open[k] {
				t.Errorf("access %d: %s %s at %s without a session", i, a.UserID, a.Action, a.At.In(p.Zone))
			}
		}
	}
	if len(open) > 0 {
		t.Errorf("sessions that never end: %v", open)
	}
}

func TestNobodyIsTreatedWhenClosed(t *testing.T) {
	p := simulate(t, 5)
	if len(p.Appointments) < 200 {
		t.Fatalf("only %d appointments in 60 days", len(p.Appointments))
	}
	for _, a := range p.Appointments {
		local := a.StartsAt.In(p.Zone)
		if d := local.Weekday(); d == time.Saturday || d == time.Sunday || local.Hour() < 8 || local.Hour() > 16 || local.Hour() == 12 {
			t.Errorf("appointment %s is on %s", a.AppointmentID, local)
		}
		if p.Patient(a.PatientID) == nil || p.Person(a.ProviderID) == nil {
			t.Errorf("appointment %s is of nobody", a.AppointmentID)
		}
	}
}

// TestWritersEndLinesWithLineFeed checks the one thing that differs between
// platforms behind a writer's back.
func TestWritersEndLinesWithLineFeed(t *testing.T) {
	samples, err := synth.Samples(newYork(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		var b bytes.Buffer
		if err := s.Write(&b); err != nil {
			t.Fatal(err)
		}
		if bytes.ContainsRune(b.Bytes(), '\r') || !bytes.HasSuffix(b.Bytes(), []byte("\n")) {
			t.Errorf("%s has carriage returns or no line feed at its end", s.Path)
		}
	}
}
