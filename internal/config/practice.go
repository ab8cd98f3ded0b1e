package config

import (
	"reflect"
	"time"
)

// Practice is what the configuration says about the practice itself. Its values
// are texts as package practice reads them; entries that change often are made
// with `chartwatch context add` instead.
type Practice struct {
	// Name is printed on reports.
	Name string `mapstructure:"name" yaml:"name"`
	// Holidays is us-federal or none.
	Holidays string `mapstructure:"holidays" yaml:"holidays"`
	// HoursMargin is for how long before opening and after closing the building may be in use.
	HoursMargin time.Duration `mapstructure:"hours_margin" yaml:"hours_margin"`
	// ShiftMargin is for how long before and after a shift work is ordinary.
	ShiftMargin  time.Duration `mapstructure:"shift_margin" yaml:"shift_margin"`
	Hours        []Hours       `mapstructure:"hours" yaml:"hours" kind:"hours"`
	Closures     []Closure     `mapstructure:"closures" yaml:"closures" kind:"closure"`
	OnCall       []OnCall      `mapstructure:"on_call" yaml:"on_call" kind:"on_call"`
	Leave        []Leave       `mapstructure:"leave" yaml:"leave" kind:"leave"`
	Covers       []Cover       `mapstructure:"covers" yaml:"covers" kind:"cover"`
	Accounts     []Account     `mapstructure:"accounts" yaml:"accounts" kind:"account"`
	Patients     []Patient     `mapstructure:"patients" yaml:"patients" kind:"patient"`
	Workstations []Workstation `mapstructure:"workstations" yaml:"workstations" kind:"workstation"`
	Roles        []Role        `mapstructure:"roles" yaml:"roles" kind:"role"`
	Policy       []Policy      `mapstructure:"policy" yaml:"policy" kind:"policy"`
	Lists        []List        `mapstructure:"lists" yaml:"lists" kind:"list"`
	Tickets      []Ticket      `mapstructure:"tickets" yaml:"tickets" kind:"ticket"`
	Networks     []Network     `mapstructure:"networks" yaml:"networks" kind:"network"`
}

// The entries of a practice. What each field means, says package practice.
type (
	// Hours are opening hours.
	Hours struct {
		Days     string `mapstructure:"days" yaml:"days"`
		Open     string `mapstructure:"open" yaml:"open"`
		Close    string `mapstructure:"close" yaml:"close"`
		Location string `mapstructure:"location" yaml:"location"`
	}
	// Closure is a run of closed days.
	Closure struct {
		From     string `mapstructure:"from" yaml:"from"`
		To       string `mapstructure:"to" yaml:"to"`
		Why      string `mapstructure:"why" yaml:"why"`
		Location string `mapstructure:"location" yaml:"location"`
	}
	// OnCall is a time on call.
	OnCall struct {
		Person string `mapstructure:"person" yaml:"person"`
		From   string `mapstructure:"from" yaml:"from"`
		To     string `mapstructure:"to" yaml:"to"`
	}
	// Leave is a run of days away.
	Leave struct {
		Person string `mapstructure:"person" yaml:"person"`
		From   string `mapstructure:"from" yaml:"from"`
		To     string `mapstructure:"to" yaml:"to"`
		Kind   string `mapstructure:"kind" yaml:"kind"`
	}
	// Cover says who sees another provider's patients.
	Cover struct {
		Person string `mapstructure:"person" yaml:"person"`
		For    string `mapstructure:"for" yaml:"for"`
		From   string `mapstructure:"from" yaml:"from"`
		To     string `mapstructure:"to" yaml:"to"`
	}
	// Account says who holds an account.
	Account struct {
		Account string `mapstructure:"account" yaml:"account"`
		Person  string `mapstructure:"person" yaml:"person"`
		From    string `mapstructure:"from" yaml:"from"`
		To      string `mapstructure:"to" yaml:"to"`
		Not     string `mapstructure:"not" yaml:"not"`
	}
	// Patient names two numbers of one patient.
	Patient struct {
		Number string `mapstructure:"number" yaml:"number"`
		SameAs string `mapstructure:"same_as" yaml:"same_as"`
	}
	// Workstation says where a device stands.
	Workstation struct {
		Name     string `mapstructure:"name" yaml:"name"`
		Location string `mapstructure:"location" yaml:"location"`
		Onsite   string `mapstructure:"onsite" yaml:"onsite"`
	}
	// Role says what a word of the roster means.
	Role struct {
		Name string `mapstructure:"name" yaml:"name"`
		Role string `mapstructure:"role" yaml:"role"`
	}
	// Policy changes what a role may do.
	Policy struct {
		Role       string `mapstructure:"role" yaml:"role"`
		RecordType string `mapstructure:"record_type" yaml:"record_type"`
		Action     string `mapstructure:"action" yaml:"action"`
		Verdict    string `mapstructure:"verdict" yaml:"verdict"`
	}
	// List is an entry of a list of rules.
	List struct {
		List   string `mapstructure:"list" yaml:"list"`
		Value  string `mapstructure:"value" yaml:"value"`
		Value2 string `mapstructure:"value2" yaml:"value2"`
	}
	// Ticket is declared work of a technical account.
	Ticket struct {
		Number string `mapstructure:"number" yaml:"number"`
		Person string `mapstructure:"person" yaml:"person"`
		From   string `mapstructure:"from" yaml:"from"`
		To     string `mapstructure:"to" yaml:"to"`
	}
	// Network is a network of the practice.
	Network struct {
		CIDR  string `mapstructure:"cidr" yaml:"cidr"`
		Class string `mapstructure:"class" yaml:"class"`
	}
)

// Rules says which rules run and with which values.
type Rules struct {
	// Dir is a folder with rules of the practice's own, or empty.
	Dir    string      `mapstructure:"dir" yaml:"dir"`
	Values []RuleValue `mapstructure:"values" yaml:"values"`
}

// RuleValue changes a value of a rule.
type RuleValue struct {
	Rule   string `mapstructure:"rule" yaml:"rule"`
	Param  string `mapstructure:"param" yaml:"param"`
	Value  string `mapstructure:"value" yaml:"value"`
	Reason string `mapstructure:"reason" yaml:"reason"`
	// Layer is site, or profile for what an IT provider sets for many practices.
	Layer string `mapstructure:"layer" yaml:"layer"`
}

// Review has the settings of reviews.
type Review struct {
	// MemoryLimit is for the rules; what they look at is never written to the disk.
	MemoryLimit string `mapstructure:"memory_limit" yaml:"memory_limit"`
}

// Entry is one entry of the practice with the fields that have a value.
type Entry struct {
	Key    string // such as practice.closures[0]
	Kind   string
	Fields map[string]string
}

// Entries returns the practice's entries in the order of the settings.
func (p Practice) Entries() []Entry {
	var list []Entry
	for f, value := range reflect.ValueOf(p).Fields() {
		kind := f.Tag.Get("kind")
		if kind == "" {
			continue
		}
		for i := range value.Len() {
			e := Entry{Key: indexed("practice."+f.Tag.Get("mapstructure"), i), Kind: kind, Fields: map[string]string{}}
			for field, text := range value.Index(i).Fields() {
				if text.String() != "" {
					e.Fields[field.Tag.Get("mapstructure")] = text.String()
				}
			}
			list = append(list, e)
		}
	}
	return list
}
