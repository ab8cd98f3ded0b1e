package model_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/builtin"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine/model"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

// desk is an open data directory into which a test puts small files.
type desk struct {
	*intake.Workspace
	t        *testing.T
	registry *ingest.Registry
	settings intake.Settings
	files    int
	practice practice.Practice
	expect   map[string]coverage.Expectation
}

func newDesk(t *testing.T) *desk {
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
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return &desk{
		Workspace: w, t: t, registry: registry, settings: intake.Settings{Zone: zone, ZoneBasis: ingest.TZSourceSetting},
		practice: practice.Practice{Zone: zone},
	}
}

// file imports rows into a source.
func (d *desk) file(source string, rows ...string) {
	d.t.Helper()
	d.path(source, d.write("rows.csv", rows...))
}

// path imports a file. Each is imported a second after the one before.
func (d *desk) path(source, path string) {
	d.t.Helper()
	settings := d.settings
	settings.Source, settings.Modified = source, time.Date(2025, 12, 1, 12, 0, 0, 0, time.UTC)
	d.files++
	at := time.Date(2025, 12, 2, 12, 0, d.files, 0, time.UTC)
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

// log imports lines of an access log: "time,user,patient,action,record,workstation".
func (d *desk) log(rows ...string) {
	d.t.Helper()
	d.file("ehr", append([]string{"timestamp,user_id,patient_id,action,record_type,workstation"}, rows...)...)
}

// build builds the models of some days of 2025 and calls look with the session.
func (d *desk) build(from, to string, look func(built)) {
	d.t.Helper()
	err := d.DB.Session(d.t.Context(), func(ctx context.Context, s *store.Session) error {
		got, err := model.Build(ctx, s, model.Input{
			Sealer: d.Sealer, Practice: d.practice, Expect: d.expect, Period: coverage.Period{From: day(from), To: day(to)},
			Now: time.Date(2025, 12, 3, 0, 0, 0, 0, time.UTC),
		})
		if err != nil {
			return err
		}
		look(built{Built: got, t: d.t, s: s})
		return nil
	})
	if err != nil {
		d.t.Fatalf("building: %v", err)
	}
}

// built is a session with models.
type built struct {
	model.Built
	t *testing.T
	s *store.Session
}

// rows returns the rows of a SELECT as texts, with a dash for null. Columns that
// end in _no or _day and hold a day of our times are written as dates.
func (b built) rows(query string) []string {
	b.t.Helper()
	rows, err := b.s.Query(b.t.Context(), query)
	if err != nil {
		b.t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		b.t.Fatal(err)
	}
	list := []string{}
	for rows.Next() {
		values := make([]sql.NullString, len(names))
		targets := make([]any, len(names))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			b.t.Fatal(err)
		}
		cells := make([]string, len(names))
		for i, v := range values {
			cells[i] = cell(names[i], v)
		}
		list = append(list, strings.Join(cells, " "))
	}
	if err := rows.Err(); err != nil {
		b.t.Fatalf("%s: %v", query, err)
	}
	return list
}

func cell(name string, v sql.NullString) string {
	switch {
	case !v.Valid:
		return "-"
	case v.String == "":
		return "''"
	case strings.HasSuffix(name, "day_no") || strings.HasSuffix(name, "_day"):
		var n int32
		if _, err := fmt.Sscan(v.String, &n); err == nil && n > 10_000 && n < 50_000 {
			return coverage.Day(n).String()[2:]
		}
	}
	return v.String
}

// check compares the rows of a SELECT.
func (b built) check(query string, want ...string) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.rows(query), cmpopts.EquateEmpty()); diff != "" {
		b.t.Errorf("%s (-want +got):\n%s", query, diff)
	}
}

// codes are the codes of the notices.
func (b built) codes() []string {
	var list []string
	for _, n := range b.Notices {
		list = append(list, n.Code)
	}
	return list
}

func day(text string) coverage.Day {
	t, err := time.Parse(time.DateOnly, "2025-"+text)
	if err != nil {
		panic(err) // a mistake in the test itself
	}
	return coverage.DayOf(t)
}

// rootDir is the root of the repository.
func rootDir(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = parent
	}
}

// write makes a file of lines and returns its path.
func (d *desk) write(name string, rows ...string) string {
	d.t.Helper()
	path := filepath.Join(d.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return path
}
