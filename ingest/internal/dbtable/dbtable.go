// Package dbtable reads a table as people get it out of a database: as text with
// a header and separators, which query tools write, or as a dump in SQL. It is for
// parsers of products whose log is one table of a database.
//
// It refuses to guess columns: a header or a definition must name those that a
// format requires, and a dump that names none must have as many values as the
// table has columns.
package dbtable

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
	"github.com/chartwatch/chartwatch/ingest/internal/mysqldump"
)

// Column is a column that a parser reads. Names are compared without regard to
// case, spaces and underscores.
type Column struct {
	Name     string
	Also     []string // other names of the same column
	Required bool
	Time     bool
}

// Table is a table that a parser reads.
type Table struct {
	// Names are the names of the table in a dump, in lower case.
	Names []string
	// Columns are those that are read.
	Columns []Column
	// Order are all columns of the table, for a dump that does not name them; nil
	// if it has to.
	Order []string
}

// names are all names of a column.
func (c Column) names() []string { return append([]string{c.Name}, c.Also...) }

// Detect accepts the head of a table with a header, or of a dump that has the table.
func (t Table) Detect(h ingest.Head) error {
	if err := ingest.CheckHead(h); err != nil {
		return err
	}
	if mysqldump.Is(h.Bytes) {
		return t.detectDump(h.Bytes)
	}
	_, err := contextdata.ReadHeader(h.Bytes, t.match)
	return err
}

// match accepts the header of the table.
func (t Table) match(h contextdata.Header) error {
	for _, c := range t.Columns {
		if c.Required && !h.HasAny(c.names()...) {
			return fmt.Errorf("the header has no column %q", c.Name)
		}
	}
	for _, c := range t.Columns {
		if err := h.Once(c.names()...); err != nil {
			return err
		}
	}
	return nil
}

// dump returns a reader of the table's rows in a dump.
func (t Table) dump(r io.Reader) *mysqldump.Reader {
	return mysqldump.NewReader(r, func(table string) ([]string, bool) {
		if !slices.Contains(t.Names, table) {
			return nil, false
		}
		return t.Order, true
	})
}

func (t Table) detectDump(head []byte) error {
	d := t.dump(bytes.NewReader(head))
	for {
		st, ok := d.Next()
		if !ok {
			return fmt.Errorf("the dump does not start with table %q", t.Names[0])
		}
		if len(st.Columns) == 0 {
			continue
		}
		if _, missing := t.positions(st.Columns); missing != "" {
			return fmt.Errorf("the table has no column %q", missing)
		}
		if !st.Insert {
			return nil
		}
		for row := range d.Rows() {
			if row.Problem == "" && row.Len() != len(st.Columns) {
				return errors.New("the table has another number of columns")
			}
			return nil
		}
	}
}

// positions finds the columns of the table, or names one that is missing.
func (t Table) positions(columns []string) (at map[string]int, missing string) {
	at = make(map[string]int, len(t.Columns))
	for _, c := range t.Columns {
		at[c.Name] = -1
		for _, name := range c.names() {
			i := slices.IndexFunc(columns, func(s string) bool { return contextdata.Fold(s) == contextdata.Fold(name) })
			if i >= 0 {
				at[c.Name] = i
				break
			}
		}
		if c.Required && at[c.Name] < 0 {
			return nil, c.Name
		}
	}
	return at, ""
}

// Row is one row of the table. It is valid until the function that received it returns.
type Row struct {
	Line  int64
	Raw   []byte
	at    map[string]int
	text  func(column int) string
	order contextdata.Order
}

// Get returns the value of a column, by the name that the table gives it. What
// databases and query tools write for null is nothing.
func (r *Row) Get(column string) string {
	i, ok := r.at[column]
	if !ok || i < 0 {
		return ""
	}
	s := r.text(i)
	if len(s) > len("(null)") {
		return s
	}
	switch strings.ToLower(s) {
	case "null", "(null)", "[null]", `\n`:
		return ""
	}
	return s
}

