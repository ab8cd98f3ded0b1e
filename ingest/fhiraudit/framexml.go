package fhiraudit

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/chartwatch/chartwatch/ingest"
)

// errDocType is the answer to a document type declaration, whose entities could
// grow without bound or name other files.
var errDocType = errors.New("the file has a document type declaration, which FHIR does not allow")

// xmlFramer cuts AuditEvent elements out of XML. It looks at tags only; what is
// inside an element is read by a real decoder.
type xmlFramer struct {
	in    *input
	rec   clip
	name  []byte // local name of the last tag
	start int64  // the line of the root element
	open  int    // open elements around the records
	slot  bool   // the last tag was <resource>: the next one is a resource
	found bool
}

func newXMLFramer(r io.Reader) *xmlFramer {
	return &xmlFramer{in: newInput(r), rec: clip{max: ingest.MaxLine}}
}

// markup is a piece of XML markup.
type markup uint8

const (
	markupEnd     markup = iota // the end of the file
	markupOpen                  // a start tag
	markupClose                 // an end tag
	markupEmpty                 // an empty element
	markupOther                 // a comment, a processing instruction, CDATA
	markupDocType               // a document type declaration
)

func (f *xmlFramer) next(b *batch) error {
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

// step takes one tag outside the records.
func (f *xmlFramer) step(b *batch) error {
	f.rec.reset()
	m, line := f.tag()
	switch m {
	case markupEnd:
		if f.open > 0 {
			f.open = 0
			f.cut(b, f.start, nil)
			return nil
		}
		return io.EOF
	case markupDocType:
		return fmt.Errorf("line %d: %w", line, errDocType)
	case markupClose:
		f.open = max(0, f.open-1)
		f.slot = false
	case markupOpen, markupEmpty:
		return f.element(b, m, line)
	case markupOther:
	}
	return nil
}

// element decides what to do with a start tag.
func (f *xmlFramer) element(b *batch, m markup, line int64) error {
	resource := (f.slot || f.open == 0) && f.name[0] >= 'A' && f.name[0] <= 'Z'
	f.slot = false
	switch {
	case string(f.name) == auditEvent:
		return f.record(b, m, line)
	case resource && string(f.name) != bundle:
		b.skip(ingest.SkipOtherResource, line)
		if m == markupOpen {
			return f.pass(b, line)
		}
	case m == markupOpen:
		f.open++
		if f.open == 1 {
			f.start = line
		}
		f.slot = string(f.name) == "resource"
	}
	return nil
}

// record takes an AuditEvent to its end tag.
func (f *xmlFramer) record(b *batch, m markup, line int64) error {
	contained := false // the last tag was <contained>
	level := 1
	if m == markupEmpty {
		level = 0
	}
	for level > 0 {
		mark := len(f.rec.buf)
		m, at := f.tag()
		inner := string(f.name)
		switch {
		case m == markupEnd:
			f.open = 0
			f.cut(b, line, f.rec.buf)
			return nil
		case m == markupDocType:
			return fmt.Errorf("line %d: %w", at, errDocType)
		case m == markupOpen && inner == auditEvent && contained:
			level++
		case m == markupOpen && inner == auditEvent:
			// The last one never ended.
			b.add(itemBroken, line, f.rec.buf[:min(mark, ingest.MaxRaw)])
			f.rec.buf = append(f.rec.buf[:0], f.rec.buf[mark:]...)
			f.rec.long = false
			line, level = at, 1
		case m == markupClose && inner == auditEvent:
			level--
		case m == markupClose && (inner == "resource" || inner == bundle):
			b.add(itemBroken, line, f.rec.buf[:min(mark, ingest.MaxRaw)])
			f.open = max(0, f.open-1)
			return nil
		}
		contained = m == markupOpen && inner == "contained"
	}
	f.rec.buf = f.rec.buf[max(0, bytes.IndexByte(f.rec.buf, '<')):] // from the start tag on
	b.addClip(itemXML, line, &f.rec)
	return nil
}

// pass goes to the end tag of another resource.
func (f *xmlFramer) pass(b *batch, line int64) error {
	name := string(f.name)
	for level := 1; level > 0; {
		f.rec.reset()
		m, at := f.tag()
		switch m {
		case markupEnd:
			f.open = 0
			f.cut(b, line, nil)
			return nil
		case markupDocType:
			return fmt.Errorf("line %d: %w", at, errDocType)
		case markupOpen:
			if string(f.name) == name {
				level++
			}
		case markupClose:
			if string(f.name) == name {
				level--
			}
		case markupEmpty, markupOther:
		}
	}
	return nil
}

func (f *xmlFramer) cut(b *batch, line int64, text []byte) {
	k := itemCut
	if !f.found && len(b.items) == 0 {
		k = itemDamaged
	}
	b.add(k, line, text[:min(len(text), ingest.MaxRaw)])
}

// tag takes everything up to and including the next piece of markup into f.rec,
// and its local name into f.name. It returns the line on which it starts.
func (f *xmlFramer) tag() (kind markup, start int64) {
	f.name = f.name[:0]
	if !f.until('<') {
		return markupEnd, f.in.line
	}
	line := f.in.line
	c, ok := f.take()
	if !ok {
		return markupEnd, line
	}
	switch c {
	case '?':
		return f.passage("?>"), line
	case '!':
		switch {
		case bytes.HasPrefix(f.in.ahead(2), []byte("--")):
			f.take()
			f.take()
			return f.passage("-->"), line
		case bytes.HasPrefix(f.in.ahead(7), []byte("[CDATA[")):
			return f.passage("]]>"), line
		}
		return markupDocType, line
	case '/':
		f.readName(0)
		if !f.until('>') {
			return markupEnd, line
		}
		return markupClose, line
	}
	return f.startTag(f.readName(c)), line
}

// startTag takes the rest of a start tag; c is the byte after its name.
func (f *xmlFramer) startTag(c byte) markup {
	quote, last := byte(0), byte(0)
	for {
		switch {
		case c == 0:
			return markupEnd
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			if len(f.name) == 0 {
				f.name = append(f.name, '?')
			}
			if last == '/' {
				return markupEmpty
			}
			return markupOpen
		}
		last = c
		var ok bool
		if c, ok = f.take(); !ok {
			return markupEnd
		}
	}
}

// readName reads a tag's name, of which only the part after the prefix counts,
// and returns the byte after it. An end tag's name may be followed by '>',
// which is left for the caller.
func (f *xmlFramer) readName(c byte) byte {
	const longest = 64 // no element of FHIR has a longer name
	if c != 0 {
		f.name = append(f.name, c)
	}
	for {
		p := f.in.ahead(1)
		if len(p) == 0 {
			return 0
		}
		if c == 0 && p[0] == '>' {
			return 0
		}
		b, _ := f.take()
		switch b {
		case ' ', '\t', '\r', '\n', '>', '/':
			return b
		case ':':
			f.name = f.name[:0]
		default:
			if len(f.name) < longest {
				f.name = append(f.name, b)
			}
		}
	}
}

// passage takes everything up to and including an end mark.
func (f *xmlFramer) passage(end string) markup {
	last := end[len(end)-1]
	seen := make([]byte, 0, 4)
	for {
		c, ok := f.take()
		if !ok {
			return markupEnd
		}
		if len(seen) == len(end) {
			copy(seen, seen[1:])
			seen = seen[:len(end)-1]
		}
		seen = append(seen, c)
		if c == last && string(seen) == end {
			return markupOther
		}
	}
}

// until takes everything up to and including the byte c.
func (f *xmlFramer) until(c byte) bool {
	for f.in.more() {
		chunk := f.in.buf[f.in.pos:f.in.end]
		i := bytes.IndexByte(chunk, c)
		if i >= 0 {
			chunk = chunk[:i+1]
		}
		f.rec.add(chunk)
		f.in.line += int64(bytes.Count(chunk, []byte{'\n'}))
		f.in.pos += len(chunk)
		if i >= 0 {
			return true
		}
	}
	return false
}

func (f *xmlFramer) take() (byte, bool) {
	c, ok := f.in.next()
	if ok {
		f.rec.addByte(c)
	}
	return c, ok
}
