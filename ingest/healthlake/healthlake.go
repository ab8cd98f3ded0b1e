// Package healthlake reads the events of AWS HealthLake out of CloudTrail logs:
// {"Records":[…]} files as CloudTrail delivers them, also several in one file, arrays,
// one event a line, and the answers of "aws cloudtrail lookup-events" and of "aws logs
// filter-log-events", which hold each event as text.
//
// The user is the account or role that called the API, rarely a human: an assumed
// role is told by its name and its session. A call by another service of AWS has no
// person behind it. The patient is known only where the request named one by
// number: a search and most reads of other resources do not say. Events are not in
// the order of time. Events of other services are counted and left out.
//
// The package refuses to read what was asked or answered beyond the type and the
// number of the resource.
//
// Sources: Amazon HealthLake Developer Guide, "Logging using CloudTrail"; CloudTrail User
// Guide, "CloudTrail record contents".
package healthlake

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/cloudlog"
	"github.com/chartwatch/chartwatch/ingest/internal/fhirtype"
)

// service is the event source of HealthLake.
const service = "healthlake.amazonaws.com"

// Plugin returns the description of the parser.
func Plugin() ingest.Plugin {
	return ingest.Plugin{
		Name:     "healthlake",
		Summary:  "AWS HealthLake: CloudTrail data events as JSON; from documentation, not tried on a real export",
		Version:  1,
		Produces: []ingest.Dataset{ingest.Events},
		Sample:   "healthlake/cloudtrail.json",
		New:      func(ingest.Settings) (ingest.Parser, error) { return parser{}, nil },
	}
}

type parser struct{}

// Detect accepts CloudTrail records of which one in the head is of HealthLake.
func (parser) Detect(h ingest.Head) error {
	if err := ingest.CheckHead(h); err != nil {
		return err
	}
	o, err := cloudlog.First(h.Bytes)
	if err != nil {
		return err
	}
	if err := eventOf(o).Lacks("eventSource", "eventName", "eventTime"); err != nil {
		return err
	}
	if !bytes.Contains(h.Bytes, []byte(service)) {
		return errors.New("no event at the beginning is of HealthLake")
	}
	return nil
}

// eventOf returns the event of a record, which the tools of the command line hold as
// text.
func eventOf(o cloudlog.Object) cloudlog.Object {
	for _, name := range [...]string{"CloudTrailEvent", "message"} {
		if inner := o.Object(name); inner.Lacks("eventSource") == nil {
			return inner
		}
	}
	return o
}

// Parse reads the events.
func (parser) Parse(ctx context.Context, src ingest.Source, w *ingest.Writer) error {
	return cloudlog.Each(ctx, src, w, func(r cloudlog.Record) error {
		o := eventOf(r.Object)
		if !strings.EqualFold(o.Text("eventSource"), service) {
			w.Skip(ingest.SkipOtherLine)
			return nil
		}
		e := event(o)
		e.Line = r.Line
		var reason ingest.Reason
		if e.At, reason = cloudlog.Instant(o.Text("eventTime")); reason != "" {
			return w.Reject(ctx, ingest.Reject{Line: r.Line, Column: "eventTime", Reason: reason, Raw: r.Raw, PatientID: e.PatientID})
		}
		e.TZBasis = ingest.TZExplicit
		return w.Event(ctx, e)
	})
}

// Advice implements [ingest.Advisor].
func (parser) Advice() []ingest.Advice {
	const source = `Amazon HealthLake Developer Guide, "Logging using CloudTrail"`
	return []ingest.Advice{
		{
			Lacks: ingest.ElementReads, Source: source,
			Text: "CloudTrail records reads and searches of HealthLake only if data events are switched on for the data store in the trail.",
		},
		{
			Lacks: ingest.ElementPatient, Source: source,
			Text: "CloudTrail names a patient only where the request did. Keep the log of the application in front of HealthLake as well.",
		},
	}
}

