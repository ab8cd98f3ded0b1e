package fhiraudit

import "github.com/chartwatch/chartwatch/ingest"

// itemKind says what a framer cut out of the file.
type itemKind uint8

const (
	itemValue   itemKind = iota // a JSON value that should be a resource
	itemEntry                   // an element of a Bundle's list of entries
	itemLine                    // a line of a log
	itemXML                     // an AuditEvent element
	itemSkip                    // something that is only counted
	itemTooLong                 // a record above the largest size; the text is its beginning
	itemBroken                  // something whose end cannot be found
	itemCut                     // a record that the end of the file cuts off
	itemDamaged                 // the same, and nothing has been read before it
)

// item is one piece of a file.
type item struct {
	kind       itemKind
	final      bool // a last line without a line ending
	skip       ingest.SkipKind
	start, end int // in the batch's text
	line       int64
}

// batch is a run of pieces that one worker reads at a time.
type batch struct {
	buf     []byte
	items   []item
	results []result
	ready   chan struct{} // receives one value when results are complete
}

// The size at which a batch is handed to a worker: small enough to keep the
// first rows coming, large enough to make the hand-over cheap.
const (
	batchBytes = 256 << 10
	batchItems = 512
)

func (b *batch) reset() {
	b.buf, b.items, b.results = b.buf[:0], b.items[:0], b.results[:0]
}

func (b *batch) full() bool { return len(b.buf) >= batchBytes || len(b.items) >= batchItems }

func (b *batch) add(k itemKind, line int64, text []byte) {
	start := len(b.buf)
	b.buf = append(b.buf, text...)
	b.items = append(b.items, item{kind: k, start: start, end: len(b.buf), line: line})
}

func (b *batch) skip(k ingest.SkipKind, line int64) {
	b.items = append(b.items, item{kind: itemSkip, skip: k, line: line})
}

// addClip adds a captured record, or says that it was too long.
func (b *batch) addClip(k itemKind, line int64, c *clip) {
	if c.long {
		b.add(itemTooLong, line, c.buf[:min(len(c.buf), ingest.MaxRaw)])
		return
	}
	b.add(k, line, c.buf)
}
