package model

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/coverage"
)

// account is one staff account that the logs or the roster know.
type account struct {
	id       string
	no       int64 // of the logs, 0 if they do not know it
	holders  []holder
	onRoster bool
	system   bool
	role     string
}

// accounts makes model accounts.
func (b *builder) accounts(ctx context.Context) error {
	list := b.accountList()
	if err := b.noticeAccounts(ctx, list); err != nil {
		return err
	}
	interfaces, vendors := b.listed("interface_accounts"), b.listed("vendor_accounts")
	err := b.load(ctx, "mdl_account",
		texts("user_id", list, func(a account) string { return a.id }),
		ints("user_no", list, func(a account) int64 { return a.no }),
		texts("person_id", list, func(a account) string {
			if len(a.people()) == 1 {
				return a.holders[0].person.id
			}
			return ""
		}),
		ints("n_persons", list, func(a account) int64 { return int64(len(a.people())) }),
		ints("on_roster", list, func(a account) int64 { return bit(a.onRoster) }),
		ints("is_generic", list, func(a account) int64 { return bit(isGeneric(a.id, a.people())) }),
		ints("is_interface", list, func(a account) int64 {
			return bit(a.system || interfaces[strings.ToLower(a.id)] || a.role == "interface")
		}),
		ints("is_vendor", list, func(a account) int64 {
			return bit(vendors[strings.ToLower(a.id)] || a.role == "vendor" || isVendorName(a.id))
		}),
		texts("role", list, func(a account) string { return a.role }))
	if err != nil {
		return err
	}
	if err := b.firstAndLast(ctx); err != nil {
		return err
	}
	from := fmt.Sprintf(`temp.mdl_account a LEFT JOIN (
			SELECT u.user_no, count(DISTINCT e.local_day) AS days
			FROM (SELECT DISTINCT user_code, local_day FROM %s WHERE site = 1 AND local_day BETWEEN %d AND %d) e
			JOIN (SELECT DISTINCT user_code, user_no FROM temp.mdl_user WHERE user_no > 0) u ON u.user_code = e.user_code
			GROUP BY u.user_no) s ON s.user_no = a.user_no
		LEFT JOIN (SELECT user_no, first_day, last_day FROM temp.mdl_first) f ON f.user_no = a.user_no`,
		b.s.Stored("event"), b.in.Period.From-coverage.Day(b.in.History), b.in.Period.From-1) //nolint:gosec // some days
	return b.create(ctx, "TABLE", "accounts", map[string]string{
		"prior_active_days": "coalesce(s.days, 0)", "last_active_day": "f.last_day", "first_seen_day": "f.first_day",
	}, from)
}

// accountList puts the accounts of the logs and of the roster together.
func (b *builder) accountList() []account {
	byID := map[string]*account{}
	met := map[string]bool{}
	for _, u := range b.users {
		if u.kind == string(ingest.UserPatient) {
			continue
		}
		a := byID[u.id]
		if a == nil {
			a = &account{id: u.id, no: u.no}
			byID[u.id] = a
		}
		if len(a.holders) == 0 {
			a.holders, a.onRoster = b.people.holders[u.account], len(b.people.roster[u.account]) > 0
		}
		a.system = a.system || u.kind == string(ingest.UserSystem)
		met[u.account] = true
	}
	for id, holders := range b.people.holders {
		if !met[id] {
			byID[id] = &account{id: id, holders: holders, onRoster: len(b.people.roster[id]) > 0}
		}
	}
	list := make([]account, 0, len(byID))
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		a := *byID[id]
		var roles []string
		for _, h := range a.holders {
			if len(a.holders) == 1 || (h.from <= b.in.Period.To && b.in.Period.To <= h.to) {
				roles = append(roles, h.person.roleAt(b.in.Period.To))
			}
		}
		a.role = broadest(roles)
		list = append(list, a)
	}
	return list
}

// noticeAccounts says so if the roster knows less than half of the accounts that the
// logs of the period have: then it is not the accounts that are strange.
func (b *builder) noticeAccounts(ctx context.Context, list []account) error {
	var (
		id         string
		active     = map[string]bool{}
		known, all int
	)
	err := b.each(ctx, fmt.Sprintf("SELECT DISTINCT user_id FROM temp.%s WHERE user_id IS NOT NULL AND day_no BETWEEN %d AND %d", AllEvents, b.in.Period.From, b.in.Period.To),
		func() error { active[id] = true; return nil }, &id)
	if err != nil {
		return err
	}
	for _, a := range list {
		if a.no == 0 || a.system || !active[a.id] {
			continue
		}
		all++
		known += int(bit(len(a.holders) > 0))
	}
	if b.people.rows == 0 || known*2 >= all {
		return nil
	}
	b.notice("accounts_not_on_roster", fmt.Sprintf("The roster knows %d of the %d accounts in the logs, so little can be said about roles, hours and people who left.",
		known, all), "write the accounts on the roster as the logs do, or link them under accounts in the configuration")
	return nil
}

