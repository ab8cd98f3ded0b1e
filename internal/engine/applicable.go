package engine

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/chartwatch/chartwatch/internal/coverage"
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
func (e *evaluation) applicable(r *Effective) fitness {
	for _, name := range r.Requires.Models {
		why, empty := e.built.Empty[name]
		// What logs alone fill may be empty because nothing happened.
		if m, ok := models.ByName(name); empty && (!ok || m.Context != "" || name == "events") {
			return fitness{why: why}
		}
	}
	if need := coverage.Day(r.Requires.HistoryDays); need > 0 { //nolint:gosec // a small number of days
		if e.built.FirstDay > e.period.To-need {
			return fitness{why: fmt.Sprintf("it needs %d days of history, and the log begins on %s", need, e.built.FirstDay)}
		}
	}
	if len(r.Requires.Actions) > 0 && !slices.ContainsFunc(r.Requires.Actions, func(a string) bool { return slices.Contains(e.built.Actions, a) }) {
		return fitness{why: "the logs have no " + strings.ReplaceAll(strings.Join(r.Requires.Actions, ", "), "_", " ") + " records, so their absence says nothing"}
	}
	fit := fitness{}
	if len(r.Requires.Events) > 0 {
		fit = e.sources(r.Requires.Events)
	}
	if slices.Contains(r.Requires.Models, "opening") && slices.Contains(e.built.Missing, models.ContextHours) {
		fit.note = strings.TrimPrefix(fit.note+"; the opening hours are not known, so only holidays and closures count", "; ")
	}
	return fit
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
				lacks = append(lacks, source.Name+": "+lackWords(c, share))
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

// lackWords says what a source lacks of a column or another share.
func lackWords(c string, share float64) string {
	switch c {
	case models.ShareSecond:
		return "its times say the minute only, and what happens within one cannot be told apart"
	case models.ShareLoginOrigin:
		return fmt.Sprintf("%.0f %% of its logins lack both the workstation and the address", 100*(1-share))
	}
	return fmt.Sprintf("%.0f %% of its events lack the %s", 100*(1-share), columnWords(c))
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
