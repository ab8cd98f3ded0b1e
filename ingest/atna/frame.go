package atna

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/chartwatch/chartwatch/ingest"
)

// errDocType is the answer to a document type with declarations of its own,
// whose entities could grow without bound or name other files.
var errDocType = errors.New("the document type has declarations of its own, which are not read")

// framer cuts a file into messages and what stands before each. A message goes
// from its start tag to its end tag, whatever lines and octet counts say,
// because collectors change both.
type framer struct {
	in         *input
	head, body clip
	line       int64 // on which the record in head starts
	something  bool  // head holds more than marks and space
	blank      bool  // nothing but white space on this line so far
	fresh      bool  // a record may begin here
	outer      outer // the elements around the messages of an XML file
	markup     bool  // the file is XML, not a log
	ended      bool
}

// newFramer chooses by the beginning of the file how to read it.
func newFramer(r io.Reader) (*framer, error) {
	f := &framer{in: newInput(r), fresh: true, blank: true}
	f.head, f.body = newClips()
	const longest = 4 << 10 // blank lines before the first record
	head := bytes.TrimLeft(f.in.ahead(longest), " \t\r\n")
	if f.in.err != nil {
		return nil, fmt.Errorf("reading the beginning: %w", f.in.err)
	}
	switch markOf(head) {
	case markOpen, markDeclaration, markComment, markDocType, markTag:
		f.markup = true
	case markNone, markClose, markEnd, markCharacters, markPriority:
	}
	return f, nil
}

// next adds at least one piece to b. The error is io.EOF at the end of the
// file, and anything else if the file as a whole is unusable.
func (f *framer) next(b *batch) error {
	before := len(b.items)
	for len(b.items) == before {
		if f.ended {
			return io.EOF
		}
		step := f.log
		if f.markup {
			step = f.document
		}
		if err := step(b); err != nil {
			return err
		}
		if f.in.err != nil {
			return fmt.Errorf("line %d: reading: %w", f.in.line, f.in.err)
		}
	}
	return nil
}

// log takes one step through a log: a line's end, a piece of markup, or the
// text before the next of them.
func (f *framer) log(b *batch) error {
	if f.fresh {
		f.fresh = false
		if beginsRecord(f.in.ahead(longestStart)) {
			f.flush(b)
		}
	}
	p := f.in.buffered()
	if len(p) == 0 {
		if f.something && !f.blank { // no line ending: the message is missing, and not another record
			b.add(itemCut, f.line, f.head.buf, nil)
			f.drop()
		}
		f.flush(b)
		f.ended = true
		return nil
	}
	switch p[0] {
	case '\n':
		if f.blank && len(f.head.buf) == 0 {
			b.skip(ingest.SkipBlank, f.in.line, 1)
			f.in.take(1, &clip{})
		} else {
			f.keep(1)
		}
		f.fresh, f.blank = true, true
	case '<':
		f.markupInLog(b)
	default:
		i := bytes.IndexAny(p, "<\n")
		if i < 0 {
			i = len(p)
		}
		if len(bytes.TrimSpace(p[:i])) > 0 {
			f.blank = false
		} else if f.blank && len(f.head.buf) == 0 {
			f.in.take(i, &clip{}) // indentation, or a blank line
			return nil
		}
		f.keep(i)
	}
	return nil
}

// keep moves n bytes into head, and notes the line on which a record starts.
func (f *framer) keep(n int) {
	if !f.something && !isNothing(f.in.buffered()[:n]) {
		f.something, f.line = true, f.in.line
	}
	f.in.take(n, &f.head)
}

// drop forgets what stands before a message.
func (f *framer) drop() {
	f.head.reset()
	f.something = false
}

