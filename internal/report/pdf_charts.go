package report

import (
	"strconv"

	"github.com/chartwatch/chartwatch/rules"
)

// levelColour is the colour of a level; the word always stands beside it.
func levelColour(level string) (r, g, b int) { return hexColour(levelFill(rules.Level(level))) }

// hexColour reads a colour of ours, written as #rrggbb.
func hexColour(s string) (r, g, b int) {
	n, err := strconv.ParseUint(s[1:], 16, 24)
	if err != nil {
		return 0, 0, 0
	}
	return int(n >> 16 & 0xff), int(n >> 8 & 0xff), int(n & 0xff)
}

// scaled turns the measure of a chart into millimetres.
func (p *paper) scaled(n int) float64 { return float64(n) * p.width() / chartWidth }

func (p *paper) fill(hex string) {
	r, g, b := hexColour(hex)
	p.SetFillColor(r, g, b)
}

// levels draws a bar for each level.
func (p *paper) levels(c levelsChart) {
	p.need(float64(len(c.Parts)) * 6)
	for _, x := range c.Parts {
		y := p.GetY()
		p.put(pageMargin, 20, []string{x.Text})
		p.fill(x.Fill)
		if x.W > 0 {
			p.Rect(pageMargin+20, y+0.8, p.scaled(x.W), 3.4, "F")
		}
		p.SetXY(pageMargin+22+p.scaled(x.W), y)
		p.CellFormat(20, p.line(), x.Count, "", 0, "L", false, 0, "")
		p.SetY(y + 5.4)
	}
	p.gap(1.5)
}

// share draws one bar of parts and its key.
func (p *paper) share(c shareChart) {
	if len(c.Parts) == 0 {
		return
	}
	p.need(50)
	y := p.GetY() + 1
	for _, x := range c.Parts {
		if x.W > 0 {
			p.fill(x.Fill)
			p.Rect(pageMargin+p.scaled(x.X), y, p.scaled(x.W), 7, "F")
		}
	}
	p.SetY(y + 9)
	for _, x := range c.Parts {
		y := p.GetY()
		p.fill(x.Fill)
		p.Rect(pageMargin, y+0.7, 3.4, 3.4, "F")
		p.put(pageMargin+6, p.width()-6, []string{p.printable(x.Text)})
		p.SetY(y + 5.2)
	}
	p.gap(1)
}

// days draws the events of each day; what the marks mean stands in the table that follows.
func (p *paper) days(c daysChart) {
	if len(c.Bars) == 0 {
		return
	}
	p.need(p.scaled(c.Height) + 6)
	top := p.GetY()
	p.SetDrawColor(207, 214, 222)
	p.use("", smallSize)
	for _, l := range c.Lines {
		y := top + p.scaled(l.Y)
		p.Line(pageMargin+p.scaled(l.X1), y, pageMargin+p.width(), y)
		p.SetXY(pageMargin, y-2)
		p.CellFormat(p.scaled(l.TextX), 4, l.Text, "", 0, "R", false, 0, "")
	}
	for _, b := range c.Bars {
		p.fill("#3b6ea5")
		p.Rect(pageMargin+p.scaled(b.X), top+p.scaled(b.Y), p.scaled(b.W), p.scaled(b.H), "F")
		p.centred(b.Mid, top+p.scaled(c.LabelY)-3.2, b.Label)
		p.centred(b.Mid, top+p.scaled(c.Label2Y)-3, b.Label2)
	}
	p.SetY(top + p.scaled(c.Height) + 1)
	p.use("", textSize)
	p.table(c.Twin)
}

func (p *paper) centred(mid int, y float64, s string) {
	p.SetXY(pageMargin+p.scaled(mid)-10, y)
	p.CellFormat(20, 4, s, "", 0, "C", false, 0, "")
}
