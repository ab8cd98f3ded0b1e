package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/report"
	"github.com/chartwatch/chartwatch/internal/review"
	"github.com/chartwatch/chartwatch/internal/site"
)

func (a *app) weeksCommand() *cobra.Command {
	var output outputFlags
	c := &cobra.Command{
		Use:   "weeks",
		Short: "Show which weeks were reviewed, when and why, and which are due",
		Long: `Show the ledger of weekly reviews: each week from the one before the first import on,
when it was due and when it was reviewed. A week is reviewed once when it is due, and again
only if logs or lists came later, or if somebody asked for it.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if output.format != "table" && output.format != "json" {
				return unknownFormat(output.format, "table", "json")
			}
			weekly, err := a.site().Weekly()
			if err != nil {
				return err
			}
			var w review.Weeks
			var old string
			err = a.withOffice(c.Context(), func(o *site.Office) (err error) {
				if w, err = o.Reviewer.Weeks(c.Context(), weekly); err != nil {
					return err
				}
				old, err = onlyBefore(c.Context(), o, w.Since)
				return err
			})
			if err != nil {
				return err
			}
			zone, _, err := a.site().Zone("")
			if err != nil {
				return err
			}
			err = a.write(output, func(out io.Writer) error {
				if output.format == "json" {
					return report.JSON(out, report.WeeksOf(w))
				}
				return printWeeks(out, w, old, zone)
			})
			if err != nil {
				return err
			}
			for i := range w.List {
				if !w.List[i].Reviewed() {
					return incomplete()
				}
			}
			return nil
		},
	}
	output.add(c, "table", "json")
	return c
}

// onlyBefore is the last week of the logs if all of them are older than the ledger, which
// begins with the week before the first import; otherwise it is empty.
func onlyBefore(ctx context.Context, o *site.Office, since time.Time) (string, error) {
	totals, err := intake.Totals(ctx, o.Workspace.DB)
	if err != nil {
		return "", err
	}
	var last time.Time
	for i := range totals {
		if at := totals[i].LastEvent; at.After(last) {
			last = at
		}
	}
	zone := o.Practice.Zone
	day := coverage.DayOf(last.In(zone))
	if last.IsZero() || day >= engine.WeekOf(coverage.DayOf(since.In(zone))).From-7 {
		return "", nil
	}
	return engine.WeekName(day), nil
}

// printWeeks prints the ledger. Old is a week before it whose logs are there, or empty.
func printWeeks(out io.Writer, w review.Weeks, old string, zone *time.Location) error {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"week", "due", "reviewed", "why", "open findings", "signed off"})
	local := func(at time.Time) string { return at.In(zone).Format("Mon 2006-01-02 15:04") }
	for i := range w.List {
		x := &w.List[i]
		signed := "no"
		if x.SignedOff {
			signed = "yes"
		}
		if !x.Reviewed() {
			t.AppendRow(table.Row{x.Name, local(x.Due), "NOT REVIEWED", "", "", signed})
		}
		for n, r := range x.Reviews {
			name, due := x.Name, local(x.Due)
			if n > 0 {
				name, due = "", ""
			}
			open := strconv.Itoa(r.Open)
			if r.Incomplete {
				open += ", incomplete"
			}
			t.AppendRow(table.Row{name, due, local(r.At), whyReviewed(r.Trigger), open, signed})
		}
	}
	if _, err := fmt.Fprintln(out, t.Render()); err != nil {
		return err
	}
	if old != "" {
		if _, err := fmt.Fprintln(out, "weeks before the first import are reviewed when asked for: chartwatch review --week "+old); err != nil {
			return err
		}
	}
	next := "no log has been imported yet"
	if !w.Next.IsZero() {
		next = "next: " + local(w.Next)
	}
	_, err := fmt.Fprintln(out, next)
	return err
}

func whyReviewed(t review.Trigger) string {
	switch t {
	case review.WeekDue:
		return "it was due"
	case review.LogsChanged:
		return "logs came later"
	case review.RecordsChanged:
		return "lists came later"
	default:
		return "asked for"
	}
}
