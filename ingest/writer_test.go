package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chartwatch/chartwatch/ingest"
)

// recorder keeps rows as "dataset column=value …" and rejects as they come.
type recorder struct {
	rows    []string
	sizes   []int64
	rejects []ingest.Reject
	fail    error
}

func (r *recorder) WriteBatch(_ context.Context, d ingest.Dataset, b arrow.RecordBatch) error {
	want, err := ingest.Schema(d)
	if err != nil || !b.Schema().Equal(want) {
		return fmt.Errorf("wrong schema: %w", err)
	}
	r.sizes = append(r.sizes, b.NumRows())
	for row := range int(b.NumRows()) {
		text := string(d)
		var textSb37 strings.Builder
		for i, field := range b.Schema().Fields() {
			if !b.Column(i).IsNull(row) {
				textSb37.WriteString(" " + field.Name + "=" + b.Column(i).ValueStr(row))
			}
		}
		text += textSb37.String()
		r.rows = append(r.rows, text)
	}
	return r.fail
}

func (r *recorder) WriteReject(_ context.Context, reject ingest.Reject) error {
	r.rejects = append(r.rejects, reject)
	return r.fail
}

// newWriter returns a writer that must leave no memory behind.
func newWriter(t *testing.T, sink ingest.Sink, batchRows int) *ingest.Writer {
	t.Helper()
	memo := memory.NewCheckedAllocator(memory.NewGoAllocator())
	w := ingest.NewWriter(sink, ingest.WriterOptions{BatchRows: batchRows, Allocator: memo})
	t.Cleanup(func() {
		w.Release()
		memo.AssertSize(t, 0)
	})
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func someEvent(line int64) ingest.Event {
	return ingest.Event{
		Line: line, At: time.Date(2025, 5, 5, 14, 0, 0, 0, time.UTC), TZBasis: ingest.TZAssumed,
		Action: ingest.ActionView, Outcome: ingest.OutcomeUnknown, Granularity: ingest.GranularityEvent,
	}
}

func TestWriterRows(t *testing.T) {
	sink := &recorder{}
	w := newWriter(t, sink, 2)
	full := someEvent(3)
	full.Part, full.UserID, full.BreakGlass, full.RecordCount = 1, "mdoyle", true, 7
	full.RecordedAt, full.TimeFlag = full.At.Add(1500*time.Microsecond), ingest.TimeAmbiguous
	must(t, w.Event(t.Context(), someEvent(2)))
	must(t, w.Event(t.Context(), full))
	must(t, w.Event(t.Context(), someEvent(4)))
	must(t, w.Staff(t.Context(), ingest.Staff{Line: 1, UserID: "mdoyle", Role: "nurse"}))
	must(t, w.Patient(t.Context(), ingest.Patient{Line: 1, PatientID: "007", VIP: true}))
	must(t, w.Appointment(t.Context(), ingest.Appointment{Line: 1, PatientID: "007", StartsAt: full.At, TZBasis: ingest.TZExplicit}))
	must(t, w.Flush(t.Context()))
	must(t, w.Flush(t.Context()))
	const event = "occurred_at=2025-05-05T14:00:00Z tz_basis=assumed "
	want := []string{
		"events line=2 part=0 " + event + "action=view outcome=unknown break_glass=false granularity=event",
		"events line=3 part=1 occurred_at=2025-05-05T14:00:00Z recorded_at=2025-05-05T14:00:00.0015Z tz_basis=assumed " +
			"time_flag=ambiguous user_id=mdoyle action=view outcome=unknown break_glass=true n_records=7 granularity=event",
		"events line=4 part=0 " + event + "action=view outcome=unknown break_glass=false granularity=event",
		"staff line=1 user_id=mdoyle role=nurse",
		"patients line=1 patient_id=007 vip=true",
		"appointments line=1 patient_id=007 starts_at=2025-05-05T14:00:00Z tz_basis=explicit",
	}
	if diff := cmp.Diff(want, sink.rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{2, 1, 1, 1, 1}, sink.sizes); diff != "" {
		t.Errorf("batch sizes (-want +got):\n%s", diff)
	}
	counts := w.Counts()
	wantRows := map[ingest.Dataset]int64{ingest.Events: 3, ingest.StaffRows: 1, ingest.PatientRows: 1, ingest.AppointmentRows: 1}
	if diff := cmp.Diff(wantRows, counts.Rows); diff != "" || counts.Records != 6 || counts.Rejected != 0 {
		t.Errorf("counts are %+v", counts)
	}
}

// TestWriterLazyNulls fills a column in every pattern of presence, over several
// batches, and compares with what was written.
func TestWriterLazyNulls(t *testing.T) {
	for _, batchRows := range []int{1, 7, 8, 9, 64} {
		sink := &recorder{}
		w := newWriter(t, sink, batchRows)
		var want []string
		for i := range 200 {
			e := someEvent(int64(i))
			text := fmt.Sprintf("events line=%d part=0 occurred_at=2025-05-05T14:00:00Z", i)
			if i%3 == 1 {
				e.EndedAt = e.At
				text += " ended_at=2025-05-05T14:00:00Z"
			}
			text += " tz_basis=assumed"
			if i*i%7 < 3 {
				e.UserID = strings.Repeat("u", i%5+1)
				text += " user_id=" + e.UserID
			}
			if i > 150 && i%2 == 0 {
				e.PatientID = strconv.Itoa(i)
				text += " patient_id=" + e.PatientID
			}
			want = append(want, text+" action=view outcome=unknown break_glass=false granularity=event")
			must(t, w.Event(t.Context(), e))
		}
		must(t, w.Flush(t.Context()))
		if diff := cmp.Diff(want, sink.rows); diff != "" {
			t.Errorf("batches of %d (-want +got):\n%s", batchRows, diff)
		}
	}
}

func TestWriterBatchesCanBeKept(t *testing.T) {
	var kept arrow.RecordBatch
	sink := sinkFunc(func(b arrow.RecordBatch) { b.Retain(); kept = b })
	w := newWriter(t, sink, 1)
	e := someEvent(1)
	e.UserID = "mdoyle"
	must(t, w.Event(t.Context(), e))
	first := kept
	e.UserID = "rkovacs"
	must(t, w.Event(t.Context(), e))
	index := first.Schema().FieldIndices(ingest.ColUserID)[0]
	users, ok := first.Column(index).(*array.String)
	if !ok || users.Value(0) != "mdoyle" {
		t.Errorf("a kept batch changed: %v", first.Column(index))
	}
	first.Release()
	kept.Release()
}

type sinkFunc func(arrow.RecordBatch)

func (f sinkFunc) WriteBatch(_ context.Context, _ ingest.Dataset, b arrow.RecordBatch) error {
	f(b)
	return nil
}

func (sinkFunc) WriteReject(context.Context, ingest.Reject) error { return nil }

func TestWriterRejectsRows(t *testing.T) {
	at := someEvent(1).At
	long := strings.Repeat("x", ingest.MaxField)
	cases := map[string]struct {
		write func(context.Context, *ingest.Writer) error
		want  string
	}{
		"field-too-long": {event(func(e *ingest.Event) { e.Reason = long + "x" }), `line 9, column "reason_text": too_long`},
		"not-utf-8":      {event(func(e *ingest.Event) { e.PatientName = "Ana\xff" }), `line 9, column "patient_name": bad_encoding`},
		"no-time":        {event(func(e *ingest.Event) { e.At = time.Time{} }), `line 9, column "occurred_at": missing_time`},
		"too-early":      {event(func(e *ingest.Event) { e.At = time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC) }), `line 9, column "occurred_at": bad_time`},
		"too-late":       {event(func(e *ingest.Event) { e.At = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }), `line 9, column "occurred_at": bad_time`},
		"recorded-too-early": {
			event(func(e *ingest.Event) { e.RecordedAt = time.Date(1, 2, 3, 0, 0, 0, 0, time.UTC) }), `line 9, column "recorded_at": bad_time`,
		},
		"no-user": {func(ctx context.Context, w *ingest.Writer) error {
			return w.Staff(ctx, ingest.Staff{Line: 9, Name: "Maeve Doyle"})
		}, `line 9, column "user_id": missing_field`},
		"no-patient": {func(ctx context.Context, w *ingest.Writer) error {
			return w.Patient(ctx, ingest.Patient{Line: 9, FirstName: "Ana"})
		}, `line 9, column "patient_id": missing_field`},
		"appointment-of-nobody": {func(ctx context.Context, w *ingest.Writer) error {
			return w.Appointment(ctx, ingest.Appointment{Line: 9, StartsAt: at, TZBasis: ingest.TZExplicit})
		}, `line 9, column "patient_id": missing_field`},
		"appointment-without-start": {func(ctx context.Context, w *ingest.Writer) error {
			return w.Appointment(ctx, ingest.Appointment{Line: 9, PatientID: "007", TZBasis: ingest.TZExplicit})
		}, `line 9, column "starts_at": missing_time`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			sink := &recorder{}
			w := newWriter(t, sink, 0)
			must(t, c.write(t.Context(), w))
			must(t, w.Flush(t.Context()))
			if len(sink.rejects) != 1 || sink.rejects[0].String() != c.want || len(sink.rows) != 0 {
				t.Errorf("rejects %v and rows %v, want %s", sink.rejects, sink.rows, c.want)
			}
			if counts := w.Counts(); counts.Records != 1 || counts.Rejected != 1 || counts.Reasons[sink.rejects[0].Reason] != 1 {
				t.Errorf("counts are %+v", counts)
			}
		})
	}
	sink := &recorder{}
	w := newWriter(t, sink, 0)
	must(t, event(func(e *ingest.Event) { e.Reason = long })(t.Context(), w))
	must(t, w.Flush(t.Context()))
	if len(sink.rows) != 1 {
		t.Error("a field of exactly the limit is rejected")
	}
}

