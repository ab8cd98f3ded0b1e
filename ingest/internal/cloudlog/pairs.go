package cloudlog

import (
	"cmp"
	"context"
	"hash/maphash"
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
)

// Bounds of what waits for the other half of a pair.
const (
	maxWaiting = 50_000
	maxWeight  = 64 << 20
	maxEnded   = 500_000
)

// half is a beginning that waits for its end.
type half struct {
	event  ingest.Event
	number int64 // of the half, in the order of the file
	weight int
}

// Pairs joins the two records that a service writes of one request, when it
// begins and when it ends. The one that ends is written and the other counted
// as skipped; one that begins and never ends in the file is written with an unknown
// outcome, behind the others.
//
// Halves that stand further apart than 50,000 open requests or 64 MiB of them, or than
// half a million ends, are not joined: both are written.
type Pairs struct {
	w       *ingest.Writer
	seed    maphash.Seed
	waiting map[uint64][]half
	open    int
	weight  int
	count   int64
	// Ends without a beginning so far, by how many there are; the older ones are
	// forgotten when the newer ones are many.
	ended, older map[uint64]int
}

// NewPairs returns an empty set of pairs that writes to w.
func NewPairs(w *ingest.Writer) *Pairs {
	return &Pairs{w: w, seed: maphash.MakeSeed(), waiting: map[uint64][]half{}, ended: map[uint64]int{}}
}

// Add takes one half of the pair with an identifier.
func (p *Pairs) Add(ctx context.Context, id string, e ingest.Event, ends bool) error {
	key := maphash.String(p.seed, id)
	if ends {
		p.end(key)
		return p.w.Event(ctx, e)
	}
	if p.take(p.ended, key) || p.take(p.older, key) {
		p.w.Skip(ingest.SkipOtherLine)
		return nil
	}
	h := half{event: e, number: p.count, weight: weight(&e)}
	if p.open >= maxWaiting || p.open > 0 && p.weight+h.weight > maxWeight {
		if err := p.Flush(ctx); err != nil {
			return err
		}
	}
	p.waiting[key] = append(p.waiting[key], h)
	p.open++
	p.weight += h.weight
	p.count++
	return nil
}

// weight is about how many bytes the texts of an event take.
func weight(e *ingest.Event) int {
	n := 0
	for _, s := range [...]string{
		e.SourceEventID, e.SourceSystem, e.UserID, e.UserAltID, e.UserName, e.UserRole, e.PatientID, e.ActionRaw, e.RecordRaw,
		e.RecordID, e.IP, e.OutcomeReason, e.RequestID,
	} {
		n += len(s)
	}
	return n
}

// end notes an end, and leaves out the beginning that waits for it.
func (p *Pairs) end(key uint64) {
	if list := p.waiting[key]; len(list) > 0 {
		p.open--
		p.weight -= list[0].weight
		p.w.Skip(ingest.SkipOtherLine)
		if len(list) == 1 {
			delete(p.waiting, key)
			return
		}
		p.waiting[key] = list[1:]
		return
	}
	if len(p.ended) >= maxEnded {
		p.ended, p.older = map[uint64]int{}, p.ended
	}
	p.ended[key]++
}

// take takes one end out of a set.
func (*Pairs) take(from map[uint64]int, key uint64) bool {
	switch from[key] {
	case 0:
		return false
	case 1:
		delete(from, key)
	default:
		from[key]--
	}
	return true
}

// Flush writes what waits, in the order of the file.
func (p *Pairs) Flush(ctx context.Context) error {
	list := make([]half, 0, p.open)
	for _, halves := range p.waiting {
		list = append(list, halves...)
	}
	clear(p.waiting)
	p.open, p.weight = 0, 0
	slices.SortFunc(list, func(a, b half) int { return cmp.Compare(a.number, b.number) })
	for i := range list {
		e := list[i].event
		e.Outcome, e.OutcomeReason = ingest.OutcomeUnknown, ""
		if err := p.w.Event(ctx, e); err != nil {
			return err
		}
	}
	return nil
}
