package atna

import "strings"

// patient is one patient of a message.
type patient struct {
	id, system, name string
}

// isPatient reports whether an object is a patient: a person in the role of the
// patient.
func (o *object) isPatient() bool { return o.role == "1" && (o.typ == "1" || o.typ == "") }

// addPatients adds the patients of one object, each identifier of which may be
// one of several.
func (r *reader) addPatients(o *object) {
	ids := strings.ReplaceAll(o.id, "&amp;", "&") // escaped once too often
	name := identity(o.name)
	found := false
	for one := range strings.FieldsFuncSeq(ids, func(c rune) bool { return c == '~' || c == ';' }) {
		id, system := splitID(strings.TrimSpace(one))
		if id = identity(id); id != "" {
			r.addPatient(patient{id: id, system: identity(system), name: name})
			found = true
		}
	}
	if !found && name != "" {
		r.addPatient(patient{name: name})
	}
}

// addPatient adds p unless the message has named it before. An identifier
// without an authority is the same as one with.
func (r *reader) addPatient(p patient) {
	key := patient{id: p.id, system: p.system}
	if p.id == "" {
		key.name = p.name
	}
	i, ok := r.known[key]
	bare := patient{id: p.id} // the first of all with this number
	if !ok && p.id != "" {
		if i, ok = r.known[bare]; ok && p.system != "" && r.patients[i].system != "" {
			ok = false // the same number of another authority
		}
	}
	if !ok {
		i = len(r.patients)
		r.patients = append(r.patients, p)
	}
	q := &r.patients[i]
	q.system, q.name = firstOf(q.system, p.system), firstOf(q.name, p.name)
	r.known[key] = i
	if _, ok := r.known[bare]; !ok && p.id != "" {
		r.known[bare] = i
	}
}

// splitID splits an identifier into the number and its assigning authority. It
// may be an HL7 CX ("7^^^CLINIC&1.2.3&ISO^PI"), a reference to a FHIR resource
// ("Patient/7"), or a FHIR token ("urn:oid:1.2.3|7").
func splitID(s string) (id, system string) {
	if id, _, ok := strings.Cut(s, "^"); ok {
		return id, authority(s)
	}
	if system, id, ok := strings.Cut(s, "|"); ok {
		return id, strings.TrimPrefix(system, "urn:oid:")
	}
	const reference = "Patient/"
	if i := strings.LastIndex(s, reference); i == 0 || i > 0 && s[i-1] == '/' {
		id, _, _ = strings.Cut(s[i+len(reference):], "/") // without the version
		id, _, _ = strings.Cut(id, "?")
		return id, strings.TrimSuffix(s[:i], "/")
	}
	return s, ""
}

// authority returns the assigning authority of a CX: the object identifier, or
// the namespace where there is none.
func authority(cx string) string {
	parts := strings.SplitN(cx, "^", 5)
	if len(parts) < 4 {
		return ""
	}
	namespace, rest, _ := strings.Cut(parts[3], "&")
	oid, _, _ := strings.Cut(rest, "&")
	return firstOf(strings.TrimSpace(oid), strings.TrimSpace(namespace))
}
