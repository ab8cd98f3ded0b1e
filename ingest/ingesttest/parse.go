package ingesttest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/normalized"
)

// Result is everything that one run of a parser produced.
type Result struct {
	// Lines are the rows as JSON objects: the key "dataset", then the columns
	// that have a value, in schema order. Rows of one dataset keep their order;
	// the datasets follow each other as in [ingest.Datasets].
	Lines []string
	// Rejects are the rejects in their order.
	Rejects []ingest.Reject
	// Counts is the balance of the run. Its notes include those made while the
	// file was being opened.
	Counts ingest.Counts
}

// Rows returns the rows as maps from column to value: string, bool or float64.
func (r Result) Rows() []map[string]any {
	rows := make([]map[string]any, 0, len(r.Lines))
	for _, line := range r.Lines {
		row := map[string]any{}
		if err := json.Unmarshal([]byte(line), &row); err != nil { // the line was made by this package
			row["invalid"] = err.Error()
		}
		rows = append(rows, row)
	}
	return rows
}

// Parse opens data as a file called name, has p read each member that it
// accepts, and collects the outcome in memory. It is an error if p accepts no
// member. Times without an offset are read in zone.
func Parse(ctx context.Context, p ingest.Plugin, s ingest.Settings, name string, zone *time.Location, data []byte) (Result, error) {
	members, err := readMembers(ctx, p, s, name, data)
	if err != nil {
		return Result{}, err
	}
	return parseMembers(ctx, p, run{settings: s, zone: zone}, members)
}

// run says how one run of a parser is done.
type run struct {
	settings  ingest.Settings
	zone      *time.Location
	batchRows int
	// wrap changes the reader that the parser gets, or nil.
	wrap func(io.Reader) io.Reader
}

// member is a decoded file that a parser accepts.
type member struct {
	name  string
	data  []byte
	notes []ingest.Note
}

// refusal is the error for a file of which a parser accepts nothing.
type refusal struct{ reason error }

func (r *refusal) Error() string { return "detect: " + r.reason.Error() }
func (r *refusal) Unwrap() error { return r.reason }

