package touchworks

import (
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// actions reads AUDIT_LOG.
func actions(h contextdata.Header, src ingest.Source) reader {
	id, user, record, kind := h.Column(colID), h.Column(colUser), h.Column(colRecord), h.Column(colType)
	action, accessed, document := h.Column(colAction), h.Column(colAccessed), h.Column(colDocument)
	vertical, screen := h.Column(colVertical), h.Column(colScreen)
	clock := src.Clock()
	return func(rec contextdata.Record) (ingest.Event, string, ingest.Reason) {
		e := ingest.Event{
			Line: rec.Line, SourceEventID: number(rec, id), UserID: number(rec, user),
			ActionRaw: value(rec, action), RecordRaw: value(rec, kind), Outcome: ingest.OutcomeSuccess,
			RecordLabel: label(value(rec, vertical), value(rec, screen)), Granularity: ingest.GranularityEvent,
		}
		e.Action, e.RecordType = actionOf(e.ActionRaw), recordOf(e.RecordRaw)
		e.RecordID = number(rec, record)
		if isPatient(e.RecordRaw) {
			e.PatientID, e.RecordID = e.RecordID, ""
		}
		if e.RecordID == "" {
			e.RecordID = number(rec, document)
		}
		when, reason := instant(rec, value(rec, accessed), clock)
		if reason != "" {
			return e, colAccessed, reason
		}
		e.At, e.TZBasis, e.TimeFlag = when.At, when.Basis, when.Flag
		return e, "", ""
	}
}

// actionOf reads TypeofAction, a letter; a query may have written it out.
func actionOf(s string) ingest.Action {
	switch strings.ToUpper(s) {
	case "R", "READ":
		return ingest.ActionView
	case "Q", "QUERY":
		return ingest.ActionSearch
	case "U", "UPDATE", "S", "SIGN":
		return ingest.ActionUpdate
	case "W", "WRITE":
		return ingest.ActionCreate
	}
	return ingest.ActionOther
}

// isPatient reports whether RecordID is the patient's. Only a record of the type
// Patient is one beyond doubt.
func isPatient(recordType string) bool { return strings.EqualFold(recordType, "patient") }

// recordOf maps RecordType, of which the values are not public: those that name
// a category of data in plain English.
func recordOf(s string) ingest.RecordType {
	switch strings.ToLower(s) {
	case "":
		return ""
	case "patient", "demographics":
		return ingest.RecordDemographics
	case "appointment", "appointments", "schedule":
		return ingest.RecordAppointment
	case "insurance":
		return ingest.RecordInsurance
	case "charge", "charges":
		return ingest.RecordBilling
	case "note", "notes":
		return ingest.RecordClinicalNote
	case "medication", "medications", "prescription", "prescriptions":
		return ingest.RecordMedication
	case "allergy", "allergies":
		return ingest.RecordAllergy
	case "problem", "problems", "diagnosis", "diagnoses":
		return ingest.RecordProblem
	case "result", "results", "lab", "labs":
		return ingest.RecordLabResult
	case "image", "images", "imaging":
		return ingest.RecordImaging
	case "vitals", "vital signs", "vitalsigns":
		return ingest.RecordVitals
	case "immunization", "immunizations":
		return ingest.RecordImmunization
	case "document", "documents":
		return ingest.RecordDocument
	case "order", "orders":
		return ingest.RecordOrder
	case "referral", "referrals":
		return ingest.RecordReferral
	case "message", "messages":
		return ingest.RecordMessage
	}
	return ingest.RecordOther
}

// label joins the names of the tabs that lead to a screen.
func label(vertical, screen string) string {
	if vertical == "" || screen == "" {
		return vertical + screen
	}
	return vertical + " / " + screen
}
