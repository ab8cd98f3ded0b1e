package mysqldump

import (
	"bytes"
	"encoding/hex"
)

// form is how a value is written.
type form uint8

const (
	formNull   form = iota
	formNumber      // as it stands
	formText        // between quotes, nothing to undo
	formEscaped
	formHex
)

// value is one value of a row; its text is raw[start:end] of the row.
type value struct {
	start, end int
	form       form
}

// verdict says whether something could be read.
type verdict uint8

const (
	whole  verdict = iota
	more           // it goes on behind the end of the buffer
	broken         // it is not SQL that a dump has
)

// split cuts a row that starts at b[0] into values and returns its length.
func (r *Row) split(b []byte) (int, verdict) {
	r.values = r.values[:0]
	for i := 1; ; {
		v, next, state := literal(b, blanks(b, i))
		if state != whole {
			return 0, state
		}
		if len(r.values) == maxColumns {
			return 0, broken
		}
		r.values = append(r.values, v)
		i = blanks(b, next)
		if i >= len(b) {
			return 0, more
		}
		switch b[i] {
		case ',':
			i++
		case ')':
			return i + 1, whole
		default:
			return 0, broken
		}
	}
}

func blanks(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i
}

// literal reads one value and returns the index behind it.
func literal(b []byte, i int) (v value, next int, state verdict) {
	if i >= len(b) {
		return value{}, i, more
	}
	switch c := b[i]; {
	case c == '\'' || c == '"':
		return quoted(b, i)
	case c == '_': // a character set, such as _binary
		for i < len(b) && isWord(b[i]) {
			i++
		}
		if i = blanks(b, i); i < len(b) && b[i] != '\'' && b[i] != '0' && b[i]|0x20 != 'x' {
			return value{}, i, broken
		}
		return literal(b, i)
	case (c|0x20 == 'x' || c|0x20 == 'n') && i+1 < len(b) && b[i+1] == '\'':
		v, next, state = quoted(b, i+1)
		if c|0x20 == 'x' {
			v.form = formHex
		}
		return v, next, state
	}
	return bare(b, i)
}

// bare reads a number, a hexadecimal literal or NULL.
func bare(b []byte, start int) (v value, next int, state verdict) {
	i := start
	for i < len(b) && (isWord(b[i]) || b[i] == '.' || b[i] == '-' || b[i] == '+') {
		i++
	}
	if i >= len(b) {
		return value{}, i, more
	}
	v = value{start: start, end: i, form: formNumber}
	token := b[start:i]
	switch {
	case bytes.EqualFold(token, []byte("null")):
		v.form = formNull
	case len(token) > 2 && token[0] == '0' && token[1]|0x20 == 'x':
		v.start, v.form = start+2, formHex
	case !number(token):
		return value{}, i, broken
	}
	return v, i, whole
}

func number(token []byte) bool {
	digits := false
	for _, c := range token {
		switch {
		case isDigit(c):
			digits = true
		case c != '-' && c != '+' && c != '.' && c|0x20 != 'e':
			return false
		}
	}
	return digits
}

// quoted reads a value between the quotes of b[i].
func quoted(b []byte, i int) (v value, next int, state verdict) {
	q, start := b[i], i+1
	v = value{start: start, form: formText}
	closing := -1 // the next quote at or behind i
	for i = start; ; {
		if closing < i {
			k := bytes.IndexByte(b[i:], q)
			if k < 0 {
				return v, i, more
			}
			closing = i + k
		}
		if m := bytes.IndexByte(b[i:closing], '\\'); m >= 0 {
			v.form = formEscaped
			i += m + 2
			if i > len(b) {
				return v, i, more
			}
			continue
		}
		if closing+1 >= len(b) {
			return v, closing, more
		}
		if b[closing+1] != q {
			v.end = closing
			return v, closing + 1, whole
		}
		v.form = formEscaped
		i = closing + 2
	}
}

// text returns what v stands for; raw is the row. The result is a part of raw
// wherever nothing has to be undone.
func (v value) text(raw []byte) []byte {
	s := raw[v.start:v.end]
	switch v.form {
	case formNull:
		return nil
	case formEscaped:
		return unescape(s, raw[v.start-1])
	case formHex:
		decoded := make([]byte, hex.DecodedLen(len(s)))
		if _, err := hex.Decode(decoded, s); err == nil {
			return decoded
		}
		return s
	default:
		return s
	}
}

// unescape undoes the escapes of a value between quotes q.
func unescape(s []byte, q byte) []byte {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == q { // doubled
			i++
		} else if c == '\\' && i+1 < len(s) {
			i++
			if s[i] == '%' || s[i] == '_' { // these keep their backslash outside patterns
				b = append(b, '\\')
			}
			c = escaped(s[i])
		}
		b = append(b, c)
	}
	return b
}

func escaped(c byte) byte {
	switch c {
	case '0':
		return 0
	case 'b':
		return '\b'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'Z':
		return 0x1a
	}
	return c
}
