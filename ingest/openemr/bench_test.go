package openemr_test

import (
	"bytes"
	"context"
	"crypto/sha3"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/openemr"
)

// logRow is a row of the log as release 6 writes it; empty patient and notes
// are null and empty.
type logRow struct {
	id                                   int
	date, event, category, user, comment string
	patient                              string
	success                              string
}

// checksum computes the product's checksum of the row.
func (r logRow) checksum() string {
	sum := sha3.Sum512([]byte(r.date + r.event + r.category + r.user + "Default" + r.comment + r.patient + r.success + "open-emr"))
	return hex.EncodeToString(sum[:])
}

func (r logRow) tuple() string {
	patient := r.patient
	if patient == "" {
		patient = "NULL"
	}
	return fmt.Sprintf("(%d,'%s','%s','%s','%s','Default','%s','',%s,%s,NULL,'','open-emr',NULL,NULL)",
		r.id, r.date, r.event, r.category, r.user, r.comment, patient, r.success)
}

func (r logRow) check() string {
	return fmt.Sprintf("(%d,%d,'No','%s','',4)", r.id, r.id, r.checksum())
}

// dumpOf writes a dump with its tables in alphabetical order and long lines.
func dumpOf(rows []logRow) []byte {
	var b bytes.Buffer
	b.WriteString("-- MySQL dump\n")
	write := func(table string, tuple func(logRow) string) {
		for i, r := range rows {
			switch {
			case i%5000 == 0 && i > 0:
				b.WriteString(";\n")
				fallthrough
			case i == 0:
				b.WriteString("INSERT INTO `" + table + "` VALUES ")
			default:
				b.WriteByte(',')
			}
			b.WriteString(tuple(r))
		}
		b.WriteString(";\n")
	}
	write("log", logRow.tuple)
	write("log_comment_encrypt", logRow.check)
	return b.Bytes()
}

// manyRows makes rows of a usual mixture and length.
func manyRows(n int) []logRow {
	start := time.Date(2025, 3, 3, 8, 0, 0, 0, time.UTC)
	rows := make([]logRow, n)
	for i := range rows {
		sql := fmt.Sprintf("SELECT id, type, date, pid, title FROM pnotes WHERE pid = ? AND activity = 1 ORDER BY date DESC ('%d',)", i)
		r := logRow{
			id: i + 1, date: start.Add(time.Duration(i/8) * time.Second).Format(time.DateTime),
			event: "patient-record-select", category: "Clinical Mail", user: fmt.Sprintf("user%02d", i%40),
			comment: base64.StdEncoding.EncodeToString([]byte(sql)), patient: strconv.Itoa(i%3000 + 1), success: "1",
		}
		if i%4 == 0 {
			r.event, r.category, r.patient = "scheduling-select", "Scheduling", ""
		}
		rows[i] = r
	}
	return rows
}

// nowhere takes rows and drops them.
type nowhere struct{}

func (nowhere) WriteBatch(context.Context, ingest.Dataset, arrow.RecordBatch) error { return nil }
func (nowhere) WriteReject(context.Context, ingest.Reject) error                    { return nil }

func BenchmarkDump(b *testing.B) {
	const rows = 200_000
	data := dumpOf(manyRows(rows))
	parser, err := openemr.Plugin().New(ingest.Settings{})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		w := ingest.NewWriter(nowhere{}, ingest.WriterOptions{})
		source := ingest.Source{Name: "log.sql", Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: bytes.NewReader(data)}
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
