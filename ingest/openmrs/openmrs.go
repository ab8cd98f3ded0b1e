// Package openmrs reads the table of the OpenMRS audit log module,
// auditlog_audit_log (auditlog_log in older releases): as text with a header, as a
// dump in SQL, or as the XML data set of DBUnit.
//
// The module records changes only. No row says who looked at a chart, and the
// parser notes that for every file. The record is named by a Java class and its
// primary key: only for a Patient is that key a patient, and it is the internal key, not
// the number on the chart; everything else has no patient, though an observation or an
// encounter belongs to one. The old and new values in serialized_data are never
// kept. Rows below another one (parent_auditlog_id) are part of the same change and
// have the same request number. Times are local to the server, without an offset.
//
// The package refuses to join the tables of OpenMRS.
//
// Source: openmrs-module-auditlog.
package openmrs

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/dbtable"
)

// Plugin returns the description of the parser.
func Plugin() ingest.Plugin {
	return ingest.Plugin{
		Name:     "openmrs",
		Summary:  "OpenMRS audit log module (table auditlog_audit_log) as CSV or TSV, mysqldump or DBUnit XML; changes only, it holds no reads",
		Version:  1,
		Produces: []ingest.Dataset{ingest.Events},
		Sample:   "openmrs/auditlog_audit_log.csv",
		New:      func(ingest.Settings) (ingest.Parser, error) { return parser{}, nil },
	}
}

// Columns of the table.
const (
	colID         = "audit_log_id"
	colType       = "type"
	colIdentifier = "identifier"
	colAction     = "action"
	colUser       = "user_id"
	colTime       = "date_created"
	colUUID       = "uuid"
	colParent     = "parent_auditlog_id"
)

// patientSystem says that a number is the primary key of table patient.
const patientSystem = "openmrs:patient_id"

func table() dbtable.Table {
	return dbtable.Table{
		Names: []string{"auditlog_audit_log", "auditlog_log"},
		Columns: []dbtable.Column{
			{Name: colID, Also: []string{"auditlog_id"}},
			{Name: colType, Required: true},
			{Name: colIdentifier, Also: []string{"object_uuid"}, Required: true},
			{Name: colAction, Required: true},
			{Name: colUser, Required: true},
			{Name: colTime, Required: true, Time: true},
			{Name: colUUID, Required: true},
			{Name: colParent},
		},
	}
}

type parser struct{}

// Detect looks at the names of the columns, or of the attributes of the first row.
func (parser) Detect(h ingest.Head) error {
	if err := ingest.CheckHead(h); err != nil {
		return err
	}
	if isXML(h.Bytes) {
		return detectXML(h.Bytes)
	}
	return table().Detect(h)
}

func isXML(head []byte) bool { return bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("<")) }

// row is a row of either form.
type row interface {
	Get(column string) string
	Key(column string) string
}

// Parse reads the table.
func (parser) Parse(ctx context.Context, src ingest.Source, w *ingest.Writer) error {
	data := bufio.NewReaderSize(src.Data, ingest.HeadSize)
	head, err := data.Peek(ingest.HeadSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the beginning of the file: %w", err)
	}
	src.Data = data
	clock := src.Clock()
	if isXML(head) {
		err = readXML(ctx, src, clock, w)
	} else {
		err = table().Read(ctx, src, w, func(r *dbtable.Row) error {
			e := event(r, r.Line)
			when, reason := r.Instant(colTime, clock)
			if reason != "" {
				reject := r.Reject(colTime, reason)
				reject.PatientID = e.PatientID
				return w.Reject(ctx, reject)
			}
			e.At, e.TZBasis, e.TimeFlag = when.At, when.Basis, when.Flag
			return w.Event(ctx, e)
		})
	}
	if err == nil {
		w.Note(ingest.Note{Kind: ingest.NoteNoReads})
	}
	return err
}

// Advice implements [ingest.Advisor].
func (parser) Advice() []ingest.Advice {
	const source = "openmrs-module-auditlog"
	return []ingest.Advice{
		{
			Lacks: ingest.ElementReads, Source: source,
			Text: "The module records changes only and cannot be made to record reads. Use the access log of the front end or of the web server as well.",
		},
		{
			Lacks: ingest.ElementChanges, Source: source,
			Text: "The module records nothing until its auditing strategy is set: the default is NONE.",
		},
	}
}

func event(r row, line int64) ingest.Event {
	class := r.Get(colType)
	name := class[strings.LastIndexByte(class, '.')+1:]
	e := ingest.Event{
		Line: line, SourceEventID: r.Key(colID), UserID: r.Key(colUser), ActionRaw: r.Get(colAction), RecordRaw: class, RecordID: r.Get(colIdentifier),
		RecordType: recordOf(name), Outcome: ingest.OutcomeSuccess, Granularity: ingest.GranularityEvent,
	}
	if e.SourceEventID == "" {
		e.SourceEventID = r.Get(colUUID)
	}
	if parent := r.Key(colParent); parent != "" {
		e.RequestID = parent
	} else {
		e.RequestID = r.Key(colID)
	}
	switch strings.ToUpper(e.ActionRaw) {
	case "CREATED":
		e.Action = ingest.ActionCreate
	case "UPDATED":
		e.Action = ingest.ActionUpdate
	case "DELETED":
		e.Action = ingest.ActionDelete
	default:
		e.Action = ingest.ActionOther
	}
	if name == "Patient" {
		e.PatientID = e.RecordID
		if strings.Trim(e.PatientID, "0123456789") == "" { // older releases have a UUID
			e.PatientSystem = patientSystem
		}
	}
	return e
}

// recordOf maps the classes of the OpenMRS data model.
func recordOf(class string) ingest.RecordType {
	switch class {
	case "":
		return ""
	case "Patient", "PatientIdentifier", "Person", "PersonName", "PersonAddress", "PersonAttribute", "Relationship":
		return ingest.RecordDemographics
	case "Encounter", "Note", "PatientState", "PatientProgram", "Obs":
		return ingest.RecordClinicalNote
	case "Order":
		return ingest.RecordOrder
	case "DrugOrder":
		return ingest.RecordMedication
	case "TestOrder":
		return ingest.RecordOrder
	case "Allergy":
		return ingest.RecordAllergy
	case "Condition", "Diagnosis", "ActiveListItem", "Problem":
		return ingest.RecordProblem
	case "Visit":
		return ingest.RecordAppointment
	case "User", "Role", "Privilege":
		return ingest.RecordUserAdmin
	case "GlobalProperty", "Location", "Form", "EncounterType", "VisitType", "PatientIdentifierType", "PersonAttributeType", "Drug":
		return ingest.RecordConfiguration
	}
	if strings.HasPrefix(class, "Concept") {
		return ingest.RecordConfiguration
	}
	return ingest.RecordOther
}
