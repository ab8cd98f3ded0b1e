package seal_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/seal"
)

const canary = "Zebulon Quillfeather"

// fixedKey is a key that protects nothing; with it results can be written down.
const fixedKey = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"

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

func TestSealAndOpen(t *testing.T) {
	s := newSealer(t, newKey(t))
	for _, plain := range []string{"", "7", canary, "Nguyễn Thị Ánh", strings.Repeat("long ", 10000), "\x00\xff"} {
		sealed, err := s.Seal(seal.KindPatient, plain)
		if err != nil {
			t.Fatal(err)
		}
		if len(sealed) != len(plain)+seal.Overhead {
			t.Errorf("%d bytes became %d", len(plain), len(sealed))
		}
		if len(plain) > 2 && bytes.Contains(sealed, []byte(plain)) {
			t.Error("the sealed value holds the plain one")
		}
		again, err := s.Seal(seal.KindPatient, plain)
		if err != nil || !bytes.Equal(sealed, again) {
			t.Errorf("sealing again gives another value, %v", err)
		}
		appended, err := s.Append([]byte("x"), seal.KindPatient, plain)
		if err != nil || !bytes.Equal(appended, append([]byte("x"), sealed...)) {
			t.Errorf("append gives another value, %v", err)
		}
		got, err := s.Open(seal.KindPatient, sealed)
		if err != nil || got != plain {
			t.Errorf("opened %d bytes, %v; want %d", len(got), err, len(plain))
		}
	}
}

// TestStoredFormIsStable holds what is on the disks of practices.
func TestStoredFormIsStable(t *testing.T) {
	k, err := seal.ParseKey(fixedKey)
	if err != nil {
		t.Fatal(err)
	}
	s := newSealer(t, k)
	got := map[seal.Kind]string{}
	for _, kind := range seal.Kinds() {
		sealed, err := s.Seal(kind, "value")
		if err != nil {
			t.Fatal(err)
		}
		got[kind] = hex.EncodeToString(sealed)
	}
	want := map[seal.Kind]string{
		seal.KindUser:    "57916638909d2c172beff3bfbd01a334d1082d5584",
		seal.KindPatient: "dbbfd328568bcfc88b265ed885e938b7ebca34f5ef",
		seal.KindPlace:   "67cac2635fbad019e7e502894d1d8249fa9deeb2bb",
		seal.KindAction:  "fa6bbf90bff43e9a7610aef5a40819981f4bd5a4ba",
		seal.KindRecord:  "ff1adc43bc1a9328ee58109b7fdcddb58dc138b016",
		seal.KindSession: "9414e0951a112cbc9d1a69dd01e78123f569115f91",
		seal.KindText:    "341043889da9052730fa2fe13efefb6d0687dce257",
		seal.KindPath:    "00d74a731cecb217fcdc82af66fcd0af5792add71a",
		seal.KindEvent:   "75d5b6324b7546c4c3575d00705fa41e32baeef383",
		seal.KindRaw:     "313c978bbb6a6812a7810b6667ca7e1442b5a78192",
		seal.KindContext: "1646d57bb1c6bbe78e45879433c08390afa50c4549",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sealed values (-want +got):\n%s", diff)
	}
	if want := "f061eec49ee460f7"; s.KeyID() != want {
		t.Errorf("key id = %s, want %s", s.KeyID(), want)
	}
}

func TestKindsDoNotMix(t *testing.T) {
	s := newSealer(t, newKey(t))
	seen := map[string]seal.Kind{}
	for _, kind := range seal.Kinds() {
		sealed, err := s.Seal(kind, "4711")
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[string(sealed)]; ok {
			t.Errorf("%s and %s give the same value", kind, other)
		}
		seen[string(sealed)] = kind
		for _, other := range seal.Kinds() {
			if _, err := s.Open(other, sealed); (err == nil) != (kind == other) {
				t.Errorf("opening a value of kind %s as %s: %v", kind, other, err)
			}
		}
	}
	if _, err := s.Seal("patiant", "4711"); err == nil || err.Error() != `sealing a value: unknown kind "patiant"` {
		t.Errorf("sealing as an unknown kind: %v", err)
	}
	if _, err := s.Open("patiant", nil); err == nil || err.Error() != `opening a value: unknown kind "patiant"` {
		t.Errorf("opening as an unknown kind: %v", err)
	}
}

