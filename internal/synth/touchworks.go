package synth

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// touchWorksDay is a quiet day, told in the tables of TouchWorks.
func (p *Practice) touchWorksDay() Window {
	return Window{From: p.Midnight(2024, time.December, 9), To: p.Midnight(2024, time.December, 10)}
}

// sqlServerTime is how SQL Server writes a time that has no offset.
const sqlServerTime = "2006-01-02 15:04:05.000"

// sameChart is the longest pause within one opening of a chart.
const sameChart = 15 * time.Minute

// chartOpening is one row of PatientAccessLog.
type chartOpening struct {
	user, patient string
	from, to      time.Time
}

// WriteTouchWorksCharts writes what was looked at in a window as TouchWorks'
// table PatientAccessLog: one row for each time that somebody opened a chart.
// The one break-glass row is the first chart that billing opened.
func (p *Practice) WriteTouchWorksCharts(w io.Writer, in Window) error {
	records := [][]string{{
		"UserID", "HostName", "PatientID", "OpenDTTM", "CloseDTTM", "ExposureTime", "BreakGlassStartDTTM", "BreakGlassExposure",
		"BreakGlassReason", "DeviceUsed", "BreakType",
	}}
	glass := false
	for i, o := range p.chartOpenings(in) {
		exposure := strconv.Itoa(int(o.to.Sub(o.from) / time.Second))
		record := []string{
			o.user, "TWWEB-0" + strconv.Itoa(1+i%2), o.patient, o.from.In(p.Zone).Format(sqlServerTime), o.to.In(p.Zone).Format(sqlServerTime),
			exposure, "NULL", "0", "", "W", "N",
		}
		if who := p.Person(o.user); !glass && who != nil && who.Role == RoleBilling {
			glass = true
			copy(record[6:], []string{record[3], exposure, "Security Over-ride: claim query by phone", "W", "BG"})
		}
		records = append(records, record)
	}
	return csv.NewWriter(w).WriteAll(records)
}

// chartOpenings joins the views of one person in one chart, by the time of the
// first.
func (p *Practice) chartOpenings(in Window) []chartOpening {
	var out []chartOpening
	for _, a := range p.Between(EHR, in.From, in.To) {
		if a.Action != ingest.ActionView || a.PatientID == "" || a.Outcome == ingest.OutcomeFailure {
			continue
		}
		i := slices.IndexFunc(out, func(o chartOpening) bool {
			return o.user == a.UserID && o.patient == a.PatientID && a.At.Sub(o.to) < sameChart
		})
		if i < 0 {
			out = append(out, chartOpening{user: a.UserID, patient: a.PatientID, from: a.At, to: a.At.Add(time.Minute)})
			continue
		}
		out[i].to = a.At.Add(time.Minute)
	}
	return out
}

// WriteTouchWorksActions writes what was searched for and changed in a window as
// TouchWorks' table AUDIT_LOG. Views are in PatientAccessLog.
func (p *Practice) WriteTouchWorksActions(w io.Writer, in Window) error {
	records := [][]string{{
		"ID", "UserID", "RecordID", "RecordType", "TypeofAction", "JustificationText", "AccessedDTTM", "AuditMode", "DeviceUsed",
		"VTBKey", "VTBName", "HTBKey", "HTBName", "DocumentKey",
	}}
	for _, a := range p.Between(EHR, in.From, in.To) {
		letter := touchWorksLetter(a.Action)
		if letter == "" || a.Outcome == ingest.OutcomeFailure {
			continue
		}
		kind, record, text := touchWorksType(a.Record), strconv.FormatInt(500000+a.Number, 10), ""
		if kind == "Patient" {
			record = a.PatientID
		}
		if a.Action == ingest.ActionSearch {
			record, text = "0", "SMITH, J"
		}
		records = append(records, []string{
			strconv.FormatInt(910000+a.Number, 10), a.UserID, record, kind, letter, text, a.At.In(p.Zone).Format(sqlServerTime),
			"1", "W", "4", "Chart", "11", kind, "0",
		})
	}
	return csv.NewWriter(w).WriteAll(records)
}

// touchWorksLetter is the code of an action, empty for one that AUDIT_LOG does
// not have or that is told elsewhere.
func touchWorksLetter(a ingest.Action) string {
	switch a {
	case ingest.ActionSearch:
		return "Q"
	case ingest.ActionUpdate:
		return "U"
	case ingest.ActionCreate:
		return "W"
	default:
		return ""
	}
}

func touchWorksType(r ingest.RecordType) string {
	switch r {
	case ingest.RecordDemographics:
		return "Patient"
	case ingest.RecordAppointment:
		return "Appointment"
	case ingest.RecordInsurance:
		return "Insurance"
	case ingest.RecordBilling:
		return "Charge"
	case ingest.RecordClinicalNote:
		return "Note"
	case ingest.RecordMedication:
		return "Medication"
	case ingest.RecordAllergy:
		return "Allergy"
	case ingest.RecordProblem:
		return "Problem"
	case ingest.RecordVitals:
		return "Vitals"
	case ingest.RecordDocument:
		return "Document"
	case ingest.RecordOrder:
		return "Order"
	case ingest.RecordMessage:
		return "Message"
	default:
		return "Other"
	}
}
