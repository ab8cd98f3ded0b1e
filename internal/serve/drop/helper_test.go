package drop_test

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/serve/drop"
)

// folder is a drop folder with a clock that stands still unless it is told to go.
type folder struct {
	*drop.Folder
	t       testing.TB
	dir     string
	options drop.Options
	logs    *records
	mu      sync.Mutex
	now     time.Time
	names   []string // every base name that was used, none of which may be told
}

const (
	patience = time.Hour
	keep     = 48 * time.Hour
)

func start() time.Time { return time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC) }

// newFolder opens a folder. In the end no name of a file may have been logged.
func newFolder(tb testing.TB) *folder {
	tb.Helper()
	f := &folder{t: tb, dir: filepath.Join(tb.TempDir(), "drop"), now: start(), logs: &records{}}
	f.options = drop.Options{Dir: f.dir, Patience: patience, Keep: keep, Clock: f.clock, Log: slog.New(slog.NewTextHandler(f.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	f.open()
	tb.Cleanup(func() {
		if err := f.Close(); err != nil {
			tb.Error(err)
		}
		f.discreet(f.logs.String())
	})
	return f
}

func (f *folder) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *folder) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

func (f *folder) open() {
	f.t.Helper()
	d, err := drop.Open(f.options)
	if err != nil {
		f.t.Fatal(err)
	}
	f.Folder = d
}

// again ends the process without finishing anything, and starts another one.
func (f *folder) again() {
	f.t.Helper()
	if err := f.Close(); err != nil {
		f.t.Fatal(err)
	}
	f.open()
}

// discreet sees that no name of a file is told.
func (f *folder) discreet(text string) {
	f.t.Helper()
	for _, name := range f.names {
		if strings.Contains(text, name) {
			f.t.Errorf("the name %q is told: %s", name, text)
		}
	}
}

func (f *folder) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

// put makes files.
func (f *folder) put(content string, names ...string) {
	f.t.Helper()
	for _, name := range names {
		f.names = append(f.names, path.Base(name))
		if err := os.MkdirAll(filepath.Dir(f.path(name)), 0o700); err != nil {
			f.t.Fatal(err)
		}
		if err := os.WriteFile(f.path(name), []byte(content), 0o600); err != nil {
			f.t.Fatal(err)
		}
	}
}

// block puts a file where a folder should be.
func (f *folder) block(name string) {
	f.t.Helper()
	if err := os.WriteFile(f.path(name), []byte("in the way"), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// add writes more to a file.
func (f *folder) add(name, more string) {
	f.t.Helper()
	w, err := os.OpenFile(f.path(name), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		f.t.Fatal(err)
	}
	if _, err := w.WriteString(more); err != nil {
		f.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		f.t.Fatal(err)
	}
}

// old makes a file so many days old.
func (f *folder) old(name string, days int) {
	f.t.Helper()
	at := start().AddDate(0, 0, -days)
	if err := os.Chtimes(f.path(name), at, at); err != nil {
		f.t.Fatal(err)
	}
}

// scan looks and compares; an unset list is the same as an empty one.
func (f *folder) scan(want drop.Scan) {
	f.t.Helper()
	if diff := cmp.Diff(want, f.look()); diff != "" {
		f.t.Errorf("scan (-want +got):\n%s", diff)
	}
}

func (f *folder) look() drop.Scan {
	f.t.Helper()
	got, err := f.Scan(context.Background())
	if err != nil {
		f.t.Fatal(err)
	}
	return got
}

// claim takes a file that has lain still.
func (f *folder) claim(name string) *drop.Claim {
	f.t.Helper()
	f.look()
	f.look()
	c, err := f.Claim(name)
	if err != nil {
		f.t.Fatalf("claiming %q: %v", name, err)
	}
	return c
}

// refused checks an error of which a person will read.
func (f *folder) refused(err error, kind fault.Kind, message string) {
	f.t.Helper()
	if err == nil || fault.KindOf(err) != kind || !strings.Contains(err.Error(), message) || fault.HintOf(err) == "" {
		f.t.Errorf("error %v of kind %v with hint %q, want %q of kind %v", err, fault.KindOf(err), fault.HintOf(err), message, kind)
	}
	if err != nil {
		f.discreet(err.Error() + fault.HintOf(err))
		if strings.Contains(err.Error(), f.dir) {
			f.t.Errorf("the error holds a path: %v", err)
		}
	}
}

// tree compares all files in the folder and what is in them.
func (f *folder) tree(want map[string]string) {
	f.t.Helper()
	if diff := cmp.Diff(want, f.files()); diff != "" {
		f.t.Errorf("files (-want +got):\n%s", diff)
	}
}

// files are all files but what the package keeps about them.
func (f *folder) files() map[string]string {
	f.t.Helper()
	got := map[string]string{}
	err := filepath.WalkDir(f.dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == ".imported" || d.Name() == ".interrupted" {
			return err
		}
		rel, err := filepath.Rel(f.dir, p)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if !d.Type().IsRegular() {
			got[name] = d.Type().String()
			return nil
		}
		b, err := os.ReadFile(p)
		got[name] = string(b)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return got
}

// loggedOnce sees that something was logged, and not again and again.
func (f *folder) loggedOnce(text string) {
	f.t.Helper()
	if got := strings.Count(f.logs.String(), text); got != 1 {
		f.t.Errorf("%q was logged %d times:\n%s", text, got, f.logs.String())
	}
}

func ok(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// records keeps what is logged.
type records struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *records) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Write(p)
}

func (r *records) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}
