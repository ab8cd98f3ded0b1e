package fhircontext

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/chartwatch/chartwatch/ingest"
)

// document reads resources, lists and Bundles that follow one another. The
// error is io.EOF if the text ends in the middle of one.
func (d *decoder) document(ctx context.Context, s *scanner) error {
	for {
		c, err := s.peek(ctx)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case c == '{':
			err = d.object(ctx, s)
		case c == '[':
			err = d.list(ctx, s, d.record)
		default:
			err = s.syntax()
		}
		if err != nil {
			return err
		}
	}
}

// list reads a list and hands its values over.
func (d *decoder) list(ctx context.Context, s *scanner, each func(context.Context, value) error) error {
	if _, err := s.take(ctx); err != nil {
		return err
	}
	if c, err := s.peek(ctx); err != nil {
		return err
	} else if c == ']' {
		_, err = s.take(ctx)
		return err
	}
	for {
		if _, err := s.peek(ctx); err != nil {
			return err
		}
		var v value
		if err := s.next(ctx, &v); err != nil {
			return err
		}
		if err := each(ctx, v); err != nil {
			return err
		}
		switch c, err := s.take(ctx); {
		case err != nil:
			return err
		case c == ']':
			return nil
		case c != ',':
			return s.syntax()
		}
	}
}

// object reads one object key by key. The entries of a Bundle are handed over
// as they come; everything else is put together and is one record.
func (d *decoder) object(ctx context.Context, s *scanner) error {
	whole := value{line: s.line, opened: true}
	entries, err := d.members(ctx, s, &whole)
	switch {
	case entries:
		return err // a Bundle is no record of its own
	case errors.Is(err, io.EOF):
		whole.problem = ingest.ReasonTruncated
	case err != nil:
		return err
	}
	if err := d.record(ctx, whole); err != nil {
		return err
	}
	return err
}

// members reads the keys of an object and their values into whole, except for
// entries.

func (d *decoder) members(ctx context.Context, s *scanner, whole *value) (entries bool, err error) {
	if _, err := s.take(ctx); err != nil {
		return false, err
	}
	whole.add('{')
	for first := true; ; first = false {
		c, err := s.peek(ctx)
		switch {
		case err != nil:
			return entries, err
		case c == '}' && first:
			whole.add(c)
			_, err = s.take(ctx)
			return entries, err
		case c != '"':
			return entries, s.syntax()
		}
		var key value
		if err := s.next(ctx, &key); err != nil {
			return entries, err
		}
		c, err = s.take(ctx)
		if err == nil && c != ':' {
			err = s.syntax()
		}
		if err == nil {
			c, err = s.peek(ctx)
		}
		if err != nil {
			return entries, err
		}
		if c == '[' && string(key.raw) == `"entry"` {
			entries = true
			err = d.list(ctx, s, d.entry)
		} else {
			whole.add(key.raw...)
			whole.add(':')
			err = s.next(ctx, whole)
		}
		if err != nil {
			return entries, err
		}
		switch c, err = s.take(ctx); {
		case err != nil:
			return entries, err
		case c == '}':
			whole.add(c)
			return entries, nil
		case c != ',':
			return entries, s.syntax()
		}
		whole.add(c)
	}
}

// lines reads NDJSON.
func (d *decoder) lines(ctx context.Context, r io.Reader) error {
	lines := ingest.NewLineReader(r, maxRecord)
	var cut *ingest.Reject // a line that is only excused if it is the last
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("reading the resources: %w", err)
		}
		text := bytes.TrimSpace(line.Text)
		if len(text) == 0 {
			d.w.Skip(ingest.SkipBlank)
			continue
		}
		if cut != nil {
			if err := d.w.Reject(ctx, *cut); err != nil {
				return err
			}
			cut = nil
		}
		v := oneLine(ctx, text)
		v.line = line.Number
		if line.TooLong {
			v.problem = ingest.ReasonTooLong
		}
		if v.problem == ingest.ReasonTruncated {
			cut = &ingest.Reject{Line: v.line, Reason: ingest.ReasonBadSyntax, Raw: v.raw}
			continue
		}
		if err := d.record(ctx, v); err != nil {
			return err
		}
	}
	if cut == nil {
		return nil
	}
	cut.Reason = ingest.ReasonTruncated
	d.w.Note(ingest.Note{Kind: ingest.NoteTruncated})
	return d.w.Reject(ctx, *cut)
}

