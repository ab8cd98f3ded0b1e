package mysqldump

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"iter"
)

// Tables says for the name of a table, in lower case and without the database,
// whether its rows are read, and which columns it has if the dump does not say;
// nil if that is not known.
type Tables func(name string) (columns []string, read bool)

// Statement is a statement that concerns a table which is read.
type Statement struct {
	// Table is the table's name, in lower case and without the database.
	Table string
	// Database is the database that the dump named last, in lower case: in
	// front of this table, or in a USE statement. It is empty if there is none.
	Database string
	// Columns are the names of the table's columns in lower case. An INSERT has
	// those it lists, or else those of the table's CREATE TABLE above it, or
	// else those of [Tables], or else none. A definition has none unless it is
	// a CREATE TABLE.
	Columns []string
	// Insert says that rows follow; otherwise it is a CREATE or ALTER TABLE.
	Insert bool
	// NextID is the AUTO_INCREMENT of a definition: the first id that the
	// table had not given when it was dumped, or 0.
	NextID int64
}

// maxOthers bounds how many names of other tables are remembered.
const maxOthers = 10_000

// Reader walks a dump once. It is not safe for concurrent use.
type Reader struct {
	scan    *scanner
	tables  Tables
	defined map[string][]string // columns of tables that are read
	others  map[string]bool

	database  string // of the last USE
	place     place
	width     int // the number of columns of the INSERT, or 0
	row       Row
	truncated bool
}

// place says where in an INSERT the reader stands.
type place uint8

const (
	outside   place = iota
	beforeRow       // a row comes next
	behindRow       // a separator or the end comes next
)

// NewReader returns a reader of the dump in r. Without tables it reads all.
func NewReader(r io.Reader, tables Tables) *Reader {
	if tables == nil {
		tables = func(string) ([]string, bool) { return nil, true }
	}
	return &Reader{scan: newScanner(r), tables: tables, defined: map[string][]string{}, others: map[string]bool{}}
}

// Next returns the next statement that defines or fills a table which is read.
// Rows of the statement before that were not read are passed over. It returns
// false at the end of the dump, or if reading fails (see [Reader.Err]).
func (r *Reader) Next() (Statement, bool) {
	for {
		if r.place != outside {
			r.place = outside
			r.cut(!r.scan.skipStatement())
		}
		st, ok := r.scan.statement()
		if !ok || r.scan.failure() != nil {
			return Statement{}, false
		}
		r.cut(st.cut)
		r.database = cmp.Or(st.use, r.database)
		st.Database = cmp.Or(st.Database, r.database)
		if st.Insert {
			r.place = beforeRow
		}
		if st.Table != "" && r.wanted(&st.Statement) {
			return st.Statement, true
		}
	}
}

// wanted reports whether a statement is for the caller and completes it.
func (r *Reader) wanted(st *Statement) bool {
	usual, read := r.tables(st.Table)
	switch {
	case !read:
		if len(r.others) < maxOthers {
			r.others[st.Table] = true
		}
		return false
	case !st.Insert:
		if st.Columns != nil && (len(r.defined) < maxOthers || r.defined[st.Table] != nil) {
			r.defined[st.Table] = st.Columns
		}
		return true
	}
	if st.Columns == nil {
		st.Columns = r.defined[st.Table]
	}
	if st.Columns == nil {
		st.Columns = usual
	}
	r.width = len(st.Columns)
	return true
}

// Rows returns the rows of the INSERT that [Reader.Next] returned last; a
// definition has none. A row is valid until the next one is read.
func (r *Reader) Rows() iter.Seq[*Row] {
	return func(yield func(*Row) bool) {
		for r.nextRow() && yield(&r.row) {
		}
	}
}

// nextRow reads a row. It returns false behind the last one.
func (r *Reader) nextRow() bool {
	if r.place == outside || r.place == behindRow && !r.between() {
		r.place = outside
		return false
	}
	r.place = behindRow
	if !r.scan.space() {
		r.place = outside
		r.cut(true)
		return false
	}
	if r.scan.buf[r.scan.pos] == '(' {
		r.scan.tuple(&r.row)
	} else {
		r.row.Line, r.row.values = r.scan.line, r.row.values[:0]
		r.scan.resume(&r.row)
	}
	if r.scan.failure() != nil {
		r.place = outside
		return false
	}
	r.row.finish(r.width)
	r.cut(r.row.isTruncated())
	return true
}

// between reads what stands between two rows. It returns false behind the last.
func (r *Reader) between() bool {
	s := r.scan
	switch {
	case s.take(','):
		return true
	case s.take(';'):
		return false
	case s.pos == s.end: // the end of the input
		r.cut(true)
		return false
	case s.has("ON") || s.has("on") || s.has("AS") || s.has("as"):
		r.cut(!s.skipStatement())
		return false
	}
	return true // the next row is given up together with what stands here
}

func (r *Reader) cut(here bool) { r.truncated = r.truncated || here }

// Line returns the 1-based line on which the reader stands.
func (r *Reader) Line() int64 { return r.scan.line }

// Selected reports whether the dump says that it has only some rows of a table,
// because it was made with a condition. It is for the end of the dump.
func (r *Reader) Selected() bool { return r.scan.some }

// Truncated reports whether the dump ended in the middle of a statement. It is
// for the end of the dump.
func (r *Reader) Truncated() bool { return r.truncated }

// Others returns how many tables were passed over so far, each counted once.
func (r *Reader) Others() int { return len(r.others) }

// Err returns the error of the input, with its line, or nil. It must be asked
// when Next or Rows have come to an end.
func (r *Reader) Err() error {
	if err := r.scan.failure(); err != nil {
		return fmt.Errorf("reading the dump at line %d: %w", r.scan.line, err)
	}
	return nil
}

// Is reports whether a file that begins with head is SQL text. Which tables are
// in it is for a Reader to say.
func Is(head []byte) bool {
	head = bytes.TrimLeft(head[:min(len(head), 4096)], " \t\r\n")
	if bytes.HasPrefix(head, []byte("--")) || bytes.HasPrefix(head, []byte("/*")) || bytes.HasPrefix(head, []byte("#")) {
		return true
	}
	n := 0
	for n < len(head) && isWord(head[n]) {
		n++
	}
	if n == len(head) || !isSpace(head[n]) {
		return false
	}
	switch string(bytes.ToUpper(head[:n])) {
	case "CREATE", "INSERT", "REPLACE", "DROP", "SET", "LOCK", "USE", "START", "BEGIN", "ALTER", "DELIMITER":
		return true
	}
	return false
}
