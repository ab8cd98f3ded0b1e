// Package appointments reads the contacts of patients with providers, planned or
// kept: a table with one line for each, and the encounters.csv of Synthea.
//
// It refuses to invent a time of day: a line with a date alone is rejected, and
// a time without an offset is read in the source's zone and marked as such. It
// reads no diagnoses, reasons or costs.
package appointments

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// Plugin returns the description of the parser.
func Plugin() ingest.Plugin {
	return ingest.Plugin{
		Name:     "appointments",
		Summary:  "appointments as CSV (patient_id, provider_id, starts_at, minutes), or Synthea encounters.csv",
		Version:  1,
		Produces: []ingest.Dataset{ingest.AppointmentRows},
		Sample:   "appointments/appointments.csv",
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
		return h.Once("id", "start", "stop", "patient", "provider")
	}
	switch {
	case !h.Has("patient_id"):
		return errors.New(`the header has no column "patient_id"`)
	case !h.Has("starts_at"):
		return errors.New(`the header has no column "starts_at"`)
	case !h.HasAny("provider_id", "minutes", "ends_at", "appointment_id"):
		return errors.New(`the header has none of the columns "provider_id", "minutes", "ends_at" and "appointment_id"`)
	}
	if err := h.NotLog(); err != nil {
		return err
	}
	return h.Once("appointment_id", "patient_id", "provider_id", "starts_at", "ends_at", "minutes", "status")
}

func isSynthea(h contextdata.Header) bool {
	return !h.Has("patient_id") && h.Has("id", "start", "stop", "patient", "provider", "encounterclass")
}

// columns are the positions of what is read, and the names for messages.
type columns struct {
	patientName, startName, endName                    string
	id, patient, provider, start, end, minutes, status int
}

func find(h contextdata.Header) columns {
	if isSynthea(h) {
		return columns{
			patientName: "patient", startName: "start", endName: "stop",
			id: h.Column("id"), patient: h.Column("patient"), provider: h.Column("provider"),
			start: h.Column("start"), end: h.Column("stop"), minutes: -1, status: -1,
		}
	}
	return columns{
		patientName: "patient_id", startName: "starts_at", endName: "ends_at",
		id: h.Column("appointment_id"), patient: h.Column("patient_id"), provider: h.Column("provider_id"),
		start: h.Column("starts_at"), end: h.Column("ends_at"), minutes: h.Column("minutes"), status: h.Column("status"),
	}
}

// Parse reads the table.
func (parser) Parse(ctx context.Context, src ingest.Source, w *ingest.Writer) error {
	table, header, err := contextdata.NewReader(src, match, "starts_at", "ends_at")
	if err != nil {
		return err
	}
	// Each column has a clock of its own: the order of the file tells the two
	// readings of a repeated hour apart, and only within one column.
	d := decoder{columns: find(header), starts: src.Clock(), ends: src.Clock()}
	return table.Each(ctx, w, func(r contextdata.Record) error {
		a, column, reason := d.appointment(r)
		if reason != "" {
			reject := r.Reject(column, reason)
			reject.At, reject.PatientID = a.StartsAt, a.PatientID
			return w.Reject(ctx, reject)
		}
		return w.Appointment(ctx, a)
	})
}

type decoder struct {
	columns
	starts, ends *ingest.LocalClock
}

// appointment turns a record into a row, or names the column that cannot be
// used and why.
func (d decoder) appointment(r contextdata.Record) (a ingest.Appointment, column string, reason ingest.Reason) {
	a = ingest.Appointment{
		Line: r.Line, AppointmentID: r.ID(d.id), PatientID: r.ID(d.patient), ProviderID: r.ID(d.provider),
		Status: r.Get(d.status),
	}
	text := r.Get(d.start)
	start, ok := r.Order.Instant(text, d.starts)
	switch {
	case text == "":
		return a, d.startName, ingest.ReasonMissingTime
	case !ok:
		return a, d.startName, ingest.ReasonBadTime
	}
	a.StartsAt, a.TZBasis, a.TimeFlag = start.At, start.Basis, start.Flag
	if a.PatientID == "" {
		return a, d.patientName, ingest.ReasonMissingField
	}
	length, column, reason := d.length(r, start)
	if reason != "" {
		return a, column, reason
	}
	a.Minutes, ok = minutes(r.Get(d.minutes))
	if !ok {
		return a, "minutes", ingest.ReasonBadValue
	}
	if a.Minutes == 0 {
		a.Minutes = length
	}
	return a, "", ""
}

// length returns the minutes from start to end, 0 if the end is not known.
func (d decoder) length(r contextdata.Record, start contextdata.Instant) (n int64, column string, reason ingest.Reason) {
	text := r.Get(d.end)
	if text == "" {
		return 0, "", ""
	}
	end, ok := r.Order.Instant(text, d.ends)
	if !ok {
		return 0, d.endName, ingest.ReasonBadTime
	}
	if n, ok = contextdata.Minutes(start, end); !ok {
		return 0, d.endName, ingest.ReasonBadValue
	}
	return n, "", ""
}

// minutes reads a duration; an empty one is not known.
func minutes(s string) (int64, bool) {
	if s == "" {
		return 0, true
	}
	whole, zeros, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 32)
	return n, err == nil && n >= 0 && n <= contextdata.MaxMinutes && whole[0] != '+' && strings.Trim(zeros, "0") == ""
}
