package propose

import (
	"slices"
	"strings"
)

// kind is what a header says that its column is.
type kind int

// The kinds.
const (
	kindNone kind = iota
	kindTime
	kindEndTime
	kindRecordedTime
	kindOtherTime // a time of something else than the event
	kindUser
	kindUserID
	kindUserName
	kindUserFirst
	kindUserLast
	kindUserEmail
	kindUserRole
	kindUserType
	kindOtherPerson // a person who need not be the one who acted
	kindBehalf
	kindPatient
	kindPatientID
	kindPatientName
	kindPatientFirst
	kindPatientLast
	kindAction
	kindRecord
	kindRecordID
	kindRecordLabel
	kindWhat // an action or a record, by its values
	kindDevice
	kindIP
	kindAddress
	kindLocation
	kindOutcome
	kindEventID
	kindID
	kindSession
	kindRequest
	kindReason
	kindOutcomeReason
	kindPurpose
	kindBreakGlass
	kindCount
	kindSystem
	kindChange   // old and new values
	kindFree     // free text
	kindPersonal // other data about a patient or a person
	kindIgnored  // known, and no field for it
)

// meaning is what a header says.
type meaning struct {
	kind     kind
	strength float64 // how strongly, up to 1
	negative bool    // of an outcome: yes means failure
	words    []string
}

// header is a header taken apart.
type header struct{ words []string }

func (h header) has(words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(h.words, w) })
}

// only reports whether all words are among these.
func (h header) only(words ...string) bool {
	return len(h.words) > 0 && !slices.ContainsFunc(h.words, func(w string) bool { return !slices.Contains(words, w) })
}

// just reports whether the words are exactly these, in any order.
func (h header) just(words ...string) bool {
	return h.only(words...) && !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(h.words, w) })
}

func (h header) last() string { return h.words[len(h.words)-1] }

// read says what a header means. The tests stand from special to general: the
// words of a special one, such as "user agent", are those of others, too.
func (w *words) read(text string) meaning {
	h := header{w.split(text)}
	if len(h.words) == 0 {
		if strings.TrimSpace(text) == "#" {
			return meaning{kind: kindID, strength: 0.7}
		}
		return meaning{}
	}
	for _, test := range []func(header) meaning{
		ofNothing, ofChange, ofTime, ofPlace, ofOutcome, ofReason, ofPersonal, ofPatient, ofUser, ofEvent, ofAction, ofRecord, ofRest,
	} {
		if m := test(h); m.kind != kindNone {
			m.words = h.words
			return m
		}
	}
	return meaning{words: h.words}
}

func is(k kind, strength float64) meaning { return meaning{kind: k, strength: strength} }

// ofNothing finds what has no field.
func ofNothing(h header) meaning {
	switch {
	case h.has("browser"), h.has("mac"), h.has("zone", "amount", "diff", "relationship"), h.has("duration") && !h.has("time", "timestamp") || h.just("duration", "time"),
		h.has("time") && h.has("spent"), h.has("time") && h.has("in") && h.has("chart", "record", "patient", "screen"):
		return is(kindIgnored, 0.9)
	case h.has("vip") && !h.has("break", "glass"):
		return is(kindIgnored, 0.8)
	case h.has("server") && !h.has("time", "date", "timestamp"):
		return is(kindIgnored, 0.9)
	case h.has("interactive"):
		return is(kindIgnored, 0.8)
	}
	return meaning{}
}

// ofChange finds old and new values.
func ofChange(h header) meaning {
	switch {
	case h.has("old", "before"), h.has("new") && len(h.words) <= 2 && !h.has("patient", "client"), h.has("new") && h.has("value", "data", "content"):
		return is(kindChange, 0.95)
	case h.has("value") && !h.has("id", "type"), h.has("body"), h.just("modified", "detail"), h.just("modified", "data"), h.just("modified", "to"), h.just("modified", "from"), h.just("modified", "of"):
		return is(kindChange, 0.9)
	}
	return meaning{}
}

