package contextdata_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// match accepts tables with the columns id and day.
func match(h contextdata.Header) error {
	if !h.Has("id", "day") {
		return errors.New(`the header lacks column "id" or "day"`)
	}
	return h.Once("id", "day")
}

func TestReadHeader(t *testing.T) {
	for name, c := range map[string]struct{ head, want string }{
		"comma":              {"id,day\n", ""},
		"semicolon":          {"x;id;day\n", ""},
		"tab":                {"day\tid\n", ""},
		"quoted":             {"\"ID\",\" Da_y \"\r\n", ""},
		"blank lines above":  {"\n\n,,\nid,day\n", ""},
		"no newline":         {"id,day", ""},
		"no-break space":     {"id\u00a0,day\n", ""},
		"twice but not ours": {"id,day,x,x,,\n", ""},
		"twice":              {"id,day,DAY\n", `the header has column "day" more than once`},
		"missing":            {"id,month\n", `the header lacks column "id" or "day"`},
		"empty":              {"", "the file has no header"},
		"stray quote":        {"\"id,day\n", "the first line is not the header of a table"},
		"cells in semicolon": {"id,day;x\n", `the header lacks column "id" or "day"`},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			h, err := contextdata.ReadHeader([]byte(c.head), match)
			got := ""
			if err != nil {
				got = err.Error()
			} else if h.Column("ID") < 0 || h.Column("day") < 0 || h.Column("other") >= 0 {
				t.Errorf("columns id %d, day %d, other %d", h.Column("ID"), h.Column("day"), h.Column("other"))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDate(t *testing.T) {
	for _, c := range []struct {
		text  string
		order contextdata.Order
		want  string
	}{
		{"2024-02-29", contextdata.MonthFirst, "2024-02-29"},
		{"2023-02-29", contextdata.MonthFirst, ""},
		{"2/3/2024", contextdata.MonthFirst, "2024-02-03"},
		{"2/3/2024", contextdata.DayFirst, "2024-03-02"},
		{"02/03/2024 12:00 AM", contextdata.MonthFirst, "2024-02-03"},
		{"2024-02-03T00:00:00.000Z", contextdata.MonthFirst, "2024-02-03"},
		{"2024-02-03 12:00:00", contextdata.MonthFirst, ""},
		{"13/2/2024", contextdata.MonthFirst, ""},
		{"2/13/2024", contextdata.DayFirst, ""},
		{"3-2-2024", contextdata.MonthFirst, "2024-03-02"},
		{"3-2-2024", contextdata.DayFirst, "2024-02-03"},
		{"03.02.2024", contextdata.MonthFirst, "2024-02-03"},
		{"03.02.2024", contextdata.DayFirst, "2024-02-03"},
		{"3.2.24", contextdata.MonthFirst, ""},
		{"3.2-2024", contextdata.MonthFirst, ""},
		{"2/3/24", contextdata.MonthFirst, ""},
		{"0/3/2024", contextdata.MonthFirst, ""},
		{"+2/3/2024", contextdata.MonthFirst, ""},
		{"1849-12-31", contextdata.MonthFirst, ""},
		{"2200-01-01", contextdata.MonthFirst, ""},
		{"20240203", contextdata.MonthFirst, ""},
		{"2024-2-3", contextdata.MonthFirst, ""},
		{"", contextdata.MonthFirst, ""},
	} {
		got, ok := c.order.Date(c.text)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("Date(%q) in order %d = %q, %t; want %q", c.text, c.order, got, ok, c.want)
		}
	}
	for text, want := range map[string]bool{"9999-12-31": true, "12/31/9999": true, "9999-12-31 00:00:00": true, "2024-12-31": false} {
		if got := contextdata.IsOpenEnd(text); got != want {
			t.Errorf("IsOpenEnd(%q) = %t", text, got)
		}
	}
}

func TestParseTimeOfDay(t *testing.T) {
	for text, want := range map[string]string{
		"8:00": "08:00", "08:00": "08:00", "8:00 AM": "08:00", "8:05pm": "20:05", "12 AM": "00:00", "12:30 p.m.": "12:30",
		"23:59:59": "23:59", "0:00": "00:00",
		"24:00": "", "8": "", "8:5": "", "13 PM": "", "0 AM": "", "8:60": "", "8:00:60": "", "-8:00": "", "8:00:00:00": "", "": "", "AM": "",
	} {
		got, ok := contextdata.ParseTimeOfDay(text)
		if ok != (want != "") || ok && got.String() != want {
			t.Errorf("ParseTimeOfDay(%q) = %s, %t; want %q", text, got, ok, want)
		}
	}
}

func TestInstant(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"2024-07-01T10:00:00Z":             "2024-07-01T10:00:00Z explicit",
		"2024-07-01T10:00:00.5+02:00":      "2024-07-01T08:00:00.5Z explicit",
		"2024-07-01 10:00 -0530":           "2024-07-01T15:30:00Z explicit",
		"2024-07-01 10:00:00 UTC":          "2024-07-01T10:00:00Z explicit",
		"2024-07-01T10:00+02":              "2024-07-01T08:00:00Z explicit",
		"2024-07-01 10:00":                 "2024-07-01T08:00:00Z assumed",
		"7/1/2024 10:00:30,25 PM":          "2024-07-01T20:00:30.25Z assumed",
		"2024-07-01":                       "",
		"2024-07-01T":                      "",
		"2024-07-01T10":                    "",
		"2024-07-01T10:00:00+15:00":        "",
		"2024-07-01T10:00:00+1":            "",
		"2024-07-01T10:00:00.1234567890":   "",
		"2024-07-01T10:00:00+02:00 summer": "",
		"10:00":                            "",
	} {
		got, ok := contextdata.MonthFirst.Instant(text, ingest.NewLocalClock(berlin, ingest.TZAssumed))
		shown := ""
		if ok {
			shown = got.At.Format(time.RFC3339Nano) + " " + string(got.Basis)
		}
		if shown != want {
			t.Errorf("Instant(%q) = %q, want %q", text, shown, want)
		}
	}
}

func TestAddress(t *testing.T) {
	for want, parts := range map[string][4]string{
		"1 Way, Dover, DE 19901": {"1 Way", "Dover", "DE", "19901"},
		"1 Way, Dover":           {"1 Way", "Dover", "", ""},
		"Dover, 19901":           {"", "Dover", "", "19901"},
		"1 Way":                  {"1 Way", "", "", ""},
		"":                       {},
	} {
		if got := contextdata.Address(parts[0], parts[1], parts[2], parts[3]); got != want {
			t.Errorf("Address(%q) = %q, want %q", parts, got, want)
		}
	}
}

func TestMinutes(t *testing.T) {
	nine := contextdata.Instant{At: time.Date(2024, 11, 3, 9, 0, 0, 0, time.UTC)}
	later := contextdata.Instant{At: nine.At.Add(90*time.Minute + 59*time.Second)}
	twice := contextdata.Instant{At: nine.At, Flag: ingest.TimeAmbiguous}
	for name, c := range map[string]struct {
		start, end contextdata.Instant
		want       int64
		ok         bool
	}{
		"forwards":           {nine, later, 90, true},
		"no-time-at-all":     {nine, nine, 0, true},
		"backwards":          {later, nine, 0, false},
		"repeated-hour":      {later, twice, 0, true},
		"repeated-hour-kept": {twice, later, 90, true},
	} {
		if got, ok := contextdata.Minutes(c.start, c.end); got != c.want || ok != c.ok {
			t.Errorf("%s: Minutes = %d, %t; want %d, %t", name, got, ok, c.want, c.ok)
		}
	}
}

func TestJoinDays(t *testing.T) {
	got := contextdata.JoinDays(func(name string) bool { return name != "tue" && name != "sun" })
	if want := "mon,wed,thu,fri,sat"; got != want {
		t.Errorf("JoinDays = %q, want %q", got, want)
	}
}

// sink drops what it is given.
type sink struct{}

func (sink) WriteBatch(context.Context, ingest.Dataset, arrow.RecordBatch) error { return nil }
func (sink) WriteReject(context.Context, ingest.Reject) error                    { return nil }

// days reads a table and returns its days as read, "?" for those that cannot be.
func days(t *testing.T, table string) ([]string, ingest.Counts) {
	t.Helper()
	w := ingest.NewWriter(sink{}, ingest.WriterOptions{})
	defer w.Release()
	src := ingest.Source{Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: strings.NewReader(table)}
	r, header, err := contextdata.NewReader(src, match, "day")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	day := header.Column("day")
	err = r.Each(t.Context(), w, func(rec contextdata.Record) error {
		text, ok := rec.Order.Date(rec.Get(day))
		if !ok {
			text = "?"
		}
		got = append(got, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got, w.Counts()
}

func TestOrderOfTheWholeTable(t *testing.T) {
	note := []ingest.Note{{Kind: ingest.NoteDateOrderAssumed, Count: 1}}
	for name, c := range map[string]struct {
		dates string
		want  []string
		notes []ingest.Note
	}{
		"proof-of-month-below": {"3/4/2024 3/14/2024", []string{"2024-03-04", "2024-03-14"}, nil},
		"proof-of-day-below":   {"3/4/2024 14/3/2024", []string{"2024-04-03", "2024-03-14"}, nil},
		"no-proof":             {"3/4/2024 5/6/2024", []string{"2024-03-04", "2024-05-06"}, note},
		"nothing-to-prove":     {"4/4/2024 2024-05-06", []string{"2024-04-04", "2024-05-06"}, nil},
		"a-tie":                {"3/4/2024 3/14/2024 14/3/2024", []string{"2024-03-04", "2024-03-14", "?"}, note},
		"most-say-day":         {"3/4/2024 3/14/2024 14/3/2024 15/3/2024", []string{"2024-04-03", "?", "2024-03-14", "2024-03-15"}, note},
		"neither":              {"31/31/2024 3/4/2024", []string{"?", "2024-03-04"}, note},
	} {
		t.Run(name, func(t *testing.T) {
			var table strings.Builder
			table.WriteString("id,day\n")
			for i, date := range strings.Fields(c.dates) {
				fmt.Fprintf(&table, "%d,%s\n", i, date)
			}
			got, counts := days(t, table.String())
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("days (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.notes, counts.Notes); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLongTable has more rows than are held back: the beginning decides, a
// later proof of the contrary spoils its own line only, and a note says so.
func TestLongTable(t *testing.T) {
	const rows = 60_000
	var table strings.Builder
	table.WriteString("id,day\n")
	for i := range rows {
		fmt.Fprintf(&table, "%d,3/4/2024\n", i)
	}
	table.WriteString("x,14/3/2024\n\nid,day\ny,1\nz\n")
	got, counts := days(t, table.String())
	if len(got) != rows+2 || got[0] != "2024-03-04" || got[rows-1] != "2024-03-04" || got[rows] != "?" {
		t.Errorf("%d days, first %q, last but two %q, last but one %q", len(got), got[0], got[rows-1], got[rows])
	}
	if diff := cmp.Diff(map[ingest.SkipKind]int64{ingest.SkipBlank: 1, ingest.SkipHeader: 1}, counts.Skipped); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[ingest.Reason]int64{ingest.ReasonFieldCount: 1}, counts.Reasons); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
}

func TestEachStopsAtAnError(t *testing.T) {
	w := ingest.NewWriter(sink{}, ingest.WriterOptions{})
	defer w.Release()
	src := ingest.Source{Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: strings.NewReader("id,day\n1,x\n2,y\n")}
	r, _, err := contextdata.NewReader(src, match, "day")
	if err != nil {
		t.Fatal(err)
	}
	stop, calls := errors.New("enough"), 0
	err = r.Each(t.Context(), w, func(contextdata.Record) error { calls++; return stop })
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("Each returns %v after %d calls, want the error after one", err, calls)
	}
}

// A log that is longer than what is held back is judged by its beginning. What
// proves that wrong later ends the run, because the rows are written already.
func TestLateProofInALog(t *testing.T) {
	for _, tt := range []struct {
		name, late, want string
	}{
		{"day-first", "13/2/2024", "line 50002: the dates before it fit both orders of day and month, this one only the day first"},
		{"month-first", "2/13/2024", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := ingest.NewWriter(sink{}, ingest.WriterOptions{})
			defer w.Release()
			src := ingest.Source{
				Zone: time.UTC, ZoneBasis: ingest.TZAssumed,
				Data: strings.NewReader("id,day\n" + strings.Repeat("1,2/3/2024\n", 50_000) + "1," + tt.late + "\n"),
			}
			r, _, err := contextdata.NewReader(src, match, "day")
			if err != nil {
				t.Fatal(err)
			}
			r.AsLog(strings.Clone)
			got := ""
			if err := r.Each(t.Context(), w, func(contextdata.Record) error { return nil }); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("Each returns %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSpellingOfALog(t *testing.T) {
	w := ingest.NewWriter(sink{}, ingest.WriterOptions{})
	defer w.Release()
	src := ingest.Source{Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: strings.NewReader("id|day\n1|2/3/24\n2|31/3/24\n")}
	r, h, err := contextdata.NewReader(src, match, "day")
	if err != nil {
		t.Fatal(err)
	}
	r.AsLog(func(s string) string { return strings.Replace(s, "/24", "/2024", 1) })
	var got []string
	err = r.Each(t.Context(), w, func(rec contextdata.Record) error {
		day, _ := rec.Order.Date(strings.Replace(rec.Get(h.Column("day")), "/24", "/2024", 1))
		got = append(got, rec.Get(h.Column("day"))+" "+day)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"2/3/24 2024-03-02", "31/3/24 2024-03-31"}, got); diff != "" {
		t.Errorf("dates (-want +got):\n%s", diff)
	}
}
