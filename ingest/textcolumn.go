package ingest

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// textColumn builds one text column of a batch. Almost all time of writing rows
// goes into text, and Arrow's own builder starts each batch with small buffers
// and looks at its capacity three times for a value; this one makes its buffers
// as large as the batch before needed.
type textColumn struct {
	mem  memory.Allocator
	name string
	max  int // rows of a full batch
	size int // bytes of text to begin with

	text, offsets *memory.Buffer // nil until the batch has a value
	bytes         []byte
	ends          []int32
	used          int // bytes of text
	rows          int
	nulls         int
}

func newTextColumn(mem memory.Allocator, name string, rows int) textColumn {
	const first = 4 << 10
	return textColumn{mem: mem, name: name, max: rows, size: first}
}

// append adds the value of a row, which is not empty. The rows passed over since
// the last call have no value.
func (c *textColumn) append(row int, s string) {
	if c.rows != row || c.used+len(s) > len(c.bytes) {
		c.makeRoom(row, len(s))
	}
	c.used += copy(c.bytes[c.used:], s)
	c.rows = row + 1
	c.ends[c.rows] = int32(c.used) //nolint:gosec // a batch is far below 2 GiB
}

// makeRoom makes ready for a value of a row.
func (c *textColumn) makeRoom(row, size int) {
	if c.text == nil {
		c.start()
	}
	c.skipTo(row)
	if c.used+size > len(c.bytes) {
		c.text.Resize(2*len(c.bytes) + size)
		c.bytes = c.text.Bytes()
	}
}

// undo takes the value of a row back, if it has one and is the last.
func (c *textColumn) undo(row int) {
	if c.text == nil || c.rows != row+1 {
		return
	}
	c.rows = row
	c.used = int(c.ends[row])
}

// findInvalid calls found for each row whose text is not UTF-8. Text that is
// ASCII throughout needs no look at its rows.
func (c *textColumn) findInvalid(found func(row int)) {
	if c.text == nil || isASCII(c.bytes[:c.used]) {
		return
	}
	for row := range c.rows {
		if !utf8.Valid(c.bytes[c.ends[row]:c.ends[row+1]]) {
			found(row)
		}
	}
}

func isASCII(b []byte) bool {
	for len(b) >= 8 {
		if binary.LittleEndian.Uint64(b)&0x8080808080808080 != 0 {
			return false
		}
		b = b[8:]
	}
	for _, x := range b {
		if x >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func (c *textColumn) start() {
	c.text, c.offsets = memory.NewResizableBuffer(c.mem), memory.NewResizableBuffer(c.mem)
	c.text.Resize(c.size)
	c.offsets.Resize(arrow.Int32Traits.BytesRequired(c.max + 1))
	c.bytes = c.text.Bytes()
	c.ends = arrow.Int32Traits.CastFromBytes(c.offsets.Bytes())
	c.ends[0] = 0
}

func (c *textColumn) skipTo(row int) {
	c.nulls += row - c.rows
	for ; c.rows < row; c.rows++ {
		c.ends[c.rows+1] = int32(c.used) //nolint:gosec // a batch is far below 2 GiB
	}
}

// finish returns the column of a batch of the given number of rows, which
// belongs to the caller, and begins the next batch. It is nil if the column has
// no value.
func (c *textColumn) finish(rows int) arrow.Array {
	if c.text == nil {
		return nil
	}
	c.skipTo(rows)
	c.text.ResizeNoShrink(c.used)
	c.offsets.ResizeNoShrink(arrow.Int32Traits.BytesRequired(rows + 1))
	valid := c.validity()
	data := array.NewData(arrow.BinaryTypes.String, rows, []*memory.Buffer{valid, c.offsets, c.text}, nil, c.nulls, 0)
	defer data.Release()
	if valid != nil {
		valid.Release()
	}
	c.size = c.used + c.used/8 + 1
	c.release()
	return array.NewStringData(data)
}

// validity says which rows have a value; nil means all.
func (c *textColumn) validity() *memory.Buffer {
	if c.nulls == 0 {
		return nil
	}
	valid := newBits(c.mem, c.rows)
	for row := range c.rows {
		if c.ends[row+1] > c.ends[row] {
			bitutil.SetBit(valid.Bytes(), row)
		}
	}
	return valid
}

// newBits returns a buffer of so many bits, which are not set.
func newBits(mem memory.Allocator, n int) *memory.Buffer {
	b := memory.NewResizableBuffer(mem)
	b.Resize((n + 7) / 8)
	clear(b.Bytes())
	return b
}

// release frees the buffers of an unfinished batch.
func (c *textColumn) release() {
	if c.text == nil {
		return
	}
	c.text.Release()
	c.offsets.Release()
	*c = textColumn{mem: c.mem, name: c.name, max: c.max, size: c.size}
}
