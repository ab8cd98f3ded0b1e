package propose

import (
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
)

// set records what a column is taken for.
func (c *col) set(field string, confidence float64, why string) {
	c.field, c.confidence, c.why = field, confidence, why
}

// leave records that a column is left out on purpose.
func (c *col) leave(dropped bool, why string) {
	c.field, c.confidence, c.sure, c.dropped, c.why = "", c.meaning.strength, true, dropped, why
}

const (
	saysSo     = "the header says so"
	fits       = "the header says so, and the values fit"
	unfit      = "the values do not fit the header"
	noValues   = "the header says so; there is no value to check it by"
	valuesOnly = "the header says nothing; the values look like it"
)

// judge weighs the header of a column and its values. Times are settled later,
// because they are compared with each other.
func (d *draft) judge(c *col) {
	f, s := c.facts, c.meaning.strength
	switch k := c.meaning.kind; k {
	case kindChange:
		c.leave(true, "values before or after a change: left out, may hold patient data")
	case kindFree:
		c.leave(true, "free text: left out, may hold patient data")
	case kindPersonal:
		c.leave(true, "no part of an event: left out, may hold patient data")
	case kindOtherTime:
		c.leave(false, "a time of something else")
	case kindIgnored:
		c.leave(false, "there is no field for it")
		c.sure = s >= likely
	case kindTime, kindEndTime, kindRecordedTime:
	case kindUser, kindUserID, kindUserName, kindUserEmail:
		d.judgeUser(c)
	case kindOtherPerson:
		c.set(ingest.ColUserName, 0.4, "names a person, perhaps not the one who acted")
		if f.names < 0.5 {
			c.field = ingest.ColUserID
		}
	case kindPatient, kindPatientID, kindPatientName:
		d.judgePatient(c)
	case kindAction, kindWhat:
		d.judgeAction(c)
	case kindRecord, kindRecordID, kindRecordLabel:
		d.judgeRecord(c)
	case kindDevice, kindIP, kindAddress, kindLocation:
		judgePlace(c)
	case kindOutcome, kindBreakGlass:
		d.judgeOutcome(c)
	case kindEventID, kindID:
		judgeNumber(c)
	case kindNone:
		d.judgeValues(c)
	default:
		judgeText(c)
	}
}

// isTimes reports whether the values are times.
func (f *facts) isTimes() bool { return f.n > 0 && f.time.share > 0.5 && !f.time.number }

// identity says in which form the cells identify a person: by a number, a name,
// or both.
func (d *draft) identity(c *col, idField string) (field string, s style) {
	f := c.facts
	nameField := nameFieldOf(idField)
	const most = 0.5
	comma := func(split ...string) []string {
		if f.comma > 0.3 || c.anyComma() {
			split = append(split, "last_first")
		}
		return split
	}
	switch {
	case f.idNames > most:
		return idField, style{split: comma("id_name"), divider: f.divider}
	case f.nameIDs > most:
		return idField, style{split: comma("name_id")}
	case f.names > most, f.nameLogins > most:
		return nameField, style{split: comma()}
	}
	return idField, style{}
}

// anyComma reports whether the names of a column have commas in them.
func (c *col) anyComma() bool {
	return c.facts.idNames+c.facts.nameIDs > 0.5 && slices.ContainsFunc(c.facts.values, func(v Value) bool { return slices.Contains([]byte(v.Text), ',') })
}

func (d *draft) judgeUser(c *col) {
	f, s := c.facts, c.meaning.strength
	field, style := d.identity(c, ingest.ColUserID)
	c.style = style
	if f.n == 0 {
		if c.meaning.kind == kindUserName {
			field = ingest.ColUserName
		}
		c.set(field, s*0.88, noValues)
		return
	}
	const many = 30
	switch {
	case f.isTimes(), f.truths > 0.9, f.actions > 0.5 && f.closed(), f.sentences > 0.4, f.outcomes > 0.6:
		c.set(ingest.ColUserID, 0.2, unfit)
	case f.hosts+f.ips > 0.1:
		c.set(ingest.ColUserID, 0.4, "some values look like computers")
	case f.organisations > 0.5 && f.names < 0.5:
		c.set(ingest.ColUserID, 0.4, "some values look like firms")
	case f.n >= many && f.unique:
		c.set(field, 0.5, "every row has another value")
	case field == ingest.ColUserID && style.split == nil && f.share(isCode)+f.emails < 0.5:
		c.set(ingest.ColUserName, s*0.85, "the values are texts")
	case field == ingest.ColUserName && c.meaning.kind == kindUserID:
		c.set(field, s*0.95, "the values are names")
	default:
		c.set(field, s, fits)
	}
}

