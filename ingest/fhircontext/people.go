package fhircontext

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// practitioner gives one staff row without role and hours; those stand in
// PractitionerRole.
func (d *decoder) practitioner(ctx context.Context, v value, id string) error {
	var p struct {
		ID         string             `json:"id"`
		Identifier []identifier       `json:"identifier"`
		Name       several[humanName] `json:"name"`
		Address    []address          `json:"address"`
	}
	if ok, err := d.decode(ctx, v, &p); !ok {
		return err
	}
	s := ingest.Staff{
		Line: v.line, UserID: cmp.Or(p.ID, id, firstID(p.Identifier).Value),
		Name: current(p.Name).whole(), Address: where(p.Address, "home"),
	}
	if s.UserID == "" {
		return d.reject(ctx, v, "id", ingest.ReasonMissingField)
	}
	return d.w.Staff(ctx, s)
}

// firstID returns the first identifier that has a value.
func firstID(ids []identifier) identifier {
	for _, i := range ids {
		if i.Value != "" {
			return i
		}
	}
	return identifier{}
}

//nolint:tagliatelle // FHIR's own names
type (
	practitionerRole struct {
		Practitioner  reference   `json:"practitioner"`
		Organization  reference   `json:"organization"`
		Period        period      `json:"period"`
		Code          []concept   `json:"code"`
		Specialty     []concept   `json:"specialty"`
		AvailableTime []available `json:"availableTime"` // R4
		Availability  []struct {
			AvailableTime []available `json:"availableTime"`
		} `json:"availability"` // R5
	}
	available struct {
		Days   []string `json:"daysOfWeek"`
		AllDay bool     `json:"allDay"`
		Start  string   `json:"availableStartTime"`
		End    string   `json:"availableEndTime"`
	}
)

// practitionerRole gives one staff row for each pair of working hours.
func (d *decoder) practitionerRole(ctx context.Context, v value) error {
	var p practitionerRole
	if ok, err := d.decode(ctx, v, &p); !ok {
		return err
	}
	s := ingest.Staff{
		Line: v.line, UserID: p.Practitioner.id("Practitioner", true), Name: p.Practitioner.Display,
		Role: cmp.Or(labels(p.Code), labels(p.Specialty)), Department: p.Organization.Display,
	}
	if s.UserID == "" {
		return d.reject(ctx, v, "practitioner", ingest.ReasonMissingField)
	}
	var ok bool
	if s.HiredOn, ok = d.day(p.Period.Start, false); !ok {
		return d.reject(ctx, v, "period.start", ingest.ReasonBadValue)
	}
	if s.LeftOn, ok = d.day(p.Period.End, true); !ok {
		return d.reject(ctx, v, "period.end", ingest.ReasonBadValue)
	}
	times := p.AvailableTime
	for _, a := range p.Availability {
		times = append(times, a.AvailableTime...)
	}
	shifts, column := shiftsOf(times)
	if column != "" {
		return d.reject(ctx, v, column, ingest.ReasonBadValue)
	}
	for _, shift := range shifts {
		s.Weekdays, s.ShiftStart, s.ShiftEnd = shift.weekdays(), shift.start, shift.end
		if err := d.w.Staff(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// shift is a pair of working hours and the days on which they hold.
type shift struct {
	start, end string
	days       []string
}

func (s shift) weekdays() string {
	return contextdata.JoinDays(func(name string) bool { return slices.Contains(s.days, name) })
}

// shiftsOf puts days with equal hours together. Without any times there is one
// shift of which nothing is known. The column names what cannot be read.
func shiftsOf(times []available) (shifts []shift, column string) {
	for _, t := range times {
		s := shift{days: t.Days}
		for _, day := range t.Days {
			if !slices.Contains(contextdata.Days(), day) {
				return nil, "daysOfWeek"
			}
		}
		var ok bool
		if s.start, ok = hour(t.Start); !ok {
			return nil, "availableStartTime"
		}
		if s.end, ok = hour(t.End); !ok {
			return nil, "availableEndTime"
		}
		if t.AllDay {
			s.start, s.end = "", ""
		}
		same := slices.IndexFunc(shifts, func(o shift) bool { return o.start == s.start && o.end == s.end })
		if same < 0 {
			shifts = append(shifts, s)
			continue
		}
		shifts[same].days = append(shifts[same].days, s.days...)
	}
	if len(shifts) == 0 {
		shifts = []shift{{}}
	}
	return shifts, ""
}

// hour reads a FHIR time, hh:mm:ss.
func hour(s string) (string, bool) {
	if s == "" {
		return "", true
	}
	if s == "24:00:00" {
		return "00:00", true
	}
	t, err := time.Parse(time.TimeOnly, s)
	if err != nil {
		return "", false
	}
	return t.Format("15:04"), true
}

// patient gives one patient row.
func (d *decoder) patient(ctx context.Context, v value, id string) error {
	//nolint:tagliatelle // FHIR's own names
	var p struct {
		ID         string             `json:"id"`
		Identifier []identifier       `json:"identifier"`
		Name       several[humanName] `json:"name"`
		BirthDate  string             `json:"birthDate"`
		Address    []address          `json:"address"`
		Meta       struct {
			Security []coding `json:"security"`
		} `json:"meta"`
	}
	if ok, err := d.decode(ctx, v, &p); !ok {
		return err
	}
	name := current(p.Name)
	row := ingest.Patient{
		Line: v.line, PatientID: cmp.Or(p.ID, id), FirstName: name.first(), LastName: name.last(),
		Address: where(p.Address, "home"),
	}
	if row.PatientID == "" {
		number := firstID(p.Identifier)
		row.PatientID, row.System = number.Value, number.System
	}
	if row.PatientID == "" {
		return d.reject(ctx, v, "id", ingest.ReasonMissingField)
	}
	for _, mark := range p.Meta.Security {
		row.VIP = row.VIP || mark.Code == "CELEB" || mark.Code == "VIP"
	}
	var ok bool
	if row.BirthDate, ok = birthDay(p.BirthDate); !ok {
		return d.w.Reject(ctx, ingest.Reject{
			Line: v.line, Column: "birthDate", Reason: ingest.ReasonBadValue, PatientID: row.PatientID, Raw: v.raw,
		})
	}
	return d.w.Patient(ctx, row)
}

// birthDay reads a FHIR date. A year or a month alone is allowed there and is
// no day.
func birthDay(s string) (string, bool) {
	if s == "" {
		return "", true
	}
	for _, layout := range []string{"2006", "2006-01"} {
		if _, err := time.Parse(layout, s); err == nil {
			return "", true
		}
	}
	_, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return "", false
	}
	return s, true
}

// day reads the day of a FHIR date or time in the practice's zone. Of a year or
// a month it is the first day, or the last one.
func (d *decoder) day(s string, last bool) (string, bool) {
	if s == "" {
		return "", true
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t.In(d.zone).Format(time.DateOnly), true
	}
	if _, err := time.Parse(time.DateOnly, s); err == nil {
		return s, true
	}
	for _, part := range []struct {
		layout        string
		years, months int
	}{{"2006-01", 0, 1}, {"2006", 1, 0}} {
		t, err := time.Parse(part.layout, s)
		if err != nil {
			continue
		}
		if last {
			t = t.AddDate(part.years, part.months, -1)
		}
		return t.Format(time.DateOnly), true
	}
	return "", false
}
