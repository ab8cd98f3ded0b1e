package fhiraudit

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep a record may be nested.
const maxDepth = 64

// status is how reading a piece of text ended.
type status uint8

const (
	statusOK     status = iota
	statusEnd           // the text ended too early
	statusSyntax        // not well-formed
	statusDeep          // nested deeper than maxDepth
)

// jsonReader reads one JSON value into a tree. It is stricter than a log needs
// about what it keeps and looser about what it passes over, where only the
// brackets have to match.
type jsonReader struct {
	t *tree
	s string
	i int
}

// readJSON reads the first JSON value of s into t, under the tree's root. It
// returns the offset after it. Where it ends early, the tree holds what was
// read so far.
func (t *tree) readJSON(s string) (int, status) {
	r := jsonReader{t: t, s: s}
	root := t.reset(s)
	r.space()
	st := r.value(root, fResource, 1)
	return r.i, st
}

func (r *jsonReader) space() {
	for r.i < len(r.s) {
		switch r.s[r.i] {
		case ' ', '\t', '\n', '\r':
			r.i++
		default:
			return
		}
	}
}

// value reads one value and hangs it up under parent as a field f.
func (r *jsonReader) value(parent ref, f field, depth int) status {
	if r.i >= len(r.s) {
		return statusEnd
	}
	if depth > maxDepth {
		return statusDeep
	}
	switch c := r.s[r.i]; c {
	case '{':
		n := r.t.add(parent, f, "", r.i)
		st := r.object(n, depth)
		r.t.nodes[n].end = r.i
		return st
	case '[':
		return r.array(parent, f, depth)
	case '"':
		pos := r.i
		s, st := r.str()
		if st == statusOK {
			r.t.add(parent, f, s, pos)
		}
		return st
	case 't', 'f', 'n', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		pos := r.i
		s := r.literal()
		if s != "null" {
			r.t.add(parent, f, s, pos)
		}
		return statusOK
	}
	return statusSyntax
}

func (r *jsonReader) object(n ref, depth int) status {
	r.i++
	r.space()
	if r.i < len(r.s) && r.s[r.i] == '}' {
		r.i++
		return statusOK
	}
	for {
		if r.i >= len(r.s) {
			return statusEnd
		}
		if r.s[r.i] != '"' {
			return statusSyntax
		}
		key, st := r.str()
		if st != statusOK {
			return st
		}
		r.space()
		if st := r.expect(':'); st != statusOK {
			return st
		}
		r.space()
		if st := r.member(n, fieldOf(key), depth+1); st != statusOK {
			return st
		}
		r.space()
		if done, st := r.separator('}'); done || st != statusOK {
			return st
		}
	}
}

// member reads the value of a key. A text that is an object is the narrative.
func (r *jsonReader) member(n ref, f field, depth int) status {
	if f == fNone || f == fText && r.i < len(r.s) && r.s[r.i] == '{' {
		return r.skip(depth)
	}
	return r.value(n, f, depth)
}

func (r *jsonReader) array(parent ref, f field, depth int) status {
	r.i++
	r.space()
	if r.i < len(r.s) && r.s[r.i] == ']' {
		r.i++
		return statusOK
	}
	for {
		if st := r.value(parent, f, depth+1); st != statusOK {
			return st
		}
		r.space()
		if done, st := r.separator(']'); done || st != statusOK {
			return st
		}
	}
}

// separator reads a comma, or the end of an object or array.
func (r *jsonReader) separator(closing byte) (bool, status) {
	if r.i >= len(r.s) {
		return false, statusEnd
	}
	c := r.s[r.i]
	if c != ',' && c != closing {
		return false, statusSyntax
	}
	r.i++
	if c == closing {
		return true, statusOK
	}
	r.space()
	return false, statusOK
}

func (r *jsonReader) expect(c byte) status {
	if r.i >= len(r.s) {
		return statusEnd
	}
	if r.s[r.i] != c {
		return statusSyntax
	}
	r.i++
	return statusOK
}

func (r *jsonReader) literal() string {
	start := r.i
	for r.i < len(r.s) {
		switch c := r.s[r.i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '+', c == '.', c == 'E':
			r.i++
			continue
		}
		break
	}
	return r.s[start:r.i]
}

// skip passes over a value that nobody asks for.
func (r *jsonReader) skip(depth int) status {
	if r.i >= len(r.s) {
		return statusEnd
	}
	switch r.s[r.i] {
	case '{', '[':
		return r.skipNested(depth)
	case '"':
		_, _, st := r.raw()
		return st
	case ',', '}', ']', ':':
		return statusSyntax
	}
	r.literal()
	return statusOK
}

func (r *jsonReader) skipNested(depth int) status {
	var closing [maxDepth + 1]byte
	for level := depth - 1; r.i < len(r.s); {
		switch c := r.s[r.i]; c {
		case '"':
			if _, _, st := r.raw(); st != statusOK {
				return st
			}
			continue
		case '{', '[':
			level++
			if level > maxDepth {
				return statusDeep
			}
			closing[level] = c + 2 // in ASCII, the closing bracket follows its opening one by two
		case '}', ']':
			if closing[level] != c {
				return statusSyntax
			}
			level--
			if level < depth {
				r.i++
				return statusOK
			}
		}
		r.i++
	}
	return statusEnd
}

// raw reads a string and returns it with its escapes.
func (r *jsonReader) raw() (text string, escaped bool, st status) {
	start := r.i + 1
	for i := start; i < len(r.s); i++ {
		switch r.s[i] {
		case '"':
			r.i = i + 1
			return r.s[start:i], escaped, statusOK
		case '\\':
			escaped = true
			i++
		case '\n':
			r.i = i
			return "", false, statusSyntax
		}
	}
	r.i = len(r.s)
	return "", false, statusEnd
}

func (r *jsonReader) str() (string, status) {
	text, escaped, st := r.raw()
	if st != statusOK || !escaped {
		return text, st
	}
	return unescape(text)
}

// unescape resolves the escapes of a JSON string. Half a surrogate pair becomes
// the replacement character, as in encoding/json.
func unescape(s string) (string, status) {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			j := strings.IndexByte(s[i:], '\\')
			if j < 0 {
				j = len(s) - i
			}
			b.WriteString(s[i : i+j])
			i += j
			continue
		}
		if s[i+1] == 'u' {
			n, ok := escapedRune(&b, s[i:])
			if !ok {
				return "", statusSyntax
			}
			i += n
			continue
		}
		k := strings.IndexByte(`"\/bfnrt`, s[i+1])
		if k < 0 {
			return "", statusSyntax
		}
		b.WriteByte("\"\\/\b\f\n\r\t"[k])
		i += 2
	}
	return b.String(), statusOK
}

// escapedRune writes the character that s begins with as \u escapes.
func escapedRune(b *strings.Builder, s string) (int, bool) {
	c, ok := hex4(s)
	if !ok {
		return 0, false
	}
	if !utf16.IsSurrogate(c) {
		b.WriteRune(c)
		return 6, true
	}
	if low, ok := hex4(s[6:]); ok {
		if full := utf16.DecodeRune(c, low); full != utf8.RuneError {
			b.WriteRune(full)
			return 12, true
		}
	}
	b.WriteRune(utf8.RuneError)
	return 6, true
}

// hex4 reads a \uXXXX escape at the start of s.
func hex4(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var v rune
	for _, c := range s[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		v = v<<4 | c
	}
	return v, true
}
