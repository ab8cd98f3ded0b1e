package report_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/chartwatch/chartwatch/internal/golden"
	"github.com/chartwatch/chartwatch/internal/report"
)

// workbookText reads all cells of a workbook, one row a line.
func workbookText(t *testing.T, file []byte) string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var b strings.Builder
	for _, name := range f.GetSheetList() {
		b.WriteString("== " + name + "\n")
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			b.WriteString(strings.Join(row, " | ") + "\n")
		}
	}
	return b.String()
}

// noFormulas fails for a workbook that has a formula anywhere.
func noFormulas(t *testing.T, file []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range z.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte("<f>")) || bytes.Contains(data, []byte("<f ")) || bytes.Contains(data, []byte("<hyperlink")) {
			t.Errorf("%s has a formula or a link", part.Name)
		}
	}
}

func TestReviewXLSX(t *testing.T) {
	for name, r := range reviews() {
		t.Run(name, func(t *testing.T) {
			var first, second bytes.Buffer
			for _, b := range []*bytes.Buffer{&first, &second} {
				if err := report.ReviewXLSX(b, r); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(first.Bytes(), second.Bytes()) {
				t.Error("two runs gave different bytes")
			}
			noFormulas(t, first.Bytes())
			text := workbookText(t, first.Bytes())
			harmless(t, text)
			golden.Compare(t, "testdata/review_"+name+".xlsx.txt", text)
			if name == "rich" {
				hasAll(t, text, basis())
				hasAll(t, text, []string{"== Summary", "== Findings", "== Evidence", "== Rules", "== Coverage", "== Vendors", "=cmd|' /C calc'!A0", "+labsync"})
			}
		})
	}
}
