package report

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/chartwatch/chartwatch/ingest"
)

// Sufficiency counts what the events of a log hold, to say which questions the
// log can answer.
type Sufficiency struct {
	Events        int64 `json:"events"`
	Reads         int64 `json:"reads"`
	Logins        int64 `json:"logins"`
	LoginsFailed  int64 `json:"logins_failed"`
	WithUser      int64 `json:"with_user"`
	WithPatient   int64 `json:"with_patient"`
	WithNumber    int64 `json:"with_patient_number"`
	WithPlace     int64 `json:"with_workstation_or_address"`
	WithRecord    int64 `json:"with_record_type"`
	WithOutcome   int64 `json:"with_outcome"`
	WithID        int64 `json:"with_event_id"`
	ZoneExplicit  int64 `json:"zone_explicit"`
	ActionUnknown int64 `json:"action_unmapped"`
}

// Add counts a batch of events.
func (s *Sufficiency) Add(b arrow.RecordBatch) {
	col := func(name string) func(int) string {
		for i, f := range b.Schema().Fields() {
			if f.Name != name {
				continue
			}
			if a, ok := b.Column(i).(*array.String); ok {
				return func(row int) string {
					if a.IsNull(row) {
						return ""
					}
					return a.Value(row)
				}
			}
		}
		return func(int) string { return "" }
	}
	action, outcome, basis := col(ingest.ColAction), col(ingest.ColOutcome), col(ingest.ColTZBasis)
	user, userName := col(ingest.ColUserID), col(ingest.ColUserName)
	patient, patientName := col(ingest.ColPatientID), col(ingest.ColPatientName)
	station, ip := col(ingest.ColWorkstation), col(ingest.ColIP)
	record, id := col(ingest.ColRecordType), col(ingest.ColSourceEventID)
	for i := range int(b.NumRows()) {
		s.Events++
		switch ingest.Action(action(i)) {
		case ingest.ActionView, ingest.ActionSearch:
			s.Reads++
		case ingest.ActionLogin:
			s.Logins++
		case ingest.ActionLoginFailed:
			s.Logins++
			s.LoginsFailed++
		case ingest.ActionOther:
			s.ActionUnknown++
		default:
		}
		add(&s.WithUser, user(i) != "" || userName(i) != "")
		add(&s.WithNumber, patient(i) != "")
		add(&s.WithPatient, patient(i) != "" || patientName(i) != "")
		add(&s.WithPlace, station(i) != "" || ip(i) != "")
		add(&s.WithRecord, record(i) != "")
		add(&s.WithOutcome, outcome(i) != string(ingest.OutcomeUnknown))
		add(&s.WithID, id(i) != "")
		add(&s.ZoneExplicit, basis(i) == string(ingest.TZExplicit))
	}
}

func add(n *int64, yes bool) {
	if yes {
		*n++
	}
}

// Text says in words what the log can and cannot answer.
func (s *Sufficiency) Text() string {
	var b strings.Builder
	line := func(n int64, can, cannot string) {
		if n > 0 {
			fmt.Fprintf(&b, "  + %s (%d of %d events)\n", can, n, s.Events)
		} else {
			fmt.Fprintf(&b, "  - %s\n", cannot)
		}
	}
	line(s.Reads, "says who looked at a chart", "does not say who looked at a chart, only changes: it cannot answer who accessed a record")
	line(s.WithUser, "names the user", "does not name the user: it cannot answer who accessed a record")
	line(s.WithPatient, "names the patient", "does not name the patient: it cannot answer whose record was accessed")
	if s.WithPatient > 0 && s.WithNumber == 0 {
		b.WriteString("  - names patients by name only: persons of the same name cannot be told apart\n")
	}
	line(s.WithRecord, "says which kind of record", "does not say which kind of record")
	line(s.Logins, "has logins", "has no logins: shared accounts are harder to find")
	line(s.LoginsFailed, "has failed logins", "has no failed logins")
	line(s.WithPlace, "names the workstation or address", "names neither workstation nor address: shared accounts are harder to find")
	line(s.WithOutcome, "says whether the access succeeded", "does not say whether the access succeeded")
	line(s.WithID, "numbers its events, so that gaps and changed rows can be found", "does not number its events: gaps and changed rows cannot be found")
	line(s.ZoneExplicit, "writes the time zone", "does not write the time zone: the times are read in the zone you give")
	if s.ActionUnknown > 0 {
		fmt.Fprintf(&b, "  ? %d events have an action that is not known and are kept as \"other\"\n", s.ActionUnknown)
	}
	return b.String()
}
