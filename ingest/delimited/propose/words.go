package propose

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/delimited"
)

// writeValues writes the vocabularies of the mapped columns.
func (d *draft) writeValues(b *strings.Builder) {
	var text strings.Builder
	for _, e := range d.inOrder() {
		c := e.cols[0]
		switch e.field {
		case ingest.ColAction:
			if c.style.phrases {
				writePhrases(&text)
			} else {
				d.writeWords(&text, c, e.field, d.actionMeanings(c))
			}
		case ingest.ColRecordType:
			d.writeWords(&text, c, e.field, d.recordMeanings(c))
		case ingest.ColOutcome:
			d.writeWords(&text, c, e.field, outcomeMeanings(c))
		case ingest.ColBreakGlass:
			d.writeWords(&text, c, e.field, breakMeanings(c))
		}
	}
	switch {
	case text.Len() == 0:
	case slices.ContainsFunc(strings.Split(text.String(), "\n"), func(line string) bool {
		line = strings.TrimSpace(line)
		return line != "" && line[0] != '#'
	}):
		b.WriteString("values:\n" + text.String())
	default:
		b.WriteString("# values:\n" + text.String())
	}
}

// meaningOf is what a value is taken for; nothing means that it is not known.
type meaningOf struct {
	value      string
	confidence float64
	common     bool // package delimited knows it without being told
}

func (d *draft) actionMeanings(c *col) map[string]meaningOf {
	all := map[string]meaningOf{}
	for _, v := range c.facts.values {
		_, common := d.verbs.common.Meaning(v.Text)
		action, sure := d.verbs.action(v.Text)
		all[v.Text] = meaningOf{value: action, confidence: sure, common: common}
	}
	for _, v := range c.facts.values {
		if action := c.facts.letters[strings.ToUpper(v.Text)]; action != "" {
			all[v.Text] = meaningOf{value: action, confidence: 0.75}
		}
	}
	return all
}

// lettersOf returns what single letters, or the methods of HTTP, stand for, if
// together they are a set that is known, or nil.
func lettersOf(values []Value) map[string]string {
	const fewest = 3
	if len(values) < fewest {
		return nil
	}
	var fitting []map[string]string
	for _, set := range []map[string]string{
		{"C": "create", "R": "view", "U": "update", "D": "delete", "E": "other"},
		{"A": "create", "C": "update", "D": "delete", "V": "view", "P": "print"},
		{"A": "create", "E": "update", "D": "delete", "V": "view", "P": "print"},
		{"I": "create", "U": "update", "D": "delete", "S": "view"},
		{"R": "view", "Q": "search", "U": "update", "W": "create", "S": "update"},
		{"GET": "view", "POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete", "HEAD": "other", "OPTIONS": "other"},
	} {
		if !slices.ContainsFunc(values, func(v Value) bool { return set[strings.ToUpper(v.Text)] == "" }) {
			fitting = append(fitting, set)
		}
	}
	if len(fitting) != 1 {
		return nil
	}
	return fitting[0]
}

func (d *draft) recordMeanings(c *col) map[string]meaningOf {
	all := map[string]meaningOf{}
	for _, v := range c.facts.values {
		_, common := d.verbs.records.Meaning(v.Text)
		record, sure := d.verbs.record(v.Text)
		all[v.Text] = meaningOf{value: record, confidence: sure, common: common}
	}
	return all
}

func outcomeMeanings(c *col) map[string]meaningOf {
	words := delimited.CommonWords(ingest.ColOutcome)
	good, bad := string(ingest.OutcomeSuccess), string(ingest.OutcomeFailure)
	all := map[string]meaningOf{}
	for _, v := range c.facts.values {
		meaning, common := words.Meaning(v.Text)
		m := meaningOf{value: meaning, confidence: 1, common: common}
		status, number := wholeNumber(v.Text)
		switch {
		case common:
		case isYes(v.Text) != isNo(v.Text):
			m = meaningOf{value: bad, confidence: 0.9}
			if isYes(v.Text) != c.meaning.negative {
				m.value = good
			}
		case number && isHTTPStatus(v.Text):
			m = meaningOf{value: good, confidence: 0.9}
			if status >= 400 {
				m.value = bad
			}
		}
		all[v.Text] = m
	}
	return all
}

func isYes(s string) bool {
	return slices.Contains([]string{"y", "yes", "true", "t", "1", "x", "ja", "si", "sí", "oui"}, lower(s))
}

func isNo(s string) bool {
	return slices.Contains([]string{"n", "no", "false", "f", "0", "nein", "non"}, lower(s))
}

func breakMeanings(c *col) map[string]meaningOf {
	words := delimited.CommonWords(ingest.ColBreakGlass)
	all := map[string]meaningOf{}
	for _, v := range c.facts.values {
		meaning, common := words.Meaning(v.Text)
		m := meaningOf{value: meaning, confidence: 1, common: common}
		switch {
		case common:
		case isYes(v.Text), lower(v.Text) == "bg", lower(v.Text) == "emergency":
			m = meaningOf{value: "true", confidence: 0.85}
		case isNo(v.Text), lower(v.Text) == "normal":
			m = meaningOf{value: "false", confidence: 0.85}
		}
		all[v.Text] = m
	}
	return all
}

