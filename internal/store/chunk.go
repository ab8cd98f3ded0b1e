package store

import (
	"reflect"
	"unsafe"

	"github.com/duckdb/duckdb-go/v2"
)

// chunkSource feeds column slices to DuckDB, a chunk at a time.
type chunkSource struct {
	columns []Column
	rows    int
	done    int
}

// Cardinality implements duckdb.ChunkTableSource.
func (s *chunkSource) Cardinality() *duckdb.CardinalityInfo {
	return &duckdb.CardinalityInfo{Cardinality: uint(s.rows), Exact: true}
}

// Init implements duckdb.ChunkTableSource.
func (s *chunkSource) Init() { s.done = 0 }

// ColumnInfos implements duckdb.ChunkTableSource.
func (s *chunkSource) ColumnInfos() []duckdb.ColumnInfo {
	infos := make([]duckdb.ColumnInfo, len(s.columns))
	for i := range s.columns {
		c := &s.columns[i]
		t := duckdb.TYPE_BIGINT
		switch {
		case c.Int32s != nil:
			t = duckdb.TYPE_INTEGER
		case c.Texts != nil:
			t = duckdb.TYPE_VARCHAR
		case c.Blobs != nil:
			t = duckdb.TYPE_BLOB
		}
		info, err := duckdb.NewTypeInfo(t)
		if err == nil { // the four types above are primitive and always valid
			infos[i] = duckdb.ColumnInfo{Name: c.Name, T: info}
		}
	}
	return infos
}

// FillChunk implements duckdb.ChunkTableSource.
func (s *chunkSource) FillChunk(chunk duckdb.DataChunk) error {
	n := min(s.rows-s.done, duckdb.GetDataChunkCapacity())
	from := s.done
	s.done += n
	for i := range s.columns {
		if err := s.columns[i].fill(chunk, i, from, n); err != nil {
			return err
		}
	}
	return chunk.SetSize(n)
}

func (c *Column) fill(chunk duckdb.DataChunk, col, from, n int) error {
	var err error
	switch {
	case c.Ints != nil:
		err = fillValues(chunk, col, c.Ints[from:from+n])
	case c.Int32s != nil:
		err = fillValues(chunk, col, c.Int32s[from:from+n])
	case c.Texts != nil:
		err = c.fillTexts(chunk, col, from, n)
	case c.Blobs != nil:
		err = c.fillBlobs(chunk, col, from, n)
	}
	if err != nil || c.Nulls == nil {
		return err
	}
	for row, isNull := range c.Nulls[from : from+n] {
		if isNull {
			if err := chunk.SetValue(col, row, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func fillValues[T int64 | int32](chunk duckdb.DataChunk, col int, values []T) error {
	if first := valuesOf(chunk, col); first != nil {
		copy(unsafe.Slice((*T)(first), len(values)), values) //nolint:gosec // a chunk has room for more rows than it is filled with
		return nil
	}
	for row, v := range values {
		if err := duckdb.SetChunkValue(chunk, col, row, v); err != nil {
			return err
		}
	}
	return nil
}

func (c *Column) fillTexts(chunk duckdb.DataChunk, col, from, n int) error {
	for row, v := range c.Texts[from : from+n] {
		var err error
		if v == "" {
			err = chunk.SetValue(col, row, nil)
		} else {
			err = duckdb.SetChunkValue(chunk, col, row, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Column) fillBlobs(chunk duckdb.DataChunk, col, from, n int) error {
	for row, v := range c.Blobs[from : from+n] {
		var err error
		if v == nil {
			err = chunk.SetValue(col, row, nil)
		} else {
			err = duckdb.SetChunkValue(chunk, col, row, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// valuesOf returns where the numbers of a chunk's column begin, or nil. The
// driver has only calls for single values, and they would take a twentieth of
// the time of an import; so this reads the driver's own pointer. In a version of
// the driver that keeps it elsewhere the answer is nil.
func valuesOf(chunk duckdb.DataChunk, col int) unsafe.Pointer {
	public, err := chunk.GetVector(col)
	if err != nil {
		return nil // a column that the query does not ask for
	}
	vector := reflect.ValueOf(public).FieldByName("v")
	if vector.Kind() != reflect.Pointer || vector.IsNil() || vector.Elem().Kind() != reflect.Struct {
		return nil
	}
	values := vector.Elem().FieldByName("dataPtr")
	if values.Kind() != reflect.UnsafePointer {
		return nil
	}
	return values.UnsafePointer()
}
