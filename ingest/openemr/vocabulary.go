package openemr

import (
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

// kind groups events that are read in the same way.
type kind uint8

const (
	kindRecord  kind = iota // something was done with a record
	kindSession             // log-on, log-off, a password asked for again
	kindAPI                 // a request of an application; the method is in api_log
	kindJob                 // housekeeping of the server
	kindOdd                 // no label of the product: arguments may have been swapped
)

// class is what the text of an event says.
type class struct {
	kind   kind
	action ingest.Action
	record ingest.RecordType
	label  string // the text, if it is a label, else its first word
	// refine says that the category names the record type better, and
	// refineChart that it does so only when a chart was open.
	refine, refineChart bool
	reads               bool // a statement that reads
	portal              bool // the user is a patient
}

// classify reads the text of an event. Labels are a subject and a verb, such as
// "patient-record-select", or one word.
func classify(event string) class {
	lower := strings.ToLower(strings.TrimSpace(event))
	if c, ok := standAlone(lower); ok {
		c.label = label(event)
		return c
	}
	if i := strings.LastIndexByte(lower, '-'); i > 0 {
		if action, ok := verb(lower[i+1:]); ok {
			c := subject(lower[:i])
			c.action, c.label, c.reads = action, label(event), lower[i+1:] == "select"
			if !isLabel(event) {
				c.kind = kindOdd
			}
			return c
		}
	}
	c := class{kind: kindRecord, action: ingest.ActionOther, record: ingest.RecordOther, label: label(event)}
	if !isLabel(event) {
		c.kind = kindOdd
	}
	return c
}

func verb(word string) (ingest.Action, bool) {
	switch word {
	case "select", "view":
		return ingest.ActionView, true
	case "insert", "replace", "create":
		return ingest.ActionCreate, true
	case "update":
		return ingest.ActionUpdate, true
	case "delete":
		return ingest.ActionDelete, true
	case "print":
		return ingest.ActionPrint, true
	case "export":
		return ingest.ActionExport, true
	}
	return "", false
}

func subject(word string) class {
	switch word {
	case "patient-record":
		return class{record: ingest.RecordOther, refineChart: true}
	case "order":
		return class{record: ingest.RecordOrder, refine: true}
	case "lab-order":
		return class{record: ingest.RecordOrder}
	case "lab-results":
		return class{record: ingest.RecordLabResult}
	case "scheduling":
		return class{record: ingest.RecordAppointment}
	case "security-administration":
		return class{record: ingest.RecordUserAdmin}
	case "qrda3":
		return class{record: ingest.RecordReport}
	}
	return class{record: ingest.RecordOther}
}

// standAlone knows the events without a verb.
func standAlone(word string) (class, bool) {
	switch word {
	case "login":
		return class{kind: kindSession, action: ingest.ActionLogin, record: ingest.RecordSession}, true
	case "logout":
		return class{kind: kindSession, action: ingest.ActionLogout, record: ingest.RecordSession}, true
	case "auth":
		return class{kind: kindSession, action: ingest.ActionOther, record: ingest.RecordSession}, true
	case "api":
		return class{kind: kindAPI, action: ingest.ActionOther, record: ingest.RecordOther}, true
	case "portalapi":
		return class{kind: kindAPI, action: ingest.ActionOther, record: ingest.RecordOther, portal: true}, true
	case "view":
		return class{action: ingest.ActionView, record: ingest.RecordOther}, true
	case "delete":
		return class{action: ingest.ActionDelete, record: ingest.RecordOther, refine: true}, true
	case "print":
		return class{action: ingest.ActionPrint, record: ingest.RecordOther}, true
	case "export", "backup":
		return class{action: ingest.ActionExport, record: ingest.RecordOther}, true
	case "authorize":
		return class{action: ingest.ActionUpdate, record: ingest.RecordBilling}, true
	case "uuid", "pharmacy_background":
		return class{kind: kindJob, action: ingest.ActionOther, record: ingest.RecordOther}, true
	}
	if isDisclosure(word) {
		return class{action: ingest.ActionExport, record: ingest.RecordOther}, true
	}
	return class{}, false
}

func isDisclosure(word string) bool {
	return word == "disclosure" || strings.HasPrefix(word, "disclosure-") && isLabel(word)
}

// disclosurePurpose returns the purpose-of-use code of a kind of disclosure.
func disclosurePurpose(event string) string {
	switch strings.ToLower(event) {
	case "disclosure-treatment":
		return "TREAT"
	case "disclosure-payment":
		return "HPAYMT"
	case "disclosure-healthcareoperations":
		return "HOPERAT"
	}
	return ""
}

// categoryRecord returns the record type of a category. "Billing" is left out:
// the product gives it to every statement on an encounter form too.
func categoryRecord(category string) ingest.RecordType {
	switch category {
	case "Problem List":
		return ingest.RecordProblem
	case "Medication":
		return ingest.RecordMedication
	case "Allergy":
		return ingest.RecordAllergy
	case "Immunization":
		return ingest.RecordImmunization
	case "Vitals":
		return ingest.RecordVitals
	case "Social and Family History", "Encounter Form":
		return ingest.RecordClinicalNote
	case "Patient Insurance":
		return ingest.RecordInsurance
	case "Patient Demographics":
		return ingest.RecordDemographics
	case "Clinical Mail":
		return ingest.RecordMessage
	case "Referral":
		return ingest.RecordReferral
	case "Amendments":
		return ingest.RecordDocument
	case "Lab Order":
		return ingest.RecordOrder
	case "Lab Result":
		return ingest.RecordLabResult
	case "Scheduling":
		return ingest.RecordAppointment
	}
	return ""
}

// categoryLabel returns what may be kept of a category.
func categoryLabel(category string) string {
	if categoryRecord(category) != "" || category == "Patient Portal" {
		return category
	}
	return label(category)
}

// maxLabel is the largest length of a label.
const maxLabel = 64

// isLabel reports whether s is a code of the product and not free text.
func isLabel(s string) bool {
	return s != "" && len(s) <= maxLabel && wordLength(s) == len(s)
}

// label returns s if it is a label, and otherwise its first word only, because
// modules of the product have written whole queries into such columns.
func label(s string) string {
	return s[:min(wordLength(s), maxLabel)]
}

func wordLength(s string) int {
	for i := range len(s) {
		letter := s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z'
		if !letter && !isDigit(s[i]) && strings.IndexByte("-._$", s[i]) < 0 {
			return i
		}
	}
	return len(s)
}

// methodAction returns the action of an HTTP method, as the product itself maps
// the requests that it logs.
func methodAction(m method) ingest.Action {
	switch m {
	case methodGet:
		return ingest.ActionView
	case methodWrite:
		return ingest.ActionUpdate
	case methodDelete:
		return ingest.ActionDelete
	default:
		return ingest.ActionOther
	}
}

// method is an HTTP method, as far as it tells what was done.
type method uint8

const (
	methodNone method = iota
	methodGet
	methodWrite
	methodDelete
)

func methodOf(s string) method {
	switch strings.ToUpper(s) {
	case "GET", "HEAD":
		return methodGet
	case "POST", "PUT", "PATCH":
		return methodWrite
	case "DELETE":
		return methodDelete
	}
	return methodNone
}

// isService reports whether nobody logs on with the account: the product
// creates these accounts for its own jobs.
func isService(user string) bool {
	return user == "oe-system" || user == "portal-user" || user == "phimail-service"
}
