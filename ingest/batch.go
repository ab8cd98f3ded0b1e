package ingest

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

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

// table builds the batches of one dataset. The cells of a row are added one by
// one, in the order of the columns: the texts with text, the numbers with
// number. endRow ends the row. Nothing is done for an empty cell, because most
// columns of most formats are empty throughout.
type table struct {
	dataset Dataset
	schema  *arrow.Schema
	columns []column
	max     int
	rows    int
	written int64 // rows, less those that turned out to be no text

	texts   []textColumn
	numbers []numberColumn
	empty   map[arrow.Type]arrow.Array // columns of max nulls, shared by all batches
	memory  memory.Allocator
	// The columns of the next cells, and the first column of the row whose text
	// is too long.
	nextText, nextNumber int
	tooLong              string
}

func newTable(d Dataset, columns []column, o WriterOptions) *table {
	t := &table{dataset: d, columns: columns, max: o.BatchRows, memory: o.Allocator, empty: map[arrow.Type]arrow.Array{}}
	for i := range columns {
		if columns[i].isText() {
			t.texts = append(t.texts, newTextColumn(o.Allocator, columns[i].name, t.max))
		} else {
			t.numbers = append(t.numbers, newNumberColumn(o.Allocator, columns[i].typ, t.max))
		}
	}
	return t
}

// text adds a cell with a text.
func (t *table) text(s string) {
	if s != "" {
		t.addText(s)
	}
	t.nextText++
}

// addText adds a text. Whether it is UTF-8 is looked at when the batch is full,
// because a whole column is checked in the time of a few values.
func (t *table) addText(s string) {
	c := &t.texts[t.nextText]
	if len(s) <= MaxField {
		c.append(t.rows, s)
	} else if t.tooLong == "" {
		t.tooLong = c.name
	}
}

// number adds a cell with a number.
func (t *table) number(v int64) {
	if v != null {
		t.numbers[t.nextNumber].append(t.rows, v)
	}
	t.nextNumber++
}

// endRow ends a row. If one of its texts is too long, the row is taken back and
// the column's name is returned.
func (t *table) endRow() (tooLong string) {
	t.nextText, t.nextNumber = 0, 0
	if t.tooLong == "" {
		t.rows++
		return ""
	}
	for i := range t.texts {
		t.texts[i].undo(t.rows)
	}
	for i := range t.numbers {
		t.numbers[i].undo(t.rows)
	}
	tooLong, t.tooLong = t.tooLong, ""
	return tooLong
}

func (t *table) flush(ctx context.Context, w *Writer) error {
	if t.rows == 0 {
		return nil
	}
	if t.schema == nil {
		schema, err := Schema(t.dataset)
		if err != nil {
			return err
		}
		t.schema = schema
	}
	bad := map[int]string{} // rows with a text that is not UTF-8, and its column
	for i := range t.texts {
		c := &t.texts[i]
		c.findInvalid(func(row int) { bad[row] = c.name })
	}
	batch := t.batch()
	defer batch.Release()
	if len(bad) == 0 {
		return w.sink.WriteBatch(ctx, t.dataset, batch)
	}
	return t.flushAround(ctx, w, batch, bad)
}

// batch returns the rows and begins the next batch.
func (t *table) batch() arrow.RecordBatch {
	arrays := make([]arrow.Array, len(t.columns))
	text, number := 0, 0
	for i := range t.columns {
		if t.columns[i].isText() {
			arrays[i] = t.texts[text].finish(t.rows)
			text++
		} else {
			arrays[i] = t.numbers[number].finish(t.rows)
			number++
		}
		if arrays[i] == nil {
			arrays[i] = t.emptyColumn(t.columns[i].typ)
		}
	}
	batch := array.NewRecordBatch(t.schema, arrays, int64(t.rows))
	for _, a := range arrays {
		a.Release()
	}
	t.rows = 0
	return batch
}

// emptyColumn returns a column of nulls for the batch.
func (t *table) emptyColumn(typ arrow.DataType) arrow.Array {
	a, ok := t.empty[typ.ID()]
	if !ok {
		a = array.MakeArrayOfNull(t.memory, typ, t.max)
		t.empty[typ.ID()] = a
	}
	return array.NewSlice(a, 0, int64(t.rows))
}

// flushAround hands over the rows between the bad ones, and rejects those.
func (t *table) flushAround(ctx context.Context, w *Writer, batch arrow.RecordBatch, bad map[int]string) error {
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
func (t *table) reject(batch arrow.RecordBatch, row int, column string) Reject {
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

func (t *table) release() {
	for i := range t.texts {
		t.texts[i].release()
	}
	for i := range t.numbers {
		t.numbers[i].release()
	}
	for _, a := range t.empty {
		a.Release()
	}
	clear(t.empty)
}
