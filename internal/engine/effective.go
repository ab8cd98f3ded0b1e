package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/rules"
)

// InForce puts the values that a site has set over the rules. Later layers win: what
// is shipped, then the profile, then the site. Values of rules that do not exist
// are notices, because a rule may have been retired; a value out of its range
// is an error.
func InForce(list []rules.Rule, p practice.Practice) ([]Effective, []Notice, error) {
	all := make([]Effective, 0, len(list))
	byID := map[string]*Effective{}
	for _, r := range list {
		e := Effective{Rule: r, Params: map[string]float64{}, Origins: map[string]Origin{}, Watch: r.Status == rules.Experimental}
		e.Site = !strings.HasPrefix(r.ID, "core.")
		for _, p := range r.Params {
			e.Params[p.Name] = p.Default
		}
		if r.Status == rules.Unsupported || r.Status == rules.Deprecated {
			e.Off, e.OffReason = true, "the rule is "+string(r.Status)
		}
		all = append(all, e)
	}
	for i := range all {
		byID[all[i].ID] = &all[i]
	}
	var notices []Notice
	for _, v := range layered(p.Rules) {
		e, ok := byID[v.Rule]
		if !ok {
			notices = append(notices, Notice{
				Code: "unknown_rule", Message: fmt.Sprintf("a value is set for rule %s, which does not exist", v.Rule),
				Hint: "take it away; `chartwatch rules list` shows the rules",
			})
			continue
		}
		if err := e.set(v); err != nil {
			return nil, nil, fault.Wrap(fault.Invalid, fmt.Sprintf("rule %s cannot take the value of %s", v.Rule, v.Param), "`chartwatch rules show "+v.Rule+"` shows the ranges", err)
		}
	}
	for i := range all {
		all[i].Hash = hash(&all[i], p.Lists)
	}
	return all, notices, nil
}

// layered returns the values in the order in which they apply.
func layered(values []practice.RuleValue) []practice.RuleValue {
	sorted := slices.Clone(values)
	slices.SortStableFunc(sorted, func(a, b practice.RuleValue) int {
		rank := func(v practice.RuleValue) int {
			if v.Layer == "profile" {
				return 0
			}
			return 1
		}
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return a.At.Compare(b.At)
	})
	return sorted
}

func (e *Effective) set(v practice.RuleValue) error {
	if err := e.CheckValue(v.Param, v.Value); err != nil {
		return err
	}
	switch v.Param {
	case "level":
		e.Level = rules.Level(v.Value)
		e.Risk = clampInto(e.Risk, e.Level)
	case "risk":
		n, err := strconv.Atoi(v.Value)
		if err != nil {
			return err
		}
		e.Risk, e.Level = n, rules.LevelOf(n)
	case "off":
		e.Off, e.OffReason = v.Value == "true", ""
		if e.Off {
			e.OffReason = "switched off by the practice"
		}
		if e.Off && v.Reason != "" {
			e.OffReason += ": " + v.Reason
		}
	case "watch":
		e.Watch = v.Value == "true"
	default:
		n, err := strconv.ParseFloat(v.Value, 64)
		if err != nil {
			return err
		}
		e.Params[v.Param] = n
	}
	e.Origins[v.Param] = Origin{Layer: v.Layer, By: v.By, At: v.At}
	return nil
}

// clampInto moves a risk to the nearest end of a level's band.
func clampInto(risk int, l rules.Level) int {
	low, high := Band(l)
	return min(max(risk, low), high)
}

// Band returns the lowest and highest risk of a level.
func Band(l rules.Level) (low, high int) {
	switch l {
	case rules.Info:
		return 0, 10
	case rules.Low:
		return 0, 21
	case rules.Medium:
		return 22, 47
	case rules.High:
		return 48, 73
	case rules.Critical:
	}
	return 74, 100
}

// hash is over everything that decides what the rule gives: its text, the values
// and the entries of the lists that it reads.
func hash(e *Effective, lists []practice.ListEntry) string {
	var entries [][3]string
	for _, l := range lists {
		if slices.Contains(e.Lists, l.List) {
			entries = append(entries, [3]string{l.List, l.Value, l.Value2})
		}
	}
	slices.SortFunc(entries, func(a, b [3]string) int { return slices.Compare(a[:], b[:]) })
	body, err := json.Marshal(struct {
		ID       string             `json:"id"`
		SQL      string             `json:"sql"`
		Explain  string             `json:"explain"`
		Version  int                `json:"version"`
		Risk     int                `json:"risk"`
		Params   map[string]float64 `json:"params"`
		Score    []rules.ScoreLine  `json:"score"`
		Requires rules.Requires     `json:"requires"`
		Schedule rules.Schedule     `json:"schedule"`
		Lists    [][3]string        `json:"lists"`
		Off      bool               `json:"off"`
		Watch    bool               `json:"watch"`
		Level    rules.Level        `json:"level"`
		Emit     rules.Emit         `json:"emit"`
		Group    []string           `json:"group"`
		Subject  rules.Subject      `json:"subject"`
		Learning rules.Learning     `json:"learning"`
		Evidence []string           `json:"evidence"`
		Distinct string             `json:"distinct"`
		Covers   []string           `json:"covers"`
	}{
		e.ID, e.SQL, e.Explain, e.Version, e.Risk, e.Params, e.Score, e.Requires, e.Schedule, entries, e.Off, e.Watch,
		e.Level, e.Emit, e.Group, e.Subject, e.Learning, e.Evidence, e.Distinct, e.Covers,
	})
	if err != nil {
		return "" // cannot happen: numbers and texts only
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:8])
}

// SetHash is over all rules and their values.
func SetHash(list []Effective) string {
	h := sha256.New()
	for _, e := range list {
		_, _ = h.Write([]byte(e.ID + " " + e.Hash + "\n")) // never fails
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
