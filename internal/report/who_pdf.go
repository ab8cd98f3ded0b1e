package report

import (
	"io"

	"github.com/chartwatch/chartwatch/internal/access"
)

// WhoPDF writes an answer as a document for paper and for keeping. Two runs with
// the same letterhead give the same bytes. The page of [WhoHTML] is the
// accessible original.
func WhoPDF(w io.Writer, a access.Answer, h Letterhead) error {
	v := viewWho(a, h)
	head := paperHead{Title: v.Heading, Practice: clean(h.Practice), Period: daysText(a.From, a.To), MadeAt: h.MadeAt, Wide: true}
	return writePaper(w, head, func(p *paper) {
		p.heading(1, v.Title)
		p.text(v.Question)
		p.text("The HTML form of this report is the accessible original; this document is not tagged for screen readers.")
		p.heading(2, "Answer")
		p.strong(v.Verdict)
		for _, list := range [][]string{v.Reasons, v.Candidates} {
			for _, s := range list {
				p.item("•", s)
			}
		}
		if len(v.Accesses.Rows) > 0 {
			p.heading(2, "Accesses")
			p.table(v.Accesses)
		}
		p.heading(2, "What the logs cover")
		if len(v.Sources.Rows) == 0 {
			p.text("The answer rests on no log.")
		}
		p.table(v.Sources)
		for _, g := range v.Gaps {
			p.item("•", g)
		}
		p.about(v.Facts)
	})
}
