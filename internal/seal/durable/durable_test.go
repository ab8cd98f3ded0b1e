package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/seal/durable"
)

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range list {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got[e.Name()] = string(data)
	}
	return got
}

func TestFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "dir")
	path := filepath.Join(dir, "file")
	if err := durable.CreateFile(path, []byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := durable.CreateFile(path, []byte("two")); !errors.Is(err, os.ErrExist) {
		t.Errorf("creating again: %v, want os.ErrExist", err)
	}
	if diff := cmp.Diff(map[string]string{"file": "one"}, contents(t, dir)); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if err := durable.WriteFile(path, []byte("three")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"file": "three"}, contents(t, dir)); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
	if err := durable.Rename(filepath.Join(dir, "absent"), path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("renaming what is absent: %v", err)
	}
}

func TestWriteFailsCleanly(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(path, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := durable.WriteFile(path, []byte("data")); err == nil {
		t.Error("a directory was replaced by a file")
	}
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 1 {
		t.Errorf("left behind: %v, %v", list, err)
	}
}
