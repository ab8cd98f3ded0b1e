package fhiraudit

import (
	"strings"
	"unicode/utf8"

	"github.com/chartwatch/chartwatch/ingest"
)

// trim cuts off surrounding white space.
func trim(s string) string {
	if s == "" || s[0] > ' ' && s[0] < utf8.RuneSelf && s[len(s)-1] > ' ' && s[len(s)-1] < utf8.RuneSelf {
		return s
	}
	return strings.TrimSpace(s)
}

// identity returns an identifier, or nothing for the words and placeholders
// that writers put where there is none.
func identity(s string) string {
	switch len(s) {
	case 0:
		return ""
	case 1:
		if s == "-" || s == "0" || s == "?" {
			return ""
		}
	case 3, 4, 7, 9:
		for _, word := range [...]string{"n/a", "null", "none", "unknown", "anonymous", "undefined"} {
			if strings.EqualFold(s, word) {
				return ""
			}
		}
	}
	if strings.HasPrefix(s, "${") {
		return ""
	}
	return s
}

// shorten marks and cuts a label or explanation that is longer than a column
// may be. Identifiers are never shortened.
func shorten(s string) string {
	if len(s) <= ingest.MaxField {
		return s
	}
	const ellipsis = "…"
	s = s[:ingest.MaxField-len(ellipsis)]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + ellipsis
}

// joinDistinct joins the labels of codes, each once, by "; ".
func joinDistinct(list []coding, label func(coding) string) string {
	if len(list) == 1 {
		return shorten(label(list[0]))
	}
	var joined string
	for i, c := range list {
		l := label(c)
		known := l == ""
		for _, d := range list[:i] {
			known = known || label(d) == l
		}
		if known {
			continue
		}
		if joined != "" {
			joined += "; "
		}
		joined += l
	}
	return shorten(joined)
}

// firstOf returns the first text that is not empty.
func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
