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
	perDay  map[coverage.Day]int64 // events, of the days that models hold
	near    near
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
		evaluated, err = e.rules(ctx, due)
		return err
	})
	if err != nil {
		return result, err
	}
	for _, one := range evaluated {
		result.Runs = append(result.Runs, one.run)
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
	if err := e.countDays(ctx); err != nil {
		return nil, err
	}
	if err := e.showDays(ctx, nil, nil); err != nil {
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

	fit           fitness
	over          bool // nothing more is to be run
	spent         time.Duration
	used, dropped int64
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

// begin says whether a rule is run at all.
func (e *evaluation) begin(r *Effective) ruleResult {
	one := ruleResult{rule: r, perDay: map[coverage.Day]int64{}}
	one.run = Run{RuleID: r.ID, Version: r.Version, Period: units(r.Schedule.Period, e.period), Hash: r.Hash, Outcome: Ran}
	if r.Off {
		one.run.Outcome, one.run.Reason, one.over = Off, r.OffReason, true
		return one
	}
	one.fit = e.applicable(r)
	one.run.Reason = one.fit.note
	if one.fit.why != "" {
		one.run.Outcome, one.run.Reason, one.over = NotApplicable, one.fit.why, true
	}
	return one
}

// advance runs a rule over a part of its days. Its own mistakes spoil its own
// outcome only; an error is returned only if the whole evaluation cannot go on.
func (e *evaluation) advance(ctx context.Context, one *ruleResult, p part) error {
	limit := e.engine.Limits.Time
	if limit == 0 {
		limit = defaultTime
	}
	began := e.engine.Clock()
	limited, cancel := context.WithTimeout(ctx, limit-one.spent)
	defer cancel()
	drafts, err := e.run(limited, one, p)
	if err == nil {
		var list []Finding
		list, err = e.findings(limited, drafts)
		one.findings = append(one.findings, list...)
	}
	one.spent += e.engine.Clock().Sub(began)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case limited.Err() != nil:
		one.run.Outcome, one.run.Reason = TimedOut, fmt.Sprintf("it took longer than %s", limit)
	case err != nil:
		one.run.Outcome, one.run.Reason = Failed, plain(err)
		e.engine.logger().ErrorContext(ctx, "a rule failed", slog.String("rule", one.rule.ID))
	default:
		return e.clear(ctx)
	}
	one.over, one.findings = true, nil
	return e.session.Recover(ctx) // shows all events again, too
}

// end sums up what a rule gave.
func (e *evaluation) end(one *ruleResult) {
	if one.run.Outcome == Ran && one.dropped > 0 {
		one.run.Outcome = Truncated
		one.run.Reason = strings.TrimPrefix(one.fit.note+"; "+fmt.Sprintf("%d of %d rows were used", one.used, one.used+one.dropped), "; ")
	}
	one.run.Millis = one.spent.Milliseconds()
	one.run.Matches, one.run.Findings = one.matches(e.period), int64(len(one.findings))
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

// run groups the rows of a rule into drafts, in the order of their first rows.
func (e *evaluation) run(ctx context.Context, one *ruleResult, p part) ([]*draft, error) {
	limit := e.engine.Limits.Rows
	if limit == 0 {
		limit = defaultRows
	}
	r := one.rule
	var list []*draft
	byKey := map[string]*draft{}
	w := windowOf(p.days, r.reach(), e.zone)
	if err := e.showDays(ctx, &w, one.fit.out); err != nil {
		return nil, err
	}
	err := e.collect(ctx, r, w, func(h hit) error {
		if !p.has(h.day) {
			return nil
		}
		one.perDay[h.day]++
		if one.perDay[h.day] > int64(limit) {
			one.dropped++
			return nil
		}
		one.used++
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
	of := one.run.Period
	list = slices.DeleteFunc(list, func(d *draft) bool { return d.days.To < of.From || d.days.From > of.To })
	return list, err
}

// Try runs one rule over a period and keeps nothing.
func (g *Engine) Try(ctx context.Context, p coverage.Period, r *Effective) (Run, []Finding, error) {
	var list []ruleResult
	err := g.DB.Session(ctx, func(ctx context.Context, s *store.Session) error {
		e, err := g.prepare(ctx, s, p)
		if err != nil {
			return err
		}
		list, err = e.rules(ctx, []*Effective{r})
		return err
	})
	if err != nil {
		return Run{}, nil, err
	}
	return list[0].run, list[0].findings, nil
}
