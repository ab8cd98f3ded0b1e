package intake_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/intake"
)

// TestWalk finds the files of a folder, also behind what cannot be read, and says what it
// leaves out.
func TestWalk(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.csv", "b/c.csv", "d.csv", "README.md", "chartwatch.yaml", ".hidden/x.csv", ".x.csv"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("x"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"a.csv", "b/c.csv", "d.csv"}
	walk := func(problem string) {
		t.Helper()
		files, err := intake.Walk(dir)
		var got []string
		for _, f := range files {
			rel, _ := filepath.Rel(dir, f)
			got = append(got, filepath.ToSlash(rel))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("files (-want +got):\n%s", diff)
		}
		if (err == nil) != (problem == "") || (err != nil && !strings.Contains(err.Error(), problem)) {
			t.Errorf("got %v, want %q", err, problem)
		}
	}
	walk("")
	if runtime.GOOS == "windows" {
		return // links need a privilege there
	}
	link := func(to, name string) {
		t.Helper()
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	link(filepath.Join(dir, "a.csv"), "c.csv")
	want = []string{"a.csv", "b/c.csv", "c.csv", "d.csv"}
	walk("")
	link(filepath.Join(dir, "b"), "bb")
	walk("a link to a folder")
	link(filepath.Join(dir, "nowhere"), "cc")
	walk("no such file")
}

func TestWalkEmpty(t *testing.T) {
	if files, err := intake.Walk(t.TempDir()); len(files) != 0 || !errors.Is(err, intake.ErrNoFiles) {
		t.Errorf("got %v, %v", files, err)
	}
}

// panicking is a parser with a mistake.
type panicking struct{}

func (panicking) Detect(ingest.Head) error { return nil }

func (panicking) Parse(context.Context, ingest.Source, *ingest.Writer) error {
	panic("Zebulon Quisenberry")
}

// TestPanic imports a file that a parser cannot stand. It fails, and the next one does not.
func TestPanic(t *testing.T) {
	d := newDesk(t)
	path := filepath.Join(t.TempDir(), "x.csv")
	if err := os.WriteFile(path, []byte("x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	registry, err := ingest.NewRegistry(ingest.Plugin{
		Name: "panicking", Summary: "A parser with a mistake", Version: 1, Produces: []ingest.Dataset{ingest.Events}, Sample: "x.csv",
		New: func(ingest.Settings) (ingest.Parser, error) { return panicking{}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r, err := d.Importer(registry, noon).File(t.Context(), path, intake.Settings{Zone: newYork(t), ZoneBasis: ingest.TZSourceSetting})
		if err != nil {
			t.Fatal(err)
		}
		f := r.Files[0]
		if f.Status != intake.Failed || !strings.Contains(f.Error, "failed unexpectedly at ") || !strings.Contains(f.Error, "panicking.Parse") || strings.Contains(f.Error, "Quisenberry") || !strings.Contains(f.Hint, "scrub") {
			t.Errorf("got %+v", f)
		}
	}
	if r := d.path("../../sample_logs/delimited/access_log.csv"); r.Files[0].Status != intake.Imported {
		t.Errorf("the next one: %+v", r.Files[0])
	}
}
