package archive_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/archive"
	"github.com/chartwatch/chartwatch/internal/seal"
)

func TestReencrypt(t *testing.T) {
	dir, oldKey, nextKey := t.TempDir(), newKey(t), newKey(t)
	a := openArchive(t, dir, newSealer(t, oldKey))
	texts := map[[32]byte]string{}
	for _, text := range []string{"a", "b", string(csvLike(2 << 20)), ""} {
		texts[keep(t, a, []byte(text))] = text
	}
	next := newSealer(t, nextKey)

	// Interrupted after two files, as by a power cut.
	ctx, cancel := context.WithCancel(t.Context())
	err := a.Reencrypt(ctx, next, func(done, _ int) {
		if done == 2 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	checkAll(t, a, texts)

	// Again, by a new process that knows both keys.
	a = openArchive(t, dir, newSealer(t, nextKey, oldKey))
	checkAll(t, a, texts)
	var steps []string
	err = a.Reencrypt(t.Context(), newSealer(t, nextKey, oldKey), func(done, total int) {
		steps = append(steps, fmt.Sprintf("%d/%d", done, total))
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1/4", "2/4", "3/4", "4/4"}, steps); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	checkAll(t, openArchive(t, dir, next), texts)
	if list := files(t, dir); len(list) != len(texts) {
		t.Errorf("files = %v", list)
	}
	for sha := range texts {
		if err := openArchive(t, dir, newSealer(t, oldKey)).Verify(t.Context(), sha); !errors.Is(err, seal.ErrWrongKey) {
			t.Errorf("the old key still opens a file: %v", err)
		}
	}
}

func checkAll(t *testing.T, a *archive.Archive, texts map[[32]byte]string) {
	t.Helper()
	for sha, text := range texts {
		got, err := readBack(t, a, sha)
		if err != nil || string(got) != text {
			t.Errorf("read %d bytes, %v; want %d", len(got), err, len(text))
		}
	}
}

func TestReencryptKeepsWhatItCannotRead(t *testing.T) {
	dir, k := t.TempDir(), newKey(t)
	a := openArchive(t, dir, newSealer(t, k))
	sha := keep(t, a, csvLike(400_000))
	sealed, err := os.ReadFile(pathOf(dir, sha))
	if err != nil {
		t.Fatal(err)
	}
	sealed[len(sealed)-5] ^= 1
	if err := os.WriteFile(pathOf(dir, sha), sealed, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := a.Reencrypt(t.Context(), newSealer(t, newKey(t)), nil); !errors.Is(err, seal.ErrDamaged) {
		t.Errorf("error = %v, want ErrDamaged", err)
	}
	after, err := os.ReadFile(pathOf(dir, sha))
	if err != nil || !bytes.Equal(after, sealed) {
		t.Errorf("the damaged file was changed, %v", err)
	}
	if list := files(t, dir); len(list) != 1 {
		t.Errorf("files = %v, want one", list)
	}
}

func TestVerifyStops(t *testing.T) {
	a := openArchive(t, t.TempDir(), newSealer(t, newKey(t)))
	sha := keep(t, a, csvLike(1<<20))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Verify(ctx, sha); !errors.Is(err, context.Canceled) {
		t.Errorf("verify: %v, want context.Canceled", err)
	}
}
