package cli

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/internal/site"

	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/report"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/rules"
	"github.com/chartwatch/chartwatch/rules/rulestest"
)

func (a *app) rulesTestCommand() *cobra.Command {
	var mutate bool
	c := &cobra.Command{
		Use:   "test [ID-OR-FILE...]",
		Short: "Run the tests that rules carry, and the properties that every rule must have",
		RunE: func(c *cobra.Command, args []string) error {
			list, err := a.rulesNamed(c.Context(), args)
			if err != nil {
				return err
			}
			return a.testRules(c.Context(), list, mutate)
		},
	}
	c.Flags().BoolVar(&mutate, "mutate", false, "also show which numbers and conditions no test pins")
	return c
}

func (a *app) testRules(ctx context.Context, list []rules.Rule, mutate bool) (err error) {
	db, err := store.OpenMemory(ctx, store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.Session(ctx, func(ctx context.Context, s *store.Session) error {
		runner, err := rulestest.NewRunner(ctx, s)
		if err != nil {
			return err
		}
		bad := 0
		for i := range list {
			ok, err := testRule(ctx, a.env.Stdout, runner, s, &list[i], mutate)
			if err != nil {
				return err
			}
			if !ok {
				bad++
			}
		}
		if bad > 0 {
			return fault.New(fault.Invalid, fmt.Sprintf("%d of %d rules failed", bad, len(list)), "what each should have found stands above")
		}
		return nil
	})
}

// testRule tests one rule and prints how it went.
func testRule(ctx context.Context, w io.Writer, runner *rulestest.Runner, parser rules.Parser, r *rules.Rule, mutate bool) (bool, error) {
	var b strings.Builder
	problems := rules.Lint(ctx, r, parser)
	for _, p := range problems {
		fmt.Fprintf(&b, "  %s\n", p.String())
	}
	failures := append(runner.Test(ctx, r), runner.Properties(ctx, r)...)
	for _, f := range failures {
		fmt.Fprintf(&b, "  %s\n", strings.ReplaceAll(f.String(), "\n", "\n  "))
	}
	ok := len(problems)+len(failures) == 0
	if mutate && ok {
		mutants, err := runner.Mutate(ctx, r)
		if err != nil {
			return false, err
		}
		for _, m := range mutants {
			fmt.Fprintf(&b, "  %s\n", m.String())
		}
		fmt.Fprintf(&b, "  noticed: %.0f %% of %d small mistakes\n", 100*rulestest.Score(mutants), len(mutants))
	}
	word := "ok  "
	if !ok {
		word = "FAIL"
	}
	_, err := fmt.Fprintf(w, "%s %s (%d tests)\n%s", word, r.ID, len(r.Tests), b.String())
	return ok, err
}

func (a *app) rulesTryCommand() *cobra.Command {
	var (
		since  string
		output outputFlags
	)
	c := &cobra.Command{
		Use:   "try ID-OR-FILE",
		Short: "Show what a rule would find in the imported logs; nothing is kept",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := output.choose("table", "json"); err != nil {
				return err
			}
			back, err := rules.ParseDuration(since)
			if err != nil || back.Days() < 1 {
				return fault.New(fault.Usage, "--since must be a number of days", "for example --since 90d")
			}
			list, err := a.rulesNamed(c.Context(), args)
			if err != nil {
				return err
			}
			var t trial
			err = a.withReview(c.Context(), func(o *site.Office) error {
				t, err = a.try(c.Context(), o, list[:1], coverage.Day(back.Days())) //nolint:gosec // some days
				return err
			})
			if err != nil {
				return err
			}
			return a.write(output, func(w io.Writer) error {
				if output.format == "json" {
					return report.JSON(w, t)
				}
				return printTrial(w, t)
			})
		},
	}
	c.Flags().StringVar(&since, "since", "90d", "how far back from the last day of the logs, in days")
	output.add(c, "table", "json")
	return c
}

// trial is what a rule would have found.
type trial struct {
	Rule     string         `json:"rule"`
	From     coverage.Day   `json:"from"`
	To       coverage.Day   `json:"to"`
	Outcome  engine.Outcome `json:"outcome"`
	Reason   string         `json:"reason,omitempty"`
	Millis   int64          `json:"millis"`
	Findings int            `json:"findings"`
	ByWeek   map[string]int `json:"by_week"`
	ByLevel  map[string]int `json:"by_level"`
	Subjects map[string]int `json:"subjects"`
	// Overlap counts findings of other rules about the same subjects and days.
	Overlap map[string]int `json:"overlap"`
	Texts   []string       `json:"examples"`
}

