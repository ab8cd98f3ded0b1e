package synth

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// epicDay is a quiet day, told in an extract of Epic's access log. Its number proves
// that the month stands first.
func (p *Practice) epicDay() Window {
	return Window{From: p.Midnight(2024, time.December, 17), To: p.Midnight(2024, time.December, 18)}
}

// epicTime writes a time as research extracts do: no seconds, a year of two
// digits, and hours without a leading zero.
func epicTime(t time.Time) string {
	return t.Format("1/2/06 ") + strconv.Itoa(t.Hour()) + t.Format(":04")
}

// WriteEpic writes the EHR's accesses of a window as an extract of Epic's access
// log, in which the action is an English phrase.
func (p *Practice) WriteEpic(w io.Writer, in Window) error {
	records := [][]string{{"ACCESS_TIME", "USER_ID", "PAT_ID", "METRIC_NAME", "WORKSTATION_ID"}}
	for _, a := range p.Between(EHR, in.From, in.To) {
		records = append(records, []string{
			epicTime(a.At.In(p.Zone)), a.UserID, a.PatientID, metric(a), a.Workstation,
		})
	}
	return csv.NewWriter(w).WriteAll(records)
}

// metric is the phrase for an access.
func metric(a Access) string {
	subject := metricSubject(a.Record)
	if a.Outcome == ingest.OutcomeFailure && a.Action != ingest.ActionLoginFailed {
		return subject + " access denied"
	}
	switch a.Action {
	case ingest.ActionView:
		if a.Record == ingest.RecordDemographics {
			return "Storyboard viewed"
		}
		return subject + " viewed"
	case ingest.ActionSearch:
		return "Patient searched"
	case ingest.ActionCreate:
		if a.Record == ingest.RecordClinicalNote {
			return "Pend clinical note"
		}
		return subject + " entered"
	case ingest.ActionUpdate:
		return subject + " modified"
	case ingest.ActionDelete:
		return subject + " deleted"
	case ingest.ActionPrint:
		return subject + " printed"
	case ingest.ActionExport:
		return "Care Everywhere document sent"
	case ingest.ActionLogin:
		return "User logged in"
	case ingest.ActionLogout:
		return "User logged out"
	case ingest.ActionLoginFailed:
		return "Login failed"
	case ingest.ActionBreakGlass:
		return "Break-the-Glass accessed"
	case ingest.ActionOther:
	}
	return "Best practice advisory shown"
}

func metricSubject(r ingest.RecordType) string {
	switch r {
	case ingest.RecordDemographics:
		return "Demographics"
	case ingest.RecordAppointment:
		return "Appointment"
	case ingest.RecordInsurance:
		return "Coverage"
	case ingest.RecordBilling:
		return "Charge"
	case ingest.RecordClinicalNote:
		return "Clinical note"
	case ingest.RecordMedication:
		return "Medication"
	case ingest.RecordAllergy:
		return "Allergies"
	case ingest.RecordProblem:
		return "Problem List"
	case ingest.RecordVitals:
		return "Vitals"
	case ingest.RecordDocument:
		return "Document"
	case ingest.RecordOrder:
		return "Order"
	case ingest.RecordMessage:
		return "In Basket message"
	case ingest.RecordUserAdmin:
		return "User record"
	default:
		return "Chart Review"
	}
}
