package model

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

// accountChanges makes model account_change. What the events say of the account
// that they concern is sealed, and few values: those are opened one by one.
func (b *builder) accountChanges(ctx context.Context) error {
	err := b.s.Exec(ctx, fmt.Sprintf(`CREATE TEMP TABLE mdl_admin AS SELECT e.event_id, e.kind_code, x.record_id, x.record_label, x.on_behalf_of
		FROM %s e JOIN temp.mdl_kind k ON k.kind_code = e.kind_code
		LEFT JOIN %s x ON x.site = e.site AND x.event_id = e.event_id
		WHERE e.site = 1 AND e.local_day BETWEEN %d AND %d AND k.record_type = 'user_admin' AND k.is_read = 0`,
		b.s.Stored("event"), b.s.Stored("event_extra"), b.window.From, b.window.To))
	if err != nil {
		return err
	}
	if err := b.changeWords(ctx); err != nil {
		return err
	}
	for _, column := range []struct {
		name string
		kind seal.Kind
	}{{"record_id", seal.KindRecord}, {"record_label", seal.KindRecord}, {"on_behalf_of", seal.KindUser}} {
		if err := b.targets(ctx, column.name, column.kind); err != nil {
			return err
		}
	}
	// Most days have none, and the view need not be gone through.
	var has bool
	if err := b.s.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM temp.mdl_admin)").Scan(&has); err != nil {
		return err
	}
	events := "events"
	if !has {
		events = "(SELECT event_id, ts_s, day_no, user_id, person_id FROM events LIMIT 0)"
	}
	return b.create(ctx, "TABLE", "account_change", map[string]string{
		"event_id": "e.event_id", "ts_s": "e.ts_s", "day_no": "e.day_no", "user_id": "e.user_id", "person_id": "e.person_id",
		"target_user_id": "t.target", "target_person_id": "coalesce(h.person_id, r.person_id)", "change": "c.change",
	}, `(SELECT a.event_id, a.kind_code,
			coalesce(i.account, l.account, o.account, i.plain, l.plain) AS target
			FROM temp.mdl_admin a
			LEFT JOIN temp.mdl_record_id i ON i.sealed = a.record_id
			LEFT JOIN temp.mdl_record_label l ON l.sealed = a.record_label
			LEFT JOIN temp.mdl_on_behalf_of o ON o.sealed = a.on_behalf_of) t
		JOIN temp.mdl_change c ON c.kind_code = t.kind_code
		JOIN `+events+` e ON e.event_id = t.event_id
		LEFT JOIN (SELECT DISTINCT user_id, from_day, to_day, person_id FROM temp.mdl_user WHERE user_no > 0) h
			ON h.user_id = t.target AND e.day_no BETWEEN h.from_day AND h.to_day
		LEFT JOIN (SELECT user_id, min(person_id) AS person_id FROM temp.account_person GROUP BY user_id HAVING count(DISTINCT person_id) = 1) r
			ON r.user_id = t.target`)
}

// changeWords finds what each kind of administrative event does to an account.
func (b *builder) changeWords(ctx context.Context) error {
	var (
		codes   []int64
		changes []string
		code    int64
		action  string
		raw     []byte
	)
	query := "SELECT code, action, action_raw FROM " + b.s.Stored("dim_kind") + " WHERE site = 1 AND code IN (SELECT kind_code FROM temp.mdl_admin) ORDER BY code"
	err := b.each(ctx, query, func() error {
		plain, err := b.unsealed(seal.KindAction, raw)
		if err != nil {
			return err
		}
		codes, changes = append(codes, code), append(changes, changeOf(action, plain[0]))
		return nil
	}, &code, &action, &raw)
	if err != nil {
		return err
	}
	return b.load(ctx, "mdl_change", store.Column{Name: "kind_code", Ints: orEmpty(codes)}, store.Column{Name: "change", Texts: orEmpty(changes)})
}

// orEmpty makes a list that is never nil, because a column's type is told by it.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// changeOf names the change of an account by the source's own words for it.
func changeOf(action, raw string) string {
	text := strings.Join(words(raw), " ")
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(text, p) })
	}
	right := has("role", "permission", "privilege", "right", "group", "access")
	switch {
	case has("revoke", "withdraw", "demote"), right && has("remove", "delete", "drop"):
		return "revoke"
	case right, has("grant", "assign", "elevate", "promote"):
		return "grant"
	case has("reset", "password", "credential", "mfa", "second factor", "unlock"):
		return "reset"
	case has("disable", "deactivate", "suspend", "lock", "delete", "inactivate", "remove"), action == "delete":
		return "disable"
	case has("enable", "activate"):
		return "enable"
	case has("create", "new user", "add user", "user added", "insert", "register"), action == "create":
		return "create"
	}
	return "other"
}

// targets opens the values of one column and finds the accounts that they name.
func (b *builder) targets(ctx context.Context, column string, kind seal.Kind) error {
	known := map[string]string{}
	for _, u := range b.users {
		known[strings.ToLower(u.id)] = u.id
	}
	for account := range b.people.holders {
		if _, ok := known[strings.ToLower(account)]; !ok {
			known[strings.ToLower(account)] = account
		}
	}
	var (
		blobs           [][]byte
		plain, accounts []string
		value           []byte
	)
	err := b.each(ctx, fmt.Sprintf("SELECT DISTINCT %s FROM temp.mdl_admin WHERE %[1]s IS NOT NULL", column), func() error {
		text, err := b.in.Sealer.Open(kind, value)
		if err != nil {
			return err
		}
		blobs, plain, accounts = append(blobs, value), append(plain, text), append(accounts, known[strings.ToLower(text)])
		return nil
	}, &value)
	if err != nil {
		return err
	}
	return b.load(ctx, "mdl_"+column, store.Column{Name: "sealed", Blobs: orEmpty(blobs)},
		store.Column{Name: "plain", Texts: orEmpty(plain)}, store.Column{Name: "account", Texts: orEmpty(accounts)})
}
