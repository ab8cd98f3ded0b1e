package delimited

import (
	"fmt"
	"time"
)

// Format is one way to write times, as the key "format" of a mapping names it.
type Format struct{ layout *layout }

// ParseFormat reads the name of a format.
func ParseFormat(text string) (Format, error) {
	l, err := compileLayout(text)
	if err != nil {
		return Format{}, fmt.Errorf("format %q: %w", text, err)
	}
	return Format{layout: l}, nil
}

// Read reads a cell. The time is that of the clock on the wall, as if it were in
// UTC. It reports false if the cell is written otherwise or the calendar does
// not have the date.
func (f Format) Read(cell string) (time.Time, bool) {
	c, ok := f.layout.parse(cell)
	if !ok {
		return time.Time{}, false
	}
	if c.isEpoch {
		return time.Unix(c.epoch, int64(c.nanos)).UTC(), true
	}
	return time.Unix(c.unix(), int64(c.nanos)).UTC(), true
}

// Words is the vocabulary that a mapping has for a field without saying so: the
// field's closed set and the words that mean the same in every product.
type Words struct{ vocabulary *vocabulary }

// CommonWords returns the vocabulary of a field with a closed set, such as
// "action".
func CommonWords(field string) Words { return Words{vocabulary: newVocabulary(field, true)} }

// Meaning returns what a cell means, and whether the vocabulary has it.
func (w Words) Meaning(cell string) (value string, known bool) {
	a, ok := w.vocabulary.whole[fold(cell)]
	return a.value, ok
}

// Clean takes off a cell what a mapping does not read: spaces, and the formula
// that keeps leading zeros.
func Clean(cell string) string { return clean(cell) }
