package scrub_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/builtin"
	"github.com/chartwatch/chartwatch/internal/scrub"
)

func registry(tb testing.TB) *ingest.Registry {
	tb.Helper()
	reg, err := builtin.Registry()
	if err != nil {
		tb.Fatal(err)
	}
	return reg
}

// file says how to read a path: in the zone of the sample practice.
func file(tb testing.TB, path string) scrub.File {
	tb.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		tb.Fatal(err)
	}
	return scrub.File{Path: path, Zone: zone, Basis: ingest.TZSourceSetting}
}

// key is a source of random bytes that are always the same.
func key(b byte) *bytes.Reader { return bytes.NewReader(bytes.Repeat([]byte{b}, scrub.KeySize)) }

// listed returns the words that may stay.
func listed(tb testing.TB) map[string]bool {
	tb.Helper()
	text, err := os.ReadFile("words.txt")
	if err != nil {
		tb.Fatal(err)
	}
	set := map[string]bool{}
	for w := range strings.Lines(string(text)) {
		set[strings.TrimSpace(w)] = true
	}
	return set
}

// tokens cuts a text into words and numbers, without the package's help.
func tokens(text string) map[string]bool {
	set := map[string]bool{}
	for _, w := range regexp.MustCompile(`[\p{L}\p{M}\p{N}]+`).FindAllString(text, -1) {
		set[strings.ToLower(w)] = true
	}
	return set
}

// people collects what a parser says about people, and the rows it finds.
type people struct {
	tokens map[string]bool
	rows   map[string]int
	times  []int64
}

func (p *people) WriteBatch(_ context.Context, d ingest.Dataset, b arrow.RecordBatch) error {
	for row := range int(b.NumRows()) {
		kind := []string{string(d)}
		for i, f := range b.Schema().Fields() {
			if c, ok := b.Column(i).(*array.Timestamp); ok && f.Name == ingest.ColOccurredAt {
				p.times = append(p.times, int64(c.Value(row)))
			}
			c, ok := b.Column(i).(*array.String)
			if !ok || c.IsNull(row) {
				continue
			}
			switch f.Name {
			case ingest.ColAction, ingest.ColRecordType, ingest.ColOutcome:
				kind = append(kind, c.Value(row))
			case ingest.ColUserID, ingest.ColUserName, ingest.ColPatientID, ingest.ColPatientName, ingest.ColWorkstation,
				ingest.ColIP, ingest.ColReason, ingest.ColRecordID, ingest.ColSourceEventID, ingest.ColSessionID,
				"name", "first_name", "last_name", "address", "appointment_id", "provider_id":
				for w := range tokens(c.Value(row)) {
					p.tokens[w] = true
				}
			}
		}
		p.rows[strings.Join(kind, " ")]++
	}
	return nil
}

func (p *people) WriteReject(_ context.Context, r ingest.Reject) error {
	p.rows[string(r.Reason)]++
	return nil
}

// parse reads a file with the parser that accepts it.
func parse(t *testing.T, path string) (found *people, parser string) {
	t.Helper()
	p := &people{tokens: map[string]bool{}, rows: map[string]int{}}
	name := ""
	f := file(t, path)
	_, err := ingest.OpenFile(t.Context(), path, ingest.OpenOptions{}, func(ctx context.Context, m ingest.Member) error {
		plugin, parser, err := registry(t).Detect(m.Head, ingest.Settings{})
		if err != nil {
			return err
		}
		name = plugin.Name
		w := ingest.NewWriter(p, ingest.WriterOptions{})
		defer w.Release()
		return errors.Join(parser.Parse(ctx, ingest.Source{Name: "x", Zone: f.Zone, ZoneBasis: f.Basis, Data: m.Data}, w), w.Flush(ctx))
	})
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(path), err)
	}
	return p, name
}

