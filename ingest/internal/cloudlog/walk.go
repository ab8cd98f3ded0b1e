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
	if w.pos == len(w.buf) {
		w.buf, w.pos = w.buf[:0], 0
	}
	const step = 64 << 10
	if cap(w.buf)-len(w.buf) < step {
		w.buf = append(make([]byte, 0, max(2*cap(w.buf), 4*step)), w.buf[w.pos:]...)
		w.pos = 0
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

// skip moves behind white space, commas and the byte-order marks in between.
func (w *walker) skip(also string) (byte, bool) {
	for {
		c, ok := w.next()
		if !ok {
			return 0, false
		}
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' && !bytes.Contains([]byte(also), []byte{c}) {
			return c, true
		}
		w.take()
	}
}

// value returns the object at the next byte, which must be its brace. Inside quotes
// a line end is no JSON, so that a missing quote ends with its line.
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

// first returns the first record.
func (w *walker) first() ([]byte, error) {
	if _, ok := w.next(); !ok {
		return nil, io.ErrUnexpectedEOF
	}
	if at := wrapper(w.buf); at >= 0 {
		w.pos = at
	}
	c, ok := w.skip("[")
	if !ok || c != '{' {
		return nil, errors.New("no object")
	}
	return w.value()
}

// cutOff notes once that records may be missing.
func (w *walker) cutOff(out *ingest.Writer, line int64) {
	if !w.cut {
		out.Note(ingest.Note{Kind: ingest.NoteTruncated, Line: line})
		w.cut = true
	}
}

// failure returns the error of the input, if something else than its end came.
func (w *walker) failure() error {
	if w.err == nil || errors.Is(w.err, io.EOF) {
		return nil
	}
	return fmt.Errorf("reading the log at line %d: %w", w.line, w.err)
}

// array walks the elements of an array that begins after so many bytes.
func (w *walker) array(ctx context.Context, from int, out *ingest.Writer, do func(Record) error) error {
	for range from {
		if _, ok := w.next(); !ok {
			return w.failure()
		}
		w.take()
	}
	for {
		c, ok := w.skip(",")
		if err := w.failure(); err != nil {
			return err
		}
		switch {
		case !ok:
			w.cutOff(out, w.line)
			return nil
		case c == ']':
			return ctx.Err()
		case c != '{':
			if err := out.Reject(ctx, ingest.Reject{Line: w.line, Reason: ingest.ReasonBadSyntax, Raw: w.restOfLine()}); err != nil {
				return err
			}
			continue
		}
		if err := w.record(ctx, out, do); err != nil {
			return err
		}
	}
}

// sequence walks objects that follow each other.
func (w *walker) sequence(ctx context.Context, out *ingest.Writer, do func(Record) error) error {
	for {
		c, ok := w.skip(",")
		if err := w.failure(); err != nil {
			return err
		}
		if !ok {
			return ctx.Err()
		}
		if c != '{' {
			if err := out.Reject(ctx, ingest.Reject{Line: w.line, Reason: ingest.ReasonBadSyntax, Raw: w.restOfLine()}); err != nil {
				return err
			}
			continue
		}
		if err := w.record(ctx, out, do); err != nil {
			return err
		}
	}
}

// record reads an object and hands it over.
func (w *walker) record(ctx context.Context, out *ingest.Writer, do func(Record) error) error {
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
		w.cutOff(out, line)
		return out.Reject(ctx, ingest.Reject{Line: line, Reason: ingest.ReasonTruncated, Raw: raw})
	case errors.Is(err, errTooLong):
		w.cutOff(out, line) // whatever follows on its line is lost with it
		return out.Reject(ctx, ingest.Reject{Line: line, Reason: ingest.ReasonTooLong, Raw: w.restOfLine()})
	case err != nil:
		return out.Reject(ctx, ingest.Reject{Line: line, Reason: ingest.ReasonBadSyntax, Raw: raw})
	}
	object, err := decode(raw)
	if err != nil {
		return out.Reject(ctx, ingest.Reject{Line: line, Reason: ingest.ReasonBadSyntax, Raw: raw})
	}
	return do(Record{Line: line, Raw: raw, Object: object})
}
