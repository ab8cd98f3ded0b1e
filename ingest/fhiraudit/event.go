package fhiraudit

import (
	"strconv"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

// shape is one of the five ways in which the versions of FHIR lay out an
// AuditEvent.
type shape uint8

const (
	shapeR4 shape = iota // R4 and R4B
	shapeDSTU2
	shapeSTU3
	shapeR5
	shapeR6
)

// shapeOf tells an event's shape by its structure.
func (r *reader) shapeOf(n ref) shape {
	switch {
	case r.get(n, fEvent) != 0:
		return shapeDSTU2
	case r.get(n, fCategory) != 0 || r.get(n, fCode) != 0:
		return shapeR5
	case r.at(n, fType, fCoding) != 0:
		return shapeR6
	}
	for a := r.get(n, fAgent); a != 0; a = r.more(a) {
		if r.get(a, fUserID) != 0 || r.get(a, fReference) != 0 {
			return shapeSTU3
		}
	}
	return shapeR4
}

// event turns an AuditEvent into rows: one for each patient, or one.
func (r *reader) event(n ref) {
	head, kind, sub := n, fType, fSubtype // where the kind of event and its time stand
	switch r.shapeOf(n) {
	case shapeDSTU2:
		head = r.get(n, fEvent)
	case shapeR5:
		kind, sub = fCategory, fCode
	case shapeR4, shapeSTU3, shapeR6:
	}
	e := ingest.Event{Line: r.lineOf(n), SourceEventID: r.str(n, fID), Granularity: ingest.GranularityEvent}
	r.readEntities(n, &e)
	when, column, reason := r.times(head)
	if reason != "" {
		res := r.reject(n, column, reason)
		if len(r.patients) > 0 {
			res.reject.PatientID = r.patients[0].id
		}
		return
	}
	r.readAgents(n)
	e.SourceSystem = r.sourceSystem(n)
	r.setOutcome(head, &e)
	r.setAction(n, head, kind, sub, &e)
	r.setPurposes(head, &e)
	user := r.setUser(&e)
	r.setDevice(&e, user)
	if user >= 0 {
		at := r.party(r.get(r.agents[user].n, fLocation), 0)
		e.Location = firstOf(at.display, at.idValue, at.ref.id)
	}
	r.setTrace(n, &e)
	r.setRun(&e)
	r.emit(n, &e, when)
}

// emit writes the rows of an event, or rejects it if an identifier is longer
// than a column may be.
func (r *reader) emit(n ref, e *ingest.Event, when times) {
	if column := tooLong(e, r.patients); column != "" {
		res := r.reject(n, column, ingest.ReasonTooLong)
		res.times = when
		return
	}
	for part := range max(1, len(r.patients)) {
		e.Part = part
		if part < len(r.patients) {
			p := &r.patients[part]
			e.PatientID, e.PatientSystem, e.PatientName = p.id, p.system, p.name
		}
		r.results = append(r.results, result{kind: resultEvent, event: *e, times: when})
	}
}

func tooLong(e *ingest.Event, patients []patient) string {
	for _, c := range [...]struct{ column, text string }{
		{ingest.ColSourceEventID, e.SourceEventID},
		{"user_id", e.UserID},
		{"user_alt_id", e.UserAltID},
		{"user_name", e.UserName},
		{"session_id", e.SessionID},
		{"request_id", e.RequestID},
		{"record_id", e.RecordID},
		{"workstation", e.Workstation},
		{"ip", e.IP},
	} {
		if len(c.text) > ingest.MaxField {
			return c.column
		}
	}
	for i := range patients {
		if p := &patients[i]; max(len(p.id), len(p.system), len(p.name)) > ingest.MaxField {
			return ingest.ColPatientID
		}
	}
	return ""
}

// times reads when the event happened: the period or time of occurrence where
// there is one that is exact to the day, else when it was recorded.
func (r *reader) times(head ref) (times, string, ingest.Reason) {
	var when times
	recorded := r.str(r.either(head, fRecorded, fDateTime))
	var known precision
	when.recorded, known = parseStamp(recorded)
	for _, f := range [...]field{fPeriod, fOccurredPeriod} {
		if s, p := parseStamp(r.str(head, f, fEnd)); p == precisionDay {
			when.ended = s
		}
	}
	for _, o := range [...]struct {
		column, text string
	}{
		{"period.start", r.str(head, fPeriod, fStart)},
		{"occurredPeriod.start", r.str(head, fOccurredPeriod, fStart)},
		{"occurredDateTime", r.str(head, fOccurredDateTime)},
	} {
		if o.text == "" {
			continue
		}
		s, p := parseStamp(o.text)
		if p == precisionNone {
			return when, o.column, ingest.ReasonBadTime
		}
		if p == precisionDay {
			when.at = s
			return when, "", ""
		}
	}
	if recorded == "" {
		return when, "recorded", ingest.ReasonMissingTime
	}
	if known != precisionDay {
		return when, "recorded", ingest.ReasonBadTime
	}
	when.at, when.recorded = when.recorded, stamp{}
	return when, "", ""
}

// sourceSystem names the site and the system that observed the event.
func (r *reader) sourceSystem(n ref) string {
	source := r.get(n, fSource)
	site := r.get(source, fSite)
	place := r.str(site)
	if place == "" {
		p := r.party(site, 0) // R5
		place = firstOf(p.idValue, p.display, p.ref.id)
	}
	observer := r.party(r.get(source, fObserver), r.get(source, fIdentifier))
	name := firstOf(observer.idValue, observer.display, observer.ref.id)
	if name == observer.ref.id && observer.ref.typ != "" {
		name = observer.ref.typ + "/" + name
	}
	if place == "" || place == name {
		return shorten(name)
	}
	if name == "" {
		return shorten(place)
	}
	return shorten(place + "; " + name)
}

// setAction fills in what was done, and what the source calls it.
func (r *reader) setAction(event, head ref, kind, sub field, e *ingest.Event) {
	r.kinds = r.allCodings(r.kinds[:0], head, kind)
	r.subs = r.allCodings(r.subs[:0], head, sub)
	letter := r.str(head, fAction)
	e.ActionRaw = shorten(labels(r.kinds) + "|" + labels(r.subs) + "|" + letter)
	v := evidenceOfAction{
		codes: append(r.kinds, r.subs...), letter: strings.ToUpper(letter), failed: e.Outcome == ingest.OutcomeFailure,
	}
	r.kinds = v.codes[:len(r.kinds)]
	for i := range r.agents {
		v.media = v.media || r.codeOf(r.agents[i].n, fType) == "110154"
	}
	for n := r.either(event, fEntity, fObject); n != 0; n = r.more(n) {
		v.query = v.query || r.codeOf(n, fRole) == roleQuery
	}
	e.Action = v.action()
	if e.RecordType == "" {
		e.RecordType, e.RecordRaw = r.impliedRecord(&v, e.Action)
	}
}

// impliedRecord is the category of data of an event that names no record. An
// event whose only object is a patient is about the patient's own resource,
// unless it is a query, which may be for anything.
func (r *reader) impliedRecord(v *evidenceOfAction, a ingest.Action) (record ingest.RecordType, raw string) {
	switch a {
	case ingest.ActionLogin, ingest.ActionLogout, ingest.ActionLoginFailed:
		return ingest.RecordSession, ""
	case ingest.ActionBreakGlass, ingest.ActionOther:
		return "", ""
	default:
	}
	switch {
	case v.has("110101"):
		return ingest.RecordAuditLog, ""
	case v.has("110129", "110130", "110131", "110132"):
		return ingest.RecordConfiguration, ""
	case v.has("110136", "110137", "110138"):
		return ingest.RecordUserAdmin, ""
	case len(r.patients) > 0 && !v.query:
		return ingest.RecordDemographics, typePatient
	}
	return "", ""
}

func labels(list []coding) string {
	if len(list) == 1 {
		return list[0].label()
	}
	var all []string
	for _, c := range list {
		all = append(all, c.label())
	}
	return strings.Join(all, ",")
}

// setOutcome fills in how the event ended. R4 has a digit, R5 a digit or an
// issue severity. Where there is none, some writers leave an HTTP status in the
// description.
func (r *reader) setOutcome(head ref, e *ingest.Event) {
	outcome := r.get(head, fOutcome)
	code := r.get(outcome, fCode)
	text := firstOf(r.str(outcome), r.str(code), r.str(code, fCode), r.str(code, fCoding, fCode), r.str(outcome, fCoding, fCode))
	reason := r.str(head, fOutcomeDesc)
	for d := r.get(outcome, fDetail); d != 0; d = r.more(d) {
		if s := firstOf(r.str(d, fText), r.str(d, fCoding, fDisplay), r.str(d, fCoding, fCode)); s != "" {
			if reason != "" {
				reason += "; "
			}
			reason += s
		}
	}
	if text == "" {
		text = reason
	}
	e.Outcome = outcomeOf(text)
	if e.Outcome != ingest.OutcomeSuccess {
		e.OutcomeReason = shorten(reason)
	}
}

func outcomeOf(text string) ingest.Outcome {
	switch strings.ToLower(text) {
	case "0", "success", "information", "informational", "warning":
		return ingest.OutcomeSuccess
	case "4", "8", "12", "error", "fatal":
		return ingest.OutcomeFailure
	}
	switch status, err := strconv.Atoi(text); {
	case err != nil || status < 100 || status > 599:
		return ingest.OutcomeUnknown
	case status >= 400:
		return ingest.OutcomeFailure
	}
	return ingest.OutcomeSuccess
}

// setPurposes fills in the purposes of use and whether the event is a declared
// emergency. A list of purposes is what the user may do, so only a list of
// nothing but emergencies declares one.
func (r *reader) setPurposes(head ref, e *ingest.Event) {
	r.purposes = r.allCodings(r.purposes[:0], head, fPurposeOfEvent)
	r.purposes = r.allCodings(r.purposes, head, fAuthorization)
	for i := range r.agents {
		r.purposes = r.allCodings(r.purposes, r.agents[i].n, fPurposeOfUse)
		r.purposes = r.allCodings(r.purposes, r.agents[i].n, fAuthorization)
	}
	e.Purpose = joinDistinct(r.purposes, coding.label)
	emergencies := 0
	for _, c := range r.purposes {
		if isEmergency(c.label()) {
			emergencies++
		}
	}
	e.BreakGlass = e.Action == ingest.ActionBreakGlass || emergencies > 0 && emergencies == len(r.purposes)
	for _, f := range [...]field{fPurposeOfEvent, fAuthorization} {
		for p := r.get(head, f); p != 0; p = r.more(p) {
			if r.get(p, fCoding) != 0 {
				e.Reason = firstOf(e.Reason, r.str(p, fText))
			}
		}
	}
	e.Reason = shorten(e.Reason)
}

func isEmergency(code string) bool {
	code = strings.ToUpper(code)
	return code == "ETREAT" || code == "BTG" || strings.HasPrefix(code, "EMER")
}

// setTrace reads the request's identifier from an extension where no entity
// has it. Medplum has one inside another.
func (r *reader) setTrace(n ref, e *ingest.Event) {
	for x := r.get(n, fExtension); x != 0 && e.RequestID == ""; x = r.more(x) {
		url := r.str(x, fURL)
		switch strings.ReplaceAll(strings.ToLower(url[strings.LastIndexByte(url, '/')+1:]), "-", "") {
		case "requestid", "xrequestid", "traceid", "traceparent":
			e.RequestID = firstOf(r.str(x, fValueString), r.str(x, fValueID), r.str(x, fValueIdentifier, fValue))
		case "tracing":
			r.setTrace(x, e)
		}
	}
}

// setRun corrects the event of a program that Medplum ran on a server for somebody:
// nobody was at a screen, and its description is what the program printed.
func (r *reader) setRun(e *ingest.Event) {
	for _, c := range r.kinds {
		if c.system == "https://medplum.com/CodeSystem/audit-event" && c.code == "execute" {
			e.Interactive, e.OutcomeReason = ingest.InteractiveNo, ""
		}
	}
}
