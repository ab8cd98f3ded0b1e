package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine/model"
)

const (
	// nearRows is how many events are kept ready at most; each takes some hundred bytes.
	nearRows = 300_000
	// nearDays are kept ready before the period: as far as most rules look back, and a
	// day for sources of another zone.
	nearDays = 2
)

// largeModel is a model with a row for each access or event.
type largeModel struct {
	name, all, near string
	hasSource       bool
}

func largeModels() []largeModel {
	return []largeModel{
		{"events", model.AllEvents, "near_events", true},
		{"first_open", model.AllOpens, "near_first_open", false},
		{"explained", model.AllExplained, "near_explained", false},
	}
}

// keepNear keeps what the large models say of the period ready for the rules, most
// of which look no further: to put it together takes longer than to read it.
func (e *evaluation) keepNear(ctx context.Context) error {
	near := coverage.Period{From: e.whole.From - nearDays, To: e.built.Events.To}
	var n int64
	err := e.session.QueryRow(ctx, fmt.Sprintf("SELECT count(*) FROM %s WHERE site = 1 AND local_day BETWEEN %d AND %d",
		e.session.Stored("event"), near.From, near.To)).Scan(&n)
	if err != nil {
		return fmt.Errorf("counting the events of the period: %w", err)
	}
	if n > nearRows {
		return nil
	}
	for _, m := range largeModels() {
		err := e.session.Exec(ctx, fmt.Sprintf("CREATE TEMP TABLE %s AS FROM temp.%s WHERE day_no BETWEEN %d AND %d", m.near, m.all, near.From, near.To))
		if err != nil {
			return fmt.Errorf("keeping %s ready: %w", m.name, err)
		}
	}
	e.near = &near
	return nil
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
			if e.near != nil && w.fromDay-1 >= int64(e.near.From) {
				from = m.near
			}
		}
		if len(out) > 0 && m.hasSource {
			where = append(where, "source_id NOT IN ("+quoted(out)+")")
		}
		all = append(all, "CREATE OR REPLACE TEMP VIEW "+m.name+" AS FROM temp."+from+" WHERE "+strings.Join(where, " AND "))
	}
	return e.session.Exec(ctx, strings.Join(all, "; "))
}
