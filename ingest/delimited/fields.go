package delimited

import (
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
)

// textFields are the fields that take a cell as it is.
func textFields() []string {
	return []string{
		ingest.ColSourceEventID, ingest.ColSourceSystem, ingest.ColUserID, ingest.ColUserAltID, ingest.ColUserName,
		ingest.ColUserRole, ingest.ColOnBehalfOf, ingest.ColPatientID, ingest.ColPatientSystem, ingest.ColPatientName,
		ingest.ColRecordID, ingest.ColRecordLabel, ingest.ColWorkstation, ingest.ColIP, ingest.ColLocation,
		ingest.ColOutcomeReason, ingest.ColSessionID, ingest.ColRequestID, ingest.ColPurpose, ingest.ColReason,
	}
}

// timeFields are the fields that take an instant.
func timeFields() []string {
	return []string{ingest.ColOccurredAt, ingest.ColRecordedAt, ingest.ColEndedAt}
}

// wordFields are the fields that take one of a closed set, by a vocabulary.
func wordFields() []string {
	return []string{
		ingest.ColAction, ingest.ColOutcome, ingest.ColRecordType, ingest.ColBreakGlass, ingest.ColUserType, ingest.ColInteractive,
	}
}

// closedSet returns what a field of wordFields may hold, or nil.
func closedSet(field string) []string {
	switch field {
	case ingest.ColAction:
		return words(ingest.Actions())
	case ingest.ColOutcome:
		return words(ingest.Outcomes())
	case ingest.ColRecordType:
		return words(ingest.RecordTypes())
	case ingest.ColBreakGlass:
		return []string{"true", "false"}
	case ingest.ColUserType:
		return words([]ingest.UserType{ingest.UserStaff, ingest.UserPatient, ingest.UserSystem})
	case ingest.ColInteractive:
		return words([]ingest.Interactive{ingest.InteractiveYes, ingest.InteractiveNo})
	case ingest.ColGranularity:
		return words([]ingest.Granularity{
			ingest.GranularityEvent, ingest.GranularityScreen, ingest.GranularitySQL, ingest.GranularitySession,
		})
	}
	return nil
}

func words[T ~string](set []T) []string {
	all := make([]string, len(set))
	for i, v := range set {
		all[i] = string(v)
	}
	return all
}

// unmapped returns what a value means that no vocabulary knows.
func unmapped(field string) string {
	switch field {
	case ingest.ColAction:
		return string(ingest.ActionOther)
	case ingest.ColOutcome:
		return string(ingest.OutcomeUnknown)
	case ingest.ColRecordType:
		return string(ingest.RecordOther)
	case ingest.ColBreakGlass:
		return "false"
	}
	return ""
}

func isField(field string) bool {
	return slices.Contains(textFields(), field) || slices.Contains(timeFields(), field) ||
		slices.Contains(wordFields(), field) || field == ingest.ColRecordCount
}

// Numbers of the text fields.
const (
	noText textNumber = iota
	textSourceEventID
	textSourceSystem
	textUserID
	textUserAltID
	textUserName
	textUserRole
	textOnBehalfOf
	textPatientID
	textPatientSystem
	textPatientName
	textRecordID
	textRecordLabel
	textWorkstation
	textIP
	textLocation
	textOutcomeReason
	textSessionID
	textRequestID
	textPurpose
	textReason
)

// textNumber is the number of a text field.
type textNumber int

// textNumberOf returns the number of a field, or noText.
func textNumberOf(field string) textNumber {
	switch field {
	case ingest.ColSourceEventID:
		return textSourceEventID
	case ingest.ColSourceSystem:
		return textSourceSystem
	case ingest.ColUserID:
		return textUserID
	case ingest.ColUserAltID:
		return textUserAltID
	case ingest.ColUserName:
		return textUserName
	case ingest.ColUserRole:
		return textUserRole
	case ingest.ColOnBehalfOf:
		return textOnBehalfOf
	case ingest.ColPatientID:
		return textPatientID
	case ingest.ColPatientSystem:
		return textPatientSystem
	case ingest.ColPatientName:
		return textPatientName
	case ingest.ColRecordID:
		return textRecordID
	case ingest.ColRecordLabel:
		return textRecordLabel
	case ingest.ColWorkstation:
		return textWorkstation
	case ingest.ColIP:
		return textIP
	case ingest.ColLocation:
		return textLocation
	case ingest.ColOutcomeReason:
		return textOutcomeReason
	case ingest.ColSessionID:
		return textSessionID
	case ingest.ColRequestID:
		return textRequestID
	case ingest.ColPurpose:
		return textPurpose
	case ingest.ColReason:
		return textReason
	}
	return noText
}

// textField returns where an event keeps a field, or nil. It is no table of
// functions, because then every event would have to be allocated.
func textField(e *ingest.Event, field textNumber) *string {
	switch field {
	case textSourceEventID:
		return &e.SourceEventID
	case textSourceSystem:
		return &e.SourceSystem
	case textUserID:
		return &e.UserID
	case textUserAltID:
		return &e.UserAltID
	case textUserName:
		return &e.UserName
	case textUserRole:
		return &e.UserRole
	case textOnBehalfOf:
		return &e.OnBehalfOf
	case textPatientID:
		return &e.PatientID
	case textPatientSystem:
		return &e.PatientSystem
	case textPatientName:
		return &e.PatientName
	case textRecordID:
		return &e.RecordID
	case textRecordLabel:
		return &e.RecordLabel
	case textWorkstation:
		return &e.Workstation
	case textIP:
		return &e.IP
	case textLocation:
		return &e.Location
	case textOutcomeReason:
		return &e.OutcomeReason
	case textSessionID:
		return &e.SessionID
	case textRequestID:
		return &e.RequestID
	case textPurpose:
		return &e.Purpose
	case textReason:
		return &e.Reason
	case noText:
	}
	return nil
}

// Numbers of the fields of closed sets.
const (
	noWord wordNumber = iota
	wordAction
	wordOutcome
	wordRecordType
	wordBreakGlass
	wordUserType
	wordInteractive
)

// wordNumber is the number of a field of a closed set.
type wordNumber int

// wordNumberOf returns the number of a field, or noWord.
func wordNumberOf(field string) wordNumber {
	switch field {
	case ingest.ColAction:
		return wordAction
	case ingest.ColOutcome:
		return wordOutcome
	case ingest.ColRecordType:
		return wordRecordType
	case ingest.ColBreakGlass:
		return wordBreakGlass
	case ingest.ColUserType:
		return wordUserType
	case ingest.ColInteractive:
		return wordInteractive
	}
	return noWord
}

// setWord puts a value of a closed set into its field.
func setWord(e *ingest.Event, field wordNumber, value string) {
	switch field {
	case wordAction:
		e.Action = ingest.Action(value)
	case wordOutcome:
		e.Outcome = ingest.Outcome(value)
	case wordRecordType:
		e.RecordType = ingest.RecordType(value)
	case wordBreakGlass:
		e.BreakGlass = value == "true"
	case wordUserType:
		e.UserType = ingest.UserType(value)
	case wordInteractive:
		e.Interactive = ingest.Interactive(value)
	case noWord:
	}
}
