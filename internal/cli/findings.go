package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/chartwatch/chartwatch/internal/site"

	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/evidence"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/report"
	"github.com/chartwatch/chartwatch/internal/review"
	"github.com/chartwatch/chartwatch/rules"
)

func (a *app) findingsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "findings",
		Short: "Work on findings: look, decide, make and lift exceptions",
		Long: `A finding is something that the records do not explain. Look at it, ask, and
decide; every decision needs a reason and stays in the journal. Nobody can close or
hide what is about themself or their household.`,
	}
	c.AddCommand(a.findingsListCommand(), a.findingsShowCommand(), a.findingsDecideCommand(), a.findingsSuppressCommand(), a.findingsLiftCommand(), a.suppressionsCommand())
	return c
}

type findingsFilter struct {
	week, from, to, level, rule, state string
	all, rawCSV                        bool
	output                             outputFlags
}

func (a *app) findingsListCommand() *cobra.Command {
	var f findingsFilter
	c := &cobra.Command{
		Use:   "list",
		Short: "List findings, the highest risk first",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.output.choose("table", "json", "csv"); err != nil {
				return err
			}
			if f.level != "" && rules.Level(f.level).Rank() < 0 {
				return fault.New(fault.Usage, fmt.Sprintf("there is no level %q", f.level), "use info, low, medium, high or critical")
			}
			zone, _, err := a.site().Zone("")
			if err != nil {
				return err
			}
			list := []review.Item{}
			err = a.withOffice(c.Context(), func(o *site.Office) error {
				var err error
				list, err = a.findings(c.Context(), o, f)
				return err
			})
			if err != nil {
				return err
			}
			return a.write(f.output, func(w io.Writer) error {
				switch f.output.format {
				case "json":
					return report.FindingsJSON(w, list)
				case "csv":
					return report.FindingsCSV(w, list, zone, report.CSVOptions{Raw: f.rawCSV})
				}
				return report.FindingsTable(w, list, zone, report.TableOptions{Colour: a.env.colour(a.env.StdoutTerminal && f.output.file == ""), Width: a.width(f.output.file == "")})
			})
		},
	}
	c.Flags().StringVar(&f.week, "week", "", "of this ISO `WEEK`")
	c.Flags().StringVar(&f.from, "from", "", "from this `DATE`")
	c.Flags().StringVar(&f.to, "to", "", "up to this `DATE`")
	c.Flags().StringVar(&f.level, "level", "", "of this `LEVEL` or above")
	c.Flags().StringVar(&f.rule, "rule", "", "of this rule, by `ID`")
	c.Flags().StringVar(&f.state, "state", "", "in this `STATE`")
	c.Flags().BoolVar(&f.rawCSV, "raw-csv", false, "write cells of a CSV as they are, even if a spreadsheet would take them for a formula")
	c.Flags().BoolVar(&f.all, "all", false, "also those that are closed, hidden or only watched")
	f.output.add(c, "table", "json", "csv")
	return c
}

// findings are those that the filter leaves.
func (a *app) findings(ctx context.Context, o *site.Office, f findingsFilter) ([]review.Item, error) {
	p := coverage.Period{From: -100_000, To: 100_000}
	var err error
	switch {
	case f.week != "":
		p, err = review.ParseWeek(f.week)
	case f.from != "" || f.to != "":
		p, err = period("", f.from, f.to)
	}
	if err != nil {
		return nil, err
	}
	book, err := o.Reviewer.Book(ctx)
	if err != nil {
		return nil, err
	}
	items, err := o.Reviewer.Items(ctx, book, p)
	list := []review.Item{}
	for _, x := range items {
		if f.takes(&x) {
			list = append(list, x)
		}
	}
	return list, err
}

func (f *findingsFilter) takes(x *review.Item) bool {
	switch {
	case f.level != "" && x.Level.Rank() < rules.Level(f.level).Rank():
		return false
	case f.rule != "" && x.RuleID != f.rule:
		return false
	case f.state != "":
		return string(x.State) == f.state
	}
	return f.all || x.Open()
}

func (a *app) findingsShowCommand() *cobra.Command {
	var output outputFlags
	var by string
	c := &cobra.Command{
		Use:   "show ID",
		Short: "Show a finding with its evidence, score and decisions",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := output.choose("table", "json"); err != nil {
				return err
			}
			var x review.Item
			err := a.withOffice(c.Context(), func(o *site.Office) error {
				book, err := o.Reviewer.Book(c.Context())
				if err != nil {
					return err
				}
				if x, err = o.Reviewer.Find(c.Context(), book, args[0]); err != nil {
					return err
				}
				// Looking at patients' data is an access too.
				_, err = o.Journal.Append(c.Context(), evidence.KindView, x.Fingerprint, by, struct{}{})
				return err
			})
			if err != nil {
				return err
			}
			return a.printFinding(output, x)
		},
	}
	c.Flags().StringVar(&by, "by", "", "`NAME` of who looks, for the journal")
	output.add(c, "table", "json")
	return c
}

