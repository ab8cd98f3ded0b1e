package propose

import (
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/delimited"
)

// col is what is known about one column.
type col struct {
	index   int
	header  string
	meaning meaning
	facts   *facts

	field      string // what it was taken for
	confidence float64
	sure       bool
	dropped    bool // may hold patient data
	why        string
	style      style
}

// style is how an identifier stands in its cells.
type style struct {
	split   []string
	divider string
	phrases bool // the vocabulary is looked for inside the cells
}

// entry is one column of the mapping.
type entry struct {
	field   string
	cols    []*col
	formats []string
	style   style
}

// draft is a proposal in the making.
type draft struct {
	table   *table
	options Options
	words   *words
	verbs   *verbs
	outcome delimited.Words
	cols    []*col

	entries   []entry
	constants map[string]string
	questions []Question
	unmapped  []Value
	people    map[string]bool // words of names, once they are asked for
}

func newDraft(t *table, o Options) *draft {
	d := &draft{table: t, options: o, words: t.words, verbs: newVerbs(), outcome: outcomeWords(), constants: map[string]string{}}
	for i := range t.width {
		c := &col{index: i + 1, facts: d.look(t.column(i))}
		if t.header != nil {
			c.header = t.header[i]
			c.meaning = d.words.read(c.header)
		}
		d.cols = append(d.cols, c)
	}
	return d
}

// decide settles every column.
func (d *draft) decide() {
	for _, c := range d.cols {
		d.judge(c)
	}
	d.obey()
	d.settleTimes()
	d.settleUsers()
	d.settlePatients()
	d.settleActions()
	for _, field := range []string{
		ingest.ColRecordType, ingest.ColRecordID, ingest.ColRecordLabel, ingest.ColWorkstation, ingest.ColIP, ingest.ColLocation, ingest.ColOutcome,
		ingest.ColOutcomeReason, ingest.ColSourceEventID, ingest.ColSessionID, ingest.ColRequestID, ingest.ColReason, ingest.ColPurpose,
		ingest.ColBreakGlass, ingest.ColRecordCount, ingest.ColUserRole, ingest.ColUserType, ingest.ColOnBehalfOf, ingest.ColSourceSystem,
	} {
		if best := d.best(field); best != nil {
			d.take(best)
		}
	}
	d.ask()
	for _, c := range d.cols {
		required := slices.Contains([]string{ingest.ColOccurredAt, ingest.ColUserID, ingest.ColUserName, ingest.ColPatientID, ingest.ColPatientName, ingest.ColAction}, c.field)
		if !c.sure && c.confidence < hardly && !required {
			c.field = ""
		}
	}
}

// hardly is the confidence below which a column is not worth a suspicion.
const hardly = 0.35

// obey takes over what somebody has decided.
func (d *draft) obey() {
	for field, a := range d.options.Answers {
		if a.Constant != "" {
			d.constants[field] = a.Constant
		}
		for _, c := range d.cols {
			if !slices.Contains(a.Columns, c.index) && len(a.Columns) > 0 && (c.field == field || c.field == nameFieldOf(field)) && !d.isAnswer(c) {
				c.set("", 0, "you named another column")
			}
			if slices.Contains(a.Columns, c.index) {
				c.field, c.confidence, c.why, c.dropped = field, 1, "you said so", false
				if field == ingest.ColUserID || field == ingest.ColPatientID {
					c.field, c.style = d.identity(c, field)
				}
			}
		}
	}
}

// isAnswer reports whether somebody has decided about a column.
func (d *draft) isAnswer(c *col) bool {
	for _, a := range d.options.Answers {
		if slices.Contains(a.Columns, c.index) {
			return true
		}
	}
	return false
}

// nameFieldOf returns the field of the name beside an identifier.
func nameFieldOf(field string) string {
	switch field {
	case ingest.ColUserID:
		return ingest.ColUserName
	case ingest.ColPatientID:
		return ingest.ColPatientName
	}
	return field
}

