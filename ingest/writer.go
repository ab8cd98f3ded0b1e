package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Sink takes what a [Writer] produces.
type Sink interface {
	// WriteBatch takes rows of one dataset in the order in which they were
	// written. The batch belongs to the writer and is released when the call
	// returns: a sink that keeps it longer must Retain it.
	WriteBatch(ctx context.Context, d Dataset, batch arrow.RecordBatch) error
	// WriteReject takes one reject. Raw belongs to the sink.
	WriteReject(ctx context.Context, r Reject) error
}

// MaxField is the largest number of bytes that one text field of a row may have.
// A record with a longer one is rejected, never cut off in silence.
const MaxField = 4 << 10

// DefaultBatchRows is the number of rows in a full batch.
const DefaultBatchRows = 16 << 10

// maxBatchRows keeps the text of one column of a batch below 2 GiB.
const maxBatchRows = 256 << 10

// WriterOptions configure a [Writer]. The zero value is usable.
type WriterOptions struct {
	// BatchRows is the number of rows in a full batch; 0 means DefaultBatchRows.
	BatchRows int
	// Allocator is where batches are allocated; nil means the Go heap.
	Allocator memory.Allocator
}

// Counts is the balance of one source. Records = Rejected + the sum of Rows.
type Counts struct {
	Records  int64
	Rows     map[Dataset]int64
	Rejected int64
	Reasons  map[Reason]int64
	Skipped  map[SkipKind]int64
	Notes    []Note
}

// Writer collects the rows of one source into record batches. A parser calls
// one of the row methods, or Reject, exactly once for each record (a source
// record that names several patients counts as one record a patient). It is
// not safe for concurrent use.
type Writer struct {
	sink   Sink
	counts Counts

	event        Event // the row being written, here so that it is not allocated anew
	events       *table[Event]
	staff        *table[Staff]
	patients     *table[Patient]
	appointments *table[Appointment]
}

// NewWriter returns a writer into sink.
func NewWriter(sink Sink, o WriterOptions) *Writer {
	if o.BatchRows <= 0 {
		o.BatchRows = DefaultBatchRows
	}
	o.BatchRows = min(o.BatchRows, maxBatchRows)
	if o.Allocator == nil {
		o.Allocator = memory.NewGoAllocator()
	}
	return &Writer{
		sink: sink,
		counts: Counts{
			Rows: map[Dataset]int64{}, Reasons: map[Reason]int64{}, Skipped: map[SkipKind]int64{},
		},
		events:       newTable(Events, eventColumns(), o),
		staff:        newTable(StaffRows, staffColumns(), o),
		patients:     newTable(PatientRows, patientColumns(), o),
		appointments: newTable(AppointmentRows, appointmentColumns(), o),
	}
}

// Event writes one access. A row that misses what [Event] requires is a mistake
// of the parser and an error; a row whose time is out of range or whose text is
// too long or not UTF-8 becomes a reject.
func (w *Writer) Event(ctx context.Context, e Event) error {
	switch {
	case !e.Action.Valid():
		return fmt.Errorf("line %d: event with an unknown action", e.Line)
	case !e.Outcome.Valid():
		return fmt.Errorf("line %d: event with an unknown outcome", e.Line)
	case !e.RecordType.Valid():
		return fmt.Errorf("line %d: event with an unknown record type", e.Line)
	case !e.TZBasis.Valid() || !e.Granularity.Valid():
		return fmt.Errorf("line %d: event without a known tz_basis or granularity", e.Line)
	case !e.TimeFlag.Valid() || !e.UserType.Valid() || !e.Interactive.Valid() || !e.Integrity.Valid():
		return fmt.Errorf("line %d: event with an unknown time_flag, user_type, interactive or integrity", e.Line)
	}
	if reason := checkInstant(e.At, true); reason != "" {
		return w.Reject(ctx, Reject{Line: e.Line, Column: ColOccurredAt, Reason: reason, PatientID: e.PatientID})
	}
	if reason := checkInstant(e.RecordedAt, false); reason != "" {
		return w.Reject(ctx, Reject{Line: e.Line, Column: ColRecordedAt, Reason: reason, PatientID: e.PatientID})
	}
	if reason := checkInstant(e.EndedAt, false); reason != "" {
		return w.Reject(ctx, Reject{Line: e.Line, Column: ColEndedAt, Reason: reason, PatientID: e.PatientID})
	}
	w.event = e
	return put(ctx, w, w.events, &w.event, e.Line, e.At)
}

// Staff writes one roster line. A missing user id becomes a reject.
func (w *Writer) Staff(ctx context.Context, s Staff) error {
	if s.UserID == "" {
		return w.Reject(ctx, Reject{Line: s.Line, Column: ColUserID, Reason: ReasonMissingField})
	}
	return put(ctx, w, w.staff, &s, s.Line, time.Time{})
}

