package archive_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"strconv"
	"syscall"
	"testing"

	"github.com/chartwatch/chartwatch/internal/archive"
)

func TestDraftHash(t *testing.T) {
	a := openArchive(t, t.TempDir(), newSealer(t, newKey(t)))
	for _, size := range []int{0, 1, 3 << 20} {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			data := csvLike(size)
			d, err := a.Begin()
			if err != nil {
				t.Fatal(err)
			}
			defer d.Discard()
			if _, err := d.Write(data); err != nil {
				t.Fatal(err)
			}
			sum, err := d.SHA256()
			if err != nil || sum != sha256.Sum256(data) {
				t.Errorf("hash %x, %v", sum, err)
			}
			if _, err := d.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
				t.Errorf("writing after the hash: %v, want os.ErrClosed", err)
			}
			if err := d.Commit(sum); err != nil {
				t.Errorf("committing after the hash: %v", err)
			}
			if got, err := readBack(t, a, sum); err != nil || !bytes.Equal(got, data) {
				t.Errorf("read %d bytes, %v; want %d", len(got), err, len(data))
			}
		})
	}
}

func TestDraftHashAndDiscard(t *testing.T) {
	dir := t.TempDir()
	a := openArchive(t, dir, newSealer(t, newKey(t)))
	d, err := a.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write(csvLike(2 << 20)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.SHA256(); err != nil {
		t.Fatal(err)
	}
	d.Discard()
	if list := files(t, dir); len(list) != 0 {
		t.Errorf("files = %v, want none", list)
	}
	archive.FailAfter(a, 1000, syscall.ENOSPC)
	if d, err = a.Begin(); err != nil {
		t.Fatal(err)
	}
	defer d.Discard()
	for err == nil { // until the draft notices
		_, err = d.Write(csvLike(1 << 20))
	}
	if _, err := d.SHA256(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("hash on a full disk: %v, want ENOSPC", err)
	}
}