// oneLine returns the value that a line is.
func oneLine(ctx context.Context, text []byte) value {
	s := newScanner(bufio.NewReader(bytes.NewReader(text)), 0)
	var v value
	if err := s.next(ctx, &v); err != nil {
		return value{raw: text, problem: ingest.ReasonBadSyntax}
	}
	if _, err := s.peek(ctx); v.problem == "" && err == nil {
		return value{raw: text, problem: ingest.ReasonBadSyntax}
	}
	return v
}

// entry takes one entry of a Bundle. One without a resource says what was done
// with one, and is no record.
func (d *decoder) entry(ctx context.Context, v value) error {
	if v.problem != "" {
		return d.reject(ctx, v, "", v.problem)
	}
	var e struct {
		FullURL  string          `json:"fullUrl"` //nolint:tagliatelle // FHIR's own name
		Resource json.RawMessage `json:"resource"`
	}
	if ok, err := d.decode(ctx, v, &e); !ok {
		return err
	}
	if len(e.Resource) == 0 || string(e.Resource) == "null" {
		d.w.Skip(ingest.SkipOtherResource)
		return nil
	}
	return d.resource(ctx, value{line: v.line, raw: e.Resource}, reference{Reference: e.FullURL}.anyID())
}

// record takes one resource that stands by itself.
func (d *decoder) record(ctx context.Context, v value) error {
	if v.problem != "" {
		return d.reject(ctx, v, "", v.problem)
	}
	return d.resource(ctx, v, "")
}

// resource turns a resource into rows. The identifier is that of its entry, for
// a resource that has none itself.
func (d *decoder) resource(ctx context.Context, v value, id string) error {
	var kind struct {
		Name string `json:"resourceType"` //nolint:tagliatelle // FHIR's own name
	}
	if ok, err := d.decode(ctx, v, &kind); !ok {
		return err
	}
	switch kind.Name {
	case "":
		return d.reject(ctx, v, "resourceType", ingest.ReasonWrongType)
	case "Bundle":
		if v.opened {
			return nil // its entries were handed over, or it has none
		}
		return d.bundle(ctx, v)
	case "Practitioner":
		return d.practitioner(ctx, v, id)
	case "PractitionerRole":
		return d.practitionerRole(ctx, v)
	case "Patient":
		return d.patient(ctx, v, id)
	case "Appointment":
		return d.appointment(ctx, v, id)
	case "Encounter":
		return d.encounter(ctx, v, id)
	}
	d.w.Skip(ingest.SkipOtherResource)
	return nil
}

// bundle reads a Bundle that is itself an entry, a member of a list or a line.
func (d *decoder) bundle(ctx context.Context, v value) error {
	err := d.document(ctx, newScanner(bufio.NewReader(bytes.NewReader(v.raw)), v.line))
	if errors.Is(err, io.EOF) {
		return d.reject(ctx, v, "", ingest.ReasonBadSyntax)
	}
	return err
}

// decode reads the JSON text of a value into a resource, or rejects it; ok is
// false then. The names of fields in an error of type are those of FHIR.
func (d *decoder) decode(ctx context.Context, v value, into any) (ok bool, err error) {
	if !utf8.Valid(v.raw) {
		return false, d.reject(ctx, v, "", ingest.ReasonBadEncoding)
	}
	err = json.Unmarshal(v.raw, into)
	if err == nil {
		return true, nil
	}
	wrong, isType := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case !isType:
		return false, d.reject(ctx, v, "", ingest.ReasonBadSyntax)
	case wrong.Field == "":
		return false, d.reject(ctx, v, "", ingest.ReasonWrongType)
	}
	return false, d.reject(ctx, v, wrong.Field, ingest.ReasonBadValue)
}

func (d *decoder) reject(ctx context.Context, v value, column string, reason ingest.Reason) error {
	return d.w.Reject(ctx, ingest.Reject{Line: v.line, Column: column, Reason: reason, Raw: v.raw})
}
