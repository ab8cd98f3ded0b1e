package atna

import (
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

const roleQuery = "24"

// recordOf is what an object says about the record that was accessed.
type recordOf struct {
	typ            ingest.RecordType
	raw, id, label string
	rank           int
}

// The ranks of a record: a document or a study counts for more than what it is
// a part of, and that for more than an object of an unknown kind.
const (
	rankNone = iota
	rankOther
	rankPart
	rankTyped
)

// readObjects sorts the objects of a message into patients, records and
// identifiers of the request.
func (r *reader) readObjects(m *message, e *ingest.Event) {
	var best recordOf
	records := int64(0)
	for i := range m.objects {
		o := &m.objects[i]
		switch {
		case o.isPatient():
			r.addPatients(o)
		case o.isUser():
		case o.isTrace():
			e.RequestID = traceID(o.id)
		case o.isRequest():
			e.RequestID = firstOf(e.RequestID, identity(o.id))
		case o.role == roleQuery || o.query:
			r.evidence.query = true
		default:
			rec := o.record()
			if rec.id == "" && rec.label == "" {
				continue
			}
			records++
			if rec.rank > best.rank {
				best = rec
			}
		}
	}
	r.rank = best.rank
	e.RecordType, e.RecordRaw, e.RecordID, e.RecordLabel = best.typ, shorten(best.raw), best.id, shorten(best.label)
	if records > 1 {
		e.RecordCount = records
	}
}

// isTrace reports whether an object is the trace context of a request.
func (o *object) isTrace() bool {
	return strings.EqualFold(o.idType.code, "traceparent") || strings.EqualFold(o.idType.label, "traceparent")
}

// isRequest reports whether an object is an identifier of a request.
func (o *object) isRequest() bool {
	switch strings.ReplaceAll(strings.ToLower(o.idType.code), "-", "") {
	case "xrequestid", "requestid", "traceid":
		return true
	}
	return false
}

// traceID returns the part of a W3C trace context that all records of one
// request share: the 32 digits after the version.
func traceID(s string) string {
	const length = 32
	s = strings.ToLower(strings.TrimSpace(s))
	for part := range strings.SplitSeq(s, "-") {
		if len(part) == length && strings.Trim(part, "0123456789abcdef") == "" {
			return part
		}
	}
	return identity(s)
}

// record reads an object that is neither a person nor about the request.
func (o *object) record() recordOf {
	rec := recordOf{
		id: identity(o.id), label: identity(o.name), raw: firstOf(label(o.idType.label), o.idType.name()),
		typ: ingest.RecordOther, rank: rankOther,
	}
	const unknownStudy = "1.2.40.0.13.1.15.110.3.165.1" // what dcm4chee writes for a study without an identifier
	if rec.id == unknownStudy {
		rec.id = ""
	}
	switch code := strings.ToLower(o.idType.code); {
	case code == "110180" || code == "110181" || strings.Contains(strings.ToLower(o.idType.label), "study instance"):
		rec.typ, rec.rank = ingest.RecordImaging, rankTyped
	case isDocument(code, o.idType.label):
		rec.typ, rec.rank = ingest.RecordDocument, rankTyped
	case code == "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd", code == "urn:uuid:d9d542f3-6cc4-48b6-8870-ea235fbc94c2":
		rec.typ, rec.rank = ingest.RecordDocument, rankPart // a submission set, a folder
	case code == "9": // Report Number, with which retrievals name documents
		rec.typ, rec.rank = ingest.RecordDocument, rankTyped
	case o.role == "13": // Security Resource
		rec.typ = ingest.RecordConfiguration
	case o.role == "3": // Report
		rec.typ, rec.rank = ingest.RecordReport, rankPart
	}
	if rec.raw == "" {
		rec.raw = o.role
	}
	return rec
}

// isDocument reports whether a kind of identifier is that of a document entry:
// stable, on demand, or under either name.
func isDocument(code, label string) bool {
	switch code {
	case "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1", "urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248":
		return true
	}
	label = strings.ToLower(strings.ReplaceAll(label, " ", ""))
	return strings.Contains(label, "documententry") || strings.Contains(label, "documentuniqueid") || label == "documentreference"
}
