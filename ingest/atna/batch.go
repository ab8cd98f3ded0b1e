package atna

import "github.com/chartwatch/chartwatch/ingest"

// itemKind says what the framer cut out of the file.
type itemKind uint8

const (
	itemMessage itemKind = iota // an AuditMessage and what stands before it
	itemForeign                 // something that should have been one
	itemBroken                  // a message in which another record begins
	itemTooLong                 // a message above the largest size; the text is its beginning
	itemCut                     // a message that the end of the file cuts off
	itemSkip                    // something that is only counted
	itemOpen                    // the end of the file inside the element around the messages
)

// item is one piece of a file: from start to body what stands before the
// message, from body to end the message.
type item struct {
	kind             itemKind
	skip             ingest.SkipKind
	times            int // how often it is counted
	start, body, end int // in the batch's text
	line             int64
}

// batch is a run of pieces that one worker reads at a time.
type batch struct {
	buf     []byte
	items   []item
	results []result
	ready   chan struct{} // receives one value when the results are complete
}

// The size at which a batch is handed to a worker.
const (
	batchBytes = 256 << 10
	batchItems = 512
)

func (b *batch) reset() { b.buf, b.items, b.results = b.buf[:0], b.items[:0], b.results[:0] }

func (b *batch) full() bool { return len(b.buf) >= batchBytes || len(b.items) >= batchItems }

func (b *batch) add(k itemKind, line int64, head, body []byte) {
	it := item{kind: k, line: line, start: len(b.buf)}
	b.buf = append(b.buf, head...)
	it.body = len(b.buf)
	b.buf = append(b.buf, body...)
	it.end = len(b.buf)
	b.items = append(b.items, it)
}

func (b *batch) skip(k ingest.SkipKind, line int64, times int) {
	b.items = append(b.items, item{kind: itemSkip, skip: k, times: times, line: line, start: len(b.buf), body: len(b.buf), end: len(b.buf)})
}
