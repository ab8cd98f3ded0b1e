package rules

import (
	"slices"
	"strings"
)

// output checks the columns of the result against what the rest of the rule says
// about them.
func (l *linter) output(root tree) {
	r := l.rule
	for root.text("type") == "SET_OPERATION_NODE" {
		root = root.child("left")
	}
	var columns []string
	for i, e := range root.children("select_list") {
		name := e.outputName()
		switch {
		case name == "":
			l.wrong(e, "column %d of the result has no name; write AS", i+1)
		case slices.Contains(columns, name):
			l.wrong(e, "the result has the column %s twice", name)
		}
		columns = append(columns, name)
	}
	if len(columns) == 0 || columns[0] != "site" {
		l.at("sql", "the first column of the result has to be site")
	}
	l.contract(columns)
	need := func(key, name string) {
		if !slices.Contains(columns, name) {
			l.at(key, "the result has no column %s", name)
		}
	}
	for i, name := range r.Group {
		need(index("group", i), name)
	}
	for i, name := range r.Evidence {
		need(index("evidence", i), name)
	}
	need("subject.id", r.Subject.ID)
	if r.Distinct != "" {
		need("distinct", r.Distinct)
	}
	l.texts(columns)
	l.measures(columns)
}

// contract checks the columns that every rule has.
func (l *linter) contract(columns []string) {
	has := func(name string) bool { return slices.Contains(columns, name) }
	switch l.rule.Emit {
	case EmitEvents:
		for _, name := range []string{"event_id", "ts_s"} {
			if !has(name) {
				l.at("sql", "a rule with emit: events has the column %s in its result", name)
			}
		}
	case EmitIntervals:
		if !has("day_no") && (!has("first_s") || !has("last_s")) {
			l.at("sql", "a rule with emit: intervals has the columns first_s and last_s, or day_no, in its result")
		}
	}
}

// texts checks the columns in the templates.
func (l *linter) texts(columns []string) {
	templates := map[string]string{"explain": l.rule.Explain}
	for i, q := range l.rule.Questions {
		templates[index("questions", i)] = q
	}
	for i, s := range l.rule.NextSteps {
		templates[index("next_steps", i)] = s
	}
	for _, key := range sortedKeys(templates) {
		parts, err := ParseText(templates[key])
		if err != nil {
			continue // Check has said so
		}
		for _, p := range parts {
			if slices.Contains([]string{"count", "list", "min", "max"}, p.Word) && p.Argument != "" && !slices.Contains(columns, p.Argument) {
				l.at(key, "%s: the result has no column %s", p, p.Argument)
			}
		}
	}
}

// Measures returns the names of the measures that every finding has.
func Measures() []string {
	return []string{
		"count", "patients", "days", "accounts", "off_hours", "external", "writes", "taking", "sensitive", "vip", "unexplained", "weak", "moderate",
	}
}

// measures checks that the score's conditions are about something that is there.
func (l *linter) measures(columns []string) {
	for i, s := range l.rule.Score {
		c, err := ParseCondition(s.When)
		if err != nil {
			continue // Check has said so
		}
		if !l.isMeasure(c.Measure, columns) {
			l.at(index("score", i)+".when", "there is no measure %s; there are %s, min_ and max_ of a column, columns of intervals, and distinct",
				c.Measure, strings.Join(Measures(), ", "))
		}
	}
}

func (l *linter) isMeasure(name string, columns []string) bool {
	if slices.Contains(Measures(), name) || name == "distinct" && l.rule.Distinct != "" {
		return true
	}
	for _, prefix := range []string{"min_", "max_"} {
		if column, ok := strings.CutPrefix(name, prefix); ok && slices.Contains(columns, column) {
			return true
		}
	}
	return l.rule.Emit == EmitIntervals && slices.Contains(columns, name)
}
