package atna

import (
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

// header is what the header of a syslog record says. A header with a mistake
// says as much as could be read, because the message behind it counts for more.
type header struct {
	stamp string // the time, with a year, as [isoStamp] returns it
	host  string
	text  string // what follows the header

	// The first mistake: the name that RFC 5424 has for the field, and what is
	// wrong. They are empty for a header that is none.
	column string
	reason ingest.Reason
}

// readHeader reads the header of a syslog record of RFC 5424 or RFC 3164, the
// header of OpenEMR (a priority, a time and a host), or the one that a
// collector writes in place of them, which lacks the priority.
func readHeader(s string) header {
	s = strings.TrimLeft(s, " \t\r\n\ufeff\x00\"'")
	if n := digitsIn([]byte(s[:min(len(s), longestStart)])); n > 0 && n+1 < len(s) && s[n] == ' ' && s[n+1] == '<' {
		s = s[n+1:] // an octet count
	}
	var h header
	n, ok := priority([]byte(s[:min(len(s), longestStart)]))
	if ok {
		h.checkPriority(s[1 : n-1])
		s = s[n:]
	}
	start := []byte(s[:min(len(s), longestStart)])
	v := digitsIn(start)
	switch {
	case v >= 1 && v <= 2 && v < len(s) && s[v] == ' ' && (ok || isISODate(start[v+1:])):
		if !ok {
			h.fail("PRI", ingest.ReasonMissingField)
		}
		if s[:v] != "1" {
			h.fail("VERSION", ingest.ReasonBadValue)
		}
		h.readRFC5424(s[v+1:])
	case isBSDTime(start):
		h.readHost(s[bsdTime+1:])
	case isISODate(start):
		stamp, rest, _ := strings.Cut(s, " ")
		stamp, cut, broken := strings.Cut(stamp, "\n")
		if broken {
			rest = cut + " " + rest
		}
		if h.stamp, ok = isoStamp(stamp); !ok {
			h.fail("TIMESTAMP", ingest.ReasonBadTime)
		}
		h.readHost(rest)
	default:
		h.text = s
		h.fail("HEADER", ingest.ReasonBadSyntax)
	}
	return h
}

func (h *header) fail(column string, reason ingest.Reason) {
	if h.reason == "" {
		h.column, h.reason = column, reason
	}
}

func (h *header) checkPriority(digits string) {
	const most = 191 // local use 7, debug
	value := 0
	for _, c := range []byte(digits) {
		value = value*10 + int(c-'0')
	}
	if value > most || len(digits) > 3 {
		h.fail("PRI", ingest.ReasonBadValue)
	}
}

// readRFC5424 reads what follows the version.
func (h *header) readRFC5424(s string) {
	for _, column := range [...]string{"TIMESTAMP", "HOSTNAME", "APP-NAME", "PROCID", "MSGID"} {
		if s != "" && (s[0] == '<' || s[0] == '?') { // the message starts early
			h.fail(column, ingest.ReasonMissingField)
			h.text = s
			return
		}
		value, rest, more := strings.Cut(s, " ")
		if value == "" || !more || strings.ContainsAny(value, "\r\n") {
			h.fail(column, ingest.ReasonMissingField)
			h.text = s
			return
		}
		s = rest
		switch column {
		case "TIMESTAMP":
			var ok bool
			if h.stamp, ok = isoStamp(value); !ok && value != "-" {
				h.fail(column, ingest.ReasonBadTime)
			}
		case "HOSTNAME":
			if value != "-" {
				h.host = value
			}
		}
	}
	h.readData(s)
}

// readData passes over the structured data. A sender that leaves out the
// process puts the message in their place.
func (h *header) readData(s string) {
	const column = "STRUCTURED-DATA"
	switch {
	case s == "":
		h.fail(column, ingest.ReasonMissingField)
	case s[0] == '-':
		h.text = s[1:]
	case s[0] != '[':
		h.text = s
		h.fail(column, ingest.ReasonBadSyntax)
	default:
		end := dataEnd(s)
		if end < 0 {
			h.fail(column, ingest.ReasonBadSyntax)
			end = 0
		}
		h.text = s[end:]
	}
}

// dataEnd returns where the structured data at the start of s end, or -1.
func dataEnd(s string) int {
	inside, quoted := false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"' && inside:
			quoted = !quoted
		case quoted:
		case c == ']':
			inside = false
		case c == '[' && !inside:
			inside = true
		case !inside:
			return i
		}
	}
	if inside {
		return -1
	}
	return len(s)
}

// readHost reads what follows the time in the other headers: a host, unless the
// name of a program stands there.
func (h *header) readHost(s string) {
	i := strings.IndexAny(s, " \r\n")
	if i < 0 {
		i = len(s)
	}
	if name := s[:i]; name != "" && !strings.ContainsAny(name, ":[<") {
		h.host = name
		s = s[i:]
	}
	h.text = s
	if tag, rest, ok := strings.Cut(strings.TrimLeft(s, " "), ":"); ok && !strings.ContainsAny(tag, " \r\n<") {
		h.text = rest
	}
}

// isoStamp returns a time in the form of ISO 8601 with a year, which has an
// offset only if s has one. It also reads the fourteen digits of HL7.
func isoStamp(s string) (string, bool) {
	const digits = 14
	if digitsIn([]byte(s[:min(len(s), digits)])) == digits {
		s = s[:4] + "-" + s[4:6] + "-" + s[6:8] + "T" + s[8:10] + ":" + s[10:12] + ":" + s[12:14] + s[digits:]
	}
	if !isISODate([]byte(s[:min(len(s), longestStart)])) {
		return "", false
	}
	return s, validInstant(s)
}

// encoded holds the ways in which collectors write the line ends of a record.
func encoded(s string) bool { return strings.Contains(s, "#012") || strings.Contains(s, "#015") }

// decodeLineEnds undoes it.
func decodeLineEnds(s string) string {
	return strings.NewReplacer("#012", "\n", "#015", " ", "#011", " ").Replace(s)
}

// hasDeclarations reports whether a document type before a message declares
// something.
func hasDeclarations(head string) bool {
	i := strings.Index(head, "<!DOCTYPE")
	return i >= 0 && strings.Contains(head[i:], "[") || strings.Contains(head, "<!ENTITY")
}
