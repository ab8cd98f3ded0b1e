package epic_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/epic"
)

// extract writes the access log of so many rows, twenty a minute.
func extract(rows int) []byte {
	var b bytes.Buffer
	b.WriteString("ACCESS_TIME,USER_ID,PAT_ID,METRIC_NAME,WORKSTATION_ID\n")
	start := time.Date(2024, 12, 21, 7, 0, 0, 0, time.UTC)
	all := append(documented(), heldOut()...)
	for i := range rows {
		fmt.Fprintf(&b, "%s,USER%02d,Z%06d,%s,NURSE-%02d\n", start.Add(time.Duration(i/20)*time.Minute).Format("1/2/06 15:04"),
			i%40, i%3000, all[i%len(all)].text, i%12)
	}
	return b.Bytes()
}

// heap remembers the largest heap that it saw.
type heap struct{ peak uint64 }

func (h *heap) WriteBatch(context.Context, ingest.Dataset, arrow.RecordBatch) error {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h.peak = max(h.peak, m.HeapAlloc)
	return nil
}

func (h *heap) WriteReject(context.Context, ingest.Reject) error { return nil }

// nowhere takes rows and drops them.
type nowhere struct{}

func (nowhere) WriteBatch(context.Context, ingest.Dataset, arrow.RecordBatch) error { return nil }
func (nowhere) WriteReject(context.Context, ingest.Reject) error                    { return nil }

func parse(tb testing.TB, r io.Reader, sink ingest.Sink) ingest.Counts {
	tb.Helper()
	p, err := epic.Plugin().New(ingest.Settings{})
	if err != nil {
		tb.Fatal(err)
	}
	w := ingest.NewWriter(sink, ingest.WriterOptions{})
	defer w.Release()
	if err := p.Parse(tb.Context(), ingest.Source{Name: "input", Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: r}, w); err != nil {
		tb.Fatal(err)
	}
	return w.Counts()
}

func BenchmarkExtract(b *testing.B) {
	const rows = 200_000
	data := extract(rows)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if got := parse(b, bytes.NewReader(data), nowhere{}).Rows[ingest.Events]; got != rows {
			b.Fatalf("%d rows, want %d", got, rows)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// A long extract needs a fixed amount of memory, also if every phrase is
// another one.
func TestMemoryIsBounded(t *testing.T) {
	const rows, limit = 120_000, 64 << 20
	pipe, in := io.Pipe()
	go func() {
		_, err := io.WriteString(in, "ACCESS_TIME,USER_ID,PAT_ID,METRIC_NAME\n")
		for i := 0; i < rows && err == nil; i++ {
			_, err = fmt.Fprintf(in, "12/21/19 7:21,NSHAW,Z%07d,%s viewed %d times\n", i, strings.Repeat("x", 80), i)
		}
		in.CloseWithError(err)
	}()
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	sink := &heap{}
	if got := parse(t, pipe, sink).Rows[ingest.Events]; got != rows {
		t.Errorf("%d rows, want %d", got, rows)
	}
	if grown := int64(sink.peak) - int64(before.HeapAlloc); grown > limit {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}
