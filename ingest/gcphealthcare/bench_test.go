package gcphealthcare_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/gcphealthcare"
)

// nowhere takes rows and keeps none.
type nowhere struct{}

func (nowhere) WriteBatch(context.Context, ingest.Dataset, arrow.RecordBatch) error { return nil }
func (nowhere) WriteReject(context.Context, ingest.Reject) error                    { return nil }

func BenchmarkParse(b *testing.B) {
	const rows = 20_000
	var in bytes.Buffer
	at := time.Date(2024, 12, 13, 5, 0, 0, 0, time.UTC)
	for i := range rows {
		fmt.Fprintf(&in, `{"insertId":"i-%d","logName":"projects/maple/logs/cloudaudit.googleapis.com%%2Fdata_access","timestamp":"%s","receiveTimestamp":"2024-12-13T05:00:00Z","severity":"INFO",`+
			`"resource":{"type":"healthcare_fhir_store","labels":{"project_id":"maple","location":"us"}},"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","status":{},`+
			`"authenticationInfo":{"principalEmail":"nbell%d@maple.example"},"requestMetadata":{"callerIp":"198.51.100.9","callerSuppliedUserAgent":"maple/1","requestAttributes":{},"destinationAttributes":{}},`+
			`"serviceName":"healthcare.googleapis.com","methodName":"google.cloud.healthcare.v1.fhir.rest.FhirService.ReadResource",`+
			`"authorizationInfo":[{"resource":"projects/maple","permission":"healthcare.fhirResources.get","granted":true}],`+
			`"resourceName":"projects/maple/locations/us/datasets/d/fhirStores/x/fhir/Patient/%d"}}`+"\n",
			i, at.Add(time.Duration(i)*time.Second).Format(time.RFC3339), i%40, i%5000)
	}
	data := in.Bytes()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		p, err := gcphealthcare.Plugin().New(ingest.Settings{})
		if err != nil {
			b.Fatal(err)
		}
		w := ingest.NewWriter(nowhere{}, ingest.WriterOptions{})
		src := ingest.Source{Name: "bench", Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: bytes.NewReader(data)}
		if err := p.Parse(b.Context(), src, w); err != nil {
			b.Fatal(err)
		}
		if err := w.Flush(b.Context()); err != nil {
			b.Fatal(err)
		}
		if got := w.Counts().Rows[ingest.Events]; got != rows {
			b.Fatalf("got %d rows, want %d", got, rows)
		}
		w.Release()
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
