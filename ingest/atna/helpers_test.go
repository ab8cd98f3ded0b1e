package atna_test

import (
	"context"
	"io"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/atna"
)

// counted puts the octet count of RFC 6587 before a record.
func counted(record []byte) []byte {
	return append(append(strconv.AppendInt(nil, int64(len(record)), 10), ' '), record...)
}

func sortedNames(files map[string][]byte) []string { return slices.Sorted(maps.Keys(files)) }

// forced is what a file gives that is parsed without detection.
type forced struct {
	counts  ingest.Counts
	rejects []ingest.Reject
}

// force parses data as --parser does, without asking Detect.
func force(t *testing.T, r io.Reader) forced {
	t.Helper()
	sink := &collector{}
	counts, err := parseStream(t, r, sink)
	if err != nil {
		t.Fatal(err)
	}
	return forced{counts, sink.rejects}
}

func parseStream(t *testing.T, r io.Reader, sink ingest.Sink) (ingest.Counts, error) {
	t.Helper()
	p, err := atna.Plugin().New(ingest.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	w := ingest.NewWriter(sink, ingest.WriterOptions{})
	defer w.Release()
	err = p.Parse(t.Context(), ingest.Source{Name: "input", Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: r}, w)
	if err != nil {
		return w.Counts(), err
	}
	err = w.Flush(t.Context())
	return w.Counts(), err
}

// collector keeps rejects and drops rows.
type collector struct{ rejects []ingest.Reject }

func (*collector) WriteBatch(context.Context, ingest.Dataset, arrow.RecordBatch) error { return nil }

func (c *collector) WriteReject(_ context.Context, r ingest.Reject) error {
	c.rejects = append(c.rejects, r)
	return nil
}