func event(change func(*ingest.Event)) func(context.Context, *ingest.Writer) error {
	return func(ctx context.Context, w *ingest.Writer) error {
		e := someEvent(9)
		change(&e)
		return w.Event(ctx, e)
	}
}

// TestWriterRefusesMistakes covers what a parser must never do, whatever it reads.
func TestWriterRefusesMistakes(t *testing.T) {
	cases := map[string]func(*ingest.Event){
		"unknown action":      func(e *ingest.Event) { e.Action = "peek" },
		"unknown outcome":     func(e *ingest.Event) { e.Outcome = "" },
		"unknown record type": func(e *ingest.Event) { e.RecordType = "gossip" },
		"tz_basis":            func(e *ingest.Event) { e.TZBasis = "" },
		"granularity":         func(e *ingest.Event) { e.Granularity = "year" },
		"time_flag":           func(e *ingest.Event) { e.TimeFlag = "maybe" },
		"user_type":           func(e *ingest.Event) { e.UserType = "cat" },
		"interactive":         func(e *ingest.Event) { e.Interactive = "perhaps" },
		"integrity":           func(e *ingest.Event) { e.Integrity = "fine" },
	}
	for want, change := range cases {
		w := newWriter(t, &recorder{}, 0)
		err := event(change)(t.Context(), w)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "line 9: ") {
			t.Errorf("want an error about %s, got %v", want, err)
		}
		if counts := w.Counts(); counts.Records != 0 {
			t.Errorf("%s: counted as %+v", want, counts)
		}
	}
	w := newWriter(t, &recorder{}, 0)
	if err := w.Reject(t.Context(), ingest.Reject{Line: 4, Reason: "boredom"}); err == nil {
		t.Error("an unknown reason is accepted")
	}
}

