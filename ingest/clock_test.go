package ingest_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
)

// resolveAll resolves wall-clock times in their order; a result is the UTC time
// followed by the flag.
func resolveAll(t *testing.T, zone string, walls ...string) []string {
	t.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	clock := ingest.NewLocalClock(location, ingest.TZSourceSetting)
	var got []string
	for _, wall := range walls {
		at, err := time.Parse("2006-01-02 15:04:05", wall)
		if err != nil {
			t.Fatal(err)
		}
		utc, flag := clock.Resolve(at)
		if utc.Location() != time.UTC {
			t.Errorf("%s is not in UTC", wall)
		}
		text := utc.Format("2006-01-02 15:04:05")
		if flag != "" {
			text += " " + string(flag)
		}
		got = append(got, text)
	}
	return got
}

func TestLocalClock(t *testing.T) {
	const ny, howe = "America/New_York", "Australia/Lord_Howe"
	cases := map[string]struct {
		zone        string
		walls, want []string
	}{
		"ordinary": {
			ny,
			[]string{"2025-01-15 12:00:00", "2025-07-15 12:00:00"},
			[]string{"2025-01-15 17:00:00", "2025-07-15 16:00:00"},
		},
		"spring-gap": {
			ny,
			[]string{"2025-03-09 01:59:59", "2025-03-09 02:00:00", "2025-03-09 02:59:59", "2025-03-09 03:00:00"},
			[]string{"2025-03-09 06:59:59", "2025-03-09 07:00:00 nonexistent", "2025-03-09 07:59:59 nonexistent", "2025-03-09 07:00:00"},
		},
		"autumn-ascending": {
			ny,
			[]string{
				"2025-11-02 00:59:59", "2025-11-02 01:00:00", "2025-11-02 01:45:00",
				"2025-11-02 01:05:00", "2025-11-02 01:59:59", "2025-11-02 02:00:00",
			},
			[]string{
				"2025-11-02 04:59:59", "2025-11-02 05:00:00 ambiguous", "2025-11-02 05:45:00 ambiguous",
				"2025-11-02 06:05:00 ambiguous", "2025-11-02 06:59:59 ambiguous", "2025-11-02 07:00:00",
			},
		},
		"autumn-descending": {
			ny,
			[]string{
				"2025-11-02 02:10:00", "2025-11-02 02:00:00", "2025-11-02 01:50:00", "2025-11-02 01:05:00",
				"2025-11-02 01:45:00", "2025-11-02 01:00:00", "2025-11-02 00:59:00",
			},
			[]string{
				"2025-11-02 07:10:00", "2025-11-02 07:00:00", "2025-11-02 06:50:00 ambiguous", "2025-11-02 06:05:00 ambiguous",
				"2025-11-02 05:45:00 ambiguous", "2025-11-02 05:00:00 ambiguous", "2025-11-02 04:59:00",
			},
		},
		"repeated-rows-stay-in-their-pass": {
			ny,
			[]string{"2025-11-02 00:30:00", "2025-11-02 01:10:00", "2025-11-02 01:10:00", "2025-11-02 01:05:00", "2025-11-02 01:05:00"},
			[]string{
				"2025-11-02 04:30:00", "2025-11-02 05:10:00 ambiguous", "2025-11-02 05:10:00 ambiguous",
				"2025-11-02 06:05:00 ambiguous", "2025-11-02 06:05:00 ambiguous",
			},
		},
		"half-an-hour": {
			howe,
			[]string{
				"2025-10-05 01:59:00", "2025-10-05 02:10:00", "2025-10-05 02:30:00",
				"2026-04-05 01:29:00", "2026-04-05 01:45:00", "2026-04-05 01:31:00", "2026-04-05 02:00:00",
			},
			[]string{
				"2025-10-04 15:29:00", "2025-10-04 15:40:00 nonexistent", "2025-10-04 15:30:00",
				"2026-04-04 14:29:00", "2026-04-04 14:45:00 ambiguous", "2026-04-04 15:01:00 ambiguous", "2026-04-04 15:30:00",
			},
		},
		"two-autumns-and-nothing-between": {
			ny,
			[]string{"2024-11-03 01:50:00", "2024-11-03 01:10:00", "2025-11-02 01:40:00", "2025-11-02 01:20:00"},
			[]string{
				"2024-11-03 05:50:00 ambiguous", "2024-11-03 06:10:00 ambiguous",
				"2025-11-02 05:40:00 ambiguous", "2025-11-02 06:20:00 ambiguous",
			},
		},
		"ordinary-rows-between-end-the-pass": {
			ny,
			[]string{"2025-11-02 01:50:00", "2025-11-02 01:10:00", "2025-11-02 12:00:00", "2025-11-02 01:10:00"},
			[]string{"2025-11-02 05:50:00 ambiguous", "2025-11-02 06:10:00 ambiguous", "2025-11-02 17:00:00", "2025-11-02 05:10:00 ambiguous"},
		},
		"utc-knows-no-doubt": {
			"UTC",
			[]string{"2025-11-02 01:30:00", "2025-03-09 02:30:00"},
			[]string{"2025-11-02 01:30:00", "2025-03-09 02:30:00"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, resolveAll(t, c.zone, c.walls...)); diff != "" {
				t.Errorf("instants (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLocalClockWithoutOrder resolves times that jump about: outside the two
// nights order must not matter.
func TestLocalClockWithoutOrder(t *testing.T) {
	walls := []string{"2025-07-01 10:00:00", "2025-01-01 10:00:00", "2025-12-01 23:59:59", "2025-03-09 03:00:00", "2025-11-02 00:59:59"}
	want := []string{"2025-07-01 14:00:00", "2025-01-01 15:00:00", "2025-12-02 04:59:59", "2025-03-09 07:00:00", "2025-11-02 04:59:59"}
	if diff := cmp.Diff(want, resolveAll(t, "America/New_York", walls...)); diff != "" {
		t.Errorf("instants (-want +got):\n%s", diff)
	}
}

// TestLocalClockAgreesWithTheZone compares every quarter of an hour of a year
// with the standard library, wherever that is certain.
func TestLocalClockAgreesWithTheZone(t *testing.T) {
	for _, name := range []string{"America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "Africa/Casablanca", "Pacific/Apia"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		clock := ingest.NewLocalClock(zone, ingest.TZAssumed)
		start := time.Date(2011, 1, 1, 0, 0, 0, 0, time.UTC)
		for at := start; at.Year() < 2012; at = at.Add(15 * time.Minute) {
			got, flag := clock.Resolve(at.In(zone))
			switch flag {
			case "":
				if !got.Equal(at) {
					t.Fatalf("%s: %v became %v", name, at, got)
				}
			case ingest.TimeAmbiguous:
				if d := got.Sub(at).Abs(); d > time.Hour {
					t.Fatalf("%s: %v became %v", name, at, got)
				}
			case ingest.TimeNonexistent:
				t.Fatalf("%s: the time of an instant cannot be nonexistent: %v", name, at)
			}
		}
		if clock.Basis() != ingest.TZAssumed {
			t.Errorf("basis is %s", clock.Basis())
		}
	}
}

func TestLocalClockIgnoresTheLocation(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	wall := time.Date(2025, 5, 5, 10, 0, 0, 250, time.FixedZone("", 9*3600))
	got, flag := ingest.NewLocalClock(zone, ingest.TZAssumed).Resolve(wall)
	if want := time.Date(2025, 5, 5, 14, 0, 0, 250, time.UTC); !got.Equal(want) || flag != "" {
		t.Errorf("got %v %q, want %v", got, flag, want)
	}
}
