package ingest_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
)

// allRows reads every record as "line: field|field" or "line! problem".
func allRows(tb testing.TB, r io.Reader, comma byte, fields int) []string {
	tb.Helper()
	table := ingest.NewTableReader(r, comma)
	table.SetFields(fields)
	var got []string
	for {
		row, err := table.Next()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			tb.Fatal(err)
		}
		if row.Problem != "" {
			got = append(got, fmt.Sprintf("%d! %s", row.Line, row.Problem))
			continue
		}
		got = append(got, fmt.Sprintf("%d: %s", row.Line, strings.Join(row.Fields, "|")))
	}
}

func TestTableReader(t *testing.T) {
	cases := map[string]struct {
		text   string
		fields int
		want   []string
	}{
		"plain":                {"a,b,c\nd,,f\n", 3, []string{"1: a|b|c", "2: d||f"}},
		"crlf":                 {"a,b\r\nc,d\r\n", 2, []string{"1: a|b", "2: c|d"}},
		"quoted":               {`"a,1","b ""x""",""` + "\n", 3, []string{`1: a,1|b "x"|`}},
		"empty-line":           {"a,b\n\nc,d\n", 2, []string{"1: a|b", "2: ", "3: c|d"}},
		"trailing-comma":       {"a,b,\n", 3, []string{"1: a|b|"}},
		"several-lines":        {"\"a\nb\r\nc\",d\ne,f\n", 2, []string{"1: a\nb\nc|d", "4: e|f"}},
		"several-fields":       {"\"a\nb\",c,\"d\n\ne\"\nf,g,h\n", 3, []string{"1: a\nb|c|d\n\ne", "5: f|g|h"}},
		"quote-inside":         {"a\"b,c\nd,e\"\n", 2, []string{`1: a"b|c`, `2: d|e"`}},
		"text-behind-quote":    {"\"a\"b,c\nd,e\n", 2, []string{"1! bad_quote", "2: d|e"}},
		"quote-never-ends":     {"\"a,b\nc,d\ne,f\n", 2, []string{"1! bad_quote", "2: c|d", "3: e|f"}},
		"quote-ends-too-late":  {"\"a,b\nc,d\n\"e\",f\n", 2, []string{"1! bad_quote", "2: c|d", "3: e|f"}},
		"quote-ends-wrongly":   {"\"a,b\nc\",d,e\nf,g\n", 2, []string{"1! bad_quote", "2! field_count", "3: f|g"}},
		"two-broken-records":   {"\"a,b\nc,\"d\ne,f\n", 2, []string{"1! bad_quote", "2! bad_quote", "3: e|f"}},
		"too-few":              {"a\nb,c\n", 2, []string{"1! field_count", "2: b|c"}},
		"too-many":             {"a,b,c\nd,e\n", 2, []string{"1! field_count", "2: d|e"}},
		"padded":               {"a,b,,,\nc,d,,\n", 2, []string{"1: a|b", "2: c|d"}},
		"any-number":           {"a\nb,c\n", 0, []string{"1: a", "2: b|c"}},
		"nul-is-content":       {"a\x00,b\n", 2, []string{"1: a\x00|b"}},
		"not-utf-8":            {"a\xff,b\nc,d\n", 2, []string{"1! bad_encoding", "2: c|d"}},
		"no-last-newline":      {"a,b\n\"c\",\"d\"", 2, []string{"1: a|b", "2: c|d"}},
		"cut-off-in-a-quote":   {"a,b\nc,\"d", 2, []string{"1: a|b", "2! bad_quote"}},
		"cut-off-lines-quoted": {"a,b\n\"c\n\nd e", 2, []string{"1: a|b", "2! bad_quote"}},
		"whole-lines-quoted":   {"a,b\n\"c\nd e\n", 2, []string{"1: a|b", "2! bad_quote", "3! field_count"}},
		"stray-quote-and-end":  {"\"a,b\nc\nd,e", 2, []string{"1! bad_quote", "2! field_count", "3: d|e"}},
		"a-single-quote":       {"\"", 1, []string{"1! bad_quote"}},
		"empty":                {"", 2, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, allRows(t, strings.NewReader(c.text), ',', c.fields)); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.want, allRows(t, iotest.OneByteReader(strings.NewReader(c.text)), ',', c.fields)); diff != "" {
				t.Errorf("records read byte by byte (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTableReaderRaw(t *testing.T) {
	table := ingest.NewTableReader(strings.NewReader("\"a\r\nb\",c\r\n\"x,y\r\nz\r\n"), ',')
	table.SetFields(2)
	for _, want := range []string{"\"a\nb\",c", `"x,y`, "z"} {
		row, err := table.Next()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(row.Raw)); diff != "" {
			t.Errorf("raw record (-want +got):\n%s", diff)
		}
	}
}

func TestTableReaderOtherSeparators(t *testing.T) {
	for _, comma := range []byte("\t;|") {
		text := strings.ReplaceAll("a#\"b#b\nc\"#d\n", "#", string(comma))
		want := []string{"1: a|b" + string(comma) + "b\nc|d"}
		if diff := cmp.Diff(want, allRows(t, strings.NewReader(text), comma, 3)); diff != "" {
			t.Errorf("records with %q (-want +got):\n%s", comma, diff)
		}
	}
}

// TestTableReaderFieldsAreKept makes sure that fields outlive the next record.
func TestTableReaderFieldsAreKept(t *testing.T) {
	table := ingest.NewTableReader(strings.NewReader("a,b\n\"c\nd\",e\n"), ',')
	var kept []string
	for range 2 {
		row, err := table.Next()
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, row.Fields...)
	}
	if diff := cmp.Diff([]string{"a", "b", "c\nd", "e"}, kept); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

// TestTableReaderLosesOneLineToAStrayQuote puts a quote that never ends at the
// start of a large file. Everything else must be read.
func TestTableReaderLosesOneLineToAStrayQuote(t *testing.T) {
	const rows = 300_000
	var b bytes.Buffer
	b.WriteString("\"stray,x\n")
	for i := range rows {
		fmt.Fprintf(&b, "%d,y\n", i)
	}
	got := allRows(t, &b, ',', 2)
	if len(got) != rows+1 || got[0] != "1! bad_quote" || got[1] != "2: 0|y" || got[rows] != "300001: 299999|y" {
		t.Errorf("got %d records, first %q", len(got), got[:min(3, len(got))])
	}
}

// TestTableReaderIsLinear reads files made to provoke repeated searches for a
// closing quote. With a search of a megabyte for each line they would take hours.
func TestTableReaderIsLinear(t *testing.T) {
	hostile := map[string]string{
		"every-line-opens":          `x","y` + "\n",
		"every-line-opens-early":    "\",\"\n",
		"only-quotes":               "\"\n",
		"escaped-quotes":            "\"\"\"\n",
		"an-opening-and-many-plain": "\"a\n" + strings.Repeat("b\n", 2000),
		"long-lines":                "\"" + strings.Repeat("ab,", 300) + "\n",
	}
	for name, part := range hostile {
		t.Run(name, func(t *testing.T) {
			const size = 1 << 20
			text := strings.Repeat(part, size/len(part))
			start := time.Now()
			got := allRows(t, strings.NewReader(text), ',', 3)
			if spent := time.Since(start); spent > 20*time.Second {
				t.Errorf("%d MiB take %v", size>>20, spent)
			}
			if lines := strings.Count(text, "\n"); len(got) == 0 || len(got) > lines {
				t.Errorf("%d records of %d lines", len(got), lines)
			}
		})
	}
}

// TestTableReaderLongNotes reads records of many lines, also after a stray quote.
func TestTableReaderLongNotes(t *testing.T) {
	note := strings.Repeat("a line of a note\n", 4000)
	text := "\"stray,x\n" + strings.Repeat("k,\""+note+"\"\n", 40)
	got := allRows(t, strings.NewReader(text), ',', 2)
	if len(got) != 41 {
		t.Fatalf("got %d records, want 41", len(got))
	}
	for i, row := range got[1:] {
		if want := fmt.Sprintf("%d: k|%s", 2+i*4001, note); row != want {
			t.Fatalf("record %d differs", i)
		}
	}
}

func TestTableReaderHugeLine(t *testing.T) {
	text := "a,b\n" + strings.Repeat("x", 50<<20) + ",y\n\"" + strings.Repeat("z", 2<<20) + "\nc,d\n"
	want := []string{"1: a|b", "2! too_long", "3! too_long", "4: c|d"}
	if diff := cmp.Diff(want, allRows(t, strings.NewReader(text), ',', 2)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestTableReaderReportsReadErrors(t *testing.T) {
	broken := errors.New("the disk is gone")
	for _, before := range []string{"", "a,b\n", "a,\"b\nc\n"} {
		table := ingest.NewTableReader(io.MultiReader(strings.NewReader(before), iotest.ErrReader(broken)), ',')
		var err error
		for err == nil {
			_, err = table.Next()
		}
		if !errors.Is(err, broken) {
			t.Errorf("after %q the error is %v", before, err)
		}
	}
}

func FuzzTableReader(f *testing.F) {
	for _, seed := range []string{"a,b\nc,d\n", "\"a\nb\",c\n", "\"a,b\nc,d\n", "\"a\"\"b\",\r\n", "x\",\"y\n\",\"\n", "\xff,\x00\n"} {
		f.Add([]byte(seed), uint8(2))
	}
	f.Fuzz(func(t *testing.T, data []byte, fields uint8) {
		got := allRows(t, bytes.NewReader(data), ',', int(fields%8))
		if again := allRows(t, iotest.HalfReader(bytes.NewReader(data)), ',', int(fields%8)); !slices.Equal(got, again) {
			t.Fatalf("read in other pieces the records differ:\n%q\n%q", got, again)
		}
		if lines := bytes.Count(data, []byte("\n")) + 1; len(got) > lines {
			t.Fatalf("%d records of %d lines", len(got), lines)
		}
		checkAgainstStandardLibrary(t, data)
	})
}

// checkAgainstStandardLibrary writes the records of well-formed CSV anew and
// compares what both readers make of it.
func checkAgainstStandardLibrary(t *testing.T, data []byte) {
	t.Helper()
	want, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil || len(want) == 0 || !bytes.Equal(data, bytes.ToValidUTF8(data, nil)) || bytes.Contains(data, []byte("\r")) {
		return
	}
	table := ingest.NewTableReader(bytes.NewReader(data), ',')
	table.SetFields(len(want[0]))
	var got [][]string
	for {
		row, err := table.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(row.Raw) == 0 {
			continue // the standard library passes over empty lines
		}
		got = append(got, slices.Clone(row.Fields))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("records differ from those of encoding/csv (-want +got):\n%s", diff)
	}
}
