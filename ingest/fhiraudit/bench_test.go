package fhiraudit_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/fhiraudit"
)

// benchEvent is a typical R4 event of a server: about 1.5 KB.
func benchEvent(i int) string {
	at := time.Date(2025, 3, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(i) * 731 * time.Millisecond)
	return fmt.Sprintf(`{"resourceType":"AuditEvent","id":"evt-%08d","meta":{"versionId":"1","lastUpdated":%q,`+
		`"profile":["https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientRead"]},`+
		`"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-event-type","code":"rest","display":"Restful Operation"},`+
		`"subtype":[{"system":"http://hl7.org/fhir/restful-interaction","code":"read","display":"read"}],`+
		`"action":"R","recorded":%q,"outcome":"0","purposeOfEvent":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"TREAT","display":"treatment"}]}],`+
		`"agent":[{"type":{"coding":[{"system":"http://dicom.nema.org/resources/ontology/DCM","code":"110153","display":"Source Role ID"}]},`+
		`"who":{"reference":"Device/ehr-server"},"requestor":false,"network":{"address":"http://fhir.example.org/r4","type":"5"}},`+
		`{"type":{"coding":[{"system":"http://dicom.nema.org/resources/ontology/DCM","code":"110152","display":"Destination Role ID"}]},`+
		`"who":{"display":"desk-%d"},"requestor":false,"network":{"address":"10.1.%d.%d","type":"2"}},`+
		`{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP","display":"information recipient"}]},`+
		`"who":{"identifier":{"system":"urn:oid:1.2.3","value":"user%03d"},"display":"User Number %d"},"requestor":true}],`+
		`"source":{"site":"Main Street","observer":{"reference":"Device/ehr-server"},"type":[{"system":"http://terminology.hl7.org/CodeSystem/security-source-type","code":"4","display":"Application Server"}]},`+
		`"entity":[{"what":{"reference":"Patient/p%05d"},"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"1","display":"Person"},`+
		`"role":{"system":"http://terminology.hl7.org/CodeSystem/object-role","code":"1","display":"Patient"}},`+
		`{"what":{"reference":"Observation/o%07d"},"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"2","display":"System Object"},`+
		`"role":{"system":"http://terminology.hl7.org/CodeSystem/object-role","code":"4","display":"Domain Resource"}}]}`,
		i, at.Format(time.RFC3339Nano), at.Format(time.RFC3339Nano), i%40, i%7, i%251, i%113, i%113, i%20011, i)
}

func benchInput(n int, before, between, after string) []byte {
	var b bytes.Buffer
	b.WriteString(before)
	for i := range n {
		if i > 0 {
			b.WriteString(between)
		}
		b.WriteString(benchEvent(i))
	}
	b.WriteString(after)
	return b.Bytes()
}

// dockerLines gives the events as texts in the lines of Docker's log.
func dockerLines(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `{"log":%q,"stream":"stdout","time":"2025-03-04T14:00:00Z"}`+"\n", benchEvent(i)+"\n")
	}
	return b.Bytes()
}

type arrowBatch = arrow.RecordBatch

type nowhere struct{}

func (nowhere) WriteBatch(context.Context, ingest.Dataset, arrowBatch) error { return nil }
func (nowhere) WriteReject(context.Context, ingest.Reject) error             { return nil }

func BenchmarkParse(b *testing.B) {
	const n = 20000
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"ndjson", benchInput(n, "", "\n", "\n")},
		{"array", benchInput(n, "[", ",\n", "]")},
		{"docker", dockerLines(n)},
		{"bundle", benchInput(n, `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":`, `},{"resource":`, "}]}")},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.data)))
			b.ReportAllocs()
			for b.Loop() {
				p, err := fhiraudit.Plugin().New(ingest.Settings{})
				if err != nil {
					b.Fatal(err)
				}
				w := ingest.NewWriter(nowhere{}, ingest.WriterOptions{})
				src := ingest.Source{Name: "bench", Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: bytes.NewReader(c.data)}
				if err := p.Parse(b.Context(), src, w); err != nil {
					b.Fatal(err)
				}
				if got := w.Counts().Rows[ingest.Events]; got != n {
					b.Fatalf("got %d rows, want %d", got, n)
				}
				w.Release()
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
