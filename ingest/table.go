package ingest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// Row is one record of a delimited file.
type Row struct {
	// Line is the 1-based line on which the record starts.
	Line int64
	// Fields are the record's fields; nil for an empty line. The slice is valid
	// until the next call, the strings for as long as they are kept.
	Fields []string
	// Raw is the record as it stands in the file, valid until the next call.
	Raw []byte
	// Problem is why the record cannot be used, or empty. Fields may be set all
	// the same.
	Problem Reason
}

// TableReader reads delimited text (RFC 4180, with any one-byte separator) of
// which some records may be broken. encoding/csv gives up at a quote that
// never ends and loses the rest of the file; this reader rejects the line with
// the stray quote and resumes at the next line that has the right number of
// fields.
type TableReader struct {
	lines  *LineReader
	w      *Writer // nil if nobody is to be told
	comma  byte
	fields int
	row    []string
	ascii  bool // the record is known to be ASCII
	record []byte
	// pending[head:] are lines that were looked at in search of a closing quote
	// and are still to be read.
	pending []pendingLine
	head    int
	// credit is how many bytes may be looked at in search of a closing quote.
	// It grows with what is read, so that a file full of stray quotes is read
	// in time proportional to its size.
	credit int
}

type pendingLine struct {
	number int64
	text   []byte
	long   bool
	last   bool // the input ends here, without a line ending
}

// Bounds of the search for a closing quote.
const (
	creditFactor   = 4      // bytes of search that a byte read pays for
	leastSearch    = 512    // bytes of search that are always allowed
	maxRecordLines = 10_000 // lines of one record
)

// NewTableReader returns a reader of r with the given separator.
func NewTableReader(r io.Reader, comma byte) *TableReader {
	return &TableReader{lines: NewLineReader(r, 0), comma: comma, credit: 2 * MaxLine}
}

// SetFields says how many fields a record has, usually after the header was
// read; 0 accepts any number. A record with more fields is accepted if the
// additional ones are empty, as spreadsheets write them.
func (t *TableReader) SetFields(n int) { t.fields = n }

// Tell has w take the record that ends the input without a line ending for cut
// off, if it is rejected (see [Writer.Reject]). Its reject must have the line of
// the row.
func (t *TableReader) Tell(w *Writer) { t.w = w }

// Next returns the next record. At the end of the input the error is io.EOF;
// any other error comes from the input.
func (t *TableReader) Next() (Row, error) {
	line, err := t.nextLine()
	if err != nil {
		return Row{}, err
	}
	row := Row{Line: line.number, Raw: line.text}
	t.ended(row.Line, line)
	switch {
	case line.long:
		row.Problem = ReasonTooLong
		return row, nil
	case len(line.text) == 0:
		return row, nil
	}
	state := t.split(line.text)
	if state == quoteOpen {
		return t.several(line)
	}
	t.finish(&row, state)
	return row, nil
}

// ended tells the writer if a line is the end of a cut file, and belongs to the
// record that begins at the given one.
func (t *TableReader) ended(first int64, line pendingLine) {
	if t.w != nil && line.last {
		t.w.unended = first
	}
}

// finish judges a record whose fields are in t.row.
func (t *TableReader) finish(row *Row, state splitState) {
	if state != splitDone {
		row.Problem = ReasonBadQuote
		return
	}
	if t.fields > 0 {
		for len(t.row) > t.fields && t.row[len(t.row)-1] == "" {
			t.row = t.row[:len(t.row)-1]
		}
		if len(t.row) != t.fields {
			row.Problem = ReasonFieldCount
		}
	}
	if row.Problem == "" && !t.ascii && !utf8.Valid(row.Raw) {
		row.Problem = ReasonBadEncoding
	}
	row.Fields = t.row
}

// several reads a record whose quoted field goes on over the end of the line.
// If no sensible end is found, only the first line is given up.
func (t *TableReader) several(first pendingLine) (Row, error) {
	t.record = append(t.record[:0], first.text...)
	room := min(max(t.credit, leastSearch), MaxLine)
	broken := Row{Line: first.number, Problem: ReasonBadQuote}
	taken, state, atEnd := 0, quoteOpen, false
	for state == quoteOpen {
		line, err := t.ahead(taken)
		if err != nil && !errors.Is(err, io.EOF) {
			return Row{}, err
		}
		if err != nil || line.long || len(t.record)+len(line.text) > room || taken == maxRecordLines {
			state, atEnd = quoteStray, err != nil
			break
		}
		taken++
		t.record = append(append(t.record, '\n'), line.text...)
		state = t.resume(line.text)
	}
	t.credit = max(t.credit-len(t.record), 0)
	if state == splitDone && t.split(t.record) == splitDone {
		row := Row{Line: first.number, Raw: t.record}
		t.finish(&row, splitDone)
		if row.Problem != ReasonFieldCount {
			t.ended(row.Line, t.pending[t.head+taken-1])
			t.head += taken
			t.pay(len(t.record))
			return row, nil
		}
	}
	broken.Raw = t.record[:len(first.text)]
	if atEnd && taken > 0 && t.cutInQuote(t.pending[t.head:t.head+taken]) {
		t.ended(first.number, t.pending[t.head+taken-1])
		t.head += taken
		t.pay(len(t.record))
		broken.Raw = t.record
	}
	return broken, nil
}

