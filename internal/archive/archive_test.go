package archive_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/chartwatch/chartwatch/internal/archive"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/seal"
)

const canary = "Zebulon Quillfeather"

func newKey(tb testing.TB) seal.Key {
	tb.Helper()
	k, err := seal.NewKey()
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func newSealer(tb testing.TB, k seal.Key, previous ...seal.Key) *seal.Sealer {
	tb.Helper()
	s, err := seal.NewSealer(k, nil, previous...)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func openArchive(tb testing.TB, dir string, s *seal.Sealer) *archive.Archive {
	tb.Helper()
	a, err := archive.Open(dir, s)
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func keep(tb testing.TB, a *archive.Archive, data []byte) [32]byte {
	tb.Helper()
	d, err := a.Begin()
	if err != nil {
		tb.Fatal(err)
	}
	defer d.Discard()
	if _, err := d.Write(data); err != nil {
		tb.Fatal(err)
	}
	sha := sha256.Sum256(data)
	if err := d.Commit(sha); err != nil {
		tb.Fatal(err)
	}
	return sha
}

func readBack(tb testing.TB, a *archive.Archive, sha [32]byte) ([]byte, error) {
	tb.Helper()
	r, err := a.Open(sha)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	if closeErr := r.Close(); closeErr != nil {
		tb.Errorf("closing: %v", closeErr)
	}
	return data, err
}

func pathOf(dir string, sha [32]byte) string {
	name := hex.EncodeToString(sha[:])
	return filepath.Join(dir, name[:2], name+".zst.age")
}

// files returns the relative names of all files below dir.
func files(tb testing.TB, dir string) []string {
	tb.Helper()
	list := []string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			name, relErr := filepath.Rel(dir, path)
			list, err = append(list, filepath.ToSlash(name)), relErr
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

// csvLike makes data that compresses like an access log.
func csvLike(size int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	b.Grow(size + 200)
	b.WriteString("when,user,patient,action,record,workstation\n")
	actions := []string{"View", "Modify", "Print", "Open chart", "Query"}
	for n := 0; b.Len() < size; n++ {
		fmt.Fprintf(&b, "2025-03-%02d %02d:%02d:%02d,%s.%d,%d,%s,%s,WS-%02d\n", 1+n/9000%28, n/400%24, n/7%60, n%60,
			canary[:7], random.IntN(40), 100000+random.IntN(20000), actions[random.IntN(len(actions))],
			actions[random.IntN(len(actions))], random.IntN(30))
	}
	return b.Bytes()[:size]
}

func TestRoundTrip(t *testing.T) {
	noise := make([]byte, 3<<20+17)
	random := rand.New(rand.NewPCG(3, 4))
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	tests := []struct {
		name string
		data []byte
	}{
		{"empty", nil},
		{"one_byte", []byte{7}},
		{"text", []byte(canary + ",View\n")},
		{"one_piece", csvLike(1 << 20)},
		{"many_pieces", csvLike(9<<20 + 3)},
		{"noise", noise},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "archive")
			a := openArchive(t, dir, newSealer(t, newKey(t)))
			sha := keep(t, a, tt.data)
			got, err := readBack(t, a, sha)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, tt.data) {
				t.Errorf("read back %d bytes that differ from the %d written", len(got), len(tt.data))
			}
			if err := a.Verify(t.Context(), sha); err != nil {
				t.Errorf("verify: %v", err)
			}
			digits := hex.EncodeToString(sha[:])
			if diff := cmp.Diff([]string{digits[:2] + "/" + digits + ".zst.age"}, files(t, dir)); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWriteDoesNotKeepItsArgument(t *testing.T) {
	a := openArchive(t, t.TempDir(), newSealer(t, newKey(t)))
	data := csvLike(3 << 20)
	d, err := a.Begin()
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 700)
	for rest := data; len(rest) > 0; {
		n := copy(buf, rest)
		if _, err := d.Write(buf[:n]); err != nil {
			t.Fatal(err)
		}
		clear(buf)
		rest = rest[n:]
	}
	sha := sha256.Sum256(data)
	if err := d.Commit(sha); err != nil {
		t.Fatal(err)
	}
	got, err := readBack(t, a, sha)
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("read back %d bytes, %v", len(got), err)
	}
}

func TestNothingInClear(t *testing.T) {
	dir := t.TempDir()
	a := openArchive(t, dir, newSealer(t, newKey(t)))
	noise := strings.Repeat(canary+"\n", 1000)
	keep(t, a, []byte(noise))
	d, err := a.Begin() // on its way
	if err != nil {
		t.Fatal(err)
	}
	defer d.Discard()
	if _, err := d.Write([]byte(strings.Repeat(noise, 200))); err != nil {
		t.Fatal(err)
	}
	list := files(t, dir)
	if len(list) != 2 {
		t.Fatalf("files = %v, want a draft and an entry", list)
	}
	for _, name := range list {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte("Quillfeather")) {
			t.Errorf("%s holds the name in clear", name)
		}
		if runtime.GOOS == "windows" {
			continue
		}
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", name, info.Mode())
		}
	}
}

