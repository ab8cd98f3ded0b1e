package drop_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/serve/drop"
)

func TestOpenMakesFolders(t *testing.T) {
	f := newFolder(t)
	for _, name := range []string{".", "processing", "done", "failed"} {
		info, err := os.Stat(f.path(name))
		ok(t, err)
		if !info.IsDir() || filepath.Separator == '/' && info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v", name, info.Mode())
		}
	}
	f.tree(map[string]string{})
	if names, err := os.ReadDir(f.dir); err != nil || len(names) != 3 {
		t.Errorf("the folder holds %v, %v", names, err)
	}
}

// A folder that exists is left as it is, so that others may still write to it.
func TestOpenLeavesModes(t *testing.T) {
	dir := t.TempDir()
	ok(t, os.Chmod(dir, 0o770))
	before, err := os.Stat(dir)
	ok(t, err)
	f, err := drop.Open(drop.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	ok(t, err)
	ok(t, f.Close())
	after, err := os.Stat(dir)
	ok(t, err)
	if before.Mode() != after.Mode() {
		t.Errorf("mode %v became %v", before.Mode(), after.Mode())
	}
}

func TestOpenRefused(t *testing.T) {
	const name = "jane-doe"
	tests := []struct {
		name    string
		dir     string
		prepare func(t *testing.T, dir string)
		kind    fault.Kind
		message string
	}{
		{"not_named", "", nil, fault.Invalid, "no drop folder is named"},
		{"a_file_in_its_place", name, func(t *testing.T, dir string) { t.Helper(); ok(t, os.WriteFile(dir, nil, 0o600)) }, fault.Invalid, "there is a file in its place"},
		{"a_file_above", name + "/drop", func(t *testing.T, dir string) { t.Helper(); ok(t, os.WriteFile(filepath.Dir(dir), nil, 0o600)) }, fault.Internal, "cannot be made"},
		{"a_file_for_done", name, func(t *testing.T, dir string) {
			t.Helper()
			ok(t, os.Mkdir(dir, 0o700))
			ok(t, os.WriteFile(filepath.Join(dir, "done"), nil, 0o600))
		}, fault.Invalid, "done in it is not a folder"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := tt.dir
			if dir != "" {
				dir = filepath.Join(t.TempDir(), filepath.FromSlash(dir))
				tt.prepare(t, dir)
			}
			_, err := drop.Open(drop.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
			if err == nil || fault.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.message) || fault.HintOf(err) == "" {
				t.Errorf("error %v of kind %v, want %q of kind %v", err, fault.KindOf(err), tt.message, tt.kind)
			}
			if err != nil && strings.Contains(err.Error(), name) {
				t.Errorf("the error holds a path: %v", err)
			}
		})
	}
}

// Two folders know nothing of each other, and a relative path stays the same folder.
func TestOpenRelative(t *testing.T) {
	t.Chdir(t.TempDir())
	f, err := drop.Open(drop.Options{Dir: "in/box", Clock: start, Log: slog.New(slog.DiscardHandler)})
	ok(t, err)
	defer func() { ok(t, f.Close()) }()
	ok(t, os.WriteFile(filepath.Join("in", "box", "a.csv"), []byte("x"), 0o600))
	t.Chdir(t.TempDir())
	var c *drop.Claim
	for range 2 {
		_, err = f.Scan(t.Context())
		ok(t, err)
	}
	c, err = f.Claim("a.csv")
	ok(t, err)
	if b, err := os.ReadFile(c.Path); string(b) != "x" || !filepath.IsAbs(c.Path) {
		t.Errorf("claim holds %q, %v", b, err)
	}
	ok(t, c.Done())
}
