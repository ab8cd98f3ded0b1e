package engine_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/engine"
)

// moved copies a CSV file of the sample practice and changes the times in one of
// its columns.
func moved(t *testing.T, name string, column int, move func(time.Time) string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "sample_logs", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	for i := range lines[1:] {
		cells := strings.Split(lines[i+1], ",")
		for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04"} {
			if at, err := time.Parse(layout, cells[column]); err == nil {
				cells[column] = move(at)
			}
		}
		lines[i+1] = strings.Join(cells, ",")
	}
	path := filepath.Join(t.TempDir(), filepath.Base(name))
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// practiceOf imports the sample practice with some files in the place of its own.
func practiceOf(t *testing.T, instead map[string]string) *desk {
	t.Helper()
	d := newDesk(t)
	for _, f := range [][2]string{
		{"roster", "roster/staff.csv"},
		{"patients", "patients/patients.csv"},
		{"appointments", "appointments/appointments.csv"},
		{"ehr", "delimited/access_log.csv"},
		{"imaging", "fhiraudit/audit.ndjson"},
	} {
		path := filepath.Join("..", "..", "sample_logs", filepath.FromSlash(f[1]))
		if other := instead[f[0]]; other != "" {
			path = other
		}
		d.path(f[0], path)
	}
	return d
}

func doubts(r engine.Result) []string {
	list := []string{}
	for _, n := range r.Setup {
		if n.Code == "clock_or_zone_doubt" {
			text, _, _ := strings.Cut(n.Message, ":")
			zone := ""
			if strings.Contains(n.Hint, "how far the practice's time zone is from UTC") {
				zone = " (zone)"
			}
			list = append(list, text+zone)
		}
	}
	return list
}

func TestClocksThatDoNotFitTheVisits(t *testing.T) {
	log, visits := "delimited/access_log.csv", "appointments/appointments.csv"
	by := func(d time.Duration) func(time.Time) string {
		return func(at time.Time) string { return at.Add(d).Format(time.DateTime) }
	}
	for _, tc := range []struct {
		name    string
		instead func(*testing.T) map[string]string
		want    []string
	}{
		{"as-they-are", func(*testing.T) map[string]string { return nil }, []string{}},
		{"half-an-hour-late", func(t *testing.T) map[string]string {
			t.Helper()
			return map[string]string{"ehr": moved(t, log, 0, by(30*time.Minute))}
		}, []string{}},
		{"an-hour-fast", func(t *testing.T) map[string]string {
			t.Helper()
			return map[string]string{"ehr": moved(t, log, 0, by(time.Hour))}
		}, []string{"The accesses in ehr lie about 1 hour after the visits that they belong to"}},
		{"an-hour-slow", func(t *testing.T) map[string]string {
			t.Helper()
			return map[string]string{"ehr": moved(t, log, 0, by(-time.Hour))}
		}, []string{"The accesses in ehr lie about 1 hour before the visits that they belong to"}},
		{"appointments-in-the-wrong-zone", func(t *testing.T) map[string]string {
			t.Helper()
			return map[string]string{"appointments": moved(t, visits, 3, func(at time.Time) string { return at.Format("2006-01-02T15:04:05Z") })}
		}, []string{
			"The accesses in ehr lie about 4 hours after the visits that they belong to (zone)",
			"The accesses in imaging lie about 4 hours after the visits that they belong to (zone)",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := practiceOf(t, tc.instead(t))
			r := d.evaluate("2025-03-17", "2025-03-23")
			if diff := cmp.Diff(tc.want, doubts(r)); diff != "" {
				t.Errorf("doubts about clocks (-want +got):\n%s\n%v", diff, r.Setup)
			}
		})
	}
}
