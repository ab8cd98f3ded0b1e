package rules

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chartwatch/chartwatch/rules/models"
)

// Parser gives the syntax tree of a SQL text, as DuckDB's json_serialize_sql
// writes it.
type Parser interface {
	Tree(ctx context.Context, sql string) ([]byte, error)
}

// Lint returns everything that is wrong with the SQL of a rule that [Check] has
// passed: it must be one SELECT over models and nothing else, in the
// part of SQL that every supported database has, keep sites apart, and give the
// columns that the rest of the rule names. What is not known to be harmless is
// refused.
func Lint(ctx context.Context, rule *Rule, parser Parser) []Problem {
	l := &linter{report: report{rule: rule}}
	data, err := parser.Tree(ctx, rule.SQL)
	if err != nil {
		l.at("sql", "the SQL cannot be parsed: %v", err)
		return l.problems
	}
	root, at, err := parseStatement(data)
	if err != nil {
		l.offset(at, "%v", err)
		return l.problems
	}
	l.query(root, nil)
	l.output(root)
	return l.problems
}

// linter walks the syntax tree of one rule.
type linter struct{ report }

// wrong adds a problem with a node.
func (l *linter) wrong(n tree, format string, args ...any) {
	at, ok := n.offset()
	if !ok {
		at = -1
	}
	l.offset(at, format, args...)
}

// offset adds a problem at a place of the SQL, in bytes; -1 is nowhere in particular.
func (l *linter) offset(at int, format string, args ...any) {
	start, ok := l.rule.Places["sql."]
	if !ok || at < 0 || at > len(l.rule.SQL) {
		l.at("sql", format, args...)
		return
	}
	before := l.rule.SQL[:at]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	l.place(Place{start.Line + strings.Count(before, "\n"), start.Column + utf8.RuneCountInString(line)}, format, args...)
}

// crossSite reports whether the rule may look across sites.
func (l *linter) crossSite() bool { return l.rule.Category == CrossSite }

// query checks a SELECT or a combination of several. Tables are the names that
// WITH has given so far.
func (l *linter) query(n tree, tables []string) {
	for _, entry := range n.child("cte_map").children("map") {
		name := entry.text("key")
		value := entry.child("value")
		if _, ok := models.ByName(name); ok || slices.Contains(tables, name) {
			l.at("sql", "WITH gives the name %s, which is in use; choose another", name)
		}
		if len(value.words("aliases")) > 0 {
			l.at("sql", "WITH %s (...) renames columns; name them in its SELECT", name)
		}
		l.query(value.child("query").child("node"), tables)
		tables = append(slices.Clone(tables), name)
	}
	l.modifiers(n)
	switch n.text("type") {
	case "SELECT_NODE":
		l.selectNode(n, tables)
	case "SET_OPERATION_NODE":
		if n.text("setop_type") != "UNION" || !n.flag("setop_all") {
			l.at("sql", "of UNION, EXCEPT and INTERSECT only UNION ALL is allowed; with SELECT DISTINCT or GROUP BY where needed")
		}
		l.query(n.child("left"), tables)
		l.query(n.child("right"), tables)
	case "RECURSIVE_CTE_NODE":
		l.at("sql", "WITH RECURSIVE is not allowed")
	default:
		l.at("sql", "this form of query is not allowed (%s)", n.text("type"))
	}
}

// modifiers checks DISTINCT, ORDER BY and LIMIT.
func (l *linter) modifiers(n tree) {
	for _, m := range n.children("modifiers") {
		switch m.text("type") {
		case "DISTINCT_MODIFIER":
			if len(m.children("distinct_on_targets")) > 0 {
				l.at("sql", "DISTINCT ON is not allowed; use ROW_NUMBER")
			}
		case "ORDER_MODIFIER":
			for _, o := range m.children("orders") {
				l.expression(o.child("expression"), nil)
			}
		default:
			l.at("sql", "LIMIT is not allowed; a rule gives all its rows")
		}
	}
}

func (l *linter) selectNode(n tree, tables []string) {
	l.from(n.child("from_table"), tables)
	for _, e := range n.children("select_list") {
		l.expression(e, tables)
	}
	l.expression(n.child("where_clause"), tables)
	l.expression(n.child("having"), tables)
	l.group(n, tables)
	if q := n.child("qualify"); q != nil {
		l.wrong(q, "QUALIFY is not allowed; filter in an outer SELECT")
	}
	if n.child("sample") != nil {
		l.at("sql", "samples are not allowed")
	}
}

