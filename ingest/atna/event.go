package atna

import (
	"strings"
	"unicode/utf8"

	"github.com/chartwatch/chartwatch/ingest"
)

// reader turns the pieces of a batch into results. It keeps its buffers from
// batch to batch and belongs to one goroutine.
type reader struct {
	message  message
	agents   []agent
	patients []patient
	known    map[patient]int // positions in patients, by identifier or else by name
	evidence evidence
	rank     int // of the record that the message names
	results  []result
}

// read reads one batch.
func (r *reader) read(b *batch) {
	r.results = b.results[:0]
	text := string(b.buf)
	for i := range b.items {
		it := &b.items[i]
		r.item(it, text[it.start:it.body], text[it.body:it.end])
	}
	b.results = r.results
}

func (r *reader) item(it *item, head, body string) {
	switch it.kind {
	case itemSkip:
		r.results = append(r.results, result{kind: resultSkip, skip: it.skip, times: it.times})
	case itemOpen:
		r.results = append(r.results, result{kind: resultOpen, reject: ingest.Reject{Line: it.line}})
	case itemForeign:
		r.foreign(it.line, head)
	case itemTooLong:
		r.fail(it.line, head, body, "", ingest.ReasonTooLong)
	case itemBroken:
		r.fail(it.line, head, body, "", ingest.ReasonBadSyntax)
	case itemCut:
		r.fail(it.line, head, body, "", ingest.ReasonTruncated)
		r.results[len(r.results)-1].kind = resultCut
	case itemMessage:
		r.readMessage(it.line, head, body)
	}
}

// foreign rejects a record of the log that holds no message: because of its
// header, or because it is about something else.
func (r *reader) foreign(line int64, text string) {
	h := readHeader(text)
	reason := h.reason
	if reason == "" {
		reason = ingest.ReasonWrongType
	}
	if !utf8.ValidString(text) {
		h.column, reason = "", ingest.ReasonBadEncoding
	}
	r.results = append(r.results, result{kind: resultReject, recorded: h.stamp, raw: text, reject: ingest.Reject{
		Line: line, Column: h.column, Reason: reason,
	}})
}

// fail rejects a message.
func (r *reader) fail(line int64, head, body, column string, reason ingest.Reason) {
	r.results = append(r.results, result{
		kind: resultReject, recorded: readHeader(head).stamp, raw: firstOf(body, head),
		reject: ingest.Reject{Line: line, Column: column, Reason: reason},
	})
}

// readMessage reads a whole message.
func (r *reader) readMessage(line int64, head, body string) {
	if !utf8.ValidString(body) {
		r.fail(line, head, body, "", ingest.ReasonBadEncoding)
		return
	}
	if hasDeclarations(head) {
		r.fail(line, head, body, "DOCTYPE", ingest.ReasonBadSyntax)
		return
	}
	m := &r.message
	st := m.read(body)
	if st == statusSyntax && encoded(body) {
		st = m.read(decodeLineEnds(body))
	}
	switch st {
	case statusDeep:
		r.fail(line, head, body, "", ingest.ReasonTooDeep)
		return
	case statusSyntax, statusEnd:
		r.fail(line, head, body, "", ingest.ReasonBadSyntax)
		return
	case statusOK:
	}
	if !m.identified {
		r.fail(line, head, body, elementEvent, ingest.ReasonMissingField)
		return
	}
	r.event(line, head, body)
}

// event turns a message into a result.
func (r *reader) event(line int64, head, body string) {
	m := &r.message
	e := ingest.Event{Line: line, Granularity: ingest.GranularityEvent}
	r.begin()
	h := readHeader(head)
	r.readAgents(m)
	r.readObjects(m, &e)
	e.SourceSystem = r.sourceSystem(h.host)
	e.Outcome = outcomeOf(m.outcome)
	if e.Outcome != ingest.OutcomeSuccess {
		e.OutcomeReason = shorten(m.reason)
	}
	user := r.setUser(m, &e)
	r.setAction(user, &e)
	r.setPurposes(&e)
	if m.event.code != dialectOpenEMR { // whose addresses are those of servers only
		r.setDevice(&e, user)
	}
	res := result{kind: resultEvent, event: e, at: m.when, recorded: h.stamp, raw: body}
	if column := r.tooLong(&e); column != "" {
		res.kind, res.reject = resultReject, ingest.Reject{Line: line, Column: column, Reason: ingest.ReasonTooLong}
	}
	if len(r.patients) > 0 {
		res.reject.PatientID = r.patients[0].id
		res.patients = append([]patient(nil), r.patients...)
	}
	r.results = append(r.results, res)
}

