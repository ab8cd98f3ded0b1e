package serve

import (
	"slices"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/intake"
)

// silence is a log that has stopped coming.
type silence struct {
	source string
	since  coverage.Day // the first day without an event
}

// silences finds the sources that are expected to have events and have had none
// for too long. Only days on which events are expected count: every day, or Monday to
// Friday. An event that is dated after its log was imported says nothing about when logs
// came: one wrong year in one row must not make a source seem alive for years. A source whose
// logs held no event is silent since the first of them, and one that is configured and
// never delivered anything since the first log of any other.
func silences(totals []intake.SourceTotals, expect map[string]coverage.Expectation, today coverage.Day, zone *time.Location, after time.Duration) []silence {
	last := map[string]coverage.Day{}
	var begin coverage.Day // of all logs
	known := map[string]bool{}
	for _, t := range totals {
		known[t.Source] = true
		if t.FirstIngest.IsZero() {
			continue // lists of people only
		}
		first := coverage.DayOf(t.FirstIngest.In(zone))
		if begin == 0 || first < begin {
			begin = first
		}
		last[t.Source] = first
		if !t.LastEvent.IsZero() {
			last[t.Source] = coverage.DayOf(earlier(t.LastEvent, t.LastIngest).In(zone))
		}
	}
	for name := range expect {
		if !known[name] && begin != 0 {
			last[name] = begin
		}
	}
	var list []silence
	for name, d := range last {
		e := expect[name]
		if e.NoPattern || (e.Until != 0 && e.Until < today) {
			continue
		}
		d = max(d, e.From-1)
		missing := time.Duration(0)
		for day := d + 1; day < today && missing < after; day++ {
			if w := day.Weekday(); e.Daily || (w != time.Saturday && w != time.Sunday) {
				missing += 24 * time.Hour
			}
		}
		if missing >= after {
			list = append(list, silence{source: name, since: d + 1})
		}
	}
	slices.SortFunc(list, func(a, b silence) int { return strings.Compare(a.source, b.source) })
	return list
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
