package openemr

import (
	"cmp"
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
)

const (
	// maxRanges bounds how many gaps the ids of a log may have before deleted
	// rows can no longer be told from others.
	maxRanges = 1 << 20
	// maxDeleted is how many deleted rows are named one by one.
	maxDeleted = 10_000
)

// idRanges is a set of ids that mostly follow each other.
type idRanges struct {
	ranges []idRange
	lost   bool // there were too many gaps
	mixed  bool // the ranges are not in order
}

type idRange struct{ low, high int64 }

func (s *idRanges) add(id int64) {
	if s.lost {
		return
	}
	if n := len(s.ranges); n > 0 {
		last := &s.ranges[n-1]
		if id == last.high+1 {
			last.high = id
			return
		}
		if id >= last.low && id <= last.high {
			return
		}
	}
	if len(s.ranges) == maxRanges {
		s.compact()
		if len(s.ranges) > maxRanges*3/4 {
			s.ranges, s.lost = nil, true
			return
		}
	}
	s.mixed = s.mixed || len(s.ranges) > 0 && id < s.ranges[len(s.ranges)-1].low
	s.ranges = append(s.ranges, idRange{id, id})
}

// compact sorts the ranges and joins those that touch.
func (s *idRanges) compact() {
	slices.SortFunc(s.ranges, func(a, b idRange) int { return cmp.Compare(a.low, b.low) })
	kept := s.ranges[:0]
	for _, r := range s.ranges {
		if n := len(kept); n > 0 && r.low <= kept[n-1].high+1 {
			kept[n-1].high = max(kept[n-1].high, r.high)
			continue
		}
		kept = append(kept, r)
	}
	s.ranges, s.mixed = kept, false
}

// has reports whether id is in the set, which must be compact.
func (s *idRanges) has(id int64) bool {
	i, exact := slices.BinarySearchFunc(s.ranges, id, func(r idRange, id int64) int { return cmp.Compare(r.low, id) })
	return exact || i > 0 && id <= s.ranges[i-1].high
}

func (s *idRanges) highest() int64 {
	if len(s.ranges) == 0 {
		return 0
	}
	return s.ranges[len(s.ranges)-1].high
}

// reference is a row of another table that names a row of the log.
type reference struct {
	logID, line int64
	late        bool // it stands behind the log in the dump
}

// deletions notes the rows of the log that other tables prove and that are
// gone. A row that was written while the dump was being made is no deletion:
// its id is not below the next id that the log's definition names.
func (d *dump) deletions() {
	// A dump of chosen rows lacks the others on purpose.
	if !d.logSeen || d.doubtful || d.seen.lost || d.dump.Selected() {
		return
	}
	d.seen.compact()
	var gone []reference
	consider := func(r reference) {
		given := r.logID < d.nextID || r.late && d.nextID == 0
		if d.dump.Truncated() { // the rows behind the last one may just be missing from the file
			given = false
		}
		if r.logID > 0 && !d.seen.has(r.logID) && (given || r.logID < d.seen.highest()) {
			gone = append(gone, r)
		}
	}
	for _, c := range d.hold.checks {
		consider(reference{logID: c.logID, line: c.line, late: c.late})
	}
	for id, c := range d.people.calls {
		consider(reference{logID: id, line: c.line, late: c.late})
	}
	slices.SortFunc(gone, func(a, b reference) int {
		return cmp.Or(cmp.Compare(a.logID, b.logID), cmp.Compare(a.line, b.line))
	})
	gone = slices.CompactFunc(gone, func(a, b reference) bool { return a.logID == b.logID })
	for i, r := range gone {
		if i == maxDeleted {
			d.w.Note(ingest.Note{Kind: ingest.NoteRowDeleted, Line: r.line, Count: int64(len(gone) - i)})
			return
		}
		d.w.Note(ingest.Note{Kind: ingest.NoteRowDeleted, Line: r.line, SourceEventID: number64(r.logID)})
	}
}
