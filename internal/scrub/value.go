package scrub

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visitor is what a walker calls for the parts of a file. It returns what is to
// stand in their place.
type visitor interface {
	// name is called for the name of a column, key, element, attribute or table.
	name(text string) string
	// value is called for what stands in the field at path.
	value(path, text string) string
}

// scrubber replaces what it visits.
type scrubber struct {
	*knowledge

	cipher *cipher
	moved  int // weeks
	fields map[string]*field
	style  style
	kept   Kept
}

func (s *scrubber) name(text string) string {
	var b strings.Builder
	pieces(text, func(p piece) {
		switch {
		case p.kind == gap:
			b.WriteString(p.text)
		case p.kind == word && (s.vocabulary.has(p.text) || len(p.text) == 1):
			s.kept.Names++
			b.WriteString(p.text)
		default:
			b.WriteString(s.words(p.text))
		}
	})
	return b.String()
}

// words replaces each word of a text.
func (s *scrubber) words(text string) string {
	var b strings.Builder
	for text != "" {
		n := wordLen(text)
		if n == 0 {
			_, n = utf8.DecodeRuneInString(text)
			b.WriteString(text[:n])
		} else {
			b.WriteString(s.cipher.word(text[:n]))
		}
		text = text[n:]
	}
	return b.String()
}

func (s *scrubber) value(path, text string) string {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return text
	}
	if isConstant(trimmed) {
		s.kept.Constants++
		return text
	}
	f := s.fieldAt(path)
	if f.class != ident && s.labels[fold(trimmed)] {
		s.kept.Labels++
		return text
	}
	if moved, ok := s.instant(trimmed, f); ok {
		s.kept.Dates++
		return strings.Replace(text, trimmed, moved, 1)
	}
	if inner, ok := encoded(trimmed); ok {
		return strings.Replace(text, trimmed, base64.StdEncoding.EncodeToString([]byte(s.text(f, inner))), 1)
	}
	return s.text(f, text)
}

// fieldAt returns what is known about a field, which is little for a field that
// the first look at the file did not find.
func (s *scrubber) fieldAt(path string) *field {
	if f := s.fields[path]; f != nil {
		return f
	}
	return newField(path)
}

func (s *scrubber) text(f *field, text string) string {
	var b strings.Builder
	alone := strings.TrimSpace(text)
	numbered := f.class == coded && s.isNumbered(alone)
	pieces(text, func(p piece) { b.WriteString(s.piece(f, p, p.text == alone || numbered)) })
	return b.String()
}

func (s *scrubber) piece(f *field, p piece, alone bool) string {
	switch p.kind {
	case gap:
		return p.text
	case date:
		if p.day.loose && (f.class == ident || s.ids[fold(p.text)]) {
			return s.words(p.text)
		}
		s.kept.Dates++
		moved := s.moved
		if f.birth {
			moved = s.cipher.weeksOf(p.text)
		}
		return p.day.shift(moved, s.style) + clockOrNines(p.tail)
	case clock:
		return clockOrNines(p.text)
	case addr:
		s.kept.Replaced++
		return s.cipher.address(p.text)
	case oid:
		if s.standard(p.text) {
			return p.text
		}
	case word:
		if s.mayStay(f, p.text, alone) {
			s.kept.Words++
			return p.text
		}
	case guid:
		if f.class != ident && s.vocabulary[fold(p.text)] {
			return p.text
		}
	}
	s.kept.Replaced++
	return s.cipher.word(p.text)
}

// mayStay reports whether a word of a value is harmless.
func (s *scrubber) mayStay(f *field, w string, alone bool) bool {
	switch f.class {
	case ident:
		return false
	case frozen:
		return numeric(w) && len(w) <= 4 || s.vocabulary.has(w)
	case coded:
		const codeLength = 2
		return alone && (len(w) <= codeLength || isCode(w)) || s.vocabulary.has(w)
	case mixed:
	}
	if !s.vocabulary.has(w) || s.isName(w) {
		return false
	}
	return !hasDigit(w) || !numeric(w) && !s.ids[fold(w)]
}

