package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/evidence"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/report"
	"github.com/chartwatch/chartwatch/internal/review"
)

func (a *app) coverageCommand() *cobra.Command {
	var (
		from, to string
		output   outputFlags
	)
	c := &cobra.Command{
		Use:   "coverage",
		Short: "What the imported logs hold, day by day, and what they cannot say",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			switch output.format {
			case "table", "json", "csv":
			default:
				return unknownFormat(output.format, "table", "json", "csv")
			}
			answer, err := a.coverage(c.Context(), from, to)
			if err != nil {
				return err
			}
			err = a.write(output, func(w io.Writer) error {
				switch output.format {
				case "json":
					return report.JSON(w, answer)
				case "csv":
					return report.CoverageCSV(w, answer)
				}
				return report.CoverageTable(w, answer, a.env.colour(a.env.StdoutTerminal && output.file == ""))
			})
			if err == nil && len(answer.Overdue) > 0 {
				return incomplete()
			}
			return err
		},
	}
	c.Flags().StringVar(&from, "from", "", "the first `DATE`; the first day of the logs if left out")
	c.Flags().StringVar(&to, "to", "", "the last `DATE`; the last day of the logs if left out")
	output.add(c, "table", "json", "csv")
	return c
}

func (a *app) coverage(ctx context.Context, from, to string) (report.Coverage, error) {
	var answer report.Coverage
	expect, err := a.site().Expectations()
	if err != nil {
		return answer, err
	}
	err = a.withWorkspace(ctx, false, func(w *intake.Workspace) error {
		p, ok, err := coverage.Span(ctx, w.DB)
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.NotFound, "no access log has been imported yet", "import one with `chartwatch ingest FILE`")
		}
		if from != "" {
			if p.From, err = parseDay(from); err != nil {
				return err
			}
		}
		if to != "" {
			if p.To, err = parseDay(to); err != nil {
				return err
			}
		}
		if p.To < p.From {
			return fault.New(fault.Usage, "the last date is before the first", "exchange --from and --to")
		}
		answer.From, answer.To = p.From, p.To
		if answer.Sources, err = coverage.For(ctx, w.DB, p, coverage.Options{Expect: expect, Days: true}); err != nil {
			return err
		}
		answer.Overdue, err = a.overdue(ctx, w)
		return err
	})
	return answer, err
}

// overdue are the weeks that nobody has reviewed, though they are long over.
func (a *app) overdue(ctx context.Context, w *intake.Workspace) ([]string, error) {
	zone, _, err := a.site().Zone("")
	if err != nil {
		return nil, err
	}
	journal := &evidence.Journal{DB: w.DB, Sealer: w.Sealer, Clock: a.env.Clock}
	reviewer := &review.Reviewer{DB: w.DB, Sealer: w.Sealer, Journal: journal, Clock: a.env.Clock, Zone: zone}
	book, err := reviewer.Book(ctx)
	if err != nil {
		return nil, err
	}
	return reviewer.Overdue(ctx, book)
}
