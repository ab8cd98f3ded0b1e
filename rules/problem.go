package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Place is a place in a rule file; both numbers count from 1. The zero value is
// the file as a whole.
type Place struct{ Line, Column int }

// Places are the places of a rule's values by dotted key, such as "risk",
// "params.window_s.default" or "tests[0].expect[1].rows".
type Places map[string]Place

// Of returns the place of a key, or of the nearest key that holds it.
func (p Places) Of(key string) Place {
	for key != "" {
		if at, ok := p[key]; ok {
			return at
		}
		key = key[:max(strings.LastIndexAny(key, ".["), 0)]
	}
	return p[""]
}

// Problem is one mistake in a rule file.
type Problem struct {
	File string `json:"file"`
	// Line and Column count from 1. They are 0 if the file as a whole is meant.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Rule is the rule's id as far as it could be read.
	Rule    string `json:"rule,omitempty"`
	Message string `json:"message"`
}

// String returns the problem as one line.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	if p.Rule != "" {
		b.WriteString(": rule " + p.Rule)
	}
	return b.String() + ": " + p.Message
}

// InvalidError holds everything that is wrong with a set of rules.
type InvalidError struct{ Problems []Problem }

// Error returns a line for each problem.
func (e *InvalidError) Error() string {
	if len(e.Problems) == 1 {
		return e.Problems[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "the rules have %d mistakes:", len(e.Problems))
	for _, p := range e.Problems {
		b.WriteString("\n  " + p.String())
	}
	return b.String()
}

// asError joins problems, in the order of files and lines; none are nil.
func asError(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	list := slices.Clone(problems)
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &InvalidError{Problems: slices.Compact(list)}
}

// report collects the problems of one rule.
type report struct {
	rule     *Rule
	problems []Problem
}

// at adds a problem with the value of a key.
func (r *report) at(key, format string, args ...any) {
	r.place(r.rule.Places.Of(key), format, args...)
}

func (r *report) place(at Place, format string, args ...any) {
	r.problems = append(r.problems, Problem{
		File: r.rule.File, Line: at.Line, Column: at.Column, Rule: r.rule.ID, Message: fmt.Sprintf(format, args...),
	})
}

// closest returns the word that text was probably meant to be, or "".
func closest(text string, words []string) string {
	best, least := "", max(2, len(text)/4)+1
	for _, w := range words {
		if d := distance(strings.ToLower(text), strings.ToLower(w)); d < least && d < len(w) {
			best, least = w, d
		}
	}
	return best
}

// distance counts the letters to insert, delete or change to get from a to b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
