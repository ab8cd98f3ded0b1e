package ingest

import "time"

// Event is one access: one user, one action, at most one patient. A source
// record that names several patients gives one Event for each, told apart by
// Part. Strings are UTF-8 and empty when the export has no value.
//
// The meaning of the fields follows FHIR R4 AuditEvent; the names follow the
// Elastic Common Schema where it has one.
type Event struct {
	// Line is the 1-based line on which the record starts in the decoded file.
	Line int64
	// Part tells apart the events that come from one source record: 0, 1, 2 …
	Part int
	// SourceEventID is the record's own identifier in the exporting system. It
	// is unique within one system at best.
	SourceEventID string
	// SourceSystem is the system that observed the event (AuditEvent.source),
	// where the export names it.
	SourceSystem string

	// At is when the access happened, in UTC. It must not be zero, and its year
	// must be between 1900 and 2199.
	At time.Time
	// RecordedAt is when it was recorded, in UTC; zero if not known or the same.
	RecordedAt time.Time
	// EndedAt is when it ended, in UTC; zero if not known.
	EndedAt time.Time
	// TZBasis says where At's zone comes from; it must be set.
	TZBasis TZBasis
	// TimeFlag marks a time that daylight saving made doubtful.
	TimeFlag TimeFlag

	// UserID is the account that acted; empty when the export names no person.
	// Never the name of a machine, and never a word such as "unknown".
	UserID string
	// UserAltID is a second identifier of the same account.
	UserAltID string
	// UserName is the account's display name.
	UserName string
	// UserRole holds role codes or labels, joined by "; ".
	UserRole string
	// UserType says whether the user is staff, the patient or a system.
	UserType UserType
	// OnBehalfOf is the account for which the user acted.
	OnBehalfOf string

	// PatientID is the patient's number as the source writes it, without the
	// assigning authority; empty for none (never "0" or "NULL").
	PatientID string
	// PatientSystem is the assigning authority or identifier system, if given.
	PatientSystem string
	// PatientName is the patient's name as the source writes it.
	PatientName string

	// Action is what was done; it must be one of the closed set.
	Action Action
	// ActionRaw is the source's own code or text for it, always kept. It must
	// hold codes and labels only, never free text about a patient.
	ActionRaw string
	// RecordType is the category of data; empty if the event concerns none.
	RecordType RecordType
	// RecordRaw is the source's own code or text for the category.
	RecordRaw string
	// RecordID identifies the record within its category.
	RecordID string
	// RecordLabel is a human-readable label of the record.
	RecordLabel string

	// Workstation is the device as the source names it.
	Workstation string
	// IP is the network address as written; it need not be a valid address.
	IP string
	// Location is the place or site as the source names it.
	Location string

	// Outcome must be one of the closed set.
	Outcome Outcome
	// OutcomeReason is the source's explanation of a failure.
	OutcomeReason string
	// SessionID is the log-in session or token identifier.
	SessionID string
	// RequestID connects the records of one request (X-Request-Id, trace id).
	RequestID string
	// Purpose holds purpose-of-use codes (HL7 v3 ActReason), joined by "; ".
	Purpose string
	// BreakGlass is true for a declared emergency access.
	BreakGlass bool
	// Reason is the text a user gave for the access.
	Reason string
	// RecordCount is the number of records concerned; 0 if not known.
	RecordCount int64
	// Interactive says whether a person at a screen acted.
	Interactive Interactive
	// Granularity says what one row stands for; it must be set.
	Granularity Granularity
	// Integrity is the result of the row's own tamper check, if it has one.
	Integrity Integrity
}

// Staff is one line of the roster: one account with one role for one interval.
// Dates are "2006-01-02", times of day "15:04", both in the practice's zone.
type Staff struct {
	Line       int64
	UserID     string // the account in the EHR; required
	Name       string
	Role       string // for example front_desk, nurse, dentist, billing, vendor
	Department string
	HiredOn    string // first day, empty if not known
	LeftOn     string // last day, empty if still employed
	Weekdays   string // for example "mon,tue,wed"; empty if not known
	ShiftStart string
	ShiftEnd   string
	Address    string
	PatientID  string // the employee's own patient number, if a patient here
}

// Patient is one patient of the practice.
type Patient struct {
	Line      int64
	PatientID string // required
	System    string // identifier system, if given
	FirstName string
	LastName  string
	BirthDate string // "2006-01-02", empty if not known
	Address   string
	VIP       bool
}

// Appointment is one planned or kept contact of a patient with a provider.
type Appointment struct {
	Line          int64
	AppointmentID string
	PatientID     string // required
	ProviderID    string
	StartsAt      time.Time // UTC; required
	TZBasis       TZBasis   // where the zone of StartsAt comes from
	TimeFlag      TimeFlag
	Minutes       int64 // duration; 0 if not known
	Status        string
}
