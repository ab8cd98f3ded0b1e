package propose

import (
	"encoding/json"
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/delimited"
)

// proposal writes down what was decided.
func (d *draft) proposal(h ingest.Head) *Proposal {
	p := &Proposal{Questions: d.questions, Header: d.table.headerAt, Rows: len(d.table.rows), Columns: []Column{}, Unmapped: []Value{}}
	if p.Questions == nil {
		p.Questions = []Question{}
	}
	p.Mapping = d.write(h)
	p.Unmapped = append(p.Unmapped, d.unmapped...)
	for _, c := range d.cols {
		p.Columns = append(p.Columns, Column{
			Index: c.index, Header: c.header, Field: c.field, Confidence: min(max(c.confidence, 0), 1), Sure: c.sure, Dropped: c.dropped, Why: c.why,
		})
	}
	p.Runs = runs(p.Mapping, h)
	return p
}

// runs reports whether the mapping reads the table.
func runs(mapping string, h ingest.Head) bool {
	parser, err := delimited.Plugin().New(ingest.Settings{Mapping: []byte(mapping), MappingName: "proposal"})
	return err == nil && parser.Detect(h) == nil
}

// quote writes a text so that YAML takes it as one.
func quote(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return strconv.Quote(s)
	}
	return strings.TrimSpace(b.String())
}

// comment writes a text as one line of a comment.
func comment(s string) string {
	return "# " + strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s) + "\n"
}

func (d *draft) write(h ingest.Head) string {
	var b strings.Builder
	b.WriteString("# Proposed by chartwatch from the header and " + strconv.Itoa(len(d.table.rows)) + " rows. Read it before you use it.\n")
	b.WriteString("version: 1\n")
	name := d.options.Name
	if name == "" {
		name = strings.TrimSuffix(path.Base(h.Name), path.Ext(h.Name))
	}
	if strings.TrimSpace(name) == "" || name == "-" || name == "." {
		name = "proposal"
	}
	fmt.Fprintf(&b, "name: %s\nstatus: proposed\ndelimiter: %s\n", quote(name), delimiterName(d.table.comma))
	byPosition := d.table.header == nil
	for _, e := range d.entries {
		for _, c := range e.cols {
			byPosition = byPosition || d.positional(c)
		}
	}
	switch {
	case d.table.header == nil:
		fmt.Fprintf(&b, "header: false\npreamble: %d\n", d.table.above)
	case byPosition:
		fmt.Fprintf(&b, "preamble: %d\n", d.table.headerAt-1)
	}
	d.writeFooter(&b)
	d.writeDropped(&b)
	d.writeZone(&b)
	b.WriteString("columns:\n")
	if len(d.entries) == 0 {
		b.WriteString("  []\n")
	}
	for _, e := range d.inOrder() {
		d.writeEntry(&b, e)
	}
	d.writeUnsure(&b)
	if len(d.constants) > 0 {
		b.WriteString("constants:\n")
		for _, field := range []string{ingest.ColAction, ingest.ColUserID} {
			if v, ok := d.constants[field]; ok {
				fmt.Fprintf(&b, "  %s: %s\n", field, quote(v))
			}
		}
	}
	d.writeValues(&b)
	return b.String()
}

// inOrder returns the entries in the order of the table's columns.
func (d *draft) inOrder() []entry {
	all := slices.Clone(d.entries)
	slices.SortStableFunc(all, func(a, b entry) int { return a.cols[0].index - b.cols[0].index })
	return all
}

func delimiterName(comma byte) string {
	switch comma {
	case ';':
		return "semicolon"
	case '\t':
		return "tab"
	case '|':
		return "pipe"
	}
	return "comma"
}

// positional reports whether a column has to be named by its position: its name
// is missing or stands there twice.
func (d *draft) positional(c *col) bool {
	if d.table.header == nil || foldName(c.header) == "" {
		return true
	}
	return slices.ContainsFunc(d.cols, func(o *col) bool { return o != c && foldName(o.header) == foldName(c.header) })
}

