package propose

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/delimited"
)

// table is what was found out about the shape of a file.
type table struct {
	comma    byte
	width    int
	header   []string // nil if there is none
	headerAt int64    // its line, or 0
	above    int64    // lines above the first record, for a table without a header
	rows     [][]string
	footers  []string // how lines below the data begin
	single   bool     // lines of one cell stand below the data
	groups   int      // lines of one cell among the records
	complete bool
	words    *words
}

// record is one line with its cells, cleaned.
type record struct {
	line   int64
	cells  []string
	filled int
}

// Bounds of what is looked at.
const (
	maxRows      = 20_000
	maxWidth     = 250
	headerWithin = 30 // what package delimited searches for the header
)

func readTable(text []byte, complete bool) (*table, error) {
	if !complete {
		if i := bytes.LastIndexByte(text, '\n'); i > 0 {
			text = text[:i]
		}
	}
	if begin := bytes.TrimLeft(text, " \t\r\n"); len(begin) > 0 && bytes.IndexByte([]byte("{[<"), begin[0]) >= 0 {
		return nil, ErrNoTable // JSON or XML
	}
	t := &table{complete: complete, words: newWords()}
	best := 0.0
	for _, comma := range []byte{',', ';', '\t', '|'} {
		width, score := shapeOf(readRecords(text[:min(len(text), ingest.HeadSize)], comma))
		if score > best {
			best, t.comma, t.width = score, comma, width
		}
	}
	const least = 0.25 // of the lines have the shape of the table
	if t.width < 2 || t.width > maxWidth || best < least {
		return nil, ErrNoTable
	}
	records := readRecords(text, t.comma)
	first := t.findHeader(records)
	if first < 0 {
		return nil, ErrNoTable
	}
	t.takeRows(records[first:])
	if len(t.rows) == 0 {
		return nil, ErrNoTable
	}
	return t, nil
}

func readRecords(text []byte, comma byte) []record {
	var all []record
	reader := ingest.NewTableReader(bytes.NewReader(text), comma)
	for len(all) < maxRows {
		row, err := reader.Next()
		if err != nil {
			break
		}
		if row.Fields == nil || row.Problem != "" {
			continue
		}
		r := record{line: row.Line, cells: make([]string, len(row.Fields))}
		for i, f := range row.Fields {
			r.cells[i] = delimited.Clean(f)
			if r.cells[i] != "" {
				r.filled++
			}
		}
		if r.filled > 0 {
			all = append(all, r)
		}
	}
	return all
}

// shapeOf returns the most frequent number of cells, and how much speaks for it.
func shapeOf(records []record) (width int, score float64) {
	counts := map[int]int{}
	for _, r := range records {
		if len(r.cells) > 1 {
			counts[len(r.cells)]++
		}
	}
	for _, w := range slices.Sorted(maps.Keys(counts)) {
		share := float64(counts[w]) / float64(len(records))
		if s := share * (1 - 1/float64(w)); s > score {
			width, score = w, s
		}
	}
	return width, score
}

// findHeader finds the header and returns the index of the first record, or -1.
// The header is the line at the beginning with the most words of headers; where
// no line has enough of them, the last line above the first one with a value.
func (t *table) findHeader(records []record) int {
	first := slices.IndexFunc(records, func(r record) bool { return t.full(r) && hasValue(r) })
	header, best, above := -1, 0, -1
	for i, r := range records {
		if r.line > headerWithin {
			break
		}
		if !t.full(r) || hasValue(r) || !distinct(r.cells) {
			continue
		}
		if first < 0 && above < 0 || i < first {
			above = i
		}
		known := 0
		for _, c := range r.cells {
			if t.words.read(c).kind != kindNone {
				known++
			}
		}
		if known > best {
			header, best = i, known
		}
	}
	if best < 2 || best*10 < t.width*3 {
		header = above
	}
	switch {
	case header >= 0:
		t.header, t.headerAt = records[header].cells, records[header].line
		return header + 1
	case first >= 0:
		t.above = records[first].line - 1
		return first
	}
	return -1
}

// full reports whether a line has the width of the table and most of its cells.
func (t *table) full(r record) bool { return len(r.cells) == t.width && r.filled*10 >= t.width*6 }

// hasValue reports whether a line has a cell that no header has: a time, a
// number, an address.
func hasValue(r record) bool {
	return slices.ContainsFunc(r.cells, func(c string) bool {
		return c != "" && (isNumber(c) || isIP(c) || looksTimed(c) || isEmail(c))
	})
}

func distinct(cells []string) bool {
	seen := map[string]bool{}
	twice := 0
	for _, c := range cells {
		if c != "" && seen[strings.ToLower(c)] {
			twice++
		}
		seen[strings.ToLower(c)] = true
	}
	return twice*4 <= len(cells)
}

// takeRows keeps the records and looks at what stands below them.
func (t *table) takeRows(records []record) {
	end := len(records)
	for end > 0 && t.isFooter(records[end-1]) {
		end--
	}
	for _, r := range records[:end] {
		switch {
		case len(r.cells) == t.width && !slices.Equal(r.cells, t.header) && (r.filled > 1 || t.width == 1):
			t.rows = append(t.rows, r.cells)
		case r.filled == 1:
			t.groups++
		}
	}
	for _, r := range records[end:] {
		cell := r.cells[slices.IndexFunc(r.cells, func(c string) bool { return c != "" })]
		if begin := footerWords(cell); begin != "" {
			if !slices.Contains(t.footers, begin) {
				t.footers = append(t.footers, begin)
			}
		} else if r.filled == 1 {
			t.single = true
		}
	}
}

// isFooter reports whether a line at the end is no record.
func (t *table) isFooter(r record) bool {
	if r.filled == 1 {
		return t.complete
	}
	if len(r.cells) == t.width && r.filled*2 > t.width {
		return false
	}
	i := slices.IndexFunc(r.cells, func(c string) bool { return c != "" })
	return i >= 0 && footerWords(r.cells[i]) != ""
}

// footerWords returns the words with which a footer begins, as they are written,
// without the name or number that follows.
func footerWords(cell string) string {
	lower := strings.ToLower(cell)
	for _, words := range []string{
		"grand total", "total", "records", "record count", "row count", "rows", "count", "number of", "printed", "generated", "end of", "report",
		"page", "confidential", "summary", "exported", "produced", "run by", "run date", "gesamt", "summe", "seite", "anzahl", "fin ",
		"run on", "created by", "created on", "***", "---", "copyright", "©", "this report", "events", "entries", "audit", "filter", "criteria", "note:",
	} {
		if strings.HasPrefix(lower, words) && len(lower) == len(cell) {
			return strings.TrimSpace(cell[:len(words)])
		}
	}
	return ""
}

// column returns the cells of one column.
func (t *table) column(i int) []string {
	cells := make([]string, len(t.rows))
	for n, row := range t.rows {
		cells[n] = row[i]
	}
	return cells
}

func isNumber(s string) bool {
	digits := 0
	for i, r := range s {
		switch {
		case unicode.IsDigit(r):
			digits++
		case r == '.' || r == ',' || (r == '-' || r == '+') && i == 0:
		default:
			return false
		}
	}
	return digits > 0
}