// cutInQuote reports whether the lines up to the end of the input, which may be
// in a quoted field that was opened before them, are the rest of one record that is
// cut off: the last has no line ending, and none reads as a record by itself.
func (t *TableReader) cutInQuote(lines []pendingLine) bool {
	return lines[len(lines)-1].last && !slices.ContainsFunc(lines, func(line pendingLine) bool {
		return t.split(line.text) == splitDone && (t.fields == 0 || len(t.row) == t.fields)
	})
}

// resume reads on in a line at the start of which a quoted field is open.
func (t *TableReader) resume(line []byte) splitState {
	for {
		i := bytes.IndexByte(line, '"')
		if i < 0 {
			return quoteOpen
		}
		line = line[i+1:]
		switch {
		case len(line) == 0:
			return splitDone
		case line[0] == '"':
			line = line[1:]
			continue
		case line[0] != t.comma:
			return quoteStray
		}
		var open bool
		if line, open = t.nextQuote(line); !open {
			return splitDone
		}
	}
}

// nextQuote skips the fields that follow a comma at the start of line. It
// returns what stands behind the quote that opens the next quoted field, if
// there is one.
func (t *TableReader) nextQuote(line []byte) ([]byte, bool) {
	for {
		line = line[1:]
		if len(line) > 0 && line[0] == '"' {
			return line[1:], true
		}
		i := bytes.IndexByte(line, t.comma)
		if i < 0 {
			return nil, false
		}
		line = line[i:]
	}
}

// nextLine returns the next line to be read.
func (t *TableReader) nextLine() (pendingLine, error) {
	var line pendingLine
	if t.head < len(t.pending) {
		line = t.pending[t.head]
		t.pending[t.head] = pendingLine{}
		t.head++
	} else {
		t.pending, t.head = t.pending[:0], 0
		next, err := t.lines.Next()
		if err != nil {
			return pendingLine{}, err
		}
		line = pendingLine{number: next.Number, text: next.Text, long: next.TooLong, last: next.Unended}
	}
	t.pay(len(line.text))
	return line, nil
}

// pay adds the credit for so many bytes read.
func (t *TableReader) pay(n int) { t.credit = min(t.credit+creditFactor*(n+1), 2*MaxLine) }

// ahead returns a line behind the next one without taking it.
func (t *TableReader) ahead(i int) (pendingLine, error) {
	if t.head+i == len(t.pending) {
		if t.head > maxRecordLines { // do not keep what was taken
			t.pending = slices.Delete(t.pending, 0, t.head)
			t.head = 0
		}
		line, err := t.lines.Next()
		if err != nil {
			return pendingLine{}, err
		}
		t.pending = append(t.pending, pendingLine{number: line.Number, text: bytes.Clone(line.Text), long: line.TooLong, last: line.Unended})
	}
	return t.pending[t.head+i], nil
}

type splitState int

const (
	splitDone  splitState = iota
	quoteOpen             // the record ends inside a quoted field
	quoteStray            // text follows a closing quote
)

// split cuts a record into t.row. All fields share one string.
func (t *TableReader) split(record []byte) splitState {
	if bytes.IndexByte(record, '"') < 0 {
		t.row, t.ascii = splitPlain(t.row[:0], record, t.comma)
		return splitDone
	}
	t.row, t.ascii = t.row[:0], false
	s := string(record)
	for {
		if s != "" && s[0] == '"' {
			field, rest, state := quoted(s)
			if state != splitDone {
				return state
			}
			t.row = append(t.row, field)
			switch {
			case rest == "":
				return splitDone
			case rest[0] != t.comma:
				return quoteStray
			}
			s = rest[1:]
			continue
		}
		i := strings.IndexByte(s, t.comma)
		if i < 0 {
			t.row = append(t.row, s)
			return splitDone
		}
		t.row = append(t.row, s[:i])
		s = s[i+1:]
	}
}

// splitPlain appends the fields of a record without quotes to row, and reports
// whether the record is ASCII. It looks at eight bytes at a time, because most
// fields are shorter than what makes a call for each of them worthwhile.
func splitPlain(row []string, record []byte, comma byte) (fields []string, ascii bool) {
	const (
		each = 0x0101010101010101
		low  = 0x7f7f7f7f7f7f7f7f
	)
	s := string(record)
	commas, seen := each*uint64(comma), uint64(0)
	start, i := 0, 0
	for ; i+8 <= len(record); i += 8 {
		// A byte that is the separator becomes zero, and then the only one to
		// have its highest bit set.
		bytes8 := binary.LittleEndian.Uint64(record[i:])
		seen |= bytes8
		x := bytes8 ^ commas
		for found := ^(((x & low) + low) | x | low); found != 0; found &= found - 1 {
			end := i + bits.TrailingZeros64(found)/8
			row = append(row, s[start:end])
			start = end + 1
		}
	}
	for ; i < len(record); i++ {
		seen |= uint64(record[i])
		if record[i] == comma {
			row = append(row, s[start:i])
			start = i + 1
		}
	}
	return append(row, s[start:]), seen&^low == 0
}

// quoted reads a quoted field at the start of s.
func quoted(s string) (field, rest string, state splitState) {
	s = s[1:]
	i := strings.IndexByte(s, '"')
	if i < 0 {
		return "", "", quoteOpen
	}
	if i+1 >= len(s) || s[i+1] != '"' {
		return s[:i], s[i+1:], splitDone
	}
	var b strings.Builder
	for {
		b.WriteString(s[:i])
		if i+1 >= len(s) || s[i+1] != '"' {
			return b.String(), s[i+1:], splitDone
		}
		b.WriteByte('"')
		s = s[i+2:]
		if i = strings.IndexByte(s, '"'); i < 0 {
			return "", "", quoteOpen
		}
	}
}
