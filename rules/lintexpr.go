package rules

import (
	"slices"
	"strings"
)

func aggregates() []string { return []string{"count", "count_star", "sum", "min", "max", "avg"} }

// scalars are the functions and operators that every supported database has, with
// the same result.
func scalars() []string {
	return []string{"+", "-", "*", "%", "||", "abs", "nullif", "round", "lower", "upper", "substr", "length", "trim"}
}

// ranked are the window functions whose result depends on the order of rows.
func ranked() []string { return []string{"lag", "lead", "row_number", "first_value", "last_value"} }

// peered are the window functions that treat equal rows alike.
func peered() []string { return []string{"rank", "dense_rank", "cume_dist", "percent_rank"} }

// tiebreaks are columns that make an order unique.
func tiebreaks() []string {
	return []string{
		"event_id", "first_event_id", "before_event_id", "after_event_id", "rn", "day_no", "hour_no", "week_day", "source_seq", "after_seq",
	}
}

// expression checks an expression and what is below it. What is not known is
// refused, so that a new version of the database brings nothing new into rules.
func (l *linter) expression(e tree, tables []string) {
	if e == nil {
		return
	}
	switch e.text("class") {
	case "COLUMN_REF":
		l.columnRef(e)
	case "CONSTANT", "PARAMETER":
	case "COMPARISON":
		l.comparison(e, tables)
	case "CONJUNCTION":
		l.all(e.children("children"), tables)
	case "BETWEEN":
		l.all([]tree{e.child("input"), e.child("lower"), e.child("upper")}, tables)
	case "CASE":
		for _, c := range e.children("case_checks") {
			l.all([]tree{c.child("when_expr"), c.child("then_expr")}, tables)
		}
		l.expression(e.child("else_expr"), tables)
	case "OPERATOR":
		l.operator(e, tables)
	case "CAST":
		l.cast(e, tables)
	case "FUNCTION":
		l.function(e, tables)
	case "WINDOW":
		l.window(e, tables)
	case "SUBQUERY":
		l.subquery(e, tables)
	case "STAR":
		l.wrong(e, "SELECT * is not allowed; name the columns")
	default:
		l.wrong(e, "%s is not allowed", strings.ToLower(strings.ReplaceAll(e.text("class"), "_", " ")))
	}
}

func (l *linter) all(list []tree, tables []string) {
	for _, e := range list {
		l.expression(e, tables)
	}
}

// columnRef refuses names that databases answer themselves.
func (l *linter) columnRef(e tree) {
	name := strings.ToLower(e.column())
	reserved := []string{"user", "session_user", "localtime", "localtimestamp", "rowid"}
	if slices.Contains(reserved, name) || strings.HasPrefix(name, "current_") || strings.HasPrefix(name, "_rowid") || len(e.words("column_names")) > 2 {
		l.wrong(e, "%s is not a column of a model", strings.Join(e.words("column_names"), "."))
	}
}

func (l *linter) comparison(e tree, tables []string) {
	a, b := e.child("left"), e.child("right")
	l.all([]tree{a, b}, tables)
	switch e.text("type") {
	case "COMPARE_EQUAL":
		l.listName(a, b)
		l.listName(b, a)
	case "COMPARE_NOTEQUAL", "COMPARE_LESSTHAN", "COMPARE_LESSTHANOREQUALTO", "COMPARE_GREATERTHAN", "COMPARE_GREATERTHANOREQUALTO":
	default:
		l.wrong(e, "IS DISTINCT FROM is not allowed; compare, and test for NULL")
	}
}

// listName checks that a list that the SQL names is declared.
func (l *linter) listName(column, value tree) {
	name, ok := value.child("value")["value"].(string)
	if column.column() == "list" && ok && !slices.Contains(l.rule.Lists, name) {
		l.wrong(value, "the list %q is not declared in lists", name)
	}
}

func (l *linter) operator(e tree, tables []string) {
	children := e.children("children")
	switch e.text("type") {
	case "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "OPERATOR_COALESCE", "COMPARE_IN", "COMPARE_NOT_IN", "OPERATOR_NOT":
	default:
		l.wrong(e, "%s is not allowed", strings.ToLower(strings.ReplaceAll(e.text("type"), "_", " ")))
		return
	}
	l.all(children, tables)
	if strings.HasPrefix(e.text("type"), "COMPARE_") && len(children) > 0 && children[0].column() == "list" {
		for _, v := range children[1:] {
			l.listName(children[0], v)
		}
	}
}