// markupInLog handles a '<' in a log outside a message.
func (f *framer) markupInLog(b *batch) {
	p := f.in.ahead(longestMark)
	switch markOf(p) {
	case markOpen:
		if f.separate() {
			f.flush(b)
		}
		if !f.something {
			f.line = f.in.line
		}
		f.message(b)
		return
	case markPriority:
		if !isCount(f.head.buf) && startsRFC5424(p) {
			f.flush(b)
		}
	case markNone, markClose, markDeclaration, markComment, markCharacters, markDocType, markTag, markEnd:
	}
	f.blank = false
	f.keep(1)
}

// flush hands over what has been collected outside messages, if it is anything.
func (f *framer) flush(b *batch) {
	if f.something {
		b.add(itemForeign, f.line, f.head.buf, nil)
	}
	f.drop()
}

// separate reports whether what stands before a message is a record of its own:
// a header with a text of its own and a line's end.
func (f *framer) separate() bool {
	text := f.head.buf
	for _, prolog := range [...]string{"<?xml", "<!DOCTYPE"} {
		if i := bytes.Index(text, []byte(prolog)); i >= 0 {
			text = text[:i]
		}
	}
	ends := bytes.TrimRight(text, " \t\r?\ufeff")
	if !bytes.HasSuffix(ends, []byte{'\n'}) {
		return false
	}
	return !isNothing(readHeader(string(text)).text)
}

// message takes a message from its start tag to its end tag.
func (f *framer) message(b *batch) {
	f.body.reset()
	line := f.line
	kind := itemMessage
	for closed := f.startTag(); !closed; {
		if !f.in.upTo('<', &f.body) {
			kind = itemCut
			f.ended = true
			break
		}
		m := markOf(f.in.ahead(longestMark))
		if m == markOpen || m == markDeclaration || m == markPriority {
			kind = itemBroken // no '<' of a well-formed message looks like this
			break
		}
		switch m {
		case markClose:
			if closed = f.in.upTo('>', &f.body); closed {
				f.in.take(1, &f.body)
			}
		case markNone, markTag, markEnd, markDocType, markOpen, markDeclaration, markPriority:
			f.in.take(1, &f.body)
		case markComment:
			f.passage("-->")
		case markCharacters:
			f.passage("]]>")
		}
	}
	if kind == itemMessage && f.body.long {
		kind = itemTooLong
	}
	f.handOver(b, kind, line)
}

// handOver adds the message in body. Of one that cannot be read the beginning
// is enough.
func (f *framer) handOver(b *batch, kind itemKind, line int64) {
	body := f.body.buf
	if kind == itemTooLong || kind == itemBroken {
		body = body[:min(len(body), ingest.MaxRaw)]
	}
	b.add(kind, line, f.head.buf, body)
	f.drop()
	f.fresh, f.blank = true, false
}

// startTag takes the rest of a start tag, and reports whether it is that of an
// empty element. It stops before a '<', which no start tag may hold.
func (f *framer) startTag() (empty bool) {
	f.in.take(1, &f.body)
	var quote, last byte
	for {
		p := f.in.buffered()
		if len(p) == 0 {
			return false
		}
		for i, c := range p {
			switch {
			case c == '<':
				f.in.take(i, &f.body)
				return false
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case c == '"' || c == '\'':
				quote = c
			case c == '>':
				f.in.take(i+1, &f.body)
				return last == '/'
			}
			last = c
		}
		f.in.take(len(p), &f.body)
	}
}

// passage takes everything up to and including an end mark. A passage that has
// no end within a record does not swallow the rest of the file: behind the
// largest size only its first byte is taken.
func (f *framer) passage(end string) {
	if f.body.long {
		f.in.take(1, &f.body)
	}
	for !f.body.long {
		if p := f.in.ahead(len(end)); len(p) == 0 {
			return
		} else if string(p) == end {
			f.in.take(len(end), &f.body)
			return
		}
		p := f.in.buffered()
		next := 1 + bytes.IndexByte(p[1:], end[0])
		if next == 0 {
			next = len(p)
		}
		f.in.take(min(next, f.body.room()+1), &f.body)
	}
}