// examples is how many findings of a trial are shown.
const examples = 5

func (a *app) try(ctx context.Context, o *site.Office, list []rules.Rule, back coverage.Day) (trial, error) {
	if problems, err := site.LintRules(ctx, list); err != nil || len(problems) > 0 {
		return trial{}, errors.Join(err, site.RuleError(&rules.InvalidError{Problems: problems}))
	}
	span, ok, err := coverage.Span(ctx, o.Workspace.DB)
	if err != nil {
		return trial{}, err
	}
	if !ok {
		return trial{}, fault.New(fault.NotFound, "no access log has been imported yet", "import one with `chartwatch ingest FILE`")
	}
	p := coverage.Period{From: max(span.From, span.To-back+1), To: span.To}
	forced, _, err := engine.InForce(list, o.Practice)
	if err != nil {
		return trial{}, err
	}
	g, err := o.Engine(ctx, p)
	if err != nil {
		return trial{}, err
	}
	run, found, err := g.Try(ctx, p, &forced[0])
	if err != nil {
		return trial{}, err
	}
	t := trial{
		Rule: list[0].ID, From: p.From, To: p.To, Outcome: run.Outcome, Reason: run.Reason, Millis: run.Millis, Findings: len(found),
		ByWeek: map[string]int{}, ByLevel: map[string]int{}, Subjects: map[string]int{}, Overlap: map[string]int{}, Texts: []string{},
	}
	others, err := engine.Findings(ctx, o.Workspace.DB, o.Workspace.Sealer, p)
	if err != nil {
		return trial{}, err
	}
	for i := range found {
		t.add(&found[i], others)
	}
	return t, nil
}

func (t *trial) add(f *engine.Finding, others []engine.Finding) {
	t.ByWeek[engine.WeekName(f.FromDay)]++
	t.ByLevel[string(f.Level)]++
	t.Subjects[f.Subject.ID]++
	if len(t.Texts) < examples {
		t.Texts = append(t.Texts, f.Text)
	}
	for _, x := range others {
		if x.RuleID != f.RuleID && x.Subject.ID == f.Subject.ID && x.FromDay <= f.ToDay && x.ToDay >= f.FromDay {
			t.Overlap[x.RuleID]++
		}
	}
}

func printTrial(w io.Writer, t trial) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s from %s to %s: %s, %d findings, %d ms\n", t.Rule, t.From, t.To, strings.ReplaceAll(string(t.Outcome), "_", " "), t.Findings, t.Millis)
	if t.Reason != "" {
		fmt.Fprintf(&b, "because: %s\n", printable(t.Reason))
	}
	for _, part := range []struct {
		title  string
		counts map[string]int
	}{{"by week", t.ByWeek}, {"by level", t.ByLevel}, {"about", t.Subjects}, {"found by other rules too", t.Overlap}} {
		if len(part.counts) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s:\n", part.title)
		for _, key := range slices.Sorted(maps.Keys(part.counts)) {
			fmt.Fprintf(&b, "  %-28s %d\n", printable(key), part.counts[key])
		}
	}
	for _, text := range t.Texts {
		fmt.Fprintf(&b, "\n%s\n", printable(text))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

//go:embed rule.yaml
var ruleTemplate string

func (a *app) rulesNewCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "new ID",
		Short: "Write a rule to start from, with a test that passes and one that fails",
		Example: `  chartwatch rules new site.late-prints
  chartwatch rules test rules/late-prints.yaml`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if !regexp.MustCompile(`^[a-z][a-z0-9]*(\.[a-z][a-z0-9-]*)+$`).MatchString(args[0]) || strings.HasPrefix(args[0], rules.CorePack+".") {
				return fault.New(fault.Usage, "this cannot be the id of a rule of your own", "write for example site.late-prints")
			}
			dir := a.loaded.Config.Rules.Dir
			if dir == "" {
				dir = "."
			}
			name := args[0][strings.LastIndex(args[0], ".")+1:]
			path := filepath.Join(dir, name+".yaml")
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // a name that was just checked
			if err != nil {
				return fault.Wrap(fault.Conflict, "cannot write "+path, "is there one already? the folder is rules.dir of the configuration", err)
			}
			_, err = f.WriteString(strings.ReplaceAll(ruleTemplate, "RULE-ID", args[0]))
			if err := errors.Join(err, f.Close()); err != nil {
				return fault.Wrap(fault.Internal, "cannot write "+path, "check the free space", err)
			}
			a.say("%s written; next: `chartwatch rules test %s`", path, path)
			return nil
		},
	}
}
