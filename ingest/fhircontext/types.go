package fhircontext

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// The names of the keys are those of FHIR.

//nolint:tagliatelle // FHIR's own names
type (
	reference struct {
		Reference  string     `json:"reference"`
		Type       string     `json:"type"`
		Identifier identifier `json:"identifier"`
		Display    string     `json:"display"`
	}
	identifier struct {
		System string `json:"system"`
		Value  string `json:"value"`
	}
	coding struct {
		Code    string `json:"code"`
		Display string `json:"display"`
	}
	concept struct {
		Text   string   `json:"text"`
		Coding []coding `json:"coding"`
	}
	period struct {
		Start string `json:"start"`
		End   string `json:"end"`
	}
	humanName struct {
		Use    string `json:"use"`
		Text   string `json:"text"`
		Family texts  `json:"family"`
		Given  texts  `json:"given"`
	}
	address struct {
		Use        string `json:"use"`
		Text       string `json:"text"`
		Line       texts  `json:"line"`
		City       string `json:"city"`
		State      string `json:"state"`
		PostalCode string `json:"postalCode"`
	}
)

// texts is a text or a list of texts: a family name is the one in recent
// releases and the other in DSTU2.
type texts []string

// UnmarshalJSON reads either form. A null in a list is left out.
func (t *texts) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '[' {
		return json.Unmarshal(raw, (*[]string)(t))
	}
	var one string
	if err := json.Unmarshal(raw, &one); err != nil {
		return err
	}
	*t = nil
	if one != "" {
		*t = texts{one}
	}
	return nil
}

// several is a list, or a single value where a release has one.
type several[T any] []T

// UnmarshalJSON reads either form.
func (s *several[T]) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '[' {
		return json.Unmarshal(raw, (*[]T)(s))
	}
	var one T
	if err := json.Unmarshal(raw, &one); err != nil {
		return err
	}
	*s = several[T]{one}
	return nil
}

// id returns the identifier of the resource that a reference names, if it is
// one of the given type: "Patient/123", a URL that ends so, a version of it, a
// search such as "Patient?identifier=system|123", or an identifier alone. A
// urn:uuid has no type; it counts only where typed says that nothing else can
// stand there.
func (r reference) id(want string, typed bool) string {
	if r.Reference == "" {
		if typed && r.Type == "" || r.Type == want {
			return r.Identifier.Value
		}
		return ""
	}
	if value, ok := r.uuid(); ok {
		if typed && r.Type == "" || r.Type == want {
			return value
		}
		return ""
	}
	if search, ok := strings.CutPrefix(r.Reference, want+"?identifier="); ok {
		return search[strings.LastIndexByte(search, '|')+1:]
	}
	parts := strings.Split(r.Reference, "/")
	if i := slices.Index(parts, "_history"); i >= 0 {
		parts = parts[:i]
	}
	if n := len(parts); n >= 2 && parts[n-2] == want {
		return parts[n-1]
	}
	return ""
}

// anyID returns the identifier whatever the type is.
func (r reference) anyID() string {
	if value, ok := r.uuid(); ok {
		return value
	}
	return r.Reference[strings.LastIndexByte(r.Reference, '/')+1:]
}

func (r reference) uuid() (string, bool) {
	if value, ok := strings.CutPrefix(r.Reference, "urn:uuid:"); ok {
		return value, true
	}
	return strings.CutPrefix(r.Reference, "urn:oid:")
}

// label returns what a person would call the concept, or else its code.
func (c concept) label() string {
	if c.Text != "" {
		return c.Text
	}
	for _, k := range c.Coding {
		if k.Display != "" {
			return k.Display
		}
	}
	for _, k := range c.Coding {
		if k.Code != "" {
			return k.Code
		}
	}
	return ""
}

// labels joins the labels of several concepts.
func labels(concepts []concept) string {
	var all []string
	for _, c := range concepts {
		if label := c.label(); label != "" && !slices.Contains(all, label) {
			all = append(all, label)
		}
	}
	return strings.Join(all, "; ")
}

// current returns the name that is in use: the official or usual one before
// others, never an old or a maiden name if there is another.
func current(names []humanName) humanName {
	for _, use := range []string{"official", "usual", ""} {
		for _, n := range names {
			if n.Use == use {
				return n
			}
		}
	}
	for _, n := range names {
		if n.Use != "old" && n.Use != "maiden" {
			return n
		}
	}
	if len(names) > 0 {
		return names[0]
	}
	return humanName{}
}

func (n humanName) first() string { return strings.Join(n.Given, " ") }

func (n humanName) last() string {
	if len(n.Family) == 0 && len(n.Given) == 0 {
		return n.Text
	}
	return strings.Join(n.Family, " ")
}

// whole returns the name as one text.
func (n humanName) whole() string {
	if n.Text != "" {
		return n.Text
	}
	return strings.TrimSpace(n.first() + " " + n.last())
}

// where returns the address of the given use, or else the first that is not old.
func where(addresses []address, use string) string {
	var found *address
	for i := range addresses {
		switch a := &addresses[i]; {
		case a.Use == use:
			return a.join()
		case a.Use != "old" && found == nil:
			found = a
		}
	}
	if found == nil {
		return ""
	}
	return found.join()
}

func (a address) join() string {
	joined := contextdata.Address(strings.Join(a.Line, ", "), a.City, a.State, a.PostalCode)
	if joined == "" {
		return a.Text
	}
	return joined
}
