package fhiraudit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/fhiraudit"
)

// event is a small event; the filler goes into its narrative.
func event(id, filler string) string {
	return fmt.Sprintf(`{"resourceType":"AuditEvent","id":%q,"text":{"div":%q},"recorded":"2025-03-04T14:00:00Z","action":"R"}`, id, filler)
}

// parseStream parses data without going through detection.
func parseStream(t *testing.T, r io.Reader, sink ingest.Sink) (ingest.Counts, error) {
	t.Helper()
	p, err := fhiraudit.Plugin().New(ingest.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	w := ingest.NewWriter(sink, ingest.WriterOptions{})
	defer w.Release()
	err = p.Parse(t.Context(), ingest.Source{Name: "input", Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: r}, w)
	return w.Counts(), err
}

// A file of many batches gives its rows and rejects in its own order, whatever
// the number of workers.
func TestManyBatchesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	var data bytes.Buffer
	var wantIDs, wantRejects []string
	for i := range 9000 {
		if i%1000 == 500 {
			fmt.Fprintf(&data, "{\"resourceType\":\"AuditEvent\",\n")
			wantRejects = append(wantRejects, fmt.Sprintf("line %d: bad_syntax", i+1))
			continue
		}
		id := fmt.Sprintf("e%d", i)
		wantIDs = append(wantIDs, id)
		data.WriteString(event(id, strings.Repeat("x", i%300)) + "\n")
	}
	got := parse(t, data.Bytes())
	var ids, rejects []string
	for _, row := range got.Rows() {
		id, _ := row["source_event_id"].(string)
		if want := float64(len(ids)); row["line"].(float64) < want {
			t.Fatalf("row %v stands on line %v", id, row["line"])
		}
		ids = append(ids, id)
	}
	for _, r := range got.Rejects {
		rejects = append(rejects, r.String())
	}
	if diff := cmp.Diff(wantIDs, ids); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantRejects, rejects); diff != "" {
		t.Errorf("rejects (-want +got):\n%s", diff)
	}
}

// A record above the limit is rejected where it stands, and what follows is read.
func TestTooLongRecords(t *testing.T) {
	t.Parallel()
	long := event("long", strings.Repeat("x", ingest.MaxLine))
	a, b := event("a", ""), event("b", "")
	xmlEvent := func(id, filler string) string {
		return `<AuditEvent><id value="` + id + `"/><text><div>` + filler + `</div></text><recorded value="2025-03-04T14:00:00Z"/></AuditEvent>`
	}
	for _, c := range []struct {
		name, data string
		line       int64
	}{
		{"lines", a + "\n" + long + "\n" + b + "\n", 2},
		{"array", "[\n" + a + ",\n" + long + ",\n" + b + "\n]", 3},
		{"documents", "{\"id\":\n\"none\",\"resourceType\":\"Basic\"}\n" + a + "\n" + long + "\n" + b, 4},
		{"bundle", `{"resourceType":"Bundle","entry":[{"resource":` + a + "},\n{\"resource\":" + long + "},\n{\"resource\":" + b + "}]}", 2},
		{
			"xml", `<Bundle xmlns="http://hl7.org/fhir"><entry><resource>` + xmlEvent("a", "") + "</resource></entry>\n<entry><resource>" +
				xmlEvent("long", strings.Repeat("x", ingest.MaxLine)) + "</resource></entry>\n<entry><resource>" + xmlEvent("b", "") +
				"</resource></entry></Bundle>", 2,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := parse(t, []byte(c.data))
			var ids []any
			for _, row := range got.Rows() {
				ids = append(ids, row["source_event_id"])
			}
			if diff := cmp.Diff([]any{"a", "b"}, ids); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
			if len(got.Rejects) != 1 || got.Rejects[0].Reason != ingest.ReasonTooLong || got.Rejects[0].Line != c.line {
				t.Fatalf("got rejects %v, want one for a record that is too long on line %d", got.Rejects, c.line)
			}
			if n := len(got.Rejects[0].Raw); n != ingest.MaxRaw {
				t.Errorf("got %d raw bytes, want %d", n, ingest.MaxRaw)
			}
		})
	}
}

// An identifier longer than a column rejects its event, a label is shortened.
func TestLongFields(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", ingest.MaxField)
	got := parse(t, []byte(
		`{"resourceType":"AuditEvent","id":"a","recorded":"2025-03-04T14:00:00Z","outcome":"8","outcomeDesc":"`+long+`"}`+"\n"+
			`{"resourceType":"AuditEvent","id":"b","recorded":"2025-03-04T14:00:00Z","agent":[{"who":{"identifier":{"value":"`+long+`"}},"requestor":true}]}`+"\n"))
	rows := got.Rows()
	if len(rows) != 1 || len(got.Rejects) != 1 {
		t.Fatalf("got %d rows and %d rejects, want one of each", len(rows), len(got.Rejects))
	}
	reason, _ := rows[0]["outcome_reason"].(string)
	if !strings.HasSuffix(reason, "ü…") || len(reason) > ingest.MaxField || len(reason) < ingest.MaxField-3 {
		t.Errorf("got a reason of %d bytes", len(reason))
	}
	if r := got.Rejects[0]; r.String() != `line 2, column "user_id": too_long` || r.At.IsZero() || len(r.Raw) == 0 {
		t.Errorf("got %s at %s with %d raw bytes", r, r.At, len(r.Raw))
	}
}