// isTimeWord reports whether the header names a time.
func (h header) isTimeWord() bool {
	if h.has("date", "timestamp", "when", "time") {
		return true
	}
	return h.has("on") && h.has("accessed", "performed", "opened", "viewed", "created", "modified", "occurred", "recorded", "initiated", "received", "entered", "printed", "deleted", "start", "end") && h.last() == "on" ||
		h.only("occurred", "event", "action", "audit") && h.has("occurred") || h.only("recorded") ||
		h.has("start", "end", "logout") && h.only("start", "end", "in", "session", "access", "event", "activity", "view", "user", "logout")
}

// ofTime finds times, of the event and of others.
func ofTime(h header) meaning {
	if h.only("birth") || h.has("birth") {
		return is(kindPersonal, 0.95)
	}
	if !h.isTimeWord() {
		return meaning{}
	}
	event := h.has("event", "audit", "access", "accessed", "action", "activity", "operation", "transaction", "performed", "occurred", "viewed", "opened", "recorded", "timestamp", "when", "used", "usage", "interaction")
	switch {
	case h.has("service", "due", "admission", "death", "encounter", "order", "document", "case", "employee", "last", "signed", "patient", "credential", "session") && !h.has("start", "end", "logout") && !h.has("event", "access", "accessed", "audit"):
		return is(kindOtherTime, 0.9)
	case h.has("break", "glass"):
		return is(kindOtherTime, 0.8)
	case h.has("end", "logout"):
		return is(kindEndTime, 0.9)
	case h.has("type", "flag", "id", "number", "by", "what", "description"):
		return meaning{}
	case h.has("received") || h.has("recorded", "entered", "created") && h.has("record", "row"):
		return is(kindRecordedTime, 0.85)
	case h.has("recorded"):
		return is(kindRecordedTime, 0.95)
	case event && !h.has("created", "modified", "entered"):
		return is(kindTime, 0.98)
	case h.has("modified"):
		return is(kindTime, 0.75)
	case h.has("created", "entered"):
		return is(kindTime, 0.85)
	case h.has("start"):
		return is(kindTime, 0.9)
	}
	return is(kindTime, 0.92)
}

// ofPlace finds devices, addresses and places.
func ofPlace(h header) meaning {
	switch {
	case h.has("ip") && h.has("target", "to"):
		return is(kindIgnored, 0.8)
	case h.only("target"), h.just("target", "address"):
		return is(kindIgnored, 0.8)
	case h.has("ip"):
		return is(kindIP, 0.95)
	case h.has("email") && h.has("patient", "client", "guarantor", "chart"):
		return is(kindPersonal, 0.9)
	case h.has("email"):
		return is(kindUserEmail, 0.9)
	case h.has("address") && h.has("network", "source", "computer", "client", "user", "by"):
		return is(kindAddress, 0.9)
	case h.has("address") && !h.has("patient", "guarantor"):
		return is(kindAddress, 0.5)
	case h.has("computer") && h.has("type", "version", "status", "os", "category"):
		return is(kindIgnored, 0.8)
	case h.has("computer"), h.has("network") && h.has("name"):
		return is(kindDevice, 0.92)
	case h.has("location") && !h.has("patient", "chart", "service"):
		return is(kindLocation, 0.9)
	case h.has("location", "department"):
		return is(kindIgnored, 0.6)
	}
	return meaning{}
}

