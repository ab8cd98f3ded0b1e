package serve

import (
	"context"
	"io/fs"
	"log/slog"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/metrics"
	"github.com/chartwatch/chartwatch/internal/review"
	"github.com/chartwatch/chartwatch/internal/site"
	"github.com/chartwatch/chartwatch/internal/store"
)

type pathError = fs.PathError

// proveEvery is how often the journal is verified.
const proveEvery = 24 * time.Hour

// look takes stock of the database and shows it.
func (k *keeper) look(ctx context.Context, o *site.Office, weeks review.Weeks) error {
	now := k.now()
	book, err := o.Reviewer.Book(ctx)
	if err != nil {
		return err
	}
	standing, err := o.Reviewer.Standing(ctx, book)
	if err != nil {
		return err
	}
	overdue, err := o.Reviewer.Overdue(ctx, book)
	if err != nil {
		return err
	}
	sources, err := k.sources(ctx, o)
	if err != nil {
		return err
	}
	totals, err := engine.Totals(ctx, o.Workspace.DB)
	if err != nil {
		return err
	}
	events, err := coverage.Events(ctx, o.Workspace.DB)
	if err != nil {
		return err
	}
	k.prove(ctx, o)
	k.looked.at, k.looked.seen, k.looked.weeks, k.looked.unsigned = now, true, weeks, len(overdue)
	k.shown = metrics.Site{
		Up: true, Sources: sources, Rules: ruleMetrics(o.Rules, totals), Findings: findingMetrics(standing), OldestOpen: oldest(standing),
		Review: reviewMetrics(weeks, len(overdue)), StoreEvents: events, StoreBytes: k.stampNow().size, IntegrityOK: k.looked.intact, LastCheckpoint: weeks.Latest,
	}
	return nil
}

// prove verifies the journal, once a day.
func (k *keeper) prove(ctx context.Context, o *site.Office) {
	now := k.now()
	if k.looked.seen && k.looked.intact && now.Sub(k.looked.proved) < proveEvery && !now.Before(k.looked.proved) {
		return
	}
	_, err := o.Journal.Verify(ctx)
	if ctx.Err() != nil {
		return
	}
	k.looked.intact, k.looked.proved = err == nil, now
	if err != nil {
		k.log.ErrorContext(ctx, "the journal of reviews and decisions is not intact", slog.String("error", plain(err)), slog.String("hint", fault.HintOf(err)))
	}
}

// sources are the totals of every source, and whether it has gone silent.
func (k *keeper) sources(ctx context.Context, o *site.Office) ([]metrics.Source, error) {
	totals, err := intake.Totals(ctx, o.Workspace.DB)
	if err != nil {
		return nil, err
	}
	today := coverage.DayOf(k.now())
	expect, err := k.site.Expectations()
	if err != nil {
		return nil, err
	}
	gaps, err := countGaps(ctx, o.Workspace.DB, expect)
	if err != nil {
		return nil, err
	}
	k.looked.silent = silences(totals, expect, today, k.zone, k.config.Schedule.SilentAfter)
	list := make([]metrics.Source, 0, len(totals))
	for _, t := range totals {
		s := metrics.Source{
			Name: k.names.Source(t.Source).String(), LastEvent: earlier(t.LastEvent, t.LastIngest), LastIngest: t.LastIngest, Bytes: t.Bytes, Gaps: gaps[t.Source],
		}
		for _, p := range t.Parsers {
			one := metrics.Parser{Name: p.Parser, Accepted: p.Accepted, Rejected: map[string]int64{}}
			for reason, n := range p.Rejected {
				one.Rejected[string(reason)] = n
			}
			s.Parsers = append(s.Parsers, one)
		}
		list = append(list, s)
	}
	return k.markSilent(list), nil
}

