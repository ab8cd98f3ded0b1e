package coverage

import (
	"fmt"
	"time"
)

// problem is a reason why a source cannot say everything about a day.
type problem struct{ code, why string }

// The closed list of codes of gaps.
const (
	CodeOutside    = "outside"       // no file of the source reaches the day
	CodeBetween    = "not_delivered" // files reach beyond the day, none covers it
	CodeSilent     = "silent"        // no events on a day on which the source usually has some
	CodeUnfinished = "unfinished"    // the file was written before the day ended
	CodeFiltered   = "filtered"      // only an export of a single patient covers the day
	CodeCapped     = "export_cap"    // the export was cut off on that day
	CodeTruncated  = "truncated"     // the file ends in the middle of a record
	CodeRejected   = "rejected_rows" // records that could not be read may concern the day
	CodeMissing    = "missing_rows"  // an earlier export had events that a later one lacks
	CodeDeleted    = "deleted_rows"  // rows were deleted from the log
	CodeSequence   = "sequence_gap"  // numbers are missing between the day's events
)

// dayGaps returns what casts doubt on one day of the source.
func (f *facts) dayGaps(d, first, last Day, expect Expectation, patient []byte) []problem {
	if !expect.covers(d) {
		return nil
	}
	if d < first || d > last {
		return []problem{{CodeOutside, fmt.Sprintf("its logs cover %s to %s only", first, last)}}
	}
	covering := f.covering(d)
	if len(covering) == 0 {
		return []problem{{CodeBetween, "no file that was imported covers the day"}}
	}
	var list []problem
	list = append(list, f.fileProblems(d, covering, patient)...)
	if f.days[d].events == 0 && !expect.NoPattern && (expect.Daily || f.usuallyBusy(d, first, last)) {
		list = append(list, problem{CodeSilent, "there is not one event, although the source usually has some on this day of the week"})
	}
	if n := f.seqGaps[d]; n > 0 {
		list = append(list, problem{CodeSequence, fmt.Sprintf("%d numbers are missing in the log's own numbering", n)})
	}
	return list
}

// covering returns the imports whose span includes the day.
func (f *facts) covering(d Day) []importFacts {
	var list []importFacts
	for _, i := range f.imports {
		if d >= i.first && d <= i.last {
			list = append(list, i)
		}
	}
	return list
}

// fileProblems are the doubts that come from the files. A doubt about one file
// is none if another file covers the day without it.
func (f *facts) fileProblems(d Day, covering []importFacts, patient []byte) []problem {
	var list []problem
	for _, check := range []struct {
		p    problem
		hurt func(importFacts) bool
	}{
		{problem{CodeFiltered, "the only file for the day is an export of a single patient"}, func(i importFacts) bool { return i.filtered }},
		{problem{CodeUnfinished, "the log was exported before the day was over"}, func(i importFacts) bool { return d == i.last && i.imported <= d }},
		{problem{CodeCapped, "the export ends on this day, exactly at a limit of the exporting product"}, func(i importFacts) bool { return i.capped && (d == i.first || d == i.last) }},
		{problem{CodeTruncated, "the file ends on this day in the middle of a record"}, func(i importFacts) bool { return i.cut && (d == i.first || d == i.last) }},
	} {
		all := true
		for _, i := range covering {
			all = all && check.hurt(i)
		}
		if all {
			list = append(list, check.p)
		}
	}
	var rejected, missing, deleted int64
	for _, i := range covering {
		rejected += i.rejected(d, patient)
		missing += i.missingByDay[d]
		deleted += i.deleted
	}
	if rejected > 0 {
		list = append(list, problem{CodeRejected, fmt.Sprintf("%d records that may concern the day could not be read", rejected)})
	}
	if missing > 0 {
		list = append(list, problem{CodeMissing, fmt.Sprintf("a later export of the day lacks %d events that an earlier one had", missing)})
	}
	if deleted > 0 {
		list = append(list, problem{CodeDeleted, fmt.Sprintf("%d rows were deleted from the log; their days are not known", deleted)})
	}
	return list
}

// habitDays is how far from a day its source's habits are looked at: nine weeks
// before and after.
const habitDays = 63

// usuallyBusy reports whether the source has events on most days of the same
// weekday. With fewer than three of them to compare, working days count as busy
// and weekend days do if the source has an event on any weekend day.
func (f *facts) usuallyBusy(d, first, last Day) bool {
	const enough = 3
	seen, busy, weekend := 0, 0, false
	for other := max(first, d-habitDays); other <= min(last, d+habitDays); other++ {
		events := f.days[other].events > 0
		if isWeekend(other) && events {
			weekend = true
		}
		if other == d || other.Weekday() != d.Weekday() || len(f.covering(other)) == 0 {
			continue
		}
		seen++
		if events {
			busy++
		}
	}
	if seen >= enough {
		return busy*2 >= seen
	}
	if isWeekend(d) {
		return weekend
	}
	return true
}

func isWeekend(d Day) bool { return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday }
