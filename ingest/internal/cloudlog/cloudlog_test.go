package cloudlog_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/cloudlog"
)

// sink keeps "id outcome" of the events, and "line reason" of the rejects.
type sink struct{ events, rejects []string }

func (s *sink) WriteBatch(_ context.Context, _ ingest.Dataset, b arrow.RecordBatch) error {
	id, outcome := b.Schema().FieldIndices(ingest.ColSourceEventID)[0], b.Schema().FieldIndices("outcome")[0]
	for row := range int(b.NumRows()) {
		s.events = append(s.events, b.Column(id).ValueStr(row)+" "+b.Column(outcome).ValueStr(row))
	}
	return nil
}

func (s *sink) WriteReject(_ context.Context, r ingest.Reject) error {
	s.rejects = append(s.rejects, fmt.Sprintf("%d %s", r.Line, r.Reason))
	return nil
}

// walk returns "line id" of each record, the rejects, and the notes.
func walk(t *testing.T, in io.Reader) (records, rejects []string, notes []ingest.Note) {
	t.Helper()
	s := &sink{}
	w := ingest.NewWriter(s, ingest.WriterOptions{})
	defer w.Release()
	err := cloudlog.Each(t.Context(), ingest.Source{Data: in}, w, func(r cloudlog.Record) error {
		records = append(records, fmt.Sprintf("%d %s", r.Line, r.Object.Text("id")))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return records, s.rejects, w.Counts().Notes
}

func TestEach(t *testing.T) {
	long := `{"id":"x","t":"` + strings.Repeat("a", 5<<20) + `"}`
	for name, c := range map[string]struct {
		in               string
		records, rejects []string
		notes            int
	}{
		"lines":   {"{\"id\":\"1\"}\n{\"id\":2}\n", []string{"1 1", "2 2"}, nil, 0},
		"array":   {"[\n{\"id\":\"1\"},\n {\"id\":\"2\"}]", []string{"2 1", "3 2"}, nil, 0},
		"records": {"{\"Records\": [{\"id\":\"1\"},{\"id\":\"2\"}]}", []string{"1 1", "1 2"}, nil, 0},
		"joined": {
			"{\"Records\":[{\"id\":\"1\"}],\"next\":null,\"x\":[{\"id\":\"no\"}]}{\"Records\":[{\"id\":\"2\"}]}\n[]\n[{\"id\":\"3\"}]{\"id\":\"4\"}\n" +
				"{\"tables\":[{\"columns\":[{\"name\":\"id\"}],\"rows\":[[\"5\"]]}]}\n{\"value\":[{\"id\":\"6\"}]}",
			[]string{"1 1", "1 2", "3 3", "3 4", "4 5", "5 6"},
			nil, 0,
		},
		"an object left open": {"{\"Records\":[{\"id\":\"1\"}],\"ne", []string{"1 1"}, nil, 1},
		"no member behind it": {"{\"Records\":[{\"id\":\"1\"}], nonsense\n{\"id\":\"2\"}\n", []string{"1 1", "2 2"}, []string{"1 bad_syntax"}, 0},
		"empty array":         {"[]", nil, nil, 0},
		"nested brackets":     {`[{"id":"a","x":{"y":["}]",{}]}},{"id":"b"}]`, []string{"1 a", "1 b"}, nil, 0},
		"escaped quotes":      {`{"id":"a\"}","x":1}`, []string{`1 a"}`}, nil, 0},
		"not JSON between":    {"{\"id\":\"1\"}\nplain text\n{\"id\":\"2\"}\n", []string{"1 1", "3 2"}, []string{"2 bad_syntax"}, 0},
		"a missing quote":     {"{\"id\":\"1}\n{\"id\":\"2\"}\n", []string{"2 2"}, []string{"1 bad_syntax"}, 0},
		"bad JSON":            {"{\"id\":1,,}\n{\"id\":\"2\"}\n", []string{"2 2"}, []string{"1 bad_syntax"}, 0},
		"numbers":             {"[1,\n2]", nil, []string{"1 bad_syntax", "2 bad_syntax"}, 1},
		"cut off":             {`[{"id":"1"},{"id":`, []string{"1 1"}, []string{"1 truncated"}, 1},
		"tables": {
			`{"tables":[{"name":"PrimaryResult","columns":[{"name":"n","type":"int"},{"name":"id","type":"string"}],"rows":[` + "\n" +
				`[1,"a"],` + "\n" + `[2,"b","]"],[null,"c"]]},{"columns":[{"name":"id"}],"other":-1.5,"rows":[["d"]],"more":{"rows":[]}}],"statistics":{}}`,
			[]string{"2 a", "3 c", "3 d"},
			[]string{"3 field_count"},
			0,
		},
		"tables cut off":        {`{"tables":[{"columns":[{"name":"id"}],"rows":[["a"],["b`, []string{"1 a"}, []string{"1 truncated"}, 1},
		"tables without a list": {"{\"tables\":[{\"columns\":1,\n\"rows\":[[\"a\"]]}]}", nil, []string{"1 bad_syntax", "2 bad_syntax"}, 1},
		"too long":              {long + "\n{\"id\":\"2\"}\n", []string{"2 2"}, []string{"1 too_long"}, 1},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			records, rejects, notes := walk(t, strings.NewReader(c.in))
			if diff := cmp.Diff(c.records, records); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.rejects, rejects); diff != "" {
				t.Errorf("rejects (-want +got):\n%s", diff)
			}
			if len(notes) != c.notes {
				t.Errorf("%d notes, want %d: %v", len(notes), c.notes, notes)
			}
			// The same in the smallest pieces.
			slow, _, _ := walk(t, oneByOne{strings.NewReader(c.in[:min(len(c.in), 4096)])})
			if whole, _, _ := walk(t, strings.NewReader(c.in[:min(len(c.in), 4096)])); !cmp.Equal(whole, slow) {
				t.Errorf("read byte by byte: %s", cmp.Diff(whole, slow))
			}
		})
	}
}