func TestOpenDamagedValue(t *testing.T) {
	s := newSealer(t, newKey(t))
	sealed, err := s.Seal(seal.KindUser, canary)
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if got, err := s.Open(seal.KindUser, changed); !errors.Is(err, seal.ErrDamaged) || got != "" {
			t.Errorf("byte %d changed: %q, %v", i, got, err)
		}
		if got, err := s.Open(seal.KindUser, sealed[:i]); !errors.Is(err, seal.ErrDamaged) || got != "" {
			t.Errorf("cut to %d bytes: %q, %v", i, got, err)
		}
	}
	if _, err := newSealer(t, newKey(t)).Open(seal.KindUser, sealed); !errors.Is(err, seal.ErrDamaged) {
		t.Errorf("another key: %v", err)
	}
}

func TestPreviousKeys(t *testing.T) {
	first, second, third := newKey(t), newKey(t), newKey(t)
	old := newSealer(t, first)
	sealed, err := old.Seal(seal.KindRaw, canary)
	if err != nil {
		t.Fatal(err)
	}
	stream := encrypt(t, old, canary)
	now := newSealer(t, third, second, first)
	if got, err := now.Open(seal.KindRaw, sealed); err != nil || got != canary {
		t.Errorf("value of the first key: %q, %v", got, err)
	}
	if got, err := decrypt(now, bytes.NewReader(stream)); err != nil || got != canary {
		t.Errorf("stream of the first key: %q, %v", got, err)
	}
	again, err := now.Seal(seal.KindRaw, canary)
	if err != nil || bytes.Equal(again, sealed) {
		t.Errorf("sealing uses an old key, %v", err)
	}
	if now.KeyID() != third.ID() {
		t.Errorf("key id = %s, want %s", now.KeyID(), third.ID())
	}
	if _, err := decrypt(newSealer(t, third, second), bytes.NewReader(stream)); !errors.Is(err, seal.ErrWrongKey) {
		t.Errorf("without the first key: %v, want ErrWrongKey", err)
	}
}

func encrypt(tb testing.TB, s *seal.Sealer, plain string) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := s.Encrypt(&b)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := io.WriteString(w, plain); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func decrypt(s *seal.Sealer, r io.Reader) (string, error) {
	plain, err := s.Decrypt(r)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(plain)
	return string(text), err
}

