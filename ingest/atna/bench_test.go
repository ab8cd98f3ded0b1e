package atna_test

import (
	"bytes"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/atna"
)

// benchMessage is a typical message of an archive, about 1.8 KB.
func benchMessage(i int) string {
	at := time.Date(2025, 3, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(i) * 731 * time.Millisecond).Format(time.RFC3339Nano)
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<AuditMessage>
  <EventIdentification EventActionCode="R" EventDateTime=%q EventOutcomeIndicator="0">
    <EventID csd-code="110103" codeSystemName="DCM" originalText="DICOM Instances Accessed"/>
  </EventIdentification>
  <ActiveParticipant UserID="user%03d" UserName="User Number %d" UserIsRequestor="true" UserTypeCode="1" NetworkAccessPointID="10.1.%d.%d" NetworkAccessPointTypeCode="2">
    <UserIDTypeCode csd-code="113871" codeSystemName="DCM" originalText="Person ID"/>
  </ActiveParticipant>
  <ActiveParticipant UserID="http://pacs.example:8080/arc/aets/ARC/rs/studies/1.2.3.%d" AlternativeUserID="8804" UserIsRequestor="false" UserTypeCode="2" NetworkAccessPointID="pacs.example" NetworkAccessPointTypeCode="1">
    <UserIDTypeCode csd-code="12" codeSystemName="RFC-3881" originalText="URI"/>
  </ActiveParticipant>
  <AuditSourceIdentification AuditEnterpriseSiteID="birch" AuditSourceID="pacs">
    <AuditSourceTypeCode csd-code="4"/>
  </AuditSourceIdentification>
  <ParticipantObjectIdentification ParticipantObjectID="1.2.3.%d" ParticipantObjectTypeCode="2" ParticipantObjectTypeCodeRole="3">
    <ParticipantObjectIDTypeCode csd-code="110180" originalText="Study Instance UID" codeSystemName="DCM"/>
    <ParticipantObjectDetail type="StudyDate" value="MjAyNTAzMDE="/>
    <ParticipantObjectDescription><Accession Number="A-%d"/><SOPClass UID="1.2.840.10008.5.1.4.1.1.2" NumberOfInstances="120"/></ParticipantObjectDescription>
  </ParticipantObjectIdentification>
  <ParticipantObjectIdentification ParticipantObjectID="%d^^^BIRCH&amp;1.2.3.4&amp;ISO" ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1">
    <ParticipantObjectIDTypeCode csd-code="2" originalText="Patient Number" codeSystemName="RFC-3881"/>
    <ParticipantObjectName>PATIENT^NUMBER %d</ParticipantObjectName>
  </ParticipantObjectIdentification>
</AuditMessage>`, at, i%113, i%113, i%7, i%251, i, i, i, i%20011, i%20011)
}

func BenchmarkParse(b *testing.B) {
	const n = 20_000
	for _, c := range []struct {
		name string
		wrap func(message string) string
	}{
		{"syslog", func(m string) string { return "<85>1 2025-03-01T08:00:00.250Z pacs java 412 IHE+DICOM - " + m + "\n" }},
		{"counted", func(m string) string {
			m = "<85>1 2025-03-01T08:00:00.250Z pacs java 412 IHE+DICOM - " + m
			return strconv.Itoa(len(m)) + " " + m
		}},
		{"xml", func(m string) string { return m + "\n" }},
	} {
		b.Run(c.name, func(b *testing.B) {
			var data bytes.Buffer
			for i := range n {
				data.WriteString(c.wrap(benchMessage(i)))
			}
			parser, err := atna.Plugin().New(ingest.Settings{})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(data.Len()))
			b.ReportAllocs()
			for b.Loop() {
				w := ingest.NewWriter(&forgetful{}, ingest.WriterOptions{})
				source := ingest.Source{Name: "audit.log", Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: bytes.NewReader(data.Bytes())}
				if err := parser.Parse(b.Context(), source, w); err != nil {
					b.Fatal(err)
				}
				if got := w.Counts().Rows[ingest.Events]; got != n {
					b.Fatalf("%d rows, want %d", got, n)
				}
				w.Release()
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
