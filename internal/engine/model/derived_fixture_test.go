package model_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/engine/model"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/rules/models"
)

// row is what a fixture says about a row; the other columns have their defaults.
type row map[string]any

// tables are the fixture rows of base models by name.
type tables map[string][]row

// derived are the models that are tested here; the others are fixtures.
func derived() []string {
	return []string{"first_open", "explained", "user_day", "user_hour", "user_week", "user_first"}
}

// withModels runs do in a session with the base models as given and the derived
// ones as built.
func withModels(tb testing.TB, given tables, in model.DerivedInput, do func(context.Context, *store.Session)) {
	tb.Helper()
	db, err := store.OpenMemory(tb.Context(), store.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	err = db.Session(tb.Context(), func(ctx context.Context, s *store.Session) error {
		if err := createBase(ctx, s, given); err != nil {
			return err
		}
		if err := model.BuildDerived(ctx, s, in); err != nil {
			return err
		}
		do(ctx, s)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}

func createBase(ctx context.Context, s *store.Session, given tables) error {
	for _, m := range models.All() {
		if slices.Contains(derived(), m.Name) {
			continue
		}
		if err := createModel(ctx, s, m); err != nil {
			return err
		}
		for _, r := range given[m.Name] {
			if err := insert(ctx, s, m, r); err != nil {
				return err
			}
		}
	}
	return nil
}

func createModel(ctx context.Context, s *store.Session, m models.Model) error {
	var columns []string
	for _, c := range m.Columns {
		kind := map[models.Type]string{models.Integer: "BIGINT", models.Real: "DOUBLE", models.Text: "VARCHAR"}[c.Type]
		columns = append(columns, c.Name+" "+kind)
	}
	return s.Exec(ctx, "CREATE TEMP TABLE "+m.Name+" ("+strings.Join(columns, ", ")+")")
}

func insert(ctx context.Context, s *store.Session, m models.Model, r row) error {
	var marks []string
	var values []any
	for _, c := range m.Columns {
		v, ok := r[c.Name]
		if !ok {
			v = c.Default
		}
		marks, values = append(marks, "?"), append(values, v)
	}
	for name := range r {
		if _, ok := m.Column(name); !ok {
			return fmt.Errorf("%s has no column %s", m.Name, name)
		}
	}
	return s.Exec(ctx, "INSERT INTO temp."+m.Name+" VALUES ("+strings.Join(marks, ", ")+")", values...)
}

// derivedRows reads a query's rows as one line each.
func derivedRows(ctx context.Context, tb testing.TB, s *store.Session, query string) []string {
	tb.Helper()
	rows, err := s.Query(ctx, query)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		tb.Fatal(err)
	}
	var lines []string
	for rows.Next() {
		values := make([]any, len(names))
		into := make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			tb.Fatal(err)
		}
		var line []string
		for _, v := range values {
			line = append(line, fmt.Sprint(v))
		}
		lines = append(lines, strings.Join(line, " "))
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return lines
}

// expect compares the rows of a query with lines.
func expect(tb testing.TB, given tables, in model.DerivedInput, query string, want ...string) {
	tb.Helper()
	withModels(tb, given, in, func(ctx context.Context, s *store.Session) {
		if diff := cmp.Diff(want, derivedRows(ctx, tb, s, query)); diff != "" {
			tb.Errorf("rows of %s (-want +got):\n%s", query, diff)
		}
	})
}

const day0 = 20_000 // 2024-10-04, a Friday

// at is an event of day0 + day at an hour.
func at(id, day, hour int, r row) row {
	all := row{
		"event_id": id, "day_no": day0 + day, "ts_s": (day0+day)*86400 + hour*3600, "hour_no": (day0+day)*24 + hour,
		"user_id": "ann", "person_id": "ann", "patient_id": "p1", "record_type": "clinical_note",
	}
	maps.Copy(all, r)
	return all
}

// reached is appointment data for the days from..to beside day0.
func reached(from, to int) []row {
	var days []row
	for d := from; d <= to; d++ {
		days = append(days, row{"day_no": day0 + d})
	}
	return days
}

// visit is an appointment of p1 on a day beside day0.
func visit(day int, provider any) row {
	return row{"day_no": day0 + day, "start_s": (day0+day)*86400 + 36000, "person_id": provider}
}

// works is a role of a person, in a department.
func works(person, role, department string) row {
	return row{"person_id": person, "role": role, "department": department}
}

// opens is what the tests of explanations look at.
const opens = "SELECT user_id, day_no - 20000, strength, reason, can_explain FROM first_open ORDER BY user_id, patient_id, day_no"

// scoped puts the people, patients, departments and teams of rows into a world of
// their own, so that many cases fit into one session.
func scoped(world string, given tables) tables {
	own := tables{}
	for name, rows := range given {
		for _, r := range rows {
			m, _ := models.ByName(name)
			all := row{}
			for _, c := range m.Columns {
				if v, ok := r[c.Name]; ok {
					all[c.Name] = v
				} else {
					all[c.Name] = c.Default
				}
				switch c.Name {
				case "user_id", "person_id", "patient_id", "department", "value", "value2":
					if text, ok := all[c.Name].(string); ok && text != "" {
						all[c.Name] = world + "." + text
					}
				}
			}
			own[name] = append(own[name], all)
		}
	}
	return own
}

// accessesOf are the accesses of a world's person ann, as day, strength and reason.
func accessesOf(ctx context.Context, tb testing.TB, s *store.Session, world string) []string {
	tb.Helper()
	return derivedRows(ctx, tb, s, "SELECT day_no - 20000, strength, reason FROM first_open WHERE person_id = '"+world+".ann' AND can_explain = 1 ORDER BY user_id, day_no")
}
