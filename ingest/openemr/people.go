package openemr

import (
	"cmp"
	"slices"
)

const (
	// maxPeople bounds the accounts, groups and memberships that are kept each.
	maxPeople = 200_000
	// maxPersonText is the largest length of a name or role that is kept.
	maxPersonText = 255
	// maxCalls bounds the API requests that are kept.
	maxCalls = 1 << 20
)

// people is what other tables of a dump tell about the accounts, and the API
// requests, which also belong to rows of the log.
type people struct {
	names     map[string]string
	roles     map[string]string
	emergency map[string]bool // accounts that exist for emergency access only

	accounts map[int64]string // gacl_aro: id to account
	groups   map[int64]string // gacl_aro_groups: id to code
	members  []membership     // gacl_groups_aro_map

	calls     map[int64]call
	addresses *interner
}

type membership struct{ group, account int64 }

// call is one row of api_log.
type call struct {
	patient, line int64
	ip            uint32
	method        method
	late          bool
}

func newPeople() *people {
	return &people{
		names: map[string]string{}, accounts: map[int64]string{}, groups: map[int64]string{},
		calls: map[int64]call{}, addresses: newInterner(),
	}
}

func (p *people) addName(user, first, last string) {
	name := fullName(first, last)
	if user == "" || name == "" || len(p.names) >= maxPeople || len(user) > maxPersonText || len(name) > maxPersonText {
		return
	}
	p.names[user] = name
}

func addCode(codes map[int64]string, id int64, code string) {
	if len(codes) < maxPeople && code != "" && len(code) <= maxPersonText {
		codes[id] = code
	}
}

func (p *people) addMember(m membership) {
	if len(p.members) < maxPeople {
		p.members = append(p.members, m)
	}
}

func (p *people) addCall(logID int64, c call, address []byte) {
	if logID <= 0 || len(p.calls) >= maxCalls {
		return
	}
	if len(address) <= maxPersonText {
		c.ip = p.addresses.add(address)
	}
	p.calls[logID] = c
}

// resolve finds the roles of the accounts.
func (p *people) resolve() {
	p.roles, p.emergency = map[string]string{}, map[string]bool{}
	slices.SortFunc(p.members, func(a, b membership) int {
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.group, b.group))
	})
	for _, m := range slices.Compact(p.members) {
		user, role := p.accounts[m.account], p.groups[m.group]
		if user == "" || role == "" || len(p.roles[user])+len(role) > 1000 {
			continue
		}
		if p.roles[user] != "" {
			role = "; " + role
		}
		p.roles[user] += role
		if p.groups[m.group] == "breakglass" {
			p.emergency[user] = true
		}
	}
}

// complete adds what the API's own table tells about a row.
func (p *people) complete(c *converter, e *entry) {
	called, ok := p.calls[e.id]
	if !ok {
		return
	}
	if ip := p.addresses.get(called.ip); ip != "" && e.ip == 0 {
		e.ip = c.text.add([]byte(ip))
	}
	if e.patient == 0 {
		e.patient = called.patient
	}
	e.method = called.method
}
