package cloudlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/chartwatch/chartwatch/ingest"
)

// walker cuts a stream into JSON values by their brackets and quotes, so that a
// value that is no JSON spoils nothing behind it.
type walker struct {
	in   io.Reader
	buf  []byte
	pos  int
	line int64
	err  error
	out  *ingest.Writer // nil while a file is only looked at
	do   func(Record) error
	cut  bool // it has been noted that the rest is cut off
}

// Ways in which a value can end.
var (
	errTooLong = errors.New("the record is too long")
	errNoEnd   = errors.New("a text without an end")
)

// next returns the next byte without taking it.
func (w *walker) next() (byte, bool) {
	for w.pos == len(w.buf) {
		if !w.fill() {
			return 0, false
		}
	}
	return w.buf[w.pos], true
}

// fill reads on behind what is in the buffer.
func (w *walker) fill() bool {
	if w.err != nil {
		return false
	}
	const step = 64 << 10
	if cap(w.buf)-len(w.buf) < step { // what has been taken makes room for what comes
		n := copy(w.buf, w.buf[w.pos:])
		w.buf, w.pos = w.buf[:n], 0
	}
	if cap(w.buf)-len(w.buf) < step {
		w.buf = append(make([]byte, 0, max(2*cap(w.buf), 4*step)), w.buf...)
	}
	for range 100 {
		n, err := w.in.Read(w.buf[len(w.buf):cap(w.buf)])
		w.buf, w.err = w.buf[:len(w.buf)+n], err
		if n > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	w.err = io.ErrNoProgress
	return false
}

func (w *walker) take() {
	if w.buf[w.pos] == '\n' {
		w.line++
	}
	w.pos++
}

// skip moves behind white space and one kind of sign.
func (w *walker) skip(also byte) (byte, bool) {
	for {
		c, ok := w.next()
		if !ok {
			return 0, false
		}
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != also {
			return c, true
		}
		w.take()
	}
}

// value returns the object, array or text that begins with the next byte. Inside
// quotes a line end is no JSON, so that a missing quote ends with its line.
func (w *walker) value() ([]byte, error) {
	depth, quoted, escaped := 0, false, false
	for n := 0; ; n++ {
		if n > maxRecord {
			w.advance(n)
			return nil, errTooLong
		}
		for w.pos+n >= len(w.buf) {
			if !w.fill() {
				return w.advance(len(w.buf) - w.pos), io.ErrUnexpectedEOF
			}
		}
		c := w.buf[w.pos+n]
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
			if depth == 0 && !quoted {
				return w.advance(n + 1), nil
			}
		case quoted && c == '\n':
			return w.advance(n), errNoEnd
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
			if depth == 0 {
				return w.advance(n + 1), nil
			}
		}
	}
}

// advance takes some bytes and counts their lines.
func (w *walker) advance(n int) []byte {
	taken := w.buf[w.pos : w.pos+n]
	w.line += int64(bytes.Count(taken, []byte{'\n'}))
	w.pos += n
	return taken
}

// restOfLine returns what stands before the next line end.
func (w *walker) restOfLine() []byte {
	var raw []byte
	for {
		c, ok := w.next()
		if !ok || c == '\n' {
			return raw
		}
		if len(raw) < ingest.MaxRaw {
			raw = append(raw, c)
		}
		w.take()
	}
}

// reject rejects a record, unless the file is only looked at.
func (w *walker) reject(ctx context.Context, line int64, reason ingest.Reason, raw []byte) error {
	if w.out == nil {
		return nil
	}
	return w.out.Reject(ctx, ingest.Reject{Line: line, Reason: reason, Raw: raw})
}

// cutOff notes once that records may be missing.
func (w *walker) cutOff(line int64) {
	if !w.cut && w.out != nil {
		w.out.Note(ingest.Note{Kind: ingest.NoteTruncated, Line: line})
	}
	w.cut = true
}

// failure returns the error of the input, if something else than its end came.
func (w *walker) failure() error {
	if w.err == nil || errors.Is(w.err, io.EOF) {
		return nil
	}
	return fmt.Errorf("reading the log at line %d: %w", w.line, w.err)
}

// ahead returns up to n bytes that come next without taking them.
func (w *walker) ahead(n int) []byte {
	for len(w.buf)-w.pos < n && w.fill() {
	}
	return w.buf[w.pos:min(len(w.buf), w.pos+n)]
}

// elements walks the elements of an array up to its end. Each begins with a sign.
func (w *walker) elements(ctx context.Context, begin byte, element func(line int64, raw []byte) error) error {
	for {
		c, ok := w.skip(',')
		if err := w.failure(); err != nil {
			return err
		}
		switch {
		case !ok:
			w.cutOff(w.line)
			return nil
		case c == ']':
			w.take()
			return ctx.Err()
		case c != begin:
			line := w.line
			if err := w.reject(ctx, line, ingest.ReasonBadSyntax, w.restOfLine()); err != nil {
				return err
			}
			continue
		}
		if err := w.element(ctx, element); err != nil {
			return err
		}
	}
}

// restOfObject moves behind the members that follow the array in an object.
func (w *walker) restOfObject(ctx context.Context) error {
	for {
		c, ok := w.skip(',')
		if err := w.failure(); err != nil {
			return err
		}
		switch {
		case !ok:
			w.cutOff(w.line)
			return nil
		case c == '}':
			w.take()
			return ctx.Err()
		}
		line := w.line
		_, err := w.member()
		if err == nil {
			_, err = w.any()
		}
		if failure := w.failure(); failure != nil {
			return failure
		}
		if _, more := w.next(); err != nil && more {
			return w.reject(ctx, line, ingest.ReasonBadSyntax, w.restOfLine())
		}
	}
}

// element reads a value and hands it over.
func (w *walker) element(ctx context.Context, element func(line int64, raw []byte) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	line := w.line
	raw, err := w.value()
	if failure := w.failure(); failure != nil {
		return failure
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		w.cutOff(line)
		return w.reject(ctx, line, ingest.ReasonTruncated, raw)
	case errors.Is(err, errTooLong):
		w.cutOff(line) // whatever follows on its line is lost with it
		return w.reject(ctx, line, ingest.ReasonTooLong, w.restOfLine())
	case err != nil:
		return w.reject(ctx, line, ingest.ReasonBadSyntax, raw)
	}
	return element(line, raw)
}

// record hands over a record that is an object.
func (w *walker) record(ctx context.Context) func(line int64, raw []byte) error {
	return func(line int64, raw []byte) error {
		object, err := decode(raw)
		if err != nil {
			return w.reject(ctx, line, ingest.ReasonBadSyntax, raw)
		}
		return w.do(Record{Line: line, Raw: raw, Object: object})
	}
}
