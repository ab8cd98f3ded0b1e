package normalized_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
	"github.com/chartwatch/chartwatch/ingest/normalized"
)

// foreign builds a batch as another program would: its own column order and
// types, no metadata, most columns missing.
func foreign(t *testing.T, fields []arrow.Field, rows string) arrow.RecordBatch {
	t.Helper()
	batch, _, err := array.RecordFromJSON(memory.DefaultAllocator, arrow.NewSchema(fields, nil), strings.NewReader(rows))
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

func asArrowFile(t *testing.T, batch arrow.RecordBatch) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := ipc.NewFileWriter(&out, ipc.WithSchema(batch.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(batch); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asArrowStream(t *testing.T, batch arrow.RecordBatch) []byte {
	t.Helper()
	var out bytes.Buffer
	w := ipc.NewWriter(&out, ipc.WithSchema(batch.Schema()))
	if err := w.Write(batch); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asParquet(t *testing.T, batch arrow.RecordBatch) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := pqarrow.NewFileWriter(batch.Schema(), &out, parquet.NewWriterProperties(), pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteBuffered(batch); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func columnarForms() map[string]func(*testing.T, arrow.RecordBatch) []byte {
	return map[string]func(*testing.T, arrow.RecordBatch) []byte{
		"arrow-file": asArrowFile, "arrow-stream": asArrowStream, "parquet": asParquet,
	}
}

func instants(unit arrow.TimeUnit, zone string) arrow.DataType {
	return &arrow.TimestampType{Unit: unit, TimeZone: zone}
}

func TestForeignColumnarFiles(t *testing.T) {
	batch := foreign(t, []arrow.Field{
		{Name: "user_id", Type: arrow.BinaryTypes.LargeString, Nullable: true},
		{Name: "action", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "occurred_at", Type: instants(arrow.Millisecond, "UTC"), Nullable: true},
		{Name: "n_records", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
		{Name: "break_glass", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
	}, `[
		{"user_id":"mdoyle","action":"view","occurred_at":"2025-05-05T10:00:00.250Z","n_records":4,"break_glass":true},
		{"user_id":"mdoyle","action":"view"},
		{"user_id":"mdoyle","action":"peeked","occurred_at":"2025-05-05T10:00:00Z"},
		{"occurred_at":"2025-05-05T10:00:00Z"},
		{"action":"login","occurred_at":"1799-05-05T10:00:00Z"},
		{"action":"login","occurred_at":"2025-05-05T10:00:00Z","n_records":-4},
		{"action":"login","occurred_at":"2025-05-05T10:00:00Z"}
	]`)
	wantRows := []string{
		`{"dataset":"events","line":1,"part":0,"occurred_at":"2025-05-05T10:00:00.25Z","tz_basis":"explicit","user_id":"mdoyle",` +
			`"action":"view","outcome":"unknown","break_glass":true,"n_records":4,"granularity":"event"}`,
		`{"dataset":"events","line":7,"part":0,"occurred_at":"2025-05-05T10:00:00Z","tz_basis":"explicit",` +
			`"action":"login","outcome":"unknown","break_glass":false,"granularity":"event"}`,
	}
	wantRejects := []string{
		`line 2, column "occurred_at": missing_time`, `line 3, column "action": bad_value`,
		`line 4, column "action": missing_field`, `line 5, column "occurred_at": bad_time`, `line 6, column "n_records": bad_value`,
	}
	for name, form := range columnarForms() {
		t.Run(name, func(t *testing.T) {
			got, err := parse(t, form(t, batch))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(wantRows, got.Lines); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			var rejects []string
			for _, r := range got.Rejects {
				rejects = append(rejects, r.String())
			}
			if diff := cmp.Diff(wantRejects, rejects); diff != "" {
				t.Errorf("rejects (-want +got):\n%s", diff)
			}
			raw := `{"dataset":"events","user_id":"mdoyle","action":"peeked","occurred_at":"2025-05-05T10:00:00Z"}`
			if diff := cmp.Diff(raw, string(got.Rejects[1].Raw)); diff != "" {
				t.Errorf("raw row (-want +got):\n%s", diff)
			}
		})
	}
}

func TestColumnarSchemasThatAreRefused(t *testing.T) {
	text, utc := arrow.BinaryTypes.String, instants(arrow.Microsecond, "UTC")
	meta := arrow.NewMetadata([]string{"chartwatch.dataset"}, []string{"weather"})
	cases := map[string]struct {
		fields []arrow.Field
		meta   *arrow.Metadata
		want   string
	}{
		"no-action":      {[]arrow.Field{{Name: "occurred_at", Type: utc}}, nil, `the column "action" of the dataset events is missing`},
		"text-as-number": {[]arrow.Field{{Name: "occurred_at", Type: utc}, {Name: "action", Type: arrow.PrimitiveTypes.Int64}}, nil, `column "action": want utf8, the file has int64`},
		"text-as-time":   {[]arrow.Field{{Name: "occurred_at", Type: text}, {Name: "action", Type: text}}, nil, `column "occurred_at": want a timestamp with a time zone, the file has utf8`},
		"no-zone": {
			[]arrow.Field{{Name: "occurred_at", Type: instants(arrow.Microsecond, "")}, {Name: "action", Type: text}},
			nil,
			`column "occurred_at": want a timestamp with a time zone, the file has a timestamp without one`,
		},
		"unknown":  {[]arrow.Field{{Name: "occurred_at", Type: utc}, {Name: "action", Type: text}, {Name: "colour", Type: text}}, nil, `column 3 is not a column of the dataset events`},
		"content":  {[]arrow.Field{{Name: "occurred_at", Type: utc}, {Name: "action", Type: text}, {Name: "Ana B", Type: text}}, nil, `column 3 is not a column of the dataset events`},
		"repeated": {[]arrow.Field{{Name: "occurred_at", Type: utc}, {Name: "action", Type: text}, {Name: "action", Type: text}}, nil, `the column "action" appears twice`},
		"dataset":  {[]arrow.Field{{Name: "occurred_at", Type: utc}, {Name: "action", Type: text}}, &meta, `the schema's metadata "chartwatch.dataset" names no dataset`},
	}
	for name, c := range cases {
		for form, write := range columnarForms() {
			if form == "parquet" && name == "dataset" {
				continue // Parquet keeps the metadata elsewhere
			}
			t.Run(name+"-"+form, func(t *testing.T) {
				schema := arrow.NewSchema(c.fields, c.meta)
				b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
				_, err := parse(t, write(t, b.NewRecordBatch()))
				if err == nil || err.Error() != c.want {
					t.Errorf("got error %v, want %s", err, c.want)
				}
			})
		}
	}
}

func parse(t *testing.T, data []byte) (ingesttest.Result, error) {
	t.Helper()
	return ingesttest.Parse(t.Context(), normalized.Plugin(), ingest.Settings{}, "export", time.UTC, data)
}

// TestDamagedColumnarFiles flips bytes all over a file and cuts it off. Nothing
// may panic, and what is read must still add up, which Parse checks.
func TestDamagedColumnarFiles(t *testing.T) {
	for _, form := range []string{"arrow", "parquet"} {
		data, _ := export(t, form, ingest.Events, writeEvents(40))
		t.Run(form, func(t *testing.T) {
			failed := 0
			for i := 4; i < len(data); i += 1 + len(data)/300 {
				for _, bit := range []byte{0x01, 0x80, 0xff} {
					damaged := bytes.Clone(data)
					damaged[i] ^= bit
					if _, err := parse(t, damaged); err != nil {
						failed++
						checkMessage(t, err)
					}
				}
				if _, err := parse(t, data[:i]); err == nil && form == "parquet" {
					t.Errorf("cut off at %d and still read", i)
				}
			}
			if failed == 0 {
				t.Error("no damage was noticed")
			}
		})
	}
}

func checkMessage(t *testing.T, err error) {
	t.Helper()
	for _, cell := range []string{"user1", "Doyle", "Ünal", "rkovacs"} {
		if strings.Contains(err.Error(), cell) {
			t.Errorf("the error quotes %q: %v", cell, err)
		}
	}
}

func TestDataBehindAStreamIsNotLost(t *testing.T) {
	data, _ := export(t, "arrow", ingest.Events, writeEvents(1))
	_, err := parse(t, append(data, data...))
	if err == nil || err.Error() != "there is more data behind the end of the stream" {
		t.Errorf("got error %v", err)
	}
}
