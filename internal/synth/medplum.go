package synth

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// medplumTime is how the server writes an instant.
const medplumTime = "2006-01-02T15:04:05.000Z"

// WriteMedplum writes a window as the standard output of a Medplum server that logs
// its AuditEvents, as Docker keeps it: each line is a text in JSON, and lines about
// other things stand in between. A look at medications or results is a batch of two
// requests with one number.
func (p *Practice) WriteMedplum(w io.Writer, in Window) error {
	out := medplumLog{w: w}
	out.other(in.From, "Server started", "")
	for _, r := range p.cloudRequests(in) {
		request := r.number("maple-request-")
		if r.verb == "search-type" {
			out.line(p.medplumEvent(r, "batch", nil, request), r.At)
			out.line(p.medplumEvent(r, "read", p.patientReference(r.PatientID), request), r.At)
			out.line(p.medplumEvent(r, "search", nil, request), r.At)
		} else {
			out.line(p.medplumEvent(r, r.verb, p.patientReference(r.PatientID), request), r.At)
		}
		out.other(r.At, "Request served", request)
	}
	return out.err
}

// medplumEvent is a request as an AuditEvent; of a search it has the query and of a batch
// nothing.
func (p *Practice) medplumEvent(r cloudRequest, verb string, what any, request string) object {
	letters := map[string]any{"read": "R", "search": "R", "update": "U", "delete": "D"}
	userName, _, _ := p.describe(r.Access)
	outcome, reason := "0", any(nil)
	if r.Outcome == ingest.OutcomeFailure {
		outcome, reason = "4", "Forbidden"
	}
	var entity any
	switch {
	case verb == "search":
		entity = array{object{{"query", "Observation?patient=" + r.PatientID}}}
	case what != nil:
		entity = array{object{{"what", what}}}
	}
	return object{
		{"resourceType", "AuditEvent"},
		{"meta", object{{"project", "maple"}}},
		{"type", coding(systemEventType, "rest", "Restful Operation")},
		{"subtype", array{coding(systemREST, verb, verb)}},
		{"action", letters[verb]},
		{"recorded", r.At.Format(medplumTime)},
		{"source", object{{"observer", object{{"identifier", object{{"value", "https://api.maplestreet.example/"}}}}}}},
		{"agent", array{object{
			{"who", object{{"reference", "Practitioner/" + r.UserID}, {"display", userName}}},
			{"requestor", true},
			{"network", object{{"address", r.IP}, {"type", "2"}}},
		}}},
		{"outcome", outcome},
		{"outcomeDesc", reason},
		{"entity", entity},
		{"extension", array{object{
			{"url", "https://medplum.com/fhir/StructureDefinition/tracing"},
			{"extension", array{object{{"url", "requestId"}, {"valueId", request}}, object{{"url", "traceId"}, {"valueId", "trace-" + request}}}},
		}}},
	}
}

// medplumLog writes the lines; after an error it writes nothing.
type medplumLog struct {
	w   io.Writer
	err error
}

// other writes a line that is no event.
func (l *medplumLog) other(at time.Time, message, request string) {
	o := object{{"level", "INFO"}, {"timestamp", at.UTC().Format(medplumTime)}, {"msg", message}}
	if request != "" {
		o = append(o, member{"requestId", request})
	}
	l.line(o, at)
}

// line writes a line of the server in the envelope that Docker puts around it.
func (l *medplumLog) line(o object, at time.Time) {
	if l.err != nil {
		return
	}
	text, err := json.Marshal(o)
	if err != nil {
		l.err = fmt.Errorf("writing a line of the server: %w", err)
		return
	}
	envelope := object{{"log", string(text) + "\n"}, {"stream", "stdout"}, {"time", at.UTC().Format(time.RFC3339Nano)}}
	l.err = writeLines(l.w, func(yield func(object) bool) { yield(envelope) })
}
