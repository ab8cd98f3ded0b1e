package models

import "github.com/chartwatch/chartwatch/ingest"

// Actions returns the closed set of actions, in a fixed order.
func Actions() []string {
	var list []string
	for _, a := range ingest.Actions() {
		list = append(list, string(a))
	}
	return list
}

// RecordTypes returns the closed set of record types, in a fixed order.
func RecordTypes() []string {
	var list []string
	for _, t := range ingest.RecordTypes() {
		list = append(list, string(t))
	}
	return list
}

// IsRead says what events.is_read is for an action.
func IsRead(action string) bool {
	switch ingest.Action(action) {
	case ingest.ActionView, ingest.ActionPrint, ingest.ActionExport, ingest.ActionSearch:
		return true
	default:
		return false
	}
}

// IsWrite says what events.is_write is for an action.
func IsWrite(action string) bool {
	switch ingest.Action(action) {
	case ingest.ActionCreate, ingest.ActionUpdate, ingest.ActionDelete:
		return true
	default:
		return false
	}
}

// IsTaking says what events.is_taking is for an action.
func IsTaking(action string) bool {
	a := ingest.Action(action)
	return a == ingest.ActionPrint || a == ingest.ActionExport
}

// IsClinical says what events.is_clinical is for a record type and an action:
// whether it is content about the patient's health and care, rather than about
// the patient's person, money or appointments. A record whose type the log does
// not say, or no mapping knows, may be clinical and counts so.
func IsClinical(recordType, action string) bool {
	switch ingest.RecordType(recordType) {
	case ingest.RecordClinicalNote, ingest.RecordPsychotherapy, ingest.RecordMedication, ingest.RecordAllergy, ingest.RecordProblem,
		ingest.RecordLabResult, ingest.RecordImaging, ingest.RecordVitals, ingest.RecordImmunization, ingest.RecordDocument,
		ingest.RecordOrder, ingest.RecordReferral, ingest.RecordMessage:
		return true
	case ingest.RecordOther, "":
		switch ingest.Action(action) {
		case ingest.ActionLogin, ingest.ActionLogout, ingest.ActionLoginFailed, ingest.ActionSearch:
			return false
		default:
			return true
		}
	default:
		return false
	}
}
