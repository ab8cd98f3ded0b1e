package touchworks_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/touchworks"
)

// openings writes a PatientAccessLog of so many rows.
func openings(rows int) []byte {
	const form = "2006-01-02 15:04:05.000"
	var b bytes.Buffer
	b.WriteString("UserID,HostName,PatientID,OpenDTTM,CloseDTTM,ExposureTime,BreakGlassStartDTTM,BreakGlassExposure,BreakGlassReason,DeviceUsed,BreakType\n")
	start := time.Date(2024, 12, 9, 7, 0, 0, 0, time.UTC)
	for i := range rows {
		at := start.Add(time.Duration(i) * 7 * time.Second)
		fmt.Fprintf(&b, "%d,TWWEB-0%d,%d,%s,%s,90,NULL,0,,W,N\n", 2000+i%40, i%4, 70000+i%3000, at.Format(form), at.Add(90*time.Second).Format(form))
	}
	return b.Bytes()
}

// nowhere takes rows and drops them.
type nowhere struct{}

func (nowhere) WriteBatch(context.Context, ingest.Dataset, arrow.RecordBatch) error { return nil }
func (nowhere) WriteReject(context.Context, ingest.Reject) error                    { return nil }

func BenchmarkCharts(b *testing.B) {
	const rows = 200_000
	data := openings(rows)
	parser, err := touchworks.Plugin().New(ingest.Settings{})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		w := ingest.NewWriter(nowhere{}, ingest.WriterOptions{})
		source := ingest.Source{Name: "PatientAccessLog.csv", Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: bytes.NewReader(data)}
		if err := parser.Parse(b.Context(), source, w); err != nil {
			b.Fatal(err)
		}
		if got := w.Counts().Rows[ingest.Events]; got != rows {
			b.Fatalf("%d rows, want %d", got, rows)
		}
		w.Release()
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
