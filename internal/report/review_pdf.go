package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/chartwatch/chartwatch/internal/review"
)

// ReviewPDF writes a review as a document for paper and for keeping. Two runs of
// the same report give the same bytes. It has no structure for screen readers;
// the page of [ReviewHTML] is the accessible original.
func ReviewPDF(w io.Writer, r review.Report) error {
	v := reviewPage(&r)
	head := paperHead{Title: "Review of access to records", Practice: clean(r.Practice), Period: daysText(r.Period.From, r.Period.To), MadeAt: r.MadeAt}
	return writePaper(w, head, func(p *paper) { p.review(v) })
}

func (p *paper) review(v reviewView) {
	p.heading(1, v.Heading)
	p.text(v.Period)
	p.SetY(p.GetY() + 1)
	p.strong(v.Headline)
	p.text("The HTML form of this report is the accessible original; this document is not tagged for screen readers.")
	p.heading(2, "What to look at first")
	if len(v.First) == 0 {
		p.text(v.NothingFirst)
	}
	for i, f := range v.First {
		p.item(strconv.Itoa(i+1)+".", f.Title+": "+f.Level+", "+f.Subject+", "+f.When+" ("+f.ID+")")
	}
	p.levels(v.Levels)
	p.text(v.Hidden)
	p.heading(2, "What this review cannot say")
	if len(v.Warnings) == 0 {
		p.text("Nothing is known that makes this review less than whole.")
	}
	p.notices(v.Warnings)
	p.text(v.RulesText)
	p.cases(v.Cases)
	p.need(70)
	p.heading(2, "Findings")
	if len(v.Findings) == 0 {
		p.text(v.Headline)
	}
	for _, f := range v.Findings {
		p.finding(f)
	}
	if v.Vendors != nil {
		p.heading(2, "Accounts of vendors and business associates")
		p.table(*v.Vendors)
	}
	p.heading(2, "How much the records explain")
	p.text(v.ExplainedText)
	p.share(v.Share)
	p.table(v.Share.Twin)
	p.coverage(v)
	p.rules(v)
	p.signOff(v)
}

func (p *paper) notices(list []noticeView) {
	for _, n := range list {
		p.use("B", textSize)
		p.item("!", n.Message)
		p.use("", textSize)
		if n.Hint != "" {
			p.item("", n.Hint)
		}
	}
}

func (p *paper) cases(list []caseView) {
	if len(list) == 0 {
		return
	}
	p.heading(2, "Cases")
	for _, c := range list {
		p.strong(fmt.Sprintf("%s: %s, score %d of 100, case %s", c.Subject, c.Level, c.Score, c.ID))
		for _, f := range c.Findings {
			text := f.Title + " (" + f.ID + ")"
			if !f.Here {
				text = "finding " + f.ID + " of other days"
			}
			p.item("•", text)
		}
	}
}

func (p *paper) finding(f findingView) {
	p.gap(3)
	p.need(45)
	r, g, b := levelColour(f.Level)
	p.SetFillColor(r, g, b)
	p.Rect(pageMargin, p.GetY(), p.width(), 1.2, "F")
	p.SetY(p.GetY() + 1)
	p.heading(3, f.Title)
	p.strong(strings.ToUpper(f.Level) + ", risk " + strconv.Itoa(f.Risk) + " of 100")
	p.text(f.Text)
	for _, x := range []fact{{"About", f.Subject}, {"When", f.When + ", " + f.Events}, {"State", f.State}, {"Id", f.ID + ", rule " + f.Rule}} {
		p.labelled(x.Label, x.Text, 16)
	}
	for _, m := range f.Marks {
		p.strong(m)
	}
	for _, part := range []struct {
		title    string
		list     []string
		numbered bool
	}{
		{"Doubts about the data", f.Quality, false},
		{"What to do next", f.Steps, true},
		{"Questions to ask", f.Questions, false},
		{"The same evidence also shows", f.Covers, false},
		{"What people decided", f.Decisions, false},
	} {
		p.list(part.title, part.list, part.numbered)
	}
	score := newGrid("How the risk adds up", "#Points", "Because")
	for _, s := range f.Score {
		score.add(s.Points, s.Because)
	}
	score.add(f.Sum, f.SumText)
	p.table(score)
	p.table(f.Checked)
	p.table(f.Evidence)
}

func (p *paper) list(title string, list []string, numbered bool) {
	if len(list) == 0 {
		return
	}
	p.gap(1)
	p.need(2.5 * p.line())
	p.strong(title)
	for i, s := range list {
		mark := "•"
		if numbered {
			mark = strconv.Itoa(i+1) + "."
		}
		p.item(mark, s)
	}
}

func (p *paper) coverage(v reviewView) {
	p.need(100)
	p.heading(2, "What the logs cover")
	p.text(v.Totals)
	p.days(v.Days)
	if len(v.Sources.Rows) == 0 {
		p.text("No access log has been imported.")
	}
	p.table(v.Sources)
	for _, g := range v.Gaps {
		p.item("•", g)
	}
	p.table(v.Matrix)
}

func (p *paper) rules(v reviewView) {
	p.heading(2, "Rules")
	p.text(v.RulesText + " From the silence of a rule that did not run nothing follows.")
	for _, g := range v.Fates {
		p.table(g)
	}
	p.table(v.Citations)
	if len(v.Setup) > 0 {
		p.heading(2, "Set-up worth looking at")
		p.notices(v.Setup)
	}
	p.heading(2, "How to read a finding")
	p.text(v.Wording)
}

func (p *paper) signOff(v reviewView) {
	p.need(80)
	p.heading(2, "Sign-off")
	p.text(v.SignOff)
	if v.Overdue != "" {
		p.text("Not signed off although there is data: " + v.Overdue + ".")
	}
	if !v.Signed {
		p.signatureLines("Reviewed by", "Signature", "Date", "Notes")
	}
	p.about(v.Facts)
}

func (p *paper) signatureLines(labels ...string) {
	for _, label := range labels {
		p.SetY(p.GetY() + 5)
		p.need(12)
		y := p.GetY() + p.line()
		p.put(pageMargin, 40, []string{label})
		p.SetDrawColor(27, 36, 48)
		p.Line(pageMargin+35, y, pageMargin+p.width(), y)
	}
	p.SetY(p.GetY() + 3)
}

// about says what a report rests on.
func (p *paper) about(facts []fact) {
	p.heading(2, "About this report")
	p.use("", smallSize)
	for _, f := range facts {
		p.labelled(f.Label, f.Text, 52)
	}
	p.use("", textSize)
}
