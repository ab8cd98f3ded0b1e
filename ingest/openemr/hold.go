package openemr

import (
	"cmp"
	"context"
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
)

const (
	// chunkRows is the number of entries that are kept together, so that many
	// entries never have to be copied into a larger place.
	chunkRows = 4096
	checkSize = 48
	indexSize = 32
)

// hold keeps the rows of the log until the tables that complete them have been
// read. A dump has its tables in alphabetical order: the log stands before its
// checksums and before the users.
type hold struct {
	limit       int // bytes
	chunks      [][]entry
	rows        int
	lastID      int64
	index       map[int64]int // where ids do not ascend
	hint        int
	disclosures []entry

	checks    []check // those without a row among the chunks
	sawChecks bool    // the dump has checksums
}

// full reports whether rows must be written with what is known so far.
func (h *hold) full(texts int) bool {
	return (h.rows+len(h.disclosures))*entrySize+len(h.index)*indexSize+len(h.checks)*checkSize+texts > h.limit
}

func (h *hold) add(e entry) {
	if e.disclosure {
		h.disclosures = append(h.disclosures, e)
		return
	}
	if e.id <= h.lastID && h.index == nil {
		h.index = make(map[int64]int, h.rows)
		for i := range h.rows {
			h.index[h.at(i).id] = i
		}
	}
	if h.index != nil {
		h.index[e.id] = h.rows
	}
	h.lastID = e.id
	if h.rows%chunkRows == 0 {
		// A first chunk grows with its rows; a log of a few rows takes little.
		h.chunks = append(h.chunks, make([]entry, 0, min(h.rows, chunkRows)))
	}
	last := &h.chunks[len(h.chunks)-1]
	*last = append(*last, e)
	h.rows++
}

func (h *hold) at(i int) *entry { return &h.chunks[i/chunkRows][i%chunkRows] }

// find returns the row with an id, or nil.
func (h *hold) find(id int64) *entry {
	if h.index != nil {
		if i, ok := h.index[id]; ok {
			return h.at(i)
		}
		return nil
	}
	// Checksums nearly always come in the order of the rows.
	if h.hint < h.rows && h.at(h.hint).id == id {
		h.hint++
		return h.at(h.hint - 1)
	}
	low, high := 0, h.rows
	for low < high {
		if middle := (low + high) / 2; h.at(middle).id < id {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < h.rows && h.at(low).id == id {
		h.hint = low + 1
		return h.at(low)
	}
	return nil
}

// compare compares a checksum with its row, if that waits.
func (h *hold) compare(c check) bool {
	h.sawChecks = true
	e := h.find(c.logID)
	if e != nil {
		e.integrity = max(e.integrity, c.judge(e.sum, e.known))
	}
	return e != nil
}

// keep keeps a checksum for a row to come, as long as there is room.
func (h *hold) keep(c check) {
	if len(h.checks)*checkSize < h.limit/2 { // the other half is for rows
		h.checks = append(h.checks, c)
	}
}

// flush writes all rows. At the end of the dump, a row without a checksum has
// none; before, it may still come.
func (h *hold) flush(ctx context.Context, w *ingest.Writer, c *converter, p *people, end bool) error {
	for i := range h.disclosures {
		if err := c.write(ctx, w, &h.disclosures[i], p); err != nil {
			return err
		}
	}
	slices.SortStableFunc(h.checks, func(a, b check) int { return cmp.Compare(a.logID, b.logID) })
	for i := range h.rows {
		e := h.at(i)
		h.complete(e, end)
		p.complete(c, e)
		if err := c.write(ctx, w, e, p); err != nil {
			return err
		}
	}
	h.disclosures, h.chunks, h.rows, h.index, h.lastID, h.hint = nil, nil, 0, nil, 0, 0
	return nil
}

// complete compares a row with the checksums that came before it.
func (h *hold) complete(e *entry, end bool) {
	if e.id > 0 {
		i, _ := slices.BinarySearchFunc(h.checks, e.id, func(c check, id int64) int { return cmp.Compare(c.logID, id) })
		for ; i < len(h.checks) && h.checks[i].logID == e.id; i++ {
			e.integrity = max(e.integrity, h.checks[i].judge(e.sum, e.known))
		}
	}
	if e.integrity == integrityNone && (h.sawChecks || !end) {
		e.integrity = integrityUnknown
	}
}
