package fhiraudit

import (
	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/fhirtype"
)

// recordOf is what an entity says about the record that was accessed.
type recordOf struct {
	typ            ingest.RecordType
	raw, id, label string
	rank           int
}

// The ranks of a record: the first entity whose resource type is known counts
// for more than an earlier one without.
const (
	rankNone = iota
	rankUntyped
	rankTyped
)

// recordOf reads an entity that is neither a patient nor an identifier of the
// request. Its description is left alone, because writers put the URL of a
// query into it.
func (r *reader) recordOf(n ref, what *party) recordOf {
	rec := recordOf{label: firstOf(r.str(n, fName), what.display), id: firstOf(what.ref.id, what.idValue)}
	typ := what.ref.typ
	if code := r.codeOf(n, fType); typ == "" && isTypeName(code) {
		typ = code
	}
	if typ != "" {
		rec.raw, rec.typ, rec.rank = typ, fhirtype.Record(typ), rankTyped
		return rec
	}
	role := r.get(n, fRole)
	rec.raw = firstOf(what.labelType, r.str(role, fDisplay), r.str(role, fCoding, fDisplay), r.codeOf(n, fRole))
	if rec.id == "" && rec.label == "" {
		return recordOf{} // nothing but a remark
	}
	rec.typ, rec.rank = ingest.RecordOther, rankUntyped
	if r.codeOf(n, fRole) == "3" {
		rec.typ = ingest.RecordReport
	}
	if rec.raw == "" {
		rec.raw = r.codeOf(n, fType)
	}
	return rec
}
