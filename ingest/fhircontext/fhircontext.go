// Package fhircontext reads what surrounds accesses from FHIR JSON: Practitioner
// and PractitionerRole as staff, Patient as patients, Appointment and Encounter
// as appointments. R4 and R5 are read, and what older releases have in common
// with them. The resources come one by one, in a list, in Bundles or as NDJSON.
//
// It refuses files that show an AuditEvent, which belong to package fhiraudit;
// it resolves no reference beyond the identifier written in it, follows no
// link, and reads no clinical content. An appointment or encounter without a
// start, or with a start that is a date alone, is rejected and not placed
// anywhere.
package fhircontext

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// Plugin returns the description of the parser.
func Plugin() ingest.Plugin {
	return ingest.Plugin{
		Name:     "fhircontext",
		Summary:  "FHIR R4 and R5 Practitioner, PractitionerRole, Patient, Appointment and Encounter as JSON, Bundle or NDJSON",
		Version:  1,
		Produces: []ingest.Dataset{ingest.StaffRows, ingest.PatientRows, ingest.AppointmentRows},
		Sample:   "fhircontext/context_bundle.json",
		New:      func(ingest.Settings) (ingest.Parser, error) { return parser{}, nil },
	}
}

// Limits of one resource.
const (
	maxRecord = ingest.MaxLine
	maxDepth  = 64
)

type parser struct{}

// Parse reads the resources one after the other.
func (parser) Parse(ctx context.Context, src ingest.Source, w *ingest.Writer) error {
	data := bufio.NewReaderSize(src.Data, ingest.HeadSize)
	head, err := data.Peek(ingest.HeadSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the resources: %w", err)
	}
	d := &decoder{w: w, zone: src.Zone, starts: src.Clock(), ends: src.Clock()}
	if byLine(head) {
		return d.lines(ctx, data)
	}
	err = d.document(ctx, newScanner(data, 1))
	if errors.Is(err, io.EOF) {
		w.Note(ingest.Note{Kind: ingest.NoteTruncated})
		return nil
	}
	return err
}

// byLine reports whether the file is NDJSON: its first line is a whole object,
// or the next one starts an object too. Such a file is read line by line, so
// that a broken line spoils itself only.
func byLine(head []byte) bool {
	first, rest, _ := bytes.Cut(bytes.TrimLeft(head, " \t\r\n"), []byte("\n"))
	if !bytes.HasPrefix(first, []byte("{")) {
		return false
	}
	return json.Valid(first) || bytes.HasPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte("{"))
}

// decoder turns resources into rows.
type decoder struct {
	w            *ingest.Writer
	zone         *time.Location
	starts, ends *ingest.LocalClock
}
