package scrub

import (
	_ "embed"
	"strings"
	"unicode"
)

//go:embed words.txt
var wordList string

// vocabulary is the set of words that may stay.
type vocabulary map[string]bool

func newVocabulary(more []string) vocabulary {
	v := vocabulary{}
	for w := range strings.Lines(wordList) {
		v[strings.TrimSpace(w)] = true
	}
	for _, text := range more {
		for _, w := range wordsOf(text) {
			v[w] = true
			for _, part := range camel(w) {
				v[fold(part)] = true
			}
		}
	}
	return v
}

// has reports whether a word, or each of the words written together in it as in
// "userName", is in the list.
func (v vocabulary) has(word string) bool {
	if v[fold(word)] {
		return true
	}
	parts := camel(word)
	if len(parts) < 2 {
		return false
	}
	for _, p := range parts {
		if !v[fold(p)] {
			return false
		}
	}
	return true
}

// camel cuts a word before each capital that begins a part.
func camel(word string) []string {
	var parts []string
	r := []rune(word)
	from := 0
	for i := 1; i < len(r); i++ {
		begins := unicode.IsUpper(r[i]) && (!unicode.IsUpper(r[i-1]) || i+1 < len(r) && unicode.IsLower(r[i+1]))
		if begins {
			parts = append(parts, string(r[from:i]))
			from = i
		}
	}
	return append(parts, string(r[from:]))
}

// fold makes the spellings of a word equal.
func fold(s string) string { return strings.ToLower(s) }

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) }

// wordsOf returns the folded words of a text, also of a name such as
// "patient_id".
func wordsOf(s string) []string {
	list := strings.FieldsFunc(s, func(r rune) bool { return !isWord(r) })
	for i := range list {
		list[i] = fold(list[i])
	}
	return list
}

// nameWords returns the words of a column's or element's name.
func nameWords(name string) []string {
	var list []string
	for _, w := range strings.FieldsFunc(name, func(r rune) bool { return !isWord(r) }) {
		for _, p := range camel(w) {
			list = append(list, fold(p))
		}
	}
	return list
}

// numeric reports whether a word has digits only.
func numeric(s string) bool {
	for _, r := range s {
		if !unicode.IsDigit(r) {
			return false
		}
	}
	return s != ""
}

func hasDigit(s string) bool { return strings.IndexFunc(s, unicode.IsNumber) >= 0 }
