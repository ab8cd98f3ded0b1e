// Package sufficiency says what a log can and cannot answer: which elements its
// events have, how that compares with what a certified EHR must log, on which
// days there is nothing, and what its product's vendor says about the rest.
//
// It counts and compares. It refuses to conclude: an element that was not seen
// may not be logged, or may not have happened, and it says so.
package sufficiency

import (
	"slices"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// Counts is how many events of a log have what.
type Counts struct {
	Events        int64 `json:"events"`
	Reads         int64 `json:"reads"`
	Changes       int64 `json:"changes"`
	Logins        int64 `json:"logins"`
	LoginsFailed  int64 `json:"logins_failed"`
	Privileges    int64 `json:"privilege_changes"`
	WithUser      int64 `json:"with_user"`
	WithPatient   int64 `json:"with_patient"`
	WithNumber    int64 `json:"with_patient_number"`
	WithPlace     int64 `json:"with_workstation_or_address"`
	WithRecord    int64 `json:"with_record_type"`
	WithOutcome   int64 `json:"with_outcome"`
	WithID        int64 `json:"with_event_id"`
	ZoneExplicit  int64 `json:"zone_explicit"`
	ZoneAssumed   int64 `json:"zone_assumed"`
	ActionUnknown int64 `json:"action_unmapped"`
}

// Answer is whether a log has an element.
type Answer string

// The closed set of answers.
const (
	Yes     Answer = "yes"      // nearly every event that could have it has it
	Partly  Answer = "partly"   // some have it
	NotSeen Answer = "not_seen" // none has it: it is not logged, or it did not happen
	No      Answer = "no"       // the export has no place for it, or says that it does not log it
	Unknown Answer = "unknown"  // an export cannot show it
)

// Element is one element with its answer.
type Element struct {
	Element ingest.Element `json:"element"`
	Answer  Answer         `json:"answer"`
	// Events is how many events have it, Of among how many that could.
	Events int64 `json:"events"`
	Of     int64 `json:"of"`
	// Certified is true if 45 CFR 170.315(d)(2) asks it of a certified EHR.
	Certified bool `json:"certified"`
}

// Days are the calendar days that a log spans, in the practice's zone.
type Days struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Total int64  `json:"total"`
	// Silent are the days without any event, Weekdays those of them from Monday to Friday.
	Silent   int64 `json:"silent"`
	Weekdays int64 `json:"silent_weekdays"`
	// Examples are the first silent weekdays.
	Examples []string `json:"examples"`
}

// Report is what a log can answer.
type Report struct {
	Counts
	Elements []Element `json:"elements"`
	Days     Days      `json:"days"`
	// Limits are the codes of notes about the export as a whole, such as export_cap.
	Limits []ingest.NoteKind `json:"limits"`
	// Advice is what the vendor documents about what is missing.
	Advice []ingest.Advice `json:"advice"`
}

// Facts are what is known of a log beside its counts.
type Facts struct {
	// Days has the number of events of each local day, as days since 1970-01-01.
	Days map[int32]int64
	// Notes are the parser's remarks about the export.
	Notes []ingest.Note
	// Advice is what the parser knows to advise; what concerns elements that the
	// log has is left out.
	Advice []ingest.Advice
}

// nearly is the share of events from which on an element counts as there.
const nearly = 0.95

// maxExamples is how many silent days are named.
const maxExamples = 7

// Judge compares what a log has with what it should have.
func Judge(c Counts, f Facts) Report {
	r := Report{Counts: c, Days: daysOf(f.Days), Limits: []ingest.NoteKind{}, Advice: []ingest.Advice{}}
	for _, n := range f.Notes {
		if !slices.Contains(r.Limits, n.Kind) {
			r.Limits = append(r.Limits, n.Kind)
		}
	}
	if c.Events == 0 {
		r.Elements = []Element{}
		return r
	}
	r.Elements = c.elements(slices.Contains(r.Limits, ingest.NoteNoReads))
	for _, a := range f.Advice {
		if e := r.Of(a.Lacks); e.Answer != Yes {
			r.Advice = append(r.Advice, a)
		}
	}
	return r
}

