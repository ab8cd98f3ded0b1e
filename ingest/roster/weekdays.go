package roster

import (
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// letters are the one-letter codes of the days, in order, as timetables write
// them: R is Thursday and U is Sunday.
const letters = "MTWRFSU"

// weekdays reads days of the week and returns them as "mon,tue". It accepts
// names in full or cut short, numbers with Monday as 1, ranges of both, and one
// word of one-letter codes. What has two readings is not accepted.
func weekdays(s string, _ contextdata.Order) (string, bool) {
	var found [7]bool
	words := split(s)
	if len(words) == 1 && s == strings.ToUpper(s) {
		if set, ok := codes(words[0]); ok {
			_, isName := day(words[0])
			return join(set), !isName
		}
	}
	for _, word := range words {
		first, last, isRange := strings.Cut(word, "-")
		from, ok := day(first)
		if !ok {
			return "", false
		}
		to := from
		if isRange {
			if to, ok = day(last); !ok {
				return "", false
			}
		}
		for i := from; ; i = (i + 1) % 7 {
			found[i] = true
			if i == to {
				break
			}
		}
	}
	return join(found), len(words) > 0
}

// split cuts a list into words and closes the gaps around hyphens.
func split(s string) []string {
	s = strings.NewReplacer("\u2013", "-", "\u2014", "-", ",", " ", ";", " ", "/", " ", "|", " ", "&", " ", "+", " ").Replace(s)
	s = strings.Join(strings.Fields(s), " ")
	s = strings.ReplaceAll(strings.ReplaceAll(s, " -", "-"), "- ", "-")
	return strings.Fields(s)
}

// day reads one day by name or number.
func day(word string) (int, bool) {
	word = strings.TrimSuffix(strings.ToLower(word), ".")
	if len(word) == 1 && word[0] >= '1' && word[0] <= '7' {
		return int(word[0] - '1'), true
	}
	if len(word) < 2 {
		return 0, false
	}
	for i, name := range []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} {
		if strings.HasPrefix(name, word) {
			return i, true
		}
	}
	if word == "weds" {
		return 2, true
	}
	return 0, false
}

// codes reads a word of one-letter codes in the order of the week.
func codes(word string) ([7]bool, bool) {
	var found [7]bool
	next := 0
	for _, c := range word {
		i := strings.IndexRune(letters, c)
		if i < next {
			return found, false
		}
		found[i] = true
		next = i + 1
	}
	return found, word != ""
}

func join(found [7]bool) string {
	return contextdata.JoinDays(func(name string) bool { return found[slices.Index(contextdata.Days(), name)] })
}
