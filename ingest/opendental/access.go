package opendental

import (
	"strconv"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// access is one row of the log, from whichever export.
type access struct {
	line        int64
	num         string // SecurityLogNum
	at          contextdata.Instant
	perm        int32
	label       string // the permission as the source writes it
	text        logOn
	user        string // UserNum; empty for nobody
	name        string // the account's name, if known
	gone        bool   // the account is not among those of the practice
	patient     string
	patientName string
	otherName   string // of the patient that the foreign key names
	computer    string
	fkey        string
	source      int32
	sourceName  string
	integrity   ingest.Integrity
}

// event returns the row in the common form.
func (a *access) event(p *permissions) ingest.Event {
	perm := p.byNumber(a.perm)
	e := ingest.Event{
		Line: a.line, SourceEventID: a.num, SourceSystem: a.sourceName,
		At: a.at.At, TZBasis: a.at.Basis, TimeFlag: a.at.Flag,
		PatientID: a.patient, PatientName: a.patientName,
		Action: perm.action, ActionRaw: a.label, RecordType: perm.record, RecordID: a.fkey,
		Workstation: a.computer, Outcome: ingest.OutcomeSuccess, Integrity: a.integrity,
		Granularity: ingest.GranularityScreen, Interactive: ingest.InteractiveYes,
		BreakGlass: a.perm == permEhrEmergencyAccess,
	}
	if a.perm == permUserLogOnOff {
		switch a.text {
		case loggedOn:
			e.Action = ingest.ActionLogin
		case loggedOff:
			e.Action = ingest.ActionLogout
		case logOnOther:
		}
	}
	if !atDesk(a.source) {
		e.Interactive = ingest.InteractiveNo
	}
	if a.byPatient() {
		a.portal(&e)
		return e
	}
	e.UserID, e.UserType = a.user, ingest.UserStaff
	switch {
	case a.name != "":
		e.UserID, e.UserAltID = a.name, a.user
	case a.user == "": // a service acted
		e.UserType, e.Interactive = "", ingest.InteractiveNo
	case a.gone && e.Interactive == ingest.InteractiveYes:
		e.UserType, e.Interactive = "", ""
	}
	return e
}

// byPatient reports whether the patient of the row acted.
func (a *access) byPatient() bool {
	return a.source == sourcePatientPortal || a.perm == permPatientPortal || a.perm == permPatientPortalLogin
}

// portal writes who acted in the patient portal, and for whom.
func (a *access) portal(e *ingest.Event) {
	e.UserID, e.UserName = a.patient, a.patientName
	if a.patient != "" {
		e.UserType = ingest.UserPatient
	}
	switch a.perm {
	case permPatientPortal: // the foreign key is a patient
		e.RecordID = ""
		if a.fkey != "" && a.fkey != a.patient {
			e.PatientID, e.PatientName = a.fkey, a.otherName
		}
	case permPatientPortalLogin:
		e.PatientID, e.PatientName = "", ""
	}
}

// attempt is one row of loginattempt.
type attempt struct {
	line int64
	num  string
	at   contextdata.Instant
	name string
	kind string // LoginType
}

// webPatient is the LoginType of the patient portal.
const webPatient = "1"

func (a *attempt) event() ingest.Event {
	e := ingest.Event{
		Line: a.line, SourceEventID: a.num, At: a.at.At, TZBasis: a.at.Basis, TimeFlag: a.at.Flag, UserID: a.name,
		Action: ingest.ActionLoginFailed, ActionRaw: "loginattempt", RecordType: ingest.RecordSession,
		Outcome: ingest.OutcomeFailure, Granularity: ingest.GranularityEvent,
	}
	switch {
	case a.kind == webPatient || a.kind == "PatientPortal":
		e.ActionRaw += " PatientPortal"
		if e.UserID != "" {
			e.UserType = ingest.UserPatient
		}
	case isName(a.kind) && len(a.kind) <= maxLabel && a.kind != "":
		e.ActionRaw += " " + a.kind
	}
	return e
}

// number writes a number of the database; 0 is none.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
