// Package epic reads the tables in which data about the use of Epic leaves a
// customer's database. There is no public layout for a customer's own audit
// report, so the package knows four tables by their column names:
//
//   - research extracts of the access log: ACCESS_TIME, USER_ID, PAT_ID and
//     METRIC_NAME or METRIC_ID; larger ones also have CSN, WORKSTATION_ID,
//     PROCESS_ID and ACCESS_INSTANT, whose numbers are not interpreted. The same with the
//     headings of a published table: Clinician ID, Patient ID, Timestamp, Session
//     Action/Event, Access Type.
//   - V_EHI_AUDIT_EPT and V_EHI_AUDIT_EPT_ENC of the EHI export, which are the
//     history of changes and hold no reads. Old and new values are not kept.
//   - login events of Caboodle (LoginActionWorkstationDateTime and its
//     neighbours). The log does not say whether a login succeeded, and its flags for
//     roles, whose names are not public, are not read.
//
// The tables hold local times without an offset; those of Caboodle are in the
// zone of the workstation, so a file of several zones has to be split by zone.
// Times such as 12/21/19 7:21 have no seconds: rows of one minute keep the order
// of the file. The order of day and month is that of the whole file, the month
// first if nothing proves it.
//
// What was done is an English phrase, which rules translate (phrases.go). The
// package refuses to guess: a phrase that no rule knows is another action and
// keeps its words. It does not read a table whose times have no date, and it
// never takes an empty PAT_ID, which screens that list patients have, for a
// mistake.
//
// Sources: Epic's EHI export schema (open.epic.com), PMC8200270, PMC7025338, and
// a public explorer of Caboodle's columns. The names of the larger extracts
// come from research practice.
package epic

import (
	"context"
	"errors"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// Plugin returns the description of the parser.
func Plugin() ingest.Plugin {
	return ingest.Plugin{
		Name:     "epic",
		Summary:  "Epic access log extracts, EHI change history and Caboodle logins as CSV or TSV; from documentation, not tried on a real export",
		Version:  1,
		Produces: []ingest.Dataset{ingest.Events},
		Sample:   "epic/epic_access_log.csv",
		New:      func(ingest.Settings) (ingest.Parser, error) { return &parser{}, nil },
	}
}

type parser struct {
	layout layout // of the table that was read
}

// Detect looks at the header only.
func (*parser) Detect(h ingest.Head) error {
	if err := ingest.CheckHead(h); err != nil {
		return err
	}
	_, err := contextdata.ReadHeader(h.Bytes, match)
	return err
}

// layout is one of the tables that the package knows.
type layout int

const (
	layoutNone layout = iota
	layoutAccess
	layoutPublished
	layoutChanges
	layoutLogins
)

// Column names of the tables.
const (
	colAccessTime = "ACCESS_TIME"
	colChangeTime = "CHANGE_TIME"
	colElement    = "CHANGED_DATA_ELEMENT"
	colUser       = "USER_ID"
	colUserName   = "USER_ID_NAME"
	colPatient    = "PAT_ID"
	colMetric     = "METRIC_NAME"
	colMetricID   = "METRIC_ID"
	colCSN        = "CSN"
	colContact    = "PAT_ENC_CSN_ID"
	colPlace      = "WORKSTATION_ID"
	colProcess    = "PROCESS_ID"

	colClinician  = "Clinician ID"
	colPatientID  = "Patient ID"
	colTimestamp  = "Timestamp"
	colEvent      = "Session Action/Event"
	colAccessType = "Access Type"

	colLoginTime = "LoginActionWorkstationDateTime"
	colLoginUser = "LoginEventUserIdentifier"
	colLoginAt   = "LoginEventWorkstationIdentifier"
	colOSUser    = "OperatingSystemUserName"
	colLoginKey  = "UserActionLogLoginEventKey"
)

// layoutOf says which of the tables a header belongs to.
func layoutOf(h contextdata.Header) layout {
	switch {
	case h.Has(colLoginTime, colLoginUser):
		return layoutLogins
	case h.Has(colChangeTime, colElement, colPatient, colUser):
		return layoutChanges
	case h.Has(colAccessTime, colUser, colPatient) && h.HasAny(colMetric, colMetricID):
		return layoutAccess
	case h.Has(colClinician, colPatientID, colTimestamp, colEvent):
		return layoutPublished
	}
	return layoutNone
}

// match accepts the header of one of the tables.
func match(h contextdata.Header) error {
	if layoutOf(h) == layoutNone {
		return refusal(h)
	}
	return h.Once(colAccessTime, colChangeTime, colElement, colUser, colUserName, colPatient, colMetric, colMetricID, colCSN, colContact,
		colPlace, colProcess, colClinician, colPatientID, colTimestamp, colEvent, colAccessType,
		colLoginTime, colLoginUser, colLoginAt, colOSUser, colLoginKey)
}

// refusal says what a header lacks that comes close to one of the tables.
func refusal(h contextdata.Header) error {
	switch {
	case h.Has(colLoginTime):
		return errors.New(`the header has no column "LoginEventUserIdentifier"`)
	case h.Has(colChangeTime, colElement):
		return errors.New(`the header lacks column "PAT_ID" or "USER_ID"`)
	case !h.Has(colAccessTime):
		return errors.New(`the header has no column "ACCESS_TIME"`)
	case !h.Has(colUser):
		return errors.New(`the header has no column "USER_ID"`)
	case !h.Has(colPatient):
		return errors.New(`the header has no column "PAT_ID"`)
	}
	return errors.New(`the header has neither column "METRIC_NAME" nor column "METRIC_ID"`)
}

// Parse reads the table.
func (p *parser) Parse(ctx context.Context, src ingest.Source, w *ingest.Writer) error {
	table, header, err := contextdata.NewReader(src, match, colAccessTime, colChangeTime, colTimestamp, colLoginTime)
	if err != nil {
		return err
	}
	table.AsLog(fullYear)
	p.layout = layoutOf(header)
	if p.layout == layoutChanges || p.layout == layoutLogins {
		w.Note(ingest.Note{Kind: ingest.NoteNoReads})
	}
	r := newRows(p.layout, header, src)
	return table.Each(ctx, w, func(rec contextdata.Record) error { return r.row(ctx, w, rec) })
}

// Advice says where to find what the table that was read does not hold.
func (p *parser) Advice() []ingest.Advice {
	const schema, practice = "open.epic.com, EHI export schema", "PMC7025338"
	switch p.layout {
	case layoutChanges:
		return []ingest.Advice{{
			Lacks: ingest.ElementReads, Source: schema,
			Text: "V_EHI_AUDIT_EPT and V_EHI_AUDIT_EPT_ENC hold changes only. Ask for an extract of the access log " +
				"(ACCESS_TIME, USER_ID, PAT_ID, METRIC_NAME) for the same days.",
		}}
	case layoutAccess, layoutPublished:
		return []ingest.Advice{{
			Lacks: ingest.ElementPlace, Source: practice,
			Text: "Extracts of the access log can carry WORKSTATION_ID. Ask for it.",
		}}
	case layoutLogins, layoutNone:
	}
	return nil
}
