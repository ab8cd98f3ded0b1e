package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/chartwatch/chartwatch/internal/site"

	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/report"
	"github.com/chartwatch/chartwatch/internal/review"
	"github.com/chartwatch/chartwatch/rules"
)

type reviewFlags struct {
	week, from, to, failOn string
	lastWeek, rawCSV       bool
	read                   readFlags
	output                 outputFlags
}

// reviewFormats are the forms of a review; those that are no text need --output.
func reviewFormats() []string { return []string{"table", "json", "csv", "html", "pdf", "xlsx"} }

func (a *app) reviewCommand() *cobra.Command {
	var f reviewFlags
	c := &cobra.Command{
		Use:   "review [PATH...]",
		Short: "Review a week: what the records do not explain",
		Long: `Import the paths, if any are given, and review a period: every rule is run, and
what it finds is told in plain words, with the explanations that were looked for.
Without a period it is the last complete week that the logs cover.

Paths without --data are reviewed in a temporary place, and nothing of them is kept.

A finding is something that the records do not explain. It is no accusation.`,
		Example: `  chartwatch review sample_logs --output review.html
  chartwatch review --last-week --output review.pdf
  chartwatch review --week 2025-W11 --format json`,
		RunE: func(c *cobra.Command, args []string) error { return a.review(c.Context(), f, args) },
	}
	c.Flags().StringVar(&f.week, "week", "", "ISO `WEEK`, as 2025-W11")
	c.Flags().StringVar(&f.from, "from", "", "the first `DATE`")
	c.Flags().StringVar(&f.to, "to", "", "the last `DATE`")
	c.Flags().BoolVar(&f.lastWeek, "last-week", false, "the last complete week of the calendar, whether the logs cover it or not")
	c.Flags().StringVar(&f.failOn, "fail-on", "", "exit with 2 if there is an open finding at this `LEVEL` or above: low, medium, high or critical")
	c.Flags().BoolVar(&f.rawCSV, "raw-csv", false, "write cells of a CSV as they are, even if a spreadsheet would take them for a formula")
	f.read.add(c)
	f.output.add(c, reviewFormats()...)
	return c
}

func (a *app) review(ctx context.Context, f reviewFlags, paths []string) error {
	if err := a.configFromLogs(paths); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	var r review.Report
	work := func(w *intake.Workspace) error {
		o, err := a.site().Office(ctx, w)
		if err != nil {
			return err
		}
		p, err := a.reviewPeriod(ctx, f, o)
		if err != nil {
			return err
		}
		r, err = o.Review(ctx, p, review.ByHand)
		return err
	}
	if err := a.withLogs(ctx, paths, f.read, a.site().ForRules, work); err != nil {
		return err
	}
	if err := a.write(f.output, func(w io.Writer) error { return a.printReview(w, f, r) }); err != nil {
		return err
	}
	return reviewStatus(f, r)
}

// check refuses flags that contradict each other.
func (f *reviewFlags) check() error {
	given := 0
	for _, on := range []bool{f.week != "", f.from != "" || f.to != "", f.lastWeek} {
		if on {
			given++
		}
	}
	if given > 1 {
		return fault.New(fault.Usage, "several periods were given", "use one of --week, --from with --to, and --last-week")
	}
	if f.failOn != "" && rules.Level(f.failOn).Rank() < 1 {
		return fault.New(fault.Usage, fmt.Sprintf("there is no level %q", f.failOn), "use low, medium, high or critical")
	}
	return f.output.choose(reviewFormats()...)
}

// choose finds the format from the file's name if none was asked for, and refuses
// to print what is no text.
func (f *outputFlags) choose(formats ...string) error {
	if f.format == "" || f.format == formats[0] {
		for _, format := range formats {
			if strings.HasSuffix(strings.ToLower(f.file), "."+format) {
				f.format = format
			}
		}
	}
	known := false
	for _, format := range formats {
		known = known || format == f.format
	}
	if !known {
		return unknownFormat(f.format, formats...)
	}
	if f.file == "" && (f.format == "pdf" || f.format == "xlsx") {
		return fault.New(fault.Usage, "a "+f.format+" cannot be printed on the terminal", "add --output FILE")
	}
	return nil
}

// withLogs imports the paths, if any, and then opens the data directory again for
// work that has names in clear: what that work sees must not be written to the
// disk. Paths without a configured data directory are put into a temporary one.
func (a *app) withLogs(ctx context.Context, paths []string, read readFlags, adapt func(intake.WorkspaceOptions) intake.WorkspaceOptions, work func(*intake.Workspace) error) error {
	both := func(o intake.WorkspaceOptions) error {
		if len(paths) > 0 {
			if err := a.openFor(ctx, o, func(w *intake.Workspace) error { return a.ingestFor(ctx, w, paths, read) }); err != nil {
				return err
			}
			o.Create = false
		}
		return a.openFor(ctx, adapt(o), work)
	}
	if len(paths) > 0 && a.loaded.Origin["data_dir"] == "default" {
		return a.inTemporary(both)
	}
	return both(a.site().Workspace(len(paths) > 0))
}

// withReview opens the data directory for work with rules.
func (a *app) withReview(ctx context.Context, do func(*site.Office) error) error {
	return a.withLogs(ctx, nil, readFlags{}, a.site().ForRules, func(w *intake.Workspace) error {
		o, err := a.site().Office(ctx, w)
		if err != nil {
			return err
		}
		return do(o)
	})
}

// reviewPeriod is the period that was asked for, or the last week that the logs cover.
func (a *app) reviewPeriod(ctx context.Context, f reviewFlags, o *site.Office) (coverage.Period, error) {
	switch {
	case f.week != "":
		return review.ParseWeek(f.week)
	case f.from != "" || f.to != "":
		return period("", f.from, f.to)
	case f.lastWeek:
		return engine.WeekOf(coverage.DayOf(a.env.Clock().In(o.Practice.Zone)) - 7), nil
	}
	p, ok, err := coverage.Span(ctx, o.Workspace.DB)
	if err != nil {
		return p, err
	}
	if !ok {
		return p, fault.New(fault.NotFound, "no access log has been imported yet", "name the files: `chartwatch review FILE...`, or import them with `chartwatch ingest`")
	}
	last := engine.WeekOf(p.To)
	if last.To > p.To && last.From > p.From {
		last = engine.WeekOf(last.From - 1)
	}
	return last, nil
}

func (a *app) printReview(w io.Writer, f reviewFlags, r review.Report) error {
	switch f.output.format {
	case "json":
		return report.ReviewJSON(w, r)
	case "csv":
		return report.ReviewCSV(w, r, report.CSVOptions{Raw: f.rawCSV})
	case "html":
		return report.ReviewHTML(w, r)
	case "pdf":
		return report.ReviewPDF(w, r)
	case "xlsx":
		return report.ReviewXLSX(w, r)
	}
	return report.ReviewTable(w, r, report.TableOptions{
		Colour: a.env.colour(a.env.StdoutTerminal && f.output.file == ""), Width: a.width(f.output.file == ""),
	})
}

// reviewStatus turns the review into the exit code: a review that misses something
// must never be read as a whole one.
func reviewStatus(f reviewFlags, r review.Report) error {
	if f.failOn != "" {
		for i := range r.Findings {
			if x := &r.Findings[i]; x.Open() && x.Level.Rank() >= rules.Level(f.failOn).Rank() {
				return &reportedError{fault.New(fault.Findings, "there are findings", "")}
			}
		}
	}
	if r.Incomplete() || len(r.Overdue) > 0 {
		return incomplete()
	}
	return nil
}
