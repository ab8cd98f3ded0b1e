package site

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/rules"
)

// Rules loads the shipped rules and those of the practice, and checks all of them.
func (s *Site) Rules(ctx context.Context) ([]rules.Rule, error) {
	all, err := rules.Load(rules.Core(), rules.LoadOptions{Pack: rules.CorePack})
	if err != nil {
		return nil, RuleError(err)
	}
	dir := s.Loaded.Config.Rules.Dir
	if dir == "" {
		return all, nil
	}
	own, err := ownRules(ctx, dir, all)
	return append(all, own...), err
}

// ownRules loads and checks the rules of a folder.
func ownRules(ctx context.Context, dir string, core []rules.Rule) ([]rules.Rule, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, fault.New(fault.Invalid, "the folder of rules "+dir+" cannot be read", "check rules.dir in the configuration")
	}
	known := make([]string, 0, len(core))
	for _, r := range core {
		known = append(known, r.ID)
	}
	own, err := rules.Load(os.DirFS(dir), rules.LoadOptions{Known: known})
	if err != nil {
		return nil, RuleError(err)
	}
	problems, err := LintRules(ctx, own)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, RuleError(&rules.InvalidError{Problems: problems})
	}
	return own, nil
}

// LintRules checks the SQL of rules with the database's own parser.
func LintRules(ctx context.Context, list []rules.Rule) (problems []rules.Problem, err error) {
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

// RuleError turns the problems of rules into an error for the person who wrote them.
func RuleError(err error) error {
	if bad, ok := errors.AsType[*rules.InvalidError](err); ok {
		lines := make([]string, 0, len(bad.Problems))
		for _, p := range bad.Problems {
			lines = append(lines, "  "+p.String())
		}
		return fault.New(fault.Invalid, "the rules cannot be used:\n"+strings.Join(lines, "\n"), "`chartwatch rules lint FILE` checks one file; rules/README.md describes the format")
	}
	return err
}
