package rules

import (
	"fmt"
	"regexp"
	"strconv"
)

// Condition compares a measure of a finding with a number.
type Condition struct {
	Measure string
	Op      string // >=, <=, >, < or =
	Number  float64
}

// ParseCondition reads a condition such as "count >= 10".
func ParseCondition(text string) (Condition, error) {
	m := regexp.MustCompile(`^\s*([a-z][a-z0-9_]*)\s*(>=|<=|>|<|==?)\s*(-?\d+(?:\.\d+)?)\s*$`).FindStringSubmatch(text)
	if m == nil {
		return Condition{}, fmt.Errorf("%q is not a condition; write a measure, a comparison and a number, such as count >= 10", text)
	}
	n, err := strconv.ParseFloat(m[3], 64)
	if err != nil {
		return Condition{}, fmt.Errorf("reading the number of %q: %w", text, err)
	}
	op := m[2]
	if op == "==" {
		op = "="
	}
	return Condition{Measure: m[1], Op: op, Number: n}, nil
}

// Holds reports whether the condition is true of the measures. A measure that is
// not there makes it false.
func (c Condition) Holds(measures map[string]float64) bool {
	v, ok := measures[c.Measure]
	switch {
	case !ok:
		return false
	case c.Op == ">=":
		return v >= c.Number
	case c.Op == "<=":
		return v <= c.Number
	case c.Op == ">":
		return v > c.Number
	case c.Op == "<":
		return v < c.Number
	}
	return v == c.Number
}
