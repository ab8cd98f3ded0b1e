package delimited

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/chartwatch/chartwatch/ingest"
)

// headerWithin is how many lines are searched for the header.
const headerWithin = 30

// located is a mapping together with the places of its columns in a file.
type located struct {
	mapping *mapping
	comma   byte
	start   int64 // line of the header; 0 if there is none
	fields  int   // fields of a record; 0 for any number
	places  [][]int
	matched int
	orders  map[string]dateOrder
}

// candidates are the separators to try.
func (m *mapping) candidates() []byte {
	if m.comma != 0 {
		return []byte{m.comma}
	}
	return []byte{',', ';', '\t', '|'}
}

// locate finds the mapping whose columns the file has.
func (p *parser) locate(head []byte) (*located, error) {
	found, err := p.find(head)
	if err != nil {
		return nil, err
	}
	if err := found.findOrders(head); err != nil {
		return nil, err
	}
	return found, nil
}

func (p *parser) find(head []byte) (*located, error) {
	beginnings := map[byte][]line{}
	var found []*located
	var closest miss
	for _, m := range p.mappings {
		var best *located
		for _, comma := range m.candidates() {
			if _, ok := beginnings[comma]; !ok {
				beginnings[comma] = firstLines(head, comma)
			}
			l, missing := m.locate(beginnings[comma], comma)
			switch {
			case missing.err != nil:
				return nil, missing.err
			case l != nil && (best == nil || l.fields > best.fields):
				best = l
			case l == nil:
				closest.closer(missing)
			}
		}
		if best != nil {
			found = append(found, best)
		}
	}
	if len(found) == 0 {
		return nil, p.refusal(closest)
	}
	if !p.given {
		if err := refuseOthers(beginnings, found[0]); err != nil {
			return nil, err
		}
	}
	return p.mostSpecific(found)
}

// refuseOthers turns down the tables of formats that have a parser of their
// own. A mapping that a user gives is not asked.
func refuseOthers(beginnings map[byte][]line, l *located) error {
	for _, first := range beginnings[l.comma] {
		if first.number != l.start {
			continue
		}
		has := func(names ...string) bool {
			return !slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(first.folded, n) })
		}
		switch {
		case has("occurredat", "action"):
			return errors.New("the header is that of chartwatch's own interchange files")
		case has("event") && (has("checksum") || has("groupname") || has("logfrom") || has("crtuser")):
			return errors.New("the header is that of an OpenEMR log")
		}
	}
	return nil
}

// mostSpecific picks the profile that knows most of the header.
func (p *parser) mostSpecific(found []*located) (*located, error) {
	slices.SortStableFunc(found, func(a, b *located) int { return b.matched - a.matched })
	if len(found) > 1 && found[0].matched == found[1].matched {
		var names []string
		for _, l := range found {
			if l.matched == found[0].matched {
				names = append(names, l.mapping.name)
			}
		}
		return nil, fmt.Errorf("several profiles match the header: %s; give a mapping", strings.Join(names, ", "))
	}
	return found[0], nil
}

// miss says how far a mapping was from matching.
type miss struct {
	mapping *mapping
	columns []string // missing ones
	matched int
	err     error
}

func (m *miss) closer(other miss) {
	if m.mapping == nil || other.matched > m.matched {
		*m = other
	}
}

func (p *parser) refusal(closest miss) error {
	switch {
	case closest.mapping == nil:
		return errors.New("the file has no line of text")
	case !closest.mapping.header:
		return fmt.Errorf("the first line does not have the columns of the mapping, or %s cannot be read there", closest.columns[0])
	case closest.matched == 0 && !p.given:
		return errors.New("the first lines hold no header that a profile knows")
	}
	missing := make([]string, len(closest.columns))
	for i, c := range closest.columns {
		missing[i] = fmt.Sprintf("%q", c)
	}
	if len(missing) == 0 {
		return fmt.Errorf("the header has more columns than that of %s", closest.mapping.name)
	}
	if p.given {
		return fmt.Errorf("the header has no column %s", strings.Join(missing, ", "))
	}
	return fmt.Errorf("no profile has its columns in the header; the closest, %s, misses %s", closest.mapping.name, strings.Join(missing, ", "))
}

// line is one of the first records of a file.
type line struct {
	number int64
	cells  []string // trimmed
	folded []string
}

func firstLines(head []byte, comma byte) []line {
	var lines []line
	t := ingest.NewTableReader(bytes.NewReader(head), comma)
	for {
		row, err := t.Next()
		if err != nil || row.Line > headerWithin {
			return lines
		}
		if row.Fields == nil || row.Problem != "" {
			continue
		}
		l := line{number: row.Line}
		for _, f := range row.Fields {
			cell := clean(f)
			l.cells = append(l.cells, cell)
			l.folded = append(l.folded, foldName(cell))
		}
		lines = append(lines, l)
	}
}

