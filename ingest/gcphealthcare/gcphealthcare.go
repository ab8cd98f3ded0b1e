// Package gcphealthcare reads the audit logs of Google Cloud Healthcare API: Cloud
// Audit LogEntry objects as an array, one a line, or behind each other, from the
// command line or a log sink.
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
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/cloudlog"
	"github.com/chartwatch/chartwatch/ingest/internal/fhirtype"
)

const service = "healthcare.googleapis.com"

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
	return o.Object("protopayload_auditlog")
}

// Detect accepts log entries of which one in the head is of the Healthcare API.
func (parser) Detect(h ingest.Head) error {
	if err := ingest.CheckHead(h); err != nil {
		return err
	}
	o, err := cloudlog.First(h.Bytes)
	switch {
	case err != nil:
		return err
	case payloadOf(o) == nil || !o.Has("timestamp"):
		return errors.New(`the first record lacks "protoPayload" or "timestamp"`)
	case !bytes.Contains(h.Bytes, []byte(service)):
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
		reject := ingest.Reject{Line: r.Line, Column: "timestamp", Reason: ingest.ReasonMissingTime, Raw: r.Raw, PatientID: e.PatientID}
		text := r.Object.Text("timestamp")
		if text == "" {
			return w.Reject(ctx, reject)
		}
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			reject.Reason = ingest.ReasonBadTime
			return w.Reject(ctx, reject)
		}
		e.At, e.TZBasis = at.UTC(), ingest.TZExplicit
		operation := r.Object.Object("operation")
		id, begins, ends := operation.Text("id"), operation.Bool("first"), operation.Bool("last")
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
	if strings.HasSuffix(e.UserID, ".gserviceaccount.com") {
		e.UserType, e.Interactive = ingest.UserSystem, ingest.InteractiveNo
	}
	readResource(&e, p.Text("resourceName"))
	return e
}

// readResource reads a name such as projects/…/fhirStores/STORE/fhir/Patient/ID.
func readResource(e *ingest.Event, name string) {
	_, path, found := strings.Cut(name, "/fhir/")
	if !found {
		if _, dicom, ok := strings.Cut(name, "/dicomWeb/"); ok && dicom != "" {
			e.RecordRaw, e.RecordType = "dicomWeb", ingest.RecordImaging
		}
		return
	}
	parts := strings.Split(path, "/")
	if parts[0] == "" || strings.HasPrefix(parts[0], "$") {
		return
	}
	e.RecordRaw, e.RecordType = parts[0], fhirtype.Record(parts[0])
	if len(parts) < 2 || strings.HasPrefix(parts[1], "_") {
		return
	}
	if parts[0] == "Patient" {
		e.PatientID = parts[1]
	} else {
		e.RecordID = parts[1]
	}
}

// actionOf maps the last part of the method's name.
func actionOf(method string) ingest.Action {
	for _, x := range []struct {
		words  string
		action ingest.Action
	}{
		{"Search Retrieve-Studies", ingest.ActionSearch},
		{"Export", ingest.ActionExport},
		{"Import Create Store Ingest", ingest.ActionCreate},
		{"Update Patch Set", ingest.ActionUpdate},
		{"Delete Purge", ingest.ActionDelete},
		{"Read Get List Vread History Retrieve Patient-everything", ingest.ActionView},
	} {
		for word := range strings.FieldsSeq(x.words) {
			if strings.HasPrefix(method, word) {
				return x.action
			}
		}
	}
	return ingest.ActionOther
}
