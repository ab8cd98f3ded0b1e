package delimited

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/chartwatch/chartwatch/ingest"
)

// mapping says how to read one kind of file.
type mapping struct {
	name, product, status string
	origin                string          // where the product's log is documented
	advice                []ingest.Advice // how to log or export what is missing

	exact        bool     // the header has no further columns
	dropped      []string // folded names of columns that are known and left out
	comma        byte     // 0 finds out
	header       bool
	preamble     int64 // lines above the header; -1 finds out
	footers      []string
	singleFooter bool // lines of one cell at the end are no records

	zone        *time.Location // nil is the source's
	columns     []column
	constants   map[string]string
	values      map[string]*vocabulary
	none        []string
	caps        []int64
	outcome     ingest.Outcome
	granularity ingest.Granularity
	noReads     bool
}

// column ties one or more columns of the file to a field.
type column struct {
	field    string
	sources  []source
	optional bool
	layouts  []*layout
	idName   bool // "123-Smith, Ann" is an id and a name
	nameID   bool // "Smith, Ann (123)" is a name and an id
	byComma  bool // "Smith, Ann" is Ann Smith
	divider  string
	none     []string
	join     string
}

// source is one column of the file.
type source struct {
	names    []string // the name and its aliases; the first is for messages
	position int      // 1-based, instead of names
}

// label names a column in messages.
func (c *column) label() string {
	var names []string
	for _, s := range c.sources {
		names = append(names, s.names[0])
	}
	return strings.Join(names, "+")
}

// autoPreamble means that the header is looked for.
const autoPreamble = -1

// single is the footer of lines with one cell.
const single = "single_cell"

// loadMapping reads a mapping. The error lists everything that is wrong, each
// with its line and column.
func loadMapping(name string, text []byte) (*mapping, error) {
	if name == "" {
		name = "mapping"
	}
	d, root, err := parseDocument(name, text)
	if err != nil {
		return nil, err
	}
	m := &mapping{
		header: true, preamble: autoPreamble, outcome: ingest.OutcomeSuccess, granularity: ingest.GranularityEvent,
		constants: map[string]string{}, values: map[string]*vocabulary{},
	}
	version := int64(0)
	word := func(what string, to *string) handler {
		return func(_, v *yaml.Node) { *to = d.text(v, what) }
	}
	var columns, values, reads *yaml.Node
	d.keys(root, "a mapping", map[string]handler{
		"version":   func(_, v *yaml.Node) { version = d.number(v, "version", 1) },
		"name":      word("name", &m.name),
		"product":   word("product", &m.product),
		"status":    word("status", &m.status),
		"delimiter": func(_, v *yaml.Node) { m.comma = d.delimiter(v) },
		"header":    func(_, v *yaml.Node) { m.header = d.truth(v, "header", true) },
		"preamble":  func(_, v *yaml.Node) { m.preamble = d.preamble(v) },
		"footer":    func(_, v *yaml.Node) { m.setFooter(d, v) },
		"zone":      func(_, v *yaml.Node) { m.zone = d.zone(v) },
		"columns":   func(_, v *yaml.Node) { columns = v },
		"constants": func(_, v *yaml.Node) { m.setConstants(d, v) },
		"values":    func(_, v *yaml.Node) { values = v },
		"none":      func(_, v *yaml.Node) { m.none = d.cells(v, "none") },
		"caps":      func(_, v *yaml.Node) { m.setCaps(d, v) },
		"outcome_default": func(_, v *yaml.Node) {
			m.outcome = ingest.Outcome(d.oneOf(v, "outcome_default", closedSet(ingest.ColOutcome)))
		},
		"granularity": func(_, v *yaml.Node) {
			m.granularity = ingest.Granularity(d.oneOf(v, "granularity", closedSet(ingest.ColGranularity)))
		},
		"no_reads":  func(_, v *yaml.Node) { m.noReads = d.truth(v, "no_reads", false) },
		"reads":     func(_, v *yaml.Node) { reads = v },
		"exact":     func(_, v *yaml.Node) { m.exact = d.truth(v, "exact", false) },
		"dropped":   func(_, v *yaml.Node) { m.setDropped(d, v) },
		"source":    word("source", &m.origin),
		"zone_rule": func(_, v *yaml.Node) { m.addAdvice(ingest.ElementTime, d.text(v, "zone_rule")) },
		"enable":    func(_, v *yaml.Node) { m.setEnable(d, v) },
		"dataset":   func(_, v *yaml.Node) { d.oneOf(v, "dataset", []string{string(ingest.Events)}) },
	})
	if version != 1 && len(d.problems) == 0 {
		d.fail(root, "version must be 1")
	}
	if columns != nil {
		m.setColumns(d, columns)
	}
	if values != nil {
		m.setValues(d, values)
	}
	if reads != nil {
		m.setReads(d, reads)
	}
	if len(d.problems) == 0 {
		m.check(d, root)
	}
	return m, d.err()
}

