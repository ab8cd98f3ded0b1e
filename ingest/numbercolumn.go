package ingest

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// numberColumn builds one column of a batch that is not text: integers,
// instants, or truth values as 0 and 1. It does without Arrow's own builders for
// the reason that textColumn does.
type numberColumn struct {
	mem memory.Allocator
	typ arrow.DataType
	max int // rows of a full batch

	buffer *memory.Buffer // nil until the batch has a value
	values []int64
	rows   int
	nulls  int
}

func newNumberColumn(mem memory.Allocator, typ arrow.DataType, rows int) numberColumn {
	return numberColumn{mem: mem, typ: typ, max: rows}
}

// append adds the value of a row. The rows passed over since the last call have
// no value.
func (c *numberColumn) append(row int, v int64) {
	if c.rows != row || c.buffer == nil {
		c.skipTo(row)
	}
	c.values[row] = v
	c.rows = row + 1
}

// undo takes the value of a row back, if it has one and is the last.
func (c *numberColumn) undo(row int) {
	if c.buffer != nil && c.rows == row+1 {
		c.rows = row
	}
}

func (c *numberColumn) skipTo(row int) {
	if c.buffer == nil {
		c.buffer = memory.NewResizableBuffer(c.mem)
		c.buffer.Resize(arrow.Int64Traits.BytesRequired(c.max))
		c.values = arrow.Int64Traits.CastFromBytes(c.buffer.Bytes())
	}
	c.nulls += row - c.rows
	for ; c.rows < row; c.rows++ {
		c.values[c.rows] = null
	}
}

// finish returns the column of a batch of the given number of rows, which
// belongs to the caller, and begins the next batch. It is nil if the column has
// no value.
func (c *numberColumn) finish(rows int) arrow.Array {
	if c.buffer == nil {
		return nil
	}
	c.skipTo(rows)
	valid := c.validity()
	if c.typ.ID() == arrow.BOOL {
		c.pack()
	} else {
		c.buffer.ResizeNoShrink(arrow.Int64Traits.BytesRequired(rows))
	}
	data := array.NewData(c.typ, rows, []*memory.Buffer{valid, c.buffer}, nil, c.nulls, 0)
	defer data.Release()
	if valid != nil {
		valid.Release()
	}
	c.release()
	return array.MakeFromData(data)
}

// validity says which rows have a value, nil means all, and gives the others
// the value 0.
func (c *numberColumn) validity() *memory.Buffer {
	if c.nulls == 0 {
		return nil
	}
	valid := newBits(c.mem, c.rows)
	for row, v := range c.values[:c.rows] {
		if v == null {
			c.values[row] = 0
		} else {
			bitutil.SetBit(valid.Bytes(), row)
		}
	}
	return valid
}

// pack turns the values into the bits that a column of truth values consists of.
func (c *numberColumn) pack() {
	packed := newBits(c.mem, c.rows)
	for row, v := range c.values[:c.rows] {
		if v != 0 {
			bitutil.SetBit(packed.Bytes(), row)
		}
	}
	c.buffer.Release()
	c.buffer = packed
}

// release frees the buffers of an unfinished batch.
func (c *numberColumn) release() {
	if c.buffer == nil {
		return
	}
	c.buffer.Release()
	*c = newNumberColumn(c.mem, c.typ, c.max)
}
