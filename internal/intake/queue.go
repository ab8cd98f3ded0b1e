package intake

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/archive"
)

// queue carries batches and rejects from the parser to the store. It is the
// parser's sink.
type queue struct{ items chan queueItem }

type queueItem struct {
	dataset ingest.Dataset
	batch   arrow.RecordBatch // nil for a reject
	reject  ingest.Reject
}

func newQueue(depth int) *queue { return &queue{items: make(chan queueItem, depth)} }

// WriteBatch implements ingest.Sink.
func (q *queue) WriteBatch(ctx context.Context, d ingest.Dataset, b arrow.RecordBatch) error {
	b.Retain()
	select {
	case q.items <- queueItem{dataset: d, batch: b}:
		return nil
	case <-ctx.Done():
		b.Release()
		return context.Cause(ctx)
	}
}

// WriteReject implements ingest.Sink.
func (q *queue) WriteReject(ctx context.Context, r ingest.Reject) error {
	select {
	case q.items <- queueItem{reject: r}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (q *queue) close() { close(q.items) }

// drain releases what nobody will store any more.
func (q *queue) drain() {
	for item := range q.items {
		if item.batch != nil {
			item.batch.Release()
		}
	}
}

// progressWriter reports how much of a file has been read.
type progressWriter struct {
	w      *archive.Draft
	n      int64
	report func(int64)
}

func (p *progressWriter) Write(b []byte) (int, error) {
	n, err := p.w.Write(b)
	p.n += int64(n)
	if p.report != nil {
		p.report(int64(n))
	}
	return n, dataDirError(err)
}

// SHA256 implements ingest.Hasher.
func (p *progressWriter) SHA256() ([32]byte, error) {
	sum, err := p.w.SHA256()
	return sum, dataDirError(err)
}
