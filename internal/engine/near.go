package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine/model"
)

const (
	// defaultReady is how many events are kept ready at most; each takes about half a
	// kilobyte.
	defaultReady = 600_000
	// nearBack and nearAhead are how far events around the days of a part are kept
	// ready: as far as nearly all rules look. One day more is for sources of
	// another zone.
	nearBack, nearAhead = 36 + 1, 8 + 1
	// nearOpens is the same for models of accesses, around which few rules look.
	nearOpens = 2
)

// shownExplanations is the view of explanations, for the engine, not for rules.
const shownExplanations = "shown_explanation"

// near is what is kept ready of the large models: the days of each.
type near map[string]coverage.Period

// has reports whether all rows of a model that lie in some days are ready.
func (n near) has(name string, from, to int64) bool {
	p, ok := n[name]
	return ok && from >= int64(p.From) && to <= int64(p.To)
}

// largeModel is a model with a row for each access or event.
type largeModel struct {
	name, all string
	hasSource bool
	back      coverage.Day // how far it is kept ready
}

func (m largeModel) near() string { return "near_" + m.name }

func largeModels() []largeModel {
	return []largeModel{
		{"events", model.AllEvents, true, nearBack},
		{"first_open", model.AllOpens, false, nearOpens},
		{"explained", model.AllExplained, false, nearOpens},
		{shownExplanations, model.Explanations, false, nearOpens},
	}
}

// countDays counts the events of every day that models hold.
func (e *evaluation) countDays(ctx context.Context) error {
	rows, err := e.session.Query(ctx, fmt.Sprintf("SELECT local_day, count(*) FROM %s WHERE site = 1 AND local_day BETWEEN %d AND %d GROUP BY 1",
		e.session.Stored("event"), e.built.Events.From, e.built.Events.To))
	if err != nil {
		return fmt.Errorf("counting the events of the days: %w", err)
	}
	defer rows.Close()
	e.perDay = map[coverage.Day]int64{}
	for rows.Next() {
		var d coverage.Day
		var n int64
		if err := rows.Scan(&d, &n); err != nil {
			return err
		}
		e.perDay[d] = n
	}
	return rows.Err()
}

// events counts those of some days.
func (e *evaluation) events(p coverage.Period) int64 {
	var n int64
	for d := max(p.From, e.built.Events.From); d <= min(p.To, e.built.Events.To); d++ {
		n += e.perDay[d]
	}
	return n
}

// ready reports whether the events of some days can be kept ready.
func (e *evaluation) ready(p coverage.Period) bool {
	most := e.engine.Limits.Ready
	if most == 0 {
		most = defaultReady
	}
	return e.events(p) <= most
}

// keepNear keeps what the large models say of some days and those around them ready
// for the rules: to put it together takes longer than to read it. Nothing is kept
// of days with more events than there is room for.
func (e *evaluation) keepNear(ctx context.Context, days coverage.Period) error {
	if err := e.dropNear(ctx); err != nil {
		return err
	}
	e.near = near{}
	for _, m := range largeModels() {
		p := coverage.Period{From: days.From - m.back, To: days.To + nearAhead}
		if !e.ready(p) {
			p.From = days.From - nearOpens
		}
		if !e.ready(p) {
			continue
		}
		err := e.session.Exec(ctx, fmt.Sprintf("CREATE TEMP TABLE %s AS FROM temp.%s WHERE day_no BETWEEN %d AND %d", m.near(), m.all, p.From, p.To))
		if err != nil {
			return fmt.Errorf("keeping %s ready: %w", m.name, err)
		}
		e.near[m.name] = p
	}
	return e.session.Keep(ctx)
}

// dropNear gives back the room of what was kept ready.
func (e *evaluation) dropNear(ctx context.Context) error {
	for name := range e.near {
		if err := e.session.Exec(ctx, "DROP TABLE temp."+largeModel{name: name}.near()); err != nil {
			return err
		}
	}
	e.near = nil
	return e.session.Keep(ctx)
}

// showDays makes the large models show the next rule the days of its window only, so
// that others need not be read, and none of the sources that are left out. One day
// more at both ends is for sources of another zone. A window of nil is all days.
func (e *evaluation) showDays(ctx context.Context, w *window, out []string) error {
	var all []string
	for _, m := range largeModels() {
		from, where := m.all, []string{"true"}
		if w != nil {
			where = append(where, fmt.Sprintf("day_no BETWEEN %d AND %d", w.fromDay-1, w.toDay+1))
			if e.near.has(m.name, w.fromDay-1, min(w.toDay+1, int64(e.built.Events.To))) {
				from = m.near()
			}
		}
		if len(out) > 0 && m.hasSource {
			where = append(where, "source_id NOT IN ("+quoted(out)+")")
		}
		all = append(all, "CREATE OR REPLACE TEMP VIEW "+m.name+" AS FROM temp."+from+" WHERE "+strings.Join(where, " AND "))
	}
	return e.session.Exec(ctx, strings.Join(all, "; "))
}
