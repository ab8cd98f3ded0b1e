package coverage

import (
	"bytes"
	"slices"
)

// rejectFacts counts rejected records of one day, or of an unknown day, about
// one patient, or about an unknown one.
type rejectFacts struct {
	day   *Day
	about []byte
	count int64
	// cut records were cut off by the end of their file. What they cast doubt on is
	// what is missing behind them, of whatever patient, and another file can have it.
	cut             bool
	firstUs, lastUs *int64 // their times, if the day is known
}

// mayBeOf reports whether rejected records may be of a day: those of a known day
// whichever file they stood in, those of an unknown day if their file covers it.
func (i importFacts) mayBeOf(r rejectFacts, d Day) bool {
	if r.day != nil {
		return *r.day == d
	}
	return d >= i.first && d <= i.last
}

// rejected counts the records that could not be read and may concern a day and a
// patient; nil stands for any patient. Records that were cut off are not among them.
func (f *facts) rejected(d Day, patient []byte) int64 {
	return f.countRejects(d, func(r rejectFacts) bool {
		return !r.cut && (patient == nil || r.about == nil || bytes.Equal(patient, r.about))
	})
}

// rejectedAsCut counts the records that were cut off and may concern a day.
func (f *facts) rejectedAsCut(d Day) int64 {
	return f.countRejects(d, func(r rejectFacts) bool { return r.cut })
}

func (f *facts) countRejects(d Day, which func(rejectFacts) bool) int64 {
	var n int64
	for _, i := range f.imports {
		for _, r := range i.rejects {
			if which(r) && i.mayBeOf(r, d) {
				n += r.count
			}
		}
	}
	return n
}

// cutOn reports whether the file lacks records of a day because it was cut off.
// The first and last day always may; a record without a time that was cut off
// says nothing about the order of those behind it, and any day that the file
// covers may lack some: a log need not be sorted by time, and a dump has several tables.
func (i importFacts) cutOn(d Day) bool {
	edge := d == i.first || d == i.last
	return (edge && i.cut) || slices.ContainsFunc(i.rejects, func(r rejectFacts) bool { return r.cut && i.mayBeOf(r, d) })
}

// lacks reports whether files that were cut off lack records of a day, and no
// file makes up for it. A file that begins or ends within the day does not:
// what is missing may be of the hours before or after.
func (f *facts) lacks(d Day) bool {
	if !slices.ContainsFunc(f.imports, func(i importFacts) bool { return i.cutOn(d) }) {
		return false
	}
	var times []int64
	if today := f.days[d]; today.events > 0 {
		times = append(times, today.firstUs, today.lastUs)
	}
	for _, i := range f.imports {
		for _, r := range i.rejects {
			if r.cut && r.day != nil && *r.day == d && r.firstUs != nil && r.lastUs != nil {
				times = append(times, *r.firstUs, *r.lastUs)
			}
		}
	}
	return !slices.ContainsFunc(f.covering(d), func(i importFacts) bool {
		return len(i.problems(d)) == 0 && !slices.ContainsFunc(times, func(us int64) bool {
			return (d == i.first && us < i.firstUs) || (d == i.last && us > i.lastUs)
		})
	})
}