// maxShown is how many values that are not known are listed.
const maxShown = 40

// writeWords writes one vocabulary. Values that may say something about a person
// are counted and not shown.
func (d *draft) writeWords(b *strings.Builder, c *col, field string, meanings map[string]meaningOf) {
	lists := map[string][]string{}
	var unknown, common []string
	hidden, hiddenRows := 0, 0
	for _, v := range c.facts.values {
		m := meanings[v.Text]
		shown := d.mayShow(c, v)
		switch {
		case m.common:
			if shown && len(common) < maxShown {
				common = append(common, quote(v.Text))
			}
		case m.value != "" && m.confidence >= likely && shown:
			lists[m.value] = append(lists[m.value], quote(v.Text))
		case shown && len(unknown) < maxShown:
			d.unmapped = append(d.unmapped, Value{Field: field, Text: v.Text, Count: v.Count})
			unknown = append(unknown, quote(v.Text)+" "+strconv.Itoa(v.Count))
		default:
			hidden, hiddenRows = hidden+1, hiddenRows+v.Count
		}
	}
	if hidden > 0 {
		d.unmapped = append(d.unmapped, Value{Field: field, Count: hiddenRows})
	}
	var body strings.Builder
	if len(common) > 0 {
		body.WriteString("    " + comment("understood without being listed: "+strings.Join(common, ", ")))
	}
	for _, value := range slices.Sorted(maps.Keys(lists)) {
		fmt.Fprintf(&body, "    %s: [%s]\n", value, strings.Join(lists[value], ", "))
	}
	if len(unknown) > 0 {
		body.WriteString("    " + comment("not known, with the number of rows: "+strings.Join(unknown, ", ")))
	}
	if hidden > 0 {
		body.WriteString("    " + comment(strconv.Itoa(hidden)+" further values, in "+strconv.Itoa(hiddenRows)+" rows, are not shown because they may name a person"))
	}
	if body.Len() == 0 {
		return
	}
	if len(lists) == 0 { // comments only
		b.WriteString("  " + comment(field+":") + body.String())
		return
	}
	fmt.Fprintf(b, "  %s:\n%s", field, body.String())
}

// mayShow reports whether a value can be quoted: it is a word of a vocabulary,
// which repeats, and nothing about a person.
func (d *draft) mayShow(c *col, v Value) bool {
	const longest, digits = 40, 3
	if len(v.Text) > longest || strings.ContainsAny(v.Text, "@\n\r") || isIP(v.Text) {
		return false
	}
	n := 0
	for _, r := range v.Text {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	if n > digits {
		return false
	}
	if name, comma := d.isName(v.Text); comma || name && v.Count*50 < c.facts.n {
		return false
	}
	if d.verbs.knows(v.Text) {
		return true
	}
	return v.Count > 1 && c.facts.closed() && !d.namesSomebody(v.Text)
}

// namesSomebody reports whether a word of the value stands in a column of people.
func (d *draft) namesSomebody(text string) bool {
	if d.people == nil {
		d.people = map[string]bool{}
		for _, c := range d.cols {
			if k := c.meaning.kind; (k < kindUser || k > kindPatientLast || k == kindUserRole || k == kindUserType) && c.facts.names+c.facts.idNames+c.facts.nameIDs+c.facts.nameLogins < 0.5 {
				continue
			}
			for _, v := range c.facts.values {
				for _, w := range fields(v.Text) {
					if len(w) > 2 && !d.verbs.knows(w) {
						d.people[w] = true
					}
				}
			}
		}
	}
	return slices.ContainsFunc(fields(text), func(w string) bool { return d.people[w] })
}

// writePhrases writes a vocabulary that is looked for inside of sentences. The
// sentences themselves are not kept.
func writePhrases(b *strings.Builder) {
	b.WriteString("  action:\n    # The cells are sentences: only these words in them are kept.\n    contains:\n")
	for _, x := range [][2]string{
		{"login failed", "login_failed"},
		{"failed login", "login_failed"},
		{"break the glass", "break_glass"},
		{"logged out", "logout"},
		{"logged in", "login"},
		{"printed", "print"},
		{"exported", "export"},
		{"downloaded", "export"},
		{"faxed", "export"},
		{"sent", "export"},
		{"deleted", "delete"},
		{"removed", "delete"},
		{"created", "create"},
		{"added", "create"},
		{"entered", "create"},
		{"signed", "update"},
		{"updated", "update"},
		{"edited", "update"},
		{"amended", "update"},
		{"changed", "update"},
		{"modified", "update"},
		{"searched", "search"},
		{"viewed", "view"},
		{"opened", "view"},
		{"accessed", "view"},
	} {
		fmt.Fprintf(b, "      - {phrase: %s, is: %s}\n", x[0], x[1])
	}
}