// Patient writes one patient. A missing patient id becomes a reject.
func (w *Writer) Patient(ctx context.Context, p Patient) error {
	if p.PatientID == "" {
		return w.Reject(ctx, Reject{Line: p.Line, Column: ColPatientID, Reason: ReasonMissingField})
	}
	return put(ctx, w, w.patients, &p, p.Line, time.Time{})
}

// Appointment writes one appointment. A missing patient id or a start out of
// range becomes a reject.
func (w *Writer) Appointment(ctx context.Context, a Appointment) error {
	if a.PatientID == "" {
		return w.Reject(ctx, Reject{Line: a.Line, Column: ColPatientID, Reason: ReasonMissingField, At: a.StartsAt})
	}
	if !a.TZBasis.Valid() || !a.TimeFlag.Valid() {
		return fmt.Errorf("line %d: appointment without a known tz_basis, or with an unknown time_flag", a.Line)
	}
	if reason := checkInstant(a.StartsAt, true); reason != "" {
		return w.Reject(ctx, Reject{Line: a.Line, Column: colStartsAt, Reason: reason, PatientID: a.PatientID})
	}
	return put(ctx, w, w.appointments, &a, a.Line, a.StartsAt)
}

// Reject records that a record could not be normalised.
func (w *Writer) Reject(ctx context.Context, r Reject) error {
	if !r.Reason.Valid() {
		return fmt.Errorf("line %d: reject with an unknown reason", r.Line)
	}
	w.counts.Records++
	w.counts.Rejected++
	w.counts.Reasons[r.Reason]++
	r.Raw = bytes.Clone(r.Raw[:min(len(r.Raw), MaxRaw)])
	return w.sink.WriteReject(ctx, r)
}

// Skip counts something that is not a record.
func (w *Writer) Skip(k SkipKind) { w.counts.Skipped[k]++ }

// Note records a fact about the export as a whole. Equal notes are counted
// together, except that each deleted row is kept.
func (w *Writer) Note(n Note) {
	if n.Count < 1 {
		n.Count = 1
	}
	if n.Kind != NoteRowDeleted {
		for i := range w.counts.Notes {
			if w.counts.Notes[i].Kind == n.Kind {
				w.counts.Notes[i].Count += n.Count
				return
			}
		}
	}
	w.counts.Notes = append(w.counts.Notes, n)
}

// Flush hands the rows collected so far to the sink. The host calls it after
// Parse.
func (w *Writer) Flush(ctx context.Context) error {
	return errors.Join(
		w.events.flush(ctx, w), w.staff.flush(ctx, w),
		w.patients.flush(ctx, w), w.appointments.flush(ctx, w))
}

// Release frees the writer's builders. The writer must not be used afterwards.
func (w *Writer) Release() {
	w.events.release()
	w.staff.release()
	w.patients.release()
	w.appointments.release()
}

// Counts returns the balance; it is complete after Flush. The caller must not
// change it.
func (w *Writer) Counts() Counts {
	for d, n := range map[Dataset]int64{
		Events: w.events.written, StaffRows: w.staff.written,
		PatientRows: w.patients.written, AppointmentRows: w.appointments.written,
	} {
		if n > 0 {
			w.counts.Rows[d] = n
		}
	}
	return w.counts
}

