//go:build unix

package drop_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/serve/drop"
)

// Links, pipes and the like are no files. Nothing outside the folder is reached.
func TestLinksAndPipes(t *testing.T) {
	f := newFolder(t)
	outside := filepath.Join(filepath.Dir(f.dir), "outside")
	ok(t, os.Mkdir(outside, 0o700))
	ok(t, os.WriteFile(filepath.Join(outside, "secret.csv"), []byte("secret"), 0o600))
	f.put("x", "real.csv")
	for name, to := range map[string]string{
		"jane-doe.csv": filepath.Join(outside, "secret.csv"), "ward": outside, "up": "../outside", "inside.csv": "real.csv", "nowhere.csv": "nothing", "loop": "loop", "self": ".",
	} {
		f.names = append(f.names, "jane-doe.csv")
		ok(t, os.Symlink(to, f.path(name)))
	}
	ok(t, syscall.Mkfifo(f.path("pipe.csv"), 0o600))
	ok(t, os.Symlink(filepath.Join(outside, "secret.csv"), f.path("real.csv.done"))) // a link is no marker
	f.scan(drop.Scan{Waiting: 9})
	f.scan(drop.Scan{Waiting: 8, Ready: []string{"real.csv"}})
	f.pass(2 * patience)
	f.scan(drop.Scan{Growing: 8, Ready: []string{"real.csv"}})
	f.loggedOnce("no files, such as links")
	f.loggedOnce("files=8")
	for _, name := range []string{"jane-doe.csv", "ward/secret.csv", "up/secret.csv", "../outside/secret.csv", "pipe.csv"} {
		_, err := f.Claim(name)
		f.refused(err, fault.Conflict, "not ready")
	}
	if b, err := os.ReadFile(filepath.Join(outside, "secret.csv")); string(b) != "secret" {
		t.Errorf("outside: %q, %v", b, err)
	}
}

// A file that was exchanged for a link between the look and the claim is not taken,
// and a folder that was is not followed.
func TestExchangedForLink(t *testing.T) {
	f := newFolder(t)
	outside := filepath.Join(filepath.Dir(f.dir), "outside")
	ok(t, os.Mkdir(outside, 0o700))
	f.put("secret", "../outside/b.csv")
	f.put("secret", "a.csv", "ward/b.csv")
	f.look()
	f.look()
	ok(t, os.Remove(f.path("a.csv")))
	ok(t, os.Symlink(filepath.Join(outside, "b.csv"), f.path("a.csv")))
	ok(t, os.Rename(f.path("ward"), f.path(".ward")))
	ok(t, os.Symlink(outside, f.path("ward")))
	for _, name := range []string{"a.csv", "ward/b.csv"} {
		_, err := f.Claim(name)
		f.refused(err, fault.Conflict, "a file in the drop folder")
	}
	if _, err := os.Lstat(filepath.Join(outside, "b.csv")); err != nil {
		t.Error(err)
	}
}

// A link in place of one of our folders would lead imported files elsewhere.
func TestLinkForDone(t *testing.T) {
	f := newFolder(t)
	f.put("x", "a.csv")
	c := f.claim("a.csv")
	outside := filepath.Join(filepath.Dir(f.dir), "outside")
	ok(t, os.Mkdir(outside, 0o700))
	ok(t, os.Remove(f.path("done")))
	ok(t, os.Symlink(outside, f.path("done")))
	f.refused(c.Done(), fault.Internal, "stays in the folder called processing")
	if names, err := os.ReadDir(outside); err != nil || len(names) != 0 {
		t.Errorf("outside holds %v, %v", names, err)
	}
	_, err := drop.Open(f.options)
	f.refused(err, fault.Invalid, "done in it is not a folder")
	ok(t, os.Remove(f.path("done")))
	ok(t, c.Done())
}
