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
	return tx.alone(ctx, rows, func() error {
		if _, err := tx.conn.ExecContext(ctx, query); err != nil {
			return storageError("loading rows into "+table, err)
		}
		return nil
	})
}

// alone runs do, which loads so many rows, on this thread of DuckDB's only.
// Loading is one task. If a second thread takes it, this one asks without a
// pause whether it has finished, and takes the processor from the parser.
func (tx *Tx) alone(ctx context.Context, rows int, do func() error) error {
	const worthwhile = 10_000 // ending and starting threads costs a millisecond
	if rows < worthwhile || !tx.update {
		return do()
	}
	if _, err := tx.conn.ExecContext(ctx, "SET threads=1"); err != nil {
		return storageError("taking one thread", err)
	}
	tx.oneThread = true
	if err := do(); err != nil {
		return err // Update restores the threads: no statement runs before the rollback
	}
	return tx.restoreThreads(ctx)
}

func (tx *Tx) restoreThreads(ctx context.Context) error {
	if !tx.oneThread {
		return nil
	}
	statement := "RESET threads"
	if tx.loads.threads > 0 {
		statement = "SET threads=" + strconv.Itoa(tx.loads.threads)
	}
	if _, err := tx.conn.ExecContext(ctx, statement); err != nil {
		return storageError("giving back the threads", err)
	}
	tx.oneThread = false
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
	threads    int // as in Options
}

func newLoads(o Options) *loads {
	return &loads{sources: map[int64]*chunkSource{}, threads: o.Threads}
}

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
