package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/review"
	"github.com/chartwatch/chartwatch/rules"
)

// How much of a finding's evidence a page shows, and how many findings it names first.
const (
	evidenceShown = 10
	firstShown    = 5
)

// ReviewHTML writes a review as one self-contained page. It is the accessible
// original of the printed forms.
func ReviewHTML(w io.Writer, r review.Report) error {
	return writePage(w, "review.html", reviewPage(&r))
}

// reviewView is a review in words, ready to be set as a page or on paper.
type reviewView struct {
	Title, Heading, Period, Headline, NothingFirst string
	First                                          []findingView
	Levels                                         levelsChart
	Share                                          shareChart
	Days                                           daysChart
	Hidden, RulesText, ExplainedText, Totals       string
	Warnings, Setup                                []noticeView
	Cases                                          []caseView
	Findings                                       []findingView
	Vendors                                        *grid
	Sources, Matrix, Citations                     grid
	Gaps                                           []string
	Fates                                          []grid
	Wording, SignOff, Overdue                      string
	Signed                                         bool
	Facts                                          []fact
}

type noticeView struct{ Message, Hint string }

type caseView struct {
	ID, Subject, Level string
	Score              int
	Findings           []caseLine
}

type caseLine struct {
	ID, Title string
	Here      bool
}

type scoreView struct{ Points, Because string }

// findingView is a finding in words.
type findingView struct {
	ID, Title, Level, Text, Subject, When, Events, State, Rule string
	Risk                                                       int
	Marks, Quality, Steps, Questions, Covers, Decisions        []string
	Score                                                      []scoreView
	Sum, SumText                                               string
	Checked, Evidence                                          grid
	More                                                       bool
}

func reviewPage(r *review.Report) reviewView {
	zone, _ := zoneOf(r.Timezone)
	v := reviewView{
		Heading: "Review of access to records", Period: periodText(r), Headline: headlineOf(r), Hidden: hiddenText(r.Hidden), RulesText: rulesText(r.Rules),
		ExplainedText: explainedText(r.Explained), Wording: wordingText(), SignOff: signOffText(r, zone), Signed: r.SignOff != nil,
		Overdue: clean(strings.Join(r.Overdue, ", ")), Facts: factsOf(r), Warnings: noticeViews(r.Warnings), Setup: noticeViews(r.Setup),
		Levels: chartLevels(r), Share: chartShare(r.Explained), Days: chartDays(r.Days), Vendors: vendorGrid(r, zone), Sources: sourceGrid(r),
		Matrix: matrixGrid(r), Fates: fateGrids(r.Rules), Citations: citationGrid(r.Rules),
		Totals: "The period has " + many(r.Totals.Events, "event", "events") + " of " + many(r.Totals.Users, "account", "accounts") + " about " +
			many(r.Totals.Patients, "patient", "patients") + ".",
	}
	v.Title = v.Heading + ", " + daysText(r.Period.From, r.Period.To)
	if r.Practice != "" {
		v.Title, v.Heading = v.Title+", "+clean(r.Practice), v.Heading+" at "+clean(r.Practice)
	}
	for _, l := range levelsDown() {
		for _, x := range ofLevel(r.Findings, l) {
			v.Findings = append(v.Findings, viewFinding(&x, zone))
			if x.State != review.Closed && len(v.First) < firstShown && l.Rank() >= rules.Medium.Rank() {
				v.First = append(v.First, v.Findings[len(v.Findings)-1])
			}
		}
	}
	v.NothingFirst = "No open finding is of level medium or above."
	if len(r.Findings) == 0 {
		v.NothingFirst = v.Headline
	}
	for _, c := range r.Cases {
		v.Cases = append(v.Cases, viewCase(c, r.Findings))
	}
	for _, s := range r.Coverage {
		for _, g := range s.Gaps {
			v.Gaps = append(v.Gaps, clean(s.Name+": "+gapText(g)))
		}
	}
	return v
}

