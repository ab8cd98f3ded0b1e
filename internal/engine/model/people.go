package model

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/rules/models"
)

// person is one human of the practice.
type person struct {
	no       int64 // in our own tables, from 1
	id       string
	name     string
	key      string // of the name
	accounts []string
	rows     []rosterRow
	own      string // the person's own patient number
	address  string // as the roster writes it

	addressKey  string
	hired, left coverage.Day
	leftKnown   bool
}

// holder is a person who holds an account for some days.
type holder struct {
	account  string
	person   *person
	from, to coverage.Day
	how      string
}

// people are the people of the practice and the accounts that they hold.
type people struct {
	rows    int // of the roster
	list    []*person
	holders map[string][]holder // by account
	lower   map[string]string   // accounts of the roster by their lower case
	byName  map[string][]*person
	roster  map[string][]rosterRow // by account
}

// find returns the person that an account, a person id or a name means; nil if
// nobody or several people could be meant.
func (p *people) find(who string) *person {
	if h := p.holders[p.account(who)]; len(h) == 1 {
		return h[0].person
	}
	for _, x := range p.list {
		if x.id == who {
			return x
		}
	}
	if named := p.byName[nameKey(who)]; len(named) == 1 && who != "" {
		return named[0]
	}
	return nil
}

// account returns an account as the roster writes it.
func (p *people) account(id string) string {
	if _, ok := p.holders[id]; ok {
		return id
	}
	if as, ok := p.lower[strings.ToLower(id)]; ok {
		return as
	}
	return id
}

func (b *builder) loadPeople(ctx context.Context) error {
	rows, err := b.loadRoster(ctx)
	if err != nil {
		return err
	}
	p := &people{rows: len(rows), holders: map[string][]holder{}, lower: map[string]string{}, byName: map[string][]*person{}, roster: map[string][]rosterRow{}}
	b.people = p
	for _, r := range rows {
		p.roster[r.UserID] = append(p.roster[r.UserID], r)
	}
	identities := map[string][]*person{}
	for _, account := range slices.Sorted(maps.Keys(p.roster)) {
		lower := strings.ToLower(account)
		if _, taken := p.lower[lower]; !taken {
			p.lower[lower] = account
		}
		for _, one := range b.identities(account, p.roster[account]) {
			x := b.unite(p, one)
			identities[account] = append(identities[account], x)
		}
	}
	b.name(identities)
	for account, list := range identities {
		p.holders[account] = b.hold(account, list)
	}
	b.link()
	for _, x := range p.list {
		if x.key != "" {
			p.byName[x.key] = append(p.byName[x.key], x)
		}
	}
	b.noticePeople()
	return nil
}

// identities tells the people on one account apart by their names.
func (b *builder) identities(account string, rows []rosterRow) []*person {
	var list []*person
	for _, r := range rows {
		i := slices.IndexFunc(list, func(x *person) bool { return r.key == "" || x.key == "" || sameName(x.key, r.key) })
		if i < 0 {
			list = append(list, &person{accounts: []string{account}})
			i = len(list) - 1
		}
		list[i].add(r)
	}
	return list
}

// add takes a row of the roster as the person's newest.
func (x *person) add(r rosterRow) {
	x.rows = append(x.rows, r)
	if r.key != "" {
		x.name, x.key = r.Name, r.key
	}
	x.own = cmp.Or(r.PatientID, x.own)
	if r.Address != "" {
		x.address, x.addressKey = r.Address, addressKey(r.Address)
	}
	x.hired, x.left = x.rows[0].from, x.rows[0].to
	for _, r := range x.rows {
		x.hired, x.left = min(x.hired, r.from), max(x.left, r.to)
	}
	x.leftKnown = x.left < models.LastDay
}

// contradicts reports whether two people of one name must be different ones.
func (x *person) contradicts(y *person) bool {
	differ := func(a, b string) bool { return a != "" && b != "" && a != b }
	return differ(x.own, y.own) || (differ(x.addressKey, y.addressKey) && (x.own == "" || x.own != y.own))
}

// unite finds the person under another account, or adds a new one.
func (b *builder) unite(p *people, one *person) *person {
	for _, x := range p.list {
		if one.key == "" || x.key != one.key || !strings.Contains(one.key, " ") {
			continue
		}
		if x.contradicts(one) {
			b.notice("same_name", fmt.Sprintf("%s and %s have one name on the roster and count as two people.", x.rows[0].label(), one.rows[0].label()),
				"if it is one person, link the accounts under accounts in the configuration")
			continue
		}
		b.notice("name_on_two_accounts", fmt.Sprintf("%s holds the accounts %s and %s, because the roster has the name on both.",
			one.name, strings.Join(x.accounts, ", "), one.accounts[0]), "if these are two people, link the accounts under accounts in the configuration")
		x.accounts = merge(x.accounts, one.accounts)
		for _, r := range one.rows {
			x.add(r)
		}
		return x
	}
	p.list = append(p.list, one)
	one.no = int64(len(p.list))
	return one
}

