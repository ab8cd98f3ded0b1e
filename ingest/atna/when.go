package atna

import (
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// validInstant reports whether an ISO time is one of the calendar.
func validInstant(s string) bool {
	_, ok := instant(s, ingest.NewLocalClock(time.UTC, ingest.TZAssumed))
	return ok
}

// instant reads an ISO time; without an offset the clock decides.
func instant(s string, clock *ingest.LocalClock) (contextdata.Instant, bool) {
	return contextdata.MonthFirst.Instant(s, clock)
}

// when returns the time of a message. The zone of a syslog header says nothing
// about it.
func (o *output) when(r *result) (contextdata.Instant, bool) {
	text := r.at
	if date := len(time.DateOnly); len(text) > date && text[date] == ' ' { // as databases write it
		text = text[:date] + "T" + text[date+1:]
	}
	stamp, ok := isoStamp(text)
	if !ok {
		return contextdata.Instant{}, false
	}
	return instant(stamp, o.at)
}