// group checks GROUP BY, and that nothing is aggregated over sites.
func (l *linter) group(n tree, tables []string) {
	groups := n.children("group_expressions")
	if n.text("aggregate_handling") != "STANDARD_HANDLING" {
		l.at("sql", "GROUP BY ALL is not allowed; name the columns")
	}
	if sets, _ := n["group_sets"].([]any); len(sets) > 1 {
		l.at("sql", "ROLLUP, CUBE and GROUPING SETS are not allowed")
	}
	for i, g := range groups {
		l.expression(g, tables)
		if g.text("class") == "CONSTANT" {
			l.wrong(g, "GROUP BY names columns, not their numbers")
		}
		if i == 0 && g.column() != "site" && !l.crossSite() {
			l.wrong(g, "the first key of GROUP BY has to be site")
		}
	}
	if len(groups) > 0 || l.crossSite() {
		return
	}
	for _, e := range n.children("select_list") {
		if a := aggregate(e); a != nil {
			l.wrong(a, "%s without GROUP BY would mix sites", a.text("function_name"))
			return
		}
	}
}

// aggregate returns an aggregate function in an expression, or nil.
func aggregate(e tree) tree {
	if e.text("class") == "FUNCTION" && slices.Contains(aggregates(), e.text("function_name")) {
		return e
	}
	if e.text("class") == "SUBQUERY" {
		return nil
	}
	for _, v := range e {
		switch x := v.(type) {
		case map[string]any:
			if a := aggregate(x); a != nil {
				return a
			}
		case []any:
			for _, y := range x {
				if m, ok := y.(map[string]any); ok {
					if a := aggregate(m); a != nil {
						return a
					}
				}
			}
		}
	}
	return nil
}

// from checks what a SELECT reads.
func (l *linter) from(n tree, tables []string) {
	switch n.text("type") {
	case "":
	case "BASE_TABLE":
		l.table(n, tables)
	case "SUBQUERY":
		l.query(n.child("subquery").child("node"), tables)
	case "JOIN":
		l.from(n.child("left"), tables)
		l.from(n.child("right"), tables)
		l.join(n, tables)
	case "TABLE_FUNCTION":
		l.wrong(n, "table functions are not allowed")
	case "EMPTY":
		l.at("sql", "a SELECT without FROM is not allowed")
	default:
		l.wrong(n, "only models can be read (%s)", n.text("type"))
	}
	if n.child("sample") != nil {
		l.wrong(n, "samples are not allowed")
	}
}

func (l *linter) table(n tree, tables []string) {
	name := n.text("table_name")
	_, isModel := models.ByName(name)
	switch {
	case n.text("schema_name") != "" || n.text("catalog_name") != "" || n.child("at_clause") != nil:
		l.wrong(n, "a model is named alone, without schema or version")
	case !isModel && !slices.Contains(tables, name):
		l.wrong(n, "there is no model %q", name)
	}
	if len(n.words("column_name_alias")) > 0 {
		l.wrong(n, "columns are not renamed in FROM")
	}
}

// join checks that a join keeps sites apart.
func (l *linter) join(n tree, tables []string) {
	kind := n.text("join_type")
	using := n.words("using_columns")
	switch {
	case n.text("ref_type") != "REGULAR":
		l.wrong(n, "of joins only JOIN ... ON and LEFT JOIN ... ON are allowed, no comma, CROSS, NATURAL or ASOF")
		return
	case kind != "INNER" && kind != "LEFT":
		l.wrong(n, "%s JOIN is not allowed; use JOIN or LEFT JOIN", kind)
	}
	l.expression(n.child("condition"), tables)
	if !l.crossSite() && !slices.Contains(using, "site") && !joinsSite(n.child("condition")) {
		l.wrong(n, "the join has no a.site = b.site")
	}
}

// joinsSite reports whether a condition demands that two sites are equal.
func joinsSite(e tree) bool {
	switch e.text("type") {
	case "CONJUNCTION_AND":
		return slices.ContainsFunc(e.children("children"), joinsSite)
	case "COMPARE_EQUAL":
		a, b := e.child("left"), e.child("right")
		return a.column() == "site" && b.column() == "site" && !slices.Equal(a.words("column_names"), b.words("column_names"))
	}
	return false
}
