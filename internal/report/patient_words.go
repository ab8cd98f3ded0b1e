package report

import (
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/access"
	"github.com/chartwatch/chartwatch/internal/coverage"
)

// patientAction says what was done to a person who knows no log.
func patientAction(x access.Access) string {
	words := actionWords(ingest.Action(x.Action))
	if x.BreakGlass && x.Action != string(ingest.ActionBreakGlass) {
		words += ", as an emergency"
	}
	switch ingest.Outcome(x.Outcome) {
	case ingest.OutcomeFailure:
		return "Tried, without success: " + words
	case ingest.OutcomeSuccess, ingest.OutcomeUnknown:
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

func actionWords(a ingest.Action) string {
	switch a {
	case ingest.ActionView:
		return "looked at"
	case ingest.ActionCreate:
		return "added something new"
	case ingest.ActionUpdate:
		return "changed"
	case ingest.ActionDelete:
		return "removed something"
	case ingest.ActionPrint:
		return "printed"
	case ingest.ActionExport:
		return "copied to a file or sent out"
	case ingest.ActionSearch:
		return "found in a search"
	case ingest.ActionLogin, ingest.ActionLogout, ingest.ActionLoginFailed:
		return "signed in or out"
	case ingest.ActionBreakGlass:
		return "opened as an emergency"
	default:
		return "used in another way"
	}
}

// patientRecord names a kind of record.
func patientRecord(r ingest.RecordType) string {
	switch r {
	case ingest.RecordDemographics:
		return "Name, address and contact details"
	case ingest.RecordAppointment:
		return "Appointments"
	case ingest.RecordInsurance:
		return "Insurance"
	case ingest.RecordBilling:
		return "Bills and payments"
	case ingest.RecordClinicalNote:
		return "Notes about your care"
	case ingest.RecordPsychotherapy:
		return "Psychotherapy notes"
	case ingest.RecordMedication:
		return "Medicines"
	case ingest.RecordAllergy:
		return "Allergies"
	case ingest.RecordProblem:
		return "List of health problems"
	case ingest.RecordLabResult:
		return "Lab results"
	case ingest.RecordImaging:
		return "X-rays and other images"
	case ingest.RecordVitals:
		return "Measurements such as blood pressure"
	case ingest.RecordImmunization:
		return "Vaccinations"
	case ingest.RecordDocument:
		return "Documents"
	case ingest.RecordOrder:
		return "Orders for tests or treatment"
	case ingest.RecordReferral:
		return "Referrals"
	case ingest.RecordMessage:
		return "Messages"
	case ingest.RecordReport:
		return "Reports"
	case ingest.RecordAuditLog:
		return "The list of who opened your record"
	case ingest.RecordUserAdmin, ingest.RecordConfiguration, ingest.RecordSession:
		return "Settings of the system"
	case ingest.RecordOther:
		return "Another part of your record"
	default:
		return "The log does not say which part"
	}
}

// patientWho names who acted by name and role, never by a number of ours.
func patientWho(x access.Access) string {
	role := roleWords(x.Role)
	switch {
	case ingest.UserType(x.UserType) == ingest.UserPatient:
		return "You, or somebody acting for you"
	case ingest.UserType(x.UserType) == ingest.UserSystem:
		return "An automatic process of our systems"
	case x.UserName != "" && x.UserName != x.UserID && role != "":
		return clean(x.UserName) + ", " + role
	case x.UserName != "" && x.UserName != x.UserID:
		return clean(x.UserName)
	case role != "":
		return "A person whose name our log does not give (" + role + ")"
	case x.UserID != "" || x.UserName != "":
		return "A person whose name our log does not give"
	}
	return "Our log does not say who"
}

// roleWords is a role. Beside a word, a code such as IRCP is left out.
func roleWords(role string) string {
	var words, codes []string
	for part := range strings.SplitSeq(role, ";") {
		part = strings.TrimSpace(part)
		switch {
		case part == "" || part == "unknown":
		case part == strings.ToUpper(part):
			codes = append(codes, clean(part))
		default:
			words = append(words, clean(spaced(part)))
		}
	}
	if len(words) == 0 {
		words = codes
	}
	return strings.Join(words, ", ")
}

// patientReason is why an access took place, where our records show it. What a
// user wrote is never handed out: it may name others.
func patientReason(e *access.Explained) string {
	if e == nil || e.Answer != "explained" || e.Strength == "weak" {
		return ""
	}
	switch e.Reason {
	case "own_visit", "team_visit":
		return "Your appointment"
	case "practice_visit":
		return "Your visit"
	case "scheduling":
		return "Work on your appointment"
	case "inbound_contact":
		return "A message, document or referral about you"
	case "order_result":
		return "An order or result of yours"
	case "cover":
		return "Cover or on-call duty"
	}
	return ""
}

// patientLimit says in plain words why an answer has limits, by the code of the
// reason. It names no system of ours and nobody.
func patientLimit(code string) string {
	switch code {
	case "no_log":
		return "For one of our systems there is no log of who opened records."
	case coverage.CodeUnread:
		return "One of our systems keeps a log of changes only, not of who looked at a record."
	case "no_users":
		return "One of our systems does not log who opened a record."
	case "no_patients":
		return "One of our systems does not log whose record was opened."
	case "names_only", "matched_by_name":
		return "One of our systems logs patients by name only, so people of the same name cannot be told apart: an entry below may be about another person, or an entry may be missing."
	case "similar_name", "other_number", "unknown_name":
		return "There are entries under a similar name or number of which we cannot tell whether they are about you."
	case "unknown_patient":
		return "Our logs and lists do not have your record number at all."
	case "several_names":
		return "Our systems know your record under more than one name, so some entries may be about another person."
	case "zone_assumed", "doubtful_times":
		return "The time of some entries is not certain."
	case "checksum_failed", "conflicting_rows":
		return "Some entries were changed after they were written, or exist in two versions."
	}
	return "Our logs have a limit on these days that may have kept entries from this list."
}

// patientGap says in plain words why a day is not wholly covered.
func patientGap(code string) string {
	switch code {
	case coverage.CodeOutside, coverage.CodeBetween, coverage.CodeSilent:
		return "one of our systems has no log"
	case coverage.CodeUnread:
		return "the log of one of our systems shows changes only"
	case coverage.CodeUnfinished:
		return "the log of one of our systems ends before the day was over"
	case coverage.CodeFiltered:
		return "the log of one of our systems is about some people only"
	case coverage.CodeCapped, coverage.CodeTruncated:
		return "the log of one of our systems is cut off"
	case coverage.CodeRejected:
		return "some entries in the log of one of our systems could not be read"
	case coverage.CodeMissing, coverage.CodeDeleted, coverage.CodeSequence:
		return "entries are missing in the log of one of our systems"
	}
	return "the log of one of our systems is not complete"
}
