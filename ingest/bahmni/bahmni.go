// Package bahmni reads the audit log of Bahmni: the OpenMRS table audit_log behind
// Admin, Audit Log, as a query tool or the screen gives it (text with a header) or as a
// dump in SQL that names its columns.
//
// A row has an event type such as VIEWED_CLINICAL_DASHBOARD, a patient or none, a
// user, a module and a message. The message is a key of translations with
// values behind it, and is never kept. Times are local to the server unless
// they have an offset.
//
// The names of the log-in events and the order of the columns are not documented,
// so the package refuses a dump that does not name its columns.
//
// Sources: Bahmni wiki, "Configure Audit Logs"; the event types of its front end.
package bahmni

import (
	"context"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/dbtable"
)

// Plugin returns the description of the parser.
func Plugin() ingest.Plugin {
	return ingest.Plugin{
		Name:     "bahmni",
		Summary:  "Bahmni audit log (table audit_log) as CSV or TSV, or as mysqldump; from documentation, not tried on a real export",
		Version:  1,
		Produces: []ingest.Dataset{ingest.Events},
		Sample:   "bahmni/bahmni_audit_log.csv",
		New:      func(ingest.Settings) (ingest.Parser, error) { return parser{}, nil },
	}
}

// Columns of the table.
const (
	colID      = "audit_log_id"
	colPatient = "patientUuid"
	colEvent   = "eventType"
	colMessage = "message"
	colModule  = "module"
	colUser    = "user"
	colTime    = "date_created"
)

func table() dbtable.Table {
	return dbtable.Table{
		Names: []string{"audit_log"},
		Columns: []dbtable.Column{
			{Name: colID, Also: []string{"auditLogId"}},
			{Name: colPatient, Also: []string{"patient_id", "patient_uuid"}, Required: true},
			{Name: colEvent, Also: []string{"event_type"}, Required: true},
			{Name: colMessage, Required: true},
			{Name: colModule, Required: true},
			{Name: colUser, Also: []string{"user_id", "username", "user_name"}, Required: true},
			{Name: colTime, Also: []string{"dateCreated"}, Required: true, Time: true},
		},
	}
}

type parser struct{}

// Detect looks at the names of the columns.
func (parser) Detect(h ingest.Head) error { return table().Detect(h) }

// Parse reads the table.
func (parser) Parse(ctx context.Context, src ingest.Source, w *ingest.Writer) error {
	clock := src.Clock()
	return table().Read(ctx, src, w, func(r *dbtable.Row) error {
		e := ingest.Event{
			Line: r.Line, SourceEventID: r.Key(colID), UserID: r.Get(colUser), PatientID: r.Key(colPatient), ActionRaw: r.Get(colEvent),
			RecordRaw: r.Get(colModule), Outcome: ingest.OutcomeSuccess, Granularity: ingest.GranularityScreen,
		}
		e.Action, e.RecordType = classify(e.ActionRaw)
		if e.Action == ingest.ActionLoginFailed || strings.HasSuffix(strings.ToUpper(e.ActionRaw), "_FAILED") {
			e.Outcome = ingest.OutcomeFailure
		}
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

// Advice implements [ingest.Advisor].
func (parser) Advice() []ingest.Advice {
	return []ingest.Advice{
		{
			Lacks: ingest.ElementReads, Source: `Bahmni wiki, "Configure Audit Logs"`,
			Text: "Bahmni writes the log only while the global property bahmni.enableAuditLog is true.",
		},
	}
}

// classify reads an event type word by word.
func classify(raw string) (ingest.Action, ingest.RecordType) {
	words := strings.Split(strings.ToUpper(strings.TrimSpace(raw)), "_")
	has := func(list ...string) bool {
		for _, w := range words {
			if slices.Contains(list, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("LOGIN") && has("FAILED", "FAILURE"):
		return ingest.ActionLoginFailed, ingest.RecordSession
	case has("LOGIN"):
		return ingest.ActionLogin, ingest.RecordSession
	case has("LOGOUT"):
		return ingest.ActionLogout, ingest.RecordSession
	}
	action := verb(words[0], has("SEARCH"))
	if action == ingest.ActionOther && words[len(words)-1] == "COMPLETED" {
		action = ingest.ActionUpdate
	}
	return action, record(has)
}

func verb(first string, search bool) ingest.Action {
	switch first {
	case "VIEWED", "VIEW", "ACCESSED":
		if search {
			return ingest.ActionSearch
		}
		return ingest.ActionView
	case "RUN":
		return ingest.ActionView
	case "REGISTER", "OPEN", "CREATE", "CREATED", "ADD":
		return ingest.ActionCreate
	case "EDIT", "EDITED", "UPDATE", "UPDATED", "CLOSE", "ADMINISTER", "STOP", "SKIP":
		return ingest.ActionUpdate
	case "DELETE", "DELETED":
		return ingest.ActionDelete
	case "PRINT", "PRINTED":
		return ingest.ActionPrint
	}
	return ingest.ActionOther
}

func record(has func(...string) bool) ingest.RecordType {
	switch {
	case has("SEARCH"):
		return ingest.RecordDemographics
	case has("MEDICATION") && !has("NON"):
		return ingest.RecordMedication
	case has("RADIOLOGY"):
		return ingest.RecordImaging
	case has("REPORT", "REPORTS"):
		return ingest.RecordReport
	case has("LAB"):
		return ingest.RecordLabResult
	case has("ORDER", "ORDERS"):
		return ingest.RecordOrder
	case has("DOCUMENT", "DOCUMENTS"):
		return ingest.RecordDocument
	case has("CLINICAL", "ENCOUNTER"):
		return ingest.RecordClinicalNote
	case has("REGISTRATION", "PATIENT"):
		return ingest.RecordDemographics
	}
	return ingest.RecordOther
}
