package cloudlog

import (
	"context"
	"hash/maphash"
	"maps"
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
)

// Bounds of what waits for the other half of a pair.
const (
	maxWaiting = 50_000
	maxEnded   = 1 << 20
)

// Pairs joins the two records that a service writes of one request, when it
// begins and when it ends. The one that ends is written and the other counted
// as skipped; one that begins and never ends in the file is written with an unknown
// outcome, behind the others.
type Pairs struct {
	w       *ingest.Writer
	seed    maphash.Seed
	waiting map[uint64]ingest.Event
	ended   map[uint64]bool
}

// NewPairs returns an empty set of pairs that writes to w.
func NewPairs(w *ingest.Writer) *Pairs {
	return &Pairs{w: w, seed: maphash.MakeSeed(), waiting: map[uint64]ingest.Event{}, ended: map[uint64]bool{}}
}

// Add takes one half of the pair with an identifier.
func (p *Pairs) Add(ctx context.Context, id string, e ingest.Event, ends bool) error {
	key := maphash.String(p.seed, id)
	if ends {
		if _, waits := p.waiting[key]; waits {
			delete(p.waiting, key)
			p.w.Skip(ingest.SkipOtherLine)
		} else if len(p.ended) < maxEnded {
			p.ended[key] = true
		}
		return p.w.Event(ctx, e)
	}
	if p.ended[key] {
		delete(p.ended, key)
		p.w.Skip(ingest.SkipOtherLine)
		return nil
	}
	if _, waits := p.waiting[key]; waits || len(p.waiting) >= maxWaiting {
		if err := p.Flush(ctx); err != nil {
			return err
		}
	}
	p.waiting[key] = e
	return nil
}

// Flush writes what waits, in the order of the file.
func (p *Pairs) Flush(ctx context.Context) error {
	list := slices.SortedFunc(maps.Values(p.waiting), func(a, b ingest.Event) int { return int(a.Line - b.Line) })
	clear(p.waiting)
	for _, e := range list {
		e.Outcome, e.OutcomeReason = ingest.OutcomeUnknown, ""
		if err := p.w.Event(ctx, e); err != nil {
			return err
		}
	}
	return nil
}
