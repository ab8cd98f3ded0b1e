package touchworks

import (
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// instant reads a time, or says why there is none.
func instant(rec contextdata.Record, text string, clock *ingest.LocalClock) (contextdata.Instant, ingest.Reason) {
	if unset(text) {
		return contextdata.Instant{}, ingest.ReasonMissingTime
	}
	when, ok := rec.Order.Instant(respell(text), clock)
	if !ok {
		return when, ingest.ReasonBadTime
	}
	return when, ""
}

// unset reports whether a time is none. The first day of 1900 is what SQL Server
// makes of an empty text, that of the year 1 what programs in .NET have for no time.
func unset(text string) bool {
	if text == "" {
		return true
	}
	date, _, _ := strings.Cut(strings.Replace(respell(text), "T", " ", 1), " ")
	switch date {
	case "1900-01-01", "1/1/1900", "01/01/1900", "0001-01-01", "1/1/0001", "01/01/0001":
		return true
	}
	return false
}

// respell brings the way in which SQL Server prints times by default, such as
// "Dec  9 2024  8:15AM" and "Dec  9 2024  8:15:00:000AM", into ISO form. Other
// texts stay as they are.
func respell(text string) string {
	if text == "" || text[0] >= '0' && text[0] <= '9' {
		return text
	}
	parts := strings.Fields(text)
	if len(parts) < 4 {
		return text
	}
	day, err := time.Parse("Jan 2 2006", parts[0]+" "+parts[1]+" "+parts[2])
	if err != nil {
		return text
	}
	clock := strings.Join(parts[3:], "")
	if last := strings.LastIndexByte(clock, ':'); strings.Count(clock, ":") == 3 {
		clock = clock[:last] + "." + clock[last+1:]
	}
	return day.Format(time.DateOnly) + " " + clock
}
