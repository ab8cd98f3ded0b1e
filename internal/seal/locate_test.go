package seal_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zalando/go-keyring"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/seal"
)

func writeKeyFile(t *testing.T, path string, mode fs.FileMode, lines ...string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, l seal.Locator) seal.Ring {
	t.Helper()
	r, err := l.Load()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestKeyFileLife(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "config", "keys")
	first, second := newKey(t), newKey(t)
	l := seal.Locator{Instance: "practice-1", Dir: dir}
	path := filepath.Join(dir, "practice-1.key")

	_, err := l.Load()
	if !errors.Is(err, seal.ErrNoKey) || fault.KindOf(err) != fault.NotFound || !strings.Contains(fault.HintOf(err), "chartwatch key import") {
		t.Errorf("before: %v, hint %q", err, fault.HintOf(err))
	}
	if !strings.Contains(err.Error(), path) {
		t.Errorf("the error does not name the file: %v", err)
	}
	if err := l.Create(first); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(seal.Ring{Current: first, Previous: []seal.Key{}}, load(t, l)); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	err = l.Create(second)
	if !errors.Is(err, os.ErrExist) || fault.KindOf(err) != fault.Conflict {
		t.Errorf("creating a second one: %v", err)
	}
	if got := load(t, l); !got.Current.Equal(first) {
		t.Error("the first key was replaced")
	}
	ring := seal.Ring{Current: second, Previous: []seal.Key{first}}
	if err := l.Save(ring); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ring, load(t, l)); diff != "" {
		t.Errorf("saved (-want +got):\n%s", diff)
	}
	if where, err := l.Where(); err != nil || !strings.Contains(where, path) {
		t.Errorf("where = %q, %v", where, err)
	}
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 1 {
		t.Errorf("directory holds %v, %v; want the key file only", list, err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for p, want := range map[string]fs.FileMode{path: 0o600, dir: 0o700} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != want {
			t.Errorf("mode of %s = %v, %v; want %v", p, info.Mode(), err, want)
		}
	}
}

func TestEmptyKeysAreRefused(t *testing.T) {
	l := seal.Locator{Instance: "a", Dir: t.TempDir()}
	if err := l.Create(seal.Key{}); err == nil || !strings.Contains(err.Error(), "it is empty") {
		t.Errorf("create: %v", err)
	}
	if err := l.Save(seal.Ring{}); err == nil || !strings.Contains(err.Error(), "it is empty") {
		t.Errorf("save: %v", err)
	}
}

func TestOrderOfPlaces(t *testing.T) {
	keyring.MockInit()
	dir := t.TempDir()
	explicit, credential, ring, file := newKey(t), newKey(t), newKey(t), newKey(t)
	l := seal.Locator{Instance: "x", Dir: dir, CredentialsDir: filepath.Join(dir, "credentials"), Keyring: true}
	place := filepath.Join(dir, "explicit.key")

	writeKeyFile(t, filepath.Join(dir, "x.key"), 0o600, file.Export())
	if got := load(t, l); !got.Current.Equal(file) {
		t.Error("the default file is not found")
	}
	if err := keyring.Set("chartwatch", "x", ring.Export()); err != nil {
		t.Fatal(err)
	}
	if got := load(t, l); !got.Current.Equal(ring) {
		t.Error("the keyring does not come before the default file")
	}
	// Systemd grants access by a list that shows up as rights of the group.
	writeKeyFile(t, filepath.Join(dir, "credentials", "chartwatch.key"), 0o440, credential.Export())
	if got := load(t, l); !got.Current.Equal(credential) {
		t.Error("the credential does not come before the keyring")
	}
	l.File = place
	if _, err := l.Load(); !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("explicit file absent: %v, want ErrNoKey and no other place", err)
	}
	writeKeyFile(t, place, 0o600, explicit.Export())
	if got := load(t, l); !got.Current.Equal(explicit) {
		t.Error("the explicit file does not come first")
	}
}

func TestKeyring(t *testing.T) {
	keyring.MockInit()
	dir := t.TempDir()
	l := seal.Locator{Instance: "x", Dir: dir, Keyring: true}
	first, second := newKey(t), newKey(t)
	if err := l.Create(first); err != nil {
		t.Fatal(err)
	}
	if err := l.Create(second); !errors.Is(err, os.ErrExist) {
		t.Errorf("creating a second one: %v", err)
	}
	want := seal.Ring{Current: second, Previous: []seal.Key{first}}
	if err := l.Save(want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, load(t, l)); diff != "" {
		t.Errorf("saved (-want +got):\n%s", diff)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 0 {
		t.Errorf("files were written as well: %v, %v", list, err)
	}
	other := l
	other.Instance = "y"
	if _, err := other.Load(); !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("another data directory: %v, want ErrNoKey", err)
	}
}

