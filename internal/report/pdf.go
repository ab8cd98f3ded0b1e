package report

import (
	"embed"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/unicode/norm"
)

//go:embed fonts
var fontFiles embed.FS

// Measures of a page, US letter, in millimetres and points.
const (
	pageMargin = 18.0
	pageTop    = 24.0
	pageBottom = 20.0
	textSize   = 10.0
	smallSize  = 8.0
	lineRatio  = 0.48 // height of a line in millimetres, by the size of the letters in points
	cellGap    = 2.6
)

// paper is a printed document: running text, tables and a head and foot on every
// page.
type paper struct {
	*fpdf.Fpdf

	pages   int
	size    float64
	strange bool // the letters at hand lack a character
}

// paperHead is what stands on every page.
type paperHead struct {
	Title, Practice, Period string
	MadeAt                  time.Time
	Wide                    bool // the page lies on its side
}

// writePaper writes a document. It is laid out twice, because every page says how
// many there are. Two runs of the same give the same bytes.
func writePaper(w io.Writer, head paperHead, body func(*paper)) error {
	first, err := newPaper(head, 0)
	if err != nil {
		return err
	}
	body(first)
	second, err := newPaper(head, first.PageNo())
	if err != nil {
		return err
	}
	body(second)
	if second.strange {
		second.text("Some characters of names cannot be printed with the letters of this document and stand as " + string(unicode.ReplacementChar) +
			". The HTML form shows them.")
	}
	if err := second.Output(w); err != nil {
		return fmt.Errorf("writing the PDF: %w", err)
	}
	return nil
}

func newPaper(head paperHead, pages int) (*paper, error) {
	orientation := "P"
	if head.Wide {
		orientation = "L"
	}
	p := &paper{Fpdf: fpdf.New(orientation, "mm", "Letter", ""), pages: pages}
	for _, face := range []struct{ style, file string }{{"", "fonts/NotoSans-Regular.ttf"}, {"B", "fonts/NotoSans-Bold.ttf"}} {
		data, err := fontFiles.ReadFile(face.file)
		if err != nil {
			return nil, fmt.Errorf("reading the letters: %w", err)
		}
		p.AddUTF8FontFromBytes("text", face.style, data)
	}
	if head.MadeAt.IsZero() {
		head.MadeAt = time.Unix(0, 0) // the library would take the clock's time
	}
	p.SetCatalogSort(true)
	p.SetCreationDate(head.MadeAt.UTC())
	p.SetModificationDate(head.MadeAt.UTC())
	p.SetLang("en-US")
	p.SetTitle(p.printable(head.Title), true)
	p.SetProducer("chartwatch", true)
	p.SetMargins(pageMargin, pageTop, pageMargin)
	p.SetAutoPageBreak(true, pageBottom)
	p.SetCellMargin(0)
	p.SetHeaderFunc(func() { p.head(head) })
	p.SetFooterFunc(p.foot)
	p.AddPage()
	p.use("", textSize)
	return p, nil
}

func (p *paper) head(h paperHead) {
	p.SetY(10)
	p.SetTextColor(74, 85, 99)
	p.SetFont("text", "", smallSize)
	width, _ := p.GetPageSize()
	left := h.Title
	if h.Practice != "" {
		left = h.Practice + ", " + left
	}
	half := (width - 2*pageMargin) / 2
	p.CellFormat(half, 5, p.fitted(left, half-3), "", 0, "L", false, 0, "")
	p.CellFormat(half, 5, p.fitted(h.Period, half), "", 1, "R", false, 0, "")
	p.SetDrawColor(207, 214, 222)
	p.Line(pageMargin, 16, width-pageMargin, 16)
	p.SetTextColor(27, 36, 48)
	p.SetY(pageTop)
	p.use("", max(p.size, smallSize))
}

func (p *paper) foot() {
	p.SetY(-14)
	p.SetTextColor(74, 85, 99)
	p.SetFont("text", "", smallSize)
	p.CellFormat(0, 5, "page "+strconv.Itoa(p.PageNo())+" of "+strconv.Itoa(max(p.pages, p.PageNo())), "", 0, "R", false, 0, "")
	p.SetTextColor(27, 36, 48)
}

// use chooses the letters.
func (p *paper) use(style string, size float64) {
	p.size = size
	p.SetFont("text", style, size)
}

func (p *paper) line() float64 { return p.size * lineRatio }

// width is the space for text.
func (p *paper) width() float64 {
	w, _ := p.GetPageSize()
	return w - 2*pageMargin
}

// need begins a new page unless there is room for some height.
func (p *paper) need(height float64) {
	_, h := p.GetPageSize()
	if p.GetY()+height > h-pageBottom && p.GetY() > pageTop {
		p.AddPage()
	}
}

