package cloudlog_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/cloudlog"
)

type sink struct{ rejects []string }

func (*sink) WriteBatch(context.Context, ingest.Dataset, arrow.RecordBatch) error { return nil }

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
		"lines":            {"{\"id\":\"1\"}\n{\"id\":2}\n", []string{"1 1", "2 2"}, nil, 0},
		"array":            {"[\n{\"id\":\"1\"},\n {\"id\":\"2\"}]", []string{"2 1", "3 2"}, nil, 0},
		"records":          {"{\"Records\": [{\"id\":\"1\"},{\"id\":\"2\"}]}", []string{"1 1", "1 2"}, nil, 0},
		"empty array":      {"[]", nil, nil, 0},
		"nested brackets":  {`[{"id":"a","x":{"y":["}]",{}]}},{"id":"b"}]`, []string{"1 a", "1 b"}, nil, 0},
		"escaped quotes":   {`{"id":"a\"}","x":1}`, []string{`1 a"}`}, nil, 0},
		"not JSON between": {"{\"id\":\"1\"}\nplain text\n{\"id\":\"2\"}\n", []string{"1 1", "3 2"}, []string{"2 bad_syntax"}, 0},
		"a missing quote":  {"{\"id\":\"1}\n{\"id\":\"2\"}\n", []string{"2 2"}, []string{"1 bad_syntax"}, 0},
		"bad JSON":         {"{\"id\":1,,}\n{\"id\":\"2\"}\n", []string{"2 2"}, []string{"1 bad_syntax"}, 0},
		"numbers":          {"[1,\n2]", nil, []string{"1 bad_syntax", "2 bad_syntax"}, 1},
		"cut off":          {`[{"id":"1"},{"id":`, []string{"1 1"}, []string{"1 truncated"}, 1},
		"too long":         {long + "\n{\"id\":\"2\"}\n", []string{"2 2"}, []string{"1 too_long"}, 1},
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

// TestPairs shows that no half of a pair is lost: an end takes the place of its
// beginning, and what has no end is written at last.
func TestPairs(t *testing.T) {
	w := ingest.NewWriter(&sink{}, ingest.WriterOptions{})
	defer w.Release()
	p := cloudlog.NewPairs(w)
	add := func(id string, ends bool) {
		t.Helper()
		e := ingest.Event{
			Line: 1, At: time.Date(2024, 12, 11, 13, 0, 0, 0, time.UTC), TZBasis: ingest.TZExplicit, Action: ingest.ActionView,
			Outcome: ingest.OutcomeSuccess, Granularity: ingest.GranularityEvent,
		}
		if err := p.Add(t.Context(), id, e, ends); err != nil {
			t.Fatal(err)
		}
	}
	add("a", false)
	add("a", true)
	add("b", true)
	add("b", false)
	add("c", false)
	add("c", false) // a second beginning is another request
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := w.Counts()
	if c.Rows[ingest.Events] != 4 || c.Skipped[ingest.SkipOtherLine] != 2 {
		t.Errorf("%d events and %d halves left out, want 4 and 2", c.Rows[ingest.Events], c.Skipped[ingest.SkipOtherLine])
	}
}
