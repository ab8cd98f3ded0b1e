package rulestest

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/rules/models"
)

const (
	otherSite   = "elsewhere"
	otherSuffix = "~other"
	otherEvents = 1_000_000_000 // far from the numbers of fixtures
)

// each makes a copy of the rows, each changed by change. A nil row is left out.
func (t Tables) each(change func(model string, row Row) Row) Tables {
	out := Tables{}
	for _, name := range slices.Sorted(maps.Keys(t)) {
		for _, row := range t[name] {
			if r := change(name, maps.Clone(row)); r != nil {
				out[name] = append(out[name], r)
			}
		}
	}
	return out
}

// with returns the rows of both.
func (t Tables) with(more Tables) Tables {
	out := Tables{}
	for name, rows := range t {
		out[name] = slices.Clone(rows)
	}
	for name, rows := range more {
		out[name] = append(out[name], rows...)
	}
	return out
}

// shuffled returns the rows in another order, which is the same every time.
func (t Tables) shuffled() Tables {
	out := t.each(func(_ string, row Row) Row { return row })
	for name := range out {
		slices.SortStableFunc(out[name], func(a, b Row) int { return strings.Compare(mixed(a), mixed(b)) })
	}
	return out
}

func mixed(row Row) string {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, row) // maps are printed in the order of their keys
	return fmt.Sprintf("%016x", h.Sum64())
}

// reversed returns the rows in the opposite order.
func (t Tables) reversed() Tables {
	out := t.each(func(_ string, row Row) Row { return row })
	for name := range out {
		slices.Reverse(out[name])
	}
	return out
}

// atOtherSite returns the rows as those of another site.
func (t Tables) atOtherSite() Tables {
	return t.each(func(_ string, row Row) Row {
		row["site"] = fmt.Sprint(row["site"]) + otherSite
		return row
	})
}

// ofOthers returns the rows that belong to people, patients and workstations as
// those of others, who do the same.
func (t Tables) ofOthers() Tables {
	identities := map[any]bool{}
	for _, rows := range t {
		for _, row := range rows {
			for _, c := range identityColumns() {
				if v, ok := row[c].(string); ok && v != "" {
					identities[v] = true
				}
			}
		}
	}
	return t.each(func(model string, row Row) Row {
		changed := false
		columns := identityColumns()
		if model == "list_entry" {
			columns = []string{"value", "value2"}
		}
		for _, c := range columns {
			if v, ok := row[c].(string); ok && identities[v] {
				row[c] = v + otherSuffix
				changed = true
			}
		}
		if !changed || model == "events" && row["user_id"] == nil {
			return nil
		}
		return moveEvents(row)
	})
}

func identityColumns() []string {
	return []string{"user_id", "person_id", "target_user_id", "target_person_id", "patient_id", "own_patient_id", "workstation"}
}

// moveEvents gives the events of a row numbers of their own.
func moveEvents(row Row) Row {
	for c, v := range row {
		if n, ok := v.(int64); ok && strings.HasSuffix(c, "event_id") {
			row[c] = n + otherEvents
		}
	}
	return row
}

// later returns the rows as if everything had happened so many days later, at the
// same time of day.
func (t Tables) later(days int64) Tables {
	return t.each(func(_ string, row Row) Row { return laterRow(row, days) })
}

func laterRow(row Row, days int64) Row {
	later := Row{}
	for c, v := range row {
		later[c] = laterValue(c, v, days)
	}
	return later
}

// laterValue moves the value of a column that is a time or a day. Bounds that
// stand for "always" stay.
func laterValue(column string, v any, days int64) any {
	if date, ok := v.(string); ok && column == "local_date" {
		return shiftDate(date, days)
	}
	n, ok := v.(int64)
	switch {
	case !ok:
		return v
	case strings.HasSuffix(column, "_s"):
		return n + days*secondsADay
	case column == "hour_no":
		return n + days*24
	case (column == "day_no" || strings.HasSuffix(column, "_day")) && n != models.FirstDay && n != models.LastDay:
		return n + days
	}
	return v
}

// again returns what happened so many days later a second time, for the same
// people, with events of its own. Only rows that belong to a time are in it.
func (t Tables) again(days int64) Tables {
	dated := []string{
		"events", "sessions", "first_open", "explained", "account_change", "visit", "visit_day", "shift", "oncall", "opening", "leave", "ticket",
		"user_day", "user_hour", "user_week", "source_day", "seq_gap", "history_change",
	}
	return t.each(func(model string, row Row) Row {
		if !slices.Contains(dated, model) {
			return nil
		}
		later := laterRow(row, days)
		if maps.Equal(later, row) { // it holds always
			return nil
		}
		for _, c := range []string{"source_seq", "after_seq", "before_seq"} {
			if n, ok := later[c].(int64); ok {
				later[c] = n + otherEvents
			}
		}
		return moveEvents(later)
	})
}

// without returns the rows with null in one column of one model; where there is no
// account, there is no person either.
func (t Tables) without(model, column string) Tables {
	person := strings.Replace(column, "user_id", "person_id", 1)
	return t.each(func(name string, row Row) Row {
		if name == model {
			row[column] = nil
			if _, ok := row[person]; ok {
				row[person] = nil
			}
		}
		return row
	})
}

func shiftDate(date string, days int64) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return t.AddDate(0, 0, int(days)).Format(time.DateOnly)
}
