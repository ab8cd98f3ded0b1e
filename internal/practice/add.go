package practice

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/rules/models"
)

// Add takes in one entry, whose fields are texts as a person writes them. Times
// without an offset are in the practice's zone. What an error quotes is the name
// of a field or a value that is no name of a person.
func (p *Practice) Add(kind string, e Entry, fields map[string]string) error {
	k, ok := KindByName(kind)
	if !ok {
		return fmt.Errorf("there is no kind of entry %q", kind)
	}
	if err := k.check(fields); err != nil {
		return err
	}
	trimmed := make(map[string]string, len(fields))
	for name, v := range fields {
		trimmed[name] = strings.TrimSpace(v)
	}
	r := reader{fields: trimmed, zone: p.Zone}
	p.put(kind, e, &r)
	return r.err
}

func (p *Practice) put(kind string, e Entry, r *reader) {
	switch kind {
	case "hours":
		h := Hours{Location: r.text("location"), Days: r.weekdays("days"), Open: r.minute("open"), Close: r.minute("close")}
		p.Hours = append(p.Hours, h)
	case "closure":
		from, to := r.days("from", "to")
		p.Closures = append(p.Closures, Closure{Entry: e, Location: r.text("location"), From: from, To: to, Why: r.text("why")})
	case "on_call":
		from, to := r.times("from", "to")
		p.OnCall = append(p.OnCall, OnCall{Entry: e, Person: r.text("person"), From: from, To: to})
	case "leave":
		from, to := r.days("from", "to")
		p.Leave = append(p.Leave, Leave{Entry: e, Person: r.text("person"), Kind: r.word("kind", "leave", "leave", "sick", "suspended"), From: from, To: to})
	case "cover":
		from, to := r.days("from", "to")
		p.Covers = append(p.Covers, Cover{Entry: e, Person: r.text("person"), For: r.text("for"), From: from, To: to})
	case "account":
		p.Accounts = append(p.Accounts, AccountLink{
			Entry: e, Account: r.text("account"), Person: r.text("person"), No: r.yes("not", false), From: r.day("from"), To: r.day("to"),
		})
	case "patient":
		p.Patients = append(p.Patients, PatientLink{Entry: e, Number: r.text("number"), SameAs: r.text("same_as")})
	case "workstation":
		p.Workstations = append(p.Workstations, Workstation{Entry: e, Name: r.text("name"), Location: r.text("location"), Onsite: r.yes("onsite", true)})
	case "role":
		p.Roles = append(p.Roles, RoleName{Entry: e, Name: r.text("name"), Role: r.word("role", "", models.RoleNames()...)})
	default:
		p.putRules(kind, e, r)
	}
}

