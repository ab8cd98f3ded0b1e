package fhiraudit

import (
	"bytes"
	"fmt"
	"io"

	"github.com/chartwatch/chartwatch/ingest"
)

// documentFramer reads JSON documents one after the other: single resources,
// arrays of them, and Bundles. It holds one record at a time, so an array or a
// Bundle may have any size.
type documentFramer struct {
	in    *input
	state documentState
	doc   clip  // the object being read, without its list of entries
	start int64 // the line on which the document starts
	rec   clip
	found bool // something has been read
	log   bool // the document was a list of a log's records
}

type documentState uint8

const (
	betweenDocuments documentState = iota
	inArray                        // elements of an array of resources
	inObject                       // members of a resource or Bundle
	inEntries                      // elements of a Bundle's list of entries
	inDamage                       // after a mistake: look for the next resource
)

func newDocumentFramer(r io.Reader) *documentFramer {
	return &documentFramer{in: newInput(r), doc: clip{max: ingest.MaxLine}, rec: clip{max: ingest.MaxLine}}
}

func (f *documentFramer) next(b *batch) error {
	before := len(b.items)
	for len(b.items) == before {
		if err := f.step(b); err != nil {
			return err
		}
		if f.in.err != nil {
			return fmt.Errorf("line %d: reading: %w", f.in.line, f.in.err)
		}
	}
	f.found = true
	return nil
}

// step takes one token at the level of the current state.
func (f *documentFramer) step(b *batch) error {
	switch f.state {
	case inArray:
		f.element(b, itemValue, betweenDocuments)
		return nil
	case inEntries:
		f.element(b, itemEntry, inObject)
		return nil
	case inObject:
		f.member(b)
		return nil
	case inDamage:
		return f.salvage(b)
	default:
		return f.open(b)
	}
}

// open begins the next document.
func (f *documentFramer) open(b *batch) error {
	c, ok := f.blank(nil)
	switch {
	case !ok:
		return io.EOF
	case c == '{':
		f.openObject()
	case c == '[':
		f.start = f.in.line
		f.in.pos++
		f.state = inArray
	case c == 0x1e: // the record separator of JSON text sequences
		f.in.pos++
	default:
		f.damage(b, f.in.line, nil)
	}
	return nil
}

func (f *documentFramer) openObject() {
	f.start = f.in.line
	f.in.pos++
	f.doc.reset()
	f.doc.addByte('{')
	f.log = false
	f.state = inObject
}

// element takes one element of an array, or its end.
func (f *documentFramer) element(b *batch, k itemKind, after documentState) {
	c, ok := f.blank(nil)
	switch {
	case !ok:
		f.cut(b, f.start, nil)
	case c == ',':
		f.in.pos++
	case c == ']':
		f.in.pos++
		f.state = after
	case c == '}' || c == ':':
		f.damage(b, f.in.line, nil)
	default:
		line := f.in.line
		f.rec.reset()
		switch f.value(&f.rec) {
		case statusOK:
			b.addClip(k, line, &f.rec)
		case statusEnd:
			f.cut(b, line, f.rec.buf)
		default:
			f.damage(b, line, f.rec.buf)
		}
	}
}

// member takes one member of the current object, or its end.
func (f *documentFramer) member(b *batch) {
	c, ok := f.blank(&f.doc)
	switch {
	case !ok:
		f.cut(b, f.start, f.doc.buf)
		return
	case c == '}':
		f.in.pos++
		f.doc.addByte('}')
		f.state = betweenDocuments
		if !f.log || bytes.Contains(f.doc.buf, []byte(`"resourceType"`)) {
			b.addClip(itemValue, f.start, &f.doc)
		}
		return
	case c == ',':
		f.in.pos++
		f.doc.addByte(',')
		return
	case c != '"':
		f.damage(b, f.start, f.doc.buf)
		return
	}
	f.rec.reset()
	st := f.value(&f.rec)
	f.doc.add(f.rec.buf)
	if st == statusOK {
		st = f.memberValue()
	}
	switch st {
	case statusOK:
	case statusEnd:
		f.cut(b, f.start, f.doc.buf)
	default:
		f.damage(b, f.start, f.doc.buf)
	}
}

// memberValue takes the value whose key is in f.rec. A list of entries is not
// taken but entered, and stands as an empty list in what is kept.
func (f *documentFramer) memberValue() status {
	c, ok := f.blank(&f.doc)
	if !ok {
		return statusEnd
	}
	if c != ':' {
		return statusSyntax
	}
	f.in.pos++
	f.doc.addByte(':')
	if c, ok = f.blank(&f.doc); !ok {
		return statusEnd
	}
	if c == '[' && f.isList() {
		f.in.pos++
		f.doc.add([]byte("[]"))
		f.state = inEntries
		return statusOK
	}
	return f.value(&f.doc)
}

