package opendental_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/opendental"
)

// logRow is a row of securitylog.
type logRow struct {
	num, perm, user int
	at, text        string
	patient         int
	previous        string // empty for none
}

func (r logRow) tuple() string {
	previous := r.previous
	if previous == "" {
		previous = "0001-01-01 00:00:00"
	}
	return fmt.Sprintf("(%d,%d,%d,'%s','%s',%d,'OP-%d',0,0,0,0,'%s')",
		r.num, r.perm, r.user, r.at, strings.ReplaceAll(r.text, "'", `\'`), r.patient, r.user%8, previous)
}

// hash computes the product's hash of the row.
func (r logRow) hash() string {
	var b []byte
	for _, u := range utf16.Encode([]rune(strconv.Itoa(r.perm) + strconv.Itoa(r.user) + r.at + r.text + strconv.Itoa(r.patient) + r.previous)) {
		b = append(b, byte(u), byte(u>>8))
	}
	sum := sha256.Sum256(b)
	return base64.StdEncoding.EncodeToString(sum[:])
}

func (r logRow) hashTuple() string { return fmt.Sprintf("(%d,%d,'%s')", r.num, r.num, r.hash()) }

// insertion writes INSERTs of at most 5000 rows, each on one line.
func insertion(table string, rows []logRow, tuple func(logRow) string) string {
	var b strings.Builder
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
	return b.String()
}

const users = "INSERT INTO `userod` (`UserNum`,`UserName`) VALUES (1,'ann'),(2,'ben'),(3,'cleo');\n"

// dumpOf writes a dump with its tables in alphabetical order.
func dumpOf(rows []logRow) []byte {
	return []byte("-- MySQL dump\n" + insertion("securitylog", rows, logRow.tuple) +
		insertion("securityloghash", rows, logRow.hashTuple) + users)
}

// manyRows makes rows of a usual mixture and length.
func manyRows(n int) []logRow {
	start := time.Date(2025, 2, 3, 8, 0, 0, 0, time.UTC)
	rows := make([]logRow, n)
	for i := range rows {
		r := logRow{
			num: i + 1, perm: i%7 + 1, user: i%3 + 1, patient: i%3000 + 1,
			at: start.Add(time.Duration(i) * 7 * time.Second).Format(time.DateTime),
		}
		if i%3 == 0 {
			r.perm, r.text = 108, "Patient's address changed from 1 Old Road to 2 New Road, number "+strconv.Itoa(i)
			r.previous = "2024-12-24 11:12:13"
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
	bench(b, dumpOf(manyRows(rows)), rows)
}

func BenchmarkQuery(b *testing.B) {
	const rows = 100_000
	var text strings.Builder
	text.WriteString("SecurityLogNum\tPermType\tUserNum\tLogDateTime\tLogText\tPatNum\tCompName\tFKey\tLogSource\tDateTPrevious\n")
	for _, r := range manyRows(rows) {
		fmt.Fprintf(&text, "%d\t%d\t%d\t%s\t%s\t%d\tOP-1\t0\t0\t%s\n", r.num, r.perm, r.user, r.at, r.text, r.patient, r.previous)
	}
	bench(b, []byte(text.String()), rows)
}

func bench(b *testing.B, data []byte, rows int64) {
	b.Helper()
	parser, err := opendental.Plugin().New(ingest.Settings{})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		w := ingest.NewWriter(nowhere{}, ingest.WriterOptions{})
		source := ingest.Source{Name: "input", Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: bytes.NewReader(data)}
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
