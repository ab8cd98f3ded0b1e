package rules

import (
	"slices"
	"strconv"
	"strings"
)

const (
	minute = 60
	hour   = 60 * minute
	// plainSeconds is up to how many seconds a length of time is written in seconds
	// if it is no whole number of minutes.
	plainSeconds = 2 * minute
)

// withUnit puts a number and the words that follow it as a person would: 900
// and " seconds" are 15 minutes, 1 and " people" are 1 person. It returns the
// words for the number and what is left of those that follow. What is no whole
// number, or has another word behind it, stays as it is.
func withUnit(number, plain string) (words, rest string) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || !strings.HasPrefix(plain, " ") {
		return number, plain
	}
	unit, after := firstWord(plain[1:])
	switch {
	case unit == "seconds":
		return length(n), after
	case unit == "minutes" && n >= 2*60:
		return length(n * minute), after
	case n != 1:
		return number, plain
	}
	if slices.Contains(adjectives(), unit) && strings.HasPrefix(after, " ") {
		counted, end := firstWord(after[1:])
		return number + " " + unit + " " + singular(counted), end
	}
	return number + " " + singular(unit), after
}

// firstWord cuts off the letters with which a text begins.
func firstWord(s string) (word, after string) {
	end := strings.IndexFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })
	if end < 0 {
		end = len(s)
	}
	return s[:end], s[end:]
}

// length writes a length of time in its largest units: "20 seconds", "15 minutes",
// "14 minutes and 59 seconds", "1 hour and 5 minutes".
func length(seconds int) string {
	hours, minutes, rest := seconds/hour, seconds%hour/minute, seconds%minute
	switch {
	case hours > 0 && minutes > 0:
		return some(hours, "hour") + " and " + some(minutes, "minute")
	case hours > 0:
		return some(hours, "hour")
	case rest == 0 && minutes > 0:
		return some(minutes, "minute")
	case seconds < plainSeconds:
		return some(seconds, "second")
	}
	return some(minutes, "minute") + " and " + some(rest, "second")
}

func some(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return strconv.Itoa(n) + " " + unit + "s"
}

// adjectives may stand between a number and what it counts.
func adjectives() []string {
	return []string{"active", "different", "earlier", "failed", "further", "such", "unexplained"}
}

// singular returns the word for one of what rules count, or the word itself.
func singular(word string) string {
	switch word {
	case "people":
		return "person"
	case "accesses":
		return "access"
	case "accounts", "changes", "charts", "days", "desks", "events", "failures", "hours", "logins", "minutes", "numbers", "patients", "places",
		"records", "returns", "steps", "times", "weekdays", "weeks":
		return strings.TrimSuffix(word, "s")
	}
	return word
}