// countGaps counts for each source the places where entries are missing.
func countGaps(ctx context.Context, db *store.DB, expect map[string]coverage.Expectation) (map[string]int64, error) {
	whole, ok, err := coverage.Span(ctx, db)
	if err != nil || !ok {
		return nil, err
	}
	held, err := coverage.For(ctx, db, whole, coverage.Options{Expect: expect})
	if err != nil {
		return nil, err
	}
	gaps := map[string]int64{}
	for i := range held {
		for _, g := range held[i].Gaps {
			if g.Code == coverage.CodeSequence || g.Code == coverage.CodeMissing || g.Code == coverage.CodeDeleted {
				gaps[held[i].Name]++
			}
		}
	}
	return gaps, nil
}

// markSilent marks the silent sources, and adds those that never delivered anything.
func (k *keeper) markSilent(list []metrics.Source) []metrics.Source {
	for _, s := range k.looked.silent {
		name, known := k.names.Source(s.source).String(), false
		for i := range list {
			if list[i].Name == name {
				list[i].Silent, known = true, true
			}
		}
		if !known {
			list = append(list, metrics.Source{Name: name, Silent: true})
		}
	}
	return list
}

func ruleMetrics(inForce []engine.Effective, totals []engine.RuleTotals) []metrics.Rule {
	byID := map[string]engine.RuleTotals{}
	for _, t := range totals {
		byID[t.Rule] = t
	}
	list := make([]metrics.Rule, 0, len(inForce))
	for i := range inForce {
		r := &inForce[i]
		t := byID[r.ID]
		one := metrics.Rule{ID: r.ID, DefaultLevel: string(r.Level), LastSeconds: t.Last.Seconds(), Outcomes: map[string]int64{}, Levels: map[string]int64{}}
		for outcome, n := range t.Outcomes {
			one.Outcomes[string(outcome)] = n
		}
		for level, n := range t.Created {
			one.Levels[string(level)] = n
		}
		list = append(list, one)
	}
	return list
}

func findingMetrics(s review.Standing) []metrics.Findings {
	list := make([]metrics.Findings, 0, len(s.Counts))
	for _, c := range s.Counts {
		list = append(list, metrics.Findings{Rule: c.Rule, Level: string(c.Level), State: string(c.State), Count: c.N})
	}
	return list
}

func oldest(s review.Standing) map[string]time.Time {
	all := map[string]time.Time{}
	for level, at := range s.Oldest {
		all[string(level)] = at
	}
	return all
}

func reviewMetrics(w review.Weeks, overdue int) metrics.Review {
	m := metrics.Review{Due: w.Next, Overdue: overdue}
	for i := range w.List {
		x := &w.List[i]
		last := x.Last()
		if last.At.After(m.LastSuccess) {
			m.LastSuccess, m.LastSeconds = last.At, last.Took.Seconds()
		}
		if x.Reviewed() {
			m.Incomplete = last.Incomplete
		}
	}
	return m
}

// unreadable says that the practice could not be looked at; what was last seen
// stays. That somebody else is using the database passes.
func (k *keeper) unreadable(ctx context.Context, err error) {
	if ctx.Err() == nil && fault.KindOf(err) != fault.Conflict {
		k.shown.Up = false
	}
}

// stale is how old the last look may be to pass for the present: a practice whose
// database somebody else holds all day is not well.
const stale = 2 * lookEvery

// refresh hands over what changes without the database.
func (k *keeper) refresh() {
	m := k.shown
	m.Up = m.Up && k.open && k.receiving.fails == 0 && k.importing.fails == 0 && k.now().Sub(k.looked.at) < stale
	m.DiskFree = DiskFree(k.config.DataDir)
	m.Drop = metrics.Drop{Waiting: k.scan.Waiting + len(k.scan.Ready), Growing: k.scan.Growing, Failed: k.scan.Failed}
	if k.outbox != nil {
		m.NotifyPending, _ = k.outbox.Pending()
		for _, s := range k.outbox.Stats() {
			m.Notify = append(m.Notify, metrics.Notify{Channel: s.Channel, Outcome: s.Outcome, Count: s.Count})
		}
	}
	k.server.options.Metrics.Set(k.config.Site, m)
}
