package scrub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/chartwatch/chartwatch/ingest"
)

// Bounds of what is kept in memory.
const (
	maxIDs      = 5_000_000
	maxLabels   = 10_000
	maxInstants = 2_000_000
	// labelPatients is with how many patients a label must have been used. What
	// one patient's rows say may be about the patient.
	labelPatients = 5
	maxLabel      = 64
)

// errTooMany is about files that are too large to be a sample.
var errTooMany = errors.New("the files name more people, records or fields than fit into memory; take a part of them")

// knowledge is what the parsers know about all files of a run.
type knowledge struct {
	vocabulary vocabulary
	ids        map[string]bool // words of identifying texts
	values     map[string]bool // whole texts of the columns that identify best
	names      map[string]bool // words of people's names
	instants   map[int64]bool  // seconds since 1970 at which something happened
	candidates map[string][]string
	labels     map[string]bool
}

func newKnowledge(more []string) *knowledge {
	return &knowledge{
		vocabulary: newVocabulary(more), ids: map[string]bool{}, values: map[string]bool{}, names: map[string]bool{},
		instants: map[int64]bool{}, candidates: map[string][]string{}, labels: map[string]bool{},
	}
}

// isName reports whether a word, or a part of it, is part of a person's name.
func (k *knowledge) isName(w string) bool {
	return k.names[fold(w)] || slices.ContainsFunc(camel(w), func(p string) bool { return k.names[fold(p)] })
}

// identify remembers a text that identifies somebody or something.
func (k *knowledge) identify(column, text string) error {
	if text == "" {
		return nil
	}
	if isStrong(column) {
		k.values[fold(strings.TrimSpace(text))] = true
	}
	person := isPersonColumn(column)
	pieces(text, func(p piece) {
		switch p.kind {
		case gap, clock:
		case date:
			if p.day.loose { // may as well be a number
				k.ids[fold(p.text)] = true
			}
		case word, guid, addr, oid:
			f := fold(p.text)
			if len(f) >= shortest {
				k.ids[f] = true
			}
			if person && !numeric(f) {
				k.names[f] = true
			}
		}
	})
	if len(k.ids)+len(k.values) > maxIDs {
		return errTooMany
	}
	return nil
}

// label remembers with which patients a label was used.
func (k *knowledge) label(text, patient string) {
	if text == "" || patient == "" || len(text) > maxLabel {
		return
	}
	f := fold(strings.TrimSpace(text))
	list, ok := k.candidates[f]
	if !ok && len(k.candidates) >= maxLabels || len(list) >= labelPatients || slices.Contains(list, patient) {
		return
	}
	k.candidates[f] = append(list, patient)
}

// settle decides which labels may stay, when all files have been read.
func (k *knowledge) settle() {
	for text, patients := range k.candidates {
		if len(patients) < labelPatients {
			continue
		}
		fine := true
		pieces(text, func(p piece) {
			unknown := p.kind != gap && !k.vocabulary.has(p.text)
			code := numeric(p.text) && len(p.text) <= 6
			if p.kind != gap && p.kind != word || unknown && (hasDigit(p.text) && !code || k.ids[p.text] || k.isName(p.text)) {
				fine = false
			}
			if k.vocabulary.has(p.text) && k.isName(p.text) {
				fine = false
			}
		})
		if fine {
			k.labels[text] = true
		}
	}
	k.candidates = nil
}

// newLabels returns the labels that stay and are not made of words of the list.
func (k *knowledge) newLabels() []string {
	var list []string
	for text := range k.labels {
		known := true
		pieces(text, func(p piece) { known = known && (p.kind == gap || k.vocabulary.has(p.text)) })
		if !known {
			list = append(list, text)
		}
	}
	slices.Sort(list)
	return list
}

// isStrong is about columns whose whole values show which field of the file
// they come from.
func isStrong(column string) bool {
	switch column {
	case ingest.ColSourceSystem, ingest.ColPatientSystem, ingest.ColRecordLabel, ingest.ColLocation, ingest.ColOutcomeReason:
		return false
	}
	return isIdentifying(column)
}

func isPersonColumn(column string) bool {
	switch column {
	case ingest.ColUserName, ingest.ColPatientName, "name", "first_name", "last_name":
		return true
	}
	return false
}

