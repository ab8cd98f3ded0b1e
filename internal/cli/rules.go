package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/chartwatch/chartwatch/internal/site"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/internal/report"
	"github.com/chartwatch/chartwatch/rules"
)

func (a *app) rulesCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "rules",
		Short: "The rules: what they look for, their values, and rules of your own",
	}
	c.AddCommand(a.rulesListCommand(), a.rulesShowCommand(), a.rulesLintCommand(), a.rulesTestCommand(), a.rulesTryCommand(), a.rulesNewCommand())
	return c
}

// effectiveRules are all rules with the values in force. Without a data directory they
// are those of the configuration.
func (a *app) effectiveRules(ctx context.Context) (list []engine.Effective, err error) {
	if _, statErr := os.Stat(a.loaded.Config.DataDir); statErr == nil {
		err = a.withOffice(ctx, func(o *site.Office) error {
			list = o.Rules
			return nil
		})
		return list, err
	}
	all, err := a.site().Rules(ctx)
	if err != nil {
		return nil, err
	}
	list, _, err = engine.InForce(all, practice.Practice{Rules: a.site().ConfiguredValues()})
	return list, err
}

func (a *app) rulesListCommand() *cobra.Command {
	var output outputFlags
	c := &cobra.Command{
		Use:   "list",
		Short: "List the rules",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := output.choose("table", "json"); err != nil {
				return err
			}
			list, err := a.effectiveRules(c.Context())
			if err != nil {
				return err
			}
			return a.write(output, func(w io.Writer) error {
				if output.format == "json" {
					return report.JSON(w, list)
				}
				return printRules(w, list)
			})
		},
	}
	output.add(c, "table", "json")
	return c
}

func printRules(w io.Writer, list []engine.Effective) error {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"rule", "category", "level", "title", ""})
	for i := range list {
		e := &list[i]
		note := ""
		switch {
		case e.Off:
			note = "off"
		case e.Watch:
			note = "watched only"
		case len(e.Origins) > 0:
			note = "changed"
		}
		t.AppendRow(table.Row{e.ID, e.Category, e.Level, e.Title, note})
	}
	t.SetStyle(table.StyleLight)
	_, err := io.WriteString(w, t.Render()+"\n")
	return err
}

func (a *app) rulesShowCommand() *cobra.Command {
	var (
		sql, effective bool
		output         outputFlags
	)
	c := &cobra.Command{
		Use:   "show ID",
		Short: "Show a rule: why it matters, its values and who set them, its SQL",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := output.choose("table", "json"); err != nil {
				return err
			}
			list, err := a.effectiveRules(c.Context())
			if err != nil {
				return err
			}
			e, err := ruleByID(list, args[0])
			if err != nil {
				return err
			}
			return a.write(output, func(w io.Writer) error {
				switch {
				case output.format == "json":
					return report.JSON(w, e)
				case sql:
					_, err := io.WriteString(w, strings.TrimSpace(e.SQL)+"\n")
					return err
				}
				return printRule(w, e, effective)
			})
		},
	}
	c.Flags().BoolVar(&sql, "sql", false, "show only the SQL, also of the shorthands")
	c.Flags().BoolVar(&effective, "effective", false, "show for each value who set it and when")
	output.add(c, "table", "json")
	return c
}

func ruleByID(list []engine.Effective, id string) (*engine.Effective, error) {
	i := slices.IndexFunc(list, func(e engine.Effective) bool { return e.ID == id })
	if i < 0 {
		return nil, fault.New(fault.NotFound, "there is no rule "+id, "`chartwatch rules list` shows the rules")
	}
	return &list[i], nil
}

