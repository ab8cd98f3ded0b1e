package delimited

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/chartwatch/chartwatch/ingest"
)

// setReads reads whether the product logs that somebody looked at a chart.
func (m *mapping) setReads(d *document, n *yaml.Node) {
	const never = "never"
	said := d.oneOf(n, "reads", []string{"yes", never, "unknown"})
	if m.noReads && said != never && said != "" {
		d.fail(n, "no_reads: true says the opposite of reads: %s", said)
	}
	m.noReads = m.noReads || said == never
}

// setDropped reads the columns that are known and left out.
func (m *mapping) setDropped(d *document, n *yaml.Node) {
	for _, name := range d.texts(n, "dropped") {
		m.dropped = append(m.dropped, foldName(name))
	}
}

// setEnable reads how the product is made to log or to export what is missing.
func (m *mapping) setEnable(d *document, n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		d.fail(n, "enable must be a list, not %s", kindOf(n))
		return
	}
	for _, item := range n.Content {
		var lacks, text string
		d.keys(item, "enable", map[string]handler{
			"lacks": func(_, v *yaml.Node) { lacks = d.oneOf(v, "lacks", words(elements())) },
			"text":  func(_, v *yaml.Node) { text = d.text(v, "text") },
		})
		if lacks == "" || text == "" {
			d.fail(item, "an element of enable needs the keys \"lacks\" and \"text\"")
			continue
		}
		m.addAdvice(ingest.Element(lacks), text)
	}
}

func (m *mapping) addAdvice(lacks ingest.Element, text string) {
	m.advice = append(m.advice, ingest.Advice{Lacks: lacks, Text: text})
}

// elements are those that a product can be advised about.
func elements() []ingest.Element {
	return []ingest.Element{
		ingest.ElementTime, ingest.ElementPatient, ingest.ElementUser, ingest.ElementReads, ingest.ElementChanges,
		ingest.ElementRecord, ingest.ElementPrivileges, ingest.ElementClock, ingest.ElementLogins,
		ingest.ElementLoginFailed, ingest.ElementPlace, ingest.ElementOutcome, ingest.ElementEventID,
	}
}

// fits reports whether a header that has the mapping's columns may be the
// mapping's, and how many columns it has that are known and left out. Short
// headers of common words stand in tables of many products, so that such a
// mapping asks for a header without any other column.
func (m *mapping) fits(l *line, places [][]int) (dropped int, ok bool) {
	ok = true
	for i, name := range l.folded {
		switch {
		case slices.Contains(m.dropped, name):
			dropped++
		case name != "" && !slices.ContainsFunc(places, func(p []int) bool { return slices.Contains(p, i) }):
			ok = ok && !m.exact
		}
	}
	return dropped, ok
}

// Advice says how the product of the file that was read is made to log or to
// export what is missing, as far as it is documented.
func (p *parser) Advice() []ingest.Advice {
	if p.used == nil {
		return nil
	}
	return slices.Clone(p.used.advice)
}
