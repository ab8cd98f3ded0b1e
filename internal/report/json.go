// Package report prints what the rooms below it found out: one file a format.
// It reads and never decides; the words and numbers come to it ready.
package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON writes v as indented JSON. What could change what a terminal shows is
// escaped.
func JSON(w io.Writer, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	if _, err := w.Write(escape(b.Bytes())); err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	return nil
}

// escape writes the invisible characters that the encoder leaves alone as
// escapes. Outside of strings JSON has none of them but line ends.
func escape(text []byte) []byte {
	if !bytes.ContainsFunc(text, func(r rune) bool { return r != '\n' && invisible(r) }) {
		return text
	}
	out := make([]byte, 0, len(text)+64)
	for _, r := range string(text) {
		if r == '\n' || !invisible(r) {
			out = utf8.AppendRune(out, r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			out = fmt.Appendf(out, "\\u%04x", unit)
		}
	}
	return out
}

// invisible reports whether a character controls how others are shown: control
// characters, marks of the direction of writing, separators of lines.
func invisible(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }

// clean removes the characters that could change what a terminal shows; a text
// of several lines becomes one.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case invisible(r):
			return -1
		}
		return r
	}, s)
}

// cell makes a text safe as a cell of a CSV file that a terminal shows or a
// spreadsheet opens: what would be taken for a formula gets an apostrophe in
// front.
func cell(s string) string {
	s = clean(s)
	if first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " ")); strings.ContainsRune("=+-@＝＋－＠", first) {
		return "'" + s
	}
	return s
}
