package model

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/rules/models"
)

// siteName is the practice of a database; it is 1 in stored tables.
const siteName = "main"

// texts makes a column of texts of a list of rows.
func texts[T any](name string, rows []T, get func(T) string) store.Column {
	c := store.Column{Name: name, Texts: make([]string, len(rows))}
	for i, r := range rows {
		c.Texts[i] = get(r)
	}
	return c
}

// ints makes a column of integers of a list of rows.
func ints[T any](name string, rows []T, get func(T) int64) store.Column {
	c := store.Column{Name: name, Ints: make([]int64, len(rows))}
	for i, r := range rows {
		c.Ints[i] = get(r)
	}
	return c
}

// intsOrNull makes a column of integers some of which are null.
func intsOrNull[T any](name string, rows []T, get func(T) (int64, bool)) store.Column {
	c := store.Column{Name: name, Ints: make([]int64, len(rows)), Nulls: make([]bool, len(rows))}
	for i, r := range rows {
		v, ok := get(r)
		c.Ints[i], c.Nulls[i] = v, !ok
	}
	return c
}

func bit(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

func sqlType(c store.Column) string {
	switch {
	case c.Texts != nil:
		return "VARCHAR"
	case c.Blobs != nil:
		return "BLOB"
	}
	return "BIGINT"
}

// load makes a temporary table of our own.
func (b *builder) load(ctx context.Context, table string, columns ...store.Column) error {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = c.Name + " " + sqlType(c)
	}
	if err := b.s.Exec(ctx, fmt.Sprintf("CREATE TEMP TABLE %s (%s)", table, strings.Join(list, ", "))); err != nil {
		return err
	}
	return b.s.Load(ctx, table, columns)
}

// table makes a model of loaded columns. What is no column of the rows has an
// expression over them.
func (b *builder) table(ctx context.Context, name string, expressions map[string]string, columns ...store.Column) error {
	const raw = "mdl_raw"
	if err := b.load(ctx, raw, columns...); err != nil {
		return err
	}
	if err := b.create(ctx, "TABLE", name, expressions, "temp."+raw); err != nil {
		return err
	}
	return b.s.Exec(ctx, "DROP TABLE temp."+raw)
}

// create makes a model as a table or view of a source of rows, with the types and
// the order of columns that the model is documented with.
func (b *builder) create(ctx context.Context, what, name string, expressions map[string]string, from string) error {
	return b.createAs(ctx, what, name, name, expressions, from)
}

// createAs is create under another name than the model's.
func (b *builder) createAs(ctx context.Context, what, name, as string, expressions map[string]string, from string) error {
	m, ok := models.ByName(name)
	if !ok {
		return fmt.Errorf("there is no model %s", name)
	}
	list := make([]string, len(m.Columns))
	for i, c := range m.Columns {
		e, ok := expressions[c.Name]
		switch {
		case c.Name == "site":
			e = "'" + siteName + "'"
		case !ok:
			e = c.Name
		}
		switch c.Type {
		case models.Text:
			if !c.Nullable && c.Name != "site" {
				e = "coalesce(" + e + ", '')"
			}
		case models.Integer:
			e = "CAST(" + e + " AS BIGINT)"
		case models.Real:
			e = "CAST(" + e + " AS DOUBLE)"
		}
		list[i] = e + " AS " + c.Name
	}
	return b.s.Exec(ctx, fmt.Sprintf("CREATE TEMP %s %s AS SELECT %s FROM %s", what, as, strings.Join(list, ", "), from))
}

// each runs a SELECT and calls do for every row, after scanning into targets.
func (b *builder) each(ctx context.Context, query string, do func() error, targets ...any) (err error) {
	rows, err := b.s.Query(ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		if err := do(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// nullable gives the value of an integer and whether there is one.
func nullable(n sql.NullInt64) (int64, bool) { return n.Int64, n.Valid }
