// Package roster reads the list of a practice's staff: a table with one line for
// each account, role and interval, as a spreadsheet or the user list of an EHR
// gives it, and the providers.csv of Synthea.
//
// It refuses to leave out what it cannot read: a line with a shift, weekday or
// date that makes no sense is rejected as a whole, because a rule that takes
// the missing shift for "none known" would be wrong in silence. It does not
// judge roles and keeps them as they are written.
package roster

import (
	"context"
	"errors"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// Plugin returns the description of the parser.
func Plugin() ingest.Plugin {
	return ingest.Plugin{
		Name:     "roster",
		Summary:  "staff list as CSV (user_id, name, role, dates, shifts), or Synthea providers.csv",
		Version:  1,
		Produces: []ingest.Dataset{ingest.StaffRows},
		Sample:   "roster/staff.csv",
		New:      func(ingest.Settings) (ingest.Parser, error) { return parser{}, nil },
	}
}

type parser struct{}

// Detect looks at the header only.
func (parser) Detect(h ingest.Head) error {
	if err := ingest.CheckHead(h); err != nil {
		return err
	}
	_, err := contextdata.ReadHeader(h.Bytes, match)
	return err
}

// match accepts the documented columns and those of Synthea.
func match(h contextdata.Header) error {
	if isSynthea(h) {
		return h.Once("id", "name", "speciality", "address", "city", "state", "zip")
	}
	switch {
	case !h.Has("user_id"):
		return errors.New(`the header has no column "user_id"`)
	case !h.HasAny("name", "role"):
		return errors.New(`the header has neither column "name" nor column "role"`)
	case h.Has("starts_at"):
		return errors.New(`the header has column "starts_at", as appointments have`)
	}
	if err := h.NotLog(); err != nil {
		return err
	}
	return h.Once("user_id", "name", "role", "department", "hired_on", "left_on", "weekdays",
		"shift_start", "shift_end", "address", "patient_id")
}

func isSynthea(h contextdata.Header) bool {
	return !h.Has("user_id") && h.Has("id", "organization", "name", "gender", "speciality")
}

// Parse reads the table.
func (parser) Parse(ctx context.Context, src ingest.Source, w *ingest.Writer) error {
	table, header, err := contextdata.NewReader(src, match, "hired_on", "left_on")
	if err != nil {
		return err
	}
	read := rosterLine(header)
	if isSynthea(header) {
		read = providerLine(header)
	}
	return table.Each(ctx, w, func(r contextdata.Record) error {
		staff, column, reason := read(r)
		if reason != "" {
			reject := r.Reject(column, reason)
			reject.PatientID = staff.PatientID
			return w.Reject(ctx, reject)
		}
		return w.Staff(ctx, staff)
	})
}

// reader turns a record into a row, or names the column that cannot be used and
// why.
type reader func(contextdata.Record) (row ingest.Staff, column string, reason ingest.Reason)

func providerLine(h contextdata.Header) reader {
	id, name, role := h.Column("id"), h.Column("name"), h.Column("speciality")
	street, city, state, zip := h.Column("address"), h.Column("city"), h.Column("state"), h.Column("zip")
	return func(r contextdata.Record) (ingest.Staff, string, ingest.Reason) {
		s := ingest.Staff{
			Line: r.Line, UserID: r.ID(id), Name: r.Get(name), Role: r.Get(role),
			Address: contextdata.Address(r.Get(street), r.Get(city), r.Get(state), r.Get(zip)),
		}
		if s.UserID == "" {
			return s, "id", ingest.ReasonMissingField
		}
		return s, "", ""
	}
}

func rosterLine(h contextdata.Header) reader {
	user, name, role, department := h.Column("user_id"), h.Column("name"), h.Column("role"), h.Column("department")
	address, patient := h.Column("address"), h.Column("patient_id")
	optional := optionalColumns(h)
	return func(r contextdata.Record) (ingest.Staff, string, ingest.Reason) {
		s := ingest.Staff{
			Line: r.Line, UserID: r.ID(user), Name: r.Get(name), Role: r.Get(role), Department: r.Get(department),
			Address: r.Get(address), PatientID: r.ID(patient),
		}
		if s.UserID == "" {
			return s, "user_id", ingest.ReasonMissingField
		}
		for _, c := range optional {
			text := r.Get(c.position)
			if text == "" {
				continue
			}
			value, ok := c.parse(text, r.Order)
			if !ok {
				return s, c.name, ingest.ReasonBadValue
			}
			*c.field(&s) = value
		}
		return s, "", ""
	}
}

// optional is a column that may be empty, but not unreadable.
type optional struct {
	name     string
	position int
	parse    func(string, contextdata.Order) (string, bool)
	field    func(*ingest.Staff) *string
}

func optionalColumns(h contextdata.Header) []optional {
	columns := []optional{
		{name: "hired_on", parse: date, field: func(s *ingest.Staff) *string { return &s.HiredOn }},
		{name: "left_on", parse: lastDay, field: func(s *ingest.Staff) *string { return &s.LeftOn }},
		{name: "weekdays", parse: weekdays, field: func(s *ingest.Staff) *string { return &s.Weekdays }},
		{name: "shift_start", parse: shift, field: func(s *ingest.Staff) *string { return &s.ShiftStart }},
		{name: "shift_end", parse: shiftEnd, field: func(s *ingest.Staff) *string { return &s.ShiftEnd }},
	}
	for i := range columns {
		columns[i].position = h.Column(columns[i].name)
	}
	return columns
}

func date(s string, o contextdata.Order) (string, bool) { return o.Date(s) }

// lastDay reads the last day of employment; the end of time is no last day.
func lastDay(s string, o contextdata.Order) (string, bool) {
	if contextdata.IsOpenEnd(s) {
		return "", true
	}
	return o.Date(s)
}

func shift(s string, _ contextdata.Order) (string, bool) {
	t, ok := contextdata.ParseTimeOfDay(s)
	if !ok || t.Second != 0 || t.Nanosecond != 0 {
		return "", false
	}
	return t.String(), true
}

// shiftEnd also reads 24:00, the midnight at the end of a day.
func shiftEnd(s string, o contextdata.Order) (string, bool) {
	if s == "24:00" || s == "24:00:00" {
		return "00:00", true
	}
	return shift(s, o)
}
