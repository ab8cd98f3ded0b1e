package ingest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// openText hands a member over as UTF-8 with its head.
func openText(ctx context.Context, m Member, r io.Reader, o OpenOptions, each func(context.Context, Member) error) error {
	raw := bufio.NewReaderSize(r, HeadSize)
	head, err := peek(raw)
	if err != nil {
		return fmt.Errorf("reading %s: %w", m.Name, err)
	}
	if bytes.HasPrefix(head, []byte(magicZip)) || bytes.HasPrefix(head, []byte(magicGzip)) || bytes.HasPrefix(head, []byte(magicZstd)) {
		return fmt.Errorf("%s: %w; unpack it first", m.Name, ErrNested)
	}
	if isColumnar(head) {
		m.Head = Head{Name: m.Name, Bytes: head, Complete: len(head) < HeadSize}
		m.Data = raw
		return each(ctx, m)
	}
	if bytes.HasPrefix(head, []byte(magicOLE)) {
		return fmt.Errorf("%s: %w", m.Name, oldOffice(head))
	}
	enc, note, err := encodingOf(head, o.Encoding)
	if err != nil {
		return fmt.Errorf("%s: %w", m.Name, err)
	}
	if note != "" {
		m.Notes = append(m.Notes, Note{Kind: note, Count: 1})
	}
	text := raw
	if enc != nil {
		text = bufio.NewReaderSize(enc.NewDecoder().Reader(raw), HeadSize)
	}
	head, err = peek(text)
	if err != nil {
		return fmt.Errorf("reading %s: %w", m.Name, err)
	}
	const bom = "\ufeff"
	if bytes.HasPrefix(head, []byte(bom)) {
		if _, err := text.Discard(len(bom)); err != nil {
			return fmt.Errorf("reading %s: %w", m.Name, err)
		}
		head = head[len(bom):]
	}
	m.Head = Head{Name: m.Name, Bytes: head, Complete: len(head) < HeadSize-len(bom)}
	m.Data = text
	return each(ctx, m)
}

// peek returns the first bytes without taking them.
func peek(r *bufio.Reader) ([]byte, error) {
	head, err := r.Peek(HeadSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return head, nil
}

// isColumnar reports whether the file is one of the binary formats that package
// normalized reads: Parquet, or an Arrow file or stream.
func isColumnar(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PAR1")) || bytes.HasPrefix(head, []byte("ARROW1\x00\x00")) ||
		bytes.HasPrefix(head, []byte{0xff, 0xff, 0xff, 0xff})
}

// magicOLE begins the container of Excel files before 2007, and of newer ones
// that are encrypted.
const magicOLE = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

// oldOffice says how to turn such a file into one that can be read. The names
// inside the container are UTF-16.
func oldOffice(head []byte) error {
	if bytes.Contains(head, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")) {
		return fmt.Errorf("%w: the workbook is protected with a password; save it without one", ErrBinary)
	}
	return fmt.Errorf("%w: it is an old Excel file (.xls) or protected with a password; save it as .xlsx without a password, or as CSV", ErrBinary)
}

// encodingOf finds a file's encoding; nil is UTF-8. A byte-order mark decides,
// then the declaration, then an XML declaration.
func encodingOf(head []byte, declared string) (encoding.Encoding, NoteKind, error) {
	switch {
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		return nil, "", nil
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "", nil
	}
	if declared == "" {
		if m := regexp.MustCompile(`^\s*<\?xml[^>]{0,200}?encoding=["']([A-Za-z0-9._-]+)["']`).FindSubmatch(head[:min(len(head), 512)]); m != nil {
			// A declaration that can be read byte by byte is not in UTF-16,
			// whatever it says: the text was converted after it was written. One
			// that says ASCII is no help where the text goes beyond it.
			if label := strings.ToLower(string(m[1])); !strings.HasPrefix(label, "utf-16") && !strings.HasSuffix(label, "ascii") {
				declared = label
			}
		}
	}
	if declared != "" {
		enc, err := htmlindex.Get(declared)
		if err != nil {
			return nil, "", fmt.Errorf("%w %q; use a name such as utf-8, windows-1252 or utf-16le", ErrEncoding, declared)
		}
		if name, err := htmlindex.Name(enc); err == nil && name == "utf-8" {
			return nil, "", nil
		}
		return enc, "", nil
	}
	if found := bytes.Contains(head, []byte{0}); found {
		if n := bytes.Count(head, []byte{0}); n*3 > len(head) {
			return nil, "", fmt.Errorf("%w: it may be UTF-16 without a byte-order mark; declare --encoding utf-16le", ErrBinary)
		}
		return nil, "", ErrBinary
	}
	if utf8.Valid(trimPartialRune(head)) {
		return nil, "", nil
	}
	enc, err := htmlindex.Get("windows-1252")
	return enc, NoteEncodingAssumed, err
}

// trimPartialRune cuts off a character that the end of the head splits.
func trimPartialRune(head []byte) []byte {
	for i := 1; i <= min(utf8.UTFMax, len(head)); i++ {
		if c := head[len(head)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(head[len(head)-i:]) {
				return head[:len(head)-i]
			}
			break
		}
	}
	return head
}
