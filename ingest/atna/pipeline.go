package atna

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
)

// run cuts the file into batches, has them read by several workers, and writes
// the rows in the order of the file. Cutting and writing happen in the calling
// goroutine, and the number of batches in memory is fixed.
func run(ctx context.Context, f *framer, out *output) error {
	first := newBatch()
	last, err := fill(f, first)
	if err != nil {
		return err
	}
	if last { // a small file is not worth a worker
		var r reader
		r.read(first)
		if err := out.write(ctx, first); err != nil {
			return err
		}
		return ctx.Err()
	}
	workers := max(1, runtime.GOMAXPROCS(0))
	p := pipeline{jobs: make(chan *batch, workers), limit: workers + 2, framer: f, out: out}
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			var r reader
			for b := range p.jobs {
				r.read(b)
				b.ready <- struct{}{}
			}
		})
	}
	defer group.Wait()
	defer close(p.jobs)
	return p.run(ctx, first)
}

func newBatch() *batch { return &batch{ready: make(chan struct{}, 1)} }

// pipeline is the state of one run.
type pipeline struct {
	jobs    chan *batch
	limit   int      // the largest number of batches under way
	pending []*batch // in the order of the file
	idle    []*batch
	framer  *framer
	out     *output
}

func (p *pipeline) run(ctx context.Context, b *batch) error {
	for last := false; ; {
		p.jobs <- b
		p.pending = append(p.pending, b)
		if last {
			return p.writeDown(ctx, 0)
		}
		if err := p.writeDown(ctx, p.limit-1); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		b = p.batch()
		var err error
		if last, err = fill(p.framer, b); err != nil {
			return err
		}
	}
}

func (p *pipeline) batch() *batch {
	n := len(p.idle)
	if n == 0 {
		return newBatch()
	}
	b := p.idle[n-1]
	p.idle = p.idle[:n-1]
	b.reset()
	return b
}

// writeDown writes the oldest batches until only n are under way.
func (p *pipeline) writeDown(ctx context.Context, n int) error {
	for len(p.pending) > n {
		b := p.pending[0]
		p.pending = append(p.pending[:0], p.pending[1:]...)
		<-b.ready
		if err := p.out.write(ctx, b); err != nil {
			return err
		}
		p.idle = append(p.idle, b)
	}
	return nil
}

// fill reads a batch and reports whether it is the last one.
func fill(f *framer, b *batch) (bool, error) {
	for !b.full() {
		if err := f.next(b); errors.Is(err, io.EOF) {
			return true, nil
		} else if err != nil {
			return false, err
		}
	}
	return false, nil
}
