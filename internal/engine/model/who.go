package model

import (
	"cmp"
	"strings"
)

// The views that hold every row of the models events, first_open and explained,
// which read them and may be made again to read only a part.
const (
	AllEvents    = "mdl_events"
	AllOpens     = "mdl_first_open"
	AllExplained = "mdl_explained"
)

// Names are the names of people as a reader knows them. A name that is not known
// is empty.
type Names struct {
	persons  map[string]namedPerson
	accounts map[string]string
	patients map[string]string
}

// namedPerson is a person by name, with one of the models' role names and the
// roster's own words for it.
type namedPerson struct{ name, role, title string }

// Person returns the name of a person of the roster, or of the account that stands
// for an unknown one.
func (n *Names) Person(id string) string { return cmp.Or(n.persons[id].name, n.accounts[id]) }

// Role returns the role of a person, one of the models' role names, or "".
func (n *Names) Role(id string) string { return n.persons[id].role }

// Title returns what the roster itself calls the work of a person, or "".
func (n *Names) Title(id string) string { return n.persons[id].title }

// Account returns the name that the roster or the log gives to an account.
func (n *Names) Account(id string) string { return n.accounts[id] }

// Patient returns the name of a patient.
func (n *Names) Patient(id string) string { return n.patients[id] }

func newNames() *Names {
	return &Names{persons: map[string]namedPerson{}, accounts: map[string]string{}, patients: map[string]string{}}
}

// nameAccount keeps the name that the log gives to an account.
func (n *Names) nameAccount(account, name string) {
	if name != "" && !strings.EqualFold(name, account) {
		n.accounts[account] = name
	}
}

// nameOfPatient keeps a patient's name. What the list of patients says goes before
// what a log says.
func (n *Names) nameOfPatient(id, name string, listed bool) {
	if name = strings.Join(strings.Fields(name), " "); name != "" && (listed || n.patients[id] == "") {
		n.patients[id] = name
	}
}
