package synth

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// Days on which the practice tried another system, told in that system's format.
func (p *Practice) triedOn(day int) Window {
	return Window{From: p.Midnight(2024, time.December, day), To: p.Midnight(2024, time.December, day+1)}
}

// triedEarly is the beginning of such a day, for formats with long records.
func (p *Practice) triedEarly(day int) Window {
	return Window{From: p.Midnight(2024, time.December, day), To: p.Midnight(2024, time.December, day).Add(9 * time.Hour)}
}

// databaseTime is how MySQL prints a local time.
const databaseTime = "2006-01-02 15:04:05"

// WriteOSCAR writes the EHR's accesses of a window as table log of OSCAR.
func (p *Practice) WriteOSCAR(w io.Writer, in Window) error {
	rows := [][]string{{"id", "dateTime", "provider_no", "action", "content", "contentId", "ip", "demographic_no", "data", "securityId"}}
	providers := map[string]string{}
	number := func(user string) string {
		if providers[user] == "" {
			providers[user] = strconv.Itoa(1000100 + len(providers))[1:] // with leading zeros
		}
		return providers[user]
	}
	for i, a := range p.Between(EHR, in.From, in.To) {
		action, content := oscarWords(a)
		record, data := a.PatientID, ""
		if a.Action == ingest.ActionLoginFailed {
			record = "failed"
		}
		rows = append(rows, []string{
			strconv.Itoa(88001 + i), a.At.In(p.Zone).Format(databaseTime), number(a.UserID), action, content, record, a.IP, a.PatientID, data, number(a.UserID)[3:],
		})
	}
	return csv.NewWriter(w).WriteAll(rows)
}

// oscarWords are the action and the content that OSCAR has for an access.
func oscarWords(a Access) (action, content string) {
	content = "demographic"
	switch a.Record {
	case ingest.RecordClinicalNote:
		content = "eChart"
	case ingest.RecordAppointment:
		content = "appointment"
	case ingest.RecordMedication:
		content = "prescription"
	case ingest.RecordAllergy:
		content = "allergy"
	case ingest.RecordDocument, ingest.RecordImaging:
		content = "document"
	case ingest.RecordLabResult:
		content = "lab"
	case ingest.RecordMessage:
		content = "tickler"
	case ingest.RecordSession:
		content = "login"
	default:
	}
	switch a.Action {
	case ingest.ActionCreate:
		return "add", content
	case ingest.ActionUpdate:
		return "update", content
	case ingest.ActionDelete:
		return "delete", content
	case ingest.ActionPrint:
		return "reprint", content
	case ingest.ActionExport:
		return "sent", content
	case ingest.ActionLogin, ingest.ActionLoginFailed:
		return "log in", "login"
	case ingest.ActionLogout:
		return "log out", "login"
	default:
	}
	return "read", content
}

// WriteBahmni writes the EHR's accesses of a window as Bahmni's audit log.
func (p *Practice) WriteBahmni(w io.Writer, in Window) error {
	rows := [][]string{{"patientUuid", "eventType", "message", "module", "user", "date_created"}}
	for _, a := range p.Between(EHR, in.From, in.To) {
		event, module := bahmniEvent(a)
		rows = append(rows, []string{a.PatientID, event, event + "_MESSAGE", module, a.UserID, a.At.In(p.Zone).Format(databaseTime)})
	}
	return csv.NewWriter(w).WriteAll(rows)
}

func bahmniEvent(a Access) (event, module string) {
	switch a.Action {
	case ingest.ActionLogin:
		return "USER_LOGIN_SUCCESS", "MODULE_LABEL_LOGIN_KEY"
	case ingest.ActionLoginFailed:
		return "USER_LOGIN_FAILED", "MODULE_LABEL_LOGIN_KEY"
	case ingest.ActionLogout:
		return "USER_LOGOUT_SUCCESS", "MODULE_LABEL_LOGOUT_KEY"
	case ingest.ActionSearch:
		return "VIEWED_REGISTRATION_PATIENT_SEARCH", "MODULE_LABEL_REGISTRATION_KEY"
	case ingest.ActionCreate, ingest.ActionUpdate, ingest.ActionDelete:
		return "EDIT_ENCOUNTER", "MODULE_LABEL_CLINICAL_KEY"
	default:
	}
	if a.Record == ingest.RecordImaging {
		return "VIEWED_RADIOLOGY_RESULTS", "MODULE_LABEL_CLINICAL_KEY"
	}
	return "VIEWED_CLINICAL_DASHBOARD", "MODULE_LABEL_CLINICAL_KEY"
}

// WriteOpenMRS writes the changes of a window as the audit log module of OpenMRS has
// them: it knows no reads, no log-ins, and accounts by number.
func (p *Practice) WriteOpenMRS(w io.Writer, in Window) error {
	rows := [][]string{{
		"audit_log_id", "type", "identifier", "action", "serialized_data", "date_created", "openmrs_version", "module_version", "user_id", "uuid", "parent_auditlog_id",
	}}
	verbs := map[ingest.Action]string{ingest.ActionCreate: "CREATED", ingest.ActionUpdate: "UPDATED", ingest.ActionDelete: "DELETED"}
	accounts := map[string]int{}
	id := 4100
	for _, a := range p.Between(EHR, in.From, in.To) {
		verb := verbs[a.Action]
		if verb == "" || a.PatientID == "" {
			continue
		}
		if accounts[a.UserID] == 0 {
			accounts[a.UserID] = len(accounts) + 2
		}
		class, identifier := "org.openmrs.Encounter", strconv.Itoa(70000+id)
		if a.Record == ingest.RecordDemographics || a.Record == ingest.RecordInsurance {
			class, identifier = "org.openmrs.Patient", a.PatientID
		}
		id++
		rows = append(rows, []string{
			strconv.Itoa(id), class, identifier, verb, "NULL", a.At.In(p.Zone).Format(databaseTime) + ".0", "2.6.0", "1.2.0", strconv.Itoa(accounts[a.UserID]),
			"0a1b2c3d-0000-4000-8000-" + strconv.Itoa(100000000000+id), "NULL",
		})
	}
	return csv.NewWriter(w).WriteAll(rows)
}
