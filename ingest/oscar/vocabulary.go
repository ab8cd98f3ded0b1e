package oscar

import (
	"strings"
	"unicode"

	"github.com/chartwatch/chartwatch/ingest"
)

// actionOf maps the actions of LogConst, and the method names that forks write,
// such as "DemographicManager.getDemographic", by their verb.
func actionOf(raw string) ingest.Action {
	s := strings.ToLower(strings.TrimSpace(raw))
	switch s {
	case "read", "no right", "noright":
		return ingest.ActionView
	case "add", "represcribe":
		return ingest.ActionCreate
	case "update", "edit", "annotate", "acknowledge", "reviewed", "verify", "archive", "discontinue", "unlink", "refused", "select shelter":
		if s == "select shelter" {
			return ingest.ActionOther
		}
		return ingest.ActionUpdate
	case "delete":
		return ingest.ActionDelete
	case "reprint", "print":
		return ingest.ActionPrint
	case "sent":
		return ingest.ActionExport
	case "log in", "login":
		return ingest.ActionLogin
	case "log out", "logout":
		return ingest.ActionLogout
	}
	if _, method, found := strings.Cut(raw, "."); found {
		return verbOf(method)
	}
	return ingest.ActionOther
}

// verbOf reads the verb at the start of a Java method name.
func verbOf(method string) ingest.Action {
	verb := method
	if end := strings.IndexFunc(method[min(1, len(method)):], unicode.IsUpper); end >= 0 {
		verb = method[:end+1]
	}
	switch strings.ToLower(verb) {
	case "get", "read", "view", "load", "list":
		return ingest.ActionView
	case "search", "find":
		return ingest.ActionSearch
	case "add", "create", "insert", "save":
		return ingest.ActionCreate
	case "update", "edit", "set", "merge", "un":
		return ingest.ActionUpdate
	case "delete", "remove":
		return ingest.ActionDelete
	case "print":
		return ingest.ActionPrint
	case "export", "send":
		return ingest.ActionExport
	}
	return ingest.ActionOther
}

func isRefusal(raw string) bool {
	s := strings.ToLower(strings.TrimSpace(raw))
	return s == "no right" || s == "noright"
}

// isFailedLogin reports whether a row is a log-in with a wrong password or with an
// account that has expired.
func isFailedLogin(action, content string) bool {
	s := strings.ToLower(strings.TrimSpace(action))
	return (s == "failed" || s == "expired") && strings.EqualFold(strings.TrimSpace(content), "login")
}

// patientOf returns the patient whom the managers name in data.
func patientOf(data string) string {
	name, id, found := strings.Cut(data, "=")
	if !found || len(id) > 10 || strings.Trim(id, "0123456789") != "" {
		return ""
	}
	switch strings.ToLower(name) {
	case "demographicid", "demographicno", "demographic_no":
		return strings.TrimLeft(id, "0")
	}
	return ""
}

// namesFailure reports whether one of the texts of a log-in names a failure.
func namesFailure(texts ...string) bool {
	for _, t := range texts {
		t = strings.ToLower(t)
		for _, word := range []string{"fail", "invalid", "incorrect", "denied", "expired", "locked", "wrong password", "bad password"} {
			if strings.Contains(t, word) {
				return true
			}
		}
	}
	return false
}

// recordOf maps the content types of LogConst.
func recordOf(raw string, action ingest.Action) ingest.RecordType {
	s := strings.ToLower(strings.TrimSpace(raw))
	switch s {
	case "":
		return ""
	case "login", "login agreement":
		return ingest.RecordSession
	case "appointment":
		return ingest.RecordAppointment
	case "echart", "cme note", "note", "form", "annotation":
		return ingest.RecordClinicalNote
	case "demographic", "demographic_relations", "patient", "phr":
		return ingest.RecordDemographics
	case "role", "privilege", "securityrecord", "provider":
		return ingest.RecordUserAdmin
	case "prescription", "medication", "drugs", "pharmacy":
		return ingest.RecordMedication
	case "allergy", "allergies":
		return ingest.RecordAllergy
	case "tickler":
		return ingest.RecordMessage
	case "document", "fax", "edocument":
		return ingest.RecordDocument
	case "lab", "hrm", "cml lab", "mds lab", "hl7 lab", "pathnet lab":
		if s == "hrm" {
			return ingest.RecordReport
		}
		return ingest.RecordLabResult
	case "prevention", "preventions", "immunization":
		return ingest.RecordImmunization
	case "consult", "consultation":
		return ingest.RecordReferral
	case "billing":
		return ingest.RecordBilling
	}
	if strings.HasPrefix(s, "flwst_") || strings.HasPrefix(s, "measurement") {
		return ingest.RecordVitals
	}
	if action == ingest.ActionLogout || action == ingest.ActionLogin {
		return ingest.RecordSession
	}
	return ingest.RecordOther
}
