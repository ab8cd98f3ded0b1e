package report

// table writes a table; its head comes again on every page that it reaches.
func (p *paper) table(g grid) {
	if len(g.Rows) == 0 {
		return
	}
	p.gap(1.5)
	p.use("B", smallSize+0.5)
	caption := p.lines(g.Caption, p.width())
	widths := p.columns(g)
	p.use("B", smallSize+0.5)
	p.need(float64(len(caption)+5) * p.line())
	p.put(pageMargin, p.width(), caption)
	p.SetY(p.GetY() + 0.8)
	p.tableHead(g, widths)
	for _, row := range g.Rows {
		p.use("", smallSize)
		cells, height := p.cells(row, widths)
		_, page := p.GetPageSize()
		if p.GetY()+height > page-pageBottom {
			p.AddPage()
			p.tableHead(g, widths)
			p.use("", smallSize)
		}
		p.row(row, cells, widths, height)
	}
	p.use("", textSize)
	p.SetY(p.GetY() + 2.5)
}

// columns shares the width of the page out: every column gets what its longest
// text needs, and where that is too much, the columns of running text give way.
func (p *paper) columns(g grid) []float64 {
	widths, least := p.needs(g)
	sum, give, narrowest := 0.0, 0.0, 0.0
	for i := range widths {
		sum += widths[i]
		give += widths[i] - least[i]
		narrowest += least[i]
	}
	spare, flexible := p.width()-sum, 0.0
	for i, h := range g.Head {
		if !h.Number && !h.Short {
			flexible += widths[i]
		}
	}
	for i, h := range g.Head {
		switch {
		case spare >= 0 && flexible > 0:
			if !h.Number && !h.Short {
				widths[i] += spare * widths[i] / flexible
			}
		case spare >= 0:
			widths[i] += spare * widths[i] / sum
		case give > 0 && give > -spare:
			widths[i] += spare * (widths[i] - least[i]) / give
		default:
			widths[i] = p.width() * least[i] / narrowest
		}
	}
	return widths
}

// needs returns how wide each column would like to be, and how narrow it may be.
func (p *paper) needs(g grid) (widths, least []float64) {
	widths, least = make([]float64, len(g.Head)), make([]float64, len(g.Head))
	p.use("B", smallSize)
	for i, h := range g.Head {
		widths[i] = p.GetStringWidth(p.printable(h.Text)) + cellGap
		least[i] = widths[i]
	}
	p.use("", smallSize)
	for _, row := range g.Rows {
		for i, c := range row {
			w := min(p.GetStringWidth(p.printable(c.Text))+cellGap, p.width())
			widths[i] = max(widths[i], w)
			if c.Number || c.Short {
				least[i] = max(least[i], w)
			} else {
				least[i] = max(least[i], min(w, p.width()/float64(len(g.Head)+4)))
			}
		}
	}
	return widths, least
}

func (p *paper) tableHead(g grid, widths []float64) {
	p.use("B", smallSize)
	cells, height := p.cells(g.Head, widths)
	p.SetDrawColor(27, 36, 48)
	p.row(g.Head, cells, widths, height)
	p.SetDrawColor(207, 214, 222)
}

// cells breaks the texts of a row and returns how high it is.
func (p *paper) cells(row []gridCell, widths []float64) (cells [][]string, height float64) {
	most := 1
	for i, c := range row {
		lines := p.lines(c.Text, widths[i]-cellGap)
		cells = append(cells, lines)
		most = max(most, len(lines))
	}
	return cells, float64(most)*p.line() + 1.6
}

// row writes the cells beside each other and a line beneath. A row that is higher
// than a page goes on on the next one.
func (p *paper) row(row []gridCell, cells [][]string, widths []float64, height float64) {
	_, page := p.GetPageSize()
	most := 0
	for _, lines := range cells {
		most = max(most, len(lines))
	}
	if fits := page - pageBottom - pageTop; height > fits {
		p.longRow(row, cells, widths, most)
		return
	}
	p.slice(row, cells, widths, 0, most)
}

func (p *paper) longRow(row []gridCell, cells [][]string, widths []float64, most int) {
	_, page := p.GetPageSize()
	for from := 0; from < most; {
		n := max(int((page-pageBottom-p.GetY()-1.6)/p.line()), 1)
		p.slice(row, cells, widths, from, min(from+n, most))
		if from += n; from < most {
			size := p.size
			p.AddPage()
			p.use("", size)
		}
	}
}

// slice writes some lines of a row's cells.
func (p *paper) slice(row []gridCell, cells [][]string, widths []float64, from, to int) {
	top, x := p.GetY()+0.6, pageMargin
	for i, lines := range cells {
		align := "L"
		if row[i].Number {
			align = "R"
		}
		for k := from; k < min(to, len(lines)); k++ {
			p.SetXY(x, top+float64(k-from)*p.line())
			p.CellFormat(widths[i]-cellGap, p.line(), lines[k], "", 0, align, false, 0, "")
		}
		x += widths[i]
	}
	bottom := top + float64(to-from)*p.line() + 0.8
	p.Line(pageMargin, bottom, pageMargin+p.width(), bottom)
	p.SetY(bottom + 0.2)
}