func (d *draft) judgePatient(c *col) {
	f, s := c.facts, c.meaning.strength
	field, style := d.identity(c, ingest.ColPatientID)
	c.style = style
	if f.n == 0 {
		switch c.meaning.kind {
		case kindPatientName:
			c.set(ingest.ColPatientName, s*0.88, noValues)
		case kindPatientID:
			c.set(ingest.ColPatientID, s*0.88, noValues)
		default:
			c.set(ingest.ColPatientID, 0.5, "there is no value that shows whether it is a number or a name")
		}
		return
	}
	digits := f.share(func(v string) bool { return isCode(v) && containsDigit(v) })
	vocabulary := f.share(d.verbs.knows)
	switch {
	case f.isTimes(), f.hosts+f.ips > 0.3, f.truths > 0.9 && f.distinct < 4, f.actions > 0.4, f.records > 0.4, f.outcomes > 0.5, vocabulary > 0.4, f.sentences > 0.4:
		c.set(ingest.ColPatientID, 0.3, unfit)
	case f.organisations > 0.03:
		c.set(field, 0.4, "some values look like firms")
	case field == ingest.ColPatientName, style.split != nil:
		c.set(field, s, fits)
		if c.meaning.kind == kindPatientID && style.split == nil {
			c.confidence, c.why = s*0.9, "the values are names"
		}
	case digits > 0.8:
		c.set(field, s, fits)
		if c.meaning.kind == kindPatientName {
			c.confidence, c.why = s*0.85, "the values are numbers"
		}
	case c.meaning.kind == kindPatientID && f.names < 0.2 && f.share(isCode) > 0.8:
		c.set(field, s*0.85, saysSo)
	case c.meaning.kind == kindPatientName && f.names+f.share(isWord) > 0.8:
		c.set(ingest.ColPatientName, s*0.85, saysSo)
	default:
		c.set(field, 0.5, "the values are neither numbers nor names throughout")
	}
	if slices.Contains(c.meaning.words, "mrn") && !slices.Contains(c.meaning.words, "patient") {
		c.confidence -= 0.05 // beside a patient's number it is the second one
	}
}

// share is the share of the values of which a test is true.
func (f *facts) share(test func(string) bool) float64 {
	n := 0
	for _, v := range f.values {
		if test(v.Text) {
			n += v.Count
		}
	}
	return float64(n) / float64(max(f.n, 1))
}

func containsDigit(s string) bool {
	return slices.ContainsFunc([]byte(s), func(b byte) bool { return b >= '0' && b <= '9' })
}

func isWord(s string) bool { return hasLetters(s, 2) && !containsDigit(s) }

func (d *draft) judgeAction(c *col) {
	f, s := c.facts, c.meaning.strength
	what := c.meaning.kind == kindWhat
	closed := f.closed() || f.distinct <= 12 && f.names < 0.2
	switch {
	case f.n == 0:
		c.set(ingest.ColAction, 0.5, "there is no value to check it by")
	case f.isTimes(), f.names > 0.4, f.emails > 0.3, f.ips > 0.3, f.truths > 0.9:
		c.set(ingest.ColAction, 0.2, unfit)
	case what && f.records > 0.5 && f.records > f.actions+0.1 && f.distinct > 1:
		c.set(ingest.ColRecordType, 0.6+0.3*f.records, "the values name kinds of records")
	case f.letters != nil:
		c.set(ingest.ColAction, max(s*0.9, 0.75), "the values are codes of actions")
	case f.actions > 0.5:
		c.set(ingest.ColAction, s*(0.88+0.12*f.actions), fits)
		c.style.phrases = !f.closed() && f.sentences > 0.3
		if what {
			c.confidence, c.why = 0.6+0.3*f.actions, "the values are actions"
		}
	case what && slices.Contains(c.meaning.words, "category"), what && slices.Contains(c.meaning.words, "function"):
		c.set(ingest.ColRecordType, 0.5+0.3*f.records, "perhaps a kind of record")
	case what:
		c.set(ingest.ColAction, 0.5, "perhaps an action, perhaps a kind of record")
	case closed && f.records > 0.6 && f.actions < 0.2:
		c.set(ingest.ColAction, 0.6, "the header means an action, the values name kinds of records")
	case closed && f.sentences < 0.5 && f.n > 1:
		c.set(ingest.ColAction, s*0.84, "the header says so; most values are unknown")
	case f.sentences > 0.5 && f.actions > 0.3:
		c.set(ingest.ColAction, 0.6, "sentences, some of which say what was done")
	default:
		c.set(ingest.ColAction, 0.5, unfit)
	}
}

