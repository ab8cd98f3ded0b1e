package engine

import (
	"math"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/rules"
)

// Limits of what a finding keeps of its rows.
const (
	keptRows    = 200 // the first ones
	keptInAll   = 300 // with the first row of every further patient, and the last row
	listedOfSet = 5   // values of a list in a text
)

// draft is a finding in the making: the rows of one group in one fixed period.
type draft struct {
	rule   *Effective
	group  []string
	id     string
	period coverage.Period // the fixed period; empty for once
	days   coverage.Period // the first and last day of the rows

	rows        int64
	first, last int64
	kept        []hit
	lastRow     hit
	lastKept    bool
	seen        map[string]bool               // patients of the kept rows
	distinct    map[string]map[string]bool    // values by column
	low, high   map[string]float64            // of numeric columns
	flags       map[string]int64              // rows by flag
	byStrength  map[int64]map[string]struct{} // patients by the strength of their explanation
}

func newDraft(r *Effective, h hit, period coverage.Period) *draft {
	return &draft{
		rule: r, group: h.group, id: h.id, period: period, days: coverage.Period{From: h.day, To: h.day}, first: h.first, last: h.last,
		seen: map[string]bool{}, distinct: map[string]map[string]bool{}, low: map[string]float64{}, high: map[string]float64{},
		flags: map[string]int64{}, byStrength: map[int64]map[string]struct{}{},
	}
}

// add takes in one row.
func (d *draft) add(h hit) {
	d.rows++
	d.first, d.last = min(d.first, h.first), max(d.last, h.last)
	d.days.From, d.days.To = min(d.days.From, h.day), max(d.days.To, h.day)
	patient := h.event.patient
	d.lastRow, d.lastKept = h, len(d.kept) < keptRows || (len(d.kept) < keptInAll && patient != "" && !d.seen[patient])
	if d.lastKept {
		d.kept = append(d.kept, h)
		d.seen[patient] = true
	}
	for name, v := range h.values {
		if v.null {
			continue
		}
		d.put(name, v.text)
		if v.isNum {
			if low, ok := d.low[name]; !ok || v.number < low {
				d.low[name] = v.number
			}
			if high, ok := d.high[name]; !ok || v.number > high {
				d.high[name] = v.number
			}
		}
	}
	if h.event.hasEvent {
		d.count(h.event)
	}
}

// count counts an event that the finding rests on.
func (d *draft) count(e event) {
	d.put("$patient", e.patient)
	d.put("$user", e.user)
	d.put("$person", e.person)
	d.put("$source", e.source)
	d.put("$day", e.day.String())
	for name, on := range map[string]bool{
		"off_hours": e.offHours, "external": e.external, "writes": e.write, "taking": e.taking, "sensitive": e.sensitive, "doubtful": e.doubtful,
	} {
		if on {
			d.flags[name]++
		}
	}
	if e.vip {
		d.put("$vip", e.patient)
	}
	if e.patient != "" {
		if d.byStrength[e.strength] == nil {
			d.byStrength[e.strength] = map[string]struct{}{}
		}
		d.byStrength[e.strength][e.patient] = struct{}{}
	}
}

func (d *draft) put(column, text string) {
	if text == "" {
		return
	}
	if d.distinct[column] == nil {
		d.distinct[column] = map[string]bool{}
	}
	d.distinct[column][text] = true
}

// set returns the distinct values of a column, sorted.
func (d *draft) set(column string) []string {
	list := make([]string, 0, len(d.distinct[column]))
	for v := range d.distinct[column] {
		list = append(list, v)
	}
	slices.Sort(list)
	return list
}

// measures are the numbers that texts and scores may use.
func (d *draft) measures() map[string]float64 {
	m := map[string]float64{
		"count": float64(d.rows), "patients": float64(len(d.distinct["$patient"])), "accounts": float64(len(d.distinct["$user"])),
		"days": float64(max(len(d.distinct["$day"]), 1)), "vip": float64(len(d.distinct["$vip"])),
		"unexplained": float64(len(d.byStrength[0])), "weak": float64(len(d.byStrength[1])), "moderate": float64(len(d.byStrength[2])),
		"off_hours": 0, "external": 0, "writes": 0, "taking": 0, "sensitive": 0,
	}
	for name, n := range d.flags {
		m[name] = float64(n)
	}
	if c := d.rule.Distinct; c != "" {
		m["distinct"] = float64(len(d.distinct[c]))
	}
	for name, v := range d.low {
		m["min_"+name] = v
	}
	for name, v := range d.high {
		m["max_"+name] = v
		if _, shared := m[name]; !shared && d.rule.Emit == rules.EmitIntervals {
			m[name] = v
		}
	}
	return m
}

// shown are the measures that are kept with the finding: no times and no ids.
func shown(m map[string]float64) map[string]float64 {
	kept := map[string]float64{}
	for name, v := range m {
		if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		bare := strings.TrimPrefix(strings.TrimPrefix(name, "min_"), "max_")
		switch {
		case strings.HasSuffix(bare, "event_id"), strings.HasSuffix(bare, "ts_s"), bare == "first_s", bare == "last_s", strings.HasSuffix(bare, "day_no"), strings.HasSuffix(bare, "_day"), bare == "hour_no":
			continue
		}
		kept[name] = math.Round(v*1000) / 1000
	}
	return kept
}

// evidence are the rows that are kept, the last one among them.
func (d *draft) evidence() []hit {
	if d.lastKept {
		return d.kept
	}
	return append(slices.Clone(d.kept), d.lastRow)
}
