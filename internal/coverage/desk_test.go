package coverage_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/builtin"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

// desk is an open data directory into which a test puts small files.
type desk struct {
	*intake.Workspace
	t        testing.TB
	registry *ingest.Registry
	settings intake.Settings
}

func newDesk(tb testing.TB) *desk {
	tb.Helper()
	root := tb.TempDir()
	w, err := intake.OpenWorkspace(tb.Context(), intake.WorkspaceOptions{
		Store: store.Options{Dir: filepath.Join(root, "data"), Wait: time.Second},
		Key:   seal.Locator{Dir: filepath.Join(root, "keys")}, Create: true,
	})
	if err != nil {
		tb.Fatalf("opening the data directory: %v", err)
	}
	tb.Cleanup(func() { _ = w.Close() })
	registry, err := builtin.Registry()
	if err != nil {
		tb.Fatal(err)
	}
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		tb.Fatal(err)
	}
	return &desk{Workspace: w, t: tb, registry: registry, settings: intake.Settings{Zone: zone, ZoneBasis: ingest.TZSourceSetting}}
}

// file imports a text into a source, with changes to the settings. The import
// happens long after the days of the tests.
func (d *desk) file(source, content string, change ...func(*intake.Settings)) {
	d.t.Helper()
	path := filepath.Join(d.t.TempDir(), "log.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		d.t.Fatal(err)
	}
	settings := d.settings
	settings.Source = source
	settings.Modified = time.Date(2025, 12, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range change {
		c(&settings)
	}
	clock := func() time.Time { return time.Date(2025, 12, 2, 12, 0, 0, 0, time.UTC) }
	r, err := d.Importer(d.registry, clock).File(d.t.Context(), path, settings)
	if err != nil {
		d.t.Fatalf("importing: %v", err)
	}
	for _, f := range r.Files {
		if f.Status != intake.Imported {
			d.t.Fatalf("importing: %+v", f)
		}
	}
}

// ask asks about a period; the dates are written "03-10", all of 2025.
func (d *desk) ask(from, to string, o coverage.Options) map[string]coverage.Source {
	d.t.Helper()
	list, err := coverage.For(d.t.Context(), d.DB, coverage.Period{From: day(from), To: day(to)}, o)
	if err != nil {
		d.t.Fatalf("asking: %v", err)
	}
	all := map[string]coverage.Source{}
	for _, s := range list {
		if s.Complete != (len(s.Gaps) == 0) {
			d.t.Errorf("complete is %v with gaps %v", s.Complete, s.Gaps)
		}
		all[s.Name] = s
	}
	return all
}

// gaps writes the gaps of source "ehr" as "code from..to".
func (d *desk) gaps(from, to string, o coverage.Options) []string {
	d.t.Helper()
	s, ok := d.ask(from, to, o)["ehr"]
	if !ok {
		d.t.Fatal("the source is missing")
	}
	list := []string{}
	for _, g := range s.Gaps {
		list = append(list, fmt.Sprintf("%s %s..%s", g.Code, g.From.String()[5:], g.To.String()[5:]))
	}
	return list
}

func day(text string) coverage.Day {
	t, err := time.Parse(time.DateOnly, "2025-"+text)
	if err != nil {
		panic(err)
	}
	return coverage.DayOf(t)
}

const header = "timestamp,event_id,user_id,patient_id,patient_name,action,workstation"

// log is a CSV log of the given rows.
func log(rows ...string) string { return header + "\n" + strings.Join(rows, "\n") + "\n" }

// days has two views a day, of two patients by two users, from a date to
// another, without the weekdays named ("Sun") or dates ("03-10").
func days(from, to string, without ...string) []string {
	var rows []string
	for d := day(from); d <= day(to); d++ {
		skip := false
		for _, w := range without {
			skip = skip || w == d.Weekday().String()[:3] || w == d.String()[5:]
		}
		if !skip {
			rows = append(rows, d.String()+" 09:00:00,,ana,101,,view,W1", d.String()+" 17:00:00,,bo,102,,view,W2")
		}
	}
	return rows
}
