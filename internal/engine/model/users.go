package model

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/rules/models"
)

// user is one entry of the store's dimension of users.
type user struct {
	code int64
	no   int64 // of the account, in our own tables, from 1
	id   string
	kind string // staff, patient or system
	// account is the account as the roster writes it, or the same as id.
	account string
}

// loadUsers unseals the users of the window, and the staff accounts of the history
// before it, and makes the table by which events find them.
func (b *builder) loadUsers(ctx context.Context) error {
	interfaces := b.listed("interface_accounts")
	numbers := map[string]int64{}
	var (
		u             user
		id, name, alt []byte
	)
	event, history := b.s.Stored("event"), b.in.Period.From-coverage.Day(b.in.History) //nolint:gosec // some days
	query := fmt.Sprintf(`SELECT code, user_id, user_name, user_alt_id, coalesce(user_type, '') FROM %s WHERE site = 1 AND (
			code IN (SELECT user_code FROM %s WHERE site = 1 AND local_day BETWEEN %d AND %d)
			OR (coalesce(user_type, '') <> 'patient' AND code IN (SELECT user_code FROM %[2]s WHERE site = 1 AND local_day BETWEEN %[5]d AND %[4]d)))
		ORDER BY code`, b.s.Stored("dim_user"), event, b.window.From, b.window.To, min(history, b.window.From))
	err := b.each(ctx, query, func() error {
		plain, err := b.unsealed(seal.KindUser, id, name, alt)
		if err != nil {
			return err
		}
		u.id = cmp.Or(plain[0], plain[1])
		if u.id == "" {
			u.id = plain[2]
		}
		u.kind = cmp.Or(u.kind, string(ingest.UserStaff))
		if u.id == "" { // the log says no more than a role or a type
			b.nameless = append(b.nameless, user{code: u.code, kind: u.kind})
			return nil
		}
		u.account = b.rosterAccount(plain[0], plain[2], plain[1])
		b.built.Names.nameAccount(u.id, plain[1])
		if interfaces[strings.ToLower(u.id)] {
			u.kind = string(ingest.UserSystem)
		}
		if numbers[u.id] == 0 {
			numbers[u.id] = int64(len(numbers) + 1)
		}
		u.no = numbers[u.id]
		b.users = append(b.users, u)
		return nil
	}, &u.code, &id, &name, &alt, &u.kind)
	if err != nil {
		return err
	}
	return b.userTable(ctx)
}

// unsealed opens values of one kind; nil is "".
func (b *builder) unsealed(kind seal.Kind, sealed ...[]byte) ([]string, error) {
	list := make([]string, len(sealed))
	for i, s := range sealed {
		if s == nil {
			continue
		}
		var err error
		if list[i], err = b.in.Sealer.Open(kind, s); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// rosterAccount finds the account of the roster that an entry of a log means: by
// number, by the second number, by the number without a domain, or for a log that names people only by a name that
// one person has.
func (b *builder) rosterAccount(id, alt, name string) string {
	for _, x := range []string{id, alt, bareAccount(id)} {
		if a := b.people.account(x); x != "" && len(b.people.holders[a]) > 0 {
			return a
		}
	}
	if id == "" && name != "" {
		if named := b.people.byName[nameKey(name)]; len(named) == 1 && len(named[0].accounts) > 0 {
			return named[0].accounts[0]
		}
	}
	return cmp.Or(id, name, alt)
}

// bareAccount returns an account without the domain that some systems write with
// it, as in PRACTICE\anna or anna@practice.example.
func bareAccount(id string) string {
	if i := strings.LastIndexByte(id, '\\'); i >= 0 {
		id = id[i+1:]
	}
	id, _, _ = strings.Cut(id, "@")
	return id
}

// tenure is what an account stands for in a run of days.
type tenure struct {
	user
	from, to coverage.Day
	personNo int64
	personID string
	role     string
}

// tenures cuts time where the person or the role behind an account changes.
func (b *builder) tenures(u user) []tenure {
	holders := b.people.holders[u.account]
	cuts := []coverage.Day{models.FirstDay}
	cut := func(d coverage.Day) {
		if d > models.FirstDay && d <= models.LastDay && !slices.Contains(cuts, d) {
			cuts = append(cuts, d)
		}
	}
	for _, h := range holders {
		cut(h.from)
		cut(h.to + 1)
		for _, r := range h.person.rows {
			cut(r.from)
			cut(r.to + 1)
		}
	}
	slices.Sort(cuts)
	var list []tenure
	for i, from := range cuts {
		t := tenure{user: u, from: from, to: models.LastDay, personID: u.id, role: unknownRole}
		if i+1 < len(cuts) {
			t.to = cuts[i+1] - 1
		}
		var roles []string
		var person *person
		n := 0
		for _, h := range holders {
			if from >= h.from && from <= h.to {
				n, person = n+1, h.person
				roles = append(roles, h.person.roleAt(from))
			}
		}
		t.role = broadest(roles)
		if n == 1 {
			t.personNo, t.personID = person.no, person.id
		}
		if last := len(list) - 1; last >= 0 && list[last].personNo == t.personNo && list[last].role == t.role {
			list[last].to = t.to
			continue
		}
		list = append(list, t)
	}
	return list
}

// userTable makes the table by which events find their account, person and role.
func (b *builder) userTable(ctx context.Context) error {
	// Code 0 is no user.
	list := []tenure{{user: user{kind: string(ingest.UserStaff)}, from: models.FirstDay, to: models.LastDay, role: unknownRole}}
	for _, u := range b.nameless {
		list = append(list, tenure{user: u, from: models.FirstDay, to: models.LastDay, role: unknownRole})
	}
	for _, u := range b.users {
		list = append(list, b.tenures(u)...)
	}
	numbers := make([]int64, len(list))
	for i := range numbers {
		numbers[i] = int64(i)
	}
	return b.load(ctx, "mdl_user", store.Column{Name: "tenure_no", Ints: numbers},
		ints("user_code", list, func(t tenure) int64 { return t.code }),
		ints("user_no", list, func(t tenure) int64 { return t.no }),
		ints("from_day", list, func(t tenure) int64 { return int64(t.from) }),
		ints("to_day", list, func(t tenure) int64 { return int64(t.to) }),
		texts("user_id", list, func(t tenure) string { return t.id }),
		texts("user_type", list, func(t tenure) string { return t.kind }),
		ints("person_no", list, func(t tenure) int64 { return t.personNo }),
		texts("person_id", list, func(t tenure) string { return t.personID }),
		texts("role", list, func(t tenure) string { return t.role }))
}
