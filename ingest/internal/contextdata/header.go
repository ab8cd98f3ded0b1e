// Package contextdata reads the tables that small practices keep beside their
// logs: the roster, the patients, the appointments. It finds the separator and
// the columns, walks the records and learns from the whole table in which order
// its dates are written. What addresses, weekdays and durations look like in a
// row is settled here too, so that all parsers of such data agree.
//
// It knows no format of its own: which columns make a table a roster is for the
// parser to say. It refuses to guess: a table that names a column twice is not
// read, and a date that cannot be read is never left out in silence.
package contextdata

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/chartwatch/chartwatch/ingest"
)

// Header says which columns a table has.
type Header struct {
	comma  byte
	width  int            // number of columns, without empty ones at the end
	cells  []string       // folded names, in order
	column map[string]int // folded name to its first position
	twice  map[string]bool
}

// Match decides whether a header is that of a format. Its error says what is
// missing and names columns of the format only.
type Match func(Header) error

// Fold returns the form in which column names are compared: lower case, without
// spaces and underscores.
func Fold(name string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '_', '\u00a0', '\ufeff':
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// Column returns the position of a column, or -1 if the table has none.
func (h Header) Column(name string) int {
	if i, ok := h.column[Fold(name)]; ok {
		return i
	}
	return -1
}

// Has reports whether the table has every one of the columns.
func (h Header) Has(names ...string) bool {
	for _, name := range names {
		if h.Column(name) < 0 {
			return false
		}
	}
	return true
}

// HasAny reports whether the table has one of the columns.
func (h Header) HasAny(names ...string) bool {
	for _, name := range names {
		if h.Column(name) >= 0 {
			return true
		}
	}
	return false
}

// Once returns an error if the table names one of the columns more than once,
// because then nobody can say which of them is meant.
func (h Header) Once(names ...string) error {
	for _, name := range names {
		if h.twice[Fold(name)] {
			return fmt.Errorf("the header has column %q more than once", name)
		}
	}
	return nil
}

// NotLog returns an error if the table has a column that only a log of accesses
// has. Logs name users and patients too, and must not be taken for a list of
// them.
func (h Header) NotLog() error {
	for _, name := range []string{
		"action", "activity", "event", "event_type", "event_time", "event_date", "event_name",
		"timestamp", "date_time", "access_time", "access_date", "accessed_at", "occurred_at", "log_date", "log_time",
		"outcome", "workstation", "ip_address",
	} {
		if h.Has(name) {
			return fmt.Errorf("the header has column %q, as a log has", name)
		}
	}
	return nil
}

// ReadHeader finds the header in the first bytes of a file: its first line that
// is not empty, with the separator (comma, semicolon, TAB or pipe) that makes match
// accept it. If none does, the error is that of the separator that gives the
// most columns.
func ReadHeader(head []byte, match Match) (Header, error) {
	var (
		best   Header
		reason error
	)
	for _, comma := range []byte{',', ';', '\t', '|'} {
		h, err := parseHeader(head, comma)
		if err == nil {
			if err = match(h); err == nil {
				return h, nil
			}
		}
		if reason == nil || h.width > best.width {
			best, reason = h, err
		}
	}
	return Header{}, reason
}

func parseHeader(head []byte, comma byte) (Header, error) {
	t := ingest.NewTableReader(bytes.NewReader(head), comma)
	for {
		row, err := t.Next()
		if err != nil {
			return Header{}, errors.New("the file has no header")
		}
		if row.Problem != "" {
			return Header{}, errors.New("the first line is not the header of a table")
		}
		if blank(row.Fields) {
			continue
		}
		return newHeader(row.Fields, comma), nil
	}
}

func newHeader(fields []string, comma byte) Header {
	h := Header{comma: comma, column: map[string]int{}, twice: map[string]bool{}}
	for i, field := range fields {
		name := Fold(field)
		h.cells = append(h.cells, name)
		if name == "" {
			continue
		}
		h.width = i + 1
		if _, ok := h.column[name]; ok {
			h.twice[name] = true
			continue
		}
		h.column[name] = i
	}
	h.cells = h.cells[:h.width]
	return h
}

// repeats reports whether a record is the header once more.
func (h Header) repeats(fields []string) bool {
	if len(fields) < h.width {
		return false
	}
	for i, cell := range h.cells {
		if Fold(fields[i]) != cell {
			return false
		}
	}
	return true
}

// blank reports whether a record has no content; spreadsheets write lines of
// separators below their data.
func blank(fields []string) bool {
	for _, f := range fields {
		if strings.TrimSpace(f) != "" && f != "\ufeff" {
			return false
		}
	}
	return true
}