// readMembers opens a file and returns the members that p accepts.
func readMembers(ctx context.Context, p ingest.Plugin, s ingest.Settings, name string, data []byte) ([]member, error) {
	var (
		members []member
		refused error
	)
	_, err := ingest.OpenStream(ctx, name, bytes.NewReader(data), ingest.OpenOptions{}, func(_ context.Context, m ingest.Member) error {
		parser, err := p.New(s)
		if err != nil {
			return fmt.Errorf("setting up parser %s: %w", p.Name, err)
		}
		if err := parser.Detect(m.Head); err != nil {
			refused = errors.Join(refused, err)
			return nil
		}
		text, err := io.ReadAll(m.Data)
		if err != nil {
			return err
		}
		members = append(members, member{name: m.Name, data: text, notes: m.Notes})
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(members) == 0 {
		return nil, &refusal{reason: refused}
	}
	return members, nil
}

// parseMembers has a fresh parser read each member and adds up the results.
func parseMembers(ctx context.Context, p ingest.Plugin, r run, members []member) (Result, error) {
	total := Result{Counts: ingest.Counts{
		Rows: map[ingest.Dataset]int64{}, Reasons: map[ingest.Reason]int64{}, Skipped: map[ingest.SkipKind]int64{},
	}}
	for _, m := range members {
		one, err := parseMember(ctx, p, r, m)
		total.add(one, m.notes)
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

func (r *Result) add(one Result, notes []ingest.Note) {
	r.Lines = append(r.Lines, one.Lines...)
	r.Rejects = append(r.Rejects, one.Rejects...)
	r.Counts.Records += one.Counts.Records
	r.Counts.Rejected += one.Counts.Rejected
	for d, n := range one.Counts.Rows {
		r.Counts.Rows[d] += n
	}
	for reason, n := range one.Counts.Reasons {
		r.Counts.Reasons[reason] += n
	}
	for kind, n := range one.Counts.Skipped {
		r.Counts.Skipped[kind] += n
	}
	r.Counts.Notes = slices.Concat(r.Counts.Notes, notes, one.Counts.Notes)
}

// parseMember has a fresh parser read one member. A violation of the contract,
// such as a leak of Arrow memory, is an error that wraps a *contractError.
func parseMember(ctx context.Context, p ingest.Plugin, r run, m member) (Result, error) {
	parser, err := p.New(r.settings)
	if err != nil {
		return Result{}, fmt.Errorf("setting up parser %s: %w", p.Name, err)
	}
	var data io.Reader = bytes.NewReader(m.data)
	if r.wrap != nil {
		data = r.wrap(data)
	}
	leaks := &leakCounter{}
	memo := memory.NewCheckedAllocator(memory.NewGoAllocator())
	sink := &sink{plugin: p}
	w := ingest.NewWriter(sink, ingest.WriterOptions{BatchRows: r.batchRows, Allocator: memo})
	source := ingest.Source{Name: m.name, Zone: r.zone, ZoneBasis: ingest.TZSourceSetting, Data: data}
	err = parser.Parse(ctx, source, w)
	if err == nil {
		err = w.Flush(ctx)
	}
	w.Release()
	memo.AssertSize(leaks, 0)
	result := Result{Lines: sink.lines(), Rejects: sink.rejects, Counts: w.Counts()}
	if problem := result.violation(sink, err); problem != "" {
		return result, &contractError{problem: problem}
	}
	if leaks.n > 0 {
		return result, &contractError{problem: "arrow memory is not released"}
	}
	return result, err
}

// contractError is a violation of the contract that no input may provoke.
type contractError struct{ problem string }

func (e *contractError) Error() string { return "contract: " + e.problem }

// violation checks the balance of a run and what reached the sink.
func (r *Result) violation(s *sink, err error) string {
	if s.problem != "" {
		return s.problem
	}
	var rows int64
	for _, n := range r.Counts.Rows {
		rows += n
	}
	switch {
	case r.Counts.Records != rows+r.Counts.Rejected:
		return fmt.Sprintf("%d records, but %d rows and %d rejects", r.Counts.Records, rows, r.Counts.Rejected)
	case r.Counts.Rejected != int64(len(r.Rejects)):
		return fmt.Sprintf("%d rejects counted, %d written", r.Counts.Rejected, len(r.Rejects))
	case err == nil && rows != int64(len(r.Lines)):
		return fmt.Sprintf("%d rows counted, %d written", rows, len(r.Lines))
	}
	return ""
}

// leakCounter takes the complaints of a checked allocator.
type leakCounter struct{ n int }

func (l *leakCounter) Errorf(string, ...any) { l.n++ }
func (l *leakCounter) Helper()               {}

// sink keeps rows as JSON lines.
type sink struct {
	plugin  ingest.Plugin
	rows    map[ingest.Dataset][]string
	rejects []ingest.Reject
	problem string // the first violation of the contract
}

func (s *sink) WriteBatch(_ context.Context, d ingest.Dataset, batch arrow.RecordBatch) error {
	want, err := ingest.Schema(d)
	switch {
	case err != nil:
		s.problem = err.Error()
	case !batch.Schema().Equal(want):
		s.problem = fmt.Sprintf("a batch of %s does not have its schema", d)
	case !slices.Contains(s.plugin.Produces, d):
		s.problem = fmt.Sprintf("the plug-in writes %s, which it does not list in Produces", d)
	}
	if s.rows == nil {
		s.rows = map[ingest.Dataset][]string{}
	}
	for row := range int(batch.NumRows()) {
		s.rows[d] = append(s.rows[d], string(normalized.AppendJSON(nil, d, batch, row)))
	}
	return nil
}

func (s *sink) WriteReject(_ context.Context, r ingest.Reject) error {
	s.rejects = append(s.rejects, r)
	return nil
}

func (s *sink) lines() []string {
	var all []string
	for _, d := range ingest.Datasets() {
		all = append(all, s.rows[d]...)
	}
	return all
}

// rejectLines returns the rejects as text, one a line.
func (r *Result) rejectLines() string {
	var b strings.Builder
	for _, reject := range r.Rejects {
		b.WriteString(reject.String() + "\n")
	}
	return b.String()
}

// skipLines returns what was skipped as "kind n", in a fixed order.
func (r *Result) skipLines() string {
	var b strings.Builder
	for _, kind := range ingest.SkipKinds() {
		if n := r.Counts.Skipped[kind]; n > 0 {
			fmt.Fprintf(&b, "%s %d\n", kind, n)
		}
	}
	return b.String()
}

// noteLines returns the notes as "kind count", in their order.
func noteLines(notes []ingest.Note) string {
	var b strings.Builder
	for _, n := range notes {
		fmt.Fprintf(&b, "%s %d\n", n.Kind, n.Count)
	}
	return b.String()
}

func joinLines(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}
