package contextdata

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
)

// How much of a table is held back until the order of its dates is known. A
// longer table is judged by its beginning.
const (
	holdBytes = 8 << 20
	holdRows  = 50_000
)

// Record is one record of a table, of the right width. It is valid until the
// function that received it returns.
type Record struct {
	Line   int64
	Fields []string
	Raw    []byte
	// Order is how the table writes its dates.
	Order Order
}

// Get returns the trimmed text of a column, or nothing for a column that the
// table does not have (see [Header.Column]).
func (r Record) Get(column int) string {
	if column < 0 || column >= len(r.Fields) {
		return ""
	}
	return trim(r.Fields[column])
}

// ID returns an identifier. The words that databases write for "none" are none.
func (r Record) ID(column int) string {
	switch s := r.Get(column); s {
	case "0", "NULL", `\N`:
		return ""
	default:
		return s
	}
}

// Reject returns a reject of the record.
func (r Record) Reject(column string, reason ingest.Reason) ingest.Reject {
	return ingest.Reject{Line: r.Line, Column: column, Reason: reason, Raw: r.Raw}
}

// Reader walks the records of one table. It is used once.
type Reader struct {
	header Header
	table  *ingest.TableReader
	seen   bool // the header has been passed
	dates  []int
	votes  votes
	spell  func(string) string
	log    bool
}

// NewReader finds the header of src and returns a reader of the records below
// it. The named columns are those that hold dates.
func NewReader(src ingest.Source, match Match, dates ...string) (*Reader, Header, error) {
	data := bufio.NewReaderSize(src.Data, ingest.HeadSize)
	head, err := data.Peek(ingest.HeadSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, Header{}, fmt.Errorf("reading the header: %w", err)
	}
	header, err := ReadHeader(head, match)
	if err != nil {
		return nil, Header{}, fmt.Errorf("reading the header: %w", err)
	}
	r := &Reader{
		header: header, table: ingest.NewTableReader(data, header.comma),
		spell: func(date string) string { return date },
	}
	r.table.SetFields(header.width)
	for _, name := range dates {
		if i := header.Column(name); i >= 0 {
			r.dates = append(r.dates, i)
		}
	}
	return r, header, nil
}

// AsLog tells the reader that the table is a log. Spell brings the format's own
// spelling of times, such as years of two digits, into one that [Order] reads; it is
// applied before a time counts as proof of the order, and the records still
// have the text of the file. In a log a date that proves wrong the order in
// which a long table has been read so far ends the run: rejecting it alone would
// leave the others at wrong times.
func (r *Reader) AsLog(spell func(string) string) { r.spell, r.log = spell, true }

// Each calls do for every record in the order of the file. What is no record is
// counted in w, what is a broken one is rejected there. An error of do ends it.
func (r *Reader) Each(ctx context.Context, w *ingest.Writer, do func(Record) error) error {
	r.table.Tell(w)
	held, err := r.hold(ctx)
	if err != nil {
		return err
	}
	order := r.votes.order()
	guessed := r.log && r.votes.assumed() && r.votes.day == 0
	for _, row := range held {
		if err := r.handle(ctx, w, row, order, do); err != nil {
			return err
		}
	}
	for {
		row, err := r.next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if guessed && r.votes.month == 0 && r.votes.day > 0 {
			return fmt.Errorf("line %d: the dates before it fit both orders of day and month, this one only the day first", row.Line)
		}
		if err := r.handle(ctx, w, row, order, do); err != nil {
			return err
		}
	}
	if r.votes.assumed() {
		w.Note(ingest.Note{Kind: ingest.NoteDateOrderAssumed})
	}
	return nil
}

// hold reads the beginning of the table, usually all of it.
func (r *Reader) hold(ctx context.Context) ([]ingest.Row, error) {
	if len(r.dates) == 0 {
		return nil, nil
	}
	var (
		held []ingest.Row
		size int
	)
	for len(held) < holdRows && size < holdBytes {
		row, err := r.next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		size += len(row.Raw)
		row.Raw, row.Fields = bytes.Clone(row.Raw), slices.Clone(row.Fields)
		held = append(held, row)
	}
	return held, nil
}

// next reads a record and lets its dates vote on their order.
func (r *Reader) next(ctx context.Context) (ingest.Row, error) {
	if err := ctx.Err(); err != nil {
		return ingest.Row{}, err
	}
	row, err := r.table.Next()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return row, io.EOF
		}
		return row, fmt.Errorf("reading the table: %w", err)
	}
	if row.Problem == "" {
		for _, i := range r.dates {
			if i < len(row.Fields) {
				r.votes.count(r.spell(trim(row.Fields[i])))
			}
		}
	}
	return row, nil
}

func (r *Reader) handle(ctx context.Context, w *ingest.Writer, row ingest.Row, order Order, do func(Record) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	switch {
	case blank(row.Fields) && (row.Problem == "" || row.Problem == ingest.ReasonFieldCount):
		w.Skip(ingest.SkipBlank)
		return nil
	case !r.seen:
		r.seen = true
		return nil
	case row.Problem != "":
		return w.Reject(ctx, ingest.Reject{Line: row.Line, Reason: row.Problem, Raw: row.Raw})
	case r.header.repeats(row.Fields):
		w.Skip(ingest.SkipHeader)
		return nil
	}
	return do(Record{Line: row.Line, Fields: row.Fields, Raw: row.Raw, Order: order})
}
