package report_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"codeberg.org/go-pdf/fpdf"

	"github.com/chartwatch/chartwatch/internal/golden"
	"github.com/chartwatch/chartwatch/internal/report"
	"github.com/chartwatch/chartwatch/internal/review"
)

// pdfPages reads the text of a document that this package wrote: every page as
// the lines that were put on it. A line is a string of UTF-16 followed by Tj.
func pdfPages(t *testing.T, file []byte) []string {
	t.Helper()
	var pages []string
	shown := regexp.MustCompile(`(?s)\(((?:[^\\)]|\\.)*)\)\s*Tj`)
	for _, part := range bytes.Split(file, []byte("\nstream\n"))[1:] {
		part, _, _ = bytes.Cut(part, []byte("\nendstream"))
		z, err := zlib.NewReader(bytes.NewReader(part))
		if err != nil {
			continue
		}
		content, err := io.ReadAll(z)
		if err != nil || !bytes.Contains(content, []byte(" Tf ")) {
			continue // the letters
		}
		var page strings.Builder
		for _, m := range shown.FindAllSubmatch(content, -1) {
			page.WriteString(unescapePDF(m[1]) + "\n")
		}
		pages = append(pages, page.String())
	}
	if len(pages) == 0 {
		t.Fatal("the document has no page with text")
	}
	return pages
}

func unescapePDF(s []byte) string {
	var raw []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
			if s[i] == 'r' {
				raw = append(raw, '\r')
				continue
			}
		}
		raw = append(raw, s[i])
	}
	var units []uint16
	for i := 0; i+1 < len(raw); i += 2 {
		units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
	}
	return string(utf16.Decode(units))
}

func TestReviewPDF(t *testing.T) {
	for name, r := range reviews() {
		t.Run(name, func(t *testing.T) {
			var first, second bytes.Buffer
			for _, b := range []*bytes.Buffer{&first, &second} {
				if err := report.ReviewPDF(b, r); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(first.Bytes(), second.Bytes()) {
				t.Error("two runs gave different bytes")
			}
			pages := pdfPages(t, first.Bytes())
			for i, page := range pages {
				if want := fmt.Sprintf("page %d of %d\n", i+1, len(pages)); !strings.HasSuffix(page, want) {
					t.Errorf("page %d does not end with %q", i+1, want)
				}
			}
			golden.Compare(t, "testdata/review_"+name+".pdf.txt", strings.Join(pages, "\f"))
		})
	}
}

// The document says what the page says, with every name as it is written.
func TestReviewPDFShowsEverything(t *testing.T) {
	var b bytes.Buffer
	r := rich()
	if err := report.ReviewPDF(&b, r); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(pdfPages(t, b.Bytes()), "")
	hasAll(t, text, []string{
		"Łukasz Núñez (billing)", "Zoë Nguyễn", "Nguyễn Thị Ánh", `<script>alert("1")</script>`, "Lakeside Dental & Family, Review of access to records",
		"The HTML form of this report is the accessible original", "Evidence: 10 of 37 rows shown", "164.312(a) (proposed)", "Signature",
		"Mon 2025-03-03 to Sun 2025-03-09", "5 findings to look at: 1 critical, 1 high, 2 medium, 1 low.", "site.x.broken", "delimited version 3 (4 files)",
	})
	for _, x := range r.Findings {
		hasAll(t, text, []string{x.ID, x.Title})
	}
	if strings.Contains(text, "cannot be printed") {
		t.Error("a character was replaced that the letters have")
	}
}

// What the letters lack is said to be lacking.
func TestPDFOfStrangeCharacters(t *testing.T) {
	r := emptyReview()
	r.Practice = "診療所 \U0001f9b7"
	r.SignOff.Text = strings.Repeat("W", 400) + " " + strings.Repeat("many words ", 900)
	var b bytes.Buffer
	if err := report.ReviewPDF(&b, r); err != nil {
		t.Fatal(err)
	}
	hasAll(t, strings.Join(pdfPages(t, b.Bytes()), ""), []string{"at \ufffd\ufffd\ufffd \ufffd", "Some characters of names cannot be printed", "WWWW"})
}

// A finding with a cell longer than a page still ends, and nothing is cut off.
func TestPDFOfLongCells(t *testing.T) {
	r := rich()
	x := bulk()
	x.Evidence = []review.Evidence{{At: x.FirstAt, Values: map[string]string{"note": strings.Repeat("word ", 6000) + "lastword"}}}
	r.Findings = []review.Item{x}
	var b bytes.Buffer
	if err := report.ReviewPDF(&b, r); err != nil {
		t.Fatal(err)
	}
	pages := pdfPages(t, b.Bytes())
	hasAll(t, strings.Join(pages, ""), []string{"lastword"})
	if n := strings.Count(strings.Join(pages, ""), "word"); n < 6000 {
		t.Errorf("%d of 6,000 words are printed", n)
	}
}

// The embedded letters have what the document relies on.
func TestFonts(t *testing.T) {
	for _, file := range []string{"fonts/NotoSans-Regular.ttf", "fonts/NotoSans-Bold.ttf"} {
		f, err := fpdf.TtfParse(file)
		if err != nil {
			t.Fatal(err)
		}
		if !f.Embeddable {
			t.Errorf("%s may not be embedded", file)
		}
		for r := range rune(0x10000) {
			if _, has := f.Chars[uint16(r)]; !has && report.HasLetter(r) {
				t.Errorf("%s has no %U", file, r)
			}
		}
	}
}