// ofOutcome finds whether it went well.
func ofOutcome(h header) meaning {
	if h.has("count", "returned") {
		return meaning{}
	}
	text := h.has("message", "description", "detail", "text", "reason", "information", "comment")
	switch {
	case h.has("break", "glass") || h.has("emergency"):
		switch {
		case h.has("reason", "comment", "text", "description"):
			return is(kindReason, 0.9)
		case h.has("by", "user", "id", "number"):
			return is(kindIgnored, 0.6)
		case h.only("emergency"), h.just("emergency", "flag"), h.just("emergency", "reason"):
			return is(kindBreakGlass, 0.7)
		}
		return is(kindBreakGlass, 0.95)
	case h.has("failed", "denied", "error", "outcome") && text:
		return is(kindOutcomeReason, 0.75)
	case h.has("success", "granted") && h.has("failed", "denied"):
		return is(kindOutcome, 0.95)
	case h.has("failed", "denied") && !h.has("count"):
		return meaning{kind: kindOutcome, strength: 0.9, negative: true}
	case h.has("success", "granted"), h.has("outcome") && !h.has("patient", "clinical"):
		return is(kindOutcome, 0.92)
	case h.has("status") && !h.has("patient", "chart", "record", "document", "order", "encounter", "employee"), h.has("http") && !h.has("method"), h.only("error"), h.just("error", "code"):
		return is(kindOutcome, 0.7)
	}
	return meaning{}
}

// ofReason finds sessions, requests, reasons and purposes.
func ofReason(h header) meaning {
	switch {
	case h.has("session", "token") && !h.has("type", "note", "status", "category", "name"):
		return is(kindSession, 0.9)
	case h.has("request") && !h.has("by", "body", "url", "type", "method", "reason"):
		return is(kindRequest, 0.85)
	case h.has("reason") && h.has("encounter", "admission", "order", "service", "case", "patient"):
		return is(kindFree, 0.8)
	case h.has("reason"):
		return is(kindReason, 0.92)
	case h.has("purpose"):
		return is(kindPurpose, 0.92)
	case h.has("count") || h.has("returned") && h.has("record", "row", "patient", "outcome") || h.words[0] == "number" && h.has("record", "row", "patient", "item", "page"):
		return is(kindCount, 0.85)
	case h.has("behalf"), h.has("acting") && h.has("of"):
		return is(kindBehalf, 0.9)
	}
	return meaning{}
}

// ofPersonal finds roles, and data about people that are no part of an event.
func ofPersonal(h header) meaning {
	people := h.has("user", "operator", "employee", "staff", "who", "actor", "clinician")
	switch {
	case h.has("role") && !h.has("patient"), h.has("job"), people && h.has("title"):
		return is(kindUserRole, 0.92)
	case people && h.has("group", "profile", "level", "credential"):
		return is(kindUserRole, 0.8)
	case people && h.has("type", "category") && !h.has("event", "action", "activity"):
		return is(kindUserType, 0.8)
	case people && h.has("department", "phone", "city", "status", "comment", "notes", "detail", "information"):
		return is(kindIgnored, 0.7)
	case h.has("sex", "phone", "city"), h.has("guarantor"):
		return is(kindPersonal, 0.85)
	case h.only("group"), h.only("level"), h.only("profile"), h.has("credential"):
		return is(kindIgnored, 0.5)
	}
	return meaning{}
}

// wholeName reports whether the header asks for both names, such as "Last, First".
func (h header) wholeName() bool { return h.has("first") && h.has("last", "surname") }

// isID reports whether the header asks for an identifier.
func (h header) isID() bool { return h.has("id", "number", "guid", "code", "reference") }

// numberOf reports whether the header asks for the number of one of these.
func (h header) numberOf(words ...string) bool {
	n := len(h.words)
	return n > 1 && slices.Contains([]string{"id", "number", "guid", "sequence"}, h.words[n-1]) && slices.Contains(words, h.words[n-2])
}

// ofEvent finds the number of the record itself.
func ofEvent(h header) meaning {
	numbered := h.isID() || h.has("sequence", "index")
	switch {
	case h.only("id"), h.only("number"), h.only("sequence"), h.only("guid"), h.only("row"), h.only("index"), h.only("reference"), h.only("sequence", "number", "id", "row", "index"):
		return is(kindID, 0.8)
	case numbered && h.has("code"):
		return meaning{}
	case numbered && h.has("event", "audit", "row", "entered", "transaction", "recorded", "sequence", "action", "activity", "access") && !h.has("type", "document", "object", "encounter", "system"):
		return is(kindEventID, 0.85)
	}
	return meaning{}
}

