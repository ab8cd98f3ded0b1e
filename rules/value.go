package rules

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The names of values of a rule that a site may set, beside the parameters.
const (
	ValueLevel = "level" // one of [Levels]
	ValueRisk  = "risk"  // 0 to 100, in the band of the level
	ValueOff   = "off"   // true or false
	ValueWatch = "watch" // true or false
)

// CheckValue says why a site cannot give a parameter, the level, the risk, off or
// watch a value, or returns nil. Only values can be set: what a rule means is changed
// by a rule of the site's own.
func (r *Rule) CheckValue(param, value string) error {
	switch param {
	case ValueLevel:
		if Level(value).Rank() < 0 {
			return fmt.Errorf("level is one of %s", strings.Join(texts(Levels()), ", "))
		}
		return nil
	case ValueRisk:
		return r.checkRisk(value)
	case ValueOff, ValueWatch:
		if value != "true" && value != "false" {
			return fmt.Errorf("%s is true or false", param)
		}
		return nil
	}
	i := slices.IndexFunc(r.Params, func(p Param) bool { return p.Name == param })
	if i < 0 {
		return fmt.Errorf("rule %s has no parameter %q; %s", r.ID, param, r.settable())
	}
	return r.Params[i].check(value)
}

func (r *Rule) checkRisk(value string) error {
	risk, err := strconv.Atoi(value)
	switch {
	case err != nil || risk < 0 || risk > 100:
		return errors.New("risk is a whole number from 0 to 100")
	case r.Level == Info && risk > 10:
		return errors.New("the risk of level info is 0 to 10")
	case r.Level != Info && LevelOf(risk) != r.Level:
		return fmt.Errorf("a risk of %d belongs to level %s, and the rule's is %s", risk, LevelOf(risk), r.Level)
	}
	return nil
}

// settable lists what can be set.
func (r *Rule) settable() string {
	var names []string
	for _, p := range r.Params {
		names = append(names, p.Name)
	}
	return "there are " + strings.Join(append(names, ValueLevel, ValueRisk, ValueOff, ValueWatch), ", ")
}

func (p Param) check(value string) error {
	v, err := strconv.ParseFloat(value, 64)
	switch {
	case err != nil || math.IsNaN(v):
		return fmt.Errorf("%s is a number", p.Name)
	case v < p.Min || v > p.Max:
		return fmt.Errorf("%s is a number from %s to %s", p.Name, shortNumber(p.Min), shortNumber(p.Max))
	case p.Type != ParamNumber && v != math.Trunc(v):
		return fmt.Errorf("%s is a whole number", p.Name)
	}
	return nil
}

func shortNumber(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