func (a *app) printFinding(output outputFlags, x review.Item) error {
	zone, _, err := a.site().Zone("")
	if err != nil {
		return err
	}
	return a.write(output, func(w io.Writer) error {
		if output.format == "json" {
			return report.JSON(w, x)
		}
		return report.FindingTable(w, x, zone, report.TableOptions{Colour: a.env.colour(a.env.StdoutTerminal && output.file == ""), Width: a.width(output.file == "")})
	})
}

func (a *app) findingsDecideCommand() *cobra.Command {
	var (
		d      review.Decision
		state  string
		disp   string
		due    string
		output outputFlags
	)
	c := &cobra.Command{
		Use:   "decide ID",
		Short: "Say what becomes of a finding",
		Long: `Say what becomes of a finding: triaged, asked (the person or the manager), under_review, closed, or new
to open a closed one again. A finding is closed as expected (in order), policy_issue, misuse_confirmed,
data_error (roster, mapping or clock) or cannot_tell. The reason stays in the journal.`,
		Example: `  chartwatch findings decide 3f9c21 --state asked --by "Ruth Winters"
  chartwatch findings decide 3f9c21 --state closed --disposition expected --text "covered for Dr. Park, see calendar" --by "Ruth Winters"`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := output.choose("table", "json"); err != nil {
				return err
			}
			d.State, d.Disposition = review.State(state), review.Disposition(disp)
			if d.Disposition != "" && d.State == "" {
				d.State = review.Closed
			}
			if d.State == "" {
				return fault.New(fault.Usage, "what becomes of the finding is missing", "add --state triaged, asked, under_review, closed or new")
			}
			if due != "" {
				day, err := parseDay(due)
				if err != nil {
					return err
				}
				d.Due = day.Time()
			}
			var x review.Item
			err := a.withOffice(c.Context(), func(o *site.Office) (err error) {
				x, err = o.Reviewer.Decide(c.Context(), args[0], d)
				return err
			})
			if err != nil {
				return err
			}
			return a.printFinding(output, x)
		},
	}
	f := c.Flags()
	f.StringVar(&state, "state", "", "triaged, asked, under_review, closed or new")
	f.StringVar(&disp, "disposition", "", "expected, policy_issue, misuse_confirmed, data_error or cannot_tell")
	f.StringVar(&d.Text, "text", "", "the reason, as `TEXT`")
	f.StringVar(&d.By, "by", "", "`NAME` of who decides")
	f.StringVar(&d.Second, "second", "", "`NAME` of a second person, needed to close a critical finding as expected")
	f.StringVar(&d.Owner, "owner", "", "`NAME` of who deals with it")
	f.StringVar(&due, "due", "", "`DATE` until which it should be dealt with")
	f.StringVar(&d.Question, "question", "", "what was asked; the rule's own question if left out")
	f.StringVar(&d.Answer, "answer", "", "what was answered, word for word")
	output.add(c, "table", "json")
	return c
}

