package propose

import (
	"slices"
	"strings"
)

// Marks of day and month in a format whose order is open.
const (
	markFirst  = "\x01"
	markSecond = "\x02"
)

// looksTimed reports whether a cell has a date or a time of day.
func looksTimed(cell string) bool {
	return strings.ContainsAny(cell, "0123456789") && (shapeOfTime(cell) != "" || isClock(cell))
}

func isClock(cell string) bool {
	format, rest, ok := clockFormat(cell)
	return ok && rest == "" && format != ""
}

// shapeOfTime returns the format of a cell that is a date, perhaps with a time of
// day, or nothing.
func shapeOfTime(cell string) string {
	if format, rest, ok := dateFormat(cell); ok {
		if rest == "" {
			return format
		}
		gap, rest := gapOf(rest)
		clock, rest, ok := clockFormat(rest)
		if !ok || rest != "" || gap == "" {
			return ""
		}
		return format + gap + clock
	}
	clock, rest, ok := clockFormat(cell)
	if !ok || rest == "" {
		return ""
	}
	gap, rest := gapOf(rest)
	date, rest, ok := dateFormat(rest)
	if !ok || rest != "" || gap == "" {
		return ""
	}
	return clock + gap + date
}

// gapOf reads what stands between date and time of day.
func gapOf(s string) (format, rest string) {
	for _, gap := range [][2]string{
		{", at ", ", 'at' "}, {" at ", " 'at' "}, {" um ", " 'um' "}, {" - ", " - "}, {", ", ", "}, {",", ","}, {"T", "T"}, {"_", "_"}, {":", ":"}, {"-", "-"},
	} {
		if rest, ok := strings.CutPrefix(s, gap[0]); ok {
			return gap[1], rest
		}
	}
	rest = strings.TrimLeft(s, " \u00a0\u202f")
	if len(rest) < len(s) {
		return " ", rest
	}
	return "", s
}

// number reads up to high digits.
func number(s string, high int) (digits, rest string) {
	n := 0
	for n < len(s) && n < high && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return s[:n], s[n:]
}

func letters(s string) (word, rest string) {
	n := 0
	for n < len(s) && (s[n]|0x20) >= 'a' && (s[n]|0x20) <= 'z' {
		n++
	}
	return s[:n], s[n:]
}

func isMonth(word string) bool {
	return isName(word, "jan feb mar apr may jun jul aug sep oct nov dec")
}

func isName(word, names string) bool {
	return len(word) >= 3 && slices.Contains(strings.Fields(names), strings.ToLower(word[:3]))
}

// separator reads what stands between the parts of a date.
func separator(s string) (format, rest string, ok bool) {
	rest = strings.TrimLeft(strings.TrimPrefix(s, ","), " ")
	switch {
	case s != "" && strings.IndexByte("-/.", s[0]) >= 0:
		return s[:1], s[1:], true
	case rest == s:
		return "", s, false
	case s[0] == ',' && rest == s[1:]:
		return ",", rest, true
	case s[0] == ',':
		return ", ", rest, true
	}
	return " ", rest, true
}

// dateFormat reads a date at the start of s.
func dateFormat(s string) (format, rest string, ok bool) {
	prefix := ""
	if word, after := letters(s); isName(word, "mon tue wed thu fri sat sun") && !isMonth(word) {
		gap, after, ok := separator(strings.TrimPrefix(after, "."))
		if !ok || gap != " " && gap != ", " && gap != "," {
			return "", s, false
		}
		prefix, s = "ddd"+gap, after
	}
	var parts, seps []string
	rest = s
	for len(parts) < 3 {
		word, after := letters(rest)
		switch digits, afterDigits := number(rest, 8); {
		case digits != "":
			parts, rest = append(parts, digits), afterDigits
		case isMonth(word):
			parts, rest = append(parts, "N"), strings.TrimPrefix(after, ".")
		default:
			return "", s, false
		}
		if len(parts) == 1 && len(parts[0]) == 8 {
			return prefix + "YYYYMMDD", rest, true
		}
		if len(parts) < 3 {
			sep, after, ok := separator(rest)
			if !ok {
				return "", s, false
			}
			seps, rest = append(seps, sep), after
		}
	}
	tokens, ok := dateTokens(parts)
	if !ok {
		return "", s, false
	}
	return prefix + tokens[0] + seps[0] + tokens[1] + seps[1] + tokens[2], rest, true
}

