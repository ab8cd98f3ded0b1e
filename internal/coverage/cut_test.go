package coverage_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/seal"
)

// A file that was cut off makes its days doubtful until another file holds them.
func TestCut(t *testing.T) {
	rows := days("03-03", "03-06")
	whole := log(rows...)
	cut := func(rows ...string) string { return log(slices.Concat(rows, []string{"2025-03-05 18:00:00,,a"})...) }
	end := func(text string) string { return strings.TrimSuffix(text, "\n") }
	half := end(cut(rows[:5]...)) // in the morning of the 5th
	rest := log(rows[5:]...)      // from the evening of the 5th
	for _, c := range []struct {
		name  string
		files []string
		want  []string
	}{
		{"half", []string{half}, []string{"truncated 03-03..03-05", "outside 03-06..03-06"}},
		{"half-and-whole", []string{half, whole}, []string{}},
		{"whole-and-half", []string{whole, half}, []string{}},
		{"half-and-half", []string{half, end(cut(rows[2:7]...))}, []string{"truncated 03-03..03-06"}},
		{"a-last-record-without-newline", []string{end(whole)}, []string{}},
		// A broken record with a newline is not cut off: the same record may be in no file.
		{"broken-and-whole", []string{cut(rows[:5]...), whole}, []string{"rejected_rows 03-03..03-05"}},
		// The next file begins within the day on which the first was cut off.
		{"half-and-rotated", []string{half, rest}, []string{"truncated 03-03..03-05"}},
		{"rotated-and-half", []string{rest, half}, []string{"truncated 03-03..03-05"}},
		{"half-and-the-day-again", []string{half, log(rows[4:]...)}, []string{"truncated 03-03..03-04"}},
		// Newest first: what was cut off is the beginning of the 5th.
		{
			"descending-and-rotated",
			[]string{end(cut(rows[7], rows[6], rows[5])), log(rows[:5]...)},
			[]string{"truncated 03-05..03-06"},
		},
		{"descending-and-whole", []string{end(cut(rows[7], rows[6], rows[5])), whole}, []string{}},
		// By user: every day lacks the users behind the last one.
		{"by-user", []string{end(cut(rows[0], rows[2], rows[4], rows[6], rows[1]))}, []string{"truncated 03-03..03-06"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			for _, text := range c.files {
				d.file("ehr", text)
			}
			if diff := cmp.Diff(c.want, d.gaps("03-03", "03-06", coverage.Options{})); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
		})
	}
}

// The time of a record that was cut off can be known, and lie behind the days that
// its file covers otherwise. What is missing is not only that record.
func TestCutWithTime(t *testing.T) {
	line := func(at, action string) string {
		return `{"occurred_at":"2025-` + at + `Z","action":"` + action + `","user_id":"ana","patient_id":"103"}` + "\n"
	}
	half := line("03-03T15:00:00", "view") + line("03-04T15:00:00", "view") + strings.TrimSuffix(line("03-05T15:00:00", "peeked"), "\n")
	for _, c := range []struct {
		name, other string
		want        []string
	}{
		{"next-file", line("03-06T15:00:00", "view"), []string{"truncated 03-03..03-04", "not_delivered 03-05..03-05"}},
		{"rest", line("03-05T15:00:01", "view") + line("03-06T15:00:00", "view"), []string{"truncated 03-03..03-05"}},
		{"whole", line("03-03T15:00:00", "view") + line("03-04T15:00:00", "view") + line("03-05T15:00:00", "view") + line("03-06T15:00:00", "view"), []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.file("ehr", half)
			d.file("ehr", c.other)
			if diff := cmp.Diff(c.want, d.gaps("03-03", "03-06", coverage.Options{})); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("another-patient", func(t *testing.T) {
		d := newDesk(t)
		d.file("ehr", half)
		other, err := d.Sealer.Seal(seal.KindPatient, "101")
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"truncated 03-03..03-04"}
		if diff := cmp.Diff(want, d.gaps("03-03", "03-04", coverage.Options{Patient: other})); diff != "" {
			t.Errorf("gaps (-want +got):\n%s", diff)
		}
	})
}

// A record that was cut off stays among the rejected ones of its days.
func TestCutIsCounted(t *testing.T) {
	d := newDesk(t)
	d.file("ehr", log(days("03-03", "03-04")...)+"2025-03-05 18:00:00,,a")
	d.file("ehr", log(days("03-03", "03-05")...))
	s := d.ask("03-03", "03-05", coverage.Options{Days: true})["ehr"]
	var got []int64
	for _, row := range s.Days {
		got = append(got, row.Rejected)
	}
	if diff := cmp.Diff([]int64{1, 1, 0}, got); diff != "" || !s.Complete {
		t.Errorf("complete %v, rejected (-want +got):\n%s", s.Complete, diff)
	}
}

// Every sample of a log that is cut off in a record is doubtful on its last day,
// and as good as ever after the whole sample was imported.
func TestCutSamples(t *testing.T) {
	for _, p := range newDesk(t).registry.Plugins() {
		if !slices.Contains(p.Produces, ingest.Events) {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("..", "..", "sample_logs", filepath.FromSlash(strings.TrimPrefix(p.Sample, "sample_logs/"))))
			if err != nil {
				t.Fatal(err)
			}
			gaps := func(d *desk, p coverage.Period) []coverage.Gap {
				list, err := coverage.For(t.Context(), d.DB, p, coverage.Options{})
				if err != nil || len(list) != 1 {
					t.Fatalf("%d sources, error %v", len(list), err)
				}
				return list[0].Gaps
			}
			span := func(d *desk) coverage.Period {
				p, ok, err := coverage.Span(t.Context(), d.DB)
				if err != nil || !ok {
					t.Fatalf("there are events: %v, error %v", ok, err)
				}
				return p
			}
			want := newDesk(t)
			want.file("ehr", string(text))
			d := newDesk(t)
			d.file("ehr", string(text[:insideRecord(text)]))
			day := span(d).To
			isCut := func(g coverage.Gap) bool { return g.Code == coverage.CodeTruncated }
			if got := gaps(d, coverage.Period{From: day, To: day}); !slices.ContainsFunc(got, isCut) {
				t.Errorf("the last day of the cut file has the gaps %v", got)
			}
			d.file("ehr", string(text))
			if diff := cmp.Diff(gaps(want, span(want)), gaps(d, span(want))); diff != "" {
				t.Errorf("gaps after the whole file (-whole +cut and whole):\n%s", diff)
			}
		})
	}
}

// insideRecord returns where to cut a sample: at the beginning of a line, or
// anywhere in one that is very long.
func insideRecord(text []byte) int {
	at := len(text) * 2 / 3
	return max(strings.LastIndexByte(string(text[:at]), '\n')+12, at/2)
}
