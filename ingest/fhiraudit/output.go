package fhiraudit

import (
	"context"
	"fmt"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// result is what one piece of a file gives: an event, a reject, something
// skipped, or the end of a file that is cut off.
type result struct {
	kind   resultKind
	skip   ingest.SkipKind
	event  ingest.Event
	times  times
	reject ingest.Reject
}

type resultKind uint8

const (
	resultEvent resultKind = iota
	resultReject
	resultSkip
	resultCut    // a reject, and the file ends here
	resultNought // the file is cut off before anything could be read
)

// times are the times of an event before the file's clock has seen them.
type times struct {
	at, recorded, ended stamp
}

// output turns results into rows in the order of the file. Only it knows the
// clocks, because what a time without an offset means depends on the times
// before it.
type output struct {
	w                        *ingest.Writer
	at, recorded, ended      *ingest.LocalClock
	lastAt, lastRec, lastEnd time.Time
	lastFlag                 ingest.TimeFlag
	sinceContext             int
}

// contextEvery is after how many rows the context is looked at.
const contextEvery = 256

func newOutput(src ingest.Source, w *ingest.Writer) *output {
	return &output{w: w, at: src.Clock(), recorded: src.Clock(), ended: src.Clock()}
}

func (o *output) write(ctx context.Context, b *batch) error {
	for i := range b.results {
		o.sinceContext++
		if o.sinceContext >= contextEvery {
			o.sinceContext = 0
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if err := o.result(ctx, &b.results[i]); err != nil {
			return err
		}
	}
	return nil
}

func (o *output) result(ctx context.Context, r *result) error {
	switch r.kind {
	case resultSkip:
		o.w.Skip(r.skip)
		return nil
	case resultNought:
		return fmt.Errorf("reading line %d: %w", r.reject.Line, ingest.ErrTruncated)
	case resultCut:
		o.w.Note(ingest.Note{Kind: ingest.NoteTruncated, Line: r.reject.Line})
		return o.w.Reject(ctx, r.reject)
	case resultReject:
		r.reject.At, _ = r.times.at.resolve(o.at)
		return o.w.Reject(ctx, r.reject)
	case resultEvent:
	}
	e := &r.event
	if e.Part == 0 {
		o.lastAt, o.lastFlag = r.times.at.resolve(o.at)
		o.lastRec, _ = r.times.recorded.resolve(o.recorded)
		o.lastEnd, _ = r.times.ended.resolve(o.ended)
		if o.lastRec.Equal(o.lastAt) {
			o.lastRec = time.Time{}
		}
	}
	e.At, e.TimeFlag, e.RecordedAt, e.EndedAt = o.lastAt, o.lastFlag, o.lastRec, o.lastEnd
	e.TZBasis = ingest.TZExplicit
	if r.times.at.local {
		e.TZBasis = o.at.Basis()
	}
	return o.w.Event(ctx, *e)
}