func printRule(w io.Writer, e *engine.Effective, effective bool) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, version %d (%s)\n%s\n\n%s\n", e.ID, e.Version, e.Status, e.Title, strings.TrimSpace(e.Description))
	if e.WhyItMatters != "" {
		fmt.Fprintf(&b, "\nWhy it matters: %s\n", strings.TrimSpace(e.WhyItMatters))
	}
	fmt.Fprintf(&b, "\nlevel %s, risk %d, category %s\n", e.Level, e.Risk, e.Category)
	if e.Off {
		fmt.Fprintf(&b, "it does not run: %s\n", e.OffReason)
	}
	section(&b, "What may look like it", e.FalsePositives)
	section(&b, "What it cannot see", e.BlindSpots)
	section(&b, "What to do", e.NextSteps)
	if len(e.Rule.Params) > 0 {
		b.WriteString("\nValues:\n")
	}
	for _, p := range e.Rule.Params {
		fmt.Fprintf(&b, "  %s = %s (%s, from %s to %s)", p.Name, number(e.Params[p.Name]), p.Type, number(p.Min), number(p.Max))
		if p.Why != "" {
			fmt.Fprintf(&b, ": %s", p.Why)
		}
		b.WriteString("\n")
		if effective {
			b.WriteString("    " + origin(e, p.Name, number(p.Default)) + "\n")
		}
	}
	if effective {
		for _, name := range []string{"level", "risk", "off", "watch"} {
			if _, set := e.Origins[name]; set {
				fmt.Fprintf(&b, "  %s: %s\n", name, origin(e, name, "the rule's own"))
			}
		}
		fmt.Fprintf(&b, "\nhash of the rule and its values: %s\n", e.Hash)
	}
	for _, c := range e.HIPAA {
		fmt.Fprintf(&b, "\n45 CFR %s: %s", c.Cite, c.Why)
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func section(b *strings.Builder, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", title)
	for _, l := range lines {
		fmt.Fprintf(b, "  - %s\n", strings.TrimSpace(l))
	}
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// origin says who set a value.
func origin(e *engine.Effective, name, shipped string) string {
	o, set := e.Origins[name]
	if !set {
		return "shipped"
	}
	text := "set by the " + o.Layer
	if o.By != "" {
		text += ", " + printable(o.By)
	}
	if !o.At.IsZero() {
		text += ", on " + o.At.Format("2006-01-02")
	}
	return text + "; shipped: " + shipped
}

func (a *app) rulesLintCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "lint [FILE-OR-FOLDER...]",
		Short: "Check rule files; without one, all rules in use",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				all, err := a.site().Rules(c.Context())
				if err != nil {
					return err
				}
				return a.lintRules(c.Context(), all)
			}
			var all []rules.Rule
			for _, path := range args {
				list, err := readRules(path)
				if err != nil {
					return err
				}
				all = append(all, list...)
			}
			return a.lintRules(c.Context(), all)
		},
	}
}

// lintRules checks the SQL of rules and says that all is well.
func (a *app) lintRules(ctx context.Context, all []rules.Rule) error {
	problems, err := site.LintRules(ctx, all)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return site.RuleError(&rules.InvalidError{Problems: problems})
	}
	a.say("%d rules are in order", len(all))
	return nil
}

// readRules reads the rules of a file or a folder.
func readRules(path string) ([]rules.Rule, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "cannot read the rule file", "check the path", err)
	}
	if info.IsDir() {
		list, err := rules.Load(os.DirFS(path), rules.LoadOptions{})
		return list, site.RuleError(err)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the file that the person named
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "cannot read the rule file", "check the path and its permissions", err)
	}
	r, err := rules.Parse(filepath.Base(path), text)
	if err != nil {
		return nil, site.RuleError(err)
	}
	return []rules.Rule{r}, nil
}

// rulesNamed are the rules that are named by id, file or folder; without a name, all.
func (a *app) rulesNamed(ctx context.Context, names []string) ([]rules.Rule, error) {
	all, err := a.site().Rules(ctx)
	if err != nil || len(names) == 0 {
		return all, err
	}
	var list []rules.Rule
	for _, name := range names {
		if i := slices.IndexFunc(all, func(r rules.Rule) bool { return r.ID == name }); i >= 0 {
			list = append(list, all[i])
			continue
		}
		more, err := readRules(name)
		if fault.KindOf(err) == fault.NotFound {
			return nil, errors.Join(fault.New(fault.NotFound, "there is no rule, file or folder "+name, "`chartwatch rules list` shows the rules"))
		}
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}
