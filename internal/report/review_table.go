package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/review"
	"github.com/chartwatch/chartwatch/rules"
)

// ReviewTable prints a review for a person at a terminal: what must be known
// first, then the findings by level, then what the review rests on.
func ReviewTable(w io.Writer, r review.Report, o TableOptions) error {
	b := &setter{o: o}
	zone, zoneName := zoneOf(r.Timezone)
	title := "Review of " + periodText(&r)
	if r.Practice != "" {
		title += ", " + r.Practice
	}
	b.line("", title)
	b.line("", headlineOf(&r))
	reviewWarnings(b, &r)
	at := findingPart{b: b, zone: zone}
	for _, l := range levelsDown() {
		at.level(l, ofLevel(r.Findings, l))
	}
	reviewCases(b, &r)
	reviewVendors(b, &r)
	b.head("How much the records explain")
	b.line("  ", explainedText(r.Explained))
	for _, x := range explainedLines(r.Explained) {
		b.line("  "+padded(thousands(x.Count), 8)+"  ", x.Text)
	}
	reviewCoverage(b, &r)
	reviewRules(b, &r)
	notices(b, "Set-up worth looking at", r.Setup)
	b.head("Sign-off")
	b.line("  ", signOffText(&r, zone))
	if len(r.Overdue) > 0 {
		b.line("  ", "Not signed off although there is data: "+strings.Join(r.Overdue, ", ")+".")
	}
	b.head("About this review")
	b.line("  ", wordingText())
	b.line("  ", many(r.Totals.Events, "event", "events")+", "+many(r.Totals.Users, "account", "accounts")+", "+
		many(r.Totals.Patients, "patient", "patients")+". "+hiddenText(r.Hidden))
	for _, f := range factsOf(&r) {
		if f.Label != "Times are in" {
			b.line("  "+f.Label+": ", f.Text)
		}
	}
	b.line("  ", "Times are in "+zoneName+". One finding in full: chartwatch findings show ID")
	_, err := io.WriteString(w, b.String())
	return err
}

func padded(s string, width int) string {
	return strings.Repeat(" ", max(width-text.StringWidth(s), 0)) + s
}

// reviewWarnings says what a reader must know before trusting the list.
func reviewWarnings(b *setter, r *review.Report) {
	notices(b, "Know this first", r.Warnings)
}

func notices(b *setter, title string, list []review.Notice) {
	if len(list) == 0 {
		return
	}
	b.head(title)
	for _, n := range list {
		b.line("  ! ", n.Message)
		if n.Hint != "" {
			b.line("    ", n.Hint)
		}
	}
}

func ofLevel(list []review.Item, l rules.Level) []review.Item {
	var out []review.Item
	for _, x := range list {
		if x.Level == l {
			out = append(out, x)
		}
	}
	return out
}

func reviewCases(b *setter, r *review.Report) {
	if len(r.Cases) == 0 {
		return
	}
	b.head("Cases: what was found about the same subject")
	for _, c := range r.Cases {
		b.line("  "+clean(c.ID)+"  ", fmt.Sprintf("%s: %s, score %d of 100, %s: %s", subjectText(c.Subject), c.Level, c.Score,
			many(int64(len(c.Findings)), "finding", "findings"), strings.Join(c.Findings, ", ")))
	}
}

func reviewVendors(b *setter, r *review.Report) {
	if len(r.Vendors) == 0 {
		return
	}
	b.head("Accounts of vendors and business associates")
	zone, _ := zoneOf(r.Timezone)
	for _, v := range r.Vendors {
		b.line("  "+clean(v.UserID)+"  ", vendorText(v, zone))
	}
}

func reviewCoverage(b *setter, r *review.Report) {
	b.head("What the logs cover")
	if len(r.Coverage) == 0 && len(r.Without) == 0 {
		b.line("  ", "No access log has been imported.")
	}
	used, retired := working(r.Coverage)
	for _, s := range used {
		b.line("  "+clean(s.Name)+": ", sourceState(s)+"; "+many(s.Events, "event", "events")+"; "+abilities(s))
		for _, g := range s.Gaps {
			b.line("    ", gapText(g))
		}
	}
	for _, name := range r.Without {
		b.line("  "+clean(name)+": ", "should have a log for these days, and nothing of it has come")
	}
	if retired != "" {
		b.line("  not in use on these days: ", retired)
	}
}

func gapText(g coverage.Gap) string { return daysText(g.From, g.To) + ": " + g.Why }

// reviewRules names every rule that did not run, with the reason; those that ran
// are counted, and named in the other formats.
func reviewRules(b *setter, r *review.Report) {
	b.head("Rules")
	b.line("  ", rulesText(r.Rules))
	for _, f := range fates(r.Rules) {
		if f.Outcome == review.RuleRan {
			continue
		}
		for _, x := range f.Rules {
			b.line("  "+clean(f.Text)+": ", ruleLine(x))
		}
	}
}

func ruleLine(x review.RuleFate) string {
	line := x.Title + " [" + x.ID + " v" + strconv.Itoa(x.Version) + "]"
	if x.Reason != "" {
		line += ": " + x.Reason
	}
	return clean(line)
}