func TestAgeToolCanOpenIt(t *testing.T) {
	dir, k := t.TempDir(), newKey(t)
	sha := keep(t, openArchive(t, dir, newSealer(t, k)), []byte(canary))
	identity, err := age.ParseX25519Identity(k.Export())
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(pathOf(dir, sha))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it is only read
	compressed, err := age.Decrypt(f, identity)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zstd.NewReader(compressed)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	got, err := io.ReadAll(z)
	if err != nil || string(got) != canary {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestCommitTwiceTheSameFile(t *testing.T) {
	dir := t.TempDir()
	a := openArchive(t, dir, newSealer(t, newKey(t)))
	sha := keep(t, a, []byte(canary))
	before, err := os.ReadFile(pathOf(dir, sha))
	if err != nil {
		t.Fatal(err)
	}
	keep(t, a, []byte(canary))
	after, err := os.ReadFile(pathOf(dir, sha))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Error("the file of the archive was replaced")
	}
	if list := files(t, dir); len(list) != 1 {
		t.Errorf("files = %v, want one", list)
	}
}

func TestCommitOfOtherBytes(t *testing.T) {
	dir := t.TempDir()
	a := openArchive(t, dir, newSealer(t, newKey(t)))
	d, err := a.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write([]byte("half of it")); err != nil {
		t.Fatal(err)
	}
	if err := d.Commit(sha256.Sum256([]byte("half of it and the rest"))); !errors.Is(err, archive.ErrMismatch) {
		t.Errorf("commit: %v, want ErrMismatch", err)
	}
	if list := files(t, dir); len(list) != 0 {
		t.Errorf("files = %v, want none", list)
	}
}

func TestDraftEnds(t *testing.T) {
	dir := t.TempDir()
	a := openArchive(t, dir, newSealer(t, newKey(t)))
	d, err := a.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write(csvLike(6 << 20)); err != nil {
		t.Fatal(err)
	}
	d.Discard()
	d.Discard()
	if _, err := d.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("write after discard: %v, want os.ErrClosed", err)
	}
	if err := d.Commit([32]byte{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("commit after discard: %v, want os.ErrClosed", err)
	}
	if list := files(t, dir); len(list) != 0 {
		t.Errorf("files = %v, want none", list)
	}
}

func TestLeftoversAreRemoved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "odd[1]*name")
	if runtime.GOOS == "windows" {
		dir = filepath.Join(t.TempDir(), "odd[1]name")
	}
	s := newSealer(t, newKey(t))
	sha := keep(t, openArchive(t, dir, s), []byte(canary))
	if err := os.WriteFile(filepath.Join(dir, "draft-123.tmp"), []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := openArchive(t, dir, s)
	if list := files(t, dir); len(list) != 1 {
		t.Errorf("files = %v, want one", list)
	}
	if err := a.Verify(t.Context(), sha); err != nil {
		t.Errorf("verify: %v", err)
	}
}

func TestHasAndList(t *testing.T) {
	dir := t.TempDir()
	a := openArchive(t, dir, newSealer(t, newKey(t)))
	if list, err := a.List(); err != nil || len(list) != 0 {
		t.Errorf("list of nothing = %v, %v", list, err)
	}
	want := map[[32]byte]bool{}
	for _, text := range []string{"a", "b", "c"} {
		want[keep(t, a, []byte(text))] = true
	}
	// What is not ours is not listed.
	if err := os.MkdirAll(filepath.Join(dir, "zz"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"notes.txt", "zz/notes.zst.age", "zz/" + strings.Repeat("ab", 32) + ".zst.age"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, err := a.List()
	if err != nil {
		t.Fatal(err)
	}
	got, previous := map[[32]byte]bool{}, ""
	for _, e := range list {
		got[e.SHA256] = true
		info, err := os.Stat(pathOf(dir, e.SHA256))
		if err != nil || info.Size() != e.Size {
			t.Errorf("size of %x = %d, want %v, %v", e.SHA256[:4], e.Size, info.Size(), err)
		}
		if digits := hex.EncodeToString(e.SHA256[:]); digits <= previous {
			t.Errorf("%s comes after %s", digits, previous)
		} else {
			previous = digits
		}
		if ok, err := a.Has(e.SHA256); !ok || err != nil {
			t.Errorf("has(%x) = %v, %v", e.SHA256[:4], ok, err)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	if ok, err := a.Has(sha256.Sum256([]byte("d"))); ok || err != nil {
		t.Errorf("has something absent: %v, %v", ok, err)
	}
}

func TestAbsent(t *testing.T) {
	a := openArchive(t, t.TempDir(), newSealer(t, newKey(t)))
	err := a.Verify(t.Context(), [32]byte{1, 2, 3})
	if !errors.Is(err, archive.ErrAbsent) || fault.KindOf(err) != fault.NotFound {
		t.Errorf("verify: %v, kind %v", err, fault.KindOf(err))
	}
	if want := "file 010203000000: the archive does not have this file"; err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
}
