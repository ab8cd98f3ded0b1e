package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/chartwatch/chartwatch/internal/review"
	"github.com/chartwatch/chartwatch/rules"
)

// FindingsTable prints a list of findings, one block each, grouped by level.
// Times are shown in the zone.
func FindingsTable(w io.Writer, list []review.Item, zone *time.Location, o TableOptions) error {
	b := &setter{o: o}
	if len(list) == 0 {
		b.line("", "No finding matches. That does not say that nothing happened: chartwatch review says what was looked for and what could not be.")
	}
	at := findingPart{b: b, zone: zone, short: true}
	for _, l := range levelsDown() {
		at.level(l, ofLevel(list, l))
	}
	if len(list) > 0 {
		b.line("\n", many(int64(len(list)), "finding", "findings")+". One in full: chartwatch findings show ID")
	}
	_, err := io.WriteString(w, strings.TrimPrefix(b.String(), "\n"))
	return err
}

// FindingTable prints one finding in full: how its risk adds up, what was looked
// for, every row of evidence that is kept, and what people decided.
func FindingTable(w io.Writer, x review.Item, zone *time.Location, o TableOptions) error {
	b := &setter{o: o}
	at := findingPart{b: b, zone: zone}
	at.levelHead(x.Level, 0)
	at.finding(&x)
	b.head("How the risk adds up")
	for _, s := range x.Score {
		b.line(fmt.Sprintf("  %+4d  ", s.Points), s.Because)
	}
	b.line(fmt.Sprintf("  %4d  ", x.Risk), "of 100, which is "+string(x.Level))
	checkedLines(b, &x)
	evidenceLines(b, &x, zone)
	b.head("What people decided")
	if len(x.Decisions) == 0 {
		b.line("  ", "Nothing yet.")
	}
	for _, d := range x.Decisions {
		b.line("  ", decisionText(d, zone))
	}
	b.head("About this finding")
	b.line("  ", "Rule "+x.RuleID+" version "+strconv.Itoa(x.RuleVersion)+", values "+x.ParamsHash+". Fingerprint "+x.Fingerprint+".")
	b.line("  ", wordingText())
	_, err := io.WriteString(w, strings.TrimPrefix(b.String(), "\n"))
	return err
}

func checkedLines(b *setter, x *review.Item) {
	if len(x.Checked) == 0 {
		return
	}
	b.head("Explanations that were looked for")
	for _, c := range x.Checked {
		b.line("  - ", reasonWords(c.Reason)+": "+checkedText(c, len(x.PatientIDs)))
	}
}

// evidenceLines prints the rows as a table, or as a list where the terminal is
// too narrow for it.
func evidenceLines(b *setter, x *review.Item, zone *time.Location) {
	b.head("Evidence: " + evidenceText(len(x.Evidence), rowsOf(x)))
	if len(x.Evidence) == 0 {
		return
	}
	header := table.Row{"local time", "account", "patient", "action", "record", "workstation", "values", "file:line"}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(header)
	var list strings.Builder
	for _, e := range x.Evidence {
		row := table.Row{
			evidenceTime(e, zone), clean(e.UserID), clean(e.PatientID), spaced(clean(e.Action)), spaced(clean(e.RecordType)), clean(e.Workstation),
			valuesText(e), placeText(e),
		}
		t.AppendRow(row)
		listRow(&list, header, row)
	}
	t.SuppressEmptyColumns()
	rendered := t.Render()
	first, _, _ := strings.Cut(rendered, "\n")
	if b.o.Width > 0 && text.StringWidth(first) > b.o.Width {
		rendered = strings.TrimSuffix(list.String(), "\n")
	}
	b.WriteString(rendered + "\n")
}

// findingPart prints findings at a terminal.
type findingPart struct {
	b    *setter
	zone *time.Location
	// short leaves out what to do.
	short bool
}

func (p findingPart) level(l rules.Level, list []review.Item) {
	if len(list) == 0 {
		return
	}
	p.b.WriteString("\n")
	p.levelHead(l, len(list))
	for i := range list {
		if i > 0 {
			p.b.WriteString("\n")
		}
		p.finding(&list[i])
	}
}

// levelHead writes the level as a word; colour only repeats it.
func (p findingPart) levelHead(l rules.Level, n int) {
	head := strings.ToUpper(string(l))
	if n > 0 {
		head += " (" + strconv.Itoa(n) + ")"
	}
	if p.b.o.Colour {
		head = levelColours(l).Sprint(head)
	}
	p.b.WriteString(head + "\n")
}

func levelColours(l rules.Level) text.Colors {
	switch l {
	case rules.Critical:
		return text.Colors{text.Bold, text.FgHiRed}
	case rules.High:
		return text.Colors{text.Bold, text.FgRed}
	case rules.Medium:
		return text.Colors{text.Bold, text.FgYellow}
	default:
		return text.Colors{text.Bold}
	}
}

func (p findingPart) finding(x *review.Item) {
	b := p.b
	b.WriteString("  " + b.bold(clean(x.Title)) + "\n")
	b.line("    ", x.Text)
	about := "About: " + subjectText(x.Subject)
	if accounts := accountsText(x); accounts != "" {
		about += ", account " + accounts
	}
	b.line("    ", about)
	b.line("    ", "When:  "+whenText(x, p.zone)+", "+many(x.EventCount, "event", "events"))
	b.line("    ", fmt.Sprintf("State: %s. Risk %d of 100. Id %s", stateText(x), x.Risk, x.ID))
	for _, mark := range marks(x) {
		b.line("    ", mark)
	}
	for _, c := range x.Covers {
		b.line("    + ", coveredText(c))
	}
	if p.short || x.State == review.Closed {
		return
	}
	for i, s := range x.NextSteps {
		b.line(fmt.Sprintf("    %d. ", i+1), s)
	}
	for _, q := range x.Questions {
		b.line("    ? ", q)
	}
}

func coveredText(c review.CoveredLine) string {
	return "also " + string(c.Level) + ": " + c.Title + " (" + c.ID + "). " + c.Text
}

// marks are what a reader must know about a finding beside its text.
func marks(x *review.Item) []string {
	var list []string
	for _, m := range []struct {
		is   bool
		text string
	}{
		{x.Provisional, "Provisional: data of these days may still come and change it."},
		{x.RecurrenceOf != "", "The same was confirmed before, see " + x.RecurrenceOf + "."},
		{x.SuppressedBy != "", "Met by suppression " + x.SuppressedBy + "."},
		{x.CaseID != "", "Part of case " + x.CaseID + "."},
		{x.NeverAsk, "Do not ask the person about it: the account may be in other hands, or evidence may be lost."},
	} {
		if m.is {
			list = append(list, clean(m.text))
		}
	}
	return list
}
