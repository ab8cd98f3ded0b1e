package report

import "strings"

// grid is a table of a page or a document. The first column names the row.
type grid struct {
	Caption string
	Head    []gridCell
	Rows    [][]gridCell
}

// gridCell is a cell. Numbers stand on the right; neither they nor short texts of
// ours, such as dates, are broken.
type gridCell struct {
	Text          string
	Number, Short bool
}

// newGrid makes a table with columns named by their headings; a heading that
// begins with # is of a column of numbers, one with ~ of short texts.
func newGrid(caption string, head ...string) grid {
	g := grid{Caption: caption}
	for _, h := range head {
		name := strings.TrimLeft(h, "#~")
		g.Head = append(g.Head, gridCell{name, strings.HasPrefix(h, "#"), strings.HasPrefix(h, "~")})
	}
	return g
}

// add appends a row.
func (g *grid) add(texts ...string) {
	row := make([]gridCell, len(texts))
	for i, s := range texts {
		row[i] = g.Head[i]
		row[i].Text = clean(s)
	}
	g.Rows = append(g.Rows, row)
}

// filledColumns leaves out the columns in which no row has anything.
func (g grid) filledColumns() grid {
	out := grid{Caption: g.Caption}
	keep := make([]bool, len(g.Head))
	for _, row := range g.Rows {
		for i, c := range row {
			keep[i] = keep[i] || c.Text != ""
		}
	}
	for i, h := range g.Head {
		if keep[i] {
			out.Head = append(out.Head, h)
		}
	}
	for _, row := range g.Rows {
		var r []gridCell
		for i, c := range row {
			if keep[i] {
				r = append(r, c)
			}
		}
		out.Rows = append(out.Rows, r)
	}
	return out
}