// gap leaves some height free, but not at the top of a page.
func (p *paper) gap(height float64) {
	if p.GetY() > pageTop {
		p.SetY(p.GetY() + height)
	}
}

// heading writes a heading and stays together with what follows.
func (p *paper) heading(level int, s string) {
	size := map[int]float64{1: 17, 2: 13, 3: 11}[level]
	p.gap(map[int]float64{1: 0, 2: 5, 3: 3}[level])
	p.need(size*lineRatio + 16)
	p.use("B", size)
	if level < 3 {
		p.Bookmark(p.printable(clean(s)), level-1, -1)
	}
	p.put(pageMargin, p.width(), p.lines(s, p.width()))
	if level == 2 {
		p.SetDrawColor(207, 214, 222)
		p.Line(pageMargin, p.GetY()+0.6, pageMargin+p.width(), p.GetY()+0.6)
		p.SetY(p.GetY() + 2)
	}
	p.use("", textSize)
}

// text writes running text.
func (p *paper) text(s string) { p.indented("", s, 0) }

// strong writes running text in bold letters.
func (p *paper) strong(s string) {
	p.use("B", textSize)
	p.indented("", s, 0)
	p.use("", textSize)
}

// item writes a text with a mark before it.
func (p *paper) item(mark, s string) { p.indented(mark, s, 6) }

// labelled writes a line with a label in bold letters.
func (p *paper) labelled(label, s string, indent float64) {
	p.need(p.line())
	y := p.GetY()
	p.use("B", p.size)
	p.put(pageMargin, indent, []string{p.printable(label)})
	p.SetY(y)
	p.use("", p.size)
	p.put(pageMargin+indent, p.width()-indent, p.lines(s, p.width()-indent))
	p.SetY(p.GetY() + 0.8)
}

func (p *paper) indented(mark, s string, indent float64) {
	lines := p.lines(s, p.width()-indent)
	p.need(min(float64(len(lines)), 3) * p.line())
	if mark != "" {
		y := p.GetY()
		p.put(pageMargin+1, indent, []string{mark})
		p.SetY(y)
	}
	p.put(pageMargin+indent, p.width()-indent, lines)
	p.SetY(p.GetY() + 1.2)
}

// put writes lines from the current height on, over several pages if need be.
func (p *paper) put(x, width float64, lines []string) {
	for _, l := range lines {
		p.need(p.line())
		p.SetX(x)
		p.CellFormat(width, p.line(), l, "", 0, "L", false, 0, "")
		p.SetY(p.GetY() + p.line())
	}
}

// lines breaks a text into lines of a width. A word that is too long is broken.
func (p *paper) lines(s string, width float64) []string {
	var out []string
	current := ""
	for word := range strings.FieldsSeq(p.printable(clean(s))) {
		if next := strings.TrimLeft(current+" "+word, " "); p.GetStringWidth(next) <= width {
			current = next
			continue
		}
		if current != "" {
			out = append(out, current)
		}
		for p.GetStringWidth(word) > width {
			head := p.fitting(word, width)
			out, word = append(out, word[:head]), word[head:]
		}
		current = word
	}
	return append(out, current)
}

// fitting is how many bytes of a word fit into a width, at least a character.
func (p *paper) fitting(word string, width float64) int {
	n := 0
	for i, r := range word {
		end := i + len(string(r))
		if i > 0 && p.GetStringWidth(word[:end]) > width {
			break
		}
		n = end
	}
	return n
}

// fitted is a text on one line, cut off where it does not fit.
func (p *paper) fitted(s string, width float64) string {
	s = p.printable(clean(s))
	if p.GetStringWidth(s) <= width {
		return s
	}
	return s[:p.fitting(s, width-4)] + "…"
}

// printable replaces what the letters at hand lack, and notes that it did.
func (p *paper) printable(s string) string {
	return strings.Map(func(r rune) rune {
		if hasLetter(r) {
			return r
		}
		if unicode.IsSpace(r) {
			return ' '
		}
		p.strange = true
		return unicode.ReplacementChar
	}, norm.NFC.String(s))
}

// hasLetter reports whether the embedded letters have a character: Latin with
// Vietnamese, Greek, Cyrillic and the usual signs.
func hasLetter(r rune) bool {
	switch {
	case r >= 0x20 && r <= 0x7e, r >= 0xa0 && r <= 0x377, r >= 0x3a3 && r <= 0x3e1, r >= 0x400 && r <= 0x52f, r >= 0x1e00 && r <= 0x1eff:
		return true
	case r >= 0x388 && r <= 0x3a1 && r != 0x38b && r != 0x38d:
		return true
	case r >= 0x2010 && r <= 0x2027, r >= 0x2030 && r <= 0x205e, r >= 0x20a0 && r <= 0x20bf:
		return true
	case r == unicode.ReplacementChar:
		return true
	}
	return false
}
