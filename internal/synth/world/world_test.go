package world_test

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/synth/world"
)

func newYork(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// options of a practice from Monday, 6 January 2025; the clocks change in the ninth week.
func options(t *testing.T, size world.Size, seed uint64, weeks int) world.Options {
	t.Helper()
	return world.Options{
		Seed: seed, Size: size, Start: time.Date(2025, time.January, 6, 0, 0, 0, 0, time.UTC), Weeks: weeks, Zone: newYork(t),
	}
}

func play(t *testing.T, o world.Options) *world.World {
	t.Helper()
	w, err := world.Play(o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// sums returns the checksum of every file of a folder.
func sums(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		name, err := filepath.Rel(dir, path)
		out[filepath.ToSlash(name)] = hex.EncodeToString(sum[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPlaySameSeedSameFiles(t *testing.T) {
	o := options(t, world.Small, 7, 4)
	o.Plan = world.Plan{PerWeek: 6, FirstWeek: 1}
	one, two, other := t.TempDir(), t.TempDir(), t.TempDir()
	for _, dir := range []string{one, two} {
		if err := play(t, o).WriteFiles(dir); err != nil {
			t.Fatal(err)
		}
	}
	o.Seed++
	if err := play(t, o).WriteFiles(other); err != nil {
		t.Fatal(err)
	}
	first := sums(t, one)
	if diff := cmp.Diff(first, sums(t, two)); diff != "" {
		t.Errorf("the same seed gave other files (-first +second):\n%s", diff)
	}
	if another := sums(t, other); another["log/ehr-20250106.ndjson"] == first["log/ehr-20250106.ndjson"] {
		t.Error("another seed gave the same log")
	}
	for _, name := range []string{
		"chartwatch.yaml", "context/appointments.csv", "context/patients.csv", "context/staff.csv", "csv/ehr-20250127.csv",
		"habits.json", "labels.json", "log/ehr-20250127.ndjson", "settings.json",
	} {
		if first[name] == "" {
			t.Errorf("there is no file %s", name)
		}
	}
}

func TestPlayRefusesOptions(t *testing.T) {
	tests := map[string]struct {
		change func(*world.Options)
		want   string
	}{
		"no-zone":          {func(o *world.Options) { o.Zone = nil }, "playing a world: no zone"},
		"no-weeks":         {func(o *world.Options) { o.Weeks = 0 }, "playing a world: 0 weeks, want at least 1"},
		"not-a-monday":     {func(o *world.Options) { o.Start = o.Start.AddDate(0, 0, 1) }, "playing a world: the first day is not a Monday"},
		"unknown-size":     {func(o *world.Options) { o.Size = "XL" }, `playing a world: there is no size "XL"; the sizes are S, M and L`},
		"unknown-scenario": {func(o *world.Options) { o.Plan = world.Plan{PerWeek: 1, Scenarios: []string{"x"}} }, `playing a world: there is no scenario "x"`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			o := options(t, world.Small, 1, 1)
			tc.change(&o)
			_, err := world.Play(o)
			if err == nil || err.Error() != tc.want {
				t.Errorf("got error %v, want %q", err, tc.want)
			}
		})
	}
}

func TestLabelsReferToAccesses(t *testing.T) {
	o := options(t, world.Medium, 3, 12)
	o.Plan = world.Plan{PerWeek: 8, FirstWeek: 4}
	w := play(t, o)
	if len(w.Labels) < 50 {
		t.Fatalf("only %d labels in 8 weeks of 8", len(w.Labels))
	}
	byID := map[int64]world.Access{}
	for _, a := range w.Accesses {
		if _, twice := byID[a.ID]; twice {
			t.Fatalf("the running number %d is there twice", a.ID)
		}
		byID[a.ID] = a
	}
	owner := map[int64]string{}
	for _, l := range w.Labels {
		if l.Start.After(l.End) || l.Start.IsZero() {
			t.Errorf("%s lasts from %v to %v", l.ID, l.Start, l.End)
		}
		for _, id := range l.Events {
			a, ok := byID[id]
			switch {
			case !ok:
				t.Errorf("%s names access %d, which is not in the log", l.ID, id)
			case owner[id] != "":
				t.Errorf("access %d belongs to %s and to %s", id, owner[id], l.ID)
			case a.At.Before(l.Start) || a.At.After(l.End):
				t.Errorf("%s has an access outside of its time", l.ID)
			case l.Category == "log-trust" || l.Category == "login" || a.UserType != ingest.UserStaff:
			case a.UserID != l.Subject:
				t.Errorf("%s is about %s and has an access of %s", l.ID, l.Subject, a.UserID)
			}
			owner[id] = l.ID
		}
	}
}

// TestEveryScenarioHappens plays enough to meet every scenario in every difficulty.
func TestEveryScenarioHappens(t *testing.T) {
	got := map[string]int{}
	for seed := range uint64(3) {
		o := options(t, world.Medium, seed+1, 15)
		o.Plan = world.Plan{PerWeek: 14, FirstWeek: 4}
		for _, l := range play(t, o).Labels {
			got[l.Scenario+" "+string(l.Difficulty)]++
		}
	}
	for _, s := range world.Scenarios() {
		for _, how := range world.Difficulties() {
			if got[s[0]+" "+string(how)] == 0 {
				t.Errorf("%s never happened as %s", s[0], how)
			}
		}
	}
}

func TestQuietWorldsHaveNoLabels(t *testing.T) {
	o := options(t, world.Small, 5, 4)
	if got := play(t, o).Labels; len(got) != 0 {
		t.Errorf("a world without a plan has %d labels", len(got))
	}
	o.Plan = world.Plan{PerWeek: 5, Difficulties: []world.Difficulty{world.BenignTwin}}
	labels := play(t, o).Labels
	if len(labels) == 0 {
		t.Error("a world of twins has no labels")
	}
	for _, l := range labels {
		if l.Difficulty != world.BenignTwin {
			t.Errorf("a world of twins has the incident %s", l.ID)
		}
	}
}

func TestDeliveriesHoldEveryAccessOnce(t *testing.T) {
	o := options(t, world.Small, 9, 5)
	w := play(t, o)
	seen := map[int64]int{}
	for _, d := range w.Deliveries() {
		for _, a := range d.Accesses {
			seen[a.ID]++
		}
	}
	for _, a := range w.Accesses {
		if seen[a.ID] != 1 {
			t.Fatalf("access %d is delivered %d times", a.ID, seen[a.ID])
		}
	}
	if len(seen) != len(w.Accesses) {
		t.Errorf("%d accesses are delivered, there are %d", len(seen), len(w.Accesses))
	}
}

func TestHistoryChanges(t *testing.T) {
	o := options(t, world.Small, 11, 4)
	o.Plan = world.Plan{PerWeek: 1, Scenarios: []string{"history-changed"}, Difficulties: []world.Difficulty{world.Typical}, FirstWeek: 1}
	w := play(t, o)
	if len(w.Labels) != 3 {
		t.Fatalf("got %d labels, want 3", len(w.Labels))
	}
	ids := func(d world.Delivery) []int64 {
		var out []int64
		for _, a := range d.Accesses {
			out = append(out, a.ID)
		}
		return out
	}
	deliveries := w.Deliveries()
	for i, l := range w.Labels {
		first, again := deliveries[1+2*i], deliveries[2+2*i]
		missing := slices.DeleteFunc(ids(first), func(id int64) bool { return slices.Contains(ids(again), id) })
		if diff := cmp.Diff(l.Events, missing); diff != "" || !strings.Contains(again.Name, "-again") {
			t.Errorf("%s lacks other accesses than its label says (-label +missing):\n%s", again.Name, diff)
		}
	}
}

func TestDirt(t *testing.T) {
	o := options(t, world.Small, 4, 4)
	clean := play(t, o)
	o.Dirt = world.Dirt{BlankWorkstation: 100, NoSessions: true, NoRoster: true, NoPatients: true, NoAppointments: true, NoSettings: true, Overlap: 2}
	dirty := play(t, o)
	for _, a := range dirty.Accesses {
		if a.Station != "" || a.Record == ingest.RecordSession && a.UserType == ingest.UserStaff {
			t.Fatalf("the dirty log has a workstation or a session: %+v", a)
		}
	}
	dir := t.TempDir()
	if err := dirty.WriteFiles(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"context/staff.csv", "context/patients.csv", "context/appointments.csv", "settings.json"} {
		if _, err := os.Stat(filepath.Join(dir, name)); !os.IsNotExist(err) {
			t.Errorf("%s is there", name)
		}
	}
	total := 0
	for _, d := range dirty.Deliveries() {
		total += len(d.Accesses)
	}
	if total <= len(dirty.Accesses) {
		t.Error("overlapping deliveries repeat nothing")
	}
	o.Dirt = world.Dirt{StaleRoster: 4}
	lines := func(w *world.World) int {
		var b strings.Builder
		if err := w.WriteStaff(&b); err != nil {
			t.Fatal(err)
		}
		records, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return len(records)
	}
	if was, is := lines(clean), lines(play(t, o)); is >= was {
		t.Errorf("the stale roster has %d lines, the fresh one %d", is, was)
	}
}
