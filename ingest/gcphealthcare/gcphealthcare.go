// Package gcphealthcare reads the audit logs of Google Cloud Healthcare API: Cloud
// Audit LogEntry objects as an array, one a line, or behind each other, from the
// command line or a log sink, among them a sink to BigQuery.
//
// The user is the principal's e-mail address; a service account is a system. The
// patient is known only where the name of the resource is that of a patient. A
// long-running operation gives two entries, of which the last one carries the result: the
// first is left out if the last one is in the same file, and counted. Entries of other
// services are counted and left out.
//
// The package refuses to read requests and responses beyond the name of the resource.
//
// Source: Cloud Healthcare API documentation, "Audit logging"; LogEntry and AuditLog of
// the Cloud Logging API.
package gcphealthcare

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/cloudlog"
	"github.com/chartwatch/chartwatch/ingest/internal/fhirtype"
)

const service = "healthcare.googleapis.com"

// tablePayload is the name of the payload in a table of BigQuery.
const tablePayload = "protopayload_auditlog"

// Plugin returns the description of the parser.
func Plugin() ingest.Plugin {
	return ingest.Plugin{
		Name:     "gcphealthcare",
		Summary:  "Google Cloud Healthcare API: Cloud Audit log entries as JSON; from documentation, not tried on a real export",
		Version:  1,
		Produces: []ingest.Dataset{ingest.Events},
		Sample:   "gcphealthcare/audit_log.json",
		New:      func(ingest.Settings) (ingest.Parser, error) { return parser{}, nil },
	}
}

type parser struct{}

// payloadOf returns the audit log of an entry; exports to tables write its name in
// another way.
func payloadOf(o cloudlog.Object) cloudlog.Object {
	if p := o.Object("protoPayload"); p != nil {
		return p
	}
	return o.Object(tablePayload)
}

// Detect accepts log entries of which one in the head is of the Healthcare API.
func (parser) Detect(h ingest.Head) error {
	if err := ingest.CheckHead(h); err != nil {
		return err
	}
	o, err := cloudlog.First(h.Bytes)
	if err != nil {
		return err
	}
	if err := o.Lacks("timestamp"); err != nil {
		return err
	}
	if payloadOf(o) == nil {
		return cloudlog.Missing("protoPayload")
	}
	if !bytes.Contains(h.Bytes, []byte(service)) {
		return errors.New("no entry at the beginning is of the Healthcare API")
	}
	return nil
}

// Parse reads the entries.
func (parser) Parse(ctx context.Context, src ingest.Source, w *ingest.Writer) error {
	hold := cloudlog.NewPairs(w)
	err := cloudlog.Each(ctx, src, w, func(r cloudlog.Record) error {
		p := payloadOf(r.Object)
		if !strings.EqualFold(p.Text("serviceName"), service) {
			w.Skip(ingest.SkipOtherLine)
			return nil
		}
		e := event(r.Object, p)
		e.Line = r.Line
		var reason ingest.Reason
		if e.At, reason = timeOf(r.Object); reason != "" {
			return w.Reject(ctx, ingest.Reject{Line: r.Line, Column: "timestamp", Reason: reason, Raw: r.Raw, PatientID: e.PatientID})
		}
		e.TZBasis = ingest.TZExplicit
		operation := r.Object.Object("operation")
		id, begins, ends := operation.Text("id"), operation.Bool("first"), operation.Bool("last")
		e.RequestID = id
		if id != "" && begins != ends {
			return hold.Add(ctx, id, e, ends)
		}
		return w.Event(ctx, e)
	})
	if err != nil {
		return err
	}
	return hold.Flush(ctx)
}

// timeOf reads the time of an entry. BigQuery's tools may leave out the zone of a
// timestamp, which is always UTC there.
func timeOf(o cloudlog.Object) (time.Time, ingest.Reason) {
	text := o.Text("timestamp")
	at, reason := cloudlog.Instant(text)
	if reason == ingest.ReasonBadTime && o.Lacks(tablePayload) == nil {
		return cloudlog.Instant(strings.Replace(text, "T", " ", 1) + " UTC")
	}
	return at, reason
}

