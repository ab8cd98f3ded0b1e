package coverage

import (
	"fmt"
	"slices"
	"time"
)

// problem is a reason why a source cannot say everything about a day.
type problem struct{ code, why string }

// The closed list of codes of gaps.
const (
	CodeOutside    = "outside"       // no file of the source reaches the day
	CodeBetween    = "not_delivered" // files reach beyond the day, none covers it
	CodeSilent     = "silent"        // no events on a day on which the source usually has some
	CodeUnread     = "no_reads"      // no reads on a day on which the source usually has some
	CodeUnfinished = "unfinished"    // the file was written before the day ended
	CodeFiltered   = "filtered"      // the file is an export of a single patient or user
	CodeCapped     = "export_cap"    // the export was cut off on that day
	CodeTruncated  = "truncated"     // the file ends in the middle of a record
	CodeRejected   = "rejected_rows" // records that could not be read may concern the day
	CodeMissing    = "missing_rows"  // an earlier export had events that a later one lacks
	CodeDeleted    = "deleted_rows"  // rows were deleted from the log
	CodeSequence   = "sequence_gap"  // numbers are missing in the log around the day
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
	switch today := f.days[d]; {
	case expect.NoPattern:
	case today.events == 0 && (expect.Daily || f.usuallyBusy(d, expect)):
		list = append(list, problem{CodeSilent, "there is not one event, although the source usually has some on this day of the week"})
	case today.events > 0 && today.reads == 0 && f.usuallyRead(d, expect):
		list = append(list, problem{CodeUnread, "nobody looked at a chart, although the source usually has that on this day of the week"})
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

// fileProblems are the doubts that come from the files. One file that covers the
// day without a doubt is enough, and if another was cut off, one that holds the
// whole day; what two doubtful files say does not add up to a whole day.
func (f *facts) fileProblems(d Day, covering []importFacts, patient []byte) []problem {
	var list []problem
	whole := false
	for _, i := range covering {
		problems := i.problems(d)
		whole = whole || len(problems) == 0
		for _, p := range problems {
			if !slices.Contains(list, p) {
				list = append(list, p)
			}
		}
	}
	if whole {
		list = nil
	}
	if cut := (problem{CodeTruncated, cutText}); f.lacks(d) && !slices.Contains(list, cut) {
		list = append(list, cut)
	}
	rejected := f.rejected(d, patient)
	var missing, deleted int64
	for _, i := range covering {
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

const cutText = "a file for the day ends in the middle of a record"

// problems are the doubts about one file on a day that it covers.
func (i importFacts) problems(d Day) []problem {
	edge := d == i.first || d == i.last
	var list []problem
	for _, x := range []struct {
		p    problem
		hurt bool
	}{
		{problem{CodeFiltered, "a file for the day is an export of a single patient only"}, i.onePatient},
		{problem{CodeFiltered, "a file for the day is an export of a single user only"}, i.oneUser},
		{problem{CodeUnfinished, "the log was exported before the day was over"}, d >= i.written},
		{problem{CodeCapped, "the export ends on this day, exactly at a limit of the exporting product"}, edge && i.capped},
		{problem{CodeTruncated, cutText}, i.cutOn(d)},
	} {
		if x.hurt {
			list = append(list, x.p)
		}
	}
	return list
}

// habitDays is how far from a day its source's habits are looked at: nine weeks
// before and after.
const habitDays = 63

// enough is how many days of the same weekday make a habit.
const enough = 3

// usuallyBusy reports whether the source has events on most days of the same
// weekday. With too few of them to compare, working days count as busy and
// weekend days do if the source has an event on any weekend day.
func (f *facts) usuallyBusy(d Day, expect Expectation) bool {
	busy := func(n dayFacts) bool { return n.events > 0 }
	if seen, with := f.habit(d, expect, busy); seen >= enough {
		return with*2 >= seen
	}
	if !isWeekend(d) {
		return true
	}
	for other := d - habitDays; other <= d+habitDays; other++ {
		if isWeekend(other) && busy(f.days[other]) {
			return true
		}
	}
	return false
}

// usuallyRead reports whether the source has reads on most days of the same
// weekday.
func (f *facts) usuallyRead(d Day, expect Expectation) bool {
	seen, with := f.habit(d, expect, func(n dayFacts) bool { return n.reads > 0 })
	return seen >= enough && with*2 >= seen
}

// habit counts the other days of the same weekday that the source covers, and
// how many of them are as asked.
func (f *facts) habit(d Day, expect Expectation, is func(dayFacts) bool) (seen, with int) {
	for other := d - habitDays; other <= d+habitDays; other += 7 {
		if other == d || !expect.covers(other) || len(f.covering(other)) == 0 {
			continue
		}
		seen++
		if is(f.days[other]) {
			with++
		}
	}
	return seen, with
}

func isWeekend(d Day) bool { return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday }
