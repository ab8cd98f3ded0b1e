// Package azurefhir reads the audit log of FHIR services in Azure: rows of the table
// MicrosoftHealthcareApisAuditLogs (and of the tables of Health Data Services with
// the same columns) as CSV, as a JSON array, one object a line, or the answer of the
// query API with its tables; and the envelopes of a storage account, whose names begin
// with small letters and whose details are under properties.
//
// Each request is logged when it starts and when it ends. The start is left out and
// counted where the end is in the same file; a start alone is an access of which the
// outcome is not known. Times are in UTC, as the table's reference says. The patient is
// known only where the address of the request names one. The address itself is
// never kept, because it may hold what was searched for. A caller whose token is that
// of an application is a system, not a person.
//
// OperationDuration is left alone: two documents of the vendor give it two units. So
// are the headers that a caller may add to a request (X-MS-AZUREFHIR-AUDIT-…): the
// vendor fixes no name and no meaning for any of them.
//
// Sources: Azure Monitor reference, MicrosoftHealthcareApisAuditLogs; MicrosoftDocs,
// "Enable diagnostic logging in Azure API for FHIR" and "Add custom HTTP headers to
// audit logs"; Log Analytics API, "Azure Monitor Log Analytics API response format".
package azurefhir

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/cloudlog"
	"github.com/chartwatch/chartwatch/ingest/internal/dbtable"
	"github.com/chartwatch/chartwatch/ingest/internal/fhirtype"
)

// Plugin returns the description of the parser.
func Plugin() ingest.Plugin {
	return ingest.Plugin{
		Name:     "azurefhir",
		Summary:  "Azure FHIR service: audit log as CSV or JSON from Log Analytics, or from a storage account; from documentation, not tried on a real export",
		Version:  1,
		Produces: []ingest.Dataset{ingest.Events},
		Sample:   "azurefhir/audit_logs.json",
		New:      func(ingest.Settings) (ingest.Parser, error) { return parser{}, nil },
	}
}

// Columns of the table.
const (
	colTime      = "TimeGenerated"
	colOperation = "OperationName"
	colResource  = "FhirResourceType"
	colURI       = "RequestUri"
	colResult    = "ResultType"
	colStatus    = "StatusCode"
	colCaller    = "CallerIdentity"
	colCallerID  = "CallerIdentityObjectId"
	colIP        = "CallerIPAddress"
	colRequest   = "CorrelationId"
	colStore     = "_ResourceId"
)

func table() dbtable.Table {
	return dbtable.Table{
		Names: []string{"microsofthealthcareapisauditlogs"},
		Columns: []dbtable.Column{
			{Name: colTime, Also: []string{"TimeGenerated [UTC]"}, Required: true, Time: true},
			{Name: colOperation, Required: true},
			{Name: colURI, Required: true},
			{Name: colResource, Also: []string{"FhirResource"}, Required: true},
			{Name: colResult, Required: true},
			{Name: colStatus},
			{Name: colCaller},
			{Name: colCallerID},
			{Name: colIP, Required: true},
			{Name: colRequest, Required: true},
			{Name: colStore},
		},
	}
}

type parser struct{}

// Detect looks at the columns, or at the members of the first object.
func (parser) Detect(h ingest.Head) error {
	if err := ingest.CheckHead(h); err != nil {
		return err
	}
	if !isJSON(h.Bytes) {
		return table().Detect(h)
	}
	o, err := cloudlog.First(h.Bytes)
	if err != nil {
		return err
	}
	r := newObject(o)
	for _, name := range [...]string{colTime, colOperation, colRequest, colIP} {
		if r.Get(name) == "" {
			return cloudlog.Missing(name)
		}
	}
	switch {
	case r.Get(colURI) == "" && r.Get(colResource) == "":
		return cloudlog.Missing(colURI)
	case !r.isFHIR():
		return cloudlog.Missing(colResource)
	}
	return nil
}

// object is a record in JSON. Envelopes have most members under properties.
type object struct{ o, properties cloudlog.Object }

func newObject(o cloudlog.Object) object { return object{o: o, properties: o.Object("properties")} }

func isJSON(head []byte) bool {
	text := strings.TrimLeft(string(head[:min(len(head), 256)]), " \t\r\n")
	return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")
}

// row is a record of either form.
type row interface{ Get(column string) string }

