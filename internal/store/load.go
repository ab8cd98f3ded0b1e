package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/duckdb/duckdb-go/v2"
)

// Column is one column of rows to load. Exactly one of the slices is set; it
// has one value a row.
type Column struct {
	Name string
	// Ints are for SMALLINT, INTEGER, BIGINT and, as 0 and 1, BOOLEAN columns.
	Ints []int64
	// Int32s are for INTEGER and SMALLINT columns.
	Int32s []int32
	// Texts are for VARCHAR columns; an empty text is a null.
	Texts []string
	// Blobs are for BLOB columns; nil is a null.
	Blobs [][]byte
	// Nulls marks the rows whose value is null; nil if none is.
	Nulls []bool
}

func (c *Column) rows() int {
	return max(len(c.Ints), len(c.Int32s), len(c.Texts), len(c.Blobs))
}

// Constant is a column that has the same value in all rows to load.
type Constant struct {
	Name  string
	Value int64
}

// Load appends rows to a table, column by column and without SQL values. The
// names must be columns of the table; what is not named is null. It returns
// once the rows are in the transaction.
func (tx *Tx) Load(ctx context.Context, table string, columns []Column, constants ...Constant) error {
	if len(columns) == 0 || columns[0].rows() == 0 {
		return nil
	}
	rows := columns[0].rows()
	var names []string
	for i := range columns {
		if n := columns[i].rows(); n != rows {
			return fmt.Errorf("loading %s: column %s has %d rows, want %d", table, columns[i].Name, n, rows)
		}
		names = append(names, columns[i].Name)
	}
	id := tx.loads.add(&chunkSource{columns: columns, rows: rows})
	defer tx.loads.remove(id)
	values := slices.Clone(names)
	for _, c := range constants {
		names, values = append(names, c.Name), append(values, strconv.FormatInt(c.Value, 10))
	}
	into, from := strings.Join(names, ", "), strings.Join(values, ", ")
	query := fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s(%d)", table, into, from, loadFunction, id) //nolint:gosec // names of the caller's source code and a number
	if _, err := tx.conn.ExecContext(ctx, query); err != nil {
		return storageError("loading rows into "+table, err)
	}
	return nil
}

// loadFunction is the name of the table function that reads a chunkSource.
const loadFunction = "chartwatch_load"

// loads hands column slices to the table function by number, because SQL text
// can carry a number but no Go value.
type loads struct {
	mu         sync.Mutex
	next       int64
	sources    map[int64]*chunkSource
	registered bool
}

func newLoads() *loads { return &loads{sources: map[int64]*chunkSource{}} }

func (l *loads) add(s *chunkSource) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	l.sources[l.next] = s
	return l.next
}

func (l *loads) remove(id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.sources, id)
}

func (l *loads) get(id int64) (*chunkSource, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok := l.sources[id]
	if !ok {
		return nil, fmt.Errorf("no rows to load under number %d", id)
	}
	return s, nil
}

// register makes the table function known, once for all connections.
func (l *loads) register(conn *sql.Conn) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.registered {
		return nil
	}
	number, err := duckdb.NewTypeInfo(duckdb.TYPE_BIGINT)
	if err != nil {
		return err
	}
	err = duckdb.RegisterTableUDF(conn, loadFunction, duckdb.ChunkTableFunction{
		Config: duckdb.TableFunctionConfig{Arguments: []duckdb.TypeInfo{number}},
		BindArguments: func(_ map[string]any, args ...any) (duckdb.ChunkTableSource, error) {
			id, ok := args[0].(int64)
			if !ok {
				return nil, fmt.Errorf("%s wants a number", loadFunction)
			}
			return l.get(id)
		},
	})
	l.registered = err == nil
	return err
}

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
