package world_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/synth/world"
)

// TestOrdinaryLife holds the figures of ordinary life in plausible bounds.
func TestOrdinaryLife(t *testing.T) {
	tests := map[string]struct {
		size      world.Size
		low, high int // rows on an ordinary weekday
	}{
		"small":  {world.Small, 450, 1200},
		"medium": {world.Medium, 1900, 4200},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(3) {
				w := play(t, options(t, tc.size, seed+1, 6))
				perDay := map[string]int{}
				for _, a := range w.Accesses {
					if local := a.At.In(newYork(t)); local.Weekday() != time.Saturday && local.Weekday() != time.Sunday {
						perDay[local.Format(time.DateOnly)]++
					}
				}
				var counts []int
				for _, n := range perDay {
					counts = append(counts, n)
				}
				slices.Sort(counts)
				if median := counts[len(counts)/2]; median < tc.low || median > tc.high {
					t.Errorf("seed %d: %d rows on the median weekday, want %d to %d", seed+1, median, tc.low, tc.high)
				}
				if share := visited(t, w); share < 88 || share > 97 {
					t.Errorf("seed %d: %d %% of the pairs have a visit, want 88 to 97", seed+1, share)
				}
			}
		})
	}
}

// visited returns the percent of the pairs of account and patient whose patient
// has an appointment from half a year before to a week after.
func visited(t *testing.T, w *world.World) int {
	t.Helper()
	visits := map[string][]time.Time{}
	for _, a := range w.Appointments {
		if a.Status == world.Fulfilled {
			visits[a.PatientID] = append(visits[a.PatientID], a.StartsAt)
		}
	}
	type pair struct{ user, patient string }
	all := map[pair]bool{}
	for _, a := range w.Accesses {
		if a.PatientID == "" || a.UserType != ingest.UserStaff {
			continue
		}
		near := slices.ContainsFunc(visits[a.PatientID], func(v time.Time) bool {
			return v.After(a.At.AddDate(0, 0, -45)) && v.Before(a.At.AddDate(0, 0, 7))
		})
		all[pair{a.UserID, a.PatientID}] = all[pair{a.UserID, a.PatientID}] || near
	}
	n := 0
	for _, near := range all {
		if near {
			n++
		}
	}
	return n * 100 / len(all)
}

// TestNobodyIsInTwoPlaces: without incidents, nobody acts at two devices closer
// together than anybody walks.
func TestNobodyIsInTwoPlaces(t *testing.T) {
	for seed := range uint64(3) {
		w := play(t, options(t, world.Medium, seed+21, 5))
		place := map[string]string{}
		for _, s := range w.Settings.Workstations {
			place[s.Name] = s.Room
			if s.Second != "" {
				place[s.Second] = s.Room
			}
		}
		last := map[string]world.Access{}
		for _, a := range w.Accesses {
			if a.UserType != ingest.UserStaff || a.Job {
				continue
			}
			before, known := last[a.UserID]
			last[a.UserID] = a
			if known && before.Station != a.Station && (place[a.Station] == "" || place[before.Station] != place[a.Station]) && a.At.Sub(before.At) < 10*time.Second {
				t.Errorf("seed %d: %s at %s and %s within %v", seed+21, a.UserID, before.Station, a.Station, a.At.Sub(before.At))
			}
		}
	}
}

// TestIncidentsLeaveTheRestAlone: the calendar and the people are the same with
// and without incidents.
func TestIncidentsLeaveTheRestAlone(t *testing.T) {
	o := options(t, world.Small, 6, 3)
	quiet := play(t, o)
	o.Plan = world.Plan{PerWeek: 4, FirstWeek: 1, Difficulties: []world.Difficulty{world.Overt}}
	loud := play(t, o)
	tables := func(w *world.World) string {
		var b strings.Builder
		for _, err := range []error{w.WriteStaff(&b), w.WritePatients(&b), w.WriteAppointments(&b)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		return b.String()
	}
	if tables(quiet) != tables(loud) {
		t.Error("incidents changed the roster, the patients or the calendar")
	}
	first := quiet.Deliveries()[0].Accesses
	for i, a := range loud.Deliveries()[0].Accesses {
		if a.At != first[i].At || a.UserID != first[i].UserID {
			t.Fatalf("access %d of the week before the first incident differs", i)
		}
	}
}

func TestClocksChange(t *testing.T) {
	o := options(t, world.Small, 2, 2)
	o.Start = time.Date(2025, time.October, 27, 0, 0, 0, 0, time.UTC)
	w := play(t, o)
	if len(w.Accesses) == 0 {
		t.Fatal("no accesses")
	}
	for i := 1; i < len(w.Accesses); i++ {
		if w.Accesses[i].At.Before(w.Accesses[i-1].At) {
			t.Fatal("the log of an ordinary practice runs backwards")
		}
	}
	monday := w.Deliveries()[1].Accesses[0].At
	if got := monday.In(newYork(t)).Format(time.DateTime); got < "2025-11-03 00:00:00" {
		t.Errorf("the second week begins at %s", got)
	}
}