// people are the different people of an account who ever hold it.
func (a account) people() []*person {
	var list []*person
	for _, h := range a.holders {
		if !slices.Contains(list, h.person) {
			list = append(list, h.person)
		}
	}
	return list
}

// firstAndLast finds the first day of every account in the whole log, and the last
// one before the period, under whatever name or role the log wrote it. However
// long ago that was, an account that wakes has slept since.
func (b *builder) firstAndLast(ctx context.Context) error {
	err := b.s.Exec(ctx, fmt.Sprintf(`CREATE TEMP TABLE mdl_first AS
		WITH f AS (SELECT user_code, min(local_day) AS first_day, max(CASE WHEN local_day < %d THEN local_day END) AS last_day
				FROM %s WHERE site = 1 AND user_code > 0 GROUP BY user_code),
			d AS (SELECT code, coalesce(user_id, user_name, user_alt_id) AS who FROM %s WHERE site = 1)
		SELECT n.user_no, min(n.user_id) AS user_id, min(f.first_day) AS first_day, max(f.last_day) AS last_day
		FROM (SELECT DISTINCT user_code, user_no, user_id FROM temp.mdl_user WHERE user_no > 0) n
		JOIN d ON d.code = n.user_code JOIN d AS same ON same.who = d.who JOIN f ON f.user_code = same.code
		GROUP BY n.user_no`, b.in.Period.From, b.s.Stored("event"), b.s.Stored("dim_user")))
	if err != nil {
		return err
	}
	var (
		id  string
		day coverage.Day
	)
	return b.each(ctx, "SELECT user_id, first_day FROM temp.mdl_first", func() error {
		b.built.FirstSeen[id] = day
		return nil
	}, &id, &day)
}

// accountWords returns the runs of letters in an account's name, and whether digits
// follow the last one.
func accountWords(id string) (list []string, numbered bool) {
	for _, w := range words(id) {
		list = append(list, strings.FieldsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) })...)
	}
	trimmed := strings.TrimSpace(id)
	return list, trimmed != "" && unicode.IsDigit(rune(trimmed[len(trimmed)-1]))
}

// placeWords are words for desks, devices and functions; an account that is made
// of them alone is nobody's own.
func placeWords() []string {
	return []string{
		"front", "desk", "nurse", "nurses", "nursing", "station", "temp", "train", "training", "trainer", "test", "tester", "scan",
		"scanner", "scanning", "fax", "admin", "administrator", "kiosk", "room", "exam", "op", "operatory", "user", "guest", "office",
		"reception", "check", "in", "out", "lab", "xray", "imaging", "billing", "shared", "generic", "default", "demo", "clinic", "staff",
		"doctor", "provider", "tablet", "laptop", "pc", "ws", "workstation", "triage", "student", "intern", "locum", "float", "backup",
		"scheduler", "scheduling", "records", "pharmacy", "print", "printer", "server", "service", "root", "sa", "the", "super",
	}
}

// strongWords make an account nobody's own whatever stands beside them.
func strongWords() []string {
	return []string{"frontdesk", "kiosk", "temp", "training", "test", "scan", "scanner", "fax", "reception", "shared", "generic"}
}

// numberedRoles are short words for roles that with a number are nobody's own.
func numberedRoles() []string {
	return []string{"ma", "rn", "lpn", "md", "np", "pa", "da", "rdh", "hyg", "asst", "assistant", "hygienist", "dr", "tech", "dentist", "recep", "fd", "biller"}
}

// isGeneric reports whether an account's name is that of a desk, a device or a
// function, and not that of a person who is called so.
func isGeneric(id string, holders []*person) bool {
	list, numbered := accountWords(id)
	if len(list) == 0 || len(list) == 1 && len(list[0]) == 1 {
		return false
	}
	known := placeWords()
	all, strong := true, false
	for _, w := range list {
		isPlace := composed(w, known)
		all = all && (isPlace || (numbered && slices.Contains(numberedRoles(), w)))
		strong = strong || slices.Contains(strongWords(), w)
	}
	if !all && !strong {
		return false
	}
	for _, x := range holders {
		parts := strings.Fields(x.key)
		named := slices.ContainsFunc(parts, func(p string) bool { return slices.Contains(list, p) })
		if named && slices.ContainsFunc(parts, func(p string) bool { return !composed(p, known) }) {
			return false
		}
	}
	return true
}

// composed reports whether a word is one or several of the known words joined.
func composed(w string, known []string) bool {
	if w == "" {
		return true
	}
	return slices.ContainsFunc(known, func(k string) bool {
		rest, ok := strings.CutPrefix(w, k)
		return ok && composed(rest, known)
	})
}

// isVendorName reports whether an account's name is that of an outside helper.
func isVendorName(id string) bool {
	list, _ := accountWords(id)
	return slices.ContainsFunc(list, func(w string) bool {
		return slices.Contains([]string{"vendor", "msp", "support", "helpdesk", "contractor"}, w)
	}) || (len(list) > 1 && (list[0] == "it" || list[len(list)-1] == "it"))
}
