package healthlake_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/healthlake"
)

// nowhere takes rows and keeps none.
type nowhere struct{}

func (nowhere) WriteBatch(context.Context, ingest.Dataset, arrow.RecordBatch) error { return nil }
func (nowhere) WriteReject(context.Context, ingest.Reject) error                    { return nil }

func BenchmarkParse(b *testing.B) {
	const rows = 20_000
	var in bytes.Buffer
	in.WriteString(`{"Records":[`)
	at := time.Date(2024, 12, 12, 5, 0, 0, 0, time.UTC)
	for i := range rows {
		if i > 0 {
			in.WriteByte(',')
		}
		fmt.Fprintf(&in, `{"eventVersion":"1.09","userIdentity":{"type":"AssumedRole","principalId":"AROAX:nbell%d","arn":"arn:aws:sts::111122223333:assumed-role/Staff/nbell%d","accountId":"111122223333",`+
			`"sessionContext":{"sessionIssuer":{"type":"Role","userName":"Staff"},"attributes":{"mfaAuthenticated":"true"}}},"eventTime":"%s","eventSource":"healthlake.amazonaws.com","eventName":"ReadResource",`+
			`"awsRegion":"us-east-1","sourceIPAddress":"198.51.100.9","userAgent":"maple/1","requestParameters":{"datastoreId":"0a1b2c3d","resourceType":"Patient","resourceId":"%d"},"responseElements":null,`+
			`"requestID":"r-%d","eventID":"e-%d","readOnly":true,"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data"}`,
			i%40, i%40, at.Add(time.Duration(i)*time.Second).Format(time.RFC3339), i%5000, i, i)
	}
	in.WriteString("]}")
	data := in.Bytes()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		p, err := healthlake.Plugin().New(ingest.Settings{})
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
