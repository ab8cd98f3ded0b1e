package atna

import "bytes"

// mark is what begins at a '<'.
type mark uint8

const (
	markNone        mark = iota // no markup
	markOpen                    // the start tag of a message
	markClose                   // the end tag of a message
	markTag                     // another start tag
	markEnd                     // another end tag
	markDeclaration             // an XML declaration
	markComment
	markCharacters // a CDATA section
	markDocType
	markPriority // the priority of a syslog record
)

// How many bytes tell what a piece of text is.
const (
	longestMark  = 96
	longestStart = 48
)

// markOf tells what begins at the start of p.
func markOf(p []byte) mark {
	if len(p) < 2 || p[0] != '<' {
		return markNone
	}
	switch c := p[1]; {
	case c >= '0' && c <= '9':
		if _, ok := priority(p); ok {
			return markPriority
		}
	case c == '?':
		if bytes.HasPrefix(p, []byte("<?xml")) {
			return markDeclaration
		}
	case c == '!':
		switch {
		case bytes.HasPrefix(p, []byte("<!--")):
			return markComment
		case bytes.HasPrefix(p, []byte("<![CDATA[")):
			return markCharacters
		case bytes.HasPrefix(p, []byte("<!DOCTYPE")):
			return markDocType
		}
	case c == '/':
		if isMessage(p[2:]) {
			return markClose
		}
		return markEnd
	case c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_':
		if isMessage(p[1:]) {
			return markOpen
		}
		return markTag
	}
	return markNone
}

// isMessage reports whether a tag's name, with or without a prefix, is that of
// a message.
func isMessage(p []byte) bool {
	if i := bytes.IndexAny(p, " \t\r\n/>"); i >= 0 {
		p = p[:i]
	}
	p = p[bytes.IndexByte(p, ':')+1:]
	return string(p) == auditMessage
}

// priority returns the length of the priority at the start of p: "<85>". One
// that is out of range is a priority too.
func priority(p []byte) (n int, ok bool) {
	const most = 5
	if len(p) == 0 || p[0] != '<' {
		return 0, false
	}
	i := 1 + digitsIn(p[1:])
	return i + 1, i > 1 && i <= 1+most && i < len(p) && p[i] == '>'
}

// digitsIn returns how many decimal digits p starts with.
func digitsIn(p []byte) int {
	n := 0
	for n < len(p) && p[n] >= '0' && p[n] <= '9' {
		n++
	}
	return n
}

// startsRFC5424 reports whether p is a priority, a version and what looks like
// a time. This is strict enough to be believed in the middle of a line.
func startsRFC5424(p []byte) bool {
	n, ok := priority(p)
	if !ok {
		return false
	}
	p = p[n:]
	v := digitsIn(p)
	if v < 1 || v > 2 || len(p) < v+2 || p[v] != ' ' {
		return false
	}
	p = p[v+1:]
	return p[0] == '-' || digitsIn(p) >= 4
}

// beginsRecord reports whether a line that starts like p starts a record of
// syslog: an octet count and a priority, a priority, or the time that a
// collector writes in its place.
func beginsRecord(p []byte) bool {
	p = bytes.TrimLeft(p, " \t\r\ufeff")
	if n := digitsIn(p); n > 0 && n < len(p) && p[n] == ' ' {
		if _, ok := priority(p[n+1:]); ok || isISODate(p[n+1:]) {
			return true
		}
	}
	if _, ok := priority(p); ok {
		return true
	}
	return isISODate(p) || isBSDTime(p) || isSpacedTime(p)
}

// isSpacedTime reports whether p starts with a date, a space and a time, as
// collectors that write tables do.
func isSpacedTime(p []byte) bool {
	const date = len("2006-01-02")
	return len(p) > date+3 && p[date] == ' ' && digitsIn(p) == 4 && p[4] == '-' && digitsIn(p[5:]) == 2 && p[7] == '-' &&
		digitsIn(p[8:]) == 2 && digitsIn(p[date+1:]) == 2 && p[date+3] == ':'
}

// isISODate reports whether p starts with a date and a T.
func isISODate(p []byte) bool {
	return len(p) > 10 && digitsIn(p) == 4 && p[4] == '-' && digitsIn(p[5:]) == 2 && p[7] == '-' && digitsIn(p[8:]) == 2 && p[10] == 'T'
}

// bsdTime is the length of "Mar  5 12:52:31".
const bsdTime = 15

// isBSDTime reports whether p starts with the time of RFC 3164.
func isBSDTime(p []byte) bool {
	if len(p) <= bsdTime || p[3] != ' ' || p[6] != ' ' || p[9] != ':' || p[12] != ':' || p[bsdTime] != ' ' {
		return false
	}
	switch string(p[:3]) {
	case "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec":
		return true
	}
	return false
}

// isNothing reports whether p holds neither a letter nor a digit: the line ends,
// byte-order marks and quotes around records. It looks at single bytes, because
// p may end within a character.
func isNothing[T string | []byte](p T) bool {
	for i := range len(p) {
		switch c := p[i]; {
		case c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'z':
			return false
		case c >= 0x80 && c != 0xef && c != 0xbb && c != 0xbf: // no part of a byte-order mark
			return false
		}
	}
	return true
}

// isCount reports whether p is nothing but an octet count.
func isCount(p []byte) bool {
	p = bytes.TrimSpace(p)
	return digitsIn(p) == len(p)
}