// put appends one row to its table, or rejects it.
func put[R any](ctx context.Context, w *Writer, t *table[R], row *R, line int64, at time.Time) error {
	if column := t.add(row); column != "" {
		return w.Reject(ctx, Reject{Line: line, Column: column, Reason: ReasonTooLong, At: at})
	}
	w.counts.Records++
	t.written++
	if t.rows < t.max {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return t.flush(ctx, w)
}

// checkInstant returns why an instant may not be stored, or nothing.
func checkInstant(t time.Time, required bool) Reason {
	const first, end = -2208988800, 7258118400 // 1900-01-01 and 2200-01-01 in Unix time
	switch seconds := t.Unix(); {
	case seconds >= first && seconds < end:
		return ""
	case !t.IsZero():
		return ReasonBadTime
	case required:
		return ReasonMissingTime
	}
	return ""
}

// null is the number that stands for a null in a nullable number column.
const null = math.MinInt64

func micros(t time.Time) int64 {
	if t.IsZero() {
		return null
	}
	return t.UnixMicro()
}

func orNull(n int64) int64 {
	if n == 0 {
		return null
	}
	return n
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// table builds the batches of one dataset. A column that has been empty since
// the batch began is only filled up with nulls when the batch ends, because
// most columns of most formats are empty throughout.
type table[R any] struct {
	dataset Dataset
	columns []column[R]
	options WriterOptions
	max     int
	rows    int
	schema  *arrow.Schema
	builder []array.Builder
	texts   []*textColumn // nil for the columns that are no text
	numbers []int         // the columns that are no text
	getters []getter[R]   // those that are
	written int64         // rows, less those that turned out to be no text
}

// getter reads a text column of a row.
type getter[R any] struct {
	text   func(*R) string
	column int
}

func newTable[R any](d Dataset, columns []column[R], o WriterOptions) *table[R] {
	t := &table[R]{dataset: d, columns: columns, options: o, max: o.BatchRows}
	for i := range columns {
		if columns[i].text == nil {
			t.numbers = append(t.numbers, i)
		} else {
			t.getters = append(t.getters, getter[R]{text: columns[i].text, column: i})
		}
	}
	return t
}

// add appends a row. If a text is too long, nothing is appended and the
// column's name is returned. Whether the texts are UTF-8 is looked at when the
// batch is full, because a whole column is checked in the time of a few values.
func (t *table[R]) add(row *R) (tooLong string) {
	if t.builder == nil {
		t.init()
	}
	if t.rows == 0 {
		for _, i := range t.numbers {
			t.builder[i].Reserve(t.max)
		}
	}
	for i := range t.getters {
		g := &t.getters[i]
		s := g.text(row)
		if s == "" {
			continue
		}
		if len(s) > MaxField {
			for _, before := range t.getters[:i] {
				t.texts[before.column].undo(t.rows)
			}
			return t.columns[g.column].name
		}
		t.texts[g.column].append(t.rows, s)
	}
	for _, i := range t.numbers {
		t.number(i, t.columns[i].number(row))
	}
	t.rows++
	return ""
}

// number adds a value to a column whose builder has room for the whole batch. A
// null is left out, until a value or the end of the batch follows.
func (t *table[R]) number(i int, v int64) {
	if v == null {
		return
	}
	b := t.builder[i]
	if missing := t.rows - b.Len(); missing > 0 {
		b.AppendNulls(missing)
	}
	switch b := b.(type) {
	case *array.Int64Builder:
		b.UnsafeAppend(v)
	case *array.TimestampBuilder:
		b.UnsafeAppend(arrow.Timestamp(v))
	case *array.BooleanBuilder:
		b.UnsafeAppend(v == 1)
	}
}

func (t *table[R]) init() {
	schema, err := Schema(t.dataset)
	if err != nil { // the datasets of the tables are constants of this package
		schema = arrow.NewSchema(nil, nil)
	}
	t.schema = schema
	t.builder = make([]array.Builder, len(t.columns))
	t.texts = make([]*textColumn, len(t.columns))
	for i := range t.columns {
		if t.columns[i].text != nil {
			t.texts[i] = newTextColumn(t.options.Allocator, t.max)
			continue
		}
		t.builder[i] = array.NewBuilder(t.options.Allocator, t.columns[i].typ)
	}
}

func (t *table[R]) flush(ctx context.Context, w *Writer) error {
	if t.rows == 0 {
		return nil
	}
	bad := map[int]string{} // rows with a text that is not UTF-8, and its column
	for i, c := range t.texts {
		if c != nil {
			c.findInvalid(func(row int) { bad[row] = t.columns[i].name })
		}
	}
	arrays := make([]arrow.Array, len(t.columns))
	for i, b := range t.builder {
		if b == nil {
			arrays[i] = t.texts[i].finish(t.rows)
			continue
		}
		if missing := t.rows - b.Len(); missing > 0 {
			b.AppendNulls(missing)
		}
		arrays[i] = b.NewArray()
	}
	batch := array.NewRecordBatch(t.schema, arrays, int64(t.rows))
	for _, a := range arrays {
		a.Release()
	}
	t.rows = 0
	defer batch.Release()
	if len(bad) == 0 {
		return w.sink.WriteBatch(ctx, t.dataset, batch)
	}
	return t.flushAround(ctx, w, batch, bad)
}

// flushAround hands over the rows between the bad ones, and rejects those.
func (t *table[R]) flushAround(ctx context.Context, w *Writer, batch arrow.RecordBatch, bad map[int]string) error {
	from := int64(0)
	for _, row := range append(slices.Sorted(maps.Keys(bad)), int(batch.NumRows())) {
		if to := int64(row); to > from {
			part := batch.NewSlice(from, to)
			err := w.sink.WriteBatch(ctx, t.dataset, part)
			part.Release()
			if err != nil {
				return err
			}
		}
		from = int64(row) + 1
		if column, ok := bad[row]; ok {
			t.written--
			w.counts.Records-- // Reject counts it again
			if err := w.Reject(ctx, t.reject(batch, row, column)); err != nil {
				return err
			}
		}
	}
	return nil
}

// reject says where a row of a batch is that is not text.
func (t *table[R]) reject(batch arrow.RecordBatch, row int, column string) Reject {
	r := Reject{Column: column, Reason: ReasonBadEncoding}
	for i, c := range t.columns {
		switch a := batch.Column(i).(type) {
		case *array.Int64:
			if c.name == ColLine {
				r.Line = a.Value(row)
			}
		case *array.Timestamp:
			if (c.name == ColOccurredAt || c.name == colStartsAt) && !a.IsNull(row) {
				r.At = time.UnixMicro(int64(a.Value(row))).UTC()
			}
		}
	}
	return r
}

func (t *table[R]) release() {
	for i, b := range t.builder {
		if b == nil {
			t.texts[i].release()
			continue
		}
		b.Release()
	}
	t.builder, t.texts = nil, nil
}
