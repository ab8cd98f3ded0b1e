package scrub

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// kind is what a piece of a text is.
type kind int

const (
	gap   kind = iota // punctuation and spaces
	word              // letters and digits
	date              // a date, perhaps with its time of day
	clock             // a time of day
	guid              // a GUID
	addr              // an IP or hardware address
	oid               // an object identifier
)

// piece is a part of a text.
type piece struct {
	kind kind
	text string
	day  dateParts // of a date
	tail string    // of a date: what follows the day and stays
}

// pieces cuts a text up and calls each for every piece, in order.
func pieces(s string, each func(piece)) {
	from := 0 // of the gap
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !isWord(r) {
			i += size
			if r == '%' && isEscape(s[i:]) {
				i += 2
			}
			continue
		}
		if from < i {
			each(piece{kind: gap, text: s[from:i]})
		}
		p := next(s, i)
		each(p)
		i += len(p.text)
		from = i
	}
	if from < len(s) {
		each(piece{kind: gap, text: s[from:]})
	}
}

// isEscape reports whether the two digits behind a percent sign stand for
// punctuation, as in an address.
func isEscape(s string) bool {
	if len(s) < 2 || !isHex(s[0]) || !isHex(s[1]) {
		return false
	}
	v, err := strconv.ParseUint(s[:2], 16, 8)
	return err == nil && v >= ' ' && v < utf8.RuneSelf && !isWord(rune(v))
}

// next returns the piece that begins at a letter or digit.
func next(s string, i int) piece {
	rest := s[i:]
	before := byte(0)
	if i > 0 {
		before = s[i-1]
	}
	if len(rest) >= 4 {
		if n := guidAt(rest); n > 0 {
			return piece{kind: guid, text: rest[:n]}
		}
		if p, ok := dateAt(rest, before); ok {
			return p
		}
		if n := dotted(rest, before); n > 0 {
			if isIPv4(rest[:n]) {
				return piece{kind: addr, text: rest[:n]}
			}
			if knownOID(rest[:n]) {
				return piece{kind: oid, text: rest[:n]}
			}
		}
		if n := clockAt(rest, before); n > 0 {
			return piece{kind: clock, text: rest[:n]}
		}
		if n := colons(rest); n > 0 {
			return piece{kind: addr, text: rest[:n]}
		}
	}
	return piece{kind: word, text: rest[:wordLen(rest)]}
}

func wordLen(s string) int {
	if n := strings.IndexFunc(s, func(r rune) bool { return !isWord(r) }); n >= 0 {
		return n
	}
	return len(s)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// ends reports whether a word could end at i.
func ends(s string, i int) bool {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return i >= len(s) || !isWord(r)
}

func digitsAt(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

func guidAt(s string) int {
	const length = 36
	if len(s) < length || !ends(s, length) {
		return 0
	}
	for i := range length {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (s[i] == '-') || !dash && !isHex(s[i]) {
			return 0
		}
	}
	return length
}

// dotted returns the length of at least four numbers joined by dots.
func dotted(s string, before byte) int {
	if before == '.' {
		return 0
	}
	n, groups := 0, 0
	for {
		d := digitsAt(s[n:])
		if d == 0 {
			return 0
		}
		n += d
		groups++
		if n+1 < len(s) && s[n] == '.' && isDigit(s[n+1]) {
			n++
			continue
		}
		break
	}
	if groups < 4 || !ends(s, n) {
		return 0
	}
	return n
}

func isIPv4(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) != 4 {
		return false
	}
	for _, p := range parts {
		if len(p) > 3 || len(p) == 3 && p > "255" {
			return false
		}
	}
	return true
}

// oidRoots returns the arcs of DICOM, IHE and HL7.
func oidRoots() []string {
	return []string{"1.2.840.10008.", "1.3.6.1.4.1.19376.", "2.16.840.1.113883."}
}

func knownOID(s string) bool {
	for _, root := range oidRoots() {
		if strings.HasPrefix(s, root) {
			return true
		}
	}
	return false
}

// colons returns the length of an IPv6 or hardware address: groups of hex digits
// with at least three colons.
func colons(s string) int {
	n, count := 0, 0
	for n < len(s) && (isHex(s[n]) || s[n] == ':' || s[n] == '.') {
		if s[n] == ':' {
			count++
		}
		n++
	}
	if count < 3 || !ends(s, n) {
		return 0
	}
	return n
}

// clockAt returns the length of a time of day with its fraction and offset.
func clockAt(s string, before byte) int {
	if before == ':' || before == '.' {
		return 0
	}
	n := digitsAt(s)
	if n == 0 || n > 2 || len(s) < n+3 || s[n] != ':' || digitsAt(s[n+1:]) != 2 {
		return 0
	}
	n += 3
	if len(s) > n+2 && s[n] == ':' && digitsAt(s[n+1:]) == 2 {
		n += 3
		n += fractionLen(s[n:])
	}
	n += halfLen(s[n:])
	n += offsetLen(s[n:])
	if !ends(s, n) || n < len(s) && s[n] == ':' {
		return 0
	}
	return n
}

// fractionLen returns the length of a fraction of a second with its point.
func fractionLen(s string) int {
	const most = 14
	if len(s) < 2 || s[0] != '.' && s[0] != ',' && s[0] != ':' {
		return 0
	}
	d := digitsAt(s[1:])
	if d == 0 || d > most || s[0] == ':' && d != 3 {
		return 0
	}
	return 1 + d
}

// halfLen returns the length of AM or PM with a space in front.
func halfLen(s string) int {
	n := 0
	for _, space := range []string{" ", "\u00a0", "\u202f"} {
		if strings.HasPrefix(s, space) {
			n = len(space)
		}
	}
	if len(s) < n+2 || s[n]|0x20 != 'a' && s[n]|0x20 != 'p' || s[n+1]|0x20 != 'm' || !ends(s, n+2) {
		return 0
	}
	return n + 2
}

// offsetLen returns the length of Z, +01, +0100 or +01:00.
func offsetLen(s string) int {
	switch {
	case s == "":
		return 0
	case s[0] == 'Z' || s[0] == 'z':
		return 1
	case s[0] != '+' && s[0] != '-':
		return 0
	}
	switch d := digitsAt(s[1:]); {
	case d == 4:
		return 5
	case d == 2 && len(s) >= 6 && s[3] == ':' && digitsAt(s[4:]) == 2:
		return 6
	case d == 2:
		return 3
	}
	return 0
}
