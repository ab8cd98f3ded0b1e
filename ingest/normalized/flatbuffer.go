package normalized

import (
	"encoding/binary"
	"errors"
)

// errNested refuses columns that no row of chartwatch has.
var errNested = errors.New("the file has a nested or dictionary-encoded column; write such columns as plain values")

// Fields of the tables of Arrow's metadata (Message.fbs, Schema.fbs).
const (
	messageHeaderType, messageHeader, messageBody, messageMeta   = 1, 2, 3, 4
	schemaFields, schemaMeta, schemaFeatures                     = 1, 2, 3
	fieldName, fieldTypeKind, fieldType                          = 0, 2, 3
	fieldDictionary, fieldChildren, fieldMeta                    = 4, 5, 6
	batchNodes, batchBuffers, batchCompression, batchVariadicCol = 1, 2, 3, 4

	headerSchema, headerBatch = 1, 3
	typeUnion                 = 14

	maxColumns = 1000
)

// flatbuffer walks a FlatBuffers message. Every position is checked; after the
// first that lies outside, err is set and every result is zero.
type flatbuffer struct {
	data []byte
	err  error
}

// checkMessage looks at the metadata of one message and returns the length of
// its body. Every count in it is bounded afterwards.
func checkMessage(metadata []byte) (int64, error) {
	f := &flatbuffer{data: metadata}
	message := f.root()
	body := f.int64(message, messageBody)
	header := f.table(message, messageHeader)
	f.vector(message, messageMeta, 4)
	switch f.byte(message, messageHeaderType) {
	case headerSchema:
		f.checkSchema(header)
	case headerBatch:
		f.checkBatch(header)
	default:
		return 0, errNested // a dictionary, or something that is no table
	}
	switch {
	case f.err != nil:
		return 0, f.err
	case body < 0 || body > maxBody:
		return 0, errDamaged
	}
	return body, nil
}

func (f *flatbuffer) checkSchema(schema int) {
	f.vector(schema, schemaMeta, 4)
	f.vector(schema, schemaFeatures, 8)
	start, n := f.vector(schema, schemaFields, 4)
	if n > maxColumns {
		f.fail(errDamaged)
	}
	for i := range n {
		if f.err != nil {
			return
		}
		field := f.follow(start + 4*i)
		f.vector(field, fieldName, 1)
		f.vector(field, fieldMeta, 4)
		f.table(field, fieldType)
		_, children := f.vector(field, fieldChildren, 4)
		if children > 0 || f.at(field, fieldDictionary) != 0 || f.byte(field, fieldTypeKind) == typeUnion {
			f.fail(errNested)
		}
	}
}

func (f *flatbuffer) checkBatch(batch int) {
	const entry = 16 // a node and a buffer are two numbers of eight bytes
	f.vector(batch, batchNodes, entry)
	_, buffers := f.vector(batch, batchBuffers, entry)
	start, n := f.vector(batch, batchVariadicCol, 8)
	for i := range n {
		if count := f.number(start + 8*i); count < 0 || count > int64(buffers) {
			f.fail(errDamaged)
		}
	}
	if f.at(batch, batchCompression) != 0 {
		f.table(batch, batchCompression)
	}
}

func (f *flatbuffer) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

// inside reports whether n bytes at i lie in the message.
func (f *flatbuffer) inside(i, n int) bool {
	if f.err == nil && (i < 0 || n < 0 || i > len(f.data)-n) {
		f.fail(errDamaged)
	}
	return f.err == nil
}

func (f *flatbuffer) uint32(i int) int {
	if !f.inside(i, 4) {
		return 0
	}
	return int(binary.LittleEndian.Uint32(f.data[i:]))
}

func (f *flatbuffer) number(i int) int64 {
	if !f.inside(i, 8) {
		return 0
	}
	return int64(binary.LittleEndian.Uint64(f.data[i:])) //nolint:gosec // the sign is checked where it matters
}

// follow returns the position to which the offset at i points.
func (f *flatbuffer) follow(i int) int { return i + f.uint32(i) }

func (f *flatbuffer) root() int { return f.follow(0) }

// at returns the position of a field of a table, or 0 if it is absent.
func (f *flatbuffer) at(table, field int) int {
	if !f.inside(table, 4) {
		return 0
	}
	back := int(int32(binary.LittleEndian.Uint32(f.data[table:]))) //nolint:gosec // the format stores a signed offset
	vtable := table - back
	if !f.inside(vtable, 4) {
		return 0
	}
	entry := 4 + 2*field
	size := int(binary.LittleEndian.Uint16(f.data[vtable:]))
	if entry+2 > size || !f.inside(vtable, size) {
		return 0
	}
	offset := int(binary.LittleEndian.Uint16(f.data[vtable+entry:]))
	if offset == 0 || !f.inside(table, offset+1) {
		return 0
	}
	return table + offset
}

// table returns the position of a table that a field points to.
func (f *flatbuffer) table(table, field int) int {
	at := f.at(table, field)
	if at == 0 {
		f.fail(errDamaged)
		return 0
	}
	to := f.follow(at)
	f.inside(to, 4)
	return to
}

// vector returns the first element and the number of elements of a vector of
// which an element has size bytes. An absent vector is empty.
func (f *flatbuffer) vector(table, field, size int) (start, n int) {
	at := f.at(table, field)
	if at == 0 {
		return 0, 0
	}
	to := f.follow(at)
	n = f.uint32(to)
	if n > len(f.data) || !f.inside(to+4, n*size) {
		f.fail(errDamaged)
		return 0, 0
	}
	return to + 4, n
}

func (f *flatbuffer) byte(table, field int) byte {
	at := f.at(table, field)
	if at == 0 || !f.inside(at, 1) {
		return 0
	}
	return f.data[at]
}

func (f *flatbuffer) int64(table, field int) int64 {
	at := f.at(table, field)
	if at == 0 {
		return 0
	}
	return f.number(at)
}