func (a *app) findingsSuppressCommand() *cobra.Command {
	var (
		s                                 review.Suppression
		match                             []string
		category, effect, starts, expires string
		preview                           bool
		output                            outputFlags
	)
	c := &cobra.Command{
		Use:   "suppress [ID]",
		Short: "Make an exception, with a reason and an end",
		Long: `Make an exception for findings like this one: by default, of the same rule about the same subject, for 90
days. What it hides is still found and counted, and comes back when it ends. With --preview it is only shown
what it would hide of the last 90 days. First think of the two better ways: add what is missing with
` + "`chartwatch context add`" + `, or change a value of the rule.`,
		Example: `  chartwatch findings suppress 3f9c21 --reason duty --text "calls patients about recalls on Fridays" --by "Ruth Winters" --preview`,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := output.choose("table", "json"); err != nil {
				return err
			}
			s.Category, s.Effect, s.Match = rules.Category(category), review.Effect(effect), map[string][]string{}
			for _, m := range match {
				name, value, ok := strings.Cut(m, "=")
				if !ok {
					return fault.New(fault.Usage, "--match must be written as KEY=VALUE", "for example --match workstation=FRONT-1")
				}
				s.Match[name] = append(s.Match[name], value)
			}
			var err error
			if s.Starts, err = optionalDay(starts); err != nil {
				return err
			}
			if s.Expires, err = optionalDay(expires); err != nil {
				return err
			}
			var p review.Preview
			err = a.withOffice(c.Context(), func(o *site.Office) (err error) {
				if len(args) == 1 {
					book, err := o.Reviewer.Book(c.Context())
					if err != nil {
						return err
					}
					x, err := o.Reviewer.Find(c.Context(), book, args[0])
					if err != nil {
						return err
					}
					s = o.Reviewer.SuppressionFor(&x, s)
				}
				p, err = o.Reviewer.Suppress(c.Context(), s, preview)
				return err
			})
			if err != nil {
				return err
			}
			return a.write(output, func(w io.Writer) error {
				if output.format == "json" {
					return report.JSON(w, p)
				}
				return printPreview(w, p)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&s.Rule, "rule", "", "for this rule, by `ID`")
	f.StringVar(&category, "category", "", "for this `CATEGORY` of rules")
	f.StringArrayVar(&match, "match", nil, "only where `KEY=VALUE` holds: subject, user_id, patient_id, workstation or a column of the evidence; may be repeated")
	f.StringVar(&effect, "effect", "", "hide, lower (by one level) or no_notice; hide if left out")
	f.StringVar(&s.ReasonCode, "reason", "", "kind of reason: "+strings.Join(review.ReasonCodes(), ", "))
	f.StringVar(&s.Text, "text", "", "the reason, as `TEXT`")
	f.StringVar(&starts, "starts", "", "first `DATE`")
	f.StringVar(&expires, "expires", "", "last `DATE`; 90 days from now if left out, 365 at most")
	f.StringVar(&s.By, "by", "", "`NAME` of who makes it")
	f.StringVar(&s.Approved, "approved-by", "", "`NAME` of a second person, needed for findings of level high or critical")
	f.BoolVar(&preview, "preview", false, "only show what it would hide")
	output.add(c, "table", "json")
	return c
}

func optionalDay(s string) (coverage.Day, error) {
	if s == "" {
		return 0, nil
	}
	return parseDay(s)
}

func printPreview(w io.Writer, p review.Preview) error {
	var b strings.Builder
	did := "would hide"
	if p.Saved {
		did = "hides"
		fmt.Fprintf(&b, "exception %s made, until %s\n", p.Suppression.ID, p.Suppression.Expires)
	}
	fmt.Fprintf(&b, "it %s %d of %d open findings", did, len(p.Hides), len(p.Hides)+len(p.Leaves))
	b.WriteString(" of its rule or category in the last 90 days\n")
	for _, x := range p.Leaves {
		fmt.Fprintf(&b, "  left: %s %s %s\n", x.ID, x.Level, printable(x.Title))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (a *app) findingsLiftCommand() *cobra.Command {
	var by, text string
	c := &cobra.Command{
		Use:   "lift ID",
		Short: "Take an exception away",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withOffice(c.Context(), func(o *site.Office) error {
				hidden, err := o.Reviewer.Lift(c.Context(), args[0], by, text)
				if err != nil {
					return err
				}
				a.say("the exception is gone; findings that it hid: %d", hidden)
				return nil
			})
		},
	}
	c.Flags().StringVar(&by, "by", "", "`NAME` of who takes it away")
	c.Flags().StringVar(&text, "text", "", "the reason, as `TEXT`")
	return c
}

func (a *app) suppressionsCommand() *cobra.Command {
	var output outputFlags
	c := &cobra.Command{
		Use:   "suppressions",
		Short: "Show the exceptions and what they hide",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := output.choose("table", "json"); err != nil {
				return err
			}
			list := []review.SuppressionState{}
			err := a.withOffice(c.Context(), func(o *site.Office) (err error) {
				list, err = o.Reviewer.Suppressions(c.Context())
				return err
			})
			if err != nil {
				return err
			}
			return a.write(output, func(w io.Writer) error {
				if output.format == "json" {
					return report.JSON(w, list)
				}
				return printSuppressions(w, list)
			})
		},
	}
	output.add(c, "table", "json")
	return c
}

func printSuppressions(w io.Writer, list []review.SuppressionState) error {
	var b strings.Builder
	if len(list) == 0 {
		b.WriteString("no exceptions\n")
	}
	for _, s := range list {
		what := s.Rule
		if what == "" {
			what = string(s.Category)
		}
		fmt.Fprintf(&b, "%s  %s  %s  %s to %s, by %s, met %d: %s\n", s.ID, s.State, what, s.Starts, s.Expires, printable(s.By), s.Matched, printable(s.Text))
		if s.Advice != "" {
			fmt.Fprintf(&b, "    %s\n", s.Advice)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
