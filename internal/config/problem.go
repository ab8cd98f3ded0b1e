package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// position is a place in the file. Its zero value is the file as a whole.
type position struct{ line, column int }

// Problem is one mistake in the configuration.
type Problem struct {
	// Where is a file with line and column, the name of a variable, or "command line".
	Where string
	// Line and Column count from 1. They are 0 outside of files.
	Line   int
	Column int
	// Key is the dotted name of the setting, such as "store.wait".
	Key string
	// Message says what is wrong.
	Message string
}

// String returns the problem as one line.
func (p Problem) String() string { return p.Where + ": " + p.Message }

// InvalidError holds everything that is wrong with a configuration.
type InvalidError struct{ Problems []Problem }

// Error returns a line for each problem.
func (e *InvalidError) Error() string {
	if len(e.Problems) == 1 {
		return e.Problems[0].String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "the configuration has %d mistakes:", len(e.Problems))
	for _, p := range e.Problems {
		b.WriteString("\n  " + p.String())
	}
	return b.String()
}

type problems []Problem

// err returns nil if there are no problems.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	list := slices.Clone(p)
	slices.SortStableFunc(list, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return fault.Wrap(fault.Invalid, "", "`chartwatch config init -o -` prints a configuration with every setting explained", &InvalidError{Problems: list})
}

// inFile adds a problem at a place in the file.
func (l *loader) inFile(at position, key, format string, args ...any) {
	where := l.file
	if at.line > 0 {
		where = fmt.Sprintf("%s:%d:%d", l.file, at.line, at.column)
	}
	l.problems = append(l.problems, Problem{Where: where, Line: at.line, Column: at.column, Key: key, Message: fmt.Sprintf(format, args...)})
}

// outside adds a problem with a variable or a flag.
func (l *loader) outside(where, key, format string, args ...any) {
	l.problems = append(l.problems, Problem{Where: where, Key: key, Message: fmt.Sprintf(format, args...)})
}

// about adds a problem with the value of a setting, wherever it came from. It
// says nothing about a value that could not even be read.
func (l *loader) about(key, format string, args ...any) {
	for _, p := range l.problems {
		if p.Key == key || strings.HasPrefix(key, p.Key+".") {
			return
		}
	}
	origin, near := l.origin[root(key)], l.nearest(key)
	// What is missing has no place of its own; it would stand beside the rest of its group.
	if origin == originFile || (origin == originDefault && near != position{}) {
		l.inFile(near, key, key+": "+format, args...)
		return
	}
	l.outside(origin, key, key+": "+format, args...)
}

// root returns the setting that holds a key inside of a list.
func root(key string) string {
	name, _, _ := strings.Cut(key, "[")
	return name
}

// nearest returns the position of a key, or of what contains it.
func (l *loader) nearest(key string) position {
	for key != "" {
		if at, ok := l.positions[key]; ok {
			return at
		}
		key = key[:max(strings.LastIndexAny(key, ".["), 0)]
	}
	return position{}
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