// isNumbered reports whether a text is the code of a standard's transaction, as
// "ITI-43" is: a word of the list and a short number.
func (s *scrubber) isNumbered(text string) bool {
	name, number, ok := strings.Cut(text, "-")
	return ok && s.vocabulary.has(name) && !hasDigit(name) && isCode(number) && !s.ids[number]
}

// isCode reports whether a number is as short as codes are.
func isCode(w string) bool { return len(w) <= 3 && numeric(w) }

// standard reports whether an object identifier is one of a standard, and not
// made for an organisation, a study or a person.
func (s *scrubber) standard(text string) bool {
	const arcLength, longest = 5, 10
	if s.ids[fold(text)] || strings.HasPrefix(text, "2.16.840.1.113883.3.") {
		return false
	}
	for _, root := range oidRoots() {
		rest, ok := strings.CutPrefix(text, root)
		if !ok {
			continue
		}
		arcs := strings.Split(rest, ".")
		for _, arc := range arcs {
			if len(arc) > arcLength {
				return false
			}
		}
		return len(arcs) <= longest
	}
	return false
}

// isConstant reports whether a whole value stands for nothing, for yes or no, or
// for a failure.
func isConstant(v string) bool {
	switch v {
	case "NULL", "null", `\N`, "true", "false", "TRUE", "FALSE", "True", "False", "failed", "failure", "denied", "none", "unknown":
		return true
	}
	return false
}

// clockOrNines returns a time of day, or nines for one that no day has.
func clockOrNines(text string) string {
	digits := strings.TrimLeft(text, "Tt")
	hour, rest, _ := strings.Cut(digits, ":")
	if v, err := strconv.Atoi(hour); text == "" || err == nil && v <= 24 && rest[:2] < "60" {
		return text
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return '9'
		}
		return r
	}, text)
}

// encoded returns the text that a value holds in base64.
func encoded(v string) (string, bool) {
	const least, unpadded = 8, 16
	if len(v) < least || len(v)%4 != 0 || len(v) < unpadded && v[len(v)-1] != '=' {
		return "", false
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(v)
	if err != nil || !utf8.Valid(raw) {
		return "", false
	}
	for _, r := range string(raw) {
		if !unicode.IsPrint(r) && r != '\n' && r != '\r' && r != '\t' {
			return "", false
		}
	}
	return string(raw), true
}

// instant moves a number that counts seconds since 1970, or days since 1900.
func (s *scrubber) instant(v string, f *field) (string, bool) {
	whole, frac, dotted := strings.Cut(v, ".")
	if !numeric(whole) || dotted && !numeric(frac) || f.class == ident || s.ids[fold(v)] {
		return "", false
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || whole[0] == '0' {
		return "", false
	}
	unit := int64(0)
	switch len(whole) {
	case 5:
		if f.timed && n > 20_000 && n < 80_000 {
			n -= int64(7 * s.moved)
			return joinFraction(n, frac, dotted), true
		}
	case 10:
		unit = 1
	case 13:
		unit = 1000
	case 16:
		unit = 1_000_000
	}
	if unit == 0 || !f.timed && !s.instants[n/unit] || n/unit < 946_684_800 || n/unit > 4_102_444_800 {
		return "", false
	}
	const week = 7 * 24 * 3600
	moved := n - int64(s.moved)*week*unit
	if len(strconv.FormatInt(moved, 10)) != len(whole) {
		moved = n + int64(s.moved)*week*unit
	}
	return joinFraction(moved, frac, dotted), true
}

func joinFraction(n int64, frac string, dotted bool) string {
	if dotted {
		return strconv.FormatInt(n, 10) + "." + frac
	}
	return strconv.FormatInt(n, 10)
}