// Advice implements [ingest.Advisor].
func (parser) Advice() []ingest.Advice {
	return []ingest.Advice{
		{
			Lacks: ingest.ElementReads, Source: `Cloud Healthcare API documentation, "Audit logging"`,
			Text: "Reads are in the Data Access audit logs, which are off until they are switched on for the Cloud Healthcare API (Data Read).",
		},
	}
}

func event(o, p cloudlog.Object) ingest.Event {
	method := p.Text("methodName")
	e := ingest.Event{
		SourceEventID: o.Text("insertId"), SourceSystem: o.Text("resource", "labels", "project_id"), ActionRaw: method[strings.LastIndexByte(method, '.')+1:],
		IP: p.Text("requestMetadata", "callerIp"), Outcome: ingest.OutcomeSuccess, Granularity: ingest.GranularityEvent,
	}
	e.Action = actionOf(e.ActionRaw)
	if e.IP == "private" || e.IP == "gce-internal-ip" {
		e.IP = ""
	}
	if code := p.Text("status", "code"); code != "" && code != "0" {
		e.Outcome, e.OutcomeReason = ingest.OutcomeFailure, "status "+code
	}
	e.UserID = p.Text("authenticationInfo", "principalEmail")
	if e.UserID == "" { // people of another identity provider
		e.UserID = p.Text("authenticationInfo", "principalSubject")
	}
	if strings.HasSuffix(e.UserID, ".gserviceaccount.com") {
		e.UserType, e.Interactive = ingest.UserSystem, ingest.InteractiveNo
	}
	readResource(&e, p.Text("resourceName"))
	return e
}

// readResource reads a name such as projects/…/fhirStores/STORE/fhir/Patient/ID.
func readResource(e *ingest.Event, name string) {
	if isSetup(e.ActionRaw) {
		e.RecordType = ingest.RecordConfiguration
		return
	}
	_, path, found := strings.Cut(name, "/fhir/")
	if !found {
		if _, dicom, _ := strings.Cut(name, "/dicomWeb/"); dicom != "" {
			e.RecordRaw, e.RecordType = "dicomWeb", ingest.RecordImaging
		}
		return
	}
	parts := strings.Split(path, "/")
	if parts[0] == "" || parts[0][0] < 'A' || parts[0][0] > 'Z' {
		return
	}
	typ, id := strings.Clone(parts[0]), ""
	if len(parts) > 1 && !strings.HasPrefix(parts[1], "_") && !strings.HasPrefix(parts[1], "$") {
		id = strings.Clone(parts[1])
	}
	if typ == "Patient" {
		e.PatientID = id
		if len(parts) > 2 && parts[2] != "" && parts[2][0] >= 'A' && parts[2][0] <= 'Z' { // the compartment of a patient
			typ = strings.Clone(parts[2])
		}
	} else {
		e.RecordID = id
	}
	e.RecordRaw, e.RecordType = typ, fhirtype.Record(typ)
}

// isSetup reports whether a method concerns a store or a dataset and no record in it.
func isSetup(method string) bool {
	for _, what := range [...]string{"Dataset", "Datasets", "Store", "Stores", "StoreMetrics", "IamPolicy", "CapabilityStatement"} {
		if strings.HasSuffix(method, what) {
			return true
		}
	}
	return false
}

// actionOf maps the last part of the method's name.
func actionOf(method string) ingest.Action {
	for _, kind := range [...]string{"Conditional", "Binary", "Batch"} {
		method = strings.TrimPrefix(method, kind)
	}
	is := func(words ...string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(method, word) })
	}
	switch {
	case strings.Contains(method, "Export"):
		return ingest.ActionExport
	case strings.HasSuffix(strings.ToLower(method), "everything"):
		return ingest.ActionView
	case strings.HasSuffix(method, "purge"), is("Delete", "Purge"):
		return ingest.ActionDelete
	case is("Search"):
		return ingest.ActionSearch
	case is("Import", "Create", "Store", "Ingest"):
		return ingest.ActionCreate
	case is("Update", "Patch", "Set"):
		return ingest.ActionUpdate
	case is("Read", "Get", "List", "Vread", "History", "Retrieve"):
		return ingest.ActionView
	}
	return ingest.ActionOther
}
