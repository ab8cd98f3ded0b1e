package drop_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/serve/drop"
)

// nobody makes the files of a test belong to an account without rights, and lets the
// test go on as that account, also if it was begun by the administrator. The latter
// keeps some files.
func nobody(t *testing.T, f *folder, but ...string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	const id = 65534
	ok(t, os.Chmod(filepath.Dir(filepath.Dir(f.dir)), 0o711))
	ok(t, filepath.WalkDir(filepath.Dir(f.dir), func(path string, _ os.DirEntry, err error) error {
		if err != nil || slices.ContainsFunc(but, func(name string) bool { return f.path(name) == path }) {
			return err
		}
		return os.Lchown(path, id, id)
	}))
	// It holds for this thread alone, which ends with the test.
	runtime.LockOSThread()
	if _, _, e := syscall.RawSyscall(syscall.SYS_SETFSUID, id, 0, 0); e != 0 {
		t.Fatal(e)
	}
	t.Cleanup(func() {
		_, _, _ = syscall.RawSyscall(syscall.SYS_SETFSUID, 0, 0, 0)
		runtime.UnlockOSThread()
	})
}

func TestUnwritable(t *testing.T) {
	for _, name := range []string{".", "processing", "done", "failed"} {
		t.Run("folder_"+name, func(t *testing.T) {
			f := newFolder(t)
			nobody(t, f)
			ok(t, os.Chmod(f.path(name), 0o500))
			defer func() { ok(t, os.Chmod(f.path(name), 0o700)) }()
			_, err := drop.Open(f.options)
			f.refused(err, fault.Internal, "the drop folder cannot be written to: permission denied")
		})
	}
}

func TestCannotBeMade(t *testing.T) {
	f := newFolder(t)
	nobody(t, f)
	ok(t, os.Chmod(f.dir, 0o500))
	defer func() { ok(t, os.Chmod(f.dir, 0o700)) }()
	_, err := drop.Open(drop.Options{Dir: f.path("new"), Log: slog.New(slog.DiscardHandler)})
	f.refused(err, fault.Internal, "cannot be made: permission denied")
}

// A file that may not be moved does not keep the others from being imported.
func TestFileMayNotBeMoved(t *testing.T) {
	f := newFolder(t)
	f.put("x", "sub/jane-doe.csv", "b.csv")
	f.old("b.csv", 1)
	nobody(t, f)
	ok(t, os.Chmod(f.path("sub"), 0o500))
	defer func() { ok(t, os.Chmod(f.path("sub"), 0o700)) }()
	f.look()
	for range 3 {
		f.scan(drop.Scan{Ready: []string{"b.csv", "sub/jane-doe.csv"}})
		_, err := f.Claim("sub/jane-doe.csv")
		f.refused(err, fault.Conflict, "may not be moved: permission denied")
		if n := f.Refusals(); n != 1 {
			t.Errorf("%d files still wait, want 1", n)
		}
		f.tree(map[string]string{"sub/jane-doe.csv": "x", "b.csv": "x"})
	}
	f.loggedOnce("level=WARN")
	f.pass(patience) // people have been told; from now on it is tried seldom
	f.scan(drop.Scan{Ready: []string{"b.csv", "sub/jane-doe.csv"}})
	_, err := f.Claim("sub/jane-doe.csv")
	f.refused(err, fault.Conflict, "may not be moved")
	f.scan(drop.Scan{Ready: []string{"b.csv"}, Growing: 1})
	f.pass(patience)
	ok(t, os.Chmod(f.path("sub"), 0o700))
	ok(t, f.claim("sub/jane-doe.csv").Done())
	if n := f.Refusals(); n != 0 {
		t.Errorf("%d files still wait, want none", n)
	}
	f.loggedOnce("level=WARN")
}

func TestUnreadablePart(t *testing.T) {
	f := newFolder(t)
	f.put("x", "sub/a.csv", "b.csv")
	nobody(t, f)
	ok(t, os.Chmod(f.path("sub"), 0))
	f.scan(drop.Scan{Waiting: 2})
	f.scan(drop.Scan{Ready: []string{"b.csv"}, Waiting: 1})
	f.pass(patience)
	f.scan(drop.Scan{Ready: []string{"b.csv"}, Growing: 1})
	f.loggedOnce("parts of the drop folder cannot be read")
	ok(t, os.Chmod(f.path("sub"), 0o700))
	f.look()
	ok(t, f.claim("sub/a.csv").Done())
	ok(t, os.Chmod(f.path("failed"), 0))
	f.scan(drop.Scan{Ready: []string{"b.csv"}})
	f.scan(drop.Scan{Ready: []string{"b.csv"}})
	f.loggedOnce("cannot be counted")
	ok(t, os.Chmod(f.path("failed"), 0o700))
}

// A marker that cannot be removed would speak for the next file of that name, so its
// file is not taken.
func TestMarkerMayNotBeRemoved(t *testing.T) {
	f := newFolder(t)
	f.put("x", "sub/jane-doe.csv")
	f.put("", "sub/jane-doe.csv.done")
	ok(t, os.Chmod(f.path("sub/jane-doe.csv.done"), 0o644))
	ok(t, os.Chmod(f.path("sub"), 0o777|os.ModeSticky)) // where everybody may remove only what is their own
	nobody(t, f, "sub", "sub/jane-doe.csv.done")
	if os.Geteuid() != 0 {
		ok(t, os.Chmod(f.path("sub"), 0o500))
		defer func() { ok(t, os.Chmod(f.path("sub"), 0o700)) }()
	}
	f.scan(drop.Scan{Ready: []string{"sub/jane-doe.csv"}})
	for range 2 {
		_, err := f.Claim("sub/jane-doe.csv")
		f.refused(err, fault.Conflict, "may not be moved")
		f.tree(map[string]string{"sub/jane-doe.csv": "x", "sub/jane-doe.csv.done": ""})
	}
	f.loggedOnce("level=WARN")
}
