package fhiraudit

import "strings"

// reference is a FHIR reference taken apart: "https://host/fhir/Patient/7/_history/2"
// has the base "https://host/fhir", the type "Patient" and the id "7".
type reference struct {
	base, typ, id string
}

// parseReference takes a reference apart. One to a contained resource says
// nothing outside its own resource and gives the zero reference.
func parseReference(s string) reference {
	if s == "" || s[0] == '#' {
		return reference{}
	}
	if strings.HasPrefix(s, "urn:") {
		return reference{id: s}
	}
	if path, query, ok := strings.Cut(s, "?"); ok {
		return conditional(path, query)
	}
	path, _, _ := strings.Cut(s, "/_history/")
	path = strings.TrimRight(path, "/")
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return reference{id: s}
	}
	rest, id := path[:i], path[i+1:]
	j := strings.LastIndexByte(rest, '/')
	typ := rest[j+1:]
	if !isTypeName(typ) {
		return reference{id: s}
	}
	return reference{base: strings.TrimRight(rest[:j+1], "/"), typ: typ, id: id}
}

// conditional reads "Patient?identifier=system|value".
func conditional(path, query string) reference {
	typ := path[strings.LastIndexByte(path, '/')+1:]
	value, ok := strings.CutPrefix(query, "identifier=")
	if !ok || !isTypeName(typ) || strings.Contains(value, "&") {
		return reference{}
	}
	if system, id, ok := strings.Cut(value, "|"); ok {
		return reference{base: system, typ: typ, id: id}
	}
	return reference{typ: typ, id: value}
}

// isTypeName reports whether s can be the name of a resource type.
func isTypeName(s string) bool {
	if s == "" || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// party is who or what a reference means: R4's Reference, or the reference and
// identifier that older versions have side by side.
type party struct {
	ref                reference
	idSystem, idValue  string
	display, labelType string // labelType is the identifier's type
}

// party reads the reference in w, with the identifier id where w has none.
func (r *reader) party(w, id ref) party {
	p := party{ref: parseReference(r.str(w, fReference)), display: r.str(w, fDisplay)}
	if p.ref.typ == "" {
		if typ := r.str(w, fType); isTypeName(typ) {
			p.ref.typ = typ
		}
	}
	if own := r.get(w, fIdentifier); own != 0 {
		id = own
	}
	p.idSystem, p.idValue = r.str(id, fSystem), r.str(id, fValue)
	if t := r.get(id, fType); t != 0 {
		p.labelType = firstOf(r.str(t, fText), r.str(t, fCoding, fCode))
	}
	return p
}
