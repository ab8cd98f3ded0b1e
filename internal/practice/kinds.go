package practice

import (
	"fmt"
	"slices"
	"strings"
)

// Field is one field of an entry.
type Field struct {
	Name     string
	Required bool
	Doc      string
}

// Kind describes one kind of entry: what it is for and what it says.
type Kind struct {
	Name   string
	Doc    string
	Fields []Field
	// NeedsExpiry says that an entry made by command must have a last day.
	NeedsExpiry bool
}

// Kinds returns every kind of entry, in a fixed order.
func Kinds() []Kind {
	must := func(name, doc string) Field { return Field{Name: name, Required: true, Doc: doc} }
	may := func(name, doc string) Field { return Field{Name: name, Doc: doc} }
	return []Kind{
		{Name: "hours", Doc: "when the practice is open", Fields: []Field{
			must("days", "weekdays, as mon-fri or mon,wed,fri"), must("open", "time of day, as 07:30"), must("close", "time of day, as 18:00"),
			may("location", "the building; without it, all"),
		}},
		{Name: "closure", Doc: "days on which the practice is closed", Fields: []Field{
			must("from", "first day"), may("to", "last day; without it, the first"), may("why", "for instance storm"), may("location", "the building; without it, all"),
		}},
		{Name: "on_call", Doc: "when somebody is on call", Fields: []Field{
			must("person", "account or name"), must("from", "begin, as 2025-03-10T17:00"), must("to", "end, as 2025-03-11T08:00"),
		}},
		{Name: "leave", Doc: "days on which somebody is away", Fields: []Field{
			must("person", "account or name"), must("from", "first day"), must("to", "last day"), may("kind", "leave, sick or suspended; without it, leave"),
		}},
		{Name: "cover", Doc: "who sees another provider's patients", Fields: []Field{
			must("person", "account or name of who covers"), must("for", "account or name of who is covered"), must("from", "first day"), must("to", "last day"),
		}},
		{Name: "account", Doc: "who holds an account", Fields: []Field{
			must("account", "the account"), must("person", "the person's first account, or name"), may("from", "first day"), may("to", "last day"),
			may("not", "yes, if the account is not this person's"),
		}},
		{Name: "patient", Doc: "two numbers that mean one patient", Fields: []Field{must("number", "a patient number"), must("same_as", "the number to use")}},
		{Name: "workstation", Doc: "where a device stands", Fields: []Field{
			must("name", "the device; a * at the end stands for anything"), may("location", "the building"), may("onsite", "yes or no; without it, yes"),
		}},
		{Name: "role", Doc: "what a word of the roster means", Fields: []Field{must("name", "the roster's word"), must("role", "one of chartwatch's roles")}},
		{Name: "policy", Doc: "what a role may do", Fields: []Field{
			must("role", "one of chartwatch's roles"), must("record_type", "one of the record types, or *"), must("action", "one of the actions, or *"),
			must("verdict", "allow, review or deny"),
		}},
		{Name: "list", Doc: "an entry of a rule's list", NeedsExpiry: true, Fields: []Field{
			must("list", "the list, for instance neighbouring_stations"), must("value", "the value"), may("value2", "the second value of a pair"),
		}},
		{Name: "ticket", Doc: "declared work of a technical account", Fields: []Field{
			must("number", "the ticket"), must("person", "account or name"), must("from", "begin, as 2025-03-10T17:00"), must("to", "end"),
		}},
		{Name: "network", Doc: "a network of the practice", Fields: []Field{must("cidr", "as 10.20.4.0/24"), may("class", "onsite or vpn; without it, onsite")}},
		{Name: "rule", Doc: "a value of a rule", Fields: []Field{
			must("rule", "the rule's id"), must("param", "a parameter, level, risk, off or watch"), must("value", "the value"),
		}},
	}
}

// KindByName returns the kind with a name.
func KindByName(name string) (Kind, bool) {
	i := slices.IndexFunc(Kinds(), func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return Kinds()[i], true
}

// check refuses fields that the kind does not have, and misses those it must have.
func (k Kind) check(fields map[string]string) error {
	var known []string
	for _, f := range k.Fields {
		known = append(known, f.Name)
		if f.Required && strings.TrimSpace(fields[f.Name]) == "" {
			return fmt.Errorf("%s is missing: %s", f.Name, f.Doc)
		}
	}
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !slices.Contains(known, name) {
			return fmt.Errorf("there is no field %s; the fields are %s", name, strings.Join(known, ", "))
		}
	}
	return nil
}