func noticeViews(list []review.Notice) []noticeView {
	out := make([]noticeView, 0, len(list))
	for _, n := range list {
		out = append(out, noticeView{sentence(clean(n.Message)), sentence(clean(n.Hint))})
	}
	return out
}

// sentence begins a text with a capital letter, unless it may begin with a name.
func sentence(s string) string {
	first, _, _ := strings.Cut(s, " ")
	switch first {
	case "the", "no", "a", "an", "see", "import", "review", "give":
		return strings.ToUpper(s[:1]) + s[1:]
	}
	return s
}

func viewCase(c review.Case, here []review.Item) caseView {
	v := caseView{ID: clean(c.ID), Subject: subjectText(c.Subject), Level: string(c.Level), Score: c.Score}
	for _, id := range c.Findings {
		line := caseLine{ID: clean(id)}
		for i := range here {
			if here[i].ID == id {
				line.Here, line.Title = true, clean(here[i].Title)
			}
		}
		v.Findings = append(v.Findings, line)
	}
	return v
}

func viewFinding(x *review.Item, zone *time.Location) findingView {
	v := findingView{
		ID: clean(x.ID), Title: clean(x.Title), Level: string(x.Level), Text: clean(x.Text), Subject: subjectText(x.Subject), When: whenText(x, zone),
		Events: many(x.EventCount, "event", "events"), State: stateText(x), Risk: x.Risk, Marks: marks(x), Quality: cleaned(x.Quality),
		Steps: cleaned(x.NextSteps), Rule: clean(x.RuleID + " version " + strconv.Itoa(x.RuleVersion)), Checked: checkedGrid(x),
		Evidence: evidenceGrid(x, zone), More: rowsOf(x) > evidenceShown,
	}
	if !x.NeverAsk {
		v.Questions = cleaned(x.Questions)
	}
	if accounts := accountsText(x); accounts != "" {
		v.Subject += ", account " + accounts
	}
	for _, c := range x.Covers {
		v.Covers = append(v.Covers, clean(string(c.Level)+": "+c.Title+" ("+c.ID+"). "+c.Text))
	}
	for _, d := range x.Decisions {
		v.Decisions = append(v.Decisions, decisionText(d, zone))
	}
	v.Score, v.Sum, v.SumText = scoreViews(x)
	return v
}

func cleaned(list []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		out = append(out, clean(s))
	}
	return out
}

// scoreViews are the lines of the sum and the sum itself.
func scoreViews(x *review.Item) (lines []scoreView, sum, text string) {
	total := 0
	for _, s := range x.Score {
		total += s.Points
		lines = append(lines, scoreView{fmt.Sprintf("%+d", s.Points), clean(s.Because)})
	}
	text = "which is " + string(x.Level)
	if total != x.Risk {
		text = "shown as " + strconv.Itoa(x.Risk) + ", which is " + string(x.Level)
	}
	return lines, strconv.Itoa(total), text
}

// checkedGrid has one row for each result.
func checkedGrid(x *review.Item) grid {
	g := newGrid("Explanations that were looked for", "Result", "Explanations")
	var results []string
	by := map[string][]string{}
	for _, c := range x.Checked {
		result := checkedText(c, len(x.PatientIDs))
		if by[result] == nil {
			results = append(results, result)
		}
		by[result] = append(by[result], reasonWords(c.Reason))
	}
	for _, result := range results {
		g.add(result, strings.Join(by[result], "; "))
	}
	return g
}

func evidenceGrid(x *review.Item, zone *time.Location) grid {
	shown := x.Evidence[:min(evidenceShown, len(x.Evidence))]
	g := newGrid("Evidence: "+evidenceText(len(shown), rowsOf(x)),
		"~Local time", "Account", "Patient", "~Action", "Record", "Workstation", "Values", "File and line")
	for _, e := range shown {
		g.add(evidenceTime(e, zone), e.UserID, e.PatientID, spaced(e.Action), spaced(e.RecordType), e.Workstation, valuesText(e), placeText(e))
	}
	return g.filledColumns()
}

