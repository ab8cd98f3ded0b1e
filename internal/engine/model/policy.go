package model

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

// clinical are the record types with clinical content.
func clinical() []ingest.RecordType {
	return []ingest.RecordType{
		ingest.RecordClinicalNote, ingest.RecordPsychotherapy, ingest.RecordMedication, ingest.RecordAllergy, ingest.RecordProblem,
		ingest.RecordLabResult, ingest.RecordImaging, ingest.RecordVitals, ingest.RecordImmunization, ingest.RecordDocument,
		ingest.RecordOrder, ingest.RecordReferral, ingest.RecordMessage,
	}
}

// charting are the record types that only clinical staff write.
func charting() []ingest.RecordType {
	return []ingest.RecordType{
		ingest.RecordClinicalNote, ingest.RecordPsychotherapy, ingest.RecordMedication, ingest.RecordAllergy, ingest.RecordProblem,
		ingest.RecordLabResult, ingest.RecordVitals, ingest.RecordImmunization,
	}
}

func writing() []ingest.Action {
	return []ingest.Action{ingest.ActionCreate, ingest.ActionUpdate, ingest.ActionDelete}
}

func reading() []ingest.Action {
	return []ingest.Action{ingest.ActionView, ingest.ActionPrint, ingest.ActionExport, ingest.ActionSearch}
}

// cell is one cell of the role policy.
type cell struct{ role, record, action string }

// policy is what a role may do. What is not in it is not judged.
type policy map[cell]string

func (p policy) set(verdict string, roles []string, records []ingest.RecordType, actions ...ingest.Action) {
	for _, role := range roles {
		for _, r := range records {
			for _, a := range actions {
				p[cell{role, string(r), string(a)}] = verdict
			}
		}
	}
}

// defaultPolicy is the policy that a practice begins with. It is silent where
// practices differ: who reads what belongs to care is judged by other rules.
func defaultPolicy() policy {
	p := policy{}
	type records = []ingest.RecordType
	desk, technical, outside := []string{"front_desk", "billing"}, []string{"it", "vendor"}, []string{"security", "housekeeping"}
	notes, users := records{ingest.RecordPsychotherapy}, records{ingest.RecordUserAdmin, ingest.RecordConfiguration}
	p.set("deny", desk, charting(), writing()...)
	p.set("deny", desk, notes, reading()...)
	p.set("review", []string{"front_desk"}, records{ingest.RecordClinicalNote, ingest.RecordLabResult, ingest.RecordImaging}, reading()...)
	p.set("deny", []string{"records"}, charting(), writing()...)
	p.set("review", []string{"records", "manager", "student", "assistant", "lab"}, notes, reading()...)
	p.set("review", []string{"manager"}, charting(), writing()...)
	p.set("deny", []string{"lab"}, records{ingest.RecordClinicalNote, ingest.RecordPsychotherapy, ingest.RecordMedication}, writing()...)
	p.set("deny", technical, clinical(), writing()...)
	p.set("review", technical, records{ingest.RecordDemographics, ingest.RecordInsurance, ingest.RecordBilling}, append(writing(), ingest.ActionExport, ingest.ActionPrint)...)
	p.set("deny", []string{"student"}, clinical(), ingest.ActionDelete, ingest.ActionExport)
	p.set("review", []string{"student"}, clinical(), ingest.ActionPrint)
	everything := slices.DeleteFunc(ingest.RecordTypes(), func(r ingest.RecordType) bool { return r == ingest.RecordSession || r == ingest.RecordOther })
	p.set("deny", outside, everything, append(reading(), writing()...)...)
	p.set("review", []string{"clinician", "nurse", "assistant", "therapist", "front_desk", "billing", "records", "lab"}, users, writing()...)
	p.set("deny", []string{"student", "security", "housekeeping"}, users, writing()...)
	all := []string{
		"clinician", "nurse", "assistant", "therapist", "front_desk", "billing", "records", "manager", "lab", "student", "it", "vendor",
		"interface", "security", "housekeeping", "other",
	}
	p.set("deny", all, records{ingest.RecordAuditLog}, ingest.ActionDelete, ingest.ActionUpdate)
	p.set("deny", []string{"front_desk", "student", "security", "housekeeping"}, records{ingest.RecordAuditLog}, reading()...)
	return p
}

// policy makes model role_policy: the default with the practice's changes.
func (b *builder) policy(ctx context.Context) error {
	p := defaultPolicy()
	for _, row := range b.in.Practice.Policy {
		if b.inForce(row.Entry) {
			p[cell{row.Role, row.RecordType, row.Action}] = row.Verdict
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
