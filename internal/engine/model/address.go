package model

import (
	"slices"
	"strings"
	"unicode"
)

// addressKey is equal for spellings of one home address, and empty for what is
// too vague to mean one home.
func addressKey(address string) string {
	parts := words(strings.ReplaceAll(address, "#", " apt "))
	for i, p := range parts {
		parts[i] = addressWord(p)
	}
	parts = slices.Compact(parts)
	for len(parts) > 1 && isCountry(parts[len(parts)-1]) {
		parts = parts[:len(parts)-1]
	}
	// Of 01234-5678 the first half is enough.
	if n := len(parts); n > 2 && isNumber(parts[n-1], 4) && isNumber(parts[n-2], 5) {
		parts = parts[:n-1]
	}
	digits := 0
	for _, p := range parts {
		if strings.ContainsFunc(p, unicode.IsDigit) {
			digits++
		}
	}
	postcode := len(parts) > 0 && isNumber(parts[len(parts)-1], 5)
	if digits == 0 || (digits == 1 && postcode && len(parts) < 4) {
		return ""
	}
	return strings.Join(parts, " ")
}

// isNumber reports whether a word is a number of n digits.
func isNumber(s string, n int) bool {
	return len(s) == n && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

func isCountry(s string) bool { return s == "usa" || s == "us" }

func addressWord(w string) string {
	switch w {
	case "street", "str":
		return "st"
	case "avenue", "av":
		return "ave"
	case "road":
		return "rd"
	case "lane":
		return "ln"
	case "drive":
		return "dr"
	case "court":
		return "ct"
	case "place":
		return "pl"
	case "boulevard", "blv":
		return "blvd"
	case "highway":
		return "hwy"
	case "parkway":
		return "pkwy"
	case "terrace", "terr":
		return "ter"
	case "circle":
		return "cir"
	case "square":
		return "sq"
	case "trail":
		return "trl"
	case "apartment", "unit", "suite", "ste", "flat", "number", "no":
		return "apt"
	case "north":
		return "n"
	case "south":
		return "s"
	case "east":
		return "e"
	case "west":
		return "w"
	}
	return w
}

// towns returns what tells the town of an address: its postcode and its name.
func towns(address string) []string {
	var keys []string
	segments := strings.Split(address, ",")
	for i := len(segments) - 1; i > 0; i-- {
		var name []string
		for _, w := range words(segments[i]) {
			switch {
			case isNumber(w, 5):
				keys = append(keys, w)
			case strings.ContainsFunc(w, unicode.IsDigit), len(w) == 2, isCountry(w): // a state, or half of a postcode
			default:
				name = append(name, w)
			}
		}
		if len(name) > 0 {
			return append(keys, strings.Join(name, " "))
		}
	}
	if len(segments) == 1 {
		parts := words(address)
		if n := len(parts); n > 2 && isNumber(parts[n-1], 5) {
			keys = append(keys, parts[n-1])
		}
	}
	return keys
}

// shareTown reports whether two addresses have a town or postcode in common.
func shareTown(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool { return slices.Contains(b, x) })
}