func vendorGrid(r *review.Report, zone *time.Location) *grid {
	if len(r.Vendors) == 0 {
		return nil
	}
	g := newGrid("What these accounts opened in the period",
		"Account", "Name", "Role", "#Events", "#Patients", "Kinds of records", "~First", "~Last")
	for _, v := range r.Vendors {
		first := stamp(v.FirstAt, zone)
		if v.Events == 0 {
			first = "not used"
		}
		g.add(v.UserID, v.Name, spaced(v.Role), thousands(v.Events), thousands(v.Patients), recordsText(v.RecordTypes), first, stamp(v.LastAt, zone))
	}
	return &g
}

func sourceGrid(r *review.Report) grid {
	g := newGrid("Sources", "Source", "For these days", "#Events", "~Log begins", "~Log ends", "What its log records")
	used, retired := working(r.Coverage)
	for _, s := range used {
		g.add(s.Name, sourceState(s), thousands(s.Events), s.FirstDay.String(), s.LastDay.String(), abilities(s))
	}
	for _, name := range r.Without {
		g.add(name, "nothing of it has come", "0", "", "", "should have a log for these days")
	}
	if retired != "" {
		g.add(retired, "not in use on these days", "0", "", "", "")
	}
	return g
}

// matrixGrid has a row for each day and a column for each source.
func matrixGrid(r *review.Report) grid {
	g := newGrid("Each day of each source", "~Day")
	used, _ := working(r.Coverage)
	for _, s := range used {
		g.Head = append(g.Head, gridCell{Text: clean(s.Name)})
	}
	if len(used) == 0 {
		return g
	}
	for d := r.Period.From; d <= r.Period.To; d++ {
		row := []string{dayText(d)}
		for _, s := range used {
			text := ""
			for _, x := range s.Days {
				if x.Day == d {
					text = dayStatus(x)
				}
			}
			switch {
			case !s.InUse:
				text = "not in use"
			case text == "":
				text = "no day counts"
			}
			row = append(row, text)
		}
		g.add(row...)
	}
	return g
}

// dayStatus says how many events a day has and what its status means.
func dayStatus(x coverage.Row) string {
	switch x.Status {
	case "quiet", coverage.CodeSilent, coverage.CodeOutside, coverage.CodeBetween:
		if x.Events == 0 {
			return statusText(x.Status)
		}
	default:
	}
	return many(x.Events, "event", "events") + ", " + statusText(x.Status)
}

// fateGrids have the rules by what became of them.
func fateGrids(list []review.RuleFate) []grid {
	var out []grid
	for _, f := range fates(list) {
		caption := strings.ToUpper(f.Text[:1]) + f.Text[1:] + " (" + strconv.Itoa(len(f.Rules)) + ")"
		g := newGrid(caption, "Rule", "~Level", "Why", "#Findings", "#Hidden", "HIPAA")
		for _, x := range f.Rules {
			g.add(x.Title+" ["+x.ID+" v"+strconv.Itoa(x.Version)+"]", string(x.Level), x.Reason, strconv.Itoa(x.Findings), strconv.Itoa(x.Hidden), citations(x.HIPAA))
		}
		out = append(out, g.filledColumns())
	}
	return out
}

// citationGrid says for each paragraph which of its rules could look.
func citationGrid(list []review.RuleFate) grid {
	g := newGrid("By paragraph of the HIPAA rules", "45 CFR", "#Ran", "Did not run")
	by := map[string][]review.RuleFate{}
	for _, f := range list {
		for _, c := range f.HIPAA {
			key := citations([]rules.Citation{c})
			by[key] = append(by[key], f)
		}
	}
	keys := make([]string, 0, len(by))
	for key := range by {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		ran := 0
		var not []string
		for _, f := range by[key] {
			if f.Status == review.RuleRan || f.Status == review.RuleTruncated {
				ran++
				continue
			}
			not = append(not, f.ID+" ("+fateText(f.Status)+")")
		}
		g.add(key, strconv.Itoa(ran), cmp.Or(strings.Join(not, ", "), "none"))
	}
	return g
}
