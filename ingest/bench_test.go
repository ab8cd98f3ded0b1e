package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/chartwatch/chartwatch/ingest"
)

// nothing is a sink that only counts rows.
type nothing struct{ rows int64 }

func (n *nothing) WriteBatch(_ context.Context, _ ingest.Dataset, b arrow.RecordBatch) error {
	n.rows += b.NumRows()
	return nil
}

func (n *nothing) WriteReject(context.Context, ingest.Reject) error { return nil }

// benchmarkTable returns a log of rows of twelve columns.
func benchmarkTable(rows int) []byte {
	var b bytes.Buffer
	b.WriteString("id,at,user,name,role,patient,patient_name,action,record,workstation,ip,outcome\n")
	for i := range rows {
		fmt.Fprintf(&b, "%d,2025-05-%02d %02d:%02d:%02d,user%02d,Maeve Doyle,nurse,%06d,\"Brightwater, Ana\",view,lab_result,FRONT-%d,10.0.0.%d,success\n",
			i, i%28+1, i%24, i%60, i%59, i%40, i%5000, i%9, i%200)
	}
	return b.Bytes()
}

func BenchmarkTableReader(b *testing.B) {
	const rows = 200_000
	data := benchmarkTable(rows)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		table := ingest.NewTableReader(bytes.NewReader(data), ',')
		table.SetFields(12)
		n := 0
		for {
			row, err := table.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || row.Problem != "" {
				b.Fatal(err, row.Problem)
			}
			n++
		}
		if n != rows+1 {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func benchmarkEvent(i int) ingest.Event {
	return ingest.Event{
		Line: int64(i), SourceEventID: "1234567", At: time.Unix(1_750_000_000+int64(i), 0).UTC(), TZBasis: ingest.TZSourceSetting,
		UserID: "user17", UserName: "Maeve Doyle", UserRole: "nurse", PatientID: "004711", PatientName: "Brightwater, Ana",
		Action: ingest.ActionView, ActionRaw: "view", RecordType: ingest.RecordLabResult, Workstation: "FRONT-2", IP: "10.0.0.7",
		Outcome: ingest.OutcomeSuccess, Granularity: ingest.GranularityEvent,
	}
}

func BenchmarkWriterEvent(b *testing.B) {
	w := ingest.NewWriter(&nothing{}, ingest.WriterOptions{})
	defer w.Release()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := w.Event(b.Context(), benchmarkEvent(i)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkClock(b *testing.B) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		b.Fatal(err)
	}
	clock := ingest.NewLocalClock(zone, ingest.TZAssumed)
	wall := time.Date(2025, 5, 5, 10, 0, 0, 0, time.UTC)
	for b.Loop() {
		wall = wall.Add(time.Second)
		clock.Resolve(wall)
	}
}
