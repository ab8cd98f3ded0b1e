package report

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/rules"
)

// thousands writes a number with commas, as readers of the practice do.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign, digits := "", s
	if n < 0 {
		sign, digits = "-", s[1:]
	}
	var parts []string
	for len(digits) > 3 {
		parts = append([]string{digits[len(digits)-3:]}, parts...)
		digits = digits[:len(digits)-3]
	}
	return sign + strings.Join(append([]string{digits}, parts...), ",")
}

// many writes a count with its noun.
func many(n int64, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + more
}

// share writes a part of a whole in percent. It says neither none nor all unless
// that is so.
func share(part, whole int64) string {
	switch {
	case whole == 0 || part == 0:
		return "0%"
	case part == whole:
		return "100%"
	case part*200 < whole:
		return "under 1%"
	case (whole-part)*200 < whole:
		return "over 99%"
	}
	return strconv.FormatInt((part*200+whole)/(2*whole), 10) + "%"
}

func levelsDown() []rules.Level {
	list := rules.Levels()
	slices.Reverse(list)
	return list
}

// spaced turns a code of ours into words.
func spaced(code string) string { return strings.ReplaceAll(code, "_", " ") }

func dayText(d coverage.Day) string { return d.Weekday().String()[:3] + " " + d.String() }

func daysText(from, to coverage.Day) string {
	if from == to {
		return dayText(from)
	}
	return dayText(from) + " to " + dayText(to)
}

// zoneOf returns the zone that times are shown in, and its name. A zone that this
// machine does not know is shown as what it is, UTC.
func zoneOf(name string) (zone *time.Location, shown string) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" {
		return time.UTC, "UTC"
	}
	return zone, name
}

// stamp writes an instant in a zone.
func stamp(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("Mon 2006-01-02 15:04")
}
