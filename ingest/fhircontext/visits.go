package fhircontext

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// visit is what an Appointment and an Encounter have in common.
type visit struct {
	id, status          string
	start, end          string
	startName, endName  string // for messages
	minutes             int64
	patients, providers []string
}

// appointment gives a row for each patient and provider that take part.
func (d *decoder) appointment(ctx context.Context, v value, id string) error {
	//nolint:tagliatelle // FHIR's own names
	var a struct {
		ID          string    `json:"id"`
		Status      string    `json:"status"`
		Start       string    `json:"start"`
		End         string    `json:"end"`
		Minutes     int64     `json:"minutesDuration"`
		Subject     reference `json:"subject"` // R5
		Participant []struct {
			Actor  reference `json:"actor"`
			Status string    `json:"status"`
		} `json:"participant"`
	}
	if ok, err := d.decode(ctx, v, &a); !ok {
		return err
	}
	x := visit{
		id: cmp.Or(a.ID, id), status: a.Status, minutes: a.Minutes,
		start: a.Start, end: a.End, startName: "start", endName: "end",
	}
	x.patient(a.Subject.id("Patient", true))
	for _, p := range a.Participant {
		x.patient(p.Actor.id("Patient", false))
		if p.Status != "declined" {
			x.provider(p.Actor.id("Practitioner", false))
		}
	}
	return d.visit(ctx, v, x)
}

// encounter gives a row for each provider that takes part.
func (d *decoder) encounter(ctx context.Context, v value, id string) error {
	//nolint:tagliatelle // FHIR's own names
	var e struct {
		ID           string    `json:"id"`
		Status       string    `json:"status"`
		Subject      reference `json:"subject"`
		Patient      reference `json:"patient"`      // DSTU2
		Period       period    `json:"period"`       // before R5
		ActualPeriod period    `json:"actualPeriod"` // R5
		Participant  []struct {
			Individual reference `json:"individual"` // before R5
			Actor      reference `json:"actor"`      // R5
		} `json:"participant"`
	}
	if ok, err := d.decode(ctx, v, &e); !ok {
		return err
	}
	x := visit{
		id: cmp.Or(e.ID, id), status: e.Status,
		start: e.Period.Start, end: e.Period.End, startName: "period.start", endName: "period.end",
	}
	if e.ActualPeriod != (period{}) {
		x.start, x.end, x.startName, x.endName = e.ActualPeriod.Start, e.ActualPeriod.End, "actualPeriod.start", "actualPeriod.end"
	}
	x.patient(cmp.Or(e.Subject.id("Patient", true), e.Patient.id("Patient", true)))
	for _, p := range e.Participant {
		x.provider(p.Individual.id("Practitioner", true))
		x.provider(p.Actor.id("Practitioner", false))
	}
	return d.visit(ctx, v, x)
}

func (x *visit) patient(id string) {
	if id != "" && !slices.Contains(x.patients, id) {
		x.patients = append(x.patients, id)
	}
}

func (x *visit) provider(id string) {
	if id != "" && !slices.Contains(x.providers, id) {
		x.providers = append(x.providers, id)
	}
}

// visit writes the rows of one resource, or rejects it.
func (d *decoder) visit(ctx context.Context, v value, x visit) error {
	reject := ingest.Reject{Line: v.line, Raw: v.raw}
	if len(x.patients) > 0 {
		reject.PatientID = x.patients[0]
	}
	row, column, reason := d.timed(x)
	if reason == "" && len(x.patients) == 0 {
		column, reason = "subject", ingest.ReasonMissingField
		if x.startName == "start" {
			column = "participant.actor"
		}
	}
	if reason != "" {
		reject.At, reject.Column, reject.Reason = row.StartsAt, column, reason
		return d.w.Reject(ctx, reject)
	}
	row.Line, row.AppointmentID, row.Status = v.line, x.id, x.status
	providers := x.providers
	if len(providers) == 0 {
		providers = []string{""}
	}
	for _, row.PatientID = range x.patients {
		for _, row.ProviderID = range providers {
			if err := d.w.Appointment(ctx, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// timed returns a row with start and duration, or names what cannot be used and
// why.
func (d *decoder) timed(x visit) (row ingest.Appointment, column string, reason ingest.Reason) {
	if x.start == "" {
		return row, x.startName, ingest.ReasonMissingTime
	}
	start, ok := instant(x.start, d.starts)
	if !ok {
		return row, x.startName, ingest.ReasonBadTime
	}
	row.StartsAt, row.TZBasis, row.TimeFlag = start.At, start.Basis, start.Flag
	row.Minutes = x.minutes
	if x.minutes < 0 || x.minutes > contextdata.MaxMinutes {
		return row, "minutesDuration", ingest.ReasonBadValue
	}
	if x.end == "" || partial(x.end) {
		return row, "", ""
	}
	end, ok := instant(x.end, d.ends)
	if !ok {
		return row, x.endName, ingest.ReasonBadTime
	}
	length, ok := contextdata.Minutes(start, end)
	if !ok {
		return row, x.endName, ingest.ReasonBadValue
	}
	row.Minutes = cmp.Or(row.Minutes, length)
	return row, "", ""
}

// instant reads a FHIR instant or dateTime with a time of day. FHIR asks for an
// offset; where one is missing the clock decides.
func instant(s string, clock *ingest.LocalClock) (contextdata.Instant, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return contextdata.Instant{At: t.UTC(), Basis: ingest.TZExplicit}, true
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			at, flag := clock.Resolve(t)
			return contextdata.Instant{At: at, Basis: clock.Basis(), Flag: flag}, true
		}
	}
	return contextdata.Instant{}, false
}

// partial reports whether s is a date without a time of day, which FHIR allows
// for the end of a period.
func partial(s string) bool {
	for _, layout := range []string{time.DateOnly, "2006-01", "2006"} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}
