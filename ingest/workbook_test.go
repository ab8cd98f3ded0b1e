package ingest_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/chartwatch/chartwatch/ingest"
)

// sheetText is one sheet as it was handed over.
type sheetText struct {
	Name, Text string
}

func openBook(t *testing.T, data []byte, o ingest.OpenOptions) ([]sheetText, error) {
	t.Helper()
	var got []sheetText
	_, err := ingest.OpenStream(t.Context(), "log.xlsx", bytes.NewReader(data), o, func(_ context.Context, m ingest.Member) error {
		text, err := io.ReadAll(m.Data)
		if err != nil {
			return err
		}
		if !bytes.HasPrefix(text, m.Head.Bytes) {
			t.Errorf("%s: the head is not the beginning of the text", m.Name)
		}
		got = append(got, sheetText{Name: m.Name + " " + m.Inner, Text: string(text)})
		return nil
	})
	return got, err
}

func bookBytes(t *testing.T, fill func(*excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func setCells(t *testing.T, f *excelize.File, sheet string, cells map[string]any) {
	t.Helper()
	for at, v := range cells {
		if err := f.SetCellValue(sheet, at, v); err != nil {
			t.Fatal(err)
		}
	}
}

func setFormat(t *testing.T, f *excelize.File, cell string, builtin int, custom string) {
	t.Helper()
	style := &excelize.Style{NumFmt: builtin}
	if custom != "" {
		style.CustomNumFmt = &custom
	}
	id, err := f.NewStyle(style)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetCellStyle("Sheet1", cell, cell, id); err != nil {
		t.Fatal(err)
	}
}

func TestWorkbookCells(t *testing.T) {
	afternoon := time.Date(2025, 3, 10, 14, 5, 9, 0, time.UTC)
	midnight := time.Date(2025, 3, 10, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name    string
		value   any
		builtin int
		custom  string
		want    string
	}{
		{name: "datetime", value: afternoon, builtin: 22, want: "2025-03-10 14:05:09"},
		{name: "datetime_us", value: afternoon, custom: "m/d/yy h:mm AM/PM", want: "2025-03-10 14:05:09"},
		{name: "datetime_locale", value: afternoon, custom: `[$-409]dd/mm/yyyy\ hh:mm;@`, want: "2025-03-10 14:05:09"},
		{name: "midnight_in_a_datetime_column", value: midnight, custom: "yyyy-mm-dd hh:mm", want: "2025-03-10 00:00:00"},
		{name: "date_format_with_a_time", value: afternoon, builtin: 14, want: "2025-03-10 14:05:09"},
		{name: "date", value: midnight, builtin: 14, want: "2025-03-10"},
		{name: "date_in_words", value: midnight, custom: `d" day of "mmm`, want: "2025-03-10"},
		{name: "month_only", value: midnight, builtin: 17, want: "2025-03-10"},
		{name: "east_asian_date", value: midnight, builtin: 31, want: "2025-03-10"},
		{name: "time", value: 0.25, builtin: 18, want: "06:00:00"},
		{name: "time_midnight", value: 0.0, builtin: 21, want: "00:00:00"},
		{name: "time_rounded", value: 0.999988425925926, builtin: 20, want: "23:59:59"},
		{name: "elapsed", value: 0.5, custom: "[h]:mm", want: "12:00:00"},
		{name: "text_in_a_date_format", value: "3/10/25 8:05", builtin: 22, want: "3/10/25 8:05"},
		{name: "integer", value: 12345678901, want: "12345678901"},
		{name: "integer_styled_general", value: 12345678901234, custom: "General", want: "12345678901234"},
		{name: "integer_styled_scientific", value: 12300000000, builtin: 11, want: "12300000000"},
		{name: "integer_with_commas", value: 1234567, builtin: 3, want: "1234567"},
		{name: "integer_too_long", value: 1.23456789012345e19, want: "12345678901234500000"},
		{name: "money_in_red", value: 12.5, custom: `[Red]$#,##0.00;"dr"`, want: "12.5"},
		{name: "padded_number", value: 42, custom: "000000", want: "000042"},
		{name: "text_with_zeros", value: "00123", builtin: 49, want: "00123"},
		{name: "text_like_a_number", value: "1E5", want: "1E5"},
		{name: "boolean", value: true, want: "TRUE"},
		{name: "quote_and_comma", value: `a "b", c`, want: `"a ""b"", c"`},
		{name: "line_break", value: "a\r\nb\nc", want: `"a b c"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data := bookBytes(t, func(f *excelize.File) {
				setCells(t, f, "Sheet1", map[string]any{"A1": tt.value})
				if tt.builtin != 0 || tt.custom != "" {
					setFormat(t, f, "A1", tt.builtin, tt.custom)
				}
			})
			got, err := openBook(t, data, ingest.OpenOptions{})
			if err != nil {
				t.Fatal(err)
			}
			want := []sheetText{{Name: "log.xlsx:Sheet1 Sheet1", Text: tt.want + "\n"}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("sheet mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWorkbookDate1904(t *testing.T) {
	data := bookBytes(t, func(f *excelize.File) {
		yes := true
		if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}); err != nil {
			t.Fatal(err)
		}
		setCells(t, f, "Sheet1", map[string]any{"A1": 44264.5})
		setFormat(t, f, "A1", 22, "")
	})
	got, err := openBook(t, data, ingest.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := []sheetText{{Name: "log.xlsx:Sheet1 Sheet1", Text: "2025-03-10 12:00:00\n"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sheet mismatch (-want +got):\n%s", diff)
	}
}

// The line of a record is the row of the sheet, whatever is blank above it.
func TestWorkbookLayout(t *testing.T) {
	data := bookBytes(t, func(f *excelize.File) {
		setCells(t, f, "Sheet1", map[string]any{
			"A1": "Access report", "A4": "When", "B4": "Who", "C4": "What",
			"A6": "x", "C6": "z", "A7": "y", "A9": " ",
		})
		for _, name := range []string{"Empty", "Hidden", "Deep", "Second"} {
			if _, err := f.NewSheet(name); err != nil {
				t.Fatal(err)
			}
		}
		setCells(t, f, "Hidden", map[string]any{"A1": "secret"})
		setCells(t, f, "Deep", map[string]any{"A1": "secret"})
		setCells(t, f, "Second", map[string]any{"B2": "last"})
		if err := f.SetSheetVisible("Hidden", false); err != nil {
			t.Fatal(err)
		}
		if err := f.SetSheetVisible("Deep", false, true); err != nil {
			t.Fatal(err)
		}
	})
	got, err := openBook(t, data, ingest.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := []sheetText{
		{Name: "log.xlsx:Sheet1 Sheet1", Text: "Access report\n\n\nWhen,Who,What\n\nx,,z\ny,,\n"},
		{Name: "log.xlsx:Second Second", Text: "\n,last\n"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sheets mismatch (-want +got):\n%s", diff)
	}
}

func bigBook(t *testing.T, rows int, text string) []byte {
	t.Helper()
	f := excelize.NewFile()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		at, _ := excelize.CoordinatesToCellName(1, i+1)
		if err := w.SetRow(at, []any{i, text, "view"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A consumer that stops early, or is cancelled, ends the writing goroutine;
// otherwise this test would not return.
func TestWorkbookStopsEarly(t *testing.T) {
	data := bigBook(t, 20_000, "some text")
	stop := errors.New("enough")
	_, err := ingest.OpenStream(t.Context(), "log.xlsx", bytes.NewReader(data), ingest.OpenOptions{}, func(context.Context, ingest.Member) error {
		return stop
	})
	if !errors.Is(err, stop) {
		t.Errorf("error is %v, want the consumer's", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = ingest.OpenStream(ctx, "log.xlsx", bytes.NewReader(data), ingest.OpenOptions{}, func(_ context.Context, m ingest.Member) error {
		cancel()
		_, err := io.Copy(io.Discard, m.Data)
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want context.Canceled", err)
	}
}

// Nothing may reach the disk in clear, however large a sheet is: excelize would
// spill sheets above 16 MiB into the temporary directory.
func TestWorkbookLeavesNoFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	data := bigBookInMemory(t, 17<<20)
	o := ingest.OpenOptions{Limits: ingest.Limits{Ratio: 1 << 20}}
	var n int64
	_, err := ingest.OpenStream(t.Context(), "log.xlsx", bytes.NewReader(data), o, func(_ context.Context, m ingest.Member) error {
		var err error
		if n, err = io.Copy(io.Discard, m.Data); err != nil {
			return err
		}
		files, err := os.ReadDir(dir)
		if len(files) != 0 {
			t.Errorf("files in the temporary directory: %v", files)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 16<<20 {
		t.Errorf("%d bytes came out, want all of the sheet", n)
	}
}

// replaceParts copies a workbook with some parts replaced.
func replaceParts(t *testing.T, data []byte, parts map[string]string) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, f := range in.File {
		w, err := out.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := parts[f.Name]; ok {
			if _, err := io.WriteString(w, text); err != nil {
				t.Fatal(err)
			}
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(w, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const sheetHead = `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`

func bigBookInMemory(t *testing.T, size int) []byte {
	t.Helper()
	small := bookBytes(t, func(f *excelize.File) { setCells(t, f, "Sheet1", map[string]any{"A1": 1}) })
	row := `<row><c t="inlineStr"><is><t>` + strings.Repeat("abcdefgh", 1000) + `</t></is></c></row>`
	sheet := sheetHead + strings.Repeat(row, size/len(row)+1) + `</sheetData></worksheet>`
	return replaceParts(t, small, map[string]string{"xl/worksheets/sheet1.xml": sheet})
}

func TestWorkbookErrors(t *testing.T) {
	small := bookBytes(t, func(f *excelize.File) { setCells(t, f, "Sheet1", map[string]any{"A1": 1}) })
	long := strings.Repeat("abcdefgh", 1000)
	var repeated strings.Builder
	repeated.WriteString(sheetHead)
	for range 3000 {
		repeated.WriteString(`<row><c t="s"><v>0</v></c></row>`)
	}
	repeated.WriteString(`</sheetData></worksheet>`)
	shared := bookBytes(t, func(f *excelize.File) { setCells(t, f, "Sheet1", map[string]any{"A1": long}) })
	var encrypted bytes.Buffer
	if err := excelize.NewFile().Write(&encrypted, excelize.Options{Password: "x"}); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		data []byte
		o    ingest.OpenOptions
		is   error
		text string
	}{
		{
			name: "password", data: encrypted.Bytes(), is: ingest.ErrBinary,
			text: "log.xlsx: the file is not text and not a format that chartwatch reads: the workbook is protected with a password; save it without one",
		},
		{
			name: "old_excel", data: []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)), is: ingest.ErrBinary,
			text: "log.xlsx: the file is not text and not a format that chartwatch reads: it is an old Excel file (.xls) or protected with a password; save it as .xlsx without a password, or as CSV",
		},
		{
			name: "sheet_cut_off", data: replaceParts(t, small, map[string]string{"xl/worksheets/sheet1.xml": sheetHead + `<row><c><v>1</v></c></row><row><c`}),
			is: ingest.ErrCorrupt, text: "log.xlsx: the compressed data is damaged: a worksheet is not well-formed",
		},
		{
			name: "too_large", data: small, o: ingest.OpenOptions{Limits: ingest.Limits{InMemory: 1 << 10}}, is: ingest.ErrTooLarge,
			text: "log.xlsx: the archive is too large to be read from this source: the limit is 0 MiB; give the file by its path",
		},
		{
			name: "unpacks_to_too_much", data: replaceParts(t, small, map[string]string{"xl/worksheets/sheet1.xml": sheetHead + strings.Repeat(" ", 2<<20) + `</sheetData></worksheet>`}),
			o: ingest.OpenOptions{Limits: ingest.Limits{InMemory: 1 << 20}}, is: ingest.ErrTooLarge,
			text: "log.xlsx: the archive is too large to be read from this source: the workbook unpacks to more than 1 MiB; save the sheet as CSV",
		},
		{
			name: "too_many_parts", data: small, o: ingest.OpenOptions{Limits: ingest.Limits{Entries: 2}}, is: ingest.ErrManyEntries,
			text: "",
		},
		{
			name: "one_text_many_times", data: replaceParts(t, shared, map[string]string{"xl/worksheets/sheet1.xml": repeated.String()}),
			o: ingest.OpenOptions{Limits: ingest.Limits{RatioFrom: 1 << 20}}, is: ingest.ErrBomb,
			text: "the file unpacks to far more data than a log would",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := openBook(t, tt.data, tt.o)
			if !errors.Is(err, tt.is) {
				t.Fatalf("error is %v, want %v", err, tt.is)
			}
			if tt.text != "" && err.Error() != tt.text {
				t.Errorf("message mismatch (-want +got):\n%s", cmp.Diff(tt.text, err.Error()))
			}
		})
	}
}
