package contextdata

import (
	"fmt"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// TimeOfDay is a time that a clock on the wall shows.
type TimeOfDay struct {
	Hour, Minute, Second, Nanosecond int
}

// String returns the time as "15:04".
func (t TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", t.Hour, t.Minute) }

// ParseTimeOfDay reads a time of day: 8:00, 08:00:00, 8:00 AM, 8 am. An hour
// without minutes needs AM or PM.
func ParseTimeOfDay(s string) (TimeOfDay, bool) {
	s, half := halfOfDay(strings.ToUpper(trim(s)))
	parts := strings.Split(s, ":")
	if len(parts) > 3 || len(parts) == 1 && half == 0 {
		return TimeOfDay{}, false
	}
	var t TimeOfDay
	var ok bool
	if t.Hour, ok = digits(parts[0], 2); !ok {
		return TimeOfDay{}, false
	}
	if len(parts) > 1 {
		if t.Minute, ok = sixty(parts[1]); !ok {
			return TimeOfDay{}, false
		}
	}
	if len(parts) > 2 {
		if t.Second, t.Nanosecond, ok = seconds(parts[2]); !ok {
			return TimeOfDay{}, false
		}
	}
	switch {
	case half == 0:
		return t, t.Hour <= 23
	case t.Hour < 1 || t.Hour > 12:
		return TimeOfDay{}, false
	}
	t.Hour %= 12
	if half == 'P' {
		t.Hour += 12
	}
	return t, true
}

// halfOfDay cuts off AM or PM; the byte is A, P or 0.
func halfOfDay(s string) (rest string, half byte) {
	for _, suffix := range []string{"AM", "A.M.", "PM", "P.M."} {
		if rest, ok := strings.CutSuffix(s, suffix); ok {
			return trim(rest), suffix[0]
		}
	}
	return s, 0
}

// sixty reads minutes or seconds, which have two digits.
func sixty(s string) (int, bool) {
	n, ok := digits(s, 2)
	return n, ok && len(s) == 2 && n <= 59
}

func seconds(s string) (second, nanosecond int, ok bool) {
	whole, fraction, hasFraction := strings.Cut(strings.Replace(s, ",", ".", 1), ".")
	if second, ok = sixty(whole); !ok || !hasFraction {
		return second, 0, ok
	}
	if nanosecond, ok = digits(fraction, 9); !ok {
		return 0, 0, false
	}
	for range 9 - len(fraction) {
		nanosecond *= 10
	}
	return second, nanosecond, true
}

// Instant is a point in time with what is known about its zone.
type Instant struct {
	At    time.Time // UTC
	Basis ingest.TZBasis
	Flag  ingest.TimeFlag
}

// Instant reads a date with a time of day, in the forms of [Order.Date] and
// [ParseTimeOfDay], with or without an offset. Without one the clock decides. A
// date alone is no instant.
func (o Order) Instant(s string, clock *ingest.LocalClock) (Instant, bool) {
	date, rest := cut(s)
	day, ok := o.day(date)
	if !ok || rest == "" {
		return Instant{}, false
	}
	rest, offset, explicit := cutOffset(rest)
	t, ok := ParseTimeOfDay(rest)
	if !ok {
		return Instant{}, false
	}
	wall := time.Date(day.Year(), day.Month(), day.Day(), t.Hour, t.Minute, t.Second, t.Nanosecond, time.UTC)
	if explicit {
		return Instant{At: wall.Add(-offset), Basis: ingest.TZExplicit}, true
	}
	at, flag := clock.Resolve(wall)
	return Instant{At: at, Basis: clock.Basis(), Flag: flag}, true
}

// MaxMinutes is a year; a longer contact is a typing error.
const MaxMinutes = 366 * 24 * 60

// Minutes returns the whole minutes from start to end; ok is false for an end
// before the start. It is 0, not known, if one of the two lies in the hour that
// occurs twice and that hour was evidently read the wrong way round.
func Minutes(start, end Instant) (n int64, ok bool) {
	took := end.At.Sub(start.At)
	if took >= 0 {
		return int64(took / time.Minute), true
	}
	return 0, start.Flag == ingest.TimeAmbiguous || end.Flag == ingest.TimeAmbiguous
}

// cutOffset cuts an offset off a time: Z, UTC, +01:00, -0500, +01.
func cutOffset(s string) (rest string, offset time.Duration, ok bool) {
	for _, suffix := range []string{"Z", "z", "UTC", "GMT"} {
		if rest, ok := strings.CutSuffix(s, suffix); ok {
			return trim(rest), 0, true
		}
	}
	i := strings.LastIndexAny(s, "+-")
	if i < 0 {
		return s, 0, false
	}
	text := strings.Replace(s[i+1:], ":", "", 1)
	if len(text) == 2 {
		text += "00"
	}
	n, ok := digits(text, 4)
	if !ok || len(text) != 4 || n/100 > 14 || n%100 > 59 {
		return s, 0, false
	}
	offset = time.Duration(n/100)*time.Hour + time.Duration(n%100)*time.Minute
	if s[i] == '-' {
		offset = -offset
	}
	return trim(s[:i]), offset, true
}
