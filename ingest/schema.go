package ingest

import (
	"fmt"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
)

// SchemaVersion is raised when a column of a normalised dataset changes its
// name, type or meaning. It is written into the metadata of every schema.
const SchemaVersion = 1

// Column types of the normalised schemas. Every text column is UTF-8 and null
// where the row type's field is empty; every instant is in microseconds, UTC.
func instant() arrow.DataType { return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"} }

// Schema returns the Arrow schema of a dataset. The caller must not change it.
// An unknown dataset is an error.
//
// The field names are those of the row types in snake case. They are the
// columns of chartwatch's own interchange files (package normalized).
func Schema(d Dataset) (*arrow.Schema, error) {
	fields, err := schemaFields(d)
	if err != nil {
		return nil, err
	}
	meta := arrow.NewMetadata(
		[]string{"chartwatch.dataset", "chartwatch.schema_version"},
		[]string{string(d), strconv.Itoa(SchemaVersion)})
	return arrow.NewSchema(fields, &meta), nil
}

func schemaFields(d Dataset) ([]arrow.Field, error) {
	var fields []arrow.Field
	switch d {
	case Events:
		for _, c := range eventColumns() {
			fields = append(fields, c.field())
		}
	case StaffRows:
		for _, c := range staffColumns() {
			fields = append(fields, c.field())
		}
	case PatientRows:
		for _, c := range patientColumns() {
			fields = append(fields, c.field())
		}
	case AppointmentRows:
		for _, c := range appointmentColumns() {
			fields = append(fields, c.field())
		}
	default:
		return nil, fmt.Errorf("unknown dataset %q", d)
	}
	return fields, nil
}

// Names of the event columns, for readers of batches.
const (
	ColLine          = "line"
	ColPart          = "part"
	ColSourceEventID = "source_event_id"
	ColSourceSystem  = "source_system"
	ColOccurredAt    = "occurred_at"
	ColRecordedAt    = "recorded_at"
	ColEndedAt       = "ended_at"
	ColTZBasis       = "tz_basis"
	ColTimeFlag      = "time_flag"
	ColUserID        = "user_id"
	ColUserAltID     = "user_alt_id"
	ColUserName      = "user_name"
	ColUserRole      = "user_role"
	ColUserType      = "user_type"
	ColOnBehalfOf    = "on_behalf_of"
	ColPatientID     = "patient_id"
	ColPatientSystem = "patient_id_system"
	ColPatientName   = "patient_name"
	ColAction        = "action"
	ColActionRaw     = "action_raw"
	ColRecordType    = "record_type"
	ColRecordRaw     = "record_type_raw"
	ColRecordID      = "record_id"
	ColRecordLabel   = "record_label"
	ColWorkstation   = "workstation"
	ColIP            = "ip"
	ColLocation      = "location"
	ColOutcome       = "outcome"
	ColOutcomeReason = "outcome_reason"
	ColSessionID     = "session_id"
	ColRequestID     = "request_id"
	ColPurpose       = "purpose"
	ColBreakGlass    = "break_glass"
	ColReason        = "reason_text"
	ColRecordCount   = "n_records"
	ColInteractive   = "interactive"
	ColGranularity   = "granularity"
	ColIntegrity     = "integrity"
)

const colStartsAt = "starts_at"

// column ties a field of a row type to a column of its schema.
type column[R any] struct {
	name     string
	typ      arrow.DataType
	required bool
	text     func(*R) string // for text columns
	number   func(*R) int64  // for the others; microseconds for instants
}

func (c column[R]) field() arrow.Field {
	return arrow.Field{Name: c.name, Type: c.typ, Nullable: !c.required}
}

func textCol[R any](name string, get func(*R) string) column[R] {
	return column[R]{name: name, typ: arrow.BinaryTypes.String, text: get}
}

func numCol[R any](name string, typ arrow.DataType, required bool, get func(*R) int64) column[R] {
	return column[R]{name: name, typ: typ, required: required, number: get}
}

func eventColumns() []column[Event] {
	return []column[Event]{
		numCol(ColLine, arrow.PrimitiveTypes.Int64, true, func(e *Event) int64 { return e.Line }),
		numCol(ColPart, arrow.PrimitiveTypes.Int64, true, func(e *Event) int64 { return int64(e.Part) }),
		textCol(ColSourceEventID, func(e *Event) string { return e.SourceEventID }),
		textCol(ColSourceSystem, func(e *Event) string { return e.SourceSystem }),
		numCol(ColOccurredAt, instant(), true, func(e *Event) int64 { return e.At.UnixMicro() }),
		numCol(ColRecordedAt, instant(), false, func(e *Event) int64 { return micros(e.RecordedAt) }),
		numCol(ColEndedAt, instant(), false, func(e *Event) int64 { return micros(e.EndedAt) }),
		textCol(ColTZBasis, func(e *Event) string { return string(e.TZBasis) }),
		textCol(ColTimeFlag, func(e *Event) string { return string(e.TimeFlag) }),
		textCol(ColUserID, func(e *Event) string { return e.UserID }),
		textCol(ColUserAltID, func(e *Event) string { return e.UserAltID }),
		textCol(ColUserName, func(e *Event) string { return e.UserName }),
		textCol(ColUserRole, func(e *Event) string { return e.UserRole }),
		textCol(ColUserType, func(e *Event) string { return string(e.UserType) }),
		textCol(ColOnBehalfOf, func(e *Event) string { return e.OnBehalfOf }),
		textCol(ColPatientID, func(e *Event) string { return e.PatientID }),
		textCol(ColPatientSystem, func(e *Event) string { return e.PatientSystem }),
		textCol(ColPatientName, func(e *Event) string { return e.PatientName }),
		textCol(ColAction, func(e *Event) string { return string(e.Action) }),
		textCol(ColActionRaw, func(e *Event) string { return e.ActionRaw }),
		textCol(ColRecordType, func(e *Event) string { return string(e.RecordType) }),
		textCol(ColRecordRaw, func(e *Event) string { return e.RecordRaw }),
		textCol(ColRecordID, func(e *Event) string { return e.RecordID }),
		textCol(ColRecordLabel, func(e *Event) string { return e.RecordLabel }),
		textCol(ColWorkstation, func(e *Event) string { return e.Workstation }),
		textCol(ColIP, func(e *Event) string { return e.IP }),
		textCol(ColLocation, func(e *Event) string { return e.Location }),
		textCol(ColOutcome, func(e *Event) string { return string(e.Outcome) }),
		textCol(ColOutcomeReason, func(e *Event) string { return e.OutcomeReason }),
		textCol(ColSessionID, func(e *Event) string { return e.SessionID }),
		textCol(ColRequestID, func(e *Event) string { return e.RequestID }),
		textCol(ColPurpose, func(e *Event) string { return e.Purpose }),
		numCol(ColBreakGlass, arrow.FixedWidthTypes.Boolean, true, func(e *Event) int64 { return flag(e.BreakGlass) }),
		textCol(ColReason, func(e *Event) string { return e.Reason }),
		numCol(ColRecordCount, arrow.PrimitiveTypes.Int64, false, func(e *Event) int64 { return orNull(e.RecordCount) }),
		textCol(ColInteractive, func(e *Event) string { return string(e.Interactive) }),
		textCol(ColGranularity, func(e *Event) string { return string(e.Granularity) }),
		textCol(ColIntegrity, func(e *Event) string { return string(e.Integrity) }),
	}
}

func staffColumns() []column[Staff] {
	return []column[Staff]{
		numCol(ColLine, arrow.PrimitiveTypes.Int64, true, func(s *Staff) int64 { return s.Line }),
		textCol(ColUserID, func(s *Staff) string { return s.UserID }),
		textCol("name", func(s *Staff) string { return s.Name }),
		textCol("role", func(s *Staff) string { return s.Role }),
		textCol("department", func(s *Staff) string { return s.Department }),
		textCol("hired_on", func(s *Staff) string { return s.HiredOn }),
		textCol("left_on", func(s *Staff) string { return s.LeftOn }),
		textCol("weekdays", func(s *Staff) string { return s.Weekdays }),
		textCol("shift_start", func(s *Staff) string { return s.ShiftStart }),
		textCol("shift_end", func(s *Staff) string { return s.ShiftEnd }),
		textCol("address", func(s *Staff) string { return s.Address }),
		textCol(ColPatientID, func(s *Staff) string { return s.PatientID }),
	}
}

func patientColumns() []column[Patient] {
	return []column[Patient]{
		numCol(ColLine, arrow.PrimitiveTypes.Int64, true, func(p *Patient) int64 { return p.Line }),
		textCol(ColPatientID, func(p *Patient) string { return p.PatientID }),
		textCol(ColPatientSystem, func(p *Patient) string { return p.System }),
		textCol("first_name", func(p *Patient) string { return p.FirstName }),
		textCol("last_name", func(p *Patient) string { return p.LastName }),
		textCol("birth_date", func(p *Patient) string { return p.BirthDate }),
		textCol("address", func(p *Patient) string { return p.Address }),
		numCol("vip", arrow.FixedWidthTypes.Boolean, true, func(p *Patient) int64 { return flag(p.VIP) }),
	}
}

func appointmentColumns() []column[Appointment] {
	return []column[Appointment]{
		numCol(ColLine, arrow.PrimitiveTypes.Int64, true, func(a *Appointment) int64 { return a.Line }),
		textCol("appointment_id", func(a *Appointment) string { return a.AppointmentID }),
		textCol(ColPatientID, func(a *Appointment) string { return a.PatientID }),
		textCol("provider_id", func(a *Appointment) string { return a.ProviderID }),
		numCol(colStartsAt, instant(), true, func(a *Appointment) int64 { return a.StartsAt.UnixMicro() }),
		textCol(ColTZBasis, func(a *Appointment) string { return string(a.TZBasis) }),
		textCol(ColTimeFlag, func(a *Appointment) string { return string(a.TimeFlag) }),
		numCol("minutes", arrow.PrimitiveTypes.Int64, false, func(a *Appointment) int64 { return orNull(a.Minutes) }),
		textCol("status", func(a *Appointment) string { return a.Status }),
	}
}