// isList reports whether the key in f.rec is that of a list of records: a Bundle's
// entries, or the events that the tools of CloudWatch print.
func (f *documentFramer) isList() bool {
	switch string(f.rec.buf) {
	case `"entry"`:
		return true
	case `"events"`, `"logEvents"`:
		f.log = true
		return true
	}
	return false
}

// blank passes over white space and returns the byte after it.
func (f *documentFramer) blank(keep *clip) (byte, bool) {
	for f.in.more() {
		c := f.in.buf[f.in.pos]
		switch c {
		case '\n':
			f.in.line++
		case ' ', '\t', '\r':
		default:
			return c, true
		}
		if keep != nil {
			keep.addByte(c)
		}
		f.in.pos++
	}
	return 0, false
}

// value takes one JSON value into c. Only brackets and quotes are looked at.
func (f *documentFramer) value(c *clip) status {
	var s valueScan
	for f.in.more() {
		chunk := f.in.buf[f.in.pos:f.in.end]
		n, st := s.scan(chunk)
		c.add(chunk[:n])
		f.in.line += int64(bytes.Count(chunk[:n], []byte{'\n'}))
		f.in.pos += n
		if st == statusSyntax && f.atEnd() {
			return statusEnd
		}
		if st != statusEnd {
			return st
		}
	}
	return statusEnd
}

// atEnd reports whether nothing but a last line ending follows.
func (f *documentFramer) atEnd() bool {
	rest := f.in.ahead(4)
	return f.in.done && len(bytes.TrimSpace(rest)) == 0 && len(rest) < 4
}

// valueScan finds the end of a JSON value that comes in pieces.
type valueScan struct {
	depth   int
	quoted  bool // inside a string
	escaped bool // after a backslash
	begun   bool // inside a number or word
}

// scan returns how many bytes of p belong to the value; statusEnd if all do and
// it goes on.
func (s *valueScan) scan(p []byte) (int, status) {
	for i := range p {
		c := p[i]
		if s.quoted {
			switch {
			case s.escaped:
				s.escaped = false
			case c == '\\':
				s.escaped = true
			case c == '\n':
				return i, statusSyntax
			case c == '"':
				if s.quoted = false; s.depth == 0 {
					return i + 1, statusOK
				}
			}
			continue
		}
		switch c {
		case '"':
			if s.begun && s.depth == 0 {
				return i, statusSyntax
			}
			s.quoted = true
		case '{', '[':
			s.depth++
		case '}', ']':
			if s.depth == 0 {
				return i, statusOK
			}
			s.depth--
			if s.depth == 0 {
				return i + 1, statusOK
			}
		case ',', ' ', '\t', '\r', '\n':
			if s.depth == 0 {
				return i, statusOK
			}
		default:
			s.begun = true
		}
	}
	return len(p), statusEnd
}

// cut records that the file ends inside a document. The next step is its end.
func (f *documentFramer) cut(b *batch, line int64, text []byte) {
	k := itemCut
	if !f.found && len(b.items) == 0 {
		k = itemDamaged
	}
	b.add(k, line, text[:min(len(text), ingest.MaxRaw)])
	f.state = betweenDocuments
}

func (f *documentFramer) damage(b *batch, line int64, text []byte) {
	b.add(itemBroken, line, text[:min(len(text), ingest.MaxRaw)])
	f.state = inDamage
}

// salvage looks for the next object that begins with its resource type.
func (f *documentFramer) salvage(b *batch) error {
	const key = `"resourceType"`
	for f.in.more() {
		chunk := f.in.buf[f.in.pos:f.in.end]
		i := bytes.IndexByte(chunk, '{')
		if i < 0 {
			i = len(chunk)
		}
		f.in.line += int64(bytes.Count(chunk[:i], []byte{'\n'}))
		f.in.pos += i
		if i == len(chunk) {
			continue
		}
		after := bytes.TrimLeft(f.in.ahead(256)[1:], " \t\r\n")
		rest, ok := bytes.CutPrefix(after, []byte(key))
		if !ok {
			f.in.pos++
			continue
		}
		if bytes.HasPrefix(bytes.TrimLeft(rest, " \t\r\n:"), []byte(`"Bundle"`)) {
			f.openObject()
			return nil
		}
		f.element(b, itemValue, betweenDocuments)
		return nil
	}
	return io.EOF
}
