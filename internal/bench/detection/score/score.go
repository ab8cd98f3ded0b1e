// Package score compares findings with the labels of a played world and counts:
// what was found, for the right reason or another, what was found though there was
// nothing, and what merely looked like an incident.
//
// The package refuses to know rules and worlds beyond what a finding and a label
// say, and it draws no conclusion: it gives counts with their intervals.
package score

import (
	"cmp"
	"slices"
	"time"
)

// Label is what truly happened.
type Label struct {
	ID         string
	Category   string
	Scenario   string
	Difficulty string
	// Subjects are those that a finding may be about, the account first.
	Subjects []string
	Events   []int64
	Start    time.Time
	End      time.Time
	// Advisory labels are counted by themselves.
	Advisory bool
}

// Twin reports whether it is none.
func (l Label) Twin() bool { return l.Difficulty == "benign_twin" }

// Finding is what the rules found.
type Finding struct {
	ID       string
	Rule     string
	Category string
	// Level is 0 for info, 1 low, 2 medium, 3 high, 4 critical.
	Level    int
	Subjects []string
	Events   []int64
	Start    time.Time
	End      time.Time
	Text     string
	// Covered findings are lines of a stronger one: they say the right reason but
	// take nobody's time.
	Covered bool
}

// Medium and High are levels of findings.
const (
	Medium = 2
	High   = 3
)

// Outcome is what became of a label.
type Outcome struct {
	Label Label
	// Found says that a finding of the right category fits, WrongReason that only
	// others do.
	Found       bool
	WrongReason bool
	Findings    []string // the rules that fit, right or wrong
	// Recall and Precision compare the label's events with those of the findings of
	// the right category, in permille; -1 if either has none.
	Recall    int
	Precision int
}

// fits reports whether a finding is about the label's subject at the label's time.
func fits(l *Label, f *Finding) bool {
	if f.End.Before(l.Start) || f.Start.After(l.End) {
		return false
	}
	if l.Twin() && len(f.Events) > 0 && len(l.Events) > 0 { // its person has another life beside it
		return slices.ContainsFunc(f.Events, func(id int64) bool { return slices.Contains(l.Events, id) })
	}
	if slices.ContainsFunc(f.Subjects, func(s string) bool { return s != "" && slices.Contains(l.Subjects, s) }) {
		return true
	}
	return slices.ContainsFunc(f.Events, func(id int64) bool { return slices.Contains(l.Events, id) })
}

// Judge says what became of every label, given the findings of at least a level.
func Judge(labels []Label, findings []Finding, level int) []Outcome {
	out := make([]Outcome, 0, len(labels))
	for i := range labels {
		l := &labels[i]
		o := Outcome{Label: *l, Recall: -1, Precision: -1}
		var events []int64
		for k := range findings {
			f := &findings[k]
			if f.Level < level || !fits(l, f) {
				continue
			}
			o.Findings = append(o.Findings, f.Rule)
			if f.Category == l.Category {
				o.Found = true
				events = append(events, f.Events...)
			}
		}
		o.WrongReason = !o.Found && len(o.Findings) > 0
		slices.Sort(o.Findings)
		o.Findings = slices.Compact(o.Findings)
		o.evidence(events)
		out = append(out, o)
	}
	return out
}

func (o *Outcome) evidence(events []int64) {
	slices.Sort(events)
	events = slices.Compact(events)
	if len(events) == 0 || len(o.Label.Events) == 0 {
		return
	}
	both := 0
	for _, id := range o.Label.Events {
		if _, ok := slices.BinarySearch(events, id); ok {
			both++
		}
	}
	o.Recall, o.Precision = both*1000/len(o.Label.Events), both*1000/len(events)
}

// False returns the findings of at least a level that fit no incident, whatever
// their category. Twins are no incidents.
func False(labels []Label, findings []Finding, level int) []Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f Finding) bool {
		return f.Level < level || f.Covered || slices.ContainsFunc(labels, func(l Label) bool { return !l.Twin() && fits(&l, &f) })
	})
}

// Cell is one cell of the table of recall.
type Cell struct {
	Category, Difficulty string
	Found, Wrong, All    int
}

// Recall counts outcomes by category and difficulty; the category "all" is over
// all. Advisory labels and twins are left out.
func Recall(outcomes []Outcome) []Cell {
	return count(outcomes, func(o Outcome) string { return o.Label.Category })
}

// ByScenario counts outcomes by scenario and difficulty, advisory ones too. For twins,
// found means that one was taken for an incident.
func ByScenario(outcomes []Outcome) []Cell {
	cells := map[[2]string]*Cell{}
	for _, o := range outcomes {
		put(cells, o.Label.Scenario, o)
	}
	return sorted(cells)
}

func count(outcomes []Outcome, key func(Outcome) string) []Cell {
	cells := map[[2]string]*Cell{}
	for _, o := range outcomes {
		if o.Label.Twin() || o.Label.Advisory {
			continue
		}
		put(cells, key(o), o)
		put(cells, "all", o)
	}
	return sorted(cells)
}

func put(cells map[[2]string]*Cell, name string, o Outcome) {
	k := [2]string{name, o.Label.Difficulty}
	if cells[k] == nil {
		cells[k] = &Cell{Category: name, Difficulty: o.Label.Difficulty}
	}
	cells[k].All++
	if o.Found {
		cells[k].Found++
	}
	if o.WrongReason {
		cells[k].Wrong++
	}
}

func sorted(cells map[[2]string]*Cell) []Cell {
	out := make([]Cell, 0, len(cells))
	for _, c := range cells {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.Category, b.Category), cmp.Compare(rank(a.Difficulty), rank(b.Difficulty)))
	})
	return out
}

func rank(difficulty string) int {
	return slices.Index([]string{"overt", "typical", "evasive", "benign_twin"}, difficulty)
}

// Rejected counts the twins that no finding of the level took for an incident of
// their category.
func Rejected(outcomes []Outcome) (rejected, all int) {
	for _, o := range outcomes {
		if !o.Label.Twin() {
			continue
		}
		all++
		if !o.Found {
			rejected++
		}
	}
	return rejected, all
}
