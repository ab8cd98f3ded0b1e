package delimited

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/chartwatch/chartwatch/ingest"
)

// setColumns reads the list of columns.
func (m *mapping) setColumns(d *document, n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		d.fail(n, "columns must be a list, not %s", kindOf(n))
		return
	}
	given := map[string]bool{}
	for _, item := range n.Content {
		c, ok := m.column(d, item)
		if !ok {
			continue
		}
		for _, field := range []string{c.field, nameField(c.field)} {
			if !c.gives(field) || field == "" {
				continue
			}
			if _, constant := m.constants[field]; given[field] || constant {
				d.fail(item, "field %q is mapped twice", field)
			}
			given[field] = true
		}
		m.columns = append(m.columns, c)
	}
}

// column reads one element of the list.
func (m *mapping) column(d *document, n *yaml.Node) (column, bool) {
	before := len(d.problems)
	c := column{divider: "-", join: " "}
	var fieldNode, formats, splits, joined *yaml.Node
	var aliases []string
	several, one := false, false
	d.keys(n, "a column", map[string]handler{
		"field":     func(_, v *yaml.Node) { c.field, fieldNode = d.text(v, "field"), v },
		"column":    func(_, v *yaml.Node) { one = true; c.sources = append(c.sources, m.source(d, v)) },
		"columns":   func(_, v *yaml.Node) { several = true; c.sources = append(c.sources, m.sources(d, v)...) },
		"aliases":   func(_, v *yaml.Node) { aliases = d.texts(v, "aliases") },
		"optional":  func(_, v *yaml.Node) { c.optional = d.truth(v, "optional", false) },
		"format":    func(_, v *yaml.Node) { formats = v },
		"split":     func(_, v *yaml.Node) { splits = v; c.setSplit(d, v) },
		"separator": func(_, v *yaml.Node) { c.divider = d.text(v, "separator") },
		"none":      func(_, v *yaml.Node) { c.none = d.cells(v, "none") },
		"join":      func(_, v *yaml.Node) { joined = v; c.join = d.cell(v, "join") },
	})
	if len(d.problems) > before {
		return c, false
	}
	switch {
	case fieldNode == nil:
		d.fail(n, "a column needs the key \"field\"")
	case !isField(c.field):
		d.fail(fieldNode, "unknown field %q; the fields are %s", c.field, strings.Join(allFields(), ", "))
	case len(c.sources) == 0:
		d.fail(n, "a column needs the key \"column\" or \"columns\"")
	case several && (one || aliases != nil):
		d.fail(n, "\"columns\" stands instead of \"column\" and \"aliases\"")
	case several && len(c.sources) < 2:
		d.fail(n, "\"columns\" lists two or more columns")
	case aliases != nil && c.sources[0].position > 0:
		d.fail(n, "a column given by its position has no aliases")
	case c.idName && c.nameID:
		d.fail(splits, "split: id_name and name_id exclude each other")
	case splits != nil && c.nameID && nameField(c.field) == "":
		d.fail(splits, "split: name_id is for %s and %s", ingest.ColUserID, ingest.ColPatientID)
	case splits != nil && c.idName && nameField(c.field) == "":
		d.fail(splits, "split: id_name is for %s and %s", ingest.ColUserID, ingest.ColPatientID)
	case splits != nil && !c.idName && !c.nameID && c.field != ingest.ColUserName && c.field != ingest.ColPatientName:
		d.fail(splits, "split: last_first is for %s and %s", ingest.ColUserName, ingest.ColPatientName)
	case formats != nil && !slices.Contains(timeFields(), c.field):
		d.fail(formats, "format is for times only")
	}
	if len(d.problems) > before {
		return c, false
	}
	c.sources[0].names = append(c.sources[0].names, aliases...)
	if slices.Contains(wordFields(), c.field) && joined == nil {
		c.join = "|"
	}
	if slices.Contains(timeFields(), c.field) {
		c.setLayouts(d, n, formats)
	}
	c.none = slices.Concat(c.none, m.none, defaultNone(c.field))
	return c, len(d.problems) == before
}

func allFields() []string {
	return slices.Concat(timeFields(), textFields(), wordFields(), []string{ingest.ColRecordCount})
}

// source reads the name or the position of a column.
func (m *mapping) source(d *document, n *yaml.Node) source {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!int" {
		position := d.number(n, "the position of a column", 1)
		return source{names: []string{"#" + strconv.FormatInt(position, 10)}, position: int(position)}
	}
	name := d.text(n, "a column")
	if !m.header {
		d.fail(n, "a file without a header has columns by their position, such as 3")
	}
	return source{names: []string{name}}
}

func (m *mapping) sources(d *document, n *yaml.Node) []source {
	var all []source
	for _, item := range d.items(n, "columns") {
		all = append(all, m.source(d, item))
	}
	return all
}