// Of returns an element of the report; its zero value has no answer.
func (r Report) Of(name ingest.Element) Element {
	for _, e := range r.Elements {
		if e.Element == name {
			return e
		}
	}
	return Element{}
}

// Missing returns the elements that a certified EHR logs and this log does not
// have, or has in some events only.
func (r Report) Missing() []Element {
	return slices.DeleteFunc(slices.Clone(r.Elements), func(e Element) bool {
		return !e.Certified || e.Answer == Yes || e.Answer == Unknown
	})
}

func (c Counts) elements(noReads bool) []Element {
	// A login has no patient and a population search none either; that many events
	// lack one is what logs are like, and none at all is what matters.
	charted := c.Events - c.Logins
	list := []Element{
		share(ingest.ElementTime, c.ZoneExplicit, c.Events, false),
		some(ingest.ElementPatient, c.WithPatient, charted, true),
		share(ingest.ElementUser, c.WithUser, c.Events, true),
		seen(ingest.ElementReads, c.Reads, c.Events, true),
		seen(ingest.ElementChanges, c.Changes, c.Events, true),
		some(ingest.ElementRecord, c.WithRecord, c.Events, true),
		seen(ingest.ElementPrivileges, c.Privileges, c.Events, true),
		{Element: ingest.ElementClock, Answer: Unknown, Certified: true},
		seen(ingest.ElementLogins, c.Logins, c.Events, false),
		seen(ingest.ElementLoginFailed, c.LoginsFailed, c.Events, false),
		share(ingest.ElementPlace, c.WithPlace, c.Events, false),
		share(ingest.ElementOutcome, c.WithOutcome, c.Events, false),
		share(ingest.ElementEventID, c.WithID, c.Events, false),
	}
	for i := range list {
		if list[i].Element == ingest.ElementReads && list[i].Events == 0 && noReads {
			list[i].Answer = No
		}
		// The time is there in every event; without a zone it is there in part.
		if list[i].Element == ingest.ElementTime && list[i].Answer == No {
			list[i].Answer = Partly
		}
	}
	return list
}

// share judges an element that every event should have.
func share(name ingest.Element, n, of int64, certified bool) Element {
	e := Element{Element: name, Answer: Partly, Events: n, Of: of, Certified: certified}
	switch {
	case n == 0:
		e.Answer = No
	case float64(n) >= nearly*float64(of):
		e.Answer = Yes
	}
	return e
}

// some judges an element that many events rightly lack.
func some(name ingest.Element, n, of int64, certified bool) Element {
	e := Element{Element: name, Answer: Yes, Events: n, Of: of, Certified: certified}
	if n == 0 {
		e.Answer = No
	}
	return e
}

// seen judges a kind of event that need not occur.
func seen(name ingest.Element, n, of int64, certified bool) Element {
	e := Element{Element: name, Answer: Yes, Events: n, Of: of, Certified: certified}
	if n == 0 {
		e.Answer = NotSeen
	}
	return e
}

func daysOf(events map[int32]int64) Days {
	d := Days{Examples: []string{}}
	if len(events) == 0 {
		return d
	}
	first, last := int32(1<<30), int32(-1<<30)
	for day, n := range events {
		if n > 0 {
			first, last = min(first, day), max(last, day)
		}
	}
	d.From, d.To, d.Total = date(first), date(last), int64(last)-int64(first)+1
	for day := first; day <= last; day++ {
		if events[day] > 0 {
			continue
		}
		d.Silent++
		if w := at(day).Weekday(); w == time.Saturday || w == time.Sunday {
			continue
		}
		d.Weekdays++
		if len(d.Examples) < maxExamples {
			d.Examples = append(d.Examples, date(day))
		}
	}
	return d
}

func at(day int32) time.Time { return time.Unix(int64(day)*86400, 0).UTC() }

func date(day int32) string { return at(day).Format(time.DateOnly) }
