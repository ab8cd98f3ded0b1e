package cli

import (
	"fmt"
	"io"

	"github.com/chartwatch/chartwatch/internal/site"

	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/internal/report"
	"github.com/chartwatch/chartwatch/internal/review"
)

func (a *app) signoffCommand() *cobra.Command {
	var (
		by, text string
		output   outputFlags
	)
	c := &cobra.Command{
		Use:   "signoff WEEK",
		Short: "Record that somebody has reviewed a week",
		Long: `Record that a person has reviewed a week, with the number of findings of every
rule, also where it is zero. What is still open stays open and is counted.`,
		Example: `  chartwatch signoff 2025-W11 --by "Ruth Winters"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if output.format != "table" && output.format != "json" {
				return unknownFormat(output.format, "table", "json")
			}
			var s review.SignOff
			err := a.withOffice(c.Context(), func(o *site.Office) (err error) {
				s, err = o.Reviewer.SignOff(c.Context(), args[0], by, text)
				return err
			})
			if err != nil {
				return err
			}
			return a.write(output, func(w io.Writer) error {
				if output.format == "json" {
					return report.JSON(w, s)
				}
				return printSignOff(w, s)
			})
		},
	}
	c.Flags().StringVar(&by, "by", "", "`NAME` of who has reviewed it")
	c.Flags().StringVar(&text, "text", "", "a remark, as `TEXT`")
	output.add(c, "table", "json")
	return c
}

func printSignOff(w io.Writer, s review.SignOff) error {
	findings := 0
	for _, r := range s.Counts {
		findings += r.Findings
	}
	_, err := fmt.Fprintf(w, "week %s signed off by %s: %d rules, %d findings, %d of them still open\nentry %s of the journal\n",
		s.Week, printable(s.By), len(s.Counts), findings, s.Open, s.Hash[:16])
	return err
}
