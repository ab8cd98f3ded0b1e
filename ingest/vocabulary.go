package ingest

// Dataset names one kind of normalised rows.
type Dataset string

// The datasets a parser may produce.
const (
	// Events are accesses: one row for one access of one user to one patient's record.
	Events Dataset = "events"
	// StaffRows are the roster: who works in the practice, with which role and hours.
	StaffRows Dataset = "staff"
	// PatientRows are the practice's patients.
	PatientRows Dataset = "patients"
	// AppointmentRows are appointments, visits and encounters.
	AppointmentRows Dataset = "appointments"
)

// Datasets returns every dataset, in a fixed order.
func Datasets() []Dataset {
	return []Dataset{Events, StaffRows, PatientRows, AppointmentRows}
}

// Action is what was done, one of a closed set. It follows the verbs of FHIR
// AuditEvent (HL7 audit-event-action and restful-interaction) with the
// authentication events of DICOM PS3.15 A.5.
type Action string

// The closed set of actions. What no mapping knows is ActionOther, and the raw
// text stays in [Event.ActionRaw].
const (
	ActionView        Action = "view"
	ActionCreate      Action = "create"
	ActionUpdate      Action = "update"
	ActionDelete      Action = "delete"
	ActionPrint       Action = "print"
	ActionExport      Action = "export"
	ActionSearch      Action = "search"
	ActionLogin       Action = "login"
	ActionLogout      Action = "logout"
	ActionLoginFailed Action = "login_failed"
	ActionBreakGlass  Action = "break_glass"
	ActionOther       Action = "other"
)

// Actions returns the closed set of actions, in a fixed order.
func Actions() []Action {
	return []Action{
		ActionView, ActionCreate, ActionUpdate, ActionDelete, ActionPrint, ActionExport, ActionSearch,
		ActionLogin, ActionLogout, ActionLoginFailed, ActionBreakGlass, ActionOther,
	}
}

// Valid reports whether a is one of the closed set.
func (a Action) Valid() bool {
	switch a {
	case ActionView, ActionCreate, ActionUpdate, ActionDelete, ActionPrint, ActionExport, ActionSearch,
		ActionLogin, ActionLogout, ActionLoginFailed, ActionBreakGlass, ActionOther:
		return true
	}
	return false
}

// Outcome says whether the access succeeded. A refused access is an event too.
type Outcome string

// The closed set of outcomes. A format that logs only what succeeded gives
// OutcomeSuccess; a format that does not say gives OutcomeUnknown.
const (
	OutcomeSuccess Outcome = "success"
	OutcomeFailure Outcome = "failure"
	OutcomeUnknown Outcome = "unknown"
)

// Outcomes returns the closed set of outcomes, in a fixed order.
func Outcomes() []Outcome { return []Outcome{OutcomeSuccess, OutcomeFailure, OutcomeUnknown} }

// Valid reports whether o is one of the closed set.
func (o Outcome) Valid() bool {
	return o == OutcomeSuccess || o == OutcomeFailure || o == OutcomeUnknown
}

// RecordType is the category of data that was accessed. ASTM E2147-18 7.1.9
// asks for no more than a category, so no more may be relied on.
type RecordType string

// The closed set of record types. What no mapping knows is RecordOther, and the
// raw text stays in [Event.RecordRaw]. An event that concerns no record, such as
// a log-off, has the empty RecordType.
const (
	RecordDemographics  RecordType = "demographics"
	RecordAppointment   RecordType = "appointment"
	RecordInsurance     RecordType = "insurance"
	RecordBilling       RecordType = "billing"
	RecordClinicalNote  RecordType = "clinical_note"
	RecordPsychotherapy RecordType = "psychotherapy_note"
	RecordMedication    RecordType = "medication"
	RecordAllergy       RecordType = "allergy"
	RecordProblem       RecordType = "problem"
	RecordLabResult     RecordType = "lab_result"
	RecordImaging       RecordType = "imaging"
	RecordVitals        RecordType = "vitals"
	RecordImmunization  RecordType = "immunization"
	RecordDocument      RecordType = "document"
	RecordOrder         RecordType = "order"
	RecordReferral      RecordType = "referral"
	RecordMessage       RecordType = "message"
	RecordReport        RecordType = "report"
	RecordAuditLog      RecordType = "audit_log"
	RecordUserAdmin     RecordType = "user_admin"
	RecordConfiguration RecordType = "configuration"
	RecordSession       RecordType = "session"
	RecordOther         RecordType = "other"
)

