package review

import (
	"cmp"
	"math"
	"slices"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/rules"
)

// What a case rests on.
const (
	caseDays     = 30 // how far back findings count
	caseHalf     = 14 // days in which a finding counts half
	caseScore    = 60 // from which on there is a case
	caseHighest  = 100
	caseIDLength = 8
)

// Cases brings findings about one person or source together. For every rule only
// its strongest finding counts, halved with age; the strongest counts whole, the
// next half, then a quarter: one noisy rule cannot stack, and several different
// facts do add up.
func Cases(items []Item, last coverage.Day) []Case {
	bySubject := map[engine.Subject][]*Item{}
	for i := range items {
		x := &items[i]
		counts := x.Open() || (x.State == Closed && x.Disposition == MisuseConfirmed)
		if !counts || x.ToDay < last-caseDays || x.FromDay > last {
			continue
		}
		s := x.Subject
		if s.Type == rules.SubjectPatient {
			continue
		}
		s.Name, s.Role = "", ""
		bySubject[s] = append(bySubject[s], x)
	}
	cases := []Case{}
	for _, list := range bySubject {
		c, open := oneCase(list, last)
		if open {
			cases = append(cases, c)
		}
	}
	slices.SortFunc(cases, func(a, b Case) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Subject.ID, b.Subject.ID), cmp.Compare(a.ID, b.ID))
	})
	return cases
}

func oneCase(list []*Item, last coverage.Day) (Case, bool) {
	slices.SortFunc(list, func(a, b *Item) int {
		return cmp.Or(cmp.Compare(b.Risk, a.Risk), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	c := Case{Subject: list[0].Subject, Level: rules.Info, ID: "c" + list[0].Fingerprint[:min(caseIDLength, len(list[0].Fingerprint))]}
	byRule := map[string]float64{}
	open := false
	for _, x := range list {
		age := max(last-x.ToDay, 0)
		weight := float64(x.Risk) * math.Pow(0.5, float64(age)/caseHalf)
		byRule[x.RuleID] = max(byRule[x.RuleID], weight)
		c.Findings = append(c.Findings, x.ID)
		if x.Level.Rank() > c.Level.Rank() {
			c.Level = x.Level
		}
		open = open || x.State != Closed
	}
	scores := make([]float64, 0, len(byRule))
	for _, s := range byRule {
		scores = append(scores, s)
	}
	slices.SortFunc(scores, func(a, b float64) int { return cmp.Compare(b, a) })
	sum, factor := 0.0, 1.0
	for _, s := range scores {
		sum += s * factor
		factor /= 2
	}
	c.Score = int(math.Round(min(sum, caseHighest)))
	return c, open && (c.Score >= caseScore || c.Level.Rank() >= rules.High.Rank())
}
