package model

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/internal/coverage"
)

// peopleModels makes models staff, staff_period, account_person, leave and oncall.
func (b *builder) peopleModels(ctx context.Context) error {
	b.canonical = b.patientLinks()
	for _, x := range b.people.list {
		x.own = b.number(x.own)
		b.built.Names.persons[x.id] = namedPerson{x.name, x.roleAt(b.in.Period.To), x.title(b.in.Period.To)}
		for _, account := range x.accounts {
			b.built.Names.accounts[account] = x.name
		}
	}
	for _, step := range []func(context.Context) error{b.staff, b.periods, b.accountPerson, b.leave, b.onCall} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) staff(ctx context.Context) error {
	list := b.people.list
	return b.table(ctx, "staff", nil,
		texts("person_id", list, func(x *person) string { return x.id }),
		texts("role", list, func(x *person) string { return x.roleAt(b.in.Period.To) }),
		texts("department", list, func(x *person) string { return x.department(b.in.Period.To) }),
		texts("own_patient_id", list, func(x *person) string { return x.own }),
		texts("address_key", list, func(x *person) string { return x.addressKey }),
		ints("hired_day", list, func(x *person) int64 { return int64(x.hired) }),
		ints("left_day", list, func(x *person) int64 { return int64(x.left) }),
		ints("left_known", list, func(x *person) int64 { return bit(x.leftKnown) }))
}

func (x *person) department(d coverage.Day) string {
	return x.newest(d, func(r rosterRow) string { return r.Department })
}

// title is the roster's own word for what a person does.
func (x *person) title(d coverage.Day) string {
	return x.newest(d, func(r rosterRow) string { return strings.TrimSpace(r.Role) })
}

// newest is what the newest row says that holds on a day, or the newest at all.
func (x *person) newest(d coverage.Day, of func(rosterRow) string) string {
	text, now := "", false
	for _, r := range x.rows {
		if holds := r.from <= d && d <= r.to; of(r) != "" && (holds || !now) {
			text, now = of(r), now || holds
		}
	}
	return text
}

type rolePeriod struct {
	person           *person
	role, department string
	from, to         coverage.Day
}

func (b *builder) periods(ctx context.Context) error {
	var list []rolePeriod
	for _, x := range b.people.list {
		var own []rolePeriod
		for _, r := range x.rows {
			for _, role := range r.roles {
				own = append(own, rolePeriod{x, role, r.Department, r.from, r.to})
			}
		}
		slices.SortStableFunc(own, func(p, q rolePeriod) int {
			return cmp.Or(strings.Compare(p.role, q.role), cmp.Compare(p.from, q.from), cmp.Compare(p.to, q.to))
		})
		for i, p := range own {
			if i > 0 && p.role == own[i-1].role && p.from <= list[len(list)-1].to+1 {
				list[len(list)-1].to = max(list[len(list)-1].to, p.to)
				continue
			}
			list = append(list, p)
		}
	}
	return b.table(ctx, "staff_period", nil,
		texts("person_id", list, func(p rolePeriod) string { return p.person.id }),
		texts("role", list, func(p rolePeriod) string { return p.role }),
		texts("department", list, func(p rolePeriod) string { return p.department }),
		ints("from_day", list, func(p rolePeriod) int64 { return int64(p.from) }),
		ints("to_day", list, func(p rolePeriod) int64 { return int64(p.to) }))
}

// accountPerson links the accounts of the roster, and those of the logs that mean
// one of them but are written in another way.
func (b *builder) accountPerson(ctx context.Context) error {
	var list []holder
	for _, account := range slices.Sorted(maps.Keys(b.people.holders)) {
		list = append(list, b.people.holders[account]...)
	}
	seen := map[string]bool{}
	for _, u := range b.users {
		if u.id == u.account || seen[u.id] {
			continue
		}
		seen[u.id] = true
		for _, h := range b.people.holders[u.account] {
			h.account = u.id
			list = append(list, h)
		}
	}
	return b.table(ctx, "account_person", nil,
		texts("user_id", list, func(h holder) string { return h.account }),
		texts("person_id", list, func(h holder) string { return h.person.id }),
		ints("from_day", list, func(h holder) int64 { return int64(h.from) }),
		ints("to_day", list, func(h holder) int64 { return int64(h.to) }),
		texts("how", list, func(h holder) string { return h.how }))
}

// staffPatients makes model staff_patient of the ties of people to themselves.
func (b *builder) staffPatients(ctx context.Context, self []relation) error {
	left := make(map[string]coverage.Day, len(b.people.list))
	for _, x := range b.people.list {
		left[x.id] = x.left
	}
	return b.table(ctx, "staff_patient", nil,
		texts("patient_id", self, func(r relation) string { return r.patient }),
		texts("person_id", self, func(r relation) string { return r.person }),
		ints("left_day", self, func(r relation) int64 { return int64(left[r.person]) }))
}

// who returns the id of the person that an entry of the practice names, and
// notices one that nobody knows.
func (b *builder) who(name, where string) string {
	if x := b.people.find(name); x != nil {
		return x.id
	}
	if len(b.people.list) > 0 {
		b.notice("unknown_person", fmt.Sprintf("%s names %s, who is not on the roster.", where, name), "write the account as the roster does")
	}
	return name
}

func (b *builder) leave(ctx context.Context) error {
	type row struct {
		person, kind string
		from, to     coverage.Day
	}
	var list []row
	for _, l := range b.in.Practice.Leave {
		id := b.who(l.Person, "An entry of leave")
		list = append(list, row{id, cmp.Or(l.Kind, "leave"), l.From, openEnd(l.To)})
	}
	return b.table(ctx, "leave", nil,
		texts("person_id", list, func(r row) string { return r.person }),
		texts("kind", list, func(r row) string { return r.kind }),
		ints("from_day", list, func(r row) int64 { return int64(r.from) }),
		ints("to_day", list, func(r row) int64 { return int64(r.to) }))
}

func (b *builder) onCall(ctx context.Context) error {
	type row struct {
		person   string
		from, to int64
	}
	var list []row
	for _, o := range b.in.Practice.OnCall {
		id := b.who(o.Person, "An on-call time")
		list = append(list, row{id, o.From.Unix(), o.To.Unix()})
	}
	return b.table(ctx, "oncall", nil,
		texts("person_id", list, func(r row) string { return r.person }),
		ints("from_s", list, func(r row) int64 { return r.from }),
		ints("to_s", list, func(r row) int64 { return r.to }))
}

// patientLinks resolves linked numbers to one of each patient, through chains of
// links.
func (b *builder) patientLinks() map[string]string {
	direct := map[string]string{}
	for _, l := range b.in.Practice.Patients {
		if b.inForce(l.Entry) && l.Number != l.SameAs {
			direct[l.Number] = l.SameAs
		}
	}
	canonical := map[string]string{}
	for number := range direct {
		way := []string{number}
		for {
			next, ok := direct[way[len(way)-1]]
			if i := slices.Index(way, next); i >= 0 {
				next, ok = slices.Min(way[i:]), false // a circle
				way = append(way, next)
			}
			if !ok {
				break
			}
			way = append(way, next)
		}
		if end := way[len(way)-1]; end != number {
			canonical[number] = end
		}
	}
	return canonical
}

// number returns the number under which a patient is known to rules.
func (b *builder) number(id string) string { return cmp.Or(b.canonical[id], id) }
