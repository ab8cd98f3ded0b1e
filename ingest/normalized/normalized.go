// Package normalized reads and writes chartwatch's own rows: the way in for
// anybody's program, and the way out.
//
// The columns are those of [ingest.Schema]. The forms are
//
//   - JSON lines: one object a line with the columns as keys. The optional key
//     "dataset" names the dataset, events if it is absent; one file may hold
//     several. Empty columns are left out or null.
//   - CSV with the columns as header, for events only. The other datasets have
//     parsers of their own for CSV.
//   - Parquet and Apache Arrow IPC (file and stream). The schema's metadata
//     "chartwatch.dataset" names the dataset, events if it is absent. Columns are matched by name; those that may be
//     empty may be missing. Parquet and Arrow files need random access and are
//     read into memory, up to 200 MiB; larger ones are refused with the advice
//     to use the Arrow stream form, which has no limit.
//
// Instants are RFC 3339 with an offset, or timestamps with a zone. An event
// must have occurred_at and action; without them tz_basis is explicit, outcome
// unknown, granularity event, and line the line or number of the record.
//
// The package trusts nothing: unknown columns, values outside a closed set and
// times without an offset are refused. The writers are lossless with one
// exception: a line break inside a CSV field may come back as a line feed. They
// do not protect a spreadsheet from formulas in cells, which only reports do,
// and they write no rejects.
package normalized

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/chartwatch/chartwatch/ingest"
)

// Plugin describes the parser.
func Plugin() ingest.Plugin {
	return ingest.Plugin{
		Name:     "normalized",
		Summary:  "chartwatch's own rows as JSON lines, CSV, Parquet or Arrow",
		Version:  1,
		Produces: ingest.Datasets(),
		Sample:   "normalized/events.ndjson",
		New:      func(ingest.Settings) (ingest.Parser, error) { return parser{}, nil },
	}
}

type parser struct{}

// form is one of the forms that the package reads.
type form int

const (
	formNone form = iota
	formJSON
	formCSV
	formParquet
	formArrowFile
	formArrowStream
)

// Detect looks at the magic bytes, at the first JSON object or at the header.
func (parser) Detect(h ingest.Head) error {
	if err := ingest.CheckHead(h); err != nil {
		return err
	}
	switch formOf(h.Bytes) {
	case formNone:
		return errors.New("it is neither Arrow, Parquet, JSON lines nor CSV with the columns of chartwatch")
	case formJSON:
		return detectJSON(h)
	case formCSV:
		return detectCSV(h.Bytes)
	case formParquet, formArrowFile, formArrowStream:
	}
	return nil
}

// formOf tells the form from the first bytes of a file.
func formOf(head []byte) form {
	switch {
	case bytes.HasPrefix(head, []byte("PAR1")):
		return formParquet
	case bytes.HasPrefix(head, []byte("ARROW1\x00\x00")):
		return formArrowFile
	case bytes.HasPrefix(head, []byte{0xff, 0xff, 0xff, 0xff}):
		return formArrowStream
	}
	text := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case len(text) == 0:
		return formNone
	case text[0] == '{':
		return formJSON
	default:
		return formCSV
	}
}

// Parse reads src in the form that its first bytes show.
func (parser) Parse(ctx context.Context, src ingest.Source, w *ingest.Writer) error {
	head, data, err := peek(src.Data)
	if err != nil {
		return err
	}
	p := &reader{ctx: ctx, w: w}
	switch formOf(head) {
	case formJSON:
		return p.readJSON(data)
	case formCSV:
		return p.readCSV(data)
	case formParquet:
		return p.readParquet(data)
	case formArrowFile:
		return p.readArrowFile(data)
	case formArrowStream:
		return p.readArrowStream(data)
	case formNone:
	}
	return errors.New("the file has no rows in a form that chartwatch reads")
}

// reader reads one source.
type reader struct {
	ctx context.Context //nolint:containedctx // one reader lives for one call of Parse
	w   *ingest.Writer
	rec record
}

// emit writes the current record, or rejects it.
func (p *reader) emit(raw []byte, problem problem) error {
	r := &p.rec
	if problem.reason == "" {
		problem = r.missing()
	}
	if problem.reason != "" {
		return p.w.Reject(p.ctx, ingest.Reject{
			Line: r.line, Column: problem.column, Reason: problem.reason,
			At: r.at(), PatientID: r.patientID(), Raw: raw,
		})
	}
	switch r.dataset {
	case ingest.Events:
		return p.w.Event(p.ctx, r.event)
	case ingest.StaffRows:
		return p.w.Staff(p.ctx, r.staff)
	case ingest.PatientRows:
		return p.w.Patient(p.ctx, r.patient)
	case ingest.AppointmentRows:
		return p.w.Appointment(p.ctx, r.appointment)
	}
	return fmt.Errorf("record %d: unknown dataset", r.line)
}

// stopped returns the context's error every so many records.
func (p *reader) stopped(n int64) error {
	if n%256 != 0 {
		return nil
	}
	return p.ctx.Err()
}