// ofAction finds what was done.
func ofAction(h header) meaning {
	text := h.has("description", "detail", "comment", "text", "message", "notes", "information", "data", "narrative", "parameter", "query")
	strong := h.has("action", "activity", "operation", "verb", "did", "interaction", "event")
	switch {
	case strong && text:
		return is(kindFree, 0.6)
	case strong && h.has("source", "system"):
		return is(kindSystem, 0.6)
	case strong && h.has("category", "group", "area", "module", "object", "resource", "screen"):
		return is(kindWhat, 0.7)
	case h.has("event") && h.only("event"), h.has("operation", "command") && !h.has("type"):
		return is(kindWhat, 0.86)
	case strong, h.has("access") && h.has("type", "mode", "method", "level", "used", "code", "description"), h.has("permission"):
		return is(kindAction, 0.93)
	case h.just("type", "audit"), h.just("type", "recorded"), h.only("type"), h.only("on"), h.has("transaction", "task", "function", "access", "mode", "method", "what", "used", "category") && !h.has("record", "document", "by"):
		return is(kindWhat, 0.8)
	}
	if h.has("type") && len(h.words) == 2 && !h.has("record", "document", "entity", "object", "resource", "encounter", "order", "module", "item", "session", "service", "system", "person", "application") {
		return is(kindWhat, 0.6)
	}
	return meaning{}
}

// ofRecord finds what it was done to.
func ofRecord(h header) meaning {
	place := h.has("module", "screen", "form", "table", "object", "resource", "section", "area", "component", "window", "page", "tab", "item", "element", "feature", "menu", "dataset", "document", "record", "part", "view", "function")
	visit := h.has("encounter", "order", "case")
	switch {
	case h.has("text", "comment", "notes", "body", "message", "narrative", "data") && (place || visit) && !h.has("type", "modified"):
		return is(kindFree, 0.8)
	case h.has("description", "detail") && (place || visit):
		return is(kindRecordLabel, 0.6)
	case h.only("entity"), h.has("entity") && !h.has("type"):
		return is(kindIgnored, 0.4) // any kind of thing, and perhaps a patient
	case place && h.has("id", "number", "guid", "reference"), visit && h.isID():
		return is(kindRecordID, 0.88)
	case visit && h.has("type", "category"), h.just("data", "accessed"), h.just("data", "viewed"), h.just("data", "type"), h.just("information", "accessed"), h.just("information", "viewed"):
		return is(kindRecord, 0.85)
	case h.has("element", "field") && h.has("modified"):
		return is(kindRecordLabel, 0.8)
	case place && h.has("type", "category", "group", "accessed", "viewed", "opened", "modified", "code"):
		return is(kindRecord, 0.92)
	case place && h.has("name", "display"):
		return is(kindRecord, 0.85)
	case place, h.has("entity"), h.has("content"):
		return is(kindRecord, 0.88)
	case h.only("field"), h.just("field", "name"), h.just("field", "modified"), h.just("field", "modified", "name"):
		return is(kindRecordLabel, 0.75)
	case visit:
		return is(kindIgnored, 0.4)
	}
	return meaning{}
}

// ofRest finds systems and free text.
func ofRest(h header) meaning {
	switch {
	case h.has("description", "detail", "comment", "notes", "text", "message", "narrative", "information", "data", "query", "parameter", "url"):
		return is(kindFree, 0.9)
	case h.has("system") && !h.has("operation"), h.has("source") && h.has("application", "product", "database"):
		return is(kindSystem, 0.8)
	case h.has("application", "product", "source", "database", "interface"):
		return is(kindSystem, 0.6)
	}
	return meaning{}
}
