package ingest_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/chartwatch/chartwatch/ingest"
)

const logText = "when,who\n2025-05-05 10:00,mdoyle\n"

func gzipped(tb testing.TB, text string) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func zstded(tb testing.TB, text string) []byte {
	tb.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return w.EncodeAll([]byte(text), nil)
}

// zipped returns an archive of name, text, name, text ….
func zipped(tb testing.TB, members ...string) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		f, err := w.Create(members[i])
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := io.WriteString(f, members[i+1]); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func utf16(text string, big bool) []byte {
	var b []byte
	for _, r := range text {
		if big {
			b = append(b, byte(r>>8), byte(r))
		} else {
			b = append(b, byte(r), byte(r>>8))
		}
	}
	return b
}

// opened is what opening a file gave: "name=text", and notes as "name!kind".
type opened []string

func collect(got *opened) func(context.Context, ingest.Member) error {
	return func(_ context.Context, m ingest.Member) error {
		head := string(m.Head.Bytes)
		text, err := io.ReadAll(m.Data)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(string(text), head) || m.Head.Complete && len(text) != len(head) {
			return fmt.Errorf("%s: the head is not the beginning of the data", m.Name)
		}
		*got = append(*got, m.Name+"="+string(text))
		for _, n := range m.Notes {
			*got = append(*got, m.Name+"!"+string(n.Kind))
		}
		return nil
	}
}

// openBoth opens data from a stream and from a file, which must agree.
func openBoth(t *testing.T, data []byte, o ingest.OpenOptions) (opened, error) {
	t.Helper()
	var stream, file opened
	var raw bytes.Buffer
	o.Raw = &raw
	info, streamErr := ingest.OpenStream(t.Context(), "log", iotest.HalfReader(bytes.NewReader(data)), o, collect(&stream))
	if streamErr == nil {
		if want := (ingest.FileInfo{SHA256: sha256.Sum256(data), Size: int64(len(data))}); info != want {
			t.Errorf("file info %v, want %v", info, want)
		}
		if !bytes.Equal(raw.Bytes(), data) {
			t.Errorf("the copy has %d bytes, the file %d", raw.Len(), len(data))
		}
	}
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	o.Raw = nil
	fileInfo, fileErr := ingest.OpenFile(t.Context(), path, o, collect(&file))
	if diff := cmp.Diff(stream, file); diff != "" {
		t.Errorf("a stream and a file differ (-stream +file):\n%s", diff)
	}
	if fmt.Sprint(streamErr) != fmt.Sprint(fileErr) {
		t.Errorf("a stream gives the error %v, a file %v", streamErr, fileErr)
	}
	if streamErr == nil && info != fileInfo {
		t.Errorf("a stream gives %v, a file %v", info, fileInfo)
	}
	return stream, streamErr
}

