package delimited

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chartwatch/chartwatch/ingest"
)

// answer is what a cell means.
type answer struct {
	value   string // one of the field's closed set, or empty
	raw     string // the cell as far as it may be kept
	outcome string // the outcome that an action implies, or empty
	known   bool   // the cell says so, and it is no default
}

// vocabulary turns cells into values of one closed set. Whole values are looked
// up first, then phrases in their order.
type vocabulary struct {
	field    string
	whole    map[string]answer
	phrases  []phrase
	fallback string
	keepRaw  bool
}

type phrase struct {
	text  string // folded
	label string // as the mapping writes it
	answer
}

// newVocabulary returns the vocabulary of words that mean the same everywhere,
// or only the closed set itself if common is false.
func newVocabulary(field string, common bool) *vocabulary {
	v := &vocabulary{field: field, whole: map[string]answer{}, fallback: unmapped(field), keepRaw: true}
	for _, value := range closedSet(field) {
		v.whole[fold(value)] = answer{value: value}
	}
	if common {
		for _, c := range commonWords(field) {
			for _, word := range c.words {
				v.whole[fold(word)] = answer{value: c.value, outcome: c.outcome}
			}
		}
	}
	return v
}

// find returns what the parts of a cell mean: the cell as a whole if it is
// known, then the first known part, then the first phrase in it.
func (v *vocabulary) find(cell string, parts []string) answer {
	folded := fold(cell)
	a, ok := v.whole[folded]
	if !ok && folded == "" {
		return v.empty()
	}
	for i := 0; !ok && len(parts) > 1 && i < len(parts); i++ {
		if part := fold(parts[i]); part != "" {
			a, ok = v.whole[part]
		}
	}
	if ok {
		a.raw, a.known = strings.Clone(cell), true
		return a
	}
	for _, p := range v.phrases {
		if hasPhrase(folded, p.text) {
			a = p.answer
			a.raw, a.known = p.label, true
			if v.keepRaw {
				a.raw = strings.Clone(cell)
			}
			return a
		}
	}
	a = answer{value: v.fallback}
	if v.keepRaw {
		a.raw = strings.Clone(cell)
	}
	return a
}

// empty is the answer for an empty cell that the mapping does not mention: a
// missing category is not another category.
func (v *vocabulary) empty() answer {
	switch v.field {
	case ingest.ColRecordType, ingest.ColUserType, ingest.ColInteractive:
		return answer{}
	case ingest.ColBreakGlass:
		return answer{value: "false"}
	}
	return answer{value: v.fallback}
}

// fold makes spellings of one value equal: lower case, an underscore is a
// space, and spaces are single.
func fold(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == '_' || unicode.IsSpace(r) }), " ")
}

// hasPhrase reports whether text has phrase as whole words.
func hasPhrase(text, phrase string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], phrase)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(phrase)
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if !isWord(before) && !isWord(after) {
			return true
		}
		from = start + 1
	}
}

func isWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// lookup remembers the answers of a vocabulary for one file.
type lookup struct {
	*vocabulary
	recent  [64]recentAnswer
	answers map[string]*answer
}

// recentAnswer is the last answer for one of the cells that share a place in
// lookup.recent. Most columns have so few values that each has its own.
type recentAnswer struct {
	cell string
	*answer
}

// maxAnswers bounds the memory for the answers of a column of free text.
const maxAnswers = 4 << 10

func newLookup(v *vocabulary) *lookup { return &lookup{vocabulary: v, answers: map[string]*answer{}} }

// of returns the answer for a cell. It must not be changed.
func (l *lookup) of(cell string) *answer {
	place := 0
	if n := len(cell); n > 0 {
		place = (n + 3*int(cell[0]) + 7*int(cell[n-1]) + 11*int(cell[n/2])) % len(l.recent)
	}
	r := &l.recent[place]
	if r.answer != nil && cell == r.cell {
		return r.answer
	}
	a, ok := l.answers[cell]
	if !ok {
		a = l.add(cell, nil)
	}
	*r = recentAnswer{cell: cell, answer: a}
	return a
}

// ofParts returns the answer for a cell that was joined from several.
func (l *lookup) ofParts(joined []byte, parts []string) *answer {
	if a, ok := l.answers[string(joined)]; ok {
		return a
	}
	return l.add(string(joined), parts)
}

func (l *lookup) add(cell string, parts []string) *answer {
	a := l.find(cell, parts)
	if len(l.answers) < maxAnswers {
		l.answers[strings.Clone(cell)] = &a
	}
	return &a
}
