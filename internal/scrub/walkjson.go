package scrub

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// jsonWalker walks JSON documents and what stands around them in a log.
type jsonWalker struct {
	*walker

	lines bool
	stack []jsonFrame
	text  []byte // outside of documents
}

type jsonFrame struct {
	object bool
	isKey  bool // a key is next
	key    string
}

const maxDepth = 1000

func (j *jsonWalker) run() error {
	for {
		c, err := j.in.ReadByte()
		if err == nil {
			err = j.step()
		}
		if errors.Is(err, io.EOF) {
			j.flushText()
			return nil
		}
		if err != nil {
			return err
		}
		if err := j.byte(c); err != nil {
			return err
		}
	}
}

func (j *jsonWalker) byte(c byte) error {
	if len(j.stack) == 0 && c != '{' && (c != '[' || !j.beginsArray()) {
		return j.outside(c)
	}
	switch c {
	case '{', '[':
		j.flushText()
		if len(j.stack) >= maxDepth {
			return errors.New("the file is nested too deep")
		}
		j.stack = append(j.stack, jsonFrame{object: c == '{', isKey: c == '{'})
		j.putByte(c)
	case '}', ']':
		j.stack = j.stack[:len(j.stack)-1]
		j.putByte(c)
	case ',':
		top := &j.stack[len(j.stack)-1]
		top.isKey = top.object
		j.putByte(c)
	case ':':
		j.stack[len(j.stack)-1].isKey = false
		j.putByte(c)
	case '"':
		return j.quoted()
	case '\n':
		if j.lines {
			j.stack = j.stack[:0]
		}
		j.putByte(c)
	case ' ', '\t', '\r':
		j.putByte(c)
	default:
		return j.bare(c)
	}
	return nil
}

// outside collects the text around documents.
func (j *jsonWalker) outside(c byte) error {
	j.text = append(j.text, c)
	if len(j.text) > maxPiece {
		return errLong
	}
	if c == '\n' {
		j.flushText()
	}
	return nil
}

// beginsArray reports whether a bracket outside of documents begins one, and
// not something like "[INFO]".
func (j *jsonWalker) beginsArray() bool {
	next, _ := j.in.Peek(512) // what there is
	next = bytes.TrimLeft(next, " \t\r\n")
	return len(bytes.TrimSpace(j.text)) == 0 && (len(next) == 0 || strings.IndexByte(`{["]`, next[0]) >= 0)
}

func (j *jsonWalker) flushText() {
	if len(j.text) > 0 {
		j.put(j.visit.value(pathText, string(j.text)))
		j.text = j.text[:0]
	}
}

// quoted reads a string behind its opening quote.
func (j *jsonWalker) quoted() error {
	var raw []byte
	for {
		c, err := j.in.ReadByte()
		if errors.Is(err, io.EOF) || err == nil && c == '\n' { // no string goes on in the next line
			j.put(`"` + j.visit.value(j.path(), string(raw)))
			if err == nil {
				return j.byte(c)
			}
			return nil
		}
		if err != nil {
			return err
		}
		if c == '"' {
			break
		}
		raw = append(raw, c)
		if c == '\\' {
			if c, err = j.in.ReadByte(); err == nil {
				raw = append(raw, c)
			}
		}
		if len(raw) > maxPiece {
			return errLong
		}
	}
	top := &j.stack[len(j.stack)-1]
	if top.isKey {
		made := j.visit.name(unescape(raw))
		top.key = made
		j.putString(made)
		return nil
	}
	j.putString(j.visit.value(j.path(), unescape(raw)))
	return nil
}

// unescape decodes a string; one that JSON does not allow is left as it is.
func unescape(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw)
	}
	var s string
	if !utf8.Valid(raw) || json.Unmarshal([]byte(`"`+string(raw)+`"`), &s) != nil {
		return string(raw)
	}
	return s
}

func (j *jsonWalker) putString(s string) {
	j.putByte('"')
	for _, r := range []byte(s) {
		switch {
		case r == '"' || r == '\\':
			j.putByte('\\')
			j.putByte(r)
		case r == '\n':
			j.put(`\n`)
		case r == '\r':
			j.put(`\r`)
		case r == '\t':
			j.put(`\t`)
		case r < ' ':
			const hex = "0123456789abcdef"
			j.put(`\u00` + string(hex[r>>4]) + string(hex[r&15]))
		default:
			j.putByte(r)
		}
	}
	j.putByte('"')
}

// bare reads a number, true, false, null, or what JSON does not allow.
func (j *jsonWalker) bare(c byte) error {
	raw := []byte{c}
	for {
		next, err := j.in.ReadByte()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if strings.IndexByte("{}[],:\" \t\r\n", next) >= 0 {
			_ = j.in.UnreadByte() // a byte was read
			break
		}
		raw = append(raw, next)
		if len(raw) > maxPiece {
			return errLong
		}
	}
	text := string(raw)
	mantissa, exponent, ok := strings.Cut(strings.ToLower(text), "e")
	if ok && json.Valid(raw) && text != "true" && text != "false" {
		j.put(j.visit.value(j.path(), mantissa) + "e" + j.visit.value(pathText, exponent))
		return nil
	}
	j.put(j.visit.value(j.path(), text))
	return nil
}

// path joins the keys around a value; the nearest ones say most.
func (j *jsonWalker) path() string {
	const most = 4
	var keys []string
	for i := len(j.stack) - 1; i >= 0 && len(keys) < most; i-- {
		if j.stack[i].object {
			keys = append([]string{strings.ReplaceAll(j.stack[i].key, "/", "_")}, keys...)
		}
	}
	return strings.Join(keys, "/")
}
