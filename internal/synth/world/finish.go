package world

import (
	"cmp"
	"slices"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// source is the subject of incidents that concern the log itself.
const source = "ehr"

// finish puts the log in its order, numbers it, lets the log lose and change what
// the incidents ask for, and fills the labels.
func (w *World) finish() {
	slices.SortStableFunc(w.Accesses, func(a, b Access) int { return a.At.Compare(b.At) })
	for _, in := range w.incidents {
		if in.kind.finish != nil {
			in.kind.finish(in)
		}
	}
	d := newDice(w.Options.Seed, streamWrite)
	id := int64(500_000 + d.upTo(400_000))
	kept := w.Accesses[:0]
	for _, a := range w.Accesses {
		if a.drop || w.absentRecord(&a) {
			continue
		}
		id++
		if d.permille(w.Habits.BurnedPermille) {
			id += int64(d.between(1, 3))
		}
		if a.lost {
			continue
		}
		a.ID = id
		w.write(&a, d)
		kept = append(kept, a)
	}
	w.Accesses = kept
	w.fillLabels()
}

// absentRecord reports whether the log does not keep such records at all.
func (w *World) absentRecord(a *Access) bool {
	dirt := w.Options.Dirt
	switch a.Action {
	case ingest.ActionLogin:
		return dirt.NoSessions
	case ingest.ActionLoginFailed:
		return dirt.NoSessions
	case ingest.ActionLogout:
		return dirt.NoSessions || dirt.NoLogouts
	default:
		return false
	}
}

// write gives an access the form that it has in the log.
func (w *World) write(a *Access, d dice) {
	if !w.Habits.Workstations || a.Station != "" && d.chance(w.Options.Dirt.BlankWorkstation) {
		a.Station = ""
	}
	if !w.Habits.Locations {
		a.Location = ""
	}
	if !w.Habits.SessionIDs {
		a.SessionID = ""
	}
	if a.Raw == "" {
		a.Raw = w.code(a, d)
	}
	a.At = a.At.Add(time.Duration(w.Options.Dirt.ClockSkew) * time.Second)
}

// code is the log's own code of an action. An upgrade of the EHR renames all and
// brings one that nobody has met before.
func (w *World) code(a *Access, d dice) string {
	if a.At.Before(w.at(w.upgraded, 3*3600)) || w.days < 28 {
		return string(a.Action)
	}
	if a.Action == ingest.ActionView && a.Record == ingest.RecordClinicalNote && a.label == 0 && d.chance(4) {
		a.Action = ingest.ActionOther
		return "chart.summary.ambient"
	}
	return "v2." + string(a.Action) + "." + string(a.Record)
}

// fillLabels notes which accesses belong to which label, and from when to when
// they reach.
func (w *World) fillLabels() {
	for i := range w.Accesses {
		a := &w.Accesses[i]
		if a.label == 0 {
			continue
		}
		l := &w.Labels[a.label-1]
		l.Events = append(l.Events, a.ID)
		if l.Start.IsZero() || a.At.Before(l.Start) {
			l.Start = a.At
		}
		if a.At.After(l.End) {
			l.End = a.At
		}
	}
	for i, in := range w.incidents {
		l := &w.Labels[i]
		if len(in.also) > 0 {
			l.Also = in.also
		}
		if in.note != "" {
			l.Note = in.note
		}
		if l.Start.IsZero() && len(in.days) > 0 {
			l.Start, l.End = w.at(in.days[0], 0), w.at(in.days[len(in.days)-1], 86399)
		}
	}
	slices.SortStableFunc(w.Labels, func(a, b Label) int { return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID)) })
	for i := range w.Labels {
		w.Labels[i].Events = slices.Compact(w.Labels[i].Events)
	}
	// Twins and incidents of which nothing is left in the log never happened.
	w.Labels = slices.DeleteFunc(w.Labels, func(l Label) bool { return l.Subject != source && len(l.Events) == 0 })
}