// scrubbed scrubs files and returns the copies.
func scrubbed(t *testing.T, random byte, paths ...string) (report scrub.Report, texts []string) {
	t.Helper()
	o := scrub.Options{Registry: registry(t), Output: filepath.Join(t.TempDir(), "out"), Random: key(random)}
	for _, p := range paths {
		o.Files = append(o.Files, file(t, p))
	}
	report, err := scrub.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	texts = make([]string, len(report.Copies))
	for i, c := range report.Copies {
		text, err := os.ReadFile(c.Path)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	return report, texts
}

// samples lists the files under sample_logs.
func samples(t *testing.T) []string {
	t.Helper()
	list, err := filepath.Glob("../../sample_logs/*/*")
	if err != nil || len(list) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	return list
}

// survivors returns the words about people that are still in a text. Short ones,
// and short numbers, may be there by chance.
func survivors(p *people, text string, may map[string]bool) []string {
	var list []string
	have := tokens(text)
	for w := range p.tokens {
		number := strings.Trim(w, "0123456789") == ""
		if have[w] && !may[w] && len(w) >= 3 && (!number || len(w) >= 5) {
			list = append(list, w)
		}
	}
	return list
}

func TestSamples(t *testing.T) {
	may := listed(t)
	for _, path := range samples(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			before, name := parse(t, path)
			report, texts := scrubbed(t, 7, path)
			if list := survivors(before, texts[0], may); len(list) > 0 {
				t.Errorf("still there: %q", list)
			}
			after, again := parse(t, report.Copies[0].Path)
			if diff := cmp.Diff(before.rows, after.rows); diff != "" || name != again {
				t.Errorf("parser %s, then %s (-want +got):\n%s", name, again, diff)
			}
			if got := report.Copies[0]; got.Parser != name || got.Stops || got.Difference != "" || got.Kept.Replaced == 0 {
				t.Errorf("report: %+v", got)
			}
			steady(t, before.times, after.times)
		})
	}
}

// steady checks that all times moved by about the same number of whole weeks;
// an hour more or less is daylight saving.
func steady(t *testing.T, before, after []int64) {
	t.Helper()
	const hour, week = 3600 * 1_000_000, 7 * 24 * 3600 * 1_000_000
	if len(before) != len(after) {
		t.Fatalf("%d times, then %d", len(before), len(after))
	}
	for i := range before {
		moved := before[i] - after[i]
		weeks := (moved + week/2) / week
		first := (before[0] - after[0] + week/2) / week
		if rest := moved - weeks*week; rest < -hour || rest > hour || weeks != first || weeks < 52 {
			t.Fatalf("time %d moved by %d microseconds, which are not %d weeks", i, moved, first)
		}
	}
}

func TestSameKeySameCopy(t *testing.T) {
	path := "../../sample_logs/delimited/access_log.csv"
	_, one := scrubbed(t, 1, path)
	_, two := scrubbed(t, 1, path)
	_, other := scrubbed(t, 2, path)
	if one[0] != two[0] {
		t.Error("one key gave two copies")
	}
	if one[0] == other[0] {
		t.Error("two keys gave one copy")
	}
}

func TestSameValueInAllFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/log.csv", "timestamp,user_id,patient_id,patient_name,action\n2025-03-10 09:00:00,kvosburgh,4711001,Ana Wobbegong,view\n2025-03-11 09:00:00,kvosburgh,4711001,Ana Wobbegong,view\n")
	write(t, dir+"/patients.csv", "patient_id,first_name,last_name,birth_date\n4711001,Ana,WOBBEGONG,1980-01-02\n")
	_, texts := scrubbed(t, 3, dir+"/log.csv", dir+"/patients.csv")
	rows := strings.Split(texts[0], "\n")
	cells := strings.Split(rows[1], ",")
	again := strings.Split(rows[2], ",")
	patient := strings.Split(strings.Split(texts[1], "\n")[1], ",")
	if cells[2] != again[2] || cells[2] != patient[0] {
		t.Errorf("the patient is %s, %s and %s", cells[2], again[2], patient[0])
	}
	if want := patient[1] + " " + patient[2]; !strings.EqualFold(cells[3], want) {
		t.Errorf("the name is %s and %s", cells[3], want)
	}
	if patient[2] != strings.ToUpper(patient[2]) {
		t.Errorf("capitals became %s", patient[2])
	}
}

func write(tb testing.TB, path, text string) {
	tb.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
}