func event(o cloudlog.Object) ingest.Event {
	name := o.Text("eventName")
	e := ingest.Event{
		SourceEventID: o.Text("eventID"), SourceSystem: o.Text("recipientAccountId"), ActionRaw: name, Action: actionOf(name),
		RequestID: o.Text("requestID"), Outcome: ingest.OutcomeSuccess, OutcomeReason: o.Text("errorCode"), Granularity: ingest.GranularityEvent,
	}
	if e.OutcomeReason != "" {
		e.Outcome = ingest.OutcomeFailure
	}
	readUser(&e, o)
	// A service of AWS gives its name where callers have an address.
	if ip := o.Text("sourceIPAddress"); !strings.HasSuffix(ip, ".amazonaws.com") && ip != "AWS Internal" {
		e.IP = ip
	}
	asked := o.Object("requestParameters")
	typ, id := first(asked, "resourceType", "ResourceType"), first(asked, "resourceId", "id", "Id")
	if typ != "" {
		e.RecordRaw, e.RecordType = typ, fhirtype.Record(typ)
		if typ == "Patient" {
			e.PatientID = id
		} else {
			e.RecordID = id
		}
	} else if isSetup(name) {
		e.RecordType = ingest.RecordConfiguration
	}
	return e
}

// readUser tells people from roles and services, as far as the log does.
func readUser(e *ingest.Event, o cloudlog.Object) {
	who := o.Object("userIdentity")
	arn := who.Text("arn")
	switch who.Text("type") {
	case "AWSService":
		e.UserType, e.Interactive = ingest.UserSystem, ingest.InteractiveNo
		return
	case "AssumedRole":
		// arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION; in a session of single sign-on
		// the last part is the person.
		e.UserRole = who.Text("sessionContext", "sessionIssuer", "userName")
		e.UserID = arn[strings.LastIndexByte(arn, '/')+1:]
		e.UserAltID = arn
		if e.UserID == "" {
			e.UserID = e.UserRole
		}
		if isInstance(e.UserID) {
			e.UserType, e.Interactive = ingest.UserSystem, ingest.InteractiveNo
		}
	default:
		e.UserID, e.UserAltID = who.Text("userName"), arn
	}
	if e.UserID == "" {
		e.UserID = first(who, "principalId", "accountId")
	}
	if e.UserAltID == e.UserID {
		e.UserAltID = ""
	}
}

// isInstance reports whether a session is that of a virtual machine, which is named
// after the machine.
func isInstance(session string) bool {
	number, ok := strings.CutPrefix(session, "i-")
	return ok && len(number) >= 8 && strings.Trim(number, "0123456789abcdef") == ""
}

func first(o cloudlog.Object, names ...string) string {
	for _, name := range names {
		if s := o.Text(name); s != "" {
			return s
		}
	}
	return ""
}

// actionOf maps the API's operations.
func actionOf(name string) ingest.Action {
	switch {
	case strings.HasPrefix(name, "Search"):
		return ingest.ActionSearch
	case name == "StartFHIRExportJob", name == "GetExportedFile":
		return ingest.ActionExport
	case name == "ReadResource", strings.HasPrefix(name, "Describe"), strings.HasPrefix(name, "List"), strings.HasPrefix(name, "Get"):
		return ingest.ActionView
	case name == "StartFHIRImportJob", strings.HasPrefix(name, "Create"):
		return ingest.ActionCreate
	case strings.HasPrefix(name, "Update"), strings.HasPrefix(name, "Patch"):
		return ingest.ActionUpdate
	case strings.HasPrefix(name, "Delete"):
		return ingest.ActionDelete
	}
	return ingest.ActionOther
}

// isSetup reports whether an operation concerns the data store and no record in it.
func isSetup(name string) bool {
	return name == "GetCapabilities" || strings.Contains(name, "Datastore") || strings.Contains(name, "Tag")
}