func (d *document) delimiter(n *yaml.Node) byte {
	switch d.cell(n, "delimiter") {
	case "auto":
	case "comma", ",":
		return ','
	case "semicolon", ";":
		return ';'
	case "tab", "\t":
		return '\t'
	case "pipe", "|":
		return '|'
	default:
		d.fail(n, "delimiter must be auto, comma, semicolon, tab or pipe")
	}
	return 0
}

func (d *document) preamble(n *yaml.Node) int64 {
	if n.Kind == yaml.ScalarNode && n.Value == "auto" {
		return autoPreamble
	}
	return d.number(n, "preamble", 0)
}

func (d *document) zone(n *yaml.Node) *time.Location {
	name := d.text(n, "zone")
	if name == "" || strings.EqualFold(name, "local") {
		d.fail(n, "zone must be an IANA name such as America/Los_Angeles, or UTC")
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		d.fail(n, "unknown time zone %q; use an IANA name such as America/Los_Angeles, or UTC", name)
		return nil
	}
	return zone
}

func (m *mapping) setFooter(d *document, n *yaml.Node) {
	for _, text := range d.texts(n, "footer") {
		if text == single {
			m.singleFooter = true
		} else {
			m.footers = append(m.footers, text)
		}
	}
}

func (m *mapping) setCaps(d *document, n *yaml.Node) {
	for _, item := range d.items(n, "caps") {
		m.caps = append(m.caps, d.number(item, "caps", 1))
	}
}

func (m *mapping) setConstants(d *document, n *yaml.Node) {
	d.pairs(n, "constants", func(key, value *yaml.Node) {
		field := key.Value
		switch {
		case slices.Contains(wordFields(), field):
			m.constants[field] = d.oneOf(value, field, closedSet(field))
		case slices.Contains(textFields(), field):
			m.constants[field] = d.text(value, field)
		default:
			d.fail(key, "%q cannot be a constant; the fields are %s", field, strings.Join(slices.Concat(textFields(), wordFields()), ", "))
		}
	})
}

// check looks at the mapping as a whole.
func (m *mapping) check(d *document, root *yaml.Node) {
	has := func(fields ...string) bool {
		return slices.ContainsFunc(fields, func(field string) bool {
			_, constant := m.constants[field]
			return constant || slices.ContainsFunc(m.columns, func(c column) bool { return c.gives(field) })
		})
	}
	if m.name == "" {
		d.fail(root, "the mapping has no name")
	}
	if !has(ingest.ColOccurredAt) {
		d.fail(root, "no column is mapped to %s", ingest.ColOccurredAt)
	}
	if !has(ingest.ColAction) {
		d.fail(root, "no column and no constant is mapped to %s", ingest.ColAction)
	}
	if !has(ingest.ColUserID, ingest.ColUserName) {
		d.fail(root, "no column is mapped to %s or %s", ingest.ColUserID, ingest.ColUserName)
	}
	if len(m.advice) > 0 && m.origin == "" {
		d.fail(root, "zone_rule and enable say what is documented, and need the key \"source\"")
	}
	for i := range m.advice {
		m.advice[i].Source = m.origin
	}
	if !slices.ContainsFunc(m.columns, func(c column) bool { return c.field == ingest.ColOccurredAt && !c.optional }) {
		d.fail(root, "the column of %s cannot be optional", ingest.ColOccurredAt)
	}
}

// gives reports whether a column fills a field.
func (c *column) gives(field string) bool {
	return c.field == field || (c.idName || c.nameID) && nameField(c.field) == field
}

// nameField is the field for the name beside an id.
func nameField(field string) string {
	switch field {
	case ingest.ColUserID:
		return ingest.ColUserName
	case ingest.ColPatientID:
		return ingest.ColPatientName
	}
	return ""
}
