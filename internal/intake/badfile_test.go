package intake_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
)

// A file that grows while it is read is not imported at all.
func TestFileChangesWhileRead(t *testing.T) {
	d := newDesk(t)
	path, _ := crashFile(t, 30_000)
	im := d.Importer(d.registry(), noon)
	grown := false
	im.Progress = func(int64) {
		if grown {
			return
		}
		grown = true
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Error(err)
			return
		}
		_, err = f.WriteString("2025-03-10 09:00:00,999999,user1,CANARY,view,EXAM-1\n")
		if err := errors.Join(err, f.Close()); err != nil {
			t.Error(err)
		}
	}
	r, err := im.File(t.Context(), path, intake.Settings{Zone: newYork(t), ZoneBasis: ingest.TZSourceSetting})
	if err != nil {
		t.Fatal(err)
	}
	f := r.Files[0]
	if f.Status != intake.Failed || !strings.Contains(f.Error, "the file changed while it was being read") || strings.Contains(f.Error, "CANARY") {
		t.Errorf("got %+v", f)
	}
	if f.Hint != "wait until the export has finished, then try again" {
		t.Errorf("hint %q", f.Hint)
	}
	if n := d.count("SELECT count(*) FROM event") + d.count("SELECT count(*) FROM import"); n != 0 {
		t.Errorf("%d rows are there", n)
	}
	if left := d.files("archive/*"); len(left) != 0 {
		t.Errorf("%d files in the archive", len(left))
	}
	im.Progress = nil
	if r, err := im.File(t.Context(), path, intake.Settings{Zone: newYork(t), ZoneBasis: ingest.TZSourceSetting}); err != nil || r.Files[0].Status != intake.Imported {
		t.Errorf("when it has come to rest: %+v, %v", r, err)
	}
	d.checkWhole("after the change")
}

// Parts of the data directory that cannot be written are named with a hint. A
// file in the place of a folder is refused to everybody, also to an
// administrator, who may write where permissions forbid it.
func TestUnwritable(t *testing.T) {
	for name, block := range map[string]string{"data_directory": ".", "archive": "archive", "manifest": "manifest"} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			o := childOptions(root)
			if block == "." {
				o.Store.Dir = filepath.Join(root, "file", "data")
				if err := os.WriteFile(filepath.Join(root, "file"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			} else {
				if err := os.MkdirAll(o.Store.Dir, 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(o.Store.Dir, block), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			err := openAndImport(t, o)
			if err == nil {
				t.Fatal("it was imported")
			}
			if fault.HintOf(err) == "" {
				t.Errorf("no hint: %v", err)
			}
			if strings.Contains(err.Error(), "CANARY") {
				t.Errorf("it shows a cell: %v", err)
			}
		})
	}
}

func openAndImport(t *testing.T, o intake.WorkspaceOptions) error {
	t.Helper()
	w, err := intake.OpenWorkspace(t.Context(), o)
	if err != nil {
		return err
	}
	defer func() { _ = w.Close() }()
	d := &desk{t: t, Workspace: w, options: o}
	path := filepath.Join(t.TempDir(), "log.csv")
	if err := os.WriteFile(path, []byte(plainHeader+"2025-03-01 09:00:00,jlee,CANARY,view,EXAM-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = w.Importer(d.registry(), noon).File(t.Context(), path, intake.Settings{Zone: newYork(t), ZoneBasis: ingest.TZSourceSetting})
	if n := d.count("SELECT count(*) FROM event"); n != 0 {
		t.Errorf("%d events are there", n)
	}
	return err
}

// A reader that fails in the middle, as a network drive does.
func TestStreamThatFails(t *testing.T) {
	d := newDesk(t)
	broken := errors.New("the drive is gone")
	in := io.MultiReader(strings.NewReader(plainHeader+"2025-03-01 09:00:00,jlee,CANARY,view,EXAM-1\n"), failing{broken})
	r, err := d.Importer(d.registry(), noon).Stream(t.Context(), "-", in, intake.Settings{Zone: newYork(t), ZoneBasis: ingest.TZSourceSetting})
	if err != nil || len(r.Files) != 1 || r.Files[0].Status != intake.Failed || !strings.Contains(r.Files[0].Error, broken.Error()) || strings.Contains(r.Files[0].Error, "CANARY") {
		t.Errorf("got %+v, %v", r, err)
	}
	if n := d.count("SELECT count(*) FROM event"); n != 0 {
		t.Errorf("%d events are there", n)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// Another process that uses the directory is waited for, and named.
func TestBusy(t *testing.T) {
	root := t.TempDir()
	file, _ := crashFile(t, 10)
	d := openAt(t, root)
	o := childOptions(root)
	o.Store.Wait = 1500 * time.Millisecond
	told := ""
	o.Store.Waiting = func(holder string) { told = holder }
	start := time.Now()
	_, err := intake.OpenWorkspace(t.Context(), o)
	want := fmt.Sprint("process ", os.Getpid())
	if err == nil || fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "the data directory is in use by "+want) {
		t.Fatalf("got %v", err)
	}
	if took := time.Since(start); took < time.Second || told != want {
		t.Errorf("after %v it was told of %q, want %q", took, told, want)
	}
	// A process that waits goes on when the directory is free.
	c, out := child(t, "import", root, file)
	time.Sleep(200 * time.Millisecond)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d.Workspace = nil
	said, err := io.ReadAll(out)
	if err := errors.Join(err, c.Wait()); err != nil || !strings.Contains(string(said), "result imported 10") {
		t.Errorf("%v: %s", err, said)
	}
}
