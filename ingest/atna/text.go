package atna

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chartwatch/chartwatch/ingest"
)

// identity returns an identifier without surrounding space, or nothing for the
// words and placeholders that writers put where there is none.
func identity(s string) string {
	s = strings.TrimSpace(s)
	switch strings.ToLower(s) {
	case "", "-", "0", "?", "n/a", "null", "none", "unknown", "anonymous", "undefined", "<none>", "<unknown>":
		return ""
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

// label returns the text of a code that comes from a list, or nothing if it may
// be free text.
func label(s string) string {
	const longest = 64
	s = strings.TrimSpace(s)
	if len(s) > longest {
		return ""
	}
	for _, c := range []byte(s) {
		switch {
		case c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'z', strings.IndexByte(" -_./()&,+", c) >= 0:
		default:
			return ""
		}
	}
	return s
}

// joiner joins texts by "; ", each once. It takes no more than what the result
// has room for, and one text beyond it that shows that it was cut.
type joiner struct {
	parts []string
	size  int
}

func (j *joiner) add(s string) {
	if s != "" && j.size <= ingest.MaxField && !slices.Contains(j.parts, s) {
		j.parts = append(j.parts, s)
		j.size += len(s) + len("; ")
	}
}

func (j *joiner) String() string { return shorten(strings.Join(j.parts, "; ")) }

// firstOf returns the first text that is not empty.
func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
