// Package patients reads the list of a practice's patients: a table with one
// line for each patient, and the patients.csv of Synthea.
//
// It takes what rules need to tell relatives, neighbours and colleagues from
// strangers, and refuses the rest: numbers of social security, driving licences
// and passports are never read, whatever the columns are called.
package patients

import (
	"context"
	"errors"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// Plugin returns the description of the parser.
func Plugin() ingest.Plugin {
	return ingest.Plugin{
		Name:     "patients",
		Summary:  "patient list as CSV (patient_id, names, birth date, address, vip), or Synthea patients.csv",
		Version:  1,
		Produces: []ingest.Dataset{ingest.PatientRows},
		Sample:   "patients/patients.csv",
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
		return h.Once("id", "first", "last", "birthdate", "address", "city", "state", "zip")
	}
	switch {
	case !h.Has("patient_id"):
		return errors.New(`the header has no column "patient_id"`)
	case !h.HasAny("first_name", "last_name", "birth_date"):
		return errors.New(`the header has none of the columns "first_name", "last_name" and "birth_date"`)
	case h.Has("user_id"):
		return errors.New(`the header has column "user_id", as a roster or a log has`)
	case h.Has("starts_at"):
		return errors.New(`the header has column "starts_at", as appointments have`)
	}
	if err := h.NotLog(); err != nil {
		return err
	}
	return h.Once("patient_id", "first_name", "last_name", "birth_date", "address", "vip")
}

func isSynthea(h contextdata.Header) bool {
	return !h.Has("patient_id") && h.Has("id", "birthdate", "first", "last", "address", "city")
}

// columns are the positions of what is read.
type columns struct {
	idName, birthName              string
	id, first, last, birth         int
	address, city, state, zip, vip int
}

func find(h contextdata.Header) columns {
	if isSynthea(h) {
		return columns{
			idName: "id", birthName: "birthdate",
			id: h.Column("id"), first: h.Column("first"), last: h.Column("last"), birth: h.Column("birthdate"),
			address: h.Column("address"), city: h.Column("city"), state: h.Column("state"), zip: h.Column("zip"), vip: -1,
		}
	}
	return columns{
		idName: "patient_id", birthName: "birth_date",
		id: h.Column("patient_id"), first: h.Column("first_name"), last: h.Column("last_name"), birth: h.Column("birth_date"),
		address: h.Column("address"), city: -1, state: -1, zip: -1, vip: h.Column("vip"),
	}
}

// Parse reads the table.
func (parser) Parse(ctx context.Context, src ingest.Source, w *ingest.Writer) error {
	table, header, err := contextdata.NewReader(src, match, "birth_date")
	if err != nil {
		return err
	}
	c := find(header)
	return table.Each(ctx, w, func(r contextdata.Record) error {
		p, column, reason := c.patient(r)
		if reason != "" {
			reject := r.Reject(column, reason)
			reject.PatientID = p.PatientID
			return w.Reject(ctx, reject)
		}
		return w.Patient(ctx, p)
	})
}

// patient turns a record into a row, or names the column that cannot be used
// and why.
func (c columns) patient(r contextdata.Record) (p ingest.Patient, column string, reason ingest.Reason) {
	p = ingest.Patient{
		Line: r.Line, PatientID: r.ID(c.id), FirstName: r.Get(c.first), LastName: r.Get(c.last),
		Address: contextdata.Address(r.Get(c.address), r.Get(c.city), r.Get(c.state), r.Get(c.zip)),
	}
	if p.PatientID == "" {
		return p, c.idName, ingest.ReasonMissingField
	}
	var ok bool
	if text := r.Get(c.birth); text != "" {
		if p.BirthDate, ok = r.Order.Date(text); !ok {
			return p, c.birthName, ingest.ReasonBadValue
		}
	}
	if p.VIP, ok = yes(r.Get(c.vip)); !ok {
		return p, "vip", ingest.ReasonBadValue
	}
	return p, "", ""
}

// yes reads a mark; an empty one means no.
func yes(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "1", "true", "t", "yes", "y", "x", "vip":
		return true, true
	case "", "0", "false", "f", "no", "n":
		return false, true
	}
	return false, false
}
