package evidence_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/evidence"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

const canary = "Zebulon Quisenberry"

func open(t *testing.T, dir string, sealer *seal.Sealer) *evidence.Journal {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	at := time.Date(2025, 3, 17, 9, 0, 0, 0, time.UTC)
	return &evidence.Journal{DB: db, Sealer: sealer, Clock: func() time.Time { at = at.Add(time.Minute); return at }}
}

func newSealer(t *testing.T) *seal.Sealer {
	t.Helper()
	key, err := seal.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	s, err := seal.NewSealer(key, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fill(t *testing.T, j *evidence.Journal) {
	t.Helper()
	for _, text := range []string{"first <&>", "about " + canary} {
		if _, err := j.Append(t.Context(), evidence.KindDecision, "f00d", canary, map[string]string{"text": text}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := j.Append(t.Context(), evidence.KindSignOff, "2025-W11", "rwinters", struct{}{}); err != nil {
		t.Fatal(err)
	}
}

func TestAppendAndRead(t *testing.T) {
	j := open(t, t.TempDir(), newSealer(t))
	fill(t, j)
	entries, err := j.Entries(t.Context(), evidence.KindDecision)
	if err != nil {
		t.Fatal(err)
	}
	type line struct {
		Seq               int64
		At                time.Time
		Object, By, Texts string
	}
	var got []line
	for _, e := range entries {
		var c map[string]string
		if err := json.Unmarshal(e.Content, &c); err != nil {
			t.Fatal(err)
		}
		got = append(got, line{e.Seq, e.At, e.Object, e.By, c["text"]})
	}
	want := []line{
		{1, time.Date(2025, 3, 17, 9, 1, 0, 0, time.UTC), "f00d", canary, "first <&>"},
		{2, time.Date(2025, 3, 17, 9, 2, 0, 0, time.UTC), "f00d", canary, "about " + canary},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if n, err := j.Verify(t.Context()); n != 3 || err != nil {
		t.Errorf("Verify = %d, %v, want 3 entries", n, err)
	}
}

func TestChangedEntriesAreNoticed(t *testing.T) {
	for name, change := range map[string]string{
		"object":  "UPDATE journal SET object = 'beef' WHERE seq = 1",
		"time":    "UPDATE journal SET at_us = at_us + 1 WHERE seq = 2",
		"removed": "DELETE FROM journal WHERE seq = 2",
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t, t.TempDir(), newSealer(t))
			fill(t, j)
			err := j.DB.Update(t.Context(), func(ctx context.Context, tx *store.Tx) error { return tx.Exec(ctx, change) })
			if err != nil {
				t.Fatal(err)
			}
			if _, err := j.Verify(t.Context()); err == nil || !strings.Contains(err.Error(), "has been changed, or one before it is missing") {
				t.Errorf("Verify = %v, want the changed entry to be named", err)
			}
		})
	}
}

func TestRestoreAndReseal(t *testing.T) {
	dir := t.TempDir()
	old := newSealer(t)
	j := open(t, dir, old)
	fill(t, j)
	before, err := j.Entries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := j.DB.Update(t.Context(), func(ctx context.Context, tx *store.Tx) error { return tx.Exec(ctx, "DELETE FROM journal") }); err != nil {
		t.Fatal(err)
	}
	fresh := newSealer(t)
	if err := evidence.Reseal(dir, old, fresh); err != nil {
		t.Fatal(err)
	}
	restored := &evidence.Journal{DB: j.DB, Sealer: fresh}
	if err := restored.Restore(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, err := restored.Entries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("entries after a rebuild with another key (-want +got):\n%s", diff)
	}
}

func TestLostCopyIsNoticed(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, newSealer(t))
	fill(t, j)
	if err := os.Remove(filepath.Join(dir, "journal", "00000003.json.age")); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Verify(t.Context()); err == nil || !strings.Contains(err.Error(), "1 of 3 entries of the journal have lost their copy") {
		t.Errorf("Verify = %v", err)
	}
}

func TestNothingIsInClear(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, newSealer(t))
	fill(t, j)
	if err := j.DB.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte("Quisenberry")) {
			t.Errorf("%s holds a name in clear", filepath.Base(path))
		}
		return err
	})
	if err != nil || files < 4 {
		t.Fatalf("read %d files: %v", files, err)
	}
}
