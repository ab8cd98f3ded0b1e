// Package oscar reads the table log of OSCAR EMR and of its forks OpenO and
// Juno, as a query tool writes it (text with a header) or as a dump in SQL.
//
// A row is one access. "no right" is an access that was refused: it becomes a view
// that failed. A log-in that did not succeed has the action "failed" or "expired" and
// what was typed in as its contentId, which is not kept; forks may also name the failure
// in content, contentId or data of a "log in". Rows of the managers, such as
// "DemographicManager.getDemographic", have no demographic_no: the patient is taken from
// data where that is nothing but "demographicId=" and a number. Otherwise data is
// never kept, because it holds what was written into the chart. Times
// are local to the server, without an offset. Provider numbers are text and
// keep their leading zeros.
//
// The package refuses to tell roles or people from provider numbers: those are
// in other tables.
//
// Sources: LogConst.java, OscarLog.java and oscarinit.sql of OSCAR. No rows of a
// real log are public.
package oscar

import (
	"context"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/dbtable"
)

// Plugin returns the description of the parser.
func Plugin() ingest.Plugin {
	return ingest.Plugin{
		Name:     "oscar",
		Summary:  "OSCAR EMR, OpenO and Juno: table log as CSV or TSV with its header, or as mysqldump; from documentation, not tried on a real export",
		Version:  1,
		Produces: []ingest.Dataset{ingest.Events},
		Sample:   "oscar/oscar_log.csv",
		New:      func(ingest.Settings) (ingest.Parser, error) { return parser{}, nil },
	}
}

// Columns of the table.
const (
	colID       = "id"
	colTime     = "dateTime"
	colProvider = "provider_no"
	colAction   = "action"
	colContent  = "content"
	colRecord   = "contentId"
	colIP       = "ip"
	colPatient  = "demographic_no"
	colData     = "data"
)

// table is the log. Releases before the column id have the time and the provider
// as their key.
func table() dbtable.Table {
	return dbtable.Table{
		Names: []string{"log"},
		Columns: []dbtable.Column{
			{Name: colID},
			{Name: colTime, Required: true, Time: true},
			{Name: colProvider, Required: true},
			{Name: colAction, Required: true},
			{Name: colContent, Required: true},
			{Name: colRecord},
			{Name: colIP},
			{Name: colPatient, Required: true},
			{Name: colData},
		},
		Order: []string{colID, colTime, colProvider, colAction, colContent, colRecord, colIP, colPatient, colData, "securityId"},
	}
}

type parser struct{}

// Detect looks at the names of the columns.
func (parser) Detect(h ingest.Head) error { return table().Detect(h) }

// Parse reads the table.
func (parser) Parse(ctx context.Context, src ingest.Source, w *ingest.Writer) error {
	clock := src.Clock()
	return table().Read(ctx, src, w, func(r *dbtable.Row) error {
		e := event(r)
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

func event(r *dbtable.Row) ingest.Event {
	e := ingest.Event{
		Line: r.Line, SourceEventID: r.Key(colID), UserID: r.Get(colProvider), PatientID: r.Key(colPatient), ActionRaw: r.Get(colAction),
		RecordRaw: r.Get(colContent), RecordID: r.Key(colRecord), IP: r.Get(colIP), Outcome: ingest.OutcomeSuccess, Granularity: ingest.GranularityEvent,
	}
	if e.PatientID == "" {
		e.PatientID = patientOf(r.Get(colData))
	}
	e.Action = actionOf(e.ActionRaw)
	e.RecordType = recordOf(e.RecordRaw, e.Action)
	switch {
	case isRefusal(e.ActionRaw):
		e.Outcome = ingest.OutcomeFailure
	case isFailedLogin(e.ActionRaw, e.RecordRaw), e.Action == ingest.ActionLogin && namesFailure(e.RecordRaw, e.RecordID, r.Get(colData)):
		e.Action, e.Outcome = ingest.ActionLoginFailed, ingest.OutcomeFailure
	}
	if e.Action == ingest.ActionLogin || e.Action == ingest.ActionLoginFailed || e.Action == ingest.ActionLogout {
		e.RecordID = "" // what was typed in, or nothing
	}
	return e
}
