package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/internal/site"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/evidence"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/internal/report"
)

func (a *app) contextCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "context",
		Short: "What the practice tells about itself: hours, leave, on-call duty, who holds an account",
		Long: `Enter what the logs cannot know and the rules need: opening hours, closures,
leave, on-call duty, cover, who holds an account, where devices stand, declared
work of technicians. Every entry is kept in the journal with who made it and why.
What seldom changes can stand in the configuration instead.`,
	}
	c.AddCommand(a.contextAddCommand(), a.contextListCommand(), a.contextRemoveCommand(), a.contextKindsCommand(), a.contextPeopleCommand())
	return c
}

func (a *app) contextAddCommand() *cobra.Command {
	var by, reason, expires string
	c := &cobra.Command{
		Use:   "add KIND FIELD=VALUE...",
		Short: "Make an entry",
		Example: `  chartwatch context add leave person=tnowak from=2025-03-10 to=2025-03-14 --by rwinters --reason "holiday"
  chartwatch context add list list=neighbouring_stations value=FRONT-1 value2=FRONT-2 --by rwinters --reason "one desk" --expires 2025-12-31`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			r := practice.Recorded{Kind: args[0], Fields: map[string]string{}, Reason: reason, By: by}
			if by == "" {
				return fault.New(fault.Usage, "who makes the entry is missing", "add --by NAME, your own name or account")
			}
			for _, arg := range args[1:] {
				name, value, ok := strings.Cut(arg, "=")
				if !ok {
					return fault.New(fault.Usage, "a field must be written as FIELD=VALUE", "`chartwatch context kinds` shows the fields")
				}
				r.Fields[name] = value
			}
			if expires != "" {
				var err error
				if r.Expires, err = parseDay(expires); err != nil {
					return err
				}
			}
			zone, _, err := a.site().Zone("")
			if err != nil {
				return err
			}
			return a.withJournal(c.Context(), func(ctx context.Context, j *evidence.Journal) error {
				made, err := practice.Record(ctx, j, zone, r)
				if err != nil {
					return err
				}
				a.say("entry %s made; take it away with `chartwatch context remove %s`", made.ID, made.ID)
				return nil
			})
		},
	}
	c.Flags().StringVar(&by, "by", "", "`NAME` of who makes the entry")
	c.Flags().StringVar(&reason, "reason", "", "`TEXT` that says why")
	c.Flags().StringVar(&expires, "expires", "", "last `DATE` on which it holds")
	return c
}

// withJournal opens the journal of the configured data directory.
func (a *app) withJournal(ctx context.Context, do func(context.Context, *evidence.Journal) error) error {
	return a.withWorkspace(ctx, false, func(w *intake.Workspace) error {
		return do(ctx, &evidence.Journal{DB: w.DB, Sealer: w.Sealer, Clock: a.env.Clock})
	})
}

func (a *app) contextListCommand() *cobra.Command {
	var output outputFlags
	c := &cobra.Command{
		Use:   "list [KIND]",
		Short: "Show the entries that were made by command",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if output.format != "table" && output.format != "json" {
				return unknownFormat(output.format, "table", "json")
			}
			list := []practice.Recorded{}
			err := a.withJournal(c.Context(), func(ctx context.Context, j *evidence.Journal) error {
				all, err := practice.List(ctx, j)
				for _, r := range all {
					if len(args) == 0 || args[0] == r.Kind {
						list = append(list, r)
					}
				}
				return err
			})
			if err != nil {
				return err
			}
			return a.write(output, func(w io.Writer) error {
				if output.format == "json" {
					return report.JSON(w, list)
				}
				return printEntries(w, list)
			})
		},
	}
	output.add(c, "table", "json")
	return c
}

