//go:build !windows

package seal_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/seal"
)

func TestOpenKeyFilesAreRefused(t *testing.T) {
	for mode, ok := range map[fs.FileMode]bool{
		0o600: true, 0o400: true, 0o700: true,
		0o640: false, 0o604: false, 0o644: false, 0o660: false, 0o610: false, 0o602: false,
	} {
		path := filepath.Join(t.TempDir(), "k.key")
		writeKeyFile(t, path, mode, newKey(t).Export())
		_, err := seal.Locator{File: path}.Load()
		if ok {
			if err != nil {
				t.Errorf("mode %v: %v", mode, err)
			}
			continue
		}
		if fault.KindOf(err) != fault.Invalid || fault.HintOf(err) != "run `chmod 600 "+path+"`" {
			t.Errorf("mode %v: %v, hint %q", mode, err, fault.HintOf(err))
		}
	}
	credentials := t.TempDir()
	writeKeyFile(t, filepath.Join(credentials, "chartwatch.key"), 0o644, newKey(t).Export())
	if _, err := (seal.Locator{Instance: "x", CredentialsDir: credentials}).Load(); err == nil || !strings.Contains(err.Error(), "mode 0644") {
		t.Errorf("credential that everybody can read: %v", err)
	}
}

func TestSaveThroughLink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "real.key"), filepath.Join(dir, "link.key")
	writeKeyFile(t, target, 0o600, newKey(t).Export())
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	k := newKey(t)
	if err := (seal.Locator{File: link}).Save(seal.Ring{Current: k}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link was replaced, %v", err)
	}
	if got := load(t, seal.Locator{File: target}); !got.Current.Equal(k) {
		t.Error("the file behind the link was not written")
	}
}
