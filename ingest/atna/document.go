package atna

import (
	"fmt"

	"github.com/chartwatch/chartwatch/ingest"
)

// maxOuter is how deep elements around messages are followed.
const maxOuter = 64

// outer keeps the elements around the messages of an XML file, so that elements
// which hold no message are counted.
type outer struct {
	stack []enclosing
	over  int // open elements that are too deep to be kept
}

// enclosing is one open element.
type enclosing struct {
	messages bool // it holds a message
	others   int  // elements in it that hold none
}

func (o *outer) open() {
	if len(o.stack) >= maxOuter {
		o.over++
		return
	}
	o.stack = append(o.stack, enclosing{})
}

// close ends the innermost element and returns how many elements without a
// message are to be counted: only the outermost ones, and only once nothing
// around them can turn out to hold none either.
func (o *outer) close() int {
	if o.over > 0 {
		o.over--
		return 0
	}
	if len(o.stack) == 0 {
		return 0
	}
	last := o.stack[len(o.stack)-1]
	o.stack = o.stack[:len(o.stack)-1]
	others := last.others
	if !last.messages {
		others = 1
	}
	if len(o.stack) == 0 {
		return others
	}
	o.stack[len(o.stack)-1].others += others
	return 0
}

// message notes that a message stands here.
func (o *outer) message() {
	for i := len(o.stack) - 1; i >= 0 && !o.stack[i].messages; i-- {
		o.stack[i].messages = true
	}
}

func (o *outer) inside() bool { return len(o.stack) > 0 }

// document takes one step through an XML file outside the messages: one tag.
func (f *framer) document(b *batch) error {
	f.head.reset()
	if !f.in.upTo('<', &f.head) {
		f.ended = true
		if f.outer.inside() {
			b.add(itemOpen, f.in.line, nil, nil)
		}
		return nil
	}
	f.head.reset()
	p := f.in.ahead(longestMark)
	switch markOf(p) {
	case markOpen:
		f.outer.message()
		f.line = f.in.line
		f.message(b)
		return nil
	case markPriority:
		if !f.outer.inside() { // a log that begins with a message without a header
			f.markup, f.fresh = false, true
			return nil
		}
	case markDocType:
		return f.docType()
	case markTag:
		f.body.reset()
		if empty := f.startTag(); empty {
			f.outer.open()
			f.count(b, f.outer.close())
		} else {
			f.outer.open()
		}
		return nil
	case markEnd:
		f.count(b, f.outer.close())
	case markComment:
		f.body.reset()
		f.passage("-->")
		return nil
	case markCharacters:
		f.body.reset()
		f.passage("]]>")
		return nil
	case markNone, markClose, markDeclaration:
	}
	f.in.take(1, &f.head)
	return nil
}

func (f *framer) count(b *batch, others int) {
	if others > 0 {
		b.skip(ingest.SkipOtherResource, f.in.line, others)
	}
}

// docType passes over a document type that names a file, which is never opened,
// and refuses one with declarations.
func (f *framer) docType() error {
	line := f.in.line
	var quote byte
	for {
		p := f.in.ahead(1)
		if len(p) == 0 {
			return nil
		}
		c := p[0]
		f.in.take(1, &clip{})
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[':
			return fmt.Errorf("line %d: %w", line, errDocType)
		case c == '>':
			return nil
		}
	}
}
