package azurefhir_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/azurefhir"
)

// nowhere takes rows and keeps none.
type nowhere struct{}

func (nowhere) WriteBatch(context.Context, ingest.Dataset, arrow.RecordBatch) error { return nil }
func (nowhere) WriteReject(context.Context, ingest.Reject) error                    { return nil }

// azureRows writes requests that start and end, in the layouts of the table.
func azureRows(rows int, csv bool) []byte {
	var b bytes.Buffer
	if csv {
		b.WriteString("TimeGenerated,OperationName,FhirResourceType,RequestUri,ResultType,StatusCode,CallerIdentity,CallerIdentityObjectId,CallerIPAddress,CorrelationId,_ResourceId\n")
	}
	at := time.Date(2024, 12, 11, 5, 0, 0, 0, time.UTC)
	for i := range 2 * rows {
		result, status := "Started", ""
		if i%2 == 1 {
			result, status = "Succeeded", "200"
		}
		n := i / 2
		const objects = `{"TenantId":"t","TimeGenerated":"%s","OperationName":"read","FhirResourceType":"Observation","RequestUri":"https://maple.azurehealthcareapis.com/Observation?patient=%d&_count=50",` +
			`"ResultType":"%s","StatusCode":"%s","CallerIdentity":{"oid":"u-%d","name":"Nora Bell"},"CallerIdentityObjectId":"u-%d","CallerIPAddress":"198.51.100.9","CorrelationId":"c-%d",` +
			`"LogCategory":"AuditLogs","OperationDuration":12,"Type":"MicrosoftHealthcareApisAuditLogs","_ResourceId":"/subscriptions/s/services/maple"}` + "\n"
		form := objects
		if csv {
			form = `%s,read,Observation,https://maple.azurehealthcareapis.com/Observation?patient=%d&_count=50,%s,%s,"{""oid"":""u-%d"",""name"":""Nora Bell""}",u-%d,198.51.100.9,c-%d,/subscriptions/s/services/maple` + "\n"
		}
		fmt.Fprintf(&b, form, at.Add(time.Duration(n)*time.Second).Format(time.RFC3339), n%5000, result, status, n%40, n%40, n)
	}
	return b.Bytes()
}

func BenchmarkParse(b *testing.B) {
	const rows = 20_000
	for _, c := range []struct {
		name string
		data []byte
	}{{"json", azureRows(rows, false)}, {"csv", azureRows(rows, true)}} {
		b.Run(c.name, func(b *testing.B) {
			data := c.data
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				p, err := azurefhir.Plugin().New(ingest.Settings{})
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
			b.ReportMetric(2*rows*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
