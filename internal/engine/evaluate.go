package engine

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine/model"
	"github.com/chartwatch/chartwatch/internal/store"
)

// Default limits of one rule.
const (
	defaultTime = 60 * time.Second
	defaultRows = 10_000
)

// evaluation is one evaluation of a period.
type evaluation struct {
	engine  *Engine
	session *store.Session
	built   *model.Built
	zone    *time.Location
	period  coverage.Period
	whole   coverage.Period // the period in whole weeks
	now     time.Time
	files   map[int64]file
	doubts  doubts
	near    *coverage.Period // the days that are kept ready, or nil
}

// Evaluate runs every rule over the days of a period and keeps what they find. What
// the ledger already has of the same data and the same rules is not run again.
func (g *Engine) Evaluate(ctx context.Context, p coverage.Period) (Result, error) {
	result := Result{Period: p, RuleSetHash: SetHash(g.Rules)}
	marks, err := g.watermarks(ctx, p)
	if err != nil {
		return result, err
	}
	due, done, err := g.due(ctx, p, marks)
	if err != nil {
		return result, err
	}
	result.Runs = done
	var evaluated []ruleResult
	err = g.DB.Session(ctx, func(ctx context.Context, s *store.Session) error {
		e, err := g.prepare(ctx, s, p)
		if err != nil {
			return err
		}
		for _, n := range e.built.Notices {
			result.Setup = append(result.Setup, Notice(n))
		}
		clocks, err := e.skew(ctx)
		if err != nil {
			return err
		}
		result.Setup = append(result.Setup, clocks...)
		if result.Explained, err = e.explained(ctx); err != nil {
			return err
		}
		if result.Vendors, err = e.vendors(ctx); err != nil {
			return err
		}
		for _, r := range due {
			one, err := e.rule(ctx, r)
			if err != nil {
				return err
			}
			evaluated = append(evaluated, one)
			result.Runs = append(result.Runs, one.run)
		}
		return nil
	})
	if err != nil {
		return result, err
	}
	slices.SortFunc(result.Runs, func(a, b Run) int { return strings.Compare(a.RuleID, b.RuleID) })
	if err := g.save(ctx, evaluated, marks); err != nil {
		return result, err
	}
	result.Findings, err = Findings(ctx, g.DB, g.Sealer, p)
	return result, err
}

// prepare builds the models.
func (g *Engine) prepare(ctx context.Context, s *store.Session, p coverage.Period) (*evaluation, error) {
	e := &evaluation{engine: g, session: s, period: p, whole: wholeWeeks(p), zone: g.zone(), now: g.Clock()}
	in := model.Input{Sealer: g.Sealer, Practice: g.Practice, Expect: g.Expect, Period: e.whole, Now: e.now}
	if g.Past != nil {
		in.Reviewed = g.Past.Reviewed()
	}
	built, err := model.Build(ctx, s, in)
	if err != nil {
		return nil, fmt.Errorf("building the models: %w", err)
	}
	e.built = &built
	if e.files, err = g.importedFiles(ctx); err != nil {
		return nil, err
	}
	if e.doubts, err = e.loadDoubts(ctx); err != nil {
		return nil, err
	}
	if err := e.keepNear(ctx); err != nil {
		return nil, err
	}
	return e, s.Keep(ctx)
}

// ruleResult is what one rule gave.
type ruleResult struct {
	rule     *Effective
	run      Run
	findings []Finding
	perDay   map[coverage.Day]int64 // rows, also those that were dropped
}

// matches counts the rows of some days.
func (r *ruleResult) matches(p coverage.Period) int64 {
	var n int64
	for d, rows := range r.perDay {
		if d >= p.From && d <= p.To {
			n += rows
		}
	}
	return n
}

