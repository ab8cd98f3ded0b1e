package report

import (
	"cmp"
	"io"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/review"
)

// ReviewXLSX writes a review as a workbook with sheets of its own for the
// summary, the findings, their evidence, the rules, the coverage and the vendors.
// Texts are cells of text, never formulas.
func ReviewXLSX(w io.Writer, r review.Report) error {
	zone, _ := zoneOf(r.Timezone)
	return writeWorkbook(w, "Review of access to records, "+periodText(&r), r.MadeAt, []sheet{
		summarySheet(&r, zone), findingsSheet(r.Findings, zone), evidenceSheet(r.Findings, zone), rulesSheet(r.Rules), coverageSheet(&r),
		vendorsSheet(r.Vendors),
	})
}

func summarySheet(r *review.Report, zone *time.Location) sheet {
	s := sheet{name: "Summary", head: []string{"What", "Text"}, widths: []float64{34, 110}}
	add := func(what, text string) { s.rows = append(s.rows, []any{what, text}) }
	add("Result", headlineOf(r))
	for _, n := range r.Warnings {
		add("Know this first", strings.TrimSpace(n.Message+". "+n.Hint))
	}
	for _, f := range factsOf(r) {
		add(f.Label, f.Text)
	}
	for _, x := range fates(r.Rules) {
		if x.Outcome == review.RuleRan {
			continue
		}
		for _, rule := range x.Rules {
			add("Rule: "+x.Text, ruleLine(rule))
		}
	}
	add("Kept off the list", hiddenText(r.Hidden))
	for _, l := range levelsDown() {
		s.rows = append(s.rows, []any{"Findings, " + string(l), r.ByLevel[string(l)]})
	}
	for _, x := range []struct {
		label string
		n     int64
	}{{"Events", r.Totals.Events}, {"Accounts", r.Totals.Users}, {"Patients", r.Totals.Patients}} {
		s.rows = append(s.rows, []any{x.label, x.n})
	}
	for _, x := range explainedLines(r.Explained) {
		s.rows = append(s.rows, []any{"Accesses " + x.Text, x.Count})
	}
	for _, c := range r.Cases {
		add("Case "+c.ID, subjectText(c.Subject)+": "+string(c.Level)+", score "+thousands(int64(c.Score))+" of 100, "+strings.Join(c.Findings, ", "))
	}
	for _, n := range r.Setup {
		add("Set-up worth looking at", strings.TrimSpace(n.Message+". "+n.Hint))
	}
	add("Sign-off", signOffText(r, zone))
	if len(r.Overdue) > 0 {
		add("Not signed off", strings.Join(r.Overdue, ", "))
	}
	add("How to read a finding", wordingText())
	return s
}

func findingsSheet(list []review.Item, zone *time.Location) sheet {
	s := sheet{
		name: "Findings", widths: []float64{13, 10, 7, 36, 30, 28, 18, 26, 9, 60, 44, 50, 40, 50, 40, 12, 34, 8, 36},
		head: []string{
			"Id", "Level", "Risk", "Title", "State", "About", "Accounts", "When", "Events", "Text", "Risk adds up", "What to do next", "Questions",
			"Explanations looked for", "Also shows", "Case", "Rule", "Version", "Fingerprint",
		},
	}
	for i := range list {
		x := &list[i]
		v := viewFinding(x, zone)
		checked := make([]string, 0, len(x.Checked))
		for _, c := range x.Checked {
			checked = append(checked, reasonWords(c.Reason)+": "+checkedText(c, len(x.PatientIDs)))
		}
		s.rows = append(s.rows, []any{
			x.ID, string(x.Level), x.Risk, x.Title, stateText(x), subjectText(x.Subject), strings.Join(x.UserIDs, ", "), whenText(x, zone), x.EventCount,
			x.Text, riskText(x), strings.Join(v.Steps, " | "), strings.Join(v.Questions, " | "), strings.Join(checked, " | "), strings.Join(v.Covers, " | "),
			x.CaseID, x.RuleID, x.RuleVersion, x.Fingerprint,
		})
	}
	return s
}

func evidenceSheet(list []review.Item, zone *time.Location) sheet {
	s := sheet{
		name: "Evidence", widths: []float64{13, 12, 20, 22, 18, 12, 12, 18, 18, 40, 32, 8, 30, 18},
		head: []string{
			"Finding", "Shown", "Local time", "UTC", "Account", "Patient", "Action", "Record", "Workstation", "Values", "File", "Line", "Event", "Number in the log",
		},
	}
	for i := range list {
		x := &list[i]
		for n, e := range x.Evidence {
			shown := thousands(int64(n+1)) + " of " + thousands(rowsOf(x))
			s.rows = append(s.rows, []any{
				x.ID, shown, evidenceTime(e, zone), rfc(e.At), e.UserID, e.PatientID, spaced(e.Action), spaced(e.RecordType), e.Workstation, valuesText(e),
				e.File, e.Line, e.EventID, e.SourceEventID,
			})
		}
	}
	return s
}

func rulesSheet(list []review.RuleFate) sheet {
	s := sheet{
		name: "Rules", widths: []float64{40, 9, 44, 18, 10, 26, 60, 10, 10, 34},
		head: []string{"Rule", "Version", "Title", "Category", "Level", "What became of it", "Why", "Findings", "Kept off the list", "HIPAA, 45 CFR"},
	}
	for _, f := range fates(list) {
		for _, x := range f.Rules {
			s.rows = append(s.rows, []any{
				x.ID, x.Version, x.Title, string(x.Category), string(x.Level), f.Text, x.Reason, x.Findings, x.Hidden, citations(x.HIPAA),
			})
		}
	}
	return s
}

func coverageSheet(r *review.Report) sheet {
	s := sheet{
		name: "Coverage", widths: []float64{24, 16, 10, 10, 10, 14, 10, 14, 16, 60},
		head: []string{"Source", "Day", "Events", "Reads", "Logins", "With patient", "Rejected", "Doubtful times", "Checksum failed", "What the log says"},
	}
	for _, x := range r.Coverage {
		s.rows = append(s.rows, []any{x.Name, "all", x.Events, "", "", "", "", "", "", sourceState(x) + "; " + abilities(x)})
		for _, d := range x.Days {
			s.rows = append(s.rows, []any{
				x.Name, d.Day.String(), d.Events, d.Reads, d.Logins, d.WithPatient, d.Rejected, d.Doubtful, d.CheckFailed, statusText(d.Status),
			})
		}
		for _, g := range x.Gaps {
			s.rows = append(s.rows, []any{x.Name, "gap", "", "", "", "", "", "", "", gapText(g)})
		}
	}
	for _, name := range r.Without {
		s.rows = append(s.rows, []any{name, "all", 0, "", "", "", "", "", "", "should have a log for these days, and nothing of it has come"})
	}
	return s
}

func vendorsSheet(list []review.Vendor) sheet {
	s := sheet{
		name: "Vendors", widths: []float64{18, 28, 20, 10, 10, 44, 24, 24},
		head: []string{"Account", "Name", "Role", "Events", "Patients", "Kinds of records", "First (UTC)", "Last (UTC)"},
	}
	for _, v := range list {
		s.rows = append(s.rows, []any{
			v.UserID, v.Name, spaced(v.Role), v.Events, v.Patients, recordsText(v.RecordTypes), cmp.Or(rfc(v.FirstAt), "not used"), rfc(v.LastAt),
		})
	}
	return s
}