func TestStreamForExtraRecipients(t *testing.T) {
	k, officer := newKey(t), newKey(t)
	s, err := seal.NewSealer(k, []string{" " + officer.Recipient() + "\n"})
	if err != nil {
		t.Fatal(err)
	}
	stream := encrypt(t, s, canary)
	for name, reader := range map[string]*seal.Sealer{"own": s, "extra": newSealer(t, officer)} {
		if got, err := decrypt(reader, bytes.NewReader(stream)); err != nil || got != canary {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestBadRecipients(t *testing.T) {
	hybrid, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"typo": strings.Replace(newKey(t).Recipient(), "age1", "age2", 1), "empty": "", "hybrid": hybrid.Recipient().String(),
	} {
		_, err := seal.NewSealer(newKey(t), []string{text})
		if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "is not an age recipient") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := seal.NewSealer(seal.Key{}, nil); err == nil || !strings.Contains(err.Error(), "the key is empty") {
		t.Errorf("empty key: %v", err)
	}
	if _, err := seal.NewSealer(newKey(t), nil, seal.Key{}); err == nil || !strings.Contains(err.Error(), "a previous key is empty") {
		t.Errorf("empty previous key: %v", err)
	}
}

func TestDamagedStream(t *testing.T) {
	s := newSealer(t, newKey(t))
	plain := strings.Repeat(canary, 10000)
	stream := encrypt(t, s, plain)
	tests := []struct {
		name   string
		change func([]byte) []byte
	}{
		{"flipped", func(b []byte) []byte { b[len(b)-100_000] ^= 1; return b }},
		{"truncated", func(b []byte) []byte { return b[:len(b)-1] }},
		{"truncated_between_chunks", func(b []byte) []byte { return b[:len(b)-len(plain)%65536-16] }},
		{"truncated_header", func(b []byte) []byte { return b[:30] }},
		{"no_header", func([]byte) []byte { return []byte(canary) }},
		{"nothing", func([]byte) []byte { return nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decrypt(s, bytes.NewReader(tt.change(bytes.Clone(stream))))
			if !errors.Is(err, seal.ErrDamaged) {
				t.Fatalf("error = %v, want ErrDamaged", err)
			}
			if strings.Contains(err.Error(), "Zebulon") {
				t.Errorf("the error quotes the stream: %v", err)
			}
			if !strings.HasPrefix(plain, got) {
				t.Error("changed bytes were given out")
			}
		})
	}
	broken := errors.New("the cable is loose")
	for _, n := range []int{10, len(stream) / 2} {
		_, err := decrypt(s, io.MultiReader(bytes.NewReader(stream[:n]), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) || errors.Is(err, seal.ErrDamaged) {
			t.Errorf("after %d bytes: %v, want the reader's error", n, err)
		}
	}
}

func TestSealerIsSafeForConcurrentUse(t *testing.T) {
	s := newSealer(t, newKey(t))
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for i := range 500 {
				plain := fmt.Sprint(canary, worker, i)
				sealed, err := s.Seal(seal.KindUser, plain)
				if err != nil {
					t.Error(err)
				}
				if got, err := s.Open(seal.KindUser, sealed); err != nil || got != plain {
					t.Errorf("opened %q, %v", got, err)
				}
			}
		})
	}
	group.Wait()
}

func TestKeysAreNeverPrinted(t *testing.T) {
	k, err := seal.ParseKey(fixedKey)
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		Ring   seal.Ring
		hidden seal.Key
		sealer *seal.Sealer
	}
	s := newSealer(t, k, k)
	var out bytes.Buffer
	ring := seal.Ring{Current: k, Previous: []seal.Key{k}}
	values := []any{k, &k, ring, &ring, s, *s, holder{Ring: ring, hidden: k, sealer: s}, []seal.Key{k}, map[string]seal.Key{"k": k}, seal.Locator{}}
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		_ = json.NewEncoder(&out).Encode(v) //nolint:errchkjson // what it prints counts
		slog.New(slog.NewTextHandler(&out, nil)).Info("key", slog.Any("value", v))
		slog.New(slog.NewJSONHandler(&out, nil)).Info("key", slog.Any("value", v))
	}
	text := strings.ToUpper(out.String())
	for _, secret := range []string{"GFPYYSJZ", "424242", "42 42 42", "66 66 66", "AESSIV"} {
		if strings.Contains(text, secret) {
			t.Errorf("a key was printed: the output has %q", secret)
		}
	}
	if !strings.Contains(out.String(), "[redacted]") {
		t.Errorf("nothing was redacted:\n%s", out.String())
	}
}

func BenchmarkSeal(b *testing.B) {
	s := newSealer(b, newKey(b))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Seal(seal.KindPatient, canary); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	s := newSealer(b, newKey(b))
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if dst, err = s.Append(dst[:0], seal.KindPatient, canary); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	s := newSealer(b, newKey(b))
	sealed, err := s.Seal(seal.KindPatient, canary)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Open(seal.KindPatient, sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncrypt(b *testing.B) {
	s := newSealer(b, newKey(b))
	data := bytes.Repeat([]byte(canary), 50_000)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		w, err := s.Encrypt(io.Discard)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewSealer(b *testing.B) {
	k := newKey(b)
	for b.Loop() {
		newSealer(b, k)
	}
}
