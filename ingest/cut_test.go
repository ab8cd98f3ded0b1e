package ingest_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
)

// The record that ends the input without a line ending is rejected as cut off,
// whatever is said against it, and no other is.
func TestTell(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		want  []string
		notes int
	}{
		"newline":     {"a,b\nc\n", []string{"line 2: field_count"}, 0},
		"no-newline":  {"a,b\nc\nd", []string{"line 2: field_count", "line 3: truncated"}, 1},
		"whole":       {"a\nc,d", []string{"line 1: field_count"}, 0},
		"quoted":      {"a,b\n\"c\nd", []string{"line 2: truncated"}, 1},
		"known-value": {"a,b\nc,bad", []string{"line 2: truncated"}, 1},
		"of-lines":    {"a,b\n\"c\nd\",bad", []string{"line 2: truncated"}, 1},
		"not-known":   {"a,bad\nc,d", []string{"line 1, column \"b\": bad_value"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			sink := &recorder{}
			w := newWriter(t, sink, 1)
			table := ingest.NewTableReader(strings.NewReader(c.text), ',')
			table.SetFields(2)
			table.Tell(w)
			for {
				row, err := table.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				reject := ingest.Reject{Line: row.Line, Reason: row.Problem}
				if row.Problem == "" && row.Fields[1] == "bad" {
					reject.Column, reject.Reason = "b", ingest.ReasonBadValue
				}
				if reject.Reason != "" {
					err = w.Reject(t.Context(), reject)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			var got []string
			for _, r := range sink.rejects {
				got = append(got, r.String())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("rejects (-want +got):\n%s", diff)
			}
			if notes := w.Counts().Notes; len(notes) != c.notes || (c.notes > 0 && notes[0].Kind != ingest.NoteTruncated) {
				t.Errorf("notes %v, want %d", notes, c.notes)
			}
		})
	}
}
