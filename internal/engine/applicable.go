package engine

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine/model"
	"github.com/chartwatch/chartwatch/rules/models"
)

// fitness says whether a rule can be applied.
type fitness struct {
	why  string   // it cannot, because
	note string   // it can, but
	out  []string // sources that are left out
}

// applicable checks what a rule needs against what there is. A source that lacks
// a column is left out of the rule; if every source does, the rule does not apply.
func (e *evaluation) applicable(ctx context.Context, r *Effective) (fitness, error) {
	for _, name := range r.Requires.Models {
		why, empty := e.built.Empty[name]
		// What logs alone fill may be empty because nothing happened.
		if m, ok := models.ByName(name); empty && (!ok || m.Context != "" || name == "events") {
			return fitness{why: why}, nil
		}
	}
	if need := coverage.Day(r.Requires.HistoryDays); need > 0 { //nolint:gosec // a small number of days
		if e.built.FirstDay > e.period.To-need {
			return fitness{why: fmt.Sprintf("it needs %d days of history, and the log begins on %s", need, e.built.FirstDay)}, nil
		}
	}
	if len(r.Requires.Actions) > 0 && !slices.ContainsFunc(r.Requires.Actions, func(a string) bool { return slices.Contains(e.built.Actions, a) }) {
		return fitness{why: "the logs have no " + strings.ReplaceAll(strings.Join(r.Requires.Actions, ", "), "_", " ") + " records, so their absence says nothing"}, nil
	}
	if len(r.Requires.Events) == 0 {
		return fitness{}, nil
	}
	fit := e.sources(r.Requires.Events)
	if fit.why != "" || len(fit.out) == 0 {
		return fit, nil
	}
	return fit, e.leaveOut(ctx, fit.out)
}

// sources judges every source by the shares of rows that have a value.
func (e *evaluation) sources(need map[string]float64) fitness {
	columns := make([]string, 0, len(need))
	for c := range need {
		columns = append(columns, c)
	}
	sort.Strings(columns)
	var fit fitness
	var lacks []string
	for _, source := range e.built.Sources {
		for _, c := range columns {
			if share := source.Shares[c]; share < need[c] {
				fit.out = append(fit.out, source.Name)
				lacks = append(lacks, fmt.Sprintf("%s: %.0f %% of its events lack the %s", source.Name, 100*(1-share), columnWords(c)))
				break
			}
		}
	}
	switch {
	case len(e.built.Sources) == 0:
		fit.why = "no log has events in the period"
	case len(fit.out) == len(e.built.Sources):
		fit.why = strings.Join(lacks, "; ")
	case len(lacks) > 0:
		fit.note = "without " + strings.Join(lacks, "; ")
	}
	return fit
}

func columnWords(c string) string {
	switch c {
	case "user_id":
		return "account"
	case "patient_id":
		return "patient"
	case "source_seq":
		return "running number"
	}
	return strings.ReplaceAll(c, "_", " ")
}

// leaveOut hides the events of some sources from the next rule.
func (e *evaluation) leaveOut(ctx context.Context, sources []string) error {
	return e.session.Exec(ctx, "CREATE OR REPLACE TEMP VIEW events AS FROM "+model.AllEvents+" WHERE source_id NOT IN ("+quoted(sources)+")")
}

// restoreEvents shows all events again.
func (e *evaluation) restoreEvents(ctx context.Context, fit fitness) error {
	if len(fit.out) == 0 {
		return nil
	}
	return e.session.Exec(ctx, "CREATE OR REPLACE TEMP VIEW events AS FROM "+model.AllEvents)
}
