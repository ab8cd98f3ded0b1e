package fhircontext

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
)

// Detect accepts JSON of which the first resource of a known type is one that
// this package reads, unless there is an AuditEvent in sight.
func (parser) Detect(h ingest.Head) error {
	if err := ingest.CheckHead(h); err != nil {
		return err
	}
	text := bytes.TrimLeft(h.Bytes, " \t\r\n")
	if !bytes.HasPrefix(text, []byte("{")) && !bytes.HasPrefix(text, []byte("[")) {
		return errors.New("the file is not JSON")
	}
	if regexp.MustCompile(`"resourceType"\s*:\s*"AuditEvent"`).Match(text) {
		return errors.New("the file holds AuditEvent resources, which belong to parser fhiraudit")
	}
	types := resourceTypes(text)
	if len(types) == 0 {
		return errors.New("the file shows no FHIR resource")
	}
	if slices.ContainsFunc(types, isContext) {
		return nil
	}
	return errors.New("none of the first resources is a Practitioner, PractitionerRole, Patient, Appointment or Encounter")
}

// isContext reports whether resources of a type become rows.
func isContext(name string) bool {
	return slices.Contains([]string{"Practitioner", "PractitionerRole", "Patient", "Appointment", "Encounter"}, name)
}

// resourceTypes lists the types of the records at the beginning of a file, as
// far as it can be read. What a resource contains is not a record.
func resourceTypes(head []byte) []string {
	t := &tracker{tokens: json.NewDecoder(bytes.NewReader(head))}
	for t.value(nil) == nil {
	}
	return t.types
}

// tracker follows the keys that lead to a value.
type tracker struct {
	tokens *json.Decoder
	types  []string
}

// value reads one value to which path leads; lists do not count.
func (t *tracker) value(path []string) error {
	if len(path) > maxDepth {
		return errors.New("too deep")
	}
	token, err := t.tokens.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		return t.object(path)
	case json.Delim('['):
		for t.tokens.More() {
			if err := t.value(path); err != nil {
				return err
			}
		}
		_, err = t.tokens.Token()
		return err
	}
	if name, ok := token.(string); ok && len(path) > 0 && path[len(path)-1] == "resourceType" {
		switch owner := path[:len(path)-1]; {
		case len(owner) == 0, slices.Equal(owner, []string{"entry", "resource"}):
			t.types = append(t.types, name)
		}
	}
	return nil
}

func (t *tracker) object(path []string) error {
	for t.tokens.More() {
		token, err := t.tokens.Token()
		if err != nil {
			return err
		}
		key, ok := token.(string)
		if !ok {
			return errors.New("a key that is no text")
		}
		if err := t.value(append(path, key)); err != nil {
			return err
		}
	}
	_, err := t.tokens.Token()
	return err
}