func printEntries(w io.Writer, list []practice.Recorded) error {
	if len(list) == 0 {
		_, err := io.WriteString(w, "no entries; what the configuration says is shown by `chartwatch config show`\n")
		return err
	}
	t := table.NewWriter()
	t.AppendHeader(table.Row{"id", "kind", "entry", "reason", "by", "until"})
	for _, r := range list {
		var fields []string
		for _, name := range slices.Sorted(maps.Keys(r.Fields)) {
			fields = append(fields, name+"="+r.Fields[name])
		}
		until := ""
		if r.Expires != 0 {
			until = r.Expires.String()
		}
		t.AppendRow(table.Row{r.ID, r.Kind, printable(strings.Join(fields, " ")), printable(r.Reason), printable(r.By), until})
	}
	t.SetStyle(table.StyleLight)
	_, err := io.WriteString(w, t.Render()+"\n")
	return err
}

func (a *app) contextRemoveCommand() *cobra.Command {
	var by, reason string
	c := &cobra.Command{
		Use:   "remove ID",
		Short: "Take an entry away; the journal keeps that it was there",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if by == "" {
				return fault.New(fault.Usage, "who takes the entry away is missing", "add --by NAME, your own name or account")
			}
			return a.withJournal(c.Context(), func(ctx context.Context, j *evidence.Journal) error {
				return practice.Remove(ctx, j, args[0], by, reason)
			})
		},
	}
	c.Flags().StringVar(&by, "by", "", "`NAME` of who takes it away")
	c.Flags().StringVar(&reason, "reason", "", "`TEXT` that says why")
	return c
}

func (a *app) contextKindsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "kinds",
		Short: "Show what can be entered",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			var b strings.Builder
			for _, k := range practice.Kinds() {
				fmt.Fprintf(&b, "%s: %s\n", k.Name, k.Doc)
				for _, f := range k.Fields {
					need := ""
					if f.Required {
						need = " (needed)"
					}
					fmt.Fprintf(&b, "  %-12s %s%s\n", f.Name, f.Doc, need)
				}
			}
			_, err := io.WriteString(a.env.Stdout, b.String())
			return err
		},
	}
}

func (a *app) contextPeopleCommand() *cobra.Command {
	var output outputFlags
	c := &cobra.Command{
		Use:   "people",
		Short: "Show who holds which account, as the rules see it",
		Long: `Show every account of the logs and the roster with the person who holds it. What is wrong
is corrected with ` + "`chartwatch context add account account=… person=…`" + `, and two numbers of one
patient are put together with ` + "`chartwatch context add patient number=… same_as=…`" + `.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := output.choose("table", "json"); err != nil {
				return err
			}
			var list []engine.Account
			var notices []engine.Notice
			err := a.withReview(c.Context(), func(o *site.Office) error {
				p, err := a.reviewPeriod(c.Context(), reviewFlags{}, o)
				if err != nil {
					return err
				}
				g, err := o.Engine(c.Context(), p)
				if err != nil {
					return err
				}
				list, notices, err = g.Identity(c.Context(), p)
				return err
			})
			if err != nil {
				return err
			}
			for _, n := range notices {
				a.say("note: %s", n.Message)
			}
			return a.write(output, func(w io.Writer) error {
				if output.format == "json" {
					return report.JSON(w, list)
				}
				return printAccounts(w, list)
			})
		},
	}
	output.add(c, "table", "json")
	return c
}

func printAccounts(w io.Writer, list []engine.Account) error {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"account", "person", "known from", "role", "last day", "note"})
	for _, x := range list {
		var persons, how []string
		for _, h := range x.Persons {
			persons, how = append(persons, strings.TrimSpace(h.Name+" ("+h.PersonID+")")), append(how, h.How)
		}
		if len(persons) == 0 && x.Name != "" {
			persons = []string{x.Name + " (by the log)"}
		}
		t.AppendRow(table.Row{
			printable(x.UserID), printable(strings.Join(persons, ", ")), strings.Join(how, ", "), x.Role, x.LastDay, strings.Join(x.Notes, ", "),
		})
	}
	t.SetStyle(table.StyleLight)
	_, err := io.WriteString(w, t.Render()+"\n")
	return err
}
