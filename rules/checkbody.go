package rules

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/rules/models"
)

// params checks the parameters and that each is used.
func (c *checker) params() {
	for _, p := range c.rule.Params {
		key := "params." + p.Name
		if !namePattern().MatchString(p.Name) || slices.Contains(BuiltIns(), p.Name) {
			c.at(key, "%q cannot be a parameter's name", p.Name)
		}
		c.oneOf(key+".type", string(p.Type), string(ParamInt), string(ParamSeconds), string(ParamDays), string(ParamNumber))
		if p.Min > p.Max || p.Default < p.Min || p.Default > p.Max {
			c.at(key, "the default has to lie between min and max")
		}
		for field, v := range map[string]float64{"default": p.Default, "min": p.Min, "max": p.Max} {
			if p.Type != ParamNumber && v != math.Trunc(v) {
				c.at(key+"."+field, "%s of the type %s is a whole number", field, p.Type)
			}
		}
		if p.Boundary != "" && p.Boundary != BoundaryExact {
			c.at(key+".boundary", "boundary is %s, or is left out", BoundaryExact)
		}
		if c.rule.looksBack(p) && c.rule.Schedule.Lookback.Seconds() < int64(p.Default)*secondsPer(p.Type) {
			c.at("schedule", "schedule.lookback is shorter than the parameter %s", p.Name)
		}
		if c.rule.looksAhead(p) && c.rule.Schedule.Lookahead.Seconds() < int64(p.Default)*secondsPer(p.Type) {
			c.at("schedule", "schedule.lookahead is shorter than the parameter %s", p.Name)
		}
	}
}

func secondsPer(t ParamType) int64 {
	if t == ParamDays {
		return 86_400
	}
	return 1
}

// body compiles the shorthands and checks the names in the SQL.
func (c *checker) body() {
	r := c.rule
	forms := 0
	for _, there := range []bool{r.SQL != "", r.Match != nil, r.Threshold != nil} {
		if there {
			forms++
		}
	}
	if forms != 1 {
		c.at("sql", "a rule has exactly one of sql, match and threshold")
		return
	}
	if r.SQL == "" {
		c.compile()
	}
	names, err := Names(r.SQL)
	if err != nil {
		c.at("sql", "%v", err)
		return
	}
	for _, name := range names {
		if !slices.Contains(BuiltIns(), name) && !slices.ContainsFunc(r.Params, func(p Param) bool { return p.Name == name }) {
			c.at("sql", "the SQL uses $%s, which is not a parameter", name)
		}
	}
	for _, p := range r.Params {
		if !slices.Contains(names, p.Name) {
			c.at("params."+p.Name, "the parameter %s is not used in the SQL", p.Name)
		}
	}
	for i, list := range r.Lists {
		if !namePattern().MatchString(list) || !strings.Contains(r.SQL, "'"+list+"'") {
			c.at(index("lists", i), "the list %q is not used in the SQL", list)
		}
	}
}

// score checks the conditions, as far as the rows need not be known.
func (c *checker) score() {
	for i, s := range c.rule.Score {
		if _, err := ParseCondition(s.When); err != nil {
			c.at(index("score", i)+".when", "%v", err)
		}
		if s.Add == 0 || s.Add < -100 || s.Add > 100 {
			c.at(index("score", i)+".add", "add is a number of points from -100 to 100, and not 0")
		}
	}
}

// tests checks the rule's own tests.
func (c *checker) tests() {
	firing, quiet := false, false
	var names []string
	for i, t := range c.rule.Tests {
		key := index("tests", i)
		if t.Name == "" || slices.Contains(names, t.Name) {
			c.at(key, "a test has a name of its own")
		}
		names = append(names, t.Name)
		firing, quiet = firing || len(t.Expect) > 0, quiet || len(t.Expect) == 0
		if t.Period != nil && (t.Period.ToDay < t.Period.FromDay || t.Period.ToDay-t.Period.FromDay > 3660) {
			c.at(key+".period", "to_day has to be from_day or later, by ten years at most")
		}
		for _, name := range sortedKeys(t.Params) {
			c.testParam(key+".params."+name, name, t.Params[name])
		}
		for _, name := range sortedKeys(t.Given) {
			c.fixture(key+".given."+name, name, t.Given[name])
		}
		for j, group := range t.Expect {
			c.expectation(index(key+".expect", j), group)
		}
	}
	if !firing {
		c.at("tests", "there is no test in which the rule finds something")
	}
	if !quiet {
		c.at("tests", "there is no test in which the rule is quiet (`expect: []`)")
	}
}

func (c *checker) testParam(key, name string, v float64) {
	i := slices.IndexFunc(c.rule.Params, func(p Param) bool { return p.Name == name })
	switch {
	case i < 0:
		c.at(key, "there is no parameter %q", name)
	case v < c.rule.Params[i].Min || v > c.rule.Params[i].Max:
		c.at(key, "the value is outside of the range of %s", name)
	}
}

func (c *checker) fixture(key, name string, rows []map[string]any) {
	model, ok := models.ByName(name)
	if !ok {
		c.at(key, "there is no model %q", name)
		return
	}
	for i, row := range rows {
		for _, column := range sortedKeys(row) {
			at := index(key, i) + "." + column
			col, ok := model.Column(column)
			if !ok {
				c.at(at, "model %s has no column %q", name, column)
				continue
			}
			if why := unfit(col, row[column]); why != "" {
				c.at(at, "%s.%s %s", name, column, why)
			}
		}
	}
}

// unfit says why a value cannot be in a column, or nothing.
func unfit(col models.Column, v any) string {
	_, isInt := v.(int64)
	_, isFloat := v.(float64)
	_, isText := v.(string)
	switch {
	case v == nil && !col.Nullable:
		return "is never null"
	case v == nil:
		return ""
	case col.Type == models.Integer && !isInt:
		return "is a whole number"
	case col.Type == models.Real && !isInt && !isFloat:
		return "is a number"
	case col.Type == models.Text && !isText:
		return "is a text; put it in quotes"
	}
	return ""
}

func (c *checker) expectation(key string, group map[string]any) {
	if n, ok := group["rows"].(int64); !ok || n < 1 {
		c.at(key, "rows is missing: the number of evidence rows of the group")
	}
	for _, name := range sortedKeys(group) {
		if name != "rows" && name != "site" && !slices.Contains(c.rule.Group, name) {
			c.at(key+"."+name, "%q is not a column of the group", name)
		}
	}
	for _, name := range c.rule.Group {
		if _, ok := group[name]; !ok {
			c.at(key, "the group's column %s is missing", name)
		}
	}
}

// Values returns the values of the parameters: the defaults, changed by some.
func (r *Rule) Values(changes map[string]float64) map[string]float64 {
	values := map[string]float64{}
	for _, p := range r.Params {
		values[p.Name] = p.Default
	}
	maps.Copy(values, changes)
	return values
}