// begin forgets the last message.
func (r *reader) begin() {
	const many = 256 // a map stays as large as it once was
	if r.known == nil || len(r.patients) > many {
		r.known = map[patient]int{}
	}
	clear(r.known)
	r.patients = r.patients[:0]
	r.evidence = evidence{codes: r.evidence.codes[:0]}
}

// sourceSystem names the site and the system that wrote the message, or the
// host that sent it.
func (r *reader) sourceSystem(host string) string {
	var j joiner
	j.add(r.message.site)
	j.add(r.message.sourceID)
	if len(j.parts) == 0 {
		j.add(host)
	}
	return j.String()
}

// setAction fills in what was done, and what the source calls it.
func (r *reader) setAction(user int, e *ingest.Event) {
	m, v := &r.message, &r.evidence
	v.codes = append(v.codes, codeOf(m.event))
	var types []string
	for _, t := range m.types {
		v.codes = append(v.codes, codeOf(t))
		types = append(types, t.name())
	}
	name := m.event.name()
	if m.event.code == dialectOpenEMR {
		v.openEMR, v.openName = true, label(m.event.label)
		name = v.openName
	}
	v.letter, v.failed = m.action, e.Outcome == ingest.OutcomeFailure
	r.readTransfer(user)
	e.ActionRaw = shorten(name + "|" + strings.Join(types, ",") + "|" + label(m.action))
	e.Action = v.action()
	switch implied, raw := v.impliedRecord(e.Action, len(r.patients)); {
	case e.RecordType == "":
		e.RecordType, e.RecordRaw = implied, raw
	case r.rank < rankTyped && implied != "" && implied != ingest.RecordDemographics:
		e.RecordType = implied // the kind of event says more than the object
	}
}

// readTransfer finds on which side of a transfer the writer of the message and
// the user were. A system that writes a message adds its own process as the
// second identifier of its entry, and nobody else's.
func (r *reader) readTransfer(user int) {
	v := &r.evidence
	for i := range r.agents {
		a := &r.agents[i]
		v.media = v.media || a.media || hasRole(a, roleMedia) || hasRole(a, roleDestinationMedia)
		own := a.altID != "" && isCount([]byte(a.altID))
		v.sent = v.sent || a.side == roleSource && own && a.machine
		v.feed = v.feed || a.requestor && a.idType.code == codeHL7
		v.fetched = v.fetched || i == user && a.side == roleDestination && a.requestor
	}
}

func outcomeOf(code string) ingest.Outcome {
	switch code {
	case "0":
		return ingest.OutcomeSuccess
	case "4", "8", "12":
		return ingest.OutcomeFailure
	}
	return ingest.OutcomeUnknown
}

// setPurposes fills in the purposes of use and whether the event is a declared
// emergency. A list of purposes is what the user may do, so only a list of
// nothing but emergencies declares one.
func (r *reader) setPurposes(e *ingest.Event) {
	var purposes joiner
	emergencies := 0
	for _, p := range r.message.purposes {
		purposes.add(p.name())
		if isEmergency(p.name()) {
			emergencies++
		}
	}
	e.Purpose = purposes.String()
	e.BreakGlass = e.Action == ingest.ActionBreakGlass || emergencies > 0 && emergencies == len(r.message.purposes)
}

func isEmergency(code string) bool {
	code = strings.ToUpper(code)
	return code == "ETREAT" || code == "BTG" || strings.HasPrefix(code, "EMER")
}

// tooLong returns the column of an identifier that is longer than a column may
// be, or nothing.
func (r *reader) tooLong(e *ingest.Event) string {
	for _, c := range [...]struct{ column, text string }{
		{ingest.ColUserID, e.UserID},
		{ingest.ColUserAltID, e.UserAltID},
		{ingest.ColUserName, e.UserName},
		{ingest.ColOnBehalfOf, e.OnBehalfOf},
		{ingest.ColRequestID, e.RequestID},
		{ingest.ColRecordID, e.RecordID},
		{ingest.ColWorkstation, e.Workstation},
		{ingest.ColIP, e.IP},
	} {
		if len(c.text) > ingest.MaxField {
			return c.column
		}
	}
	for i := range r.patients {
		if p := &r.patients[i]; max(len(p.id), len(p.system), len(p.name)) > ingest.MaxField {
			return ingest.ColPatientID
		}
	}
	return ""
}