func (d *draft) answered(field string) bool {
	a, ok := d.options.Answers[field]
	return ok && (len(a.Columns) > 0 || a.Constant != "")
}

// of returns the columns that were taken for a field, the best first.
func (d *draft) of(field string) []*col {
	var all []*col
	for _, c := range d.cols {
		if c.field == field {
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b *col) int {
		switch {
		case a.confidence > b.confidence:
			return -1
		case a.confidence < b.confidence:
			return 1
		}
		return 0
	})
	return all
}

// apart is by how much the better one of two columns must be better.
const apart = 0.03

// best returns the column for a field, or nil if none is likely. Where two are
// equally so, a field that may as well have the one as the other takes the first.
func (d *draft) best(field string) *col {
	all := d.of(field)
	if len(all) == 0 || all[0].confidence < likely {
		return nil
	}
	either := slices.Contains([]string{ingest.ColRecordType, ingest.ColWorkstation, ingest.ColLocation, ingest.ColReason, ingest.ColSourceSystem}, field)
	if len(all) > 1 && all[0].confidence-all[1].confidence < apart && !either {
		for _, c := range all[:2] {
			c.confidence = min(c.confidence, likely-0.1)
			c.why += "; another column could be it as well"
		}
		return nil
	}
	for _, c := range all[1:] {
		c.set("", min(c.confidence, likely-0.1), "another column is more likely to be "+field)
	}
	return all[0]
}

// take puts a column into the mapping.
func (d *draft) take(c *col) {
	c.sure = true
	d.entries = append(d.entries, entry{field: c.field, cols: []*col{c}, style: c.style})
}

func (d *draft) has(field string) bool {
	if _, ok := d.constants[field]; ok {
		return true
	}
	return slices.ContainsFunc(d.entries, func(e entry) bool { return e.field == field })
}

// settleUsers decides which columns name the person who acted.
func (d *draft) settleUsers() {
	d.preferPlain(kindUser, kindUserEmail)
	d.joinNames(ingest.ColUserName, kindUserFirst, kindUserLast)
	ids := d.of(ingest.ColUserID)
	if len(ids) > 1 && !d.answered(ingest.ColUserID) {
		d.secondAccount(ids)
	}
	if id := d.best(ingest.ColUserID); id != nil {
		d.take(id)
	}
	if !d.has(ingest.ColUserName) {
		if name := d.best(ingest.ColUserName); name != nil {
			d.take(name)
		}
	}
	if !d.has(ingest.ColUserAltID) {
		if alt := d.best(ingest.ColUserAltID); alt != nil && d.has(ingest.ColUserID) {
			d.take(alt)
		}
	}
	known := d.has(ingest.ColUserID) || d.has(ingest.ColUserName)
	for _, c := range d.cols {
		if c.meaning.kind == kindOtherPerson && known && !c.sure {
			c.field, c.sure, c.why = "", true, "names a person who need not be the one who acted"
		}
	}
}

// preferPlain doubts columns of people whose headers have a word that is not
// known, if there is another one without: the word may make it somebody else.
func (d *draft) preferPlain(from, to kind) {
	var plain bool
	var strange []*col
	for _, c := range d.cols {
		if c.meaning.kind < from || c.meaning.kind > to || c.confidence < likely {
			continue
		}
		if c.isStrange(d.words) {
			strange = append(strange, c)
		} else {
			plain = true
		}
	}
	for _, c := range strange {
		if plain && c.confidence < 1 {
			c.confidence, c.why = likely-0.1, "a word of the header is not known, and may mean somebody else"
		}
	}
}

// isStrange reports whether the header has a longer word that is not known.
func (c *col) isStrange(w *words) bool {
	return slices.ContainsFunc(c.meaning.words, func(word string) bool {
		const short = 3
		_, ok := w.canonical[word]
		return !ok && len(word) > short
	})
}

