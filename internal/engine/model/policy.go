package model

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/rules/models"
)

// clinical are the record types with clinical content.
func clinical() []ingest.RecordType {
	return []ingest.RecordType{
		ingest.RecordClinicalNote, ingest.RecordPsychotherapy, ingest.RecordMedication, ingest.RecordAllergy, ingest.RecordProblem,
		ingest.RecordLabResult, ingest.RecordImaging, ingest.RecordVitals, ingest.RecordImmunization, ingest.RecordDocument,
		ingest.RecordOrder, ingest.RecordReferral, ingest.RecordMessage,
	}
}

// cell is one cell of the role policy.
type cell struct{ role, record, action string }

// policy makes model role_policy: the default with the practice's changes.
func (b *builder) policy(ctx context.Context) error {
	p := map[cell]string{} // what is not in it is not judged
	for _, row := range models.DefaultPolicy() {
		p[cell{row.Role, row.RecordType, row.Action}] = row.Verdict
	}
	for _, row := range b.ownPolicy() {
		for _, record := range allOr(row.RecordType, ingest.RecordTypes()) {
			for _, action := range allOr(row.Action, ingest.Actions()) {
				p[cell{row.Role, record, action}] = row.Verdict
			}
		}
	}
	cells := slices.SortedFunc(maps.Keys(p), func(x, y cell) int {
		return strings.Compare(x.role+"\x00"+x.record+"\x00"+x.action, y.role+"\x00"+y.record+"\x00"+y.action)
	})
	return b.table(ctx, "role_policy", nil,
		texts("role", cells, func(c cell) string { return c.role }),
		texts("record_type", cells, func(c cell) string { return c.record }),
		texts("action", cells, func(c cell) string { return c.action }),
		texts("verdict", cells, func(c cell) string { return p[c] }))
}

// everything is the word of a policy for all types of records, or all actions.
const everything = "*"

// ownPolicy are the practice's rows in force, those that say less exactly what they
// are about first, so that the others are exceptions to them.
func (b *builder) ownPolicy() []practice.PolicyRow {
	var rows []practice.PolicyRow
	for _, row := range b.in.Practice.Policy {
		if b.inForce(row.Entry) {
			rows = append(rows, row)
		}
	}
	wide := func(r practice.PolicyRow) int {
		return int(bit(r.RecordType == everything) + bit(r.Action == everything))
	}
	slices.SortStableFunc(rows, func(x, y practice.PolicyRow) int { return wide(y) - wide(x) })
	return rows
}

// allOr returns a word alone, or all of a closed set for "*".
func allOr[T ~string](word string, all []T) []string {
	if word != everything {
		return []string{word}
	}
	list := make([]string, len(all))
	for i, w := range all {
		list[i] = string(w)
	}
	return list
}

// lists makes model list_entry.
func (b *builder) lists(ctx context.Context) error {
	type entry struct{ list, value, value2 string }
	seen := map[entry]bool{}
	for _, e := range b.in.Practice.Lists {
		if !b.inForce(e.Entry) {
			continue
		}
		seen[entry{e.List, e.Value, e.Value2}] = true
		if e.Value2 != "" {
			seen[entry{e.List, e.Value2, e.Value}] = true
		}
	}
	rows := slices.SortedFunc(maps.Keys(seen), func(x, y entry) int {
		return strings.Compare(x.list+"\x00"+x.value+"\x00"+x.value2, y.list+"\x00"+y.value+"\x00"+y.value2)
	})
	return b.table(ctx, "list_entry", nil,
		texts("list", rows, func(e entry) string { return e.list }),
		texts("value", rows, func(e entry) string { return e.value }),
		texts("value2", rows, func(e entry) string { return e.value2 }))
}

// listed returns the values of a list that are in force, in lower case.
func (b *builder) listed(list string) map[string]bool {
	set := map[string]bool{}
	for _, e := range b.in.Practice.Lists {
		if e.List == list && b.inForce(e.Entry) {
			set[strings.ToLower(e.Value)] = true
		}
	}
	return set
}

// tickets makes model ticket. Work may be declared for a person or an account, so
// both are there if they differ.
func (b *builder) tickets(ctx context.Context) error {
	type row struct {
		person   string
		from, to int64
	}
	var rows []row
	for _, t := range b.in.Practice.Tickets {
		from, to := t.From.Unix(), t.To.Unix()
		rows = append(rows, row{t.Person, from, to})
		if p := b.people.find(t.Person); p != nil && p.id != t.Person {
			rows = append(rows, row{p.id, from, to})
		}
	}
	return b.table(ctx, "ticket", nil,
		texts("person_id", rows, func(r row) string { return r.person }),
		ints("from_s", rows, func(r row) int64 { return r.from }),
		ints("to_s", rows, func(r row) int64 { return r.to }))
}
