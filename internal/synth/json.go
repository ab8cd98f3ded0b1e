package synth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// object is a JSON object whose members keep their order. FHIR's names are no
// snake case and its resources differ from event to event, so that structs with
// tags would say less.
type object []member

type member struct {
	key   string
	value any // string, bool, int, object, array, or a slice of them
}

type array []any

// MarshalJSON writes the members in their order. A nil value is left out.
func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for _, m := range o {
		if m.value == nil {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		key, err := json.Marshal(m.key)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, key...), ':'), value...)
	}
	return append(b, '}'), nil
}

// writeLines writes each object on a line of its own.
func writeLines(w io.Writer, objects func(yield func(object) bool)) error {
	for o := range objects {
		line, err := json.Marshal(o)
		if err != nil {
			return fmt.Errorf("writing a JSON line: %w", err)
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// writeIndented writes one object in the form that people read.
func writeIndented(w io.Writer, o object) error {
	text, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("writing a JSON document: %w", err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return fmt.Errorf("writing a JSON document: %w", err)
	}
	b.WriteByte('\n')
	_, err = b.WriteTo(w)
	return err
}
