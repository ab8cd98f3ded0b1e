package normalized

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/chartwatch/chartwatch/ingest"
)

// detectJSON looks at the first object.
func detectJSON(h ingest.Head) error {
	text := bytes.TrimLeft(h.Bytes, " \t\r\n")
	line, _, found := bytes.Cut(text, []byte{'\n'})
	if !found && !h.Complete {
		return errors.New("the first line is too long for a row")
	}
	if !json.Valid(line) {
		return errors.New("the first line is not a JSON object")
	}
	dataset, keys := ingest.Dataset(""), map[string]bool{}
	for m := range members(line) {
		keys[m.key] = true
		if s, ok := m.text(); ok && m.key == keyDataset {
			dataset = ingest.Dataset(s)
		}
	}
	switch {
	case slices.Contains(ingest.Datasets(), dataset):
		return nil
	case keys[keyDataset]:
		return errors.New(`the key "dataset" names no dataset`)
	case !keys[ingest.ColOccurredAt] || !keys[ingest.ColAction]:
		return errors.New(`the first object has neither "dataset" nor both "occurred_at" and "action"`)
	}
	return nil
}

// readJSON reads JSON lines.
func (p *reader) readJSON(data io.Reader) error {
	lines := ingest.NewLineReader(data, 0)
	lines.Tell(p.w)
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := p.stopped(line.Number); err != nil {
			return err
		}
		if len(bytes.TrimSpace(line.Text)) == 0 {
			p.w.Skip(ingest.SkipBlank)
			continue
		}
		if err := p.emit(line.Text, p.object(line)); err != nil {
			return err
		}
	}
}

// object reads one line into the current record.
func (p *reader) object(line ingest.Line) problem {
	p.rec.reset(ingest.Events, line.Number)
	text := bytes.TrimSpace(line.Text)
	switch {
	case line.TooLong:
		return problem{reason: ingest.ReasonTooLong}
	case !utf8.Valid(text):
		return problem{reason: ingest.ReasonBadEncoding}
	case !json.Valid(text):
		return problem{reason: ingest.ReasonBadSyntax}
	case text[0] != '{':
		return problem{reason: ingest.ReasonWrongType}
	}
	// The dataset decides which columns there are, wherever it stands.
	for m := range members(text) {
		if m.key != keyDataset {
			continue
		}
		name, ok := m.text()
		if d := ingest.Dataset(name); !ok || !slices.Contains(ingest.Datasets(), d) {
			return problem{keyDataset, ingest.ReasonBadValue}
		}
		p.rec.reset(ingest.Dataset(name), line.Number)
		break
	}
	var (
		first problem
		seen  []string
	)
	for m := range members(text) {
		if slices.Contains(seen, m.key) {
			return problem{p.keyName(m.key, len(seen)), ingest.ReasonBadValue}
		}
		if len(seen) > maxColumns {
			return problem{reason: ingest.ReasonFieldCount}
		}
		seen = append(seen, m.key)
		if m.key == keyDataset {
			continue
		}
		// The others are still read, so that the reject knows its time and patient.
		if reason := p.member(m); reason != "" && first.reason == "" {
			first = problem{p.keyName(m.key, len(seen)-1), reason}
		}
	}
	return first
}

// keyName names a key in a message: a column by its name, anything else by its
// place, because a key that is no column may be anybody's name.
func (p *reader) keyName(key string, index int) string {
	if key == keyDataset || p.rec.target(key) != nil {
		return key
	}
	return "key " + strconv.Itoa(index+1)
}

// member stores one value of the current record.
func (p *reader) member(m jsonMember) ingest.Reason {
	target := p.rec.target(m.key)
	var ok bool
	switch {
	case target == nil:
		return ingest.ReasonBadValue
	case m.value[0] == 'n':
		return ""
	case m.value[0] == 't', m.value[0] == 'f':
		ok = setBool(target, m.value[0] == 't')
	case m.value[0] == '"':
		s, valid := m.text()
		ok = valid && (s == "" || setText(target, s))
	default:
		n, err := strconv.ParseInt(string(m.value), 10, 64)
		ok = err == nil && setInt(target, n)
	}
	if ok {
		return ""
	}
	return reasonFor(target)
}

// jsonMember is one key of an object with its value as it is written.
type jsonMember struct {
	key   string
	value []byte
}

// text returns the value if it is a string.
func (m jsonMember) text() (string, bool) {
	if len(m.value) == 0 || m.value[0] != '"' {
		return "", false
	}
	return unquote(m.value)
}

// members yields the members of a JSON object, which must be well-formed.
func members(object []byte) func(yield func(jsonMember) bool) {
	return func(yield func(jsonMember) bool) {
		s := bytes.TrimSpace(object)
		if len(s) == 0 || s[0] != '{' {
			return
		}
		for s = skip(s[1:]); len(s) > 0 && s[0] == '"'; {
			end := valueEnd(s)
			key, ok := unquote(s[:end])
			if !ok {
				return
			}
			s = skip(s[end:]) // at the colon or comma
			end = valueEnd(s)
			if !yield(jsonMember{key: key, value: s[:end]}) {
				return
			}
			s = skip(s[end:])
		}
	}
}

// skip drops white space, colons and commas.
func skip(s []byte) []byte { return bytes.TrimLeft(s, " \t\r\n:,") }

// valueEnd returns where the value at the start of s ends.
func valueEnd(s []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
			if !quoted && depth == 0 {
				return i + 1
			}
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth == 0 {
				return i
			}
			depth--
			if depth == 0 {
				return i + 1
			}
		case depth == 0 && (c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '\n'):
			return i
		}
	}
	return len(s)
}

func unquote(s []byte) (string, bool) {
	if bytes.IndexByte(s, '\\') < 0 {
		return string(s[1 : len(s)-1]), true
	}
	var text string
	err := json.Unmarshal(s, &text)
	return text, err == nil
}
