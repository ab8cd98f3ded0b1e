package normalized

import "github.com/chartwatch/chartwatch/ingest"

const colStartsAt = "starts_at"

// target returns a pointer to the field of a column, or nil if the record's
// dataset has no such column.
func (r *record) target(column string) any {
	switch r.dataset {
	case ingest.Events:
		return eventTarget(&r.event, column)
	case ingest.StaffRows:
		return staffTarget(&r.staff, column)
	case ingest.PatientRows:
		return patientTarget(&r.patient, column)
	case ingest.AppointmentRows:
		return appointmentTarget(&r.appointment, column)
	}
	return nil
}

func eventTarget(e *ingest.Event, column string) any {
	switch column {
	case ingest.ColLine:
		return &e.Line
	case ingest.ColPart:
		return &e.Part
	case ingest.ColSourceEventID:
		return &e.SourceEventID
	case ingest.ColSourceSystem:
		return &e.SourceSystem
	case ingest.ColOccurredAt:
		return &e.At
	case ingest.ColRecordedAt:
		return &e.RecordedAt
	case ingest.ColEndedAt:
		return &e.EndedAt
	case ingest.ColTZBasis:
		return &e.TZBasis
	case ingest.ColTimeFlag:
		return &e.TimeFlag
	case ingest.ColAction:
		return &e.Action
	case ingest.ColActionRaw:
		return &e.ActionRaw
	case ingest.ColRecordType:
		return &e.RecordType
	case ingest.ColRecordRaw:
		return &e.RecordRaw
	case ingest.ColRecordID:
		return &e.RecordID
	case ingest.ColRecordLabel:
		return &e.RecordLabel
	case ingest.ColOutcome:
		return &e.Outcome
	case ingest.ColOutcomeReason:
		return &e.OutcomeReason
	case ingest.ColBreakGlass:
		return &e.BreakGlass
	case ingest.ColReason:
		return &e.Reason
	case ingest.ColRecordCount:
		return &e.RecordCount
	case ingest.ColInteractive:
		return &e.Interactive
	case ingest.ColGranularity:
		return &e.Granularity
	case ingest.ColIntegrity:
		return &e.Integrity
	}
	return whoTarget(e, column)
}

// whoTarget has the columns that say who, about whom and from where.
func whoTarget(e *ingest.Event, column string) any {
	switch column {
	case ingest.ColUserID:
		return &e.UserID
	case ingest.ColUserAltID:
		return &e.UserAltID
	case ingest.ColUserName:
		return &e.UserName
	case ingest.ColUserRole:
		return &e.UserRole
	case ingest.ColUserType:
		return &e.UserType
	case ingest.ColOnBehalfOf:
		return &e.OnBehalfOf
	case ingest.ColPatientID:
		return &e.PatientID
	case ingest.ColPatientSystem:
		return &e.PatientSystem
	case ingest.ColPatientName:
		return &e.PatientName
	case ingest.ColWorkstation:
		return &e.Workstation
	case ingest.ColIP:
		return &e.IP
	case ingest.ColLocation:
		return &e.Location
	case ingest.ColSessionID:
		return &e.SessionID
	case ingest.ColRequestID:
		return &e.RequestID
	case ingest.ColPurpose:
		return &e.Purpose
	}
	return nil
}

func staffTarget(s *ingest.Staff, column string) any {
	switch column {
	case ingest.ColLine:
		return &s.Line
	case ingest.ColUserID:
		return &s.UserID
	case "name":
		return &s.Name
	case "role":
		return &s.Role
	case "department":
		return &s.Department
	case "hired_on":
		return (*dateText)(&s.HiredOn)
	case "left_on":
		return (*dateText)(&s.LeftOn)
	case "weekdays":
		return (*weekdayText)(&s.Weekdays)
	case "shift_start":
		return (*clockText)(&s.ShiftStart)
	case "shift_end":
		return (*clockText)(&s.ShiftEnd)
	case "address":
		return &s.Address
	case ingest.ColPatientID:
		return &s.PatientID
	}
	return nil
}

func patientTarget(p *ingest.Patient, column string) any {
	switch column {
	case ingest.ColLine:
		return &p.Line
	case ingest.ColPatientID:
		return &p.PatientID
	case ingest.ColPatientSystem:
		return &p.System
	case "first_name":
		return &p.FirstName
	case "last_name":
		return &p.LastName
	case "birth_date":
		return (*dateText)(&p.BirthDate)
	case "address":
		return &p.Address
	case "vip":
		return &p.VIP
	}
	return nil
}

func appointmentTarget(a *ingest.Appointment, column string) any {
	switch column {
	case ingest.ColLine:
		return &a.Line
	case "appointment_id":
		return &a.AppointmentID
	case ingest.ColPatientID:
		return &a.PatientID
	case "provider_id":
		return &a.ProviderID
	case colStartsAt:
		return &a.StartsAt
	case ingest.ColTZBasis:
		return &a.TZBasis
	case ingest.ColTimeFlag:
		return &a.TimeFlag
	case "minutes":
		return &a.Minutes
	case "status":
		return &a.Status
	}
	return nil
}