// TestBrokenKeyring makes sure that a locked keyring is not taken for a missing
// key, because then a new one would be made.
func TestBrokenKeyring(t *testing.T) {
	locked := errors.New("the keyring is locked")
	keyring.MockInitWithError(locked)
	l := seal.Locator{Instance: "x", Dir: t.TempDir(), Keyring: true}
	_, err := l.Load()
	for doing, err := range map[string]error{"load": err, "create": l.Create(newKey(t)), "save": l.Save(seal.Ring{Current: newKey(t)})} {
		if !errors.Is(err, locked) || errors.Is(err, seal.ErrNoKey) || !strings.Contains(fault.HintOf(err), "store: file") {
			t.Errorf("%s: %v, hint %q", doing, err, fault.HintOf(err))
		}
	}
}

func TestCredentialIsReadOnly(t *testing.T) {
	dir := t.TempDir()
	k := newKey(t)
	l := seal.Locator{Instance: "x", CredentialsDir: dir}
	if err := l.Create(k); err == nil || !strings.Contains(err.Error(), "no place for a key") {
		t.Errorf("create without a place: %v", err)
	}
	writeKeyFile(t, filepath.Join(dir, "chartwatch.key"), 0o600, k.Export())
	if got := load(t, l); !got.Current.Equal(k) {
		t.Error("the credential is not found")
	}
	if err := l.Save(seal.Ring{Current: newKey(t)}); fault.KindOf(err) != fault.Conflict || !strings.Contains(fault.HintOf(err), "LoadCredential") {
		t.Errorf("save: %v", err)
	}
	if err := l.Create(newKey(t)); !errors.Is(err, os.ErrExist) {
		t.Errorf("create: %v", err)
	}
}

func TestKeyFileText(t *testing.T) {
	one, two := newKey(t), newKey(t)
	tests := []struct {
		name  string
		lines []string
		want  string
	}{
		{"comments_and_blanks", []string{"\ufeff# a key", "", "  " + one.Export() + "  \r", "# older", two.Export()}, ""},
		{"empty", nil, "holds no key"},
		{"comments_only", []string{"# nothing"}, "holds no key"},
		{"second_line_torn", []string{one.Export(), two.Export()[:40]}, "line 2: this is not a key: it is 40 characters long"},
		{"too_large", []string{strings.Repeat("# comment\n", 10000)}, "too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "k")
			writeKeyFile(t, path, 0o600, tt.lines...)
			got, err := seal.Locator{File: path}.Load()
			if tt.want == "" {
				if diff := cmp.Diff(seal.Ring{Current: one, Previous: []seal.Key{two}}, got); diff != "" || err != nil {
					t.Errorf("%v (-want +got):\n%s", err, diff)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || fault.KindOf(err) != fault.Invalid {
				t.Fatalf("error = %v, want %q", err, tt.want)
			}
			if errors.Is(err, seal.ErrNoKey) {
				t.Error("a broken key file is taken for a missing key")
			}
			if strings.Contains(err.Error(), one.Export()[20:60]) || strings.Contains(err.Error(), two.Export()[20:40]) {
				t.Errorf("the error quotes a key: %v", err)
			}
		})
	}
}

func TestInstanceNames(t *testing.T) {
	for _, id := range []string{"", "../other", `a\b`, "a/b", "a.b", "ä", strings.Repeat("x", 65)} {
		if _, err := (seal.Locator{Instance: id, Dir: t.TempDir()}).Load(); err == nil || errors.Is(err, seal.ErrNoKey) {
			t.Errorf("%q: %v, want it refused", id, err)
		}
	}
	if _, err := (seal.Locator{Instance: "a"}).Load(); err == nil || errors.Is(err, seal.ErrNoKey) {
		t.Errorf("no place at all: %v", err)
	}
}

func TestKeyFileIsADirectory(t *testing.T) {
	if _, err := (seal.Locator{File: t.TempDir()}).Load(); err == nil || errors.Is(err, seal.ErrNoKey) {
		t.Errorf("error = %v", err)
	}
}
