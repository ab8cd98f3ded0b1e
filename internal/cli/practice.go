package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/evidence"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/internal/review"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/rules"
)

// practice puts together what the configuration and the journal say.
func (a *app) practice(ctx context.Context, j *evidence.Journal) (practice.Practice, error) {
	c := a.loaded.Config
	zone, _, err := a.zone("")
	if err != nil {
		return practice.Practice{}, err
	}
	p := practice.Practice{
		Zone: zone, Holidays: c.Practice.Holidays, HoursMargin: int(c.Practice.HoursMargin.Minutes()), ShiftMargin: int(c.Practice.ShiftMargin.Minutes()),
	}
	for _, e := range c.Practice.Entries() {
		if err := p.Add(e.Kind, practice.Entry{}, e.Fields); err != nil {
			return p, fault.New(fault.Invalid, fmt.Sprintf("%s in %s: %s", e.Key, a.loaded.File, err), "`chartwatch context kinds` shows what an entry says")
		}
	}
	p.Rules = a.configuredValues()
	recorded, err := practice.List(ctx, j)
	if err != nil {
		return p, err
	}
	err = p.AddRecorded(recorded)
	return p, err
}

// configuredValues are the values of rules that the configuration sets.
func (a *app) configuredValues() []practice.RuleValue {
	var list []practice.RuleValue
	for _, v := range a.loaded.Config.Rules.Values {
		layer := v.Layer
		if layer == "" {
			layer = "site"
		}
		list = append(list, practice.RuleValue{Entry: practice.Entry{Reason: v.Reason, By: "configuration"}, Layer: layer, Rule: v.Rule, Param: v.Param, Value: v.Value})
	}
	return list
}

// rules loads the shipped rules and those of the practice, and checks all of them.
func (a *app) rules(ctx context.Context) ([]rules.Rule, error) {
	all, err := rules.Load(rules.Core(), rules.LoadOptions{Pack: rules.CorePack})
	if err != nil {
		return nil, ruleError(err)
	}
	dir := a.loaded.Config.Rules.Dir
	if dir == "" {
		return all, nil
	}
	own, err := siteRules(ctx, dir, all)
	return append(all, own...), err
}

// siteRules loads and checks the rules of a folder.
func siteRules(ctx context.Context, dir string, core []rules.Rule) ([]rules.Rule, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, fault.New(fault.Invalid, "the folder of rules "+dir+" cannot be read", "check rules.dir in the configuration")
	}
	known := make([]string, 0, len(core))
	for _, r := range core {
		known = append(known, r.ID)
	}
	own, err := rules.Load(os.DirFS(dir), rules.LoadOptions{Known: known})
	if err != nil {
		return nil, ruleError(err)
	}
	problems, err := lintAll(ctx, own)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, ruleError(&rules.InvalidError{Problems: problems})
	}
	return own, nil
}

// lintAll checks the SQL of rules with the database's own parser.
func lintAll(ctx context.Context, list []rules.Rule) (problems []rules.Problem, err error) {
	db, err := store.OpenMemory(ctx, store.Options{Threads: 1})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.Session(ctx, func(ctx context.Context, s *store.Session) error {
		for i := range list {
			problems = append(problems, rules.Lint(ctx, &list[i], s)...)
		}
		return nil
	})
	return problems, err
}

// ruleError is an error for the person who wrote a rule.
func ruleError(err error) error {
	if bad, ok := errors.AsType[*rules.InvalidError](err); ok {
		lines := make([]string, 0, len(bad.Problems))
		for _, p := range bad.Problems {
			lines = append(lines, "  "+p.String())
		}
		return fault.New(fault.Invalid, "the rules cannot be used:\n"+strings.Join(lines, "\n"), "`chartwatch rules lint FILE` checks one file; rules/README.md describes the format")
	}
	return err
}

// office is what the commands of review work with.
type office struct {
	workspace *intake.Workspace
	journal   *evidence.Journal
	reviewer  *review.Reviewer
	practice  practice.Practice
	rules     []engine.Effective
	notices   []engine.Notice
}

// office prepares the work of review in an open data directory.
func (a *app) office(ctx context.Context, w *intake.Workspace) (*office, error) {
	o := &office{workspace: w, journal: &evidence.Journal{DB: w.DB, Sealer: w.Sealer, Clock: a.env.Clock}}
	var err error
	if o.practice, err = a.practice(ctx, o.journal); err != nil {
		return nil, err
	}
	list, err := a.rules(ctx)
	if err != nil {
		return nil, err
	}
	if o.rules, o.notices, err = engine.InForce(list, o.practice); err != nil {
		return nil, err
	}
	o.reviewer = &review.Reviewer{DB: w.DB, Sealer: w.Sealer, Journal: o.journal, Clock: a.env.Clock, Zone: o.practice.Zone}
	return o, nil
}

// withOffice opens the configured data directory for the work of review.
func (a *app) withOffice(ctx context.Context, do func(*office) error) error {
	return a.withWorkspace(ctx, false, func(w *intake.Workspace) error {
		o, err := a.office(ctx, w)
		if err != nil {
			return err
		}
		return do(o)
	})
}