// putRules takes in what is about rules rather than people and places.
func (p *Practice) putRules(kind string, e Entry, r *reader) {
	switch kind {
	case "policy":
		p.Policy = append(p.Policy, PolicyRow{
			Entry: e, Role: r.word("role", "", models.RoleNames()...), RecordType: r.word("record_type", "", append(texts(ingest.RecordTypes()), "*")...),
			Action: r.word("action", "", append(texts(ingest.Actions()), "*")...), Verdict: r.word("verdict", "", "allow", "review", "deny"),
		})
	case "list":
		p.Lists = append(p.Lists, ListEntry{Entry: e, List: r.text("list"), Value: r.text("value"), Value2: r.text("value2")})
	case "ticket":
		from, to := r.times("from", "to")
		p.Tickets = append(p.Tickets, Ticket{Entry: e, Number: r.text("number"), Person: r.text("person"), From: from, To: to})
	case "network":
		n := Network{CIDR: r.text("cidr"), Class: r.word("class", "onsite", "onsite", "vpn")}
		if _, err := netip.ParsePrefix(n.CIDR); err != nil {
			r.fail(errors.New("cidr is not a network, as 10.20.4.0/24"))
		}
		p.Networks = append(p.Networks, n)
	case "rule":
		p.Rules = append(p.Rules, RuleValue{Entry: e, Layer: "site", Rule: r.text("rule"), Param: r.text("param"), Value: r.text("value")})
	}
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// At returns what holds on a day: entries that have expired are left out.
func (p Practice) At(d coverage.Day) Practice {
	over := func(e Entry) bool { return e.Expires != 0 && e.Expires < d }
	p.Workstations = slices.DeleteFunc(slices.Clone(p.Workstations), func(x Workstation) bool { return over(x.Entry) })
	p.Policy = slices.DeleteFunc(slices.Clone(p.Policy), func(x PolicyRow) bool { return over(x.Entry) })
	p.Lists = slices.DeleteFunc(slices.Clone(p.Lists), func(x ListEntry) bool { return over(x.Entry) })
	p.Rules = slices.DeleteFunc(slices.Clone(p.Rules), func(x RuleValue) bool { return over(x.Entry) })
	return p
}

// reader reads the fields of one entry and keeps the first mistake.
type reader struct {
	fields map[string]string
	zone   *time.Location
	err    error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *reader) text(name string) string { return r.fields[name] }

// word is one of a few words.
func (r *reader) word(name, otherwise string, allowed ...string) string {
	v := r.fields[name]
	if v == "" {
		v = otherwise
	}
	if !slices.Contains(allowed, v) {
		r.fail(fmt.Errorf("%s must be one of %s", name, strings.Join(allowed, ", ")))
	}
	return v
}

func (r *reader) yes(name string, otherwise bool) bool {
	switch r.fields[name] {
	case "":
		return otherwise
	case "yes", "true":
		return true
	case "no", "false":
		return false
	}
	r.fail(fmt.Errorf("%s must be yes or no", name))
	return false
}

func (r *reader) day(name string) coverage.Day {
	if r.fields[name] == "" {
		return 0
	}
	t, err := time.Parse(time.DateOnly, r.fields[name])
	if err != nil {
		r.fail(fmt.Errorf("%s must be a date, as 2025-03-10", name))
		return 0
	}
	return coverage.DayOf(t)
}

// days are the first and the last day; without a last one, it is the first.
func (r *reader) days(from, to string) (first, last coverage.Day) {
	first, last = r.day(from), r.day(to)
	if last == 0 {
		last = first
	}
	if last < first && r.err == nil {
		r.fail(fmt.Errorf("%s is before %s", to, from))
	}
	return first, last
}

func (r *reader) moment(name string) time.Time {
	v := r.fields[name]
	zone := r.zone
	if zone == nil {
		zone = time.UTC
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, v, zone); err == nil {
			return t.UTC()
		}
	}
	r.fail(fmt.Errorf("%s must be a date and a time, as 2025-03-10T17:00", name))
	return time.Time{}
}

func (r *reader) times(from, to string) (first, last time.Time) {
	first, last = r.moment(from), r.moment(to)
	if !last.After(first) && r.err == nil {
		r.fail(fmt.Errorf("%s is not after %s", to, from))
	}
	return first, last
}

// minute is a time of day in minutes since midnight.
func (r *reader) minute(name string) int {
	t, err := time.Parse("15:04", r.fields[name])
	if err != nil {
		r.fail(fmt.Errorf("%s must be a time of day, as 07:30", name))
		return 0
	}
	return t.Hour()*60 + t.Minute()
}

// weekdays reads mon-fri or mon,wed,fri.
func (r *reader) weekdays(name string) []time.Weekday {
	var list []time.Weekday
	for part := range strings.SplitSeq(strings.ToLower(r.fields[name]), ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		first, ok := weekday(from)
		last := first
		if isRange && ok {
			last, ok = weekday(to)
		}
		if !ok {
			r.fail(fmt.Errorf("%s must be weekdays, as mon-fri or mon,wed,fri", name))
			return nil
		}
		for d := first; ; d = (d + 1) % 7 {
			if !slices.Contains(list, d) {
				list = append(list, d)
			}
			if d == last {
				break
			}
		}
	}
	return list
}

func weekday(s string) (time.Weekday, bool) {
	s = strings.TrimSpace(s)
	for d := time.Sunday; d <= time.Saturday; d++ {
		name := strings.ToLower(d.String())
		if s != "" && len(s) >= 2 && strings.HasPrefix(name, s) {
			return d, true
		}
	}
	return 0, false
}
