package synth

import (
	"bufio"
	"io"
	"strconv"
)

// WriteBenchFHIR writes rows FHIR R4 AuditEvent resources, one a line, for
// measurements: the same accesses as [WriteBenchCSV] in 1.2 to 1.6 KB each. The
// times are in UTC. The lines are put together by hand, because marshalling
// would cost more than what is measured.
func WriteBenchFHIR(w io.Writer, seed uint64, rows int) error {
	g, err := newBench(seed, rows, benchUsers, benchPatients, benchStart(), benchDays)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<20)
	line := make([]byte, 0, 4096)
	for g.next() {
		line = appendAuditEvent(line[:0], &g.row)
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}

// appendAuditEvent appends one resource. No text of a uniform log needs to be
// escaped in JSON.
func appendAuditEvent(b []byte, r *benchRow) []byte {
	class, kind, letter := benchCodes(r.what.action)
	number := firstBenchEvent + r.number
	b = append(b, `{"resourceType":"AuditEvent","id":"`...)
	b = strconv.AppendInt(b, number, 10)
	b = append(b, `","meta":{"versionId":"1","lastUpdated":"`...)
	b = r.at.AppendFormat(b, "2006-01-02T15:04:05.000Z")
	b = append(b, `"},"type":`...)
	b = append(b, class...)
	b = append(b, `,"subtype":[`...)
	b = append(b, kind...)
	b = append(b, `],"action":"`...)
	b = append(b, letter...)
	b = append(b, `","recorded":"`...)
	b = r.at.AppendFormat(b, "2006-01-02T15:04:05.000Z")
	if r.outcome == "success" {
		b = append(b, `","outcome":"0","agent":[{"type":{"coding":[{"system":"`+systemUserType...)
	} else {
		b = append(b, `","outcome":"4","outcomeDesc":"403","agent":[{"type":{"coding":[{"system":"`+systemUserType...)
	}
	b = append(b, `","code":"IRCP","display":"information recipient"}]},"role":[{"text":"`...)
	b = append(b, r.user.role...)
	b = append(b, `"}],"who":{"identifier":{"system":"urn:oid:2.16.840.1.113883.19.5.1","value":"`...)
	b = append(b, r.user.id...)
	b = append(b, `"},"display":"`...)
	b = append(b, r.user.name...)
	b = append(b, `"},"requestor":true,"network":{"address":"`...)
	b = append(b, r.station.ip...)
	b = append(b, `","type":"2"}},{"type":{"coding":[{"system":"`+systemDICOM+`","code":"110150","display":"Application"}]},"who":{"display":"`...)
	b = append(b, r.station.name...)
	b = append(b, `"},"requestor":false,"network":{"address":"`...)
	b = append(b, r.station.name...)
	b = append(b, `","type":"1"}}],"source":{"site":"clinic","observer":{"reference":"Device/ehr-server","display":"EHR server"}}`...)
	if r.patient.id != "" {
		b = append(b, `,"entity":[{"what":{"reference":"Patient/`...)
		b = append(b, r.patient.id...)
		b = append(b, `","display":"`...)
		b = append(b, r.patient.name...)
		b = append(b, `"},"type":{"system":"`+systemObject+`","code":"1","display":"Person"},"role":{"system":"`+systemRole+
			`","code":"1","display":"Patient"}}`...)
		if resource := benchResource(r.what.record); resource != "" {
			b = append(append(b, `,{"what":{"reference":"`...), resource...)
			b = strconv.AppendInt(append(b, '/'), number, 10)
			b = append(b, `"},"type":{"system":"`+systemObject+`","code":"2","display":"System Object"},"role":{"system":"`+systemRole+
				`","code":"4","display":"Domain Resource"}}`...)
		}
		b = append(b, ']')
	}
	return append(b, "}\n"...)
}

// benchCodes returns the class, the kind and the letter of an action.
func benchCodes(action string) (class, kind, letter string) {
	const (
		login = `{"system":"` + systemDICOM + `","code":"110114","display":"User Authentication"}`
		rest  = `{"system":"` + systemEventType + `","code":"rest","display":"RESTful Operation"}`
		verb  = `{"system":"` + systemREST + `","code":"`
	)
	switch action {
	case "login":
		return login, `{"system":"` + systemDICOM + `","code":"110122","display":"Login"}`, "E"
	case "logout":
		return login, `{"system":"` + systemDICOM + `","code":"110123","display":"Logout"}`, "E"
	case "create":
		return rest, verb + `create"}`, "C"
	case "update":
		return rest, verb + `update"}`, "U"
	case "search":
		return rest, verb + `search-type"}`, "E"
	case "export":
		return `{"system":"` + systemDICOM + `","code":"110106","display":"Export"}`, verb + `read"}`, "R"
	}
	return rest, verb + `read"}`, "R"
}

// benchResource returns the FHIR resource that holds a record type; the
// demographics are in the Patient itself.
func benchResource(record string) string {
	switch record {
	case "lab_result":
		return "Observation"
	case "medication":
		return "MedicationRequest"
	case "appointment":
		return "Appointment"
	case "billing":
		return "Claim"
	case "allergy":
		return "AllergyIntolerance"
	case "problem":
		return "Condition"
	case "imaging":
		return "ImagingStudy"
	case "order":
		return "ServiceRequest"
	case "demographics":
		return ""
	}
	return "DocumentReference"
}
