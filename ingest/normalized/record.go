package normalized

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// record is one row of any dataset while it is being read.
type record struct {
	dataset     ingest.Dataset
	line        int64 // where the record stands in this file
	event       ingest.Event
	staff       ingest.Staff
	patient     ingest.Patient
	appointment ingest.Appointment
}

// problem is why a record cannot be used; the zero value is none.
type problem struct {
	column string
	reason ingest.Reason
}

// reset starts a new record with the defaults for columns that are absent.
func (r *record) reset(d ingest.Dataset, line int64) {
	r.dataset, r.line = d, line
	switch d {
	case ingest.Events:
		r.event = ingest.Event{
			Line: line, TZBasis: ingest.TZExplicit, Outcome: ingest.OutcomeUnknown, Granularity: ingest.GranularityEvent,
		}
	case ingest.StaffRows:
		r.staff = ingest.Staff{Line: line}
	case ingest.PatientRows:
		r.patient = ingest.Patient{Line: line}
	case ingest.AppointmentRows:
		r.appointment = ingest.Appointment{Line: line, TZBasis: ingest.TZExplicit}
	}
}

// missing names the first required column that has no value.
func (r *record) missing() problem {
	switch {
	case r.dataset == ingest.Events && r.event.At.IsZero():
		return problem{ingest.ColOccurredAt, ingest.ReasonMissingTime}
	case r.dataset == ingest.Events && r.event.Action == "":
		return problem{ingest.ColAction, ingest.ReasonMissingField}
	case r.dataset == ingest.AppointmentRows && r.appointment.StartsAt.IsZero():
		return problem{colStartsAt, ingest.ReasonMissingTime}
	}
	return problem{}
}

func (r *record) at() time.Time {
	switch r.dataset {
	case ingest.Events:
		return r.event.At
	case ingest.AppointmentRows:
		return r.appointment.StartsAt
	default:
		return time.Time{}
	}
}

func (r *record) patientID() string {
	switch r.dataset {
	case ingest.Events:
		return r.event.PatientID
	case ingest.StaffRows:
		return r.staff.PatientID
	case ingest.PatientRows:
		return r.patient.PatientID
	default:
		return r.appointment.PatientID
	}
}

// Text columns of which the form is fixed.
type (
	dateText    string // 2006-01-02
	clockText   string // 15:04
	weekdayText string // mon,tue,wed
)

// setText stores a text in a field; false means that the field cannot have it.
func setText(target any, s string) bool {
	switch p := target.(type) {
	case *string:
		*p = s
	case *time.Time:
		t, err := time.Parse(time.RFC3339, s)
		if err != nil || !inRange(t) {
			return false
		}
		*p = t.UTC()
	case *ingest.Action:
		*p = ingest.Action(s)
		return p.Valid()
	case *ingest.Outcome:
		*p = ingest.Outcome(s)
		return p.Valid()
	case *ingest.RecordType:
		*p = ingest.RecordType(s)
		return p.Valid()
	case *ingest.TZBasis:
		*p = ingest.TZBasis(s)
		return p.Valid()
	case *ingest.TimeFlag:
		*p = ingest.TimeFlag(s)
		return p.Valid()
	case *ingest.UserType:
		*p = ingest.UserType(s)
		return p.Valid()
	case *ingest.Interactive:
		*p = ingest.Interactive(s)
		return p.Valid()
	case *ingest.Granularity:
		*p = ingest.Granularity(s)
		return p.Valid()
	case *ingest.Integrity:
		*p = ingest.Integrity(s)
		return p.Valid()
	default:
		return setFormatted(target, s)
	}
	return true
}

func setFormatted(target any, s string) bool {
	switch p := target.(type) {
	case *dateText:
		*p = dateText(s)
		_, err := time.Parse(time.DateOnly, s)
		return err == nil
	case *clockText:
		*p = clockText(s)
		_, err := time.Parse("15:04", s)
		return err == nil && len(s) == len("15:04")
	case *weekdayText:
		*p = weekdayText(s)
		days := []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
		for day := range strings.SplitSeq(s, ",") {
			if !slices.Contains(days, day) {
				return false
			}
		}
		return true
	}
	return false
}

// setInt stores a number; there is no negative one in any column.
func setInt(target any, n int64) bool {
	switch p := target.(type) {
	case *int64:
		*p = n
	case *int:
		*p = int(n)
		if n > 1<<30 {
			return false
		}
	default:
		return false
	}
	return n >= 0
}

func setBool(target any, b bool) bool {
	p, ok := target.(*bool)
	if ok {
		*p = b
	}
	return ok
}

func setTime(target any, t time.Time) bool {
	p, ok := target.(*time.Time)
	if ok {
		*p = t
	}
	return ok
}

// setCell stores a CSV cell, which is text whatever the column's type.
func setCell(target any, s string) bool {
	switch target.(type) {
	case *int64, *int:
		n, err := strconv.ParseInt(s, 10, 64)
		return err == nil && setInt(target, n)
	case *bool:
		return (s == "true" || s == "false") && setBool(target, s == "true")
	}
	return setText(target, s)
}

// reasonFor says which reason a value that a field cannot have is given.
func reasonFor(target any) ingest.Reason {
	if _, ok := target.(*time.Time); ok {
		return ingest.ReasonBadTime
	}
	return ingest.ReasonBadValue
}
