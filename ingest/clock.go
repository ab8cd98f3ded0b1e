package ingest

import "time"

// LocalClock turns wall-clock times without an offset into instants of one
// zone. It is not safe for concurrent use and belongs to one file, because the
// order of the file decides which of two equal wall-clock times is meant in the
// night when the clock goes back.
type LocalClock struct {
	zone  *time.Location
	basis TZBasis

	// The answer for one quarter of an hour of wall-clock time. Quarters and
	// not hours, because some zones change by half an hour.
	cached  bool
	quarter int64
	first   int64 // offset in seconds of the first, or only, reading
	second  int64 // offset of the second reading
	flag    TimeFlag

	hasPrevious bool
	previous    int64 // wall-clock seconds of the last call
	up, down    int   // how often the file's times rose and fell
	inFold      bool  // the last time was ambiguous
	late        bool  // and it was the second reading
}

// quarterHour is the unit in which zone rules are cached.
const quarterHour = 15 * 60

// NewLocalClock returns a clock for zone, which must not be nil. The basis is
// reported for every time it resolves.
func NewLocalClock(zone *time.Location, basis TZBasis) *LocalClock {
	return &LocalClock{zone: zone, basis: basis}
}

// Basis returns the basis for times that the clock resolves.
func (c *LocalClock) Basis() TZBasis { return c.basis }

// Resolve returns the instant at which a clock on the wall showed wall. Of wall
// only the date and the time of day are used, its location is ignored.
//
// A wall-clock time that occurs twice is flagged [TimeAmbiguous]; the first
// pass through the hour is read with the earlier offset until the file's times
// jump back, or the other way round in a file that runs backwards. A time that
// the clock jumped over is flagged [TimeNonexistent] and read with the offset
// that was in force before the jump.
func (c *LocalClock) Resolve(wall time.Time) (time.Time, TimeFlag) {
	_, offset := wall.Zone()
	local := wall.Unix() + int64(offset)
	if q := floorDiv(local, quarterHour); !c.cached || q != c.quarter {
		c.lookUp(q)
	}
	use := c.first
	if c.flag == TimeAmbiguous {
		if c.secondPass(local) {
			use = c.second
		}
	} else {
		c.inFold = false
		switch {
		case c.hasPrevious && local > c.previous:
			c.up++
		case c.hasPrevious && local < c.previous:
			c.down++
		}
	}
	c.previous, c.hasPrevious = local, true
	return time.Unix(local-use, int64(wall.Nanosecond())).UTC(), c.flag
}

// secondPass reports whether an ambiguous time is its second occurrence.
func (c *LocalClock) secondPass(local int64) bool {
	const longestFold = 3 * 3600
	descending := c.down > c.up
	switch {
	case !c.inFold || max(local-c.previous, c.previous-local) > longestFold:
		c.inFold, c.late = true, descending
	case !descending && local < c.previous:
		c.late = true
	case descending && local > c.previous:
		c.late = false
	}
	return c.late
}

// lookUp finds the offsets that a clock on the wall may have in one quarter.
func (c *LocalClock) lookUp(quarter int64) {
	c.cached, c.quarter = true, quarter
	local := quarter * quarterHour
	// No zone changes its offset twice within a day and a half.
	before, after := c.offsetAt(local-18*3600), c.offsetAt(local+18*3600)
	early, late := c.offsetAt(local-before) == before, c.offsetAt(local-after) == after
	c.first, c.second, c.flag = before, after, ""
	switch {
	case before == after:
	case early && late:
		c.flag = TimeAmbiguous
	case late:
		c.first = after
	case !early:
		c.flag = TimeNonexistent
	}
}

func (c *LocalClock) offsetAt(unix int64) int64 {
	_, offset := time.Unix(unix, 0).In(c.zone).Zone()
	return int64(offset)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