// Get implements row.
func (r object) Get(column string) string {
	for _, o := range [...]cloudlog.Object{r.o, r.properties} {
		if s := o.Text(column); s != "" {
			return s
		}
		if inner := o.Object(column); inner != nil {
			return rest(inner)
		}
	}
	switch column {
	case colCaller:
		return rest(r.o.Object("identity").Object("claims"))
	case colTime:
		return r.o.Text("time")
	case colStore:
		return r.o.Text("resourceId")
	case colStatus:
		return r.o.Text("resultSignature")
	case colCallerID:
		return r.o.Text("identity", "objectId")
	}
	return ""
}

// isFHIR tells the service from others of Azure, such as vaults of keys, whose logs have
// the same envelope and the address of the request too. The start of a request may name
// no type.
func (r object) isFHIR() bool {
	for _, o := range [...]cloudlog.Object{r.o, r.properties} {
		for name := range o {
			if strings.EqualFold(name, colResource) {
				return true
			}
		}
	}
	return strings.Contains(strings.ToLower(r.Get(colStore)), "/microsoft.healthcareapis/")
}

// Parse reads the log.
func (parser) Parse(ctx context.Context, src ingest.Source, w *ingest.Writer) error {
	data := bufio.NewReaderSize(src.Data, ingest.HeadSize)
	head, err := data.Peek(ingest.HeadSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the beginning of the file: %w", err)
	}
	src.Data = data
	out := &writer{w: w, pairs: cloudlog.NewPairs(w)}
	if isJSON(head) {
		err = cloudlog.Each(ctx, src, w, func(r cloudlog.Record) error {
			if other(r.Object.Text("category")) {
				w.Skip(ingest.SkipOtherLine)
				return nil
			}
			o := newObject(r.Object)
			at, reason := cloudlog.Instant(o.Get(colTime))
			return out.write(ctx, o, at, ingest.Reject{Line: r.Line, Column: colTime, Reason: reason, Raw: r.Raw})
		})
	} else {
		utc := ingest.NewLocalClock(time.UTC, ingest.TZExplicit)
		err = table().Read(ctx, src, w, func(r *dbtable.Row) error {
			when, reason := r.Instant(colTime, utc)
			return out.write(ctx, r, when.At, r.Reject(colTime, reason))
		})
	}
	if err != nil {
		return err
	}
	return out.pairs.Flush(ctx)
}

// other reports whether an envelope is of another log of the same service.
func other(category string) bool {
	return category != "" && !strings.Contains(strings.ToLower(category), "audit")
}

// writer joins the two records of a request.
type writer struct {
	w     *ingest.Writer
	pairs *cloudlog.Pairs
}

// write takes a record; a reject with a reason says that it has no usable time.
func (out *writer) write(ctx context.Context, r row, at time.Time, reject ingest.Reject) error {
	e := event(r)
	e.Line = reject.Line
	if reject.Reason != "" {
		reject.PatientID = e.PatientID
		return out.w.Reject(ctx, reject)
	}
	e.At, e.TZBasis = at, ingest.TZExplicit
	if e.RequestID == "" {
		return out.w.Event(ctx, e)
	}
	// The parts of a bundle share the number of their request.
	id := e.RequestID + "\x00" + e.ActionRaw + "\x00" + r.Get(colURI)
	return out.pairs.Add(ctx, id, e, !strings.EqualFold(r.Get(colResult), "Started"))
}

func event(r row) ingest.Event {
	e := ingest.Event{
		SourceSystem: storeOf(r.Get(colStore)), ActionRaw: r.Get(colOperation), RecordRaw: r.Get(colResource), IP: r.Get(colIP),
		RequestID: r.Get(colRequest), Outcome: outcome(r.Get(colResult), r.Get(colStatus)), Granularity: ingest.GranularityEvent,
	}
	e.Action = actionOf(e.ActionRaw)
	if e.Outcome == ingest.OutcomeFailure {
		if code := r.Get(colStatus); code != "" {
			e.OutcomeReason = "status " + code
		}
	}
	readURI(&e, r.Get(colURI))
	if e.RecordRaw != "" {
		e.RecordType = fhirtype.Record(e.RecordRaw)
	}
	readCaller(&e, r.Get(colCaller), r.Get(colCallerID))
	return e
}

// storeOf is the last part of a resource's path.
func storeOf(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }

func outcome(result, status string) ingest.Outcome {
	switch strings.ToLower(result) {
	case "failed", "failure", "clienterror", "servererror":
		return ingest.OutcomeFailure
	case "succeeded", "success":
		if len(status) == 3 && status >= "400" {
			return ingest.OutcomeFailure
		}
		return ingest.OutcomeSuccess
	}
	return ingest.OutcomeUnknown
}
