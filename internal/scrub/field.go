package scrub

import (
	"slices"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// class says how far the values of a field are to be trusted.
type class int

const (
	mixed  class = iota // may hold anything
	ident               // names, ids, and what a user wrote
	coded               // codes of the system
	frozen              // sizes in the definition of a table
)

// Paths that are not fields of a record.
const (
	pathDefinition = "#definition"
	pathComment    = "#remark"
	pathText       = "#line"
)

// maxFields is how many fields a file may have.
const maxFields = 100_000

// field is what is known about the values at one path.
type field struct {
	class  class
	timed  bool
	birth  bool
	filled int // values that are not empty
	hits   int // values that identify somebody, by the parser
	long   int // hits of more than two characters
}

// newField judges a field by its name: the last part of a path such as
// "agent/who/display".
func newField(path string) *field {
	if path == pathDefinition {
		return &field{class: frozen}
	}
	parts := strings.Split(path, "/")
	if last := parts[len(parts)-1]; len(parts) > 1 && (last == "@value" || last == "#text") {
		parts = parts[:len(parts)-1] // the element's own name says what it is
	}
	words := nameWords(parts[len(parts)-1])
	f := &field{}
	if len(words) == 0 {
		return f
	}
	f.timed = slices.ContainsFunc(words, isTimeWord)
	f.birth = slices.ContainsFunc(words, isBirthWord)
	parent := ""
	if len(parts) > 1 {
		if w := nameWords(parts[len(parts)-2]); len(w) > 0 {
			parent = w[len(w)-1]
		}
	}
	switch last := words[len(words)-1]; {
	case isCodeWord(last) && !slices.ContainsFunc(words[:len(words)-1], isPersonWord):
		f.class = coded
	case last == "name" && slices.Contains(words, "system"):
		f.class = coded // the name of a code system
	case isLabelWord(last) && (parent == "coding" || isCodeWord(parent)):
		f.class = coded
	case slices.ContainsFunc(words, isNameWord):
		f.class = ident
	}
	return f
}

// settle judges the field by its values.
func (f *field) settle() {
	const half = 2
	if f.hits*half < f.filled || f.hits == 0 || f.class == frozen {
		return
	}
	if f.class == coded && f.long == 0 {
		return
	}
	f.class = ident
}

func isTimeWord(w string) bool {
	switch w {
	case "time", "date", "timestamp", "datetime", "epoch", "ts", "dttm", "at", "when", "recorded", "occurred",
		"millis", "started", "ended", "created", "updated", "seconds", "tstamp", "dtime", "start", "end":
		return true
	}
	return false
}

// isBirthWord is about dates that would tell who somebody is, if the number of
// weeks became known.
func isBirthWord(w string) bool {
	switch w {
	case "birth", "birthdate", "birthday", "dob", "born", "geburtsdatum", "naissance", "nacimiento", "deceased", "death":
		return true
	}
	return false
}

func isCodeWord(w string) bool {
	switch w {
	case "action", "actions", "code", "type", "outcome", "success", "successful", "status", "indicator", "mode",
		"severity", "flag", "level", "category", "event", "subtype", "operation", "method", "version", "class",
		"used", "requestor", "granularity", "interactive", "dataset", "basis", "weekdays", "vip", "result", "permtype",
		"glass", "priority", "typecode", "metric", "activity", "role", "purpose", "verb", "typeof", "typeofaction",
		"breaktype", "deviceused", "auditmode", "recordtype", "logintype", "eventtype", "resulttype":
		return true
	}
	return false
}

// isLabelWord is about what stands beside a code.
func isLabelWord(w string) bool {
	return w == "display" || w == "text" || w == "system" || w == "originaltext"
}

// isPersonWord is about words that make a code the code of somebody.
func isPersonWord(w string) bool {
	switch w {
	case "patient", "pat", "person", "provider", "member", "zip", "postal", "chart", "mrn", "account", "client":
		return true
	}
	return false
}

// isNameWord is about fields of names and ids.
func isNameWord(w string) bool {
	switch w {
	case "id", "ids", "mrn", "ssn", "guid", "uuid", "patient", "pat", "user", "username", "userid", "person", "provider",
		"first", "last", "given", "family", "surname", "forename", "fname", "lname", "middle", "maiden", "birth", "dob",
		"address", "street", "city", "zip", "postal", "phone", "telephone", "fax", "email", "mail", "ip", "host",
		"hostname", "workstation", "computer", "reason", "justification", "memo", "remarks", "patientname", "fullname",
		"firstname", "lastname", "patientid", "nachname", "vorname", "apellido", "nom":
		return true
	}
	return false
}
