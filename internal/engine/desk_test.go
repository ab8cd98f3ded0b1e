package engine_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/builtin"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/rules"
)

// desk is an open data directory into which a test puts small files.
type desk struct {
	*intake.Workspace
	t        *testing.T
	registry *ingest.Registry
	rules    []rules.Rule
	engine   *engine.Engine
	files    int
}

func newDesk(t *testing.T, list ...rules.Rule) *desk {
	t.Helper()
	root := t.TempDir()
	w, err := intake.OpenWorkspace(t.Context(), intake.WorkspaceOptions{
		Store: store.Options{Dir: filepath.Join(root, "data"), Wait: time.Second, NoSpill: true},
		Key:   seal.Locator{Dir: filepath.Join(root, "keys")}, Create: true,
	})
	if err != nil {
		t.Fatalf("opening the data directory: %v", err)
	}
	t.Cleanup(func() { _ = w.Close() })
	registry, err := builtin.Registry()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{Workspace: w, t: t, registry: registry, rules: list}
	now := time.Date(2025, 12, 3, 0, 0, 0, 0, time.UTC)
	d.engine = &engine.Engine{
		DB: w.DB, Sealer: w.Sealer, Practice: practice.Practice{Zone: newYork(t)}, Clock: func() time.Time { now = now.Add(time.Second); return now },
		SiteKey: []byte("a key of the tests"),
	}
	return d
}

func newYork(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// file imports rows into a source.
func (d *desk) file(source string, rows ...string) {
	d.t.Helper()
	d.files++
	path := filepath.Join(d.t.TempDir(), "rows.csv")
	if err := os.WriteFile(path, []byte(strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		d.t.Fatal(err)
	}
	d.path(source, path)
}

// path imports a file. Each is imported a second after the one before.
func (d *desk) path(source, path string) {
	d.t.Helper()
	d.files++
	at := time.Date(2025, 12, 2, 12, 0, d.files, 0, time.UTC)
	settings := intake.Settings{Zone: newYork(d.t), ZoneBasis: ingest.TZSourceSetting, Source: source, Modified: at.Add(-24 * time.Hour)}
	r, err := d.Importer(d.registry, func() time.Time { return at }).File(d.t.Context(), path, settings)
	if err != nil {
		d.t.Fatalf("importing: %v", err)
	}
	for _, f := range r.Files {
		if f.Status != intake.Imported {
			d.t.Fatalf("importing: %+v", f)
		}
	}
}

// samples imports the practice of sample_logs.
func (d *desk) samples() {
	d.t.Helper()
	root := filepath.Join("..", "..", "sample_logs")
	for _, f := range []struct{ source, path string }{
		{"roster", "roster/staff.csv"},
		{"patients", "patients/patients.csv"},
		{"appointments", "appointments/appointments.csv"},
		{"ehr", "delimited/access_log.csv"},
		{"imaging", "fhiraudit/audit.ndjson"},
	} {
		d.path(f.source, filepath.Join(root, filepath.FromSlash(f.path)))
	}
}

func (d *desk) evaluate(from, to string) engine.Result {
	d.t.Helper()
	var err error
	if d.engine.Rules, _, err = engine.InForce(d.rules, d.engine.Practice); err != nil {
		d.t.Fatal(err)
	}
	r, err := d.engine.Evaluate(d.t.Context(), coverage.Period{From: day(d.t, from), To: day(d.t, to)})
	if err != nil {
		d.t.Fatalf("evaluating: %v", err)
	}
	return r
}

func day(t *testing.T, s string) coverage.Day {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return coverage.DayOf(d)
}

func core(t *testing.T) []rules.Rule {
	t.Helper()
	list, err := rules.Load(rules.Core(), rules.LoadOptions{Pack: rules.CorePack})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