func TestWriterReject(t *testing.T) {
	sink := &recorder{}
	w := newWriter(t, sink, 0)
	raw := bytes.Repeat([]byte("r"), ingest.MaxRaw+10)
	must(t, w.Reject(t.Context(), ingest.Reject{Line: 4, Column: "when", Reason: ingest.ReasonBadTime, PatientID: "007", Raw: raw}))
	raw[0] = 'X'
	got := sink.rejects[0]
	if len(got.Raw) != ingest.MaxRaw || got.Raw[0] != 'r' || got.PatientID != "007" {
		t.Errorf("the raw row has %d bytes and starts with %q", len(got.Raw), got.Raw[:1])
	}
}

func TestWriterSkipsAndNotes(t *testing.T) {
	w := newWriter(t, &recorder{}, 0)
	w.Skip(ingest.SkipBlank)
	w.Skip(ingest.SkipBlank)
	w.Note(ingest.Note{Kind: ingest.NoteNoReads})
	w.Note(ingest.Note{Kind: ingest.NoteNoReads, Count: 4})
	w.Note(ingest.Note{Kind: ingest.NoteRowDeleted, SourceEventID: "17"})
	w.Note(ingest.Note{Kind: ingest.NoteRowDeleted, SourceEventID: "18"})
	want := ingest.Counts{
		Skipped: map[ingest.SkipKind]int64{ingest.SkipBlank: 2},
		Notes: []ingest.Note{
			{Kind: ingest.NoteNoReads, Count: 5},
			{Kind: ingest.NoteRowDeleted, Count: 1, SourceEventID: "17"},
			{Kind: ingest.NoteRowDeleted, Count: 1, SourceEventID: "18"},
		},
	}
	if diff := cmp.Diff(want, w.Counts(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestWriterPassesErrorsOn(t *testing.T) {
	full := errors.New("the disk is full")
	w := newWriter(t, &recorder{fail: full}, 2)
	must(t, w.Event(t.Context(), someEvent(1)))
	if err := w.Event(t.Context(), someEvent(2)); !errors.Is(err, full) {
		t.Errorf("a full batch gives %v", err)
	}
	if err := w.Reject(t.Context(), ingest.Reject{Reason: ingest.ReasonBadTime}); !errors.Is(err, full) {
		t.Errorf("a reject gives %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	w = newWriter(t, &recorder{}, 2)
	must(t, w.Event(ctx, someEvent(1)))
	cancel()
	if err := w.Event(ctx, someEvent(2)); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context gives %v", err)
	}
}

func TestSchemas(t *testing.T) {
	for d, columns := range map[ingest.Dataset]int{ingest.Events: 38, ingest.StaffRows: 12, ingest.PatientRows: 8, ingest.AppointmentRows: 9} {
		schema, err := ingest.Schema(d)
		must(t, err)
		if name, _ := schema.Metadata().GetValue("chartwatch.dataset"); name != string(d) || schema.NumFields() != columns {
			t.Errorf("%s: dataset %q with %d columns, want %d", d, name, schema.NumFields(), columns)
		}
	}
	if _, err := ingest.Schema("weather"); err == nil || err.Error() != `unknown dataset "weather"` {
		t.Errorf("got error %v", err)
	}
}

// TestClosedSets makes sure that the lists and the checks agree.
func TestClosedSets(t *testing.T) {
	for _, a := range ingest.Actions() {
		if !a.Valid() {
			t.Errorf("action %s is listed and not valid", a)
		}
	}
	for _, r := range ingest.RecordTypes() {
		if !r.Valid() {
			t.Errorf("record type %s is listed and not valid", r)
		}
	}
	for _, o := range ingest.Outcomes() {
		if !o.Valid() {
			t.Errorf("outcome %s is listed and not valid", o)
		}
	}
	for _, b := range ingest.TZBases() {
		if !b.Valid() {
			t.Errorf("basis %s is listed and not valid", b)
		}
	}
	for _, f := range ingest.TimeFlags() {
		if !f.Valid() {
			t.Errorf("flag %s is listed and not valid", f)
		}
	}
	for _, r := range ingest.Reasons() {
		if !r.Valid() {
			t.Errorf("reason %s is listed and not valid", r)
		}
	}
	if ingest.Action("").Valid() || ingest.Outcome("").Valid() || ingest.TZBasis("").Valid() || ingest.Granularity("").Valid() {
		t.Error("an empty value is valid where one is required")
	}
	if !ingest.RecordType("").Valid() || !ingest.TimeFlag("").Valid() || !ingest.UserType("").Valid() ||
		!ingest.Interactive("").Valid() || !ingest.Integrity("").Valid() {
		t.Error("an empty value is not valid where none is required")
	}
}