func isIdentifying(column string) bool {
	switch column {
	case ingest.ColSourceEventID, ingest.ColSourceSystem, ingest.ColUserID, ingest.ColUserAltID, ingest.ColUserName,
		ingest.ColOnBehalfOf, ingest.ColPatientID, ingest.ColPatientSystem, ingest.ColPatientName, ingest.ColRecordID,
		ingest.ColRecordLabel, ingest.ColWorkstation, ingest.ColIP, ingest.ColLocation, ingest.ColOutcomeReason,
		ingest.ColSessionID, ingest.ColRequestID, ingest.ColReason,
		"name", "first_name", "last_name", "birth_date", "address", "appointment_id", "provider_id":
		return true
	}
	return false
}

func isLabelColumn(column string) bool {
	switch column {
	case ingest.ColActionRaw, ingest.ColRecordRaw, ingest.ColUserRole, ingest.ColPurpose:
		return true
	}
	return false
}

// shape is what must be equal in the copy.
type shape struct {
	Rows    map[string]int64 // by action, record type and outcome, or by dataset
	Reasons map[ingest.Reason]int64
	Records int64
	first   int64 // line of the first record
}

// reading takes the rows of one file.
type reading struct {
	know  *knowledge // nil if only the shape is wanted
	shape shape
}

func newReading(k *knowledge) *reading {
	return &reading{know: k, shape: shape{Rows: map[string]int64{}, Reasons: map[ingest.Reason]int64{}}}
}

// WriteBatch implements ingest.Sink.
func (r *reading) WriteBatch(_ context.Context, d ingest.Dataset, b arrow.RecordBatch) error {
	columns := map[string]*array.String{}
	for i, f := range b.Schema().Fields() {
		switch c := b.Column(i).(type) {
		case *array.String:
			columns[f.Name] = c
		case *array.Int64:
			if f.Name == ingest.ColLine {
				r.lines(c)
			}
		case *array.Timestamp:
			r.times(c)
		}
	}
	for row := range int(b.NumRows()) {
		r.shape.Rows[shapeOf(d, columns, row)]++
		if err := r.learn(columns, row); err != nil {
			return err
		}
	}
	return nil
}

// WriteReject implements ingest.Sink.
func (r *reading) WriteReject(_ context.Context, x ingest.Reject) error {
	r.line(x.Line)
	if r.know == nil {
		return nil
	}
	return r.know.identify(ingest.ColPatientID, x.PatientID)
}

func (r *reading) lines(c *array.Int64) {
	for i := range c.Len() {
		r.line(c.Value(i))
	}
}

func (r *reading) line(n int64) {
	if r.shape.first == 0 || n < r.shape.first {
		r.shape.first = n
	}
}

func (r *reading) times(c *array.Timestamp) {
	if r.know == nil {
		return
	}
	for i := range c.Len() {
		if !c.IsNull(i) && len(r.know.instants) < maxInstants {
			const micros = 1_000_000
			r.know.instants[int64(c.Value(i))/micros] = true
		}
	}
}

func (r *reading) learn(columns map[string]*array.String, row int) error {
	if r.know == nil {
		return nil
	}
	patient := cell(columns, ingest.ColPatientID, row)
	for name, c := range columns {
		if c.IsNull(row) {
			continue
		}
		if isIdentifying(name) {
			if err := r.know.identify(name, strings.Clone(c.Value(row))); err != nil {
				return err
			}
		}
		if isLabelColumn(name) {
			r.know.label(strings.Clone(c.Value(row)), strings.Clone(patient))
		}
	}
	return nil
}

func cell(columns map[string]*array.String, name string, row int) string {
	if c := columns[name]; c != nil && !c.IsNull(row) {
		return c.Value(row)
	}
	return ""
}

func shapeOf(d ingest.Dataset, columns map[string]*array.String, row int) string {
	if d != ingest.Events {
		return string(d)
	}
	return fmt.Sprintf("%s %s %s %s", d, cell(columns, ingest.ColAction, row),
		cell(columns, ingest.ColRecordType, row), cell(columns, ingest.ColOutcome, row))
}
