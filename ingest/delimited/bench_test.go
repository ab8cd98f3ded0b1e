package delimited_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/delimited"
)

// discard is a sink that keeps nothing.
type discard struct{ rows, rejects int64 }

func (d *discard) WriteBatch(_ context.Context, _ ingest.Dataset, b arrow.RecordBatch) error {
	d.rows += b.NumRows()
	return nil
}

func (d *discard) WriteReject(context.Context, ingest.Reject) error {
	d.rejects++
	return nil
}

// accessLog returns a log of the generic profile with twelve columns.
func accessLog(rows int, stamp string) []byte {
	var b bytes.Buffer
	b.WriteString("event_id,timestamp,user_id,user_name,role,patient_id,patient_name,action,record_type,workstation,ip,outcome\n")
	at := time.Date(2025, 1, 2, 8, 0, 0, 0, time.UTC)
	actions := []string{"view", "view", "update", "Viewed", "create", "print"}
	records := []string{"appointment", "clinical_note", "lab_result", "demographics", "billing"}
	for i := range rows {
		at = at.Add(time.Duration(i%7) * time.Second)
		fmt.Fprintf(&b, "%d,%s,u%03d,\"Doe, Jane %d\",nurse,%d,Pat Example %d,%s,%s,WS-%02d,10.0.%d.%d,success\n",
			1000000+i, at.Format(stamp), i%60, i%60, 10000+i%9000, i%9000,
			actions[i%len(actions)], records[i%len(records)], i%25, i%4, i%250)
	}
	return b.Bytes()
}

func BenchmarkParse(b *testing.B) {
	const rows = 200_000
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		b.Fatal(err)
	}
	mapping := []byte(`
version: 1
name: bench
columns:
  - {field: occurred_at, column: timestamp, format: [MM/DD/YYYY h:mm:ss A]}
  - {field: user_id, column: user_id}
  - {field: user_name, column: user_name, split: last_first}
  - {field: user_role, column: role}
  - {field: patient_id, column: patient_id}
  - {field: patient_name, column: patient_name}
  - {field: action, column: action}
  - {field: record_type, column: record_type}
  - {field: workstation, column: workstation}
  - {field: ip, column: ip}
  - {field: outcome, column: outcome}
  - {field: source_event_id, column: event_id}
`)
	for _, bb := range []struct {
		name, stamp string
		settings    ingest.Settings
	}{
		{name: "generic", stamp: "2006-01-02 15:04:05"},
		{name: "twelve-hour", stamp: "01/02/2006 3:04:05 PM", settings: ingest.Settings{Mapping: mapping}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			data := accessLog(rows, bb.stamp)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				parser, err := delimited.Plugin().New(bb.settings)
				if err != nil {
					b.Fatal(err)
				}
				sink := &discard{}
				w := ingest.NewWriter(sink, ingest.WriterOptions{})
				src := ingest.Source{Name: "log.csv", Zone: zone, ZoneBasis: ingest.TZSourceSetting, Data: bytes.NewReader(data)}
				if err := parser.Parse(b.Context(), src, w); err != nil {
					b.Fatal(err)
				}
				if err := w.Flush(b.Context()); err != nil {
					b.Fatal(err)
				}
				w.Release()
				if sink.rows != rows || sink.rejects != 0 {
					b.Fatalf("%d rows and %d rejects, want %d rows", sink.rows, sink.rejects, rows)
				}
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkTableReader is the part of the above that is not the mapping.
func BenchmarkTableReader(b *testing.B) {
	data := accessLog(200_000, "2006-01-02 15:04:05")
	b.ReportAllocs()
	for b.Loop() {
		t := ingest.NewTableReader(bytes.NewReader(data), ',')
		t.SetFields(12)
		n := 0
		for {
			if _, err := t.Next(); err != nil {
				break
			}
			n++
		}
		if n != 200_001 {
			b.Fatal(n)
		}
	}
	b.ReportMetric(200_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
