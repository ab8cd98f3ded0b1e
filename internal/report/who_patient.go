package report

import (
	"io"
	"slices"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/access"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/fault"
)

// longDate is how a letter writes a date.
const longDate = "Monday, January 2, 2006"

// letterView is the answer in plain words, made to be handed to the patient. It
// has names and roles of those who acted, and nothing of workstations, addresses,
// numbers or other patients.
type letterView struct {
	Title, Practice, Date, To, Period, Verdict string
	Entries                                    grid
	Limits, Notes                              []string
}

// WhoForPatientTable writes the answer for the patient as plain text. Like the
// page and the document of the same answer it refuses an answer that is not about
// one patient, because it would name others.
func WhoForPatientTable(w io.Writer, a access.Answer, h Letterhead, o TableOptions) error {
	v, err := viewLetter(a, h)
	if err != nil {
		return err
	}
	b := &setter{o: o}
	for _, s := range []string{v.Practice, v.Date, v.To} {
		if s != "" {
			b.line("", s)
		}
	}
	b.head(v.Title)
	b.line("", v.Period)
	b.line("\n", v.Verdict)
	for _, row := range v.Entries.Rows {
		b.WriteString("\n")
		for i, c := range row {
			switch {
			case i == 0:
				b.line("* ", c.Text)
			case c.Text != "":
				b.line("  "+v.Entries.Head[i].Text+": ", c.Text)
			}
		}
	}
	if len(v.Limits) > 0 {
		b.head("What our logs cannot show")
		for _, s := range v.Limits {
			b.line("- ", s)
		}
	}
	b.head("About this list")
	for _, s := range v.Notes {
		b.line("", s)
	}
	_, err = io.WriteString(w, b.String())
	return err
}

// WhoForPatientHTML writes the answer for the patient as a self-contained page.
func WhoForPatientHTML(w io.Writer, a access.Answer, h Letterhead) error {
	v, err := viewLetter(a, h)
	if err != nil {
		return err
	}
	return writePage(w, "letter.html", v)
}

// WhoForPatientPDF writes the answer for the patient as a letter.
func WhoForPatientPDF(w io.Writer, a access.Answer, h Letterhead) error {
	v, err := viewLetter(a, h)
	if err != nil {
		return err
	}
	head := paperHead{Title: v.Title, Practice: v.Practice, Period: v.Date, MadeAt: h.MadeAt}
	return writePaper(w, head, func(p *paper) {
		for _, s := range []string{v.Practice, v.Date, v.To} {
			if s != "" {
				p.text(s)
			}
		}
		p.SetY(p.GetY() + 6)
		p.heading(1, v.Title)
		p.text(v.Period)
		p.SetY(p.GetY() + 1)
		p.strong(v.Verdict)
		p.table(v.Entries)
		if len(v.Limits) > 0 {
			p.heading(2, "What our logs cannot show")
			for _, s := range v.Limits {
				p.item("•", s)
			}
		}
		p.heading(2, "About this list")
		for _, s := range v.Notes {
			p.text(s)
		}
	})
}

func viewLetter(a access.Answer, h Letterhead) (letterView, error) {
	if a.Patient == nil || a.User != nil || len(a.Candidates) > 0 {
		return letterView{}, fault.New(fault.Usage, "this answer is not about one patient, so it cannot be handed to one",
			"ask about one patient, by number: chartwatch who NUMBER --for patient")
	}
	zone, _ := zoneOf(a.Timezone)
	v := letterView{
		Title: "Who opened your record", Practice: clean(h.Practice), Entries: letterEntries(a.Accesses), Limits: letterLimits(a),
		Period: "On " + a.From.Time().Format(longDate) + ".",
	}
	if a.From != a.To {
		v.Period = "From " + a.From.Time().Format(longDate) + " to " + a.To.Time().Format(longDate) + "."
	}
	if !h.MadeAt.IsZero() {
		v.Date = h.MadeAt.In(zone).Format("January 2, 2006")
	}
	if a.Patient.Name != "" && a.Patient.Name != a.Patient.ID {
		v.To = "For " + clean(a.Patient.Name)
	}
	v.Verdict, v.Notes = letterVerdict(a, len(v.Entries.Rows)), letterNotes(a)
	return v, nil
}

// letterVerdict is the answer in words; rows is how many lines the list has.
func letterVerdict(a access.Answer, rows int) string {
	switch a.Verdict {
	case access.NoneFound:
		return "Nobody opened your record in this time, and our logs of these days are complete."
	case access.CannotSay:
		return "Our logs cannot tell whether anybody opened your record in this time, because of the limits named below. This does not mean that nobody did."
	default:
	}
	text := "Our logs have " + many(int64(len(a.Accesses)), "entry", "entries") + " about your record in this time."
	if rows < len(a.Accesses) {
		text += " Entries of the same minute that read the same are shown once."
	}
	if len(a.Reasons) > 0 {
		text += " There may be more: our logs have limits, which are named below."
	}
	return text
}

// letterEntries are the accesses in words. Entries that read the same are one.
func letterEntries(list []access.Access) grid {
	g := newGrid("Entries of our logs about your record", "~When", "Who", "What was done", "Part of your record", "Reason in our records")
	last := []string{}
	for _, x := range list {
		done := patientAction(x)
		if x.TimeFlag != "" {
			done += " (the time is not certain: the clocks changed that night)"
		}
		row := []string{letterTime(x), patientWho(x), done, patientRecord(ingest.RecordType(x.RecordType)), patientReason(x.Explained)}
		if slices.Equal(row, last) {
			continue
		}
		g.add(row...)
		last = row
	}
	return g.filledColumns()
}

// letterTime writes the local time of an access. The log's own offset is kept, so
// that it is right whatever zone this machine knows.
func letterTime(x access.Access) string {
	t, err := time.Parse(time.RFC3339, x.LocalTime)
	if err != nil {
		return clean(x.LocalTime)
	}
	return t.Format("Mon, Jan 2, 2006, 3:04 PM")
}

// letterLimits are the reasons why the list may not be whole, without the names
// of systems and of other people.
func letterLimits(a access.Answer) []string {
	var list []string
	gaps := map[string]bool{}
	add := func(s string) {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	for _, s := range a.Coverage {
		for _, g := range s.Gaps {
			gaps[s.Name+"\x00"+g.Code] = true
			add(letterDays(g) + ": " + patientGap(g.Code) + ".")
		}
	}
	for _, r := range a.Reasons {
		if !gaps[r.Source+"\x00"+r.Code] {
			add(patientLimit(r.Code))
		}
	}
	return list
}

func letterDays(g coverage.Gap) string {
	const date = "January 2, 2006"
	if g.From == g.To {
		return g.From.Time().Format(date)
	}
	return g.From.Time().Format(date) + " to " + g.To.Time().Format(date)
}

func letterNotes(a access.Answer) []string {
	list := []string{
		"The list comes from the logs that our systems keep. A log shows that a part of a record was opened, by which account and when. It does not show what was read, or why.",
		"People of our practice may need your record when you are not here, for example for bills, messages, results or planning.",
	}
	if slices.ContainsFunc(a.Accesses, func(x access.Access) bool { return patientReason(x.Explained) != "" }) {
		list = append(list, "Where our records show a reason for an entry, it is given. A missing reason does not mean that there was none.")
	}
	return append(list,
		"All times are local times, as our systems log them.",
		"This is not the accounting of disclosures under 45 CFR 164.528, which you may ask us for as well. If you have a question about an entry, please ask our privacy officer.",
	)
}
