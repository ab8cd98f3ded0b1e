package engine

import (
	"fmt"
	"slices"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/rules"
)

// Points that apply to every rule.
const (
	pointsDoubt     = -10
	pointsConfirmed = 15
	pointsExpected  = -10
)

// score adds up a finding's risk, line by line, so that a person can follow it.
func (e *evaluation) score(d *draft, f *Finding, m map[string]float64) error {
	risk := d.rule.Risk
	f.Score = []ScoreLine{{Points: risk, Because: "what this rule starts from"}}
	add := func(points int, because string) {
		risk += points
		f.Score = append(f.Score, ScoreLine{Points: points, Because: because})
	}
	for _, line := range d.rule.Score {
		when, err := rules.ParseCondition(line.When)
		if err != nil {
			return fmt.Errorf("reading a score line: %w", err)
		}
		if when.Holds(m) {
			add(line.Add, line.Because)
		}
	}
	if d.flags["doubtful"] > 0 {
		add(pointsDoubt, "the clock change makes some of the times doubtful")
	}
	if e.engine.Past != nil {
		before := f.FromDay
		if e.engine.Past.Confirmed(d.rule.ID, f.Subject, before) > 0 {
			add(pointsConfirmed, "the same was confirmed in the 12 months before")
		}
		if e.engine.Past.Expected(d.rule.ID, f.Subject, before) >= 2 {
			add(pointsExpected, "the same was found to be in order twice before")
		}
	}
	f.Risk = min(max(risk, 0), 100)
	f.Level = rules.LevelOf(f.Risk)
	if d.rule.Level == rules.Info && f.Risk <= 10 {
		f.Level = rules.Info
	}
	return nil
}

// mode says whether a finding counts yet.
func (e *evaluation) mode(d *draft) Mode {
	if d.rule.Watch {
		return Watching
	}
	l := d.rule.Learning
	if l.SiteDays > 0 && d.days.From < e.built.FirstDay+coverage.Day(l.SiteDays) { //nolint:gosec // some days
		return Learning
	}
	if l.UserDays == 0 {
		return Live
	}
	for _, user := range d.set("$user") {
		first, known := e.built.FirstSeen[user]
		if known && d.days.From < first+coverage.Day(l.UserDays) { //nolint:gosec // some days
			return Learning
		}
	}
	return Live
}

// Cover makes weaker findings about the same subject and the same evidence lines
// of the stronger one.
func Cover(list []Finding) {
	for i := range list {
		strong := &list[i]
		if len(strong.CoversRules) == 0 || strong.Mode != Live {
			continue
		}
		for j := range list {
			weak := &list[j]
			if i == j || weak.CoveredBy != "" || strong.CoveredBy == weak.Fingerprint || !slices.Contains(strong.CoversRules, weak.RuleID) || weak.Mode != Live {
				continue
			}
			if weak.Risk <= strong.Risk && sameSubject(strong, weak) && sameEvidence(strong, weak) {
				weak.CoveredBy = strong.Fingerprint
			}
		}
	}
	toTheTop(list)
}

// toTheTop makes what is a line of a line a line of the strongest one, so that a
// reader sees it.
func toTheTop(list []Finding) {
	by := make(map[string]string, len(list))
	for _, f := range list {
		by[f.Fingerprint] = f.CoveredBy
	}
	for i := range list {
		for range list {
			above := by[list[i].CoveredBy]
			if above == "" || above == list[i].Fingerprint {
				break
			}
			list[i].CoveredBy = above
		}
	}
}

func sameSubject(a, b *Finding) bool {
	if a.Subject.Type == b.Subject.Type {
		return a.Subject.ID == b.Subject.ID
	}
	return a.UserID != "" && a.UserID == b.UserID
}

// sameEvidence reports whether the weaker finding adds nothing of its own: all of
// its patients are patients of the stronger one and the times meet, or they share events.
func sameEvidence(strong, weak *Finding) bool {
	if weak.FirstAt.After(strong.LastAt) || strong.FirstAt.After(weak.LastAt) {
		return false
	}
	if len(weak.PatientIDs) > 0 {
		for _, p := range weak.PatientIDs {
			if !slices.Contains(strong.PatientIDs, p) {
				return false
			}
		}
		return true
	}
	events := map[string]bool{}
	for _, e := range strong.Evidence {
		events[e.EventID] = e.EventID != ""
	}
	for _, e := range weak.Evidence {
		if events[e.EventID] {
			return true
		}
	}
	return len(strong.Evidence) == 0 || len(weak.Evidence) == 0
}
