package opendental

import (
	"context"
	"maps"
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// entry is a row of the log in compact form.
type entry struct {
	line     int64
	num      int64
	at       int64 // Unix time
	user     int64
	patient  int64
	fkey     int64
	perm     int32
	source   int32
	computer uint32
	text     logOn
	flag     clockFlag
	verdict  verdict
	sum      sum
	strength strength
}

// clockFlag is an ingest.TimeFlag.
type clockFlag uint8

const (
	flagNone clockFlag = iota
	flagAmbiguous
	flagNonexistent
)

func packFlag(f ingest.TimeFlag) clockFlag {
	switch f {
	case ingest.TimeAmbiguous:
		return flagAmbiguous
	case ingest.TimeNonexistent:
		return flagNonexistent
	}
	return flagNone
}

func (f clockFlag) unpack() ingest.TimeFlag {
	return [...]ingest.TimeFlag{"", ingest.TimeAmbiguous, ingest.TimeNonexistent}[f]
}

// verdict is what is known of a row's hash. A worse one outweighs the others.
type verdict uint8

const (
	verdictNone verdict = iota // no hash was seen
	verdictOK
	verdictUnknown
	verdictFailed
)

func packVerdict(i ingest.Integrity) verdict {
	switch i {
	case ingest.IntegrityOK:
		return verdictOK
	case ingest.IntegrityFailed:
		return verdictFailed
	case ingest.IntegrityUnknown:
		return verdictUnknown
	}
	return verdictNone
}

func (v verdict) unpack() ingest.Integrity {
	return [...]ingest.Integrity{"", ingest.IntegrityOK, ingest.IntegrityUnknown, ingest.IntegrityFailed}[v]
}

const (
	// chunkRows is the number of entries that are kept together, so that many
	// entries never have to be copied into a larger place.
	chunkRows = 4096
	entrySize = 88
	indexSize = 32
	hashSize  = 96
	// textCost is what a kept text takes in memory beside its bytes.
	textCost = 80
)

// hold keeps the rows of the log until the tables that complete them have been
// read. mysqldump writes tables in alphabetical order: the log stands before its
// hashes and before the accounts.
type hold struct {
	limit   int // bytes
	chunks  [][]entry
	rows    int
	lastNum int64
	least   int64         // the smallest number of all rows, or 0
	index   map[int64]int // where numbers do not ascend
	hint    int

	computers []string
	computer  map[string]uint32
	textBytes int

	early     map[int64]earlyHash // hashes whose row has not come yet
	sawHashes bool
	dropped   bool // something was written or dropped before the end
}

type earlyHash struct {
	hash string
	line int64
}

func newHold(limit int) *hold {
	h := &hold{limit: limit, early: map[int64]earlyHash{}}
	h.forget()
	return h
}

// forget empties the rows.
func (h *hold) forget() {
	h.chunks, h.rows, h.index, h.lastNum, h.hint = nil, 0, nil, 0, 0
	h.computers, h.computer, h.textBytes = []string{""}, map[string]uint32{"": 0}, 0
}

// full reports whether rows must be written with what is known so far.
func (h *hold) full() bool {
	return h.rows*entrySize+len(h.index)*indexSize+len(h.early)*hashSize+h.textBytes > h.limit
}

// pack makes an entry of a row.
func (h *hold) pack(a *access, p proof) entry {
	id := func(s string) int64 {
		n, ok := wholeNumber(s)
		if !ok {
			return 0
		}
		return n
	}
	n, ok := h.computer[a.computer]
	if !ok {
		n = uint32(len(h.computers)) //nolint:gosec // rows are written long before 2^32 texts
		h.computer[a.computer] = n
		h.computers = append(h.computers, a.computer)
		h.textBytes += len(a.computer) + textCost
	}
	return entry{
		line: a.line, num: id(a.num), at: a.at.At.Unix(), user: id(a.user), patient: id(a.patient), fkey: id(a.fkey),
		perm: a.perm, source: a.source, computer: n, text: a.text, flag: packFlag(a.at.Flag), sum: p.sum, strength: p.strength,
	}
}

func (h *hold) add(e entry) {
	if hash, ok := h.early[e.num]; ok && e.num != 0 {
		e.judge(hash.hash)
		delete(h.early, e.num)
	}
	if e.num <= h.lastNum && h.index == nil {
		h.index = make(map[int64]int, h.rows)
		for i := range h.rows {
			h.index[h.at(i).num] = i
		}
	}
	if h.index != nil {
		h.index[e.num] = h.rows
	}
	h.lastNum = e.num
	if h.least == 0 || e.num < h.least {
		h.least = e.num
	}
	if h.rows%chunkRows == 0 {
		// A first chunk grows with its rows; a log of a few rows takes little.
		h.chunks = append(h.chunks, make([]entry, 0, min(h.rows, chunkRows)))
	}
	last := &h.chunks[len(h.chunks)-1]
	*last = append(*last, e)
	h.rows++
}

func (h *hold) at(i int) *entry { return &h.chunks[i/chunkRows][i%chunkRows] }

// find returns the row with a number, or nil.
func (h *hold) find(num int64) *entry {
	if h.index != nil {
		if i, ok := h.index[num]; ok {
			return h.at(i)
		}
		return nil
	}
	// Hashes nearly always come in the order of the rows.
	if h.hint >= h.rows || h.at(h.hint).num != num {
		low, high := 0, h.rows
		for low < high {
			if middle := (low + high) / 2; h.at(middle).num < num {
				low = middle + 1
			} else {
				high = middle
			}
		}
		if low == h.rows || h.at(low).num != num {
			return nil
		}
		h.hint = low
	}
	h.hint++
	return h.at(h.hint - 1)
}

// judge compares a row of a dump with its hash.
func (e *entry) judge(hash string) {
	p := proof{sum: e.sum, strength: e.strength}
	e.verdict = max(e.verdict, packVerdict(p.judge(hash)))
}

// maxHash is more than any hash has; longer ones match nothing.
const maxHash = 64

// hash takes a row of securityloghash.
func (h *hold) hash(num, line int64, hash []byte) {
	h.sawHashes = true
	text := string(hash[:min(len(hash), maxHash)])
	if e := h.find(num); e != nil {
		e.judge(text)
		return
	}
	if len(h.early)*hashSize >= h.limit/2 { // the other half is for rows
		h.dropped = true
		return
	}
	h.early[num] = earlyHash{hash: text, line: line}
}

// orphans returns the numbers of the hashes without a row, in order.
func (h *hold) orphans() []int64 { return slices.Sorted(maps.Keys(h.early)) }

// flush writes all rows. At the end of the dump, a row without a hash has none;
// before, it may still come.
func (h *hold) flush(ctx context.Context, w *ingest.Writer, d *dump, end bool) error {
	for i := range h.rows {
		e := h.at(i)
		if e.verdict == verdictNone && (h.sawHashes || !end) {
			e.verdict = verdictUnknown
		}
		a := d.unpack(e)
		if err := w.Event(ctx, a.event(d.conv.perms)); err != nil {
			return err
		}
	}
	h.dropped = h.dropped || !end
	h.forget()
	return nil
}

// unpack makes a row of an entry, with the names that are known.
func (d *dump) unpack(e *entry) access {
	a := access{
		line: e.line, num: number(e.num),
		at:   contextdata.Instant{At: unixTime(e.at), Basis: d.conv.clock.Basis(), Flag: e.flag.unpack()},
		perm: e.perm, label: d.conv.perms.byNumber(e.perm).label, text: e.text, user: number(e.user),
		patient: number(e.patient), patientName: d.patients[e.patient], computer: d.hold.computers[e.computer],
		fkey: number(e.fkey), source: e.source, sourceName: sourceLabel(e.source), integrity: e.verdict.unpack(),
	}
	if e.perm == permPatientPortal {
		a.otherName = d.patients[e.fkey]
	}
	if d.named {
		a.name = d.users[e.user]
		a.gone = a.name == ""
	}
	return a
}
