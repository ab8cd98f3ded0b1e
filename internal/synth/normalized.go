package synth

import (
	"io"
	"strconv"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// WriteNormalized writes the phone app's accesses of a window in chartwatch's
// own interchange format: one JSON object a line, by the columns of
// [ingest.Schema].
func (p *Practice) WriteNormalized(w io.Writer, in Window) error {
	return writeLines(w, func(yield func(object) bool) {
		for _, a := range p.Between(Phone, in.From, in.To) {
			if !yield(p.normalized(a)) {
				return
			}
		}
	})
}

func (p *Practice) normalized(a Access) object {
	userName, role, patientName := p.describe(a)
	return object{
		{"dataset", string(ingest.Events)},
		{ingest.ColSourceEventID, "phone-" + strconv.FormatInt(a.Number, 10)},
		{ingest.ColSourceSystem, "phone-app"},
		{ingest.ColOccurredAt, a.At.Format(time.RFC3339)},
		{ingest.ColTZBasis, string(ingest.TZExplicit)},
		{ingest.ColUserID, a.UserID},
		{ingest.ColUserName, userName},
		{ingest.ColUserRole, role},
		{ingest.ColUserType, string(a.UserType)},
		{ingest.ColPatientID, orAbsent(a.PatientID)},
		{ingest.ColPatientName, orAbsent(patientName)},
		{ingest.ColAction, string(a.Action)},
		{ingest.ColRecordType, string(a.Record)},
		{ingest.ColWorkstation, a.Workstation},
		{ingest.ColIP, a.IP},
		{ingest.ColOutcome, string(a.Outcome)},
		{ingest.ColOutcomeReason, orAbsent(a.OutcomeReason)},
		{ingest.ColInteractive, string(ingest.InteractiveYes)},
		{ingest.ColGranularity, string(ingest.GranularityEvent)},
	}
}

// orAbsent turns an empty text into a member that is left out.
func orAbsent(s string) any {
	if s == "" {
		return nil
	}
	return s
}