// dateTokens says which part of a date is what.
func dateTokens(parts []string) (tokens [3]string, ok bool) {
	year := func(s string) string {
		switch len(s) {
		case 4:
			return "YYYY"
		case 2:
			return "YY"
		}
		return ""
	}
	short := func(s string) bool { return len(s) <= 2 }
	switch {
	case parts[0] == "N": // March 4, 2025
		tokens = [3]string{"MMM", "D", year(parts[2])}
		ok = short(parts[1]) && tokens[2] == "YYYY"
	case parts[1] == "N" && len(parts[0]) == 4: // 2025-Mar-04
		tokens = [3]string{"YYYY", "MMM", "D"}
		ok = short(parts[2])
	case parts[1] == "N": // 4 March 2025
		tokens = [3]string{"D", "MMM", year(parts[2])}
		ok = short(parts[0]) && tokens[2] != ""
	case parts[2] == "N":
	case len(parts[0]) == 4:
		tokens = [3]string{"YYYY", "M", "D"}
		ok = short(parts[1]) && short(parts[2])
	default:
		tokens = [3]string{markFirst, markSecond, year(parts[2])}
		ok = short(parts[0]) && short(parts[1]) && tokens[2] != ""
	}
	return tokens, ok
}

// clockFormat reads a time of day at the start of s, as far as it goes.
func clockFormat(s string) (format, rest string, ok bool) {
	hour, rest := number(s, 2)
	if hour == "" || rest == "" || strings.IndexByte(":.h", rest[0]) < 0 {
		return "", s, false
	}
	sep := rest[:1]
	minute, rest := number(rest[1:], 2)
	if len(minute) != 2 {
		return "", s, false
	}
	if sep == "h" {
		sep = "'h'"
	}
	format = sep + "mm"
	if len(rest) > 2 && (rest[0] == ':' || rest[0] == '.') {
		if second, after := number(rest[1:], 2); len(second) == 2 {
			format += rest[:1] + "ss"
			rest = after
			if len(rest) > 1 && strings.IndexByte(".,:", rest[0]) >= 0 {
				if fraction, after := number(rest[1:], 9); fraction != "" {
					format += rest[:1] + "SSS"
					rest = after
				}
			}
		}
	}
	hours := "H"
	trimmed := strings.TrimLeft(rest, " \u00a0\u202f")
	if half, after := halfOf(trimmed); half {
		hours = "h"
		if len(trimmed) < len(rest) {
			format += " "
		}
		format += "A"
		rest = after
	}
	zone := strings.TrimLeft(rest, " ")
	if after, ok := offsetOf(zone); ok {
		if len(zone) < len(rest) {
			format += " "
		}
		format += "Z"
		rest = after
	}
	return hours + format, rest, true
}

func halfOf(s string) (ok bool, rest string) {
	if s == "" || (s[0]|0x20 != 'a' && s[0]|0x20 != 'p') {
		return false, s
	}
	rest = strings.TrimPrefix(s[1:], ".")
	if rest != "" && rest[0]|0x20 == 'm' {
		return true, strings.TrimPrefix(rest[1:], ".")
	}
	return rest == "" || rest[0] == ' ', rest
}

func offsetOf(s string) (rest string, ok bool) {
	for _, word := range []string{"UTC", "GMT", "Z"} {
		if rest, ok := strings.CutPrefix(s, word); ok {
			return rest, true
		}
	}
	if s == "" || s[0] != '+' && s[0] != '-' {
		return s, false
	}
	hours, rest := number(s[1:], 2)
	minutes, rest := number(strings.TrimPrefix(rest, ":"), 2)
	return rest, len(hours) == 2 && (minutes == "" || len(minutes) == 2)
}