// RecordTypes returns the closed set of record types, in a fixed order.
func RecordTypes() []RecordType {
	return []RecordType{
		RecordDemographics, RecordAppointment, RecordInsurance, RecordBilling, RecordClinicalNote,
		RecordPsychotherapy, RecordMedication, RecordAllergy, RecordProblem, RecordLabResult, RecordImaging,
		RecordVitals, RecordImmunization, RecordDocument, RecordOrder, RecordReferral, RecordMessage,
		RecordReport, RecordAuditLog, RecordUserAdmin, RecordConfiguration, RecordSession, RecordOther,
	}
}

// Valid reports whether r is empty or one of the closed set.
func (r RecordType) Valid() bool {
	switch r {
	case "", RecordDemographics, RecordAppointment, RecordInsurance, RecordBilling, RecordClinicalNote,
		RecordPsychotherapy, RecordMedication, RecordAllergy, RecordProblem, RecordLabResult, RecordImaging,
		RecordVitals, RecordImmunization, RecordDocument, RecordOrder, RecordReferral, RecordMessage,
		RecordReport, RecordAuditLog, RecordUserAdmin, RecordConfiguration, RecordSession, RecordOther:
		return true
	}
	return false
}

// TZBasis says where the zone of [Event.At] comes from.
type TZBasis string

// The closed set of zone bases.
const (
	// TZExplicit: the export wrote an offset or Z beside the time.
	TZExplicit TZBasis = "explicit"
	// TZSourceSetting: the time had no offset and was read in the source's configured zone.
	TZSourceSetting TZBasis = "source_setting"
	// TZAssumed: the time had no offset and nobody configured a zone for the source.
	TZAssumed TZBasis = "assumed"
)

// TZBases returns the closed set of zone bases, in a fixed order.
func TZBases() []TZBasis { return []TZBasis{TZExplicit, TZSourceSetting, TZAssumed} }

// Valid reports whether b is one of the closed set.
func (b TZBasis) Valid() bool { return b == TZExplicit || b == TZSourceSetting || b == TZAssumed }

// TimeFlag marks a local time that daylight saving made doubtful.
type TimeFlag string

// The closed set of time flags; the empty flag means that the time is not doubtful.
const (
	// TimeAmbiguous: the local time occurs twice that night; file order decided.
	TimeAmbiguous TimeFlag = "ambiguous"
	// TimeNonexistent: the clock jumped over this local time; it was read with the offset before the jump.
	TimeNonexistent TimeFlag = "nonexistent"
)

// TimeFlags returns the closed set of time flags without the empty one.
func TimeFlags() []TimeFlag { return []TimeFlag{TimeAmbiguous, TimeNonexistent} }

// Valid reports whether f is empty or one of the closed set.
func (f TimeFlag) Valid() bool { return f == "" || f == TimeAmbiguous || f == TimeNonexistent }

// Interactive says whether a person at a screen acted.
type Interactive string

// The closed set: the empty value means that the export does not say.
const (
	InteractiveYes Interactive = "yes" // a person at a screen
	InteractiveNo  Interactive = "no"  // a job, an interface or a machine
)

// Valid reports whether i is empty or one of the closed set.
func (i Interactive) Valid() bool { return i == "" || i == InteractiveYes || i == InteractiveNo }

// Granularity says what one row of the source stands for. Volumes of different
// granularity must not be compared.
type Granularity string

// The closed set of granularities.
const (
	GranularityEvent   Granularity = "event"   // one row an access
	GranularityScreen  Granularity = "screen"  // one row a screen or module
	GranularitySQL     Granularity = "sql"     // one row a database statement
	GranularitySession Granularity = "session" // one row from opening to closing a chart
)

// Valid reports whether g is one of the closed set.
func (g Granularity) Valid() bool {
	return g == GranularityEvent || g == GranularityScreen || g == GranularitySQL || g == GranularitySession
}

// UserType says what kind of subject the user of an event is.
type UserType string

// The closed set of user types; the empty value means unknown or no user.
const (
	UserStaff   UserType = "staff"   // a person of the practice or of a partner
	UserPatient UserType = "patient" // the patient or a representative, for example in a portal
	UserSystem  UserType = "system"  // an account that no person uses
)

// Valid reports whether u is empty or one of the closed set.
func (u UserType) Valid() bool {
	return u == "" || u == UserStaff || u == UserPatient || u == UserSystem
}

// Integrity is the result of a tamper check that the export itself carries.
type Integrity string

// The closed set; the empty value means that the row carries no check.
const (
	IntegrityOK      Integrity = "ok"      // the row's checksum was recomputed and matches
	IntegrityFailed  Integrity = "failed"  // it was recomputed and does not match
	IntegrityUnknown Integrity = "unknown" // there is a check, but it cannot be recomputed from this export
)

// Valid reports whether i is empty or one of the closed set.
func (i Integrity) Valid() bool {
	return i == "" || i == IntegrityOK || i == IntegrityFailed || i == IntegrityUnknown
}