func TestOpen(t *testing.T) {
	latin := "when,who\n10:00,Ren\xe9e\n"
	euro := "when,who\n10:00,Renée\n"
	cases := map[string]struct {
		data     []byte
		encoding string
		want     opened
	}{
		"plain":           {[]byte(logText), "", opened{"log=" + logText}},
		"empty":           {nil, "", opened{"log="}},
		"byte-order-mark": {[]byte("\ufeff" + logText), "", opened{"log=" + logText}},
		"gzip":            {gzipped(t, logText), "", opened{"log=" + logText}},
		"gzip-members":    {append(gzipped(t, logText), gzipped(t, "second\n")...), "", opened{"log=" + logText + "second\n"}},
		"zstd":            {zstded(t, logText), "", opened{"log=" + logText}},
		"zip": {
			zipped(t, "a.csv", logText, "dir/", "", "dir/b.csv", "b\n", "__MACOSX/a.csv", "x", "dir/.hidden", "x"), "",
			opened{"log:a.csv=" + logText, "log:dir/b.csv=b\n"},
		},
		"empty-zip":            {zipped(t), "", nil},
		"empty-zip-member":     {zipped(t, "a.csv", ""), "", opened{"log:a.csv="}},
		"utf-16-little":        {append([]byte{0xff, 0xfe}, utf16(euro, false)...), "", opened{"log=" + euro}},
		"utf-16-big":           {append([]byte{0xfe, 0xff}, utf16(euro, true)...), "", opened{"log=" + euro}},
		"utf-16-declared":      {utf16(euro, false), "utf-16le", opened{"log=" + euro}},
		"windows-1252-assumed": {[]byte(latin), "", opened{"log=" + euro, "log!encoding_assumed"}},
		"declared":             {[]byte(latin), "iso-8859-1", opened{"log=" + euro}},
		"utf-8-declared":       {[]byte(euro), "UTF8", opened{"log=" + euro}},
		"mark-beats-declared":  {[]byte("\ufeff" + euro), "windows-1252", opened{"log=" + euro}},
		"xml-declaration": {
			[]byte("<?xml version=\"1.0\" encoding='ISO-8859-1'?><a>Ren\xe9e</a>"), "",
			opened{"log=<?xml version=\"1.0\" encoding='ISO-8859-1'?><a>Renée</a>"},
		},
		"xml-declaration-that-lies": {
			[]byte(`<?xml version="1.0" encoding="utf-16"?><a>Renée</a>`), "",
			opened{`log=<?xml version="1.0" encoding="utf-16"?><a>Renée</a>`},
		},
		"xml-declared-ascii": {
			[]byte(`<?xml version="1.0" encoding="ASCII"?><a>Renée</a>`), "",
			opened{`log=<?xml version="1.0" encoding="ASCII"?><a>Renée</a>`},
		},
		"gzip-of-utf-16": {gzipped(t, "\xff\xfe"+string(utf16(euro, false))), "", opened{"log=" + euro}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := openBoth(t, c.data, ingest.OpenOptions{Encoding: c.encoding})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	many := make([]string, 0, 2002)
	for i := range 1001 {
		many = append(many, fmt.Sprintf("f%d", i), "x")
	}
	archive := zipped(t, "a.csv", logText, "b.csv", logText)
	packed := gzipped(t, strings.Repeat(logText, 1000))
	cases := map[string]struct {
		data     []byte
		encoding string
		want     error
		text     string
	}{
		"binary":         {[]byte("\x7fELF\x00\x01\x02abc"), "", ingest.ErrBinary, ""},
		"utf-16-no-mark": {utf16(logText, false), "", ingest.ErrBinary, "declare --encoding utf-16le"},
		"encoding":       {[]byte(logText), "klingon", ingest.ErrEncoding, `"klingon"`},
		"half-a-zip":     {archive[:len(archive)/2], "", ingest.ErrTruncated, "log: "},
		"half-a-gzip":    {packed[:len(packed)/2], "", ingest.ErrTruncated, "log"},
		"gzip-header":    {packed[:5], "", ingest.ErrTruncated, "log"},
		"broken-gzip":    {append(bytes.Clone(packed[:len(packed)-8]), 1, 2, 3, 4, 5, 6, 7, 8), "", ingest.ErrCorrupt, "log"},
		"half-a-zstd":    {zstded(t, strings.Repeat(logText, 9))[:20], "", ingest.ErrTruncated, "log"},
		"entries":        {zipped(t, many...), "", ingest.ErrManyEntries, "1001, the limit is 1000"},
		"gzip-in-zip":    {zipped(t, "a.gz", string(packed)), "", ingest.ErrNested, "log:a.gz: "},
		"zip-in-gzip":    {gzipped(t, string(archive)), "", ingest.ErrNested, "log: "},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := openBoth(t, c.data, ingest.OpenOptions{Encoding: c.encoding})
			if !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), c.text) {
				t.Errorf("got error %v, want %v with %q", err, c.want, c.text)
			}
			if strings.Contains(fmt.Sprint(err), "mdoyle") {
				t.Errorf("the error quotes the content: %v", err)
			}
		})
	}
}

