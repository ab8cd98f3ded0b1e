package synth

import (
	"encoding/json"
	"io"
	"strconv"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// The cloud services see requests to a FHIR server and no screens: an access to a
// record becomes a request for a resource of its patient.

// cloudRequest is an access as a FHIR server sees it.
type cloudRequest struct {
	Access

	verb, resource, id string
}

// cloudRequests are the accesses of a window that concern a patient.
func (p *Practice) cloudRequests(in Window) []cloudRequest {
	var list []cloudRequest
	for _, a := range p.Between(EHR, in.From, in.To) {
		if a.PatientID == "" {
			continue
		}
		r := cloudRequest{Access: a, verb: "read", resource: "Patient", id: a.PatientID}
		switch a.Action {
		case ingest.ActionCreate, ingest.ActionUpdate:
			r.verb = "update"
		case ingest.ActionDelete:
			r.verb = "delete"
		case ingest.ActionView:
			if a.Record == ingest.RecordMedication || a.Record == ingest.RecordLabResult {
				r.verb, r.resource, r.id = "search-type", "Observation", ""
			}
		default:
		}
		list = append(list, r)
	}
	return list
}

func (r cloudRequest) number(prefix string) string { return prefix + strconv.FormatInt(r.Number, 10) }

// writeJSON writes a value as indented JSON.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// WriteAzure writes a window as rows of the table MicrosoftHealthcareApisAuditLogs:
// each request when it starts and when it ends.
func (p *Practice) WriteAzure(w io.Writer, in Window) error {
	rows := []map[string]any{}
	for _, r := range p.cloudRequests(in) {
		uri := "https://maple.azurehealthcareapis.com/" + r.resource + "/" + r.id
		if r.id == "" {
			uri = "https://maple.azurehealthcareapis.com/" + r.resource + "?patient=" + r.PatientID
		}
		for i, result := range []string{"Started", "Succeeded"} {
			row := map[string]any{
				"TimeGenerated": r.At.Add(time.Duration(i) * 40 * time.Millisecond).UTC().Format("2006-01-02T15:04:05.000Z"), "OperationName": r.verb,
				"FhirResourceType": r.resource, "RequestUri": uri, "ResultType": result, "CallerIdentityObjectId": r.UserID, "CallerIPAddress": r.IP,
				"CallerIdentity": map[string]any{"oid": r.UserID}, "CorrelationId": r.number("maple-request-"), "LogCategory": "AuditLogs",
				"Type": "MicrosoftHealthcareApisAuditLogs", "_ResourceId": "/subscriptions/s/providers/microsoft.healthcareapis/services/maple",
			}
			if i > 0 {
				row["StatusCode"] = 200
			}
			rows = append(rows, row)
		}
	}
	return writeJSON(w, rows)
}

// WriteCloudTrail writes a window as CloudTrail has the data events of HealthLake.
func (p *Practice) WriteCloudTrail(w io.Writer, in Window) error {
	names := map[string]string{"read": "ReadResource", "search-type": "SearchWithGet", "update": "UpdateResource", "delete": "DeleteResource"}
	records := []map[string]any{}
	for _, r := range p.cloudRequests(in) {
		asked := map[string]any{"datastoreId": "0a1b2c3d", "resourceType": r.resource}
		if r.id != "" {
			asked["resourceId"] = r.id
		}
		records = append(records, map[string]any{
			"eventVersion": "1.09", "eventSource": "healthlake.amazonaws.com", "eventName": names[r.verb], "eventTime": r.At.UTC().Format(time.RFC3339),
			"awsRegion": "us-east-1", "sourceIPAddress": r.IP, "eventID": r.number("maple-event-"), "requestID": r.number("maple-request-"),
			"recipientAccountId": "111122223333", "requestParameters": asked, "userIdentity": map[string]any{
				"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/Staff/" + r.UserID,
				"sessionContext": map[string]any{"sessionIssuer": map[string]any{"type": "Role", "userName": "Staff"}},
			},
		})
	}
	return writeJSON(w, map[string]any{"Records": records})
}

// WriteCloudAudit writes a window as Cloud Audit log entries of Google Cloud Healthcare API.
func (p *Practice) WriteCloudAudit(w io.Writer, in Window) error {
	methods := map[string]string{"read": "ReadResource", "search-type": "SearchResources", "update": "UpdateResource", "delete": "DeleteResource"}
	entries := []map[string]any{}
	for _, r := range p.cloudRequests(in) {
		entries = append(entries, map[string]any{
			"insertId": r.number("maple"), "logName": "projects/maple/logs/cloudaudit.googleapis.com%2Fdata_access", "timestamp": r.At.UTC().Format(time.RFC3339Nano),
			"resource": map[string]any{"type": "healthcare_fhir_store", "labels": map[string]any{"project_id": "maple"}},
			"protoPayload": map[string]any{
				"@type": "type.googleapis.com/google.cloud.audit.AuditLog", "serviceName": "healthcare.googleapis.com",
				"methodName":         "google.cloud.healthcare.v1.fhir.rest.FhirService." + methods[r.verb],
				"resourceName":       "projects/maple/locations/us/datasets/d/fhirStores/x/fhir/" + r.resource + "/" + r.id,
				"authenticationInfo": map[string]any{"principalEmail": r.UserID}, "requestMetadata": map[string]any{"callerIp": r.IP}, "status": map[string]any{},
			},
		})
	}
	return writeJSON(w, entries)
}
