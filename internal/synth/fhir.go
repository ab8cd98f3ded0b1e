package synth

import (
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// Code systems of the resources.
const (
	systemDICOM     = "http://dicom.nema.org/resources/ontology/DCM"
	systemEventType = "http://terminology.hl7.org/CodeSystem/audit-event-type"
	systemREST      = "http://hl7.org/fhir/restful-interaction"
	systemObject    = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
	systemRole      = "http://terminology.hl7.org/CodeSystem/object-role"
	systemUserType  = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
	systemOutcome   = "http://terminology.hl7.org/CodeSystem/audit-event-outcome"
)

// fhirTime is an instant with the offset of the practice.
const fhirTime = "2006-01-02T15:04:05-07:00"

// WriteAuditEvents writes the imaging server's accesses of a window as FHIR R4
// AuditEvent resources, one a line.
func (p *Practice) WriteAuditEvents(w io.Writer, in Window) error {
	return writeLines(w, func(yield func(object) bool) {
		for _, a := range p.Between(Imaging, in.From, in.To) {
			if !yield(p.auditEventR4(a)) {
				return
			}
		}
	})
}

// WriteAuditBundle writes them as a Bundle of FHIR R5 AuditEvent resources.
func (p *Practice) WriteAuditBundle(w io.Writer, in Window) error {
	var entries array
	for _, a := range p.Between(Imaging, in.From, in.To) {
		entries = append(entries, object{
			{"fullUrl", "https://imaging.maplestreet.example/fhir/AuditEvent/" + imagingID(a)},
			{"resource", p.auditEventR5(a)},
			{"search", object{{"mode", "match"}}},
		})
	}
	return writeIndented(w, object{
		{"resourceType", "Bundle"}, {"id", "imaging-audit"}, {"type", "searchset"}, {"total", len(entries)}, {"entry", entries},
	})
}

func imagingID(a Access) string { return "img-" + strconv.FormatInt(a.Number, 10) }

func coding(system, code, display string) object {
	return object{{"system", system}, {"code", code}, {"display", display}}
}

func concept(system, code, display string) object {
	return object{{"coding", array{coding(system, code, display)}}}
}

// classify returns what the event is: its class and its kind.
func classify(a Access) (class, kind object) {
	rest := func(code string) (object, object) {
		return coding(systemEventType, "rest", "RESTful Operation"), coding(systemREST, code, code)
	}
	switch a.Action {
	case ingest.ActionLogin, ingest.ActionLoginFailed:
		return coding(systemDICOM, "110114", "User Authentication"), coding(systemDICOM, "110122", "Login")
	case ingest.ActionLogout:
		return coding(systemDICOM, "110114", "User Authentication"), coding(systemDICOM, "110123", "Logout")
	case ingest.ActionCreate:
		return rest("create")
	case ingest.ActionUpdate:
		return rest("update")
	case ingest.ActionDelete:
		return rest("delete")
	case ingest.ActionSearch:
		return rest("search-type")
	case ingest.ActionView, ingest.ActionPrint, ingest.ActionExport, ingest.ActionBreakGlass, ingest.ActionOther:
	}
	return rest("read")
}

// letter returns the one-letter action.
func letter(a Access) string {
	switch a.Action {
	case ingest.ActionCreate:
		return "C"
	case ingest.ActionUpdate:
		return "U"
	case ingest.ActionDelete:
		return "D"
	case ingest.ActionLogin, ingest.ActionLoginFailed, ingest.ActionLogout, ingest.ActionSearch:
		return "E"
	case ingest.ActionView, ingest.ActionPrint, ingest.ActionExport, ingest.ActionBreakGlass, ingest.ActionOther:
	}
	return "R"
}

func (p *Practice) auditEventR4(a Access) object {
	class, kind := classify(a)
	outcome := "0"
	if a.Outcome == ingest.OutcomeFailure {
		outcome = "4"
	}
	user := p.userAgent(a)
	user = append(user, member{"requestor", true}, member{"network", object{{"address", a.IP}, {"type", "2"}}})
	return object{
		{"resourceType", "AuditEvent"},
		{"id", imagingID(a)},
		{"type", class},
		{"subtype", array{kind}},
		{"action", letter(a)},
		{"recorded", a.At.In(p.Zone).Format(fhirTime)},
		{"outcome", outcome},
		{"outcomeDesc", orAbsent(a.OutcomeReason)},
		{"agent", append(array{user}, device(a, func(name string) []member {
			return []member{{"network", object{{"address", name}, {"type", "1"}}}}
		})...)},
		{"source", object{
			{"site", "maple-street"},
			{"observer", object{{"display", "Imaging server"}}},
			{"type", array{coding("http://terminology.hl7.org/CodeSystem/security-source-type", "4", "Application Server")}},
		}},
		{"entity", p.entities(a, func(code, display string) any { return coding(systemRole, code, display) }, true)},
	}
}

func (p *Practice) auditEventR5(a Access) object {
	class, kind := classify(a)
	outcome := coding(systemOutcome, "0", "Success")
	if a.Outcome == ingest.OutcomeFailure {
		outcome = coding(systemOutcome, "4", "Minor failure")
	}
	user := p.userAgent(a)
	user = append(user, member{"requestor", true}, member{"networkString", a.IP})
	var patient any
	if a.PatientID != "" {
		patient = p.patientReference(a.PatientID)
	}
	return object{
		{"resourceType", "AuditEvent"},
		{"id", imagingID(a)},
		{"category", array{object{{"coding", array{class}}}}},
		{"code", object{{"coding", array{kind}}}},
		{"action", letter(a)},
		{"occurredDateTime", a.At.In(p.Zone).Format(fhirTime)},
		{"recorded", a.At.In(p.Zone).Format(fhirTime)},
		{"outcome", object{{"code", outcome}}},
		{"agent", append(array{user}, device(a, func(name string) []member { return []member{{"networkString", name}} })...)},
		{"patient", patient},
		{"source", object{{"site", object{{"display", "maple-street"}}}, {"observer", object{{"display", "Imaging server"}}}}},
		{"entity", p.entities(a, func(code, display string) any { return concept(systemRole, code, display) }, false)},
	}
}

// userAgent is the person who acted, without what differs between the releases.
func (p *Practice) userAgent(a Access) object {
	userName, role, _ := p.describe(a)
	if a.UserType == ingest.UserPatient {
		return object{
			{"type", concept("http://terminology.hl7.org/CodeSystem/v3-RoleClass", "PAT", "patient")},
			{"who", p.patientReference(a.UserID)},
		}
	}
	return object{
		{"type", concept(systemUserType, "IRCP", "information recipient")},
		{"role", array{object{{"text", role}}}},
		{"who", object{{"identifier", object{{"value", a.UserID}}}, {"display", userName}}},
	}
}

// device is the workstation as an agent of its own, if there is one.
func device(a Access, network func(name string) []member) array {
	if a.Workstation == "" {
		return nil
	}
	agent := object{
		{"type", concept(systemDICOM, "110150", "Application")},
		{"who", object{{"display", a.Workstation}}},
		{"requestor", false},
	}
	return array{append(agent, network(a.Workstation)...)}
}

func (p *Practice) patientReference(id string) object {
	o := object{{"reference", "Patient/" + id}}
	if patient := p.Patient(id); patient != nil {
		o = append(o, member{"display", patient.Name()})
	}
	return o
}

// entities are the patient and the record, or nil.
func (p *Practice) entities(a Access, role func(code, display string) any, typed bool) any {
	if a.PatientID == "" {
		return nil
	}
	class := func(code, display string) any {
		if !typed {
			return nil
		}
		return coding(systemObject, code, display)
	}
	resource := "DocumentReference/doc-"
	if a.Record == ingest.RecordImaging {
		resource = "ImagingStudy/study-"
	}
	return array{
		object{{"what", p.patientReference(a.PatientID)}, {"type", class("1", "Person")}, {"role", role("1", "Patient")}},
		object{
			{"what", object{{"reference", resource + a.PatientID + "-" + a.At.In(p.Zone).Format("20060102")}}},
			{"type", class("2", "System Object")},
			{"role", role("4", "Domain Resource")},
		},
	}
}

// WriteContextBundle writes appointments that are still to come, with their
// patients and providers, as a Bundle of FHIR R4 resources.
func (p *Practice) WriteContextBundle(w io.Writer, in Window) error {
	var entries array
	var seen []string
	add := func(kind, id string, o object) {
		if slices.Contains(seen, kind+id) {
			return
		}
		seen = append(seen, kind+id)
		head := object{{"resourceType", kind}, {"id", id}}
		entries = append(entries, object{{"resource", append(head, o...)}})
	}
	for _, a := range p.Appointments {
		if !in.holds(a.StartsAt) || a.Status == Cancelled {
			continue
		}
		provider, patient := p.Person(a.ProviderID), p.Patient(a.PatientID)
		add("Practitioner", provider.UserID, practitioner(provider))
		add("Patient", patient.PatientID, patientResource(patient))
		add("Appointment", a.AppointmentID, p.appointmentResource(a))
	}
	return writeIndented(w, object{{"resourceType", "Bundle"}, {"id", "next-days"}, {"type", "collection"}, {"entry", entries}})
}

func practitioner(s *Person) object {
	return object{
		{"identifier", array{object{{"value", s.UserID}}}},
		{"active", true},
		{"name", array{object{{"family", s.LastName}, {"given", array{s.FirstName}}}}},
	}
}

func patientResource(x *Patient) object {
	return object{
		{"identifier", array{object{{"type", concept("http://terminology.hl7.org/CodeSystem/v2-0203", "MR", "Medical record number")}, {"value", x.PatientID}}}},
		{"name", array{object{{"use", "official"}, {"family", x.LastName}, {"given", array{x.FirstName}}}}},
		{"birthDate", x.BirthDate},
		{"address", array{object{{"text", x.Address}}}},
	}
}

func (p *Practice) appointmentResource(a Appointment) object {
	actor := func(reference string) object {
		return object{{"actor", object{{"reference", reference}}}, {"status", "accepted"}}
	}
	end := a.StartsAt.Add(time.Duration(a.Minutes) * time.Minute)
	return object{
		{"status", "booked"},
		{"start", a.StartsAt.In(p.Zone).Format(fhirTime)},
		{"end", end.In(p.Zone).Format(fhirTime)},
		{"minutesDuration", a.Minutes},
		{"participant", array{actor("Patient/" + a.PatientID), actor("Practitioner/" + a.ProviderID)}},
	}
}