// rule runs one rule. Its own mistakes spoil its own outcome only; an error is
// returned only if the whole evaluation cannot go on.
func (e *evaluation) rule(ctx context.Context, r *Effective) (ruleResult, error) {
	p := units(r.Schedule.Period, e.period)
	run := Run{RuleID: r.ID, Version: r.Version, Period: p, Hash: r.Hash, Outcome: Ran}
	result := ruleResult{rule: r}
	if r.Off {
		run.Outcome, run.Reason = Off, r.OffReason
		result.run = run
		return result, nil
	}
	fit := e.applicable(r)
	if fit.why != "" {
		run.Outcome, run.Reason = NotApplicable, fit.why
		result.run = run
		return result, nil
	}
	run.Reason = fit.note
	limit := e.engine.Limits.Time
	if limit == 0 {
		limit = defaultTime
	}
	began := e.engine.Clock()
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	drafts, rows, err := e.run(limited, r, p, fit.out)
	if err == nil {
		result.findings, err = e.findings(limited, drafts)
	}
	run.Millis = e.engine.Clock().Sub(began).Milliseconds()
	switch {
	case ctx.Err() != nil:
		return result, ctx.Err()
	case limited.Err() != nil:
		run.Outcome, run.Reason = TimedOut, fmt.Sprintf("it took longer than %s", limit)
		result.findings = nil
	case err != nil:
		run.Outcome, run.Reason = Failed, plain(err)
		result.findings = nil
		e.engine.logger().ErrorContext(ctx, "a rule failed", slog.String("rule", r.ID))
	case rows.dropped > 0:
		run.Outcome = Truncated
		run.Reason = strings.TrimPrefix(fit.note+"; "+fmt.Sprintf("%d of %d rows were used", rows.used, rows.used+rows.dropped), "; ")
	}
	result.perDay = rows.perDay
	run.Matches, run.Findings = result.matches(e.period), int64(len(result.findings))
	result.run = run
	if err != nil {
		return result, e.session.Recover(ctx) // shows all events again, too
	}
	return result, e.showDays(ctx, nil, nil)
}

// plain is an error without what a database may quote of the data.
func plain(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	for _, e := range [][2]string{
		{"Conversion Error", "a value cannot be converted"},
		{"Out of Range Error", "a number is too large"},
		{"Invalid Input Error", "a function refuses a value"},
	} {
		if strings.Contains(text, e[0]) {
			return e[1]
		}
	}
	return text
}

// zone is the practice's zone.
func (g *Engine) zone() *time.Location {
	if g.Practice.Zone == nil {
		return time.UTC
	}
	return g.Practice.Zone
}

func (g *Engine) logger() *slog.Logger {
	if g.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return g.Log
}

type rowCount struct {
	used, dropped int64
	perDay        map[coverage.Day]int64
}

// run groups the rows of a rule into drafts, in the order of their first rows. It
// leaves the events of some sources out.
func (e *evaluation) run(ctx context.Context, r *Effective, p coverage.Period, out []string) ([]*draft, rowCount, error) {
	limit := e.engine.Limits.Rows
	if limit == 0 {
		limit = defaultRows
	}
	var list []*draft
	count := rowCount{perDay: map[coverage.Day]int64{}}
	byKey := map[string]*draft{}
	w := windowOf(p, r.reach(), e.zone)
	if err := e.showDays(ctx, &w, out); err != nil {
		return nil, count, err
	}
	err := e.collect(ctx, r, w, func(h hit) error {
		count.perDay[h.day]++
		if count.perDay[h.day] > int64(limit) {
			count.dropped++
			return nil
		}
		count.used++
		own := fixed(r.Schedule.Period, h.day)
		key := fmt.Sprintf("%q %d", h.group, own.From)
		d := byKey[key]
		if d == nil {
			d = newDraft(r, h, own)
			byKey[key] = d
			list = append(list, d)
		}
		d.add(h)
		return nil
	})
	// What lies wholly around the period belongs to another one.
	list = slices.DeleteFunc(list, func(d *draft) bool { return d.days.To < p.From || d.days.From > p.To })
	return list, count, err
}

// Try runs one rule over a period and keeps nothing.
func (g *Engine) Try(ctx context.Context, p coverage.Period, r *Effective) (Run, []Finding, error) {
	var one ruleResult
	err := g.DB.Session(ctx, func(ctx context.Context, s *store.Session) error {
		e, err := g.prepare(ctx, s, p)
		if err != nil {
			return err
		}
		one, err = e.rule(ctx, r)
		return err
	})
	return one.run, one.findings, err
}
