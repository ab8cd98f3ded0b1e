package archive_test

import (
	"bytes"
	"context"
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
	"syscall"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/chartwatch/chartwatch/internal/archive"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/seal"
)

const canary = "Zebulon Quillfeather"

func newKey(t testing.TB) seal.Key {
	t.Helper()
	k, err := seal.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newSealer(t testing.TB, k seal.Key, previous ...seal.Key) *seal.Sealer {
	t.Helper()
	s, err := seal.NewSealer(k, nil, previous...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openArchive(t testing.TB, dir string, s *seal.Sealer) *archive.Archive {
	t.Helper()
	a, err := archive.Open(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func keep(t testing.TB, a *archive.Archive, data []byte) [32]byte {
	t.Helper()
	d, err := a.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Discard()
	if _, err := d.Write(data); err != nil {
		t.Fatal(err)
	}
	sha := sha256.Sum256(data)
	if err := d.Commit(sha); err != nil {
		t.Fatal(err)
	}
	return sha
}

func readBack(t testing.TB, a *archive.Archive, sha [32]byte) ([]byte, error) {
	t.Helper()
	r, err := a.Open(sha)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	if closeErr := r.Close(); closeErr != nil {
		t.Errorf("closing: %v", closeErr)
	}
	return data, err
}

func pathOf(dir string, sha [32]byte) string {
	name := hex.EncodeToString(sha[:])
	return filepath.Join(dir, name[:2], name+".zst.age")
}

// files returns the relative names of all files below dir.
func files(t testing.TB, dir string) []string {
	t.Helper()
	list := []string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			name, relErr := filepath.Rel(dir, path)
			list, err = append(list, filepath.ToSlash(name)), relErr
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
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
	defer f.Close()
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
	sealed[60] ^= 1
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
		t.Run(fmt.Sprint(after), func(t *testing.T) {
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

func BenchmarkDraft(b *testing.B) {
	for _, size := range []int{4 << 10, 64 << 20} {
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			data := csvLike(size)
			sha := sha256.Sum256(data)
			dir := b.TempDir()
			a := openArchive(b, dir, newSealer(b, newKey(b)))
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				d, err := a.Begin()
				if err != nil {
					b.Fatal(err)
				}
				for i := 0; i < size; i += 64 << 10 {
					if _, err := d.Write(data[i:min(i+64<<10, size)]); err != nil {
						b.Fatal(err)
					}
				}
				if err := d.Commit(sha); err != nil {
					b.Fatal(err)
				}
			}
			info, err := os.Stat(pathOf(dir, sha))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(size)/float64(info.Size()), "ratio")
		})
	}
}

func BenchmarkRead(b *testing.B) {
	data := csvLike(64 << 20)
	a := openArchive(b, b.TempDir(), newSealer(b, newKey(b)))
	sha := keep(b, a, data)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if err := a.Verify(b.Context(), sha); err != nil {
			b.Fatal(err)
		}
	}
}
