package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/chartwatch/chartwatch/internal/coverage"
)

// Coverage is what the logs hold for a range of days. Its JSON form is stable.
type Coverage struct {
	From    coverage.Day      `json:"from"`
	To      coverage.Day      `json:"to"`
	Sources []coverage.Source `json:"sources"`
	// Overdue are the ISO weeks that nobody has signed off, though they are long over.
	Overdue []string `json:"overdue_reviews"`
}

// CoverageTable prints each source with its gaps and its days.
func CoverageTable(w io.Writer, c Coverage, _ bool) error {
	var b strings.Builder
	for i, s := range c.Sources {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s: %s from %s to %s; %s\n", clean(s.Name), counted(int(s.Events), "event", "events"), c.From, c.To, abilities(s))
		for _, g := range s.Gaps {
			days := g.From.String()
			if g.From != g.To {
				days += " to " + g.To.String()
			}
			fmt.Fprintf(&b, "  gap %s: %s\n", days, clean(g.Why))
		}
		t := table.NewWriter()
		t.SetStyle(table.StyleLight)
		t.AppendHeader(table.Row{"day", "", "events", "reads", "logins", "with patient", "rejected", "status"})
		for _, d := range s.Days {
			if d.Status == coverage.CodeOutside {
				continue
			}
			t.AppendRow(table.Row{d.Day, d.Day.Weekday().String()[:3], d.Events, d.Reads, d.Logins, d.WithPatient, d.Rejected, d.Status})
		}
		if t.Length() > 0 {
			b.WriteString(t.Render() + "\n")
		}
		if s.Checks != nil {
			b.WriteString("  " + checksText(*s.Checks) + "\n")
		}
	}
	if len(c.Overdue) > 0 {
		fmt.Fprintf(&b, "\nNot reviewed and signed off: %s\n", strings.Join(c.Overdue, ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// checksText says what the tamper checks gave.
func checksText(c coverage.Checks) string {
	text := fmt.Sprintf("tamper check of the exporting system: %s as they were written, %s changed afterwards",
		many(c.OK, "row is", "rows are"), many(c.Failed, "row was", "rows were"))
	if c.Unknown > 0 {
		text += ", " + many(c.Unknown, "row", "rows") + " that this export does not allow to check"
	}
	if c.Deleted > 0 {
		text += "; " + many(c.Deleted, "row was", "rows were") + " deleted there"
	}
	return text
}

// CoverageCSV prints one row for each source and day.
func CoverageCSV(w io.Writer, c Coverage) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"source", "day", "events", "reads", "logins", "with_patient", "rejected", "doubtful_times", "checksum_failed", "status"}}
	for _, s := range c.Sources {
		for _, d := range s.Days {
			row := []string{cell(s.Name), d.Day.String()}
			for _, n := range []int64{d.Events, d.Reads, d.Logins, d.WithPatient, d.Rejected, d.Doubtful, d.CheckFailed} {
				row = append(row, strconv.FormatInt(n, 10))
			}
			rows = append(rows, append(row, d.Status))
		}
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("writing CSV: %w", err)
	}
	return nil
}
