package fhiraudit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

// framer cuts a file into pieces. It adds at least one piece to b, or returns
// an error: io.EOF at the end of the file, anything else if the file as a
// whole is unusable.
type framer interface {
	next(b *batch) error
}

// newFramer chooses the framer by the beginning of the file.
func newFramer(r io.Reader) (framer, error) {
	buffered := bufio.NewReaderSize(r, ingest.HeadSize)
	head, err := buffered.Peek(ingest.HeadSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading the beginning: %w", err)
	}
	switch layoutOf(head) {
	case layoutXML:
		return newXMLFramer(buffered), nil
	case layoutDocument:
		return newDocumentFramer(buffered), nil
	default:
		return newLineFramer(buffered), nil
	}
}

// layout is how resources are laid out in a file.
type layout uint8

const (
	layoutLines    layout = iota // one JSON object a line, perhaps with a log's prefix
	layoutDocument               // JSON of several lines, an array or a Bundle
	layoutXML
)

// layoutOf tells the layout from the beginning of a file.
func layoutOf(head []byte) layout {
	head = bytes.TrimLeft(head, " \t\r\n")
	if len(head) == 0 {
		return layoutLines
	}
	after := bytes.TrimLeft(head[1:], " \t\r\n")
	switch head[0] {
	case '<':
		if len(after) > 0 && (after[0] == '?' || after[0] == '!' || after[0]|0x20 >= 'a' && after[0]|0x20 <= 'z') {
			return layoutXML
		}
	case '[':
		if len(after) == 0 || after[0] == '{' || after[0] == ']' {
			return layoutDocument
		}
	case '{':
		return layoutOfObject(string(head))
	}
	return layoutLines
}

// layoutOfObject tells whether the object at the start of head is a line by
// itself.
func layoutOfObject(head string) layout {
	var t tree
	end, st := t.readJSON(head)
	newline := strings.IndexByte(head[:end], '\n')
	switch {
	case st == statusOK && newline < 0 && end < len(head):
		return layoutLines
	case st != statusSyntax:
		return layoutDocument
	}
	// A broken first line of many: the mistake shows at its end at the latest,
	// and the next line begins a new object.
	first := end
	if newline >= 0 {
		first = newline
	} else if i := strings.IndexByte(head[end:], '\n'); i >= 0 {
		first = end + i
	}
	if end <= first+1 && (first+1 >= len(head) || head[first+1] == '{') {
		return layoutLines
	}
	return layoutDocument
}

// lineFramer reads a log of one JSON object a line. Where a document of several
// lines begins after all, it hands over to a documentFramer.
type lineFramer struct {
	lines     *ingest.LineReader
	tail      *tailReader
	document  *documentFramer
	held      []byte // a line that has been read ahead
	heldLine  ingest.Line
	suspicion []byte // a line that may begin a document
}

func newLineFramer(r io.Reader) *lineFramer {
	tail := &tailReader{r: r}
	return &lineFramer{lines: ingest.NewLineReader(tail, ingest.MaxLine), tail: tail}
}

func (f *lineFramer) next(b *batch) error {
	if f.document != nil {
		return f.document.next(b)
	}
	l, err := f.line()
	if errors.Is(err, io.EOF) {
		if n := len(b.items); n > 0 && !f.tail.newline {
			b.items[n-1].final = true
		}
		return io.EOF
	}
	if err != nil {
		return err
	}
	if text := bytes.TrimSpace(l.Text); len(text) > 0 && text[0] == '{' && text[len(text)-1] != '}' && !l.TooLong {
		begins, err := f.beginsDocument(l)
		if err != nil {
			return err
		}
		if begins {
			return f.document.next(b)
		}
		l.Text = f.suspicion
	}
	f.add(b, l)
	return nil
}

func (f *lineFramer) add(b *batch, l ingest.Line) {
	text := bytes.TrimSpace(l.Text)
	switch {
	case len(text) == 0:
		b.skip(ingest.SkipBlank, l.Number)
	case !l.TooLong:
		b.add(itemLine, l.Number, text)
	case text[0] == '{' || bytes.Contains(text, []byte(auditEventQuoted)):
		b.add(itemTooLong, l.Number, text[:min(len(text), ingest.MaxRaw)])
	default:
		b.skip(ingest.SkipOtherLine, l.Number)
	}
}

// line returns the line that was read ahead, or the next one.
func (f *lineFramer) line() (ingest.Line, error) {
	if l := f.heldLine; l.Number > 0 {
		f.heldLine = ingest.Line{}
		return l, nil
	}
	l, err := f.lines.Next()
	if err != nil && !errors.Is(err, io.EOF) {
		return l, fmt.Errorf("reading lines: %w", err)
	}
	return l, err
}

// beginsDocument decides by the line after it whether l, which begins an object
// and does not end one, is the first line of a document or a broken record.
func (f *lineFramer) beginsDocument(l ingest.Line) (bool, error) {
	f.suspicion = append(f.suspicion[:0], l.Text...)
	next, err := f.line()
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	f.held = append(f.held[:0], next.Text...)
	next.Text = f.held
	f.heldLine = next
	var t tree
	_, st := t.readJSON(string(f.suspicion))
	if text := bytes.TrimSpace(next.Text); st != statusEnd || len(text) == 0 || strings.IndexByte(`"[]}`, text[0]) < 0 {
		return false, nil
	}
	f.document = newDocumentFramer(io.MultiReader(bytes.NewReader(append(f.suspicion, '\n')), &lineSource{f: f}))
	f.document.in.line, f.document.found = l.Number, true
	return true, nil
}

// lineSource gives the lines of a framer back as a stream.
type lineSource struct {
	f    *lineFramer
	rest []byte
	buf  []byte
}

func (s *lineSource) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		l, err := s.f.line()
		if err != nil {
			return 0, err
		}
		s.buf = append(append(s.buf[:0], l.Text...), '\n')
		s.rest = s.buf
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// tailReader remembers whether the last byte was a line ending.
type tailReader struct {
	r       io.Reader
	newline bool
}

func (t *tailReader) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if n > 0 {
		t.newline = p[n-1] == '\n'
	}
	return n, err
}