// foldName folds a column's name as package delimited does.
func foldName(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

func (d *draft) source(c *col) string {
	if d.positional(c) {
		return strconv.Itoa(c.index)
	}
	return quote(c.header)
}

func (d *draft) writeFooter(b *strings.Builder) {
	var footers []string
	first := d.cols[0].facts
	for _, f := range d.table.footers {
		// A row that begins with a person's name must not be taken for a footer.
		word := strings.ToLower(f)
		if first.names+first.logins+first.idNames > 0.2 && word != "total" && word != "grand total" && word != "printed" && word != "end of" {
			continue
		}
		footers = append(footers, quote(f))
	}
	if d.table.single {
		footers = append(footers, "single_cell")
	}
	if len(footers) > 0 {
		fmt.Fprintf(b, "footer: [%s]\n", strings.Join(footers, ", "))
	}
	if d.table.groups > 0 {
		b.WriteString(comment(strconv.Itoa(d.table.groups) + " lines among the records have one cell. If they say whose rows follow, this log cannot be read by columns."))
	}
}

// writeDropped lists what is left out on purpose.
func (d *draft) writeDropped(b *strings.Builder) {
	var names []string
	for _, c := range d.cols {
		if c.dropped && !d.positional(c) {
			names = append(names, quote(c.header))
		}
	}
	if len(names) > 0 {
		b.WriteString("# Left out, may hold patient data.\n")
		fmt.Fprintf(b, "dropped: [%s]\n", strings.Join(names, ", "))
	}
}

func (d *draft) writeZone(b *strings.Builder) {
	for _, e := range d.entries {
		if e.field != ingest.ColOccurredAt {
			continue
		}
		absolute := func(f string) bool { return strings.HasSuffix(f, "Z") || strings.HasPrefix(f, "epoch") }
		offset := slices.Contains(e.formats, "iso") && slices.ContainsFunc(e.cols[0].facts.values, hasOffset)
		if !offset && !slices.ContainsFunc(e.formats, absolute) {
			b.WriteString("# The times have no offset. Say in which zone the product writes them: chartwatch ingest --timezone ZONE, or\n# zone: America/New_York\n")
		}
	}
}

func hasOffset(v Value) bool {
	const date = len("2006-01-02")
	return len(v.Text) > date && strings.ContainsAny(v.Text[date:], "Zz+-")
}

func (d *draft) writeEntry(b *strings.Builder, e entry) {
	c := e.cols[0]
	b.WriteString("  " + comment(why(c)))
	fmt.Fprintf(b, "  - {field: %s, ", e.field)
	if len(e.cols) == 1 {
		b.WriteString("column: " + d.source(c))
	} else {
		var names []string
		for _, c := range e.cols {
			names = append(names, d.source(c))
		}
		b.WriteString("columns: [" + strings.Join(names, ", ") + "]")
	}
	if len(e.formats) > 0 {
		var formats []string
		for _, f := range e.formats {
			formats = append(formats, quote(f))
		}
		b.WriteString(", format: [" + strings.Join(formats, ", ") + "]")
	}
	if len(e.style.split) > 0 {
		b.WriteString(", split: [" + strings.Join(e.style.split, ", ") + "]")
		if e.style.divider != "" && e.style.divider != "-" {
			b.WriteString(", separator: " + quote(e.style.divider))
		}
	}
	b.WriteString("}\n")
}

func why(c *col) string {
	return c.why + " (" + strconv.Itoa(int(math.Round(min(c.confidence, 1)*100))) + " %)"
}

// writeUnsure lists what is not in the mapping and why.
func (d *draft) writeUnsure(b *strings.Builder) {
	for _, c := range d.cols {
		mapped := slices.ContainsFunc(d.entries, func(e entry) bool { return slices.Contains(e.cols, c) })
		switch {
		case mapped, c.dropped:
		case c.field != "" && !c.sure:
			b.WriteString("  " + comment("unsure: "+c.label()+": "+why(c)))
			for _, format := range c.candidates() {
				b.WriteString("  " + comment("- {field: "+c.field+", column: "+d.source(c)+format+"}"))
			}
		default:
			text := c.why
			if text == "" {
				text = "not recognised"
			}
			b.WriteString("  " + comment("not mapped: "+c.label()+": "+text))
		}
	}
}

// candidates returns the formats that an unsure column of times could have, as
// the mapping would write them.
func (c *col) candidates() []string {
	t := c.facts.time
	if c.field != ingest.ColOccurredAt || !t.date || !t.clock {
		return []string{""}
	}
	var all []string
	for _, formats := range [][]string{t.formats, t.other} {
		if len(formats) > 0 && t.order != orderMixed {
			quoted := make([]string, len(formats))
			for i, f := range formats {
				quoted[i] = quote(f)
			}
			all = append(all, ", format: ["+strings.Join(quoted, ", ")+"]")
		}
		if t.order != orderUnproven {
			break
		}
	}
	if all == nil {
		return []string{""}
	}
	return all
}
