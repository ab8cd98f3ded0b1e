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

// column is a column of a schema.
type column struct {
	name     string
	typ      arrow.DataType
	required bool
}

func (c column) field() arrow.Field {
	return arrow.Field{Name: c.name, Type: c.typ, Nullable: !c.required}
}

func (c column) isText() bool { return c.typ == arrow.BinaryTypes.String }

func textCol(name string) column { return column{name: name, typ: arrow.BinaryTypes.String} }

func numCol(name string, typ arrow.DataType, required bool) column {
	return column{name: name, typ: typ, required: required}
}

func eventColumns() []column {
	return []column{
		numCol(ColLine, arrow.PrimitiveTypes.Int64, true),
		numCol(ColPart, arrow.PrimitiveTypes.Int64, true),
		textCol(ColSourceEventID),
		textCol(ColSourceSystem),
		numCol(ColOccurredAt, instant(), true),
		numCol(ColRecordedAt, instant(), false),
		numCol(ColEndedAt, instant(), false),
		textCol(ColTZBasis),
		textCol(ColTimeFlag),
		textCol(ColUserID),
		textCol(ColUserAltID),
		textCol(ColUserName),
		textCol(ColUserRole),
		textCol(ColUserType),
		textCol(ColOnBehalfOf),
		textCol(ColPatientID),
		textCol(ColPatientSystem),
		textCol(ColPatientName),
		textCol(ColAction),
		textCol(ColActionRaw),
		textCol(ColRecordType),
		textCol(ColRecordRaw),
		textCol(ColRecordID),
		textCol(ColRecordLabel),
		textCol(ColWorkstation),
		textCol(ColIP),
		textCol(ColLocation),
		textCol(ColOutcome),
		textCol(ColOutcomeReason),
		textCol(ColSessionID),
		textCol(ColRequestID),
		textCol(ColPurpose),
		numCol(ColBreakGlass, arrow.FixedWidthTypes.Boolean, true),
		textCol(ColReason),
		numCol(ColRecordCount, arrow.PrimitiveTypes.Int64, false),
		textCol(ColInteractive),
		textCol(ColGranularity),
		textCol(ColIntegrity),
	}
}

// write adds the cells of a row in the order of eventColumns.
func (e *Event) write(t *table) {
	t.number(e.Line)
	t.number(int64(e.Part))
	t.text(e.SourceEventID)
	t.text(e.SourceSystem)
	t.number(e.At.UnixMicro())
	t.number(micros(e.RecordedAt))
	t.number(micros(e.EndedAt))
	t.text(string(e.TZBasis))
	t.text(string(e.TimeFlag))
	t.text(e.UserID)
	t.text(e.UserAltID)
	t.text(e.UserName)
	t.text(e.UserRole)
	t.text(string(e.UserType))
	t.text(e.OnBehalfOf)
	t.text(e.PatientID)
	t.text(e.PatientSystem)
	t.text(e.PatientName)
	t.text(string(e.Action))
	t.text(e.ActionRaw)
	t.text(string(e.RecordType))
	t.text(e.RecordRaw)
	t.text(e.RecordID)
	t.text(e.RecordLabel)
	t.text(e.Workstation)
	t.text(e.IP)
	t.text(e.Location)
	t.text(string(e.Outcome))
	t.text(e.OutcomeReason)
	t.text(e.SessionID)
	t.text(e.RequestID)
	t.text(e.Purpose)
	t.number(flag(e.BreakGlass))
	t.text(e.Reason)
	t.number(orNull(e.RecordCount))
	t.text(string(e.Interactive))
	t.text(string(e.Granularity))
	t.text(string(e.Integrity))
}

func staffColumns() []column {
	return []column{
		numCol(ColLine, arrow.PrimitiveTypes.Int64, true),
		textCol(ColUserID),
		textCol("name"),
		textCol("role"),
		textCol("department"),
		textCol("hired_on"),
		textCol("left_on"),
		textCol("weekdays"),
		textCol("shift_start"),
		textCol("shift_end"),
		textCol("address"),
		textCol(ColPatientID),
	}
}

// write adds the cells of a row in the order of staffColumns.
func (s *Staff) write(t *table) {
	t.number(s.Line)
	t.text(s.UserID)
	t.text(s.Name)
	t.text(s.Role)
	t.text(s.Department)
	t.text(s.HiredOn)
	t.text(s.LeftOn)
	t.text(s.Weekdays)
	t.text(s.ShiftStart)
	t.text(s.ShiftEnd)
	t.text(s.Address)
	t.text(s.PatientID)
}

func patientColumns() []column {
	return []column{
		numCol(ColLine, arrow.PrimitiveTypes.Int64, true),
		textCol(ColPatientID),
		textCol(ColPatientSystem),
		textCol("first_name"),
		textCol("last_name"),
		textCol("birth_date"),
		textCol("address"),
		numCol("vip", arrow.FixedWidthTypes.Boolean, true),
	}
}

// write adds the cells of a row in the order of patientColumns.
func (p *Patient) write(t *table) {
	t.number(p.Line)
	t.text(p.PatientID)
	t.text(p.System)
	t.text(p.FirstName)
	t.text(p.LastName)
	t.text(p.BirthDate)
	t.text(p.Address)
	t.number(flag(p.VIP))
}

func appointmentColumns() []column {
	return []column{
		numCol(ColLine, arrow.PrimitiveTypes.Int64, true),
		textCol("appointment_id"),
		textCol(ColPatientID),
		textCol("provider_id"),
		numCol(colStartsAt, instant(), true),
		textCol(ColTZBasis),
		textCol(ColTimeFlag),
		numCol("minutes", arrow.PrimitiveTypes.Int64, false),
		textCol("status"),
	}
}

// write adds the cells of a row in the order of appointmentColumns.
func (a *Appointment) write(t *table) {
	t.number(a.Line)
	t.text(a.AppointmentID)
	t.text(a.PatientID)
	t.text(a.ProviderID)
	t.number(a.StartsAt.UnixMicro())
	t.text(string(a.TZBasis))
	t.text(string(a.TimeFlag))
	t.number(orNull(a.Minutes))
	t.text(a.Status)
}