func (c *column) setSplit(d *document, n *yaml.Node) {
	for _, item := range d.items(n, "split") {
		switch d.oneOf(item, "split", []string{"id_name", "name_id", "last_first"}) {
		case "id_name":
			c.idName = true
		case "name_id":
			c.nameID = true
		case "last_first":
			c.byComma = true
		}
	}
}

// setLayouts compiles the formats of a time; without any it is ISO 8601.
func (c *column) setLayouts(d *document, n, formats *yaml.Node) {
	if formats == nil {
		formats = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "iso", Line: n.Line, Column: n.Column}
	}
	for _, item := range d.items(formats, "format") {
		text := d.text(item, "format")
		if text == "" {
			continue
		}
		l, err := compileLayout(text)
		switch {
		case err != nil:
			d.fail(item, "format %q: %v", text, err)
		case !l.date:
			d.fail(item, "format %q has no year, month and day", text)
		case !l.clock && c.field == ingest.ColOccurredAt:
			d.fail(item, "format %q has no time of day", text)
		default:
			c.layouts = append(c.layouts, l)
		}
	}
}

// defaultNone lists what is never an identifier.
func defaultNone(field string) []string {
	switch field {
	case ingest.ColPatientID:
		return []string{"0", "NULL"}
	case ingest.ColUserID:
		return []string{"NULL", "unknown"}
	}
	return nil
}

// setValues reads the vocabularies.
func (m *mapping) setValues(d *document, n *yaml.Node) {
	d.pairs(n, "values", func(key, value *yaml.Node) {
		if closedSet(key.Value) == nil || key.Value == ingest.ColGranularity {
			d.fail(key, "%q has no closed set of values; those with one are %s", key.Value, strings.Join(wordFields(), ", "))
			return
		}
		if !slices.ContainsFunc(m.columns, func(c column) bool { return c.field == key.Value }) {
			d.fail(key, "values are given for %q, but no column is mapped to it", key.Value)
			return
		}
		m.values[key.Value] = d.vocabulary(key.Value, value)
	})
}

// vocabulary reads the words of one field.
func (d *document) vocabulary(field string, n *yaml.Node) *vocabulary {
	set := closedSet(field)
	usesCommon := true
	var keepRaw *bool
	var phrases *yaml.Node
	if i := slices.IndexFunc(n.Content, func(k *yaml.Node) bool { return k.Value == "common" }); i >= 0 && n.Kind == yaml.MappingNode && i%2 == 0 {
		usesCommon = d.truth(n.Content[i+1], "common", true)
	}
	v := newVocabulary(field, usesCommon)
	own := map[string]bool{}
	d.pairs(n, field, func(key, value *yaml.Node) {
		switch key.Value {
		case "common":
		case "default":
			v.fallback = d.oneOf(value, "default", set)
		case "keep_raw":
			keep := d.truth(value, "keep_raw", true)
			keepRaw = &keep
		case "contains":
			phrases = value
		case "refused":
			if field != ingest.ColAction {
				d.fail(key, "refused is for %s only", ingest.ColAction)
			}
			d.addWords(v, own, value, answer{value: string(ingest.ActionOther), outcome: string(ingest.OutcomeFailure)})
		default:
			if !slices.Contains(set, key.Value) {
				d.fail(key, "%q is not one of %s, nor common, contains, default or keep_raw", key.Value, strings.Join(set, ", "))
				return
			}
			d.addWords(v, own, value, answer{value: key.Value})
		}
	})
	if phrases != nil {
		d.addPhrases(v, phrases)
		v.keepRaw = false // a cell that is searched for phrases is free text
	}
	if keepRaw != nil {
		v.keepRaw = *keepRaw
	}
	return v
}

func (d *document) addWords(v *vocabulary, own map[string]bool, n *yaml.Node, a answer) {
	for _, item := range d.items(n, a.value) {
		folded := fold(d.cell(item, "a value"))
		if own[folded] {
			d.fail(item, "value %q is listed twice", item.Value)
		}
		own[folded] = true
		v.whole[folded] = a
	}
}

func (d *document) addPhrases(v *vocabulary, n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		d.fail(n, "contains must be a list, not %s", kindOf(n))
		return
	}
	for _, item := range n.Content {
		var p phrase
		d.keys(item, "contains", map[string]handler{
			"phrase": func(_, value *yaml.Node) { p.label = d.text(value, "phrase"); p.text = fold(p.label) },
			"is":     func(_, value *yaml.Node) { p.value = d.oneOf(value, "is", closedSet(v.field)) },
			"outcome": func(key, value *yaml.Node) {
				if v.field != ingest.ColAction {
					d.fail(key, "outcome is for %s only", ingest.ColAction)
				}
				p.outcome = d.oneOf(value, "outcome", closedSet(ingest.ColOutcome))
			},
		})
		if p.text == "" || p.value == "" {
			d.fail(item, "an element of contains needs the keys \"phrase\" and \"is\"")
			continue
		}
		v.phrases = append(v.phrases, p)
	}
}
