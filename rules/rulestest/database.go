package rulestest

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/chartwatch/chartwatch/rules"
	"github.com/chartwatch/chartwatch/rules/models"
)

// Database is where a rule runs: a session of the store, or another SQL database
// that has to give the same rows.
type Database interface {
	Exec(ctx context.Context, query string, args ...any) error
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Runner runs rules over fixture rows. It is not for concurrent use.
type Runner struct {
	db     Database
	filled []string // models that have rows
}

// NewRunner makes the tables of all models in a database, as temporary tables
// without rows.
func NewRunner(ctx context.Context, db Database) (*Runner, error) {
	for _, m := range models.All() {
		columns := make([]string, len(m.Columns))
		for i, c := range m.Columns {
			columns[i] = c.Name + " " + sqlType(c.Type)
		}
		if err := db.Exec(ctx, "CREATE TEMP TABLE "+m.Name+" ("+strings.Join(columns, ", ")+")"); err != nil {
			return nil, fmt.Errorf("making model %s: %w", m.Name, err)
		}
	}
	return &Runner{db: db}, nil
}

func sqlType(t models.Type) string {
	switch t {
	case models.Integer:
		return "BIGINT"
	case models.Real:
		return "DOUBLE"
	case models.Text:
		return "VARCHAR"
	}
	return ""
}

// fill replaces the rows of all models.
func (r *Runner) fill(ctx context.Context, tables Tables) error {
	for _, name := range r.filled {
		if err := r.db.Exec(ctx, "DELETE FROM "+name); err != nil {
			return err
		}
	}
	r.filled = r.filled[:0]
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		model, ok := models.ByName(name)
		if !ok || len(tables[name]) == 0 {
			continue
		}
		var b strings.Builder
		b.WriteString("INSERT INTO " + name + " VALUES ")
		for i, row := range tables[name] {
			if i > 0 {
				b.WriteString(", ")
			}
			writeRow(&b, &model, row)
		}
		if err := r.db.Exec(ctx, b.String()); err != nil {
			return fmt.Errorf("filling model %s: %w", name, err)
		}
		r.filled = append(r.filled, name)
	}
	return nil
}

func writeRow(b *strings.Builder, model *models.Model, row Row) {
	for i, c := range model.Columns {
		b.WriteString([]string{"(", ", "}[min(i, 1)])
		switch v := row[c.Name].(type) {
		case nil:
			b.WriteString("NULL")
		case string:
			b.WriteString("'" + strings.ReplaceAll(v, "'", "''") + "'")
		case int64:
			b.WriteString(strconv.FormatInt(v, 10))
		case float64:
			b.WriteString(strconv.FormatFloat(v, 'e', -1, 64))
		}
	}
	b.WriteString(")")
}

// Span is the period that a rule is evaluated for, as local days, both included.
type Span = rules.TestPeriod

// query runs the SQL of a rule over the rows that are there.
func (r *Runner) query(ctx context.Context, rule *rules.Rule, sqlText string, span Span, params map[string]float64) ([]Row, error) {
	text, err := rules.Render(sqlText, bounds(rule, span, rule.Values(params)))
	if err != nil {
		return nil, err
	}
	result, err := r.db.Query(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("running the SQL: %w", err)
	}
	defer result.Close() // only read
	names, err := result.Columns()
	if err != nil {
		return nil, err
	}
	var rows []Row
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	for result.Next() {
		if err := result.Scan(into...); err != nil {
			return nil, fmt.Errorf("reading a row: %w", err)
		}
		row := Row{}
		for i, name := range names {
			row[name] = plain(values[i])
		}
		rows = append(rows, row)
	}
	if err := result.Err(); err != nil {
		return nil, fmt.Errorf("running the SQL: %w", err)
	}
	return rows, nil
}

// bounds adds the times and days of the period to the values of the parameters.
func bounds(rule *rules.Rule, span Span, values map[string]float64) map[string]float64 {
	back, ahead := rule.Reach(values)
	from, to := span.FromDay*secondsADay, (span.ToDay+1)*secondsADay
	for name, v := range map[string]int64{
		"period_from_day": span.FromDay, "period_to_day": span.ToDay, "period_from_s": from, "period_to_s": to,
		"from_day": span.FromDay - back.Days(), "to_day": span.ToDay + ahead.Days(), "from_s": from - back.Seconds(), "to_s": to + ahead.Seconds(),
	} {
		values[name] = float64(v)
	}
	return values
}

// plain turns what a driver gives into an int64, a float64, a string or nil, so
// that the rows of different databases can be compared.
func plain(v any) any {
	switch x := v.(type) {
	case nil, int64, string:
		return x
	case int32:
		return int64(x)
	case bool:
		return flag(x)
	case []byte:
		return string(x)
	case *big.Int:
		return x.Int64()
	case float64:
		return whole(x)
	case interface{ Float64() float64 }:
		return whole(x.Float64())
	}
	return fmt.Sprint(v)
}

// whole turns a number without decimals into an integer.
func whole(x float64) any {
	if n := int64(x); float64(n) == x {
		return n
	}
	return x
}
