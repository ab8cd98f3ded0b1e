package intake_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/builtin"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

// desk is an open data directory with what a test needs around it.
type desk struct {
	*intake.Workspace
	t       testing.TB
	options intake.WorkspaceOptions
}

func newDesk(tb testing.TB) *desk {
	tb.Helper()
	root := tb.TempDir()
	d := &desk{t: tb, options: intake.WorkspaceOptions{
		Store: store.Options{Dir: filepath.Join(root, "data"), Wait: time.Second},
		Key:   seal.Locator{Dir: filepath.Join(root, "keys")}, Create: true,
	}}
	d.reopen()
	tb.Cleanup(func() {
		if d.Workspace != nil {
			_ = d.Close()
		}
	})
	return d
}

func (d *desk) reopen() {
	d.t.Helper()
	if d.Workspace != nil {
		if err := d.Close(); err != nil {
			d.t.Fatalf("closing the data directory: %v", err)
		}
	}
	w, err := intake.OpenWorkspace(context.Background(), d.options)
	if err != nil {
		d.t.Fatalf("opening the data directory: %v", err)
	}
	d.Workspace = w
}

// rebuild makes the database again and opens it.
func (d *desk) rebuild() intake.RebuildResult {
	d.t.Helper()
	if err := d.Close(); err != nil {
		d.t.Fatal(err)
	}
	r, err := intake.Rebuild(d.t.Context(), d.options, d.registry(), nil)
	if err != nil {
		d.t.Fatalf("rebuilding: %v", err)
	}
	d.Workspace = nil
	d.reopen()
	return r
}

func (d *desk) registry() *ingest.Registry {
	d.t.Helper()
	reg, err := builtin.Registry()
	if err != nil {
		d.t.Fatal(err)
	}
	return reg
}

func newYork(tb testing.TB) *time.Location {
	tb.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		tb.Fatal(err)
	}
	return zone
}

func noon() time.Time { return time.Date(2025, 4, 20, 16, 0, 0, 0, time.UTC) }

// file writes a file and imports it.
func (d *desk) file(name, content string) intake.Result {
	d.t.Helper()
	path := filepath.Join(d.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return d.path(path)
}

func (d *desk) path(path string) intake.Result {
	d.t.Helper()
	r, err := d.Importer(d.registry(), noon).File(d.t.Context(), path, intake.Settings{Zone: newYork(d.t), ZoneBasis: ingest.TZSourceSetting})
	if err != nil {
		d.t.Fatalf("importing %s: %v", filepath.Base(path), err)
	}
	return r
}

func TestSampleLogs(t *testing.T) {
	d := newDesk(t)
	files, err := intake.Walk("../../sample_logs")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		for _, r := range d.path(f).Files {
			if r.Status != intake.Imported || r.Rejected != 0 || r.Records == 0 || r.Records != r.Accepted+r.Duplicates {
				t.Errorf("%s: %+v", f, r)
			}
		}
	}
	for _, f := range files {
		for _, r := range d.path(f).Files {
			if r.Status != intake.AlreadyImported {
				t.Errorf("again: %s: %+v", f, r)
			}
		}
	}
}