// foldName makes spellings of a column's name equal: only letters and digits
// count, whatever their case.
func foldName(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// locate looks for the mapping's header among the first lines.
func (m *mapping) locate(lines []line, comma byte) (*located, miss) {
	closest := miss{mapping: m}
	for i := range lines {
		l := &lines[i]
		if m.preamble >= 0 && l.number <= m.preamble {
			continue
		}
		if !m.header {
			return m.locateBare(l, comma)
		}
		found, missing := m.match(l, comma)
		if found != nil || missing.err != nil {
			return found, missing
		}
		closest.closer(missing)
		if m.preamble >= 0 {
			break
		}
	}
	if closest.columns == nil && closest.matched == 0 {
		closest.columns = m.required()
	}
	return nil, closest
}

func (m *mapping) required() []string {
	var names []string
	for i := range m.columns {
		if c := &m.columns[i]; !c.optional {
			for _, s := range c.sources {
				names = append(names, s.names[0])
			}
		}
	}
	return names
}

// match compares the mapping with one line.
func (m *mapping) match(l *line, comma byte) (*located, miss) {
	missing := miss{mapping: m}
	found := &located{mapping: m, comma: comma, start: l.number, fields: len(l.cells), places: make([][]int, len(m.columns))}
	for i := range m.columns {
		c := &m.columns[i]
		places := make([]int, 0, len(c.sources))
		for _, s := range c.sources {
			place, err := s.place(l)
			if err != nil {
				missing.err = err
				continue
			}
			if place >= 0 {
				found.matched++
				places = append(places, place)
			} else if !c.optional {
				missing.columns = append(missing.columns, s.names[0])
			}
		}
		if len(places) == len(c.sources) {
			found.places[i] = places
		}
	}
	missing.matched = found.matched
	if len(missing.columns) > 0 {
		missing.err = nil // another line may be the header
		return nil, missing
	}
	dropped, ok := m.fits(l, found.places)
	if !ok {
		missing.err = nil
		return nil, missing
	}
	found.matched += dropped
	return found, missing
}

// place returns the index of a column in the header, or -1. A name that stands
// there twice is an error, unless only one is spelled exactly like it.
func (s *source) place(l *line) (int, error) {
	if s.position > 0 {
		if s.position > len(l.cells) {
			return -1, nil
		}
		return s.position - 1, nil
	}
	for _, name := range s.names {
		for _, same := range []func(int) bool{
			func(i int) bool { return l.cells[i] == name },
			func(i int) bool { return l.folded[i] == foldName(name) },
		} {
			place, n := -1, 0
			for i := range l.cells {
				if same(i) {
					place, n = i, n+1
				}
			}
			switch {
			case n > 1:
				return -1, fmt.Errorf("the header has the column %q twice", name)
			case n == 1:
				return place, nil
			}
		}
	}
	return -1, nil
}

// locateBare handles a file without a header: its first line must have the
// mapped columns, and a time that can be read.
func (m *mapping) locateBare(l *line, comma byte) (*located, miss) {
	missing := miss{mapping: m}
	found := &located{mapping: m, comma: comma, start: 0, places: make([][]int, len(m.columns))}
	if m.preamble > 0 {
		found.start = m.preamble
	}
	for i := range m.columns {
		c := &m.columns[i]
		for _, s := range c.sources {
			if s.position > len(l.cells) {
				missing.columns = append(missing.columns, s.names[0])
				return nil, missing
			}
			found.places[i] = append(found.places[i], s.position-1)
			found.fields = max(found.fields, s.position)
		}
		if c.field != ingest.ColOccurredAt {
			continue
		}
		cell := joinCells(l.cells, found.places[i], c.join)
		if !slices.ContainsFunc(c.layouts, func(y *layout) bool { _, ok := y.parse(cell); return ok }) {
			missing.columns = append(missing.columns, c.label())
			return nil, missing
		}
	}
	found.matched, found.fields = len(m.columns), len(l.cells)
	return found, missing
}

func joinCells(cells []string, places []int, join string) string {
	if len(places) == 1 {
		return cells[places[0]]
	}
	var b strings.Builder
	for _, place := range places {
		if cell := clean(cells[place]); cell != "" {
			if b.Len() > 0 {
				b.WriteString(join)
			}
			b.WriteString(cell)
		}
	}
	return b.String()
}

// clean takes the spaces off a cell, and the formula that keeps spreadsheets
// from eating leading zeros: ="00123".
func clean(s string) string {
	if s == "" || s[0] > ' ' && s[len(s)-1] > ' ' && s[0] < 0x80 && s[0] != '=' && s[len(s)-1] < 0x80 {
		return s
	}
	s = strings.TrimSpace(s)
	if inner, ok := strings.CutPrefix(s, `="`); ok && strings.HasSuffix(inner, `"`) {
		return strings.TrimSpace(inner[:len(inner)-1])
	}
	return s
}
