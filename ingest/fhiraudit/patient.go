package fhiraudit

import (
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

const (
	typePatient = "Patient"
	rolePatient = "1"
	roleQuery   = "24"
	typePerson  = "1"
)

// patient is one patient of an event.
type patient struct {
	id, system, name string
}

// entityKind says what an entity of an event is.
type entityKind uint8

const (
	entityRecord  entityKind = iota // what was accessed
	entityPatient                   // whose it was
	entityQuery                     // how it was looked for
	entityRequest                   // an identifier of the request
	entityTrace                     // an identifier of the chain of requests
)

// readEntities sorts the entities of an event into patients, records and
// identifiers of the request.
func (r *reader) readEntities(event ref, e *ingest.Event) {
	r.patients = r.patients[:0]
	if top := r.get(event, fPatient); top != 0 {
		r.addPatient(r.party(top, 0))
	}
	var trace string
	var best recordOf
	records := int64(0)
	for n := r.either(event, fEntity, fObject); n != 0; n = r.more(n) {
		// In STU3 and before, the reference and the identifier stand side by side.
		what := r.party(r.either(n, fWhat, fReference), r.get(n, fIdentifier))
		switch r.entityKind(n, &what) {
		case entityPatient:
			// The name of an entity that is not the patient as such is that of the data.
			if role := r.codeOf(n, fRole); role != "" && role != rolePatient {
				what.display = ""
			} else {
				what.display = firstOf(what.display, r.str(n, fName))
			}
			r.addPatient(what)
		case entityRequest:
			e.RequestID = firstOf(e.RequestID, what.idValue, what.ref.id)
		case entityTrace:
			trace = firstOf(trace, what.idValue, what.ref.id)
		case entityQuery:
		case entityRecord:
			if rec := r.recordOf(n, &what); rec.raw != "" || rec.id != "" {
				records++
				if rec.rank > best.rank {
					best = rec
				}
			}
		}
	}
	e.RequestID = firstOf(e.RequestID, trace)
	e.RecordType, e.RecordRaw, e.RecordID, e.RecordLabel = best.typ, shorten(best.raw), best.id, shorten(best.label)
	if records > 1 {
		e.RecordCount = records
	}
}

func (r *reader) entityKind(n ref, what *party) entityKind {
	role, typ := r.codeOf(n, fRole), r.codeOf(n, fType)
	switch {
	case typ == "XrequestId":
		return entityRequest
	case what.ref.typ == typePatient || typ == typePatient || role == rolePatient:
		return entityPatient
	case typ == typePerson && role == "" && what.ref.typ == "":
		return entityPatient
	case role == roleQuery:
		return entityQuery
	}
	switch strings.ToLower(what.labelType) {
	case "traceid", "trace-id", "traceparent":
		return entityTrace
	case "x-request-id", "xrequestid", "requestid", "request-id":
		return entityRequest
	}
	return entityRecord
}

// codeOf returns the first code of a child that is a Coding or a
// CodeableConcept.
func (r *reader) codeOf(n ref, f field) string {
	c := r.get(n, f)
	return firstOf(r.str(c, fCode), r.str(c, fCoding, fCode))
}

// addPatient adds a patient unless the event has named it before. A reference
// counts for more than an identifier, which may be of anything. Where there is
// neither, some writers put the number into the name.
func (r *reader) addPatient(what party) {
	name := what.display
	p := patient{id: identity(what.ref.id), system: what.ref.base}
	if !strings.ContainsFunc(name, isLetter) {
		if p.id == "" && what.idValue == "" {
			p.id = identity(name)
		}
		name = ""
	}
	p.name = name
	if p.id != "" || what.idValue == "" {
		r.appendPatient(p)
		return
	}
	if !strings.Contains(what.idValue, "^") {
		r.appendPatient(patient{id: identity(what.idValue), system: what.idSystem, name: name})
		return
	}
	for one := range strings.SplitSeq(what.idValue, "~") {
		id, authority := splitCX(one)
		r.appendPatient(patient{id: identity(id), system: firstOf(authority, what.idSystem), name: name})
	}
}

func isLetter(c rune) bool { return c > 0x7f || c|0x20 >= 'a' && c|0x20 <= 'z' }

// appendPatient adds p unless it is known or says nothing.
func (r *reader) appendPatient(p patient) {
	if p.id == "" && p.name == "" {
		return
	}
	i := slices.IndexFunc(r.patients, func(q patient) bool { return q.id == p.id && q.system == p.system })
	if i < 0 {
		r.patients = append(r.patients, p)
	} else if r.patients[i].name == "" {
		r.patients[i].name = p.name
	}
}

// splitCX splits an HL7 CX identifier, "7^^^CLINIC&1.2.3&ISO^PI", into the
// number and its assigning authority: the object identifier, or the namespace
// where there is none.
func splitCX(s string) (id, authority string) {
	parts := strings.Split(s, "^")
	if len(parts) > 3 {
		name, rest, _ := strings.Cut(parts[3], "&")
		oid, _, _ := strings.Cut(rest, "&")
		authority = firstOf(trim(oid), trim(name))
	}
	return trim(parts[0]), authority
}