func (l *linter) cast(e tree, tables []string) {
	to := e.child("cast_type").text("id")
	child := e.child("child")
	switch {
	case to == "BOOLEAN" && child.text("class") == "CONSTANT": // TRUE and FALSE
		return
	case e.flag("try_cast"):
		l.wrong(e, "TRY_CAST is not allowed")
	case to != "BIGINT" && to != "DOUBLE" && to != "VARCHAR":
		l.wrong(e, "CAST is allowed to BIGINT, DOUBLE and VARCHAR only, not %s", to)
	}
	l.expression(child, tables)
}

func (l *linter) function(e tree, tables []string) {
	name := e.text("function_name")
	children := e.children("children")
	switch {
	case name == "/" || name == "//":
		l.wrong(e, "%s is not allowed, as databases divide differently; multiply the other side", name)
	case e.text("schema") != "" || e.text("catalog") != "":
		l.wrong(e, "lists, structs and functions of a schema are not allowed")
	case slices.Contains(aggregates(), name) || name == "round":
		if len(children) > 1 {
			l.wrong(e, "%s takes one value", name)
		}
	case name == "~~" || name == "!~~":
		l.wrong(e, "LIKE is not allowed, as databases differ about upper case; use substr and =")
	case !slices.Contains(scalars(), name):
		l.wrong(e, "the function %s is not allowed; there are %s", name, strings.Join(slices.Concat(aggregates()[:1], aggregates()[2:], scalars()[5:]), ", "))
		return
	}
	if len(e.child("order_bys").children("orders")) > 0 {
		l.wrong(e, "%s with ORDER BY inside is not allowed", name)
	}
	l.all(children, tables)
	l.expression(e.child("filter"), tables)
}

func (l *linter) window(e tree, tables []string) {
	name := e.text("function_name")
	if !slices.Contains(slices.Concat(aggregates(), ranked(), peered()), name) {
		l.wrong(e, "the window function %s is not allowed", name)
		return
	}
	partitions, orders := e.children("partitions"), e.children("orders")
	frame := e.text("start") + " " + e.text("end")
	switch {
	case e.flag("distinct"):
		l.wrong(e, "DISTINCT in a window function is not allowed; compare MIN with MAX over the frame, or count in a GROUP BY")
	case e.flag("ignore_nulls") || e.text("exclude_clause") != "NO_OTHER" || len(e.children("arg_orders")) > 0:
		l.wrong(e, "IGNORE NULLS, EXCLUDE and ORDER BY inside are not allowed in a window function")
	case strings.Contains(frame, "GROUPS"):
		l.wrong(e, "GROUPS frames are not allowed")
	case strings.Contains(frame, "EXPR") && strings.Contains(frame, "RANGE") && len(orders) != 1:
		l.wrong(e, "a RANGE frame is ordered by the one integer that it measures")
	}
	if !l.crossSite() && (len(partitions) == 0 || partitions[0].column() != "site") {
		l.wrong(e, "the first key of PARTITION BY has to be site")
	}
	if slices.Contains(ranked(), name) || strings.Contains(frame, "_ROWS") {
		l.tiebreak(e, orders)
	}
	l.all(partitions, tables)
	for _, o := range orders {
		l.expression(o.child("expression"), tables)
	}
	l.all(e.children("children"), tables)
	for _, key := range []string{"start_expr", "end_expr", "offset_expr", "default_expr", "filter_expr"} {
		l.expression(e.child(key), tables)
	}
}

// tiebreak checks that the order of rows is the same every time.
func (l *linter) tiebreak(e tree, orders []tree) {
	if len(orders) == 0 || !slices.Contains(tiebreaks(), orders[len(orders)-1].child("expression").column()) {
		l.wrong(e, "%s needs an ORDER BY that ends in a unique column, such as event_id (or one called rn)", e.text("function_name"))
	}
}

// subquery allows EXISTS only: a scalar one is slow, and IN forgets the site.
func (l *linter) subquery(e tree, tables []string) {
	node := e.child("subquery").child("node")
	switch e.text("subquery_type") {
	case "EXISTS":
		if !l.crossSite() && !joinsSite(node.child("where_clause")) {
			l.wrong(e, "EXISTS needs a.site = b.site in its WHERE")
		}
	case "SCALAR":
		l.wrong(e, "a subquery as a value is not allowed; join instead")
	default:
		l.wrong(e, "IN (SELECT ...) and NOT IN (SELECT ...) are not allowed; join, or LEFT JOIN and test for NULL")
	}
	l.query(node, tables)
}