// secondAccount tells a number, a log-in name and an e-mail address of one
// account apart: the header that asks for an identifier has the first.
func (d *draft) secondAccount(ids []*col) {
	rank := func(c *col) int {
		switch c.meaning.kind {
		case kindUserID:
			return 0
		case kindUser:
			return 1
		case kindUserName:
			return 2
		default:
			return 3
		}
	}
	slices.SortStableFunc(ids, func(a, b *col) int { return rank(a) - rank(b) })
	if rank(ids[0]) == rank(ids[1]) {
		return
	}
	for _, c := range ids[1:] {
		switch {
		case c.meaning.kind == kindUserName && len(d.of(ingest.ColUserName)) == 0:
			c.field, c.why = ingest.ColUserName, "the header says so"
		case c.meaning.kind == kindUserEmail || c.facts.emails > 0.8, c.meaning.kind == kindUserName, rank(ids[0]) == 0 && c.facts.logins > 0.5:
			c.field, c.why = ingest.ColUserAltID, "a second identifier of the user"
			if d.best(ingest.ColUserAltID) == nil {
				return
			}
		default:
			c.set("", min(c.confidence, likely-0.1), "another column is more likely to be "+ingest.ColUserID)
		}
	}
}

// joinNames joins the two columns of a first and a last name.
func (d *draft) joinNames(field string, first, last kind) {
	var a, b *col
	for _, c := range d.cols {
		if c.meaning.kind == first {
			a = c
		}
		if c.meaning.kind == last {
			b = c
		}
	}
	if a == nil || b == nil || d.has(field) || len(d.of(field)) > 0 || d.answered(field) {
		return
	}
	for _, c := range []*col{a, b} {
		if c.facts.sentences > 0.2 || c.facts.numbers > 0.2 || c.facts.time.share > 0.2 {
			return
		}
	}
	for _, c := range []*col{a, b} {
		c.field, c.sure, c.confidence, c.why = field, true, c.meaning.strength, "the header says so; first and last name are joined"
	}
	d.entries = append(d.entries, entry{field: field, cols: []*col{a, b}})
}

// settlePatients decides which columns name the patient.
func (d *draft) settlePatients() {
	d.preferPlain(kindPatient, kindPatientLast)
	d.joinNames(ingest.ColPatientName, kindPatientFirst, kindPatientLast)
	for _, field := range []string{ingest.ColPatientID, ingest.ColPatientName} {
		c := d.best(field)
		switch {
		case c == nil, d.has(field):
		case field == ingest.ColPatientName && d.givesName(ingest.ColPatientID):
			c.confidence, c.why = likely-0.1, "the column of the patient's number has the name, too"
		default:
			d.take(c)
		}
	}
}

// givesName reports whether the column of an identifier also has the name.
func (d *draft) givesName(field string) bool {
	return slices.ContainsFunc(d.entries, func(e entry) bool {
		return e.field == field && (slices.Contains(e.style.split, "id_name") || slices.Contains(e.style.split, "name_id"))
	})
}

// settleActions decides which column says what was done.
func (d *draft) settleActions() {
	if c := d.best(ingest.ColAction); c != nil {
		d.take(c)
		return
	}
	if d.has(ingest.ColAction) || len(d.of(ingest.ColAction)) > 1 && d.of(ingest.ColAction)[0].confidence >= likely-0.1 {
		return
	}
	// No column is likely: one whose header may mean an action has the better
	// claim if its values are a vocabulary.
	for _, c := range d.cols {
		f := c.facts
		event := slices.ContainsFunc(c.meaning.words, func(w string) bool { return slices.Contains([]string{"event", "operation", "activity", "action"}, w) })
		switch {
		case c.meaning.kind == kindWhat && event && f.closed() && f.names < 0.2 && f.numbers < 0.2 && f.records < 0.5,
			c.meaning.kind == kindFree && event && f.actions > 0.7:
			c.field, c.confidence, c.why, c.dropped = ingest.ColAction, 0.75, "the header may mean it, and no other column can", false
			c.style.phrases = !f.closed()
			d.take(c)
			return
		}
	}
}