func (d *draft) judgeRecord(c *col) {
	f, s := c.facts, c.meaning.strength
	ids := f.share(func(v string) bool { return isCode(v) && containsDigit(v) })
	switch k := c.meaning.kind; {
	case f.n == 0 && k == kindRecordID:
		c.set(ingest.ColRecordID, s*0.88, noValues)
	case f.n == 0:
		c.set(ingest.ColRecordType, s*0.85, noValues)
	case f.isTimes(), f.ips > 0.3, f.emails > 0.3:
		c.set(ingest.ColRecordType, 0.2, unfit)
	case k == kindRecordID && ids > 0.6 && f.rising && f.n > 9:
		c.set(ingest.ColRecordID, 0.5, "perhaps the number of the row")
	case k == kindRecordID && ids > 0.6:
		c.set(ingest.ColRecordID, s, fits)
	case k == kindRecordID:
		c.set(ingest.ColRecordID, 0.5, unfit)
	case f.names > 0.3:
		c.leave(true, "the values look like names: left out")
	case k == kindRecordLabel && f.closed() && f.sentences < 0.1:
		c.set(ingest.ColRecordLabel, max(s, 0.75), fits)
	case k == kindRecordLabel:
		c.leave(true, "free text: left out, may hold patient data")
	case ids > 0.7 && !f.closed():
		c.set(ingest.ColRecordID, 0.72, "the values are numbers")
	case f.actions > 0.6 && f.records < 0.3:
		c.set(ingest.ColAction, 0.5, "the header means a record, the values are actions")
	case f.sentences > 0.3 || !f.closed() && f.distinct > 40:
		c.set(ingest.ColRecordLabel, 0.4, "free text, perhaps about patients")
	case f.numbers > 0.9:
		c.set(ingest.ColRecordType, 0.5, "the values are numbers")
	default:
		c.set(ingest.ColRecordType, s*(0.92+0.08*f.records), fits)
	}
}

// judgeText judges the fields that take nearly any text.
func judgeText(c *col) {
	f, s := c.facts, c.meaning.strength
	code := f.share(isCode)
	field, ok := "", true
	switch c.meaning.kind {
	case kindSession:
		field, ok = ingest.ColSessionID, code > 0.8 && f.names < 0.2 && f.actions+f.records < 0.3
	case kindRequest:
		field, ok = ingest.ColRequestID, code > 0.8
	case kindReason:
		field, ok = ingest.ColReason, f.ips < 0.2 && f.names < 0.4
	case kindOutcomeReason:
		field = ingest.ColOutcomeReason
	case kindPurpose:
		field, ok = ingest.ColPurpose, f.closed() || f.n < 20
	case kindCount:
		field, ok = ingest.ColRecordCount, f.numbers > 0.99 && f.share(func(v string) bool { _, whole := wholeNumber(v); return whole }) > 0.99
	case kindBehalf:
		field, ok = ingest.ColOnBehalfOf, f.names+f.logins+f.numbers > 0.6
	case kindUserRole:
		field, ok = ingest.ColUserRole, f.numbers < 0.5 && (f.closed() || f.distinct < 15) && f.names < 0.7
	case kindUserType:
		words := f.share(func(v string) bool {
			return slices.Contains([]string{"staff", "patient", "system", "employee", "provider", "user", "client", "portal", "service"}, lower(v))
		})
		field, ok = ingest.ColUserType, words > 0.9
	case kindSystem:
		field, ok = ingest.ColSourceSystem, f.closed() && f.names < 0.5 && f.actions < 0.3
	case kindUserFirst, kindUserLast, kindPatientFirst, kindPatientLast:
		c.set("", s, "one half of a name")
		return
	default:
	}
	switch {
	case f.n == 0:
		c.set(field, s*0.88, noValues)
	case f.isTimes(), !ok:
		c.set(field, 0.4, unfit)
	default:
		c.set(field, s, fits)
	}
}

// says reports whether a word of the header is known.
func (c *col) says(w *words) bool {
	return slices.ContainsFunc(c.meaning.words, func(word string) bool { _, ok := w.canonical[word]; return ok })
}

// judgeValues judges a column whose header says nothing. Only what cannot be
// anything else is taken, and never a person.
func (d *draft) judgeValues(c *col) {
	f := c.facts
	const many = 8
	switch {
	case f.n == 0, f.time.share > 0.9:
	case f.ips > 0.9:
		c.set(ingest.ColIP, 0.75, valuesOnly)
	case f.actions > 0.85 && f.closed() && f.distinct > 1 && f.sentences < 0.1:
		c.set(ingest.ColAction, 0.72, valuesOnly)
	case f.outcomes > 0.98 && f.closed() && f.distinct > 1:
		c.set(ingest.ColOutcome, 0.72, valuesOnly)
	case f.rising && f.n >= many && f.n == f.all && c.index == 1:
		c.set(ingest.ColSourceEventID, 0.75, "no value repeats, and each is larger than the one above")
	case f.records > 0.85 && f.closed() && f.distinct > 2 && c.says(d.words):
		c.set("", 0, "the values name kinds of records; what the header means is not known")
	case f.records > 0.85 && f.closed() && f.distinct > 2:
		c.set(ingest.ColRecordType, 0.72, valuesOnly)
	case f.names > 0.7:
		c.set("", 0, "the values are names; whose is not known")
	case f.sentences > 0.5:
		c.leave(true, "free text: left out, may hold patient data")
	default:
		c.set("", 0, "not recognised")
	}
}