type oneByOne struct{ r io.Reader }

func (o oneByOne) Read(p []byte) (int, error) { return o.r.Read(p[:min(1, len(p))]) }

// endless is one record that never ends.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	for i := range n {
		p[i] = '{'
	}
	e.left -= n
	return n, nil
}

// TestMemoryIsBounded reads 256 MiB that hold no record at all.
func TestMemoryIsBounded(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	_, rejects, _ := walk(t, &endless{left: 256 << 20})
	runtime.GC()
	runtime.ReadMemStats(&after)
	if len(rejects) == 0 {
		t.Error("nothing was rejected")
	}
	if grown := int64(after.Sys) - int64(before.Sys); grown > 96<<20 {
		t.Errorf("the memory of the process grew by %d MiB", grown>>20)
	}
}

// repeated gives a record over and over.
type repeated struct {
	record string
	left   int
	at     int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) && r.left > 0 {
		k := copy(p[n:], r.record[r.at:])
		n += k
		if r.at += k; r.at == len(r.record) {
			r.at = 0
			r.left--
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// TestManyRecordsTakeNoMemory reads 128 MiB of small records.
func TestManyRecordsTakeNoMemory(t *testing.T) {
	record := `{"id":"` + strings.Repeat("a", 32<<10) + `"}` + "\n"
	w := ingest.NewWriter(&sink{}, ingest.WriterOptions{})
	defer w.Release()
	var before, now runtime.MemStats
	var most uint64
	runtime.GC()
	runtime.ReadMemStats(&before)
	n := 0
	err := cloudlog.Each(t.Context(), ingest.Source{Data: &repeated{record: record, left: 4096}}, w, func(cloudlog.Record) error {
		n++
		if n%512 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
		}
		return nil
	})
	if err != nil || n != 4096 {
		t.Fatalf("%d records, error %v; want 4096", n, err)
	}
	if most > before.HeapAlloc+8<<20 {
		t.Errorf("the heap grew by %d MiB", (most-before.HeapAlloc)>>20)
	}
}

// half is one record of a request.
func half(line int64, id string) ingest.Event {
	return ingest.Event{
		Line: line, SourceEventID: id, At: time.Date(2024, 12, 11, 13, 0, 0, 0, time.UTC), TZBasis: ingest.TZExplicit,
		Action: ingest.ActionView, Outcome: ingest.OutcomeSuccess, Granularity: ingest.GranularityEvent,
	}
}

// TestPairs shows that no half of a pair is lost: an end takes the place of its
// beginning, and what has no end is written at last.
func TestPairs(t *testing.T) {
	out := &sink{}
	w := ingest.NewWriter(out, ingest.WriterOptions{})
	defer w.Release()
	p := cloudlog.NewPairs(w)
	for i, h := range []struct {
		id   string
		ends bool
	}{
		{"joined", false},
		{"joined", true},
		{"end first", true},
		{"end first", false},
		{"z open", false},
		{"a open", false},
		{"a open", false}, // a second beginning is another request
		{"both parts", false},
		{"both parts", false},
		{"both parts", true},
		{"both parts", true},
	} {
		if err := p.Add(t.Context(), h.id, half(1, fmt.Sprintf("%d %s", i, h.id)), h.ends); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"1 joined success", "2 end first success", "9 both parts success", "10 both parts success",
		"4 z open unknown", "5 a open unknown", "6 a open unknown",
	}
	if diff := cmp.Diff(want, out.events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if n := w.Counts().Skipped[ingest.SkipOtherLine]; n != 4 {
		t.Errorf("%d halves left out, want 4", n)
	}
}

// TestPairsHoldLittle adds more halves, and larger ones, than may wait.
func TestPairsHoldLittle(t *testing.T) {
	out := &sink{}
	w := ingest.NewWriter(out, ingest.WriterOptions{})
	defer w.Release()
	p := cloudlog.NewPairs(w)
	const n = 120_000
	for i := range n {
		if err := p.Add(t.Context(), strconv.Itoa(i), half(int64(i), ""), false); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.Counts().Records; got < n-50_000 {
		t.Errorf("%d of %d halves were written before the end, want all but 50,000", got, n)
	}
	large := half(1, strings.Repeat("x", 4<<20))
	for i := range 40 {
		if err := p.Add(t.Context(), fmt.Sprint("large", i), large, false); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.Counts().Rejected; got < 40-16 {
		t.Errorf("%d of 40 halves of 4 MiB were written before the end, want all but 16", got)
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.Counts().Records; got != n+40 {
		t.Errorf("%d records, want %d", got, n+40)
	}
}
