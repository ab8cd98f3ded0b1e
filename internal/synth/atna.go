package synth

import (
	"bytes"
	"encoding/xml"
	"io"
	"strconv"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// atnaHost is the imaging server in its messages.
const atnaHost = "imaging.maplestreet.example"

// atnaMorning is the part of 2 December 2024 that the sample log shows.
func (p *Practice) atnaMorning() Window {
	return Window{From: p.Midnight(2024, time.December, 2), To: p.Midnight(2024, time.December, 2).Add(12 * time.Hour)}
}

// atnaAfternoon is the part of that day that the sample document shows.
func (p *Practice) atnaAfternoon() Window {
	return Window{From: p.atnaMorning().To, To: p.Midnight(2024, time.December, 3)}
}

// WriteATNALog writes the imaging server's accesses of a window as it sends
// them to an audit repository: audit messages in records of syslog, one a line,
// with a byte-order mark before the XML.
func (p *Practice) WriteATNALog(w io.Writer, in Window) error {
	for _, a := range p.Between(Imaging, in.From, in.To) {
		severity := "5" // notice
		if a.Outcome == ingest.OutcomeFailure {
			severity = "4"
		}
		line := "<8" + severity + ">1 " + a.At.Format(time.RFC3339) + " " + atnaHost + " imaging 2214 IHE+DICOM - \ufeff" +
			`<?xml version="1.0" encoding="UTF-8"?>` + p.auditMessage(a, "") + "\n"
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
	}
	return nil
}

// WriteATNADocument writes them as the repository exports them: one XML file
// with a message in each entry.
func (p *Practice) WriteATNADocument(w io.Writer, in Window) error {
	b := []byte("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<AuditLog host=\"" + atnaHost + "\">\n")
	for _, a := range p.Between(Imaging, in.From, in.To) {
		b = append(b, "<Entry number=\""+strconv.FormatInt(a.Number, 10)+"\">"+p.auditMessage(a, "\n  ")+"\n</Entry>\n"...)
	}
	_, err := w.Write(append(b, "</AuditLog>\n"...))
	return err
}

// auditMessage is the DICOM audit message of an access. Every part of it begins
// with the given line break.
func (p *Practice) auditMessage(a Access, indent string) string {
	userName, role, patientName := p.describe(a)
	kind, subKind, letter := classifyATNA(a)
	outcome := "0"
	if a.Outcome == ingest.OutcomeFailure {
		outcome = "4"
	}
	m := markup{indent: indent}
	m.text("<AuditMessage>")
	m.open("EventIdentification", "EventActionCode", letter, "EventDateTime", a.At.In(p.Zone).Format(fhirTime), "EventOutcomeIndicator", outcome)
	m.code("EventID", kind, "DCM")
	if subKind[0] != "" {
		m.code("EventTypeCode", subKind, "DCM")
	}
	m.text("</EventIdentification>")
	m.open("ActiveParticipant", "UserID", a.UserID, "UserName", userName, "UserIsRequestor", "true",
		"NetworkAccessPointID", a.IP, "NetworkAccessPointTypeCode", "2")
	if a.UserType == ingest.UserPatient {
		m.code("RoleIDCode", [2]string{"PAT", "Patient"}, "99MAPLE")
	} else {
		m.code("RoleIDCode", [2]string{"staff", role}, "99MAPLE")
	}
	m.text("</ActiveParticipant>")
	if a.Workstation != "" {
		m.open("ActiveParticipant", "UserID", a.Workstation, "UserIsRequestor", "false",
			"NetworkAccessPointID", a.Workstation, "NetworkAccessPointTypeCode", "1")
		m.code("RoleIDCode", [2]string{"110150", "Application"}, "DCM")
		m.text("</ActiveParticipant>")
	}
	m.open("AuditSourceIdentification", "AuditEnterpriseSiteID", "maple-street", "AuditSourceID", "imaging")
	m.code("AuditSourceTypeCode", [2]string{"4", "Application Server Process"}, "DCM")
	m.text("</AuditSourceIdentification>")
	p.atnaObjects(&m, a, patientName)
	m.text(indent[:min(1, len(indent))] + "</AuditMessage>")
	return m.b.String()
}

// atnaObjects are the patient and the study or document, if any.
func (p *Practice) atnaObjects(m *markup, a Access, patientName string) {
	if a.PatientID == "" {
		return
	}
	m.open("ParticipantObjectIdentification", "ParticipantObjectID", a.PatientID+"^^^MAPLE&2.999.7&ISO",
		"ParticipantObjectTypeCode", "1", "ParticipantObjectTypeCodeRole", "1")
	m.code("ParticipantObjectIDTypeCode", [2]string{"2", "Patient Number"}, "RFC-3881")
	m.text("<ParticipantObjectName>")
	m.escape(patientName)
	m.text("</ParticipantObjectName></ParticipantObjectIdentification>")
	day := a.At.In(p.Zone).Format("20060102")
	m.open("ParticipantObjectIdentification", "ParticipantObjectID", "2.999.7."+a.PatientID+"."+day,
		"ParticipantObjectTypeCode", "2", "ParticipantObjectTypeCodeRole", "3")
	if a.Record == ingest.RecordImaging {
		m.code("ParticipantObjectIDTypeCode", [2]string{"110180", "Study Instance UID"}, "DCM")
	} else {
		m.code("ParticipantObjectIDTypeCode", [2]string{"urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1", "XDSDocumentEntry"}, "IHE XDS Metadata")
	}
	m.text("</ParticipantObjectIdentification>")
}

// classifyATNA returns the kind of the event, its type, and the action's letter.
func classifyATNA(a Access) (kind, subKind [2]string, action string) {
	switch a.Action {
	case ingest.ActionLogin, ingest.ActionLoginFailed:
		return [2]string{"110114", "User Authentication"}, [2]string{"110122", "Login"}, "E"
	case ingest.ActionLogout:
		return [2]string{"110114", "User Authentication"}, [2]string{"110123", "Logout"}, "E"
	case ingest.ActionSearch:
		return [2]string{"110112", "Query"}, [2]string{}, "E"
	case ingest.ActionView, ingest.ActionCreate, ingest.ActionUpdate, ingest.ActionDelete, ingest.ActionPrint, ingest.ActionExport,
		ingest.ActionBreakGlass, ingest.ActionOther:
	}
	if a.Record == ingest.RecordImaging {
		return [2]string{"110103", "DICOM Instances Accessed"}, [2]string{}, letter(a)
	}
	return [2]string{"110110", "Patient Record"}, [2]string{}, letter(a)
}

// markup builds XML.
type markup struct {
	b      bytes.Buffer
	indent string
}

// text adds markup as it stands.
func (m *markup) text(s string) { m.b.WriteString(s) }

// escape adds characters.
func (m *markup) escape(s string) {
	_ = xml.EscapeText(&m.b, []byte(s)) // a buffer takes everything
}

// open adds a start tag with names and values of attributes; empty values are
// left out.
func (m *markup) open(element string, attributes ...string) {
	m.text(m.indent)
	m.tag(element, attributes...)
	m.text(">")
}

// code adds an empty element for a code and its label.
func (m *markup) code(element string, code [2]string, system string) {
	m.tag(element, "csd-code", code[0], "codeSystemName", system, "originalText", code[1])
	m.text("/>")
}

func (m *markup) tag(element string, attributes ...string) {
	m.text("<" + element)
	for i := 0; i+1 < len(attributes); i += 2 {
		if attributes[i+1] == "" {
			continue
		}
		m.text(" " + attributes[i] + `="`)
		m.escape(attributes[i+1])
		m.text(`"`)
	}
}
