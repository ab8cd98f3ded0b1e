package archive_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/chartwatch/chartwatch/internal/archive"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/seal"
)

func TestDamage(t *testing.T) {
	data := csvLike(300_000)
	tests := []struct {
		name   string
		change func([]byte) []byte
	}{
		{"flipped_in_the_middle", func(b []byte) []byte { b[len(b)/2] ^= 1; return b }},
		{"flipped_at_the_end", func(b []byte) []byte { b[len(b)-1] ^= 0x80; return b }},
		{"flipped_in_the_version", func(b []byte) []byte { b[5] ^= 1; return b }},
		{"truncated_in_the_middle", func(b []byte) []byte { return b[:len(b)/2] }},
		{"truncated_by_a_byte", func(b []byte) []byte { return b[:len(b)-1] }},
		{"truncated_in_the_header", func(b []byte) []byte { return b[:50] }},
		{"empty", func([]byte) []byte { return nil }},
		{"longer", func(b []byte) []byte { return append(b, 0) }},
		{"in_clear", func([]byte) []byte { return []byte(canary) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			a := openArchive(t, dir, newSealer(t, newKey(t)))
			sha := keep(t, a, data)
			sealed, err := os.ReadFile(pathOf(dir, sha))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(pathOf(dir, sha), tt.change(sealed), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := readBack(t, a, sha)
			if !errors.Is(err, archive.ErrDamaged) {
				t.Fatalf("error = %v, want ErrDamaged", err)
			}
			if !bytes.HasPrefix(data, got) {
				t.Error("bytes were given out that are not the original's")
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("the error quotes the file: %v", err)
			}
			if fault.HintOf(err) == "" {
				t.Error("the error has no hint")
			}
			if err := a.Verify(t.Context(), sha); !errors.Is(err, archive.ErrDamaged) {
				t.Errorf("verify: %v, want ErrDamaged", err)
			}
		})
	}
}

// TestDamageOfTheStanza is apart: what says for whom a file was encrypted cannot
// be told from that of another key when it is damaged.
func TestDamageOfTheStanza(t *testing.T) {
	dir := t.TempDir()
	a := openArchive(t, dir, newSealer(t, newKey(t)))
	sha := keep(t, a, []byte(canary))
	sealed, err := os.ReadFile(pathOf(dir, sha))
	if err != nil {
		t.Fatal(err)
	}
	// Another letter of base64: anything else is no stanza at all.
	if sealed[60] != 'A' {
		sealed[60] = 'A'
	} else {
		sealed[60] = 'B'
	}
	if err := os.WriteFile(pathOf(dir, sha), sealed, 0o600); err != nil {
		t.Fatal(err)
	}
	err = a.Verify(t.Context(), sha)
	if !errors.Is(err, seal.ErrWrongKey) || !strings.Contains(fault.HintOf(err), "from a backup") {
		t.Errorf("verify: %v, hint %q", err, fault.HintOf(err))
	}
}

func TestSwappedFiles(t *testing.T) {
	dir := t.TempDir()
	a := openArchive(t, dir, newSealer(t, newKey(t)))
	one, two := keep(t, a, []byte("one")), keep(t, a, []byte("two"))
	if err := os.Rename(pathOf(dir, one), pathOf(dir, two)); err != nil {
		t.Fatal(err)
	}
	if err := a.Verify(t.Context(), two); !errors.Is(err, archive.ErrDamaged) {
		t.Errorf("verify: %v, want ErrDamaged", err)
	}
}

func TestWrongKey(t *testing.T) {
	dir := t.TempDir()
	sha := keep(t, openArchive(t, dir, newSealer(t, newKey(t))), []byte(canary))
	err := openArchive(t, dir, newSealer(t, newKey(t))).Verify(t.Context(), sha)
	if !errors.Is(err, seal.ErrWrongKey) || errors.Is(err, archive.ErrDamaged) {
		t.Errorf("error = %v, want ErrWrongKey and not ErrDamaged", err)
	}
	if !strings.Contains(fault.HintOf(err), "chartwatch key import") {
		t.Errorf("hint = %q", fault.HintOf(err))
	}
}

func TestFullDisk(t *testing.T) {
	noise := make([]byte, 12<<20)
	random := rand.New(rand.NewPCG(5, 6))
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	for _, after := range []int{0, 100, 500_000, 8 << 20} {
		t.Run(strconv.Itoa(after), func(t *testing.T) {
			dir := t.TempDir()
			a := openArchive(t, dir, newSealer(t, newKey(t)))
			archive.FailAfter(a, after, &fs.PathError{Op: "write", Path: "draft", Err: syscall.ENOSPC})
			d, err := a.Begin()
			if err != nil {
				t.Fatal(err)
			}
			defer d.Discard()
			_, err = d.Write(noise)
			if err == nil {
				err = d.Commit(sha256.Sum256(noise))
			}
			if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(fault.HintOf(err), "free some space") {
				t.Errorf("error = %v, hint %q", err, fault.HintOf(err))
			}
			d.Discard()
			if list := files(t, dir); len(list) != 0 {
				t.Errorf("files = %v, want none", list)
			}
		})
	}
}