func TestRejectsCarryWhatIsKnown(t *testing.T) {
	t.Parallel()
	const broken = `{"resourceType":"AuditEvent","id":"a","recorded":"soon","entity":[{"what":{"reference":"Patient/12"}}]}`
	got := parse(t, []byte(`{"resourceType":"Bundle","entry":[{"resource":`+broken+`}]}`))
	if len(got.Rejects) != 1 {
		t.Fatalf("got %d rejects, want 1", len(got.Rejects))
	}
	if r := got.Rejects[0]; r.PatientID != "12" || string(r.Raw) != broken || r.Column != "recorded" {
		t.Errorf("got %s, patient %q, raw %q", r, r.PatientID, r.Raw)
	}
}

// A last line without a line ending is cut off, one in the middle is broken.
func TestCutOffLine(t *testing.T) {
	t.Parallel()
	got := parse(t, []byte(event("a", "")+"\n"+event("b", "")[:60]))
	if len(got.Lines) != 1 || len(got.Rejects) != 1 || got.Rejects[0].String() != "line 2: truncated" {
		t.Fatalf("got %d rows and rejects %v", len(got.Lines), got.Rejects)
	}
	if len(got.Counts.Notes) != 1 || got.Counts.Notes[0].Kind != ingest.NoteTruncated {
		t.Errorf("got notes %v", got.Counts.Notes)
	}
}

// A document type declaration is refused wherever it stands.
func TestLateDocType(t *testing.T) {
	t.Parallel()
	data := `<Bundle xmlns="http://hl7.org/fhir">` + strings.Repeat("\n<entry><resource><AuditEvent><id value=\"x\"/>"+
		"<recorded value=\"2025-03-04T14:00:00Z\"/></AuditEvent></resource></entry>", 3000) + "\n<!DOCTYPE x>\n</Bundle>"
	_, err := parseStream(t, strings.NewReader(data), nowhere{})
	if err == nil || !strings.HasPrefix(err.Error(), "line 3002: ") {
		t.Errorf("got error %v, want one that names line 3002", err)
	}
}

// Detection sees through a first event that is larger than the head.
func TestDetectLargeFirstEvent(t *testing.T) {
	t.Parallel()
	filler := strings.Repeat("x", 2*ingest.HeadSize)
	for name, data := range map[string]string{
		"json":   event("a", filler),
		"bundle": `{"resourceType":"Bundle","entry":[{"resource":` + event("a", filler) + `}]}`,
		"xml":    `<AuditEvent xmlns="http://hl7.org/fhir"><id value="` + filler + `"/></AuditEvent>`,
	} {
		p, err := fhiraudit.Plugin().New(ingest.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Detect(ingest.Head{Name: "input", Bytes: []byte(data[:ingest.HeadSize])}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An array of any size needs a fixed amount of memory.
func TestMemoryIsBounded(t *testing.T) {
	const events, limit = 150_000, 64 << 20
	one := event("a", strings.Repeat("x", 800)) + ","
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r := io.MultiReader(strings.NewReader("["), &repeatReader{text: one, n: events}, strings.NewReader("null]"))
	peak := &peakSink{}
	counts, err := parseStream(t, r, peak)
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if counts.Rows[ingest.Events] != events {
		t.Errorf("got %d rows, want %d", counts.Rows[ingest.Events], events)
	}
	if grown := int64(peak.heap) - int64(before.HeapAlloc); grown > limit {
		t.Errorf("the heap grew by %d MiB while %d MiB were read", grown>>20, events*len(one)>>20)
	}
}

// peakSink remembers the largest heap that it saw.
type peakSink struct {
	nowhere
	heap uint64
}

func (s *peakSink) WriteBatch(context.Context, ingest.Dataset, arrowBatch) error {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s.heap = max(s.heap, m.HeapAlloc)
	return nil
}

// repeatReader reads the same text n times.
type repeatReader struct {
	text string
	n    int
	rest string
}

func (r *repeatReader) Read(p []byte) (int, error) {
	if r.rest == "" {
		if r.n == 0 {
			return 0, io.EOF
		}
		r.n--
		r.rest = r.text
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// A read error or a cancelled context in the middle of a large file ends the
// run with that error.
func TestLargeFileFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	for name, prefix := range map[string]string{"lines": "", "array": "["} {
		sep := map[string]string{"lines": "\n", "array": ","}[name]
		data := prefix + strings.Repeat(event("a", strings.Repeat("x", 900))+sep, 4000)
		_, err := parseStream(t, io.MultiReader(strings.NewReader(data), failingReader{broken}), nowhere{})
		if !errors.Is(err, broken) {
			t.Errorf("%s: got error %v, want the reader's", name, err)
		}
		data = prefix + strings.Repeat(`{"resourceType":"AuditEvent"}`+sep, 40000)
		_, err = parseStream(t, strings.NewReader(data), failingSink{broken})
		if !errors.Is(err, broken) {
			t.Errorf("%s: got error %v, want the sink's", name, err)
		}
	}
}

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

type failingSink struct{ err error }

func (f failingSink) WriteBatch(context.Context, ingest.Dataset, arrowBatch) error { return f.err }
func (f failingSink) WriteReject(context.Context, ingest.Reject) error             { return f.err }
