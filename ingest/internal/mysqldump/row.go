package mysqldump

import (
	"strconv"

	"github.com/chartwatch/chartwatch/ingest"
)

// Row is one row of an INSERT.
type Row struct {
	// Line is the 1-based line on which the row starts.
	Line int64
	// Raw is the row as it stands in the dump, for rejects; of a row with a
	// problem the first [ingest.MaxRaw] bytes. It is valid until the next row
	// is read.
	Raw []byte
	// Problem is why the row cannot be used, or empty: too_long, truncated,
	// bad_syntax, or field_count where the columns are known. What comes before
	// the trouble can be read all the same, but bad syntax may have swallowed
	// rows behind it, which are in Raw too.
	Problem ingest.Reason

	values []value
	kept   []byte
}

// Len returns the number of values that were read.
func (r *Row) Len() int { return len(r.values) }

// Text returns the value at position i with its escapes undone, and nothing for
// NULL and for a position that the row does not have, such as -1. It is valid
// until the next row is read. It need not be valid UTF-8.
func (r *Row) Text(i int) []byte {
	if i < 0 || i >= len(r.values) || r.values[i].end > len(r.Raw) {
		return nil
	}
	return r.values[i].text(r.Raw)
}

// Null reports whether the value at position i is NULL, or is not there.
func (r *Row) Null(i int) bool {
	return i < 0 || i >= len(r.values) || r.values[i].form == formNull
}

// Int returns the value at position i if it is a whole number.
func (r *Row) Int(i int) (int64, bool) {
	if r.Null(i) || r.values[i].end > len(r.Raw) {
		return 0, false
	}
	n, err := strconv.ParseInt(string(r.Raw[r.values[i].start:r.values[i].end]), 10, 64)
	return n, err == nil
}

// room returns an empty slice for the beginning of a row that is given up.
func (r *Row) room() []byte {
	if r.kept == nil {
		r.kept = make([]byte, 0, ingest.MaxRaw)
	}
	return r.kept[:0]
}

// finish compares the row with the number of columns, if that is known.
func (r *Row) finish(width int) {
	if r.Problem == "" && width > 0 && len(r.values) != width {
		r.Problem = ingest.ReasonFieldCount
	}
}

func (r *Row) isTruncated() bool { return r.Problem == ingest.ReasonTruncated }
