// Package models describes the tables that a rule may read: their names, grains
// and columns, with types, units and meaning. It is the contract between the
// authors of rules and whatever builds the tables, and it holds for every
// database that runs rules.
//
// The package refuses to know how a model is built, and it holds no data.
package models

import "slices"

// Type is the type of a column, one of three that every supported database has.
type Type string

// The types. Flags are integers 0 and 1; days and times are integers too, so that
// no rule needs a function of one database's own.
const (
	Integer Type = "integer" // 64 bits
	Real    Type = "real"    // double precision
	Text    Type = "text"    // compared byte by byte
)

// Column is one column of a model.
type Column struct {
	Name string
	Type Type
	// Nullable says that the column may be null; the others never are.
	Nullable bool
	// Default is the value that a fixture row gets if it does not name the column:
	// an int64, a float64 or a string; nil is null. It is chosen so that a row
	// that says nothing is unremarkable.
	Default any
	Doc     string
}

// Model is one table that rules may read. Its first column is always site.
type Model struct {
	Name string
	// Grain says what one row is.
	Grain string
	Doc   string
	// Context is the context data without which the model is empty, or "" if
	// logs alone fill it. See [Contexts].
	Context string
	Columns []Column
}

// Column returns the column with a name.
func (m *Model) Column(name string) (Column, bool) {
	i := slices.IndexFunc(m.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return Column{}, false
	}
	return m.Columns[i], true
}

// The bounds of intervals that are open. Days count from 1970-01-01.
const (
	FirstDay = -100_000
	LastDay  = 100_000
)

// The kinds of context data that models are built from.
const (
	ContextRoster       = "roster"
	ContextPatients     = "patients"
	ContextAppointments = "appointments"
	ContextWorkstations = "workstations"
	ContextHours        = "hours"
)

// Contexts returns the kinds of context data, in a fixed order.
func Contexts() []string {
	return []string{ContextRoster, ContextPatients, ContextAppointments, ContextWorkstations, ContextHours}
}

// ByName returns the model with a name.
func ByName(name string) (Model, bool) {
	all := All()
	i := slices.IndexFunc(all, func(m Model) bool { return m.Name == name })
	if i < 0 {
		return Model{}, false
	}
	return all[i], true
}

// All returns every model, in a fixed order. The caller owns the result.
func All() []Model {
	return slices.Concat(logModels(), peopleModels(), careModels(), timeModels(), baselineModels(), trustModels())
}

func model(name, grain, doc, context string, columns ...Column) Model {
	all := append([]Column{text("site", "main", "the practice; the first key of every join, partition and group")}, columns...)
	return Model{Name: name, Grain: grain, Doc: doc, Context: context, Columns: all}
}

func integer(name string, def int64, doc string) Column {
	return Column{Name: name, Type: Integer, Default: def, Doc: doc}
}

func integerOrNull(name, doc string) Column {
	return Column{Name: name, Type: Integer, Nullable: true, Doc: doc}
}

func realNumber(name string, def float64, doc string) Column {
	return Column{Name: name, Type: Real, Default: def, Doc: doc}
}

func realOrNull(name, doc string) Column {
	return Column{Name: name, Type: Real, Nullable: true, Doc: doc}
}

func text(name, def, doc string) Column {
	return Column{Name: name, Type: Text, Default: def, Doc: doc}
}

func textOrNull(name, doc string) Column {
	return Column{Name: name, Type: Text, Nullable: true, Doc: doc}
}
