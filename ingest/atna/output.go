package atna

import (
	"context"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// result is what one piece of a file gives. Its times are as written, because
// what a time without an offset means depends on the times before it.
type result struct {
	kind         resultKind
	skip         ingest.SkipKind
	times        int // how often it is counted
	event        ingest.Event
	patients     []patient
	at, recorded string
	raw          string
	reject       ingest.Reject
}

type resultKind uint8

const (
	resultEvent resultKind = iota
	resultReject
	resultSkip
	resultCut  // a reject, and the file ends here
	resultOpen // the file ends inside the element around the messages
)

// output turns results into rows in the order of the file.
type output struct {
	w            *ingest.Writer
	at, recorded *ingest.LocalClock
	sinceContext int
}

// contextEvery is after how many rows the context is looked at.
const contextEvery = 256

func newOutput(src ingest.Source, w *ingest.Writer) *output {
	return &output{w: w, at: src.Clock(), recorded: src.Clock()}
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
	var recorded time.Time
	if r.recorded != "" {
		if t, ok := instant(r.recorded, o.recorded); ok {
			recorded = t.At
		}
	}
	switch r.kind {
	case resultSkip:
		for range r.times {
			o.w.Skip(r.skip)
		}
		return nil
	case resultOpen:
		o.w.Note(ingest.Note{Kind: ingest.NoteTruncated, Line: r.reject.Line})
		return nil
	case resultCut:
		o.w.Note(ingest.Note{Kind: ingest.NoteTruncated, Line: r.reject.Line})
		return o.reject(ctx, r, recorded)
	case resultReject:
		if at, ok := o.when(r); ok {
			recorded = at.At
		}
		return o.reject(ctx, r, recorded)
	case resultEvent:
	}
	at, ok := o.when(r)
	if !ok {
		r.reject.Line, r.reject.Column, r.reject.Reason = r.event.Line, "EventDateTime", ingest.ReasonBadTime
		if r.at == "" {
			r.reject.Reason = ingest.ReasonMissingTime
		}
		return o.reject(ctx, r, recorded)
	}
	e := &r.event
	e.At, e.TZBasis, e.TimeFlag = at.At, at.Basis, at.Flag
	if !recorded.Equal(e.At) {
		e.RecordedAt = recorded
	}
	return o.events(ctx, r)
}

// events writes a row for each patient, or one.
func (o *output) events(ctx context.Context, r *result) error {
	e := &r.event
	for part := range max(1, len(r.patients)) {
		e.Part = part
		if part < len(r.patients) {
			p := &r.patients[part]
			e.PatientID, e.PatientSystem, e.PatientName = p.id, p.system, p.name
		}
		if err := o.w.Event(ctx, *e); err != nil {
			return err
		}
	}
	return nil
}

func (o *output) reject(ctx context.Context, r *result, at time.Time) error {
	r.reject.At, r.reject.Raw = at, []byte(r.raw)
	return o.w.Reject(ctx, r.reject)
}
