// Package practice holds what a practice tells about itself beside its logs: when
// it is open, who is on call or away, which accounts belong to whom, where its
// workstations stand, and which values of rules it has changed. It comes from
// the configuration and from entries that people make; the package puts the two
// together and checks them.
//
// It refuses to guess: what nobody has said is absent, and whoever needs it says
// so. Days are local days of the practice, both ends included.
package practice

import (
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
)

// Practice is everything that is known. The zero value is a practice that has
// said nothing.
type Practice struct {
	Zone *time.Location
	// Hours are the weekly opening hours; empty if not known.
	Hours []Hours
	// HoursMargin is for how long before opening and after closing the building
	// may be in use, in minutes.
	HoursMargin int
	// Holidays names the calendar of public holidays: "us-federal" or "none".
	Holidays string
	Closures []Closure
	// ShiftMargin is for how long before and after a shift work is ordinary, in minutes.
	ShiftMargin  int
	OnCall       []OnCall
	Leave        []Leave
	Covers       []Cover
	Accounts     []AccountLink
	Patients     []PatientLink
	Workstations []Workstation
	Roles        []RoleName
	Policy       []PolicyRow
	Lists        []ListEntry
	Tickets      []Ticket
	Rules        []RuleValue
	// Networks are the practice's own networks as CIDR, with their class: onsite or vpn.
	Networks []Network
}

// Entry is who made an entry, when, and until when it holds.
type Entry struct {
	ID      string       `json:"id,omitempty"` // empty for what the configuration says
	By      string       `json:"by,omitempty"`
	At      time.Time    `json:"at,omitzero"`
	Reason  string       `json:"reason,omitempty"`
	Expires coverage.Day `json:"expires,omitempty"` // the last day; 0 for none
}

// Hours are opening hours on some weekdays. Minutes count from midnight; Close
// may be below Open for hours over midnight.
type Hours struct {
	Location string
	Days     []time.Weekday
	Open     int
	Close    int
}

// Closure is a run of days on which the practice, or one location, is closed.
type Closure struct {
	Entry
	Location string
	From, To coverage.Day
	Why      string
}

// OnCall is a time during which a person is on call.
type OnCall struct {
	Entry
	Person   string // a person or account of the roster
	From, To time.Time
}

// Leave is a run of days on which a person is away.
type Leave struct {
	Entry
	Person   string
	Kind     string // leave, sick or suspended
	From, To coverage.Day
}

// Cover says that a person sees another provider's patients for some days.
type Cover struct {
	Entry
	Person   string
	For      string // the provider who is covered
	From, To coverage.Day
}

// AccountLink says which person holds an account. With No it takes a link of the
// roster away.
type AccountLink struct {
	Entry
	Account  string
	Person   string
	No       bool
	From, To coverage.Day // 0 is open
}

// PatientLink says that two patient numbers mean the same patient.
type PatientLink struct {
	Entry
	Number string
	SameAs string
}

// Workstation says where a device stands. Name may end in * for all names that
// begin so.
type Workstation struct {
	Entry
	Name     string
	Location string
	Onsite   bool
}

// RoleName maps a word of the roster to one of the roles of package models.
type RoleName struct {
	Entry
	Name string
	Role string
}

// PolicyRow changes one cell of the role policy.
type PolicyRow struct {
	Entry
	Role, RecordType, Action string
	Verdict                  string // allow, review or deny
}

// ListEntry is an entry of a named list of rules.
type ListEntry struct {
	Entry
	List   string
	Value  string
	Value2 string // of a pair
}

// Ticket is declared work of a technical or vendor account.
type Ticket struct {
	Entry
	Number   string
	Person   string
	From, To time.Time
}

// RuleValue changes a value of a rule.
type RuleValue struct {
	Entry
	Layer string // profile or site
	Rule  string
	// Param is a parameter's name, "level", "risk", "off" or "watch".
	Param string
	Value string
}

// Network is a network of the practice.
type Network struct {
	CIDR  string
	Class string // onsite or vpn
}
