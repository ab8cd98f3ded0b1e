package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
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
	// unended is the line of the record behind which the source ends without a
	// line ending, as far as a reader has told; 0 for none.
	unended int64

	events       *table
	staff        *table
	patients     *table
	appointments *table
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
	e.write(w.events)
	return w.put(ctx, w.events, e.Line, e.At)
}

// Staff writes one roster line. A missing user id becomes a reject.
func (w *Writer) Staff(ctx context.Context, s Staff) error {
	if s.UserID == "" {
		return w.Reject(ctx, Reject{Line: s.Line, Column: ColUserID, Reason: ReasonMissingField})
	}
	s.write(w.staff)
	return w.put(ctx, w.staff, s.Line, time.Time{})
}

// Patient writes one patient. A missing patient id becomes a reject.
func (w *Writer) Patient(ctx context.Context, p Patient) error {
	if p.PatientID == "" {
		return w.Reject(ctx, Reject{Line: p.Line, Column: ColPatientID, Reason: ReasonMissingField})
	}
	p.write(w.patients)
	return w.put(ctx, w.patients, p.Line, time.Time{})
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
	a.write(w.appointments)
	return w.put(ctx, w.appointments, a.Line, a.StartsAt)
}

// Reject records that a record could not be normalised. What is wrong with the
// record behind which the source ends without a line ending is that it was cut
// off: it is rejected as truncated, with a note, whatever else the parser found.
// Readers say which one it is; see [TableReader.Tell] and [LineReader.Tell].
func (w *Writer) Reject(ctx context.Context, r Reject) error {
	if !r.Reason.Valid() {
		return fmt.Errorf("line %d: reject with an unknown reason", r.Line)
	}
	if r.Line == w.unended && r.Line > 0 && r.Reason != ReasonTruncated {
		r.Column, r.Reason = "", ReasonTruncated
		w.Note(Note{Kind: NoteTruncated, Line: r.Line})
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

// put ends the row whose cells were written to a table, or rejects it.
func (w *Writer) put(ctx context.Context, t *table, line int64, at time.Time) error {
	if column := t.endRow(); column != "" {
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
