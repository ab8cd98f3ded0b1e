// Package touchworks reads two tables of Altera TouchWorks EHR (once
// Allscripts), as its EHI export or a query writes them: text with a header,
// separated by commas, semicolons, tabs or pipes.
//
//   - PatientAccessLog has one row for each opened chart, with the times of
//     opening and closing. HostName is the web server and becomes the system that
//     observed the event, never the workstation.
//   - AUDIT_LOG has one row for each action. RecordID is the patient only where
//     RecordType says so; elsewhere it stays the number of the record, and the
//     row has no patient.
//
// A row of PatientAccessLog is a break-glass access if BreakType is BG or
// BreakGlassStartDTTM has a time. The dictionary itself is unsure what the BreakType PO
// is, so it does not count as break-glass and only stays visible as the raw
// action. JustificationText is what somebody searched for, and is not kept.
//
// Times are local, without an offset. The package refuses to guess: it neither
// derives a patient from the other rows of a user, nor a category of data from
// the screen's name.
//
// Source: Altera TouchWorks EHI Export Definition 2025.2.
package touchworks

import (
	"context"
	"errors"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// Plugin returns the description of the parser.
func Plugin() ingest.Plugin {
	return ingest.Plugin{
		Name:     "touchworks",
		Summary:  "Altera TouchWorks PatientAccessLog and AUDIT_LOG as CSV or TSV; from documentation, not tried on a real export",
		Version:  1,
		Produces: []ingest.Dataset{ingest.Events},
		Sample:   "touchworks/PatientAccessLog.csv",
		New:      func(ingest.Settings) (ingest.Parser, error) { return &parser{}, nil },
	}
}

type parser struct {
	table table // that was read
}

// Detect looks at the header only.
func (*parser) Detect(h ingest.Head) error {
	if err := ingest.CheckHead(h); err != nil {
		return err
	}
	_, err := contextdata.ReadHeader(h.Bytes, match)
	return err
}

// table is one of the tables that the package knows.
type table int

const (
	tableNone table = iota
	tableCharts
	tableActions
)

// Column names of the tables.
const (
	colUser    = "UserID"
	colHost    = "HostName"
	colPatient = "PatientID"
	colOpen    = "OpenDTTM"
	colClose   = "CloseDTTM"
	colGlass   = "BreakGlassStartDTTM"
	colReason  = "BreakGlassReason"
	colBreak   = "BreakType"

	colID       = "ID"
	colRecord   = "RecordID"
	colType     = "RecordType"
	colAction   = "TypeofAction"
	colAccessed = "AccessedDTTM"
	colVertical = "VTBName"
	colScreen   = "HTBName"
	colDocument = "DocumentKey"
)

func tableOf(h contextdata.Header) table {
	switch {
	case h.Has(colUser, colPatient, colOpen, colClose, colBreak):
		return tableCharts
	case h.Has(colUser, colRecord, colType, colAction, colAccessed):
		return tableActions
	}
	return tableNone
}

// match accepts the header of one of the tables.
func match(h contextdata.Header) error {
	if tableOf(h) == tableNone {
		return refusal(h)
	}
	return h.Once(colUser, colHost, colPatient, colOpen, colClose, colGlass, colReason, colBreak,
		colID, colRecord, colType, colAction, colAccessed, colVertical, colScreen, colDocument)
}

// refusal says what a header lacks that comes close to one of the tables.
func refusal(h contextdata.Header) error {
	switch {
	case h.Has(colOpen, colClose):
		return errors.New(`the header lacks column "UserID", "PatientID" or "BreakType"`)
	case h.Has(colAccessed):
		return errors.New(`the header lacks column "UserID", "RecordID", "RecordType" or "TypeofAction"`)
	}
	return errors.New(`the header has neither column "OpenDTTM" nor column "AccessedDTTM"`)
}

// Parse reads the table.
func (p *parser) Parse(ctx context.Context, src ingest.Source, w *ingest.Writer) error {
	reader, header, err := contextdata.NewReader(src, match, colOpen, colClose, colAccessed)
	if err != nil {
		return err
	}
	reader.AsLog(respell)
	p.table = tableOf(header)
	read := charts(header, src)
	if p.table == tableActions {
		read = actions(header, src)
	}
	return reader.Each(ctx, w, func(rec contextdata.Record) error {
		event, column, reason := read(rec)
		if reason != "" {
			reject := rec.Reject(column, reason)
			reject.At, reject.PatientID = event.At, event.PatientID
			return w.Reject(ctx, reject)
		}
		return w.Event(ctx, event)
	})
}

// Advice says which of the tables holds what the other one lacks.
func (p *parser) Advice() []ingest.Advice {
	const source = "Altera TouchWorks EHI Export Definition 2025.2"
	switch p.table {
	case tableCharts:
		return []ingest.Advice{
			{Lacks: ingest.ElementChanges, Source: source, Text: "PatientAccessLog shows opened charts only. Export the table AUDIT_LOG as well."},
			{
				Lacks: ingest.ElementPlace, Source: source,
				Text: "HostName in PatientAccessLog is the web server. The user's own device is in neither of the two tables.",
			},
		}
	case tableActions:
		return []ingest.Advice{{
			Lacks: ingest.ElementPatient, Source: source,
			Text: "AUDIT_LOG names the patient for some record types only. Export the table PatientAccessLog as well.",
		}}
	case tableNone:
	}
	return nil
}

// reader turns a record into an event, or names the column that cannot be used
// and why.
type reader func(contextdata.Record) (e ingest.Event, column string, reason ingest.Reason)

// value returns a cell. What databases write for no value is none.
func value(rec contextdata.Record, column int) string {
	switch s := rec.Get(column); s {
	case "NULL", "(null)", `\N`:
		return ""
	default:
		return s
	}
}

// number returns a key. Zero is no key.
func number(rec contextdata.Record, column int) string {
	if s := value(rec, column); s != "0" {
		return s
	}
	return ""
}