// name gives people their ids: the smallest account that nobody else holds too,
// or else the name.
func (b *builder) name(identities map[string][]*person) {
	taken := map[string]bool{}
	for _, x := range b.people.list {
		slices.Sort(x.accounts)
		for _, a := range x.accounts {
			if len(identities[a]) == 1 {
				x.id = a
				break
			}
		}
		if x.id == "" {
			x.id = cmp.Or(x.name, x.accounts[0])
		}
		for base, n := x.id, 2; taken[x.id]; n++ {
			x.id = fmt.Sprintf("%s (%d)", base, n)
		}
		taken[x.id] = true
	}
}

// hold says who of the people on one account holds it when. If their times do not
// overlap, one follows the other.
func (b *builder) hold(account string, list []*person) []holder {
	type part struct {
		person   *person
		from, to coverage.Day
	}
	parts := make([]part, 0, len(list))
	for _, x := range list {
		p := part{x, models.LastDay, models.FirstDay}
		for _, r := range x.rows {
			if r.UserID == account {
				p.from, p.to = min(p.from, r.from), max(p.to, r.to)
			}
		}
		parts = append(parts, p)
	}
	slices.SortStableFunc(parts, func(x, y part) int { return cmp.Compare(x.from, y.from) })
	overlap := false
	for i := 1; i < len(parts); i++ {
		overlap = overlap || parts[i].from <= parts[i-1].to
	}
	holders := make([]holder, 0, len(parts))
	for i, p := range parts {
		h := holder{account: account, person: p.person, from: models.FirstDay, to: models.LastDay, how: "roster"}
		switch {
		case overlap:
			h.from, h.to = p.from, p.to
		default:
			if i > 0 {
				h.from = p.from
			}
			if i+1 < len(parts) {
				h.to = parts[i+1].from - 1
			}
		}
		holders = append(holders, h)
	}
	if overlap {
		names := make([]string, 0, len(list))
		for _, x := range list {
			names = append(names, x.name)
		}
		b.notice("account_two_people", fmt.Sprintf("The roster gives account %s to %s at the same time.", account, strings.Join(names, " and ")),
			"give each person an account, or correct the roster")
	}
	return holders
}

// link applies the links between accounts and people that a person has set.
func (b *builder) link() {
	p := b.people
	manual := map[string]bool{}
	for _, l := range b.in.Practice.Accounts {
		if !b.inForce(l.Entry) {
			continue
		}
		account := p.account(l.Account)
		x := p.find(l.Person)
		if l.No {
			p.holders[account] = slices.DeleteFunc(p.holders[account], func(h holder) bool { return h.person == x })
			if len(p.holders[account]) == 0 {
				delete(p.holders, account)
			}
			continue
		}
		if x == nil {
			x = &person{no: int64(len(p.list) + 1), id: l.Person, name: l.Person, key: nameKey(l.Person), hired: models.FirstDay, left: models.LastDay}
			p.list = append(p.list, x)
		}
		if !manual[account] {
			manual[account], p.holders[account] = true, nil
			p.lower[strings.ToLower(account)] = account
		}
		h := holder{account: account, person: x, from: l.From, to: openEnd(l.To), how: "manual"}
		if l.From == 0 {
			h.from = models.FirstDay
		}
		x.accounts = merge(x.accounts, []string{account})
		p.holders[account] = append(p.holders[account], h)
	}
}

// noticePeople says what a person should correct in the roster.
func (b *builder) noticePeople() {
	hours := 0
	for _, account := range slices.Sorted(maps.Keys(b.people.roster)) {
		rows := b.people.roster[account]
		for i, r := range rows {
			if r.hasHours() {
				hours++
			}
			for _, other := range rows[:i] {
				if r.HiredOn == other.HiredOn {
					continue // rows of one file, which add up
				}
				if r.key == other.key && strings.EqualFold(r.Role, other.Role) && r.from <= other.to && other.from <= r.to {
					b.notice("roster_overlap", fmt.Sprintf("The roster has two lines for %s with the same role and dates that overlap.", r.label()),
						"give the earlier line a last day, or remove it")
				}
			}
		}
	}
	if b.people.rows > 0 && hours == 0 {
		b.notice("no_shifts", "The roster says of nobody when they work, so what is off hours is judged by each person's own habit.",
			"add the columns weekdays, shift_start and shift_end to the roster")
	}
}

// rolesAt returns the roles of a person on a day: those of that day, or else the
// last ones before it, or else the first ones.
func (x *person) rolesAt(d coverage.Day) []string {
	var roles, before, after []string
	last, first := coverage.Day(models.FirstDay-1), coverage.Day(models.LastDay+1)
	for _, r := range x.rows {
		switch {
		case len(r.roles) == 0:
		case r.from <= d && d <= r.to:
			roles = merge(roles, r.roles)
		case r.to < d && r.to >= last:
			last, before = r.to, r.roles
		case r.from > d && r.from <= first:
			first, after = r.from, r.roles
		}
	}
	switch {
	case len(roles) > 0:
		return roles
	case len(before) > 0:
		return before
	}
	return after
}

// roleAt returns the broadest role of a person on a day.
func (x *person) roleAt(d coverage.Day) string { return broadest(x.rolesAt(d)) }