func TestOpenBombs(t *testing.T) {
	zeros := strings.Repeat("0", 64<<20)
	for name, data := range map[string][]byte{
		"gzip": gzipped(t, zeros), "zstd": zstded(t, zeros), "zip": zipped(t, "a", zeros),
	} {
		t.Run(name, func(t *testing.T) {
			read := 0
			count := func(_ context.Context, m ingest.Member) error {
				n, err := io.Copy(io.Discard, m.Data)
				read += int(n)
				return err
			}
			_, err := ingest.OpenStream(t.Context(), "log", bytes.NewReader(data), ingest.OpenOptions{}, count)
			if !errors.Is(err, ingest.ErrBomb) {
				t.Errorf("got error %v", err)
			}
			if limit := 17 << 20; read > limit {
				t.Errorf("%d bytes came out", read)
			}
			// The same when nobody reads it.
			skip := func(context.Context, ingest.Member) error { return nil }
			if _, err := ingest.OpenStream(t.Context(), "log", bytes.NewReader(data), ingest.OpenOptions{}, skip); !errors.Is(err, ingest.ErrBomb) {
				t.Errorf("unread, got error %v", err)
			}
		})
	}
}

// TestOpenOverlappingEntries lets many entries of an archive share one piece of
// compressed data.
func TestOpenOverlappingEntries(t *testing.T) {
	data := zipped(t, "aa", strings.Repeat("0", 100_000))
	at := bytes.LastIndex(data, []byte("PK\x01\x02"))
	end := bytes.LastIndex(data, []byte("PK\x05\x06"))
	entry, tail := bytes.Clone(data[at:end]), bytes.Clone(data[end:])
	const copies = 20
	bomb := bytes.Clone(data[:at])
	for range copies {
		bomb = append(bomb, entry...)
	}
	size := len(entry) * copies
	tail[8], tail[10] = copies, copies
	tail[12], tail[13] = byte(size), byte(size>>8)
	_, err := openBoth(t, append(bomb, tail...), ingest.OpenOptions{})
	if !errors.Is(err, ingest.ErrBomb) {
		t.Errorf("got error %v", err)
	}
}

func TestOpenLargeZipFromStream(t *testing.T) {
	data := zipped(t, "a.csv", logText)
	o := ingest.OpenOptions{Limits: ingest.Limits{InMemory: 10}}
	_, err := ingest.OpenStream(t.Context(), "-", bytes.NewReader(data), o, collect(new(opened)))
	if !errors.Is(err, ingest.ErrTooLarge) {
		t.Errorf("got error %v", err)
	}
}

func TestOpenFileThatChanges(t *testing.T) {
	for name, data := range map[string][]byte{"plain": []byte(logText), "zip": zipped(t, "a.csv", logText)} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := ingest.OpenFile(t.Context(), path, ingest.OpenOptions{}, func(_ context.Context, _ ingest.Member) error {
				return os.WriteFile(path, append(data, data...), 0o600)
			})
			if !errors.Is(err, ingest.ErrChanged) {
				t.Errorf("got error %v", err)
			}
		})
	}
}

func TestOpenPassesErrorsOn(t *testing.T) {
	broken := errors.New("the disk is gone")
	in := io.MultiReader(strings.NewReader(strings.Repeat(logText, 20_000)), iotest.ErrReader(broken))
	if _, err := ingest.OpenStream(t.Context(), "-", in, ingest.OpenOptions{}, collect(new(opened))); !errors.Is(err, broken) {
		t.Errorf("a read error became %v", err)
	}
	mine := errors.New("no such column")
	fail := func(context.Context, ingest.Member) error { return mine }
	if _, err := ingest.OpenStream(t.Context(), "-", strings.NewReader(logText), ingest.OpenOptions{}, fail); !errors.Is(err, mine) {
		t.Errorf("the error of a member became %v", err)
	}
	if _, err := ingest.OpenFile(t.Context(), filepath.Join(t.TempDir(), "none"), ingest.OpenOptions{}, fail); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file gives %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ingest.OpenStream(ctx, "-", strings.NewReader(logText), ingest.OpenOptions{}, collect(new(opened))); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context gives %v", err)
	}
}

// TestOpenColumnar makes sure that the bytes of binary forms arrive unchanged.
func TestOpenColumnar(t *testing.T) {
	for _, magic := range []string{"PAR1", "ARROW1\x00\x00", "\xff\xff\xff\xff"} {
		data := magic + "\x00\x01\xef\xbb\xbf\xff\xfe"
		got, err := openBoth(t, []byte(data), ingest.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(opened{"log=" + data}, got); diff != "" {
			t.Errorf("bytes (-want +got):\n%s", diff)
		}
	}
}
