package propose_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/delimited"
)

// However a product writes its times, they are read to the minute, or not at all.
func TestTimesAreRead(t *testing.T) {
	at := func(i int) time.Time { return time.Date(2025, 3, 9+i, 13, 5, 9, 0, time.UTC) }
	for _, layout := range []string{
		"02/Jan/2006:15:04:05 +0000", "20060102150405", "200601021504", "2006-01-02T15:04:05.000+00:00", "2006-01-02T15:04:05Z", "2006-01-02 15.04.05",
		"15:04 02/01/2006", "Monday, January 2, 2006 3:04 PM", "January 2, 2006 at 3:04 PM", "Jan 2 2006 3:04PM", "2 Jan 2006, 15:04", "02-Jan-06 03.04.05 PM",
		"2006/01/02 15:04:05", "1/2/2006, 3:04:05 PM", "01-02-2006 15:04", "2006-01-02 15:04:05 UTC", "02.01.2006 - 15:04", "Mon 02/01/2006 15:04", "1/2/06 3:04p",
	} {
		t.Run(strings.NewReplacer(" ", "_", "/", ".").Replace(layout), func(t *testing.T) {
			text := "When;Who;What;Patient ID\n"
			var b strings.Builder
			for i := range 12 {
				stamp := at(i).Format(layout)
				if strings.Contains(layout, "Jan-06") {
					stamp = strings.ToUpper(stamp)
				}
				b.WriteString(stamp + ";jdoe;View;4711\n")
			}
			p := draft(t, text+b.String(), nil)
			if !p.Runs {
				t.Fatalf("not read:\n%s", p.Mapping)
			}
			for i, got := range times(t, p.Mapping, text+b.String()) {
				if want := at(i).Truncate(time.Minute); !got.Truncate(time.Minute).Equal(want) {
					t.Errorf("row %d: %v, want %v:\n%s", i, got, want, p.Mapping)
				}
			}
		})
	}
	for _, bad := range []string{"2025-03-10 13:05 EST", "10.03.2025 13:05 Uhr", "yesterday 13:05", "13:05", "2025-03-10", "3/2025 13:05"} {
		p := draft(t, "When;Who;What;Patient ID\n"+strings.Repeat(bad+";jdoe;View;4711\n", 5), nil)
		if p.Runs {
			t.Errorf("%q is read:\n%s", bad, p.Mapping)
		}
	}
}

// times reads a table with a mapping and returns when its events happened.
func times(t *testing.T, mapping, table string) []time.Time {
	t.Helper()
	parser, err := delimited.Plugin().New(ingest.Settings{Mapping: []byte(mapping), MappingName: "proposal"})
	if err != nil {
		t.Fatal(err)
	}
	s := &stamps{}
	w := ingest.NewWriter(s, ingest.WriterOptions{})
	defer w.Release()
	src := ingest.Source{Name: "log.csv", Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: strings.NewReader(table)}
	if err := parser.Parse(t.Context(), src, w); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s.times
}

// stamps keeps the times of events.
type stamps struct {
	nothing

	times []time.Time
}

func (s *stamps) WriteBatch(_ context.Context, _ ingest.Dataset, b arrow.RecordBatch) error {
	for i, f := range b.Schema().Fields() {
		if a, ok := b.Column(i).(*array.Timestamp); ok && f.Name == ingest.ColOccurredAt {
			for n := range a.Len() {
				s.times = append(s.times, a.Value(n).ToTime(arrow.Microsecond))
			}
		}
	}
	return nil
}