// Key returns a number that points to another table, of which zero is none.
func (r *Row) Key(column string) string {
	if s := r.Get(column); s != "0" {
		return s
	}
	return ""
}

// Instant reads a time, or says why there is none.
func (r *Row) Instant(column string, clock *ingest.LocalClock) (contextdata.Instant, ingest.Reason) {
	text := r.Get(column)
	if text == "" {
		return contextdata.Instant{}, ingest.ReasonMissingTime
	}
	when, ok := r.order.Instant(spell(text), clock)
	if !ok {
		return when, ingest.ReasonBadTime
	}
	return when, ""
}

// spell takes out the comma that some tools write between date and time.
func spell(text string) string { return strings.Replace(text, ", ", " ", 1) }

// Reject returns a reject of the row.
func (r *Row) Reject(column string, reason ingest.Reason) ingest.Reject {
	return ingest.Reject{Line: r.Line, Column: column, Reason: reason, Raw: r.Raw}
}

// Read calls do for every row in the order of the file. What is no row is counted
// in w, and what is a broken one is rejected there. An error of do ends it.
func (t Table) Read(ctx context.Context, src ingest.Source, w *ingest.Writer, do func(*Row) error) error {
	data := bufio.NewReaderSize(src.Data, ingest.HeadSize)
	head, err := data.Peek(ingest.HeadSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the beginning of the file: %w", err)
	}
	src.Data = data
	if mysqldump.Is(head) {
		return t.readDump(ctx, src, w, do)
	}
	return t.readText(ctx, src, w, do)
}

func (t Table) readText(ctx context.Context, src ingest.Source, w *ingest.Writer, do func(*Row) error) error {
	var times []string
	for _, c := range t.Columns {
		if c.Time {
			times = append(times, c.names()...)
		}
	}
	reader, header, err := contextdata.NewReader(src, t.match, times...)
	if err != nil {
		return err
	}
	reader.AsLog(spell)
	at := make(map[string]int, len(t.Columns))
	for _, c := range t.Columns {
		at[c.Name] = -1
		for _, name := range c.names() {
			if i := header.Column(name); i >= 0 {
				at[c.Name] = i
				break
			}
		}
	}
	row := &Row{at: at}
	return reader.Each(ctx, w, func(rec contextdata.Record) error {
		row.Line, row.Raw, row.order, row.text = rec.Line, rec.Raw, rec.Order, rec.Get
		return do(row)
	})
}

func (t Table) readDump(ctx context.Context, src ingest.Source, w *ingest.Writer, do func(*Row) error) error {
	d := t.dump(src.Data)
	for {
		st, ok := d.Next()
		if !ok {
			break
		}
		if !st.Insert {
			continue
		}
		if err := t.rows(ctx, d, st, w, do); err != nil {
			return err
		}
	}
	if err := d.Err(); err != nil {
		return fmt.Errorf("reading the dump at line %d: %w", d.Line(), err)
	}
	for range d.Others() {
		w.Skip(ingest.SkipOtherTable)
	}
	if d.Truncated() {
		w.Note(ingest.Note{Kind: ingest.NoteTruncated, Line: d.Line()})
	}
	return nil
}

func (t Table) rows(ctx context.Context, d *mysqldump.Reader, st mysqldump.Statement, w *ingest.Writer, do func(*Row) error) error {
	at, missing := t.positions(st.Columns)
	if missing != "" {
		return fmt.Errorf("the table %q at line %d has no column %q", st.Table, d.Line(), missing)
	}
	n := 0
	for r := range d.Rows() {
		n++
		if n%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		row := &Row{Line: r.Line, Raw: r.Raw, at: at, text: func(i int) string { return string(r.Text(i)) }}
		var err error
		switch {
		case r.Problem != "":
			err = w.Reject(ctx, row.Reject("", r.Problem))
		case r.Len() != len(st.Columns):
			err = w.Reject(ctx, row.Reject("", ingest.ReasonFieldCount))
		default:
			err = do(row)
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}
