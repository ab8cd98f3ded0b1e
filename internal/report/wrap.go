package report

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
)

// Lines of a terminal longer than this are hard to read, and a file or a pipe has
// no width of its own.
const readableWidth = 100

// column is the width that running text is set in.
func (o TableOptions) column() int {
	if o.Width <= 0 {
		return readableWidth
	}
	return max(min(o.Width, readableWidth), 30)
}

// setter writes running text for a terminal.
type setter struct {
	strings.Builder

	o TableOptions
}

// line writes one text, broken between words. First stands before its first line
// and as much space before the others.
func (b *setter) line(first, s string) {
	indent := strings.Repeat(" ", text.StringWidth(first))
	width := max(b.o.column()-text.StringWidth(first), 20)
	for i, l := range wrapped(clean(s), width) {
		if i > 0 {
			first = indent
		}
		b.WriteString(strings.TrimRight(first+l, " ") + "\n")
	}
}

// head writes a heading of a part.
func (b *setter) head(s string) {
	b.WriteString("\n" + b.bold(clean(s)) + "\n")
}

func (b *setter) bold(s string) string {
	if b.o.Colour {
		return text.Colors{text.Bold}.Sprint(s)
	}
	return s
}

// wrapped breaks a text between words. A word that is longer than a line stays
// whole, so that an id or a command can be copied.
func wrapped(s string, width int) []string {
	var lines []string
	current, used := "", 0
	for word := range strings.FieldsSeq(s) {
		w := text.StringWidth(word)
		if current != "" && used+1+w > width {
			lines = append(lines, current)
			current, used = "", 0
		}
		if current != "" {
			current += " "
			used++
		}
		current += word
		used += w
	}
	return append(lines, current)
}
