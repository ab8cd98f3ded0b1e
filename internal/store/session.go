package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// Session is one connection with temporary tables and views of its own. They are
// in memory, found before the stored tables of the same name, and gone when
// the session ends. A session cannot change what is stored. It is not for
// concurrent use.
type Session struct {
	conn    *sql.Conn
	loads   *loads
	catalog string
}

// Session runs do with a session. A database that clear text is put into must
// have been opened with NoSpill.
func (db *DB) Session(ctx context.Context, do func(context.Context, *Session) error) error {
	conn, err := db.sql.Conn(ctx)
	if err != nil {
		return fmt.Errorf("opening a connection: %w", err)
	}
	// The connection must not go back to the pool: its tables would be found there.
	defer func() { _ = conn.Raw(func(any) error { return driver.ErrBadConn }) }()
	if err := db.loads.register(conn); err != nil {
		return fmt.Errorf("registering the loader: %w", err)
	}
	if _, err := conn.ExecContext(ctx, "BEGIN TRANSACTION READ ONLY"); err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	s := &Session{conn: conn, loads: db.loads}
	if err := conn.QueryRowContext(ctx, "SELECT current_database()").Scan(&s.catalog); err != nil {
		return fmt.Errorf("reading the database's name: %w", err)
	}
	err = do(ctx, s)
	_, rollback := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	if err != nil {
		return err
	}
	return rollback
}

// Keep makes what the session has created so far outlast [Session.Recover].
func (s *Session) Keep(ctx context.Context) error { return s.again(ctx, "COMMIT") }

// Recover makes the session usable after a statement that failed or was
// interrupted: the database refuses everything until then. What was created since
// the last [Session.Keep] is gone.
func (s *Session) Recover(ctx context.Context) error { return s.again(ctx, "ROLLBACK") }

func (s *Session) again(ctx context.Context, end string) error {
	for _, statement := range []string{end, "BEGIN TRANSACTION READ ONLY"} {
		if _, err := s.conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("beginning a new transaction: %w", err)
		}
	}
	return nil
}

// Stored returns the full name of a stored table, which a temporary table of the
// same name does not hide.
func (s *Session) Stored(table string) string { return s.catalog + ".main." + table }

// Exec runs a statement about temporary tables.
func (s *Session) Exec(ctx context.Context, query string, args ...any) error {
	if _, err := s.conn.ExecContext(ctx, query, args...); err != nil {
		return storageError("running a statement", err)
	}
	return nil
}

// Query runs a SELECT.
func (s *Session) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return s.conn.QueryContext(ctx, query, args...)
}

// QueryRow runs a SELECT that gives at most one row.
func (s *Session) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return s.conn.QueryRowContext(ctx, query, args...)
}

// Load appends rows to a temporary table, like [Tx.Load].
func (s *Session) Load(ctx context.Context, table string, columns []Column, constants ...Constant) error {
	return (&Tx{conn: s.conn, loads: s.loads}).Load(ctx, "temp."+table, columns, constants...)
}

// Tree returns the syntax tree of a text as DuckDB's json_serialize_sql gives it.
// The tree of anything but SELECT statements says so in its key "error".
func (s *Session) Tree(ctx context.Context, text string) ([]byte, error) {
	var tree string
	err := s.conn.QueryRowContext(ctx, "SELECT CAST(json_serialize_sql(CAST(? AS VARCHAR)) AS VARCHAR)", text).Scan(&tree)
	if err != nil {
		return nil, fmt.Errorf("reading the syntax tree: %w", err)
	}
	return []byte(tree), nil
}

// OpenMemory opens a database that lives in memory only and can reach nothing
// else. It has no tables.
func OpenMemory(ctx context.Context, o Options) (*DB, error) {
	connector, err := duckdb.NewConnector("?"+startSettings(o), nil)
	if err != nil {
		return nil, openError(err)
	}
	db := &DB{sql: sql.OpenDB(connector), loads: newLoads(o), lock: &dirLock{}}
	// A pool would give every connection a database of its own.
	db.sql.SetMaxOpenConns(1)
	if err := db.closeToTheWorld(ctx, o); err != nil {
		return nil, errors.Join(err, db.sql.Close())
	}
	return db, nil
}

func (db *DB) closeToTheWorld(ctx context.Context, o Options) error {
	conn, err := db.sql.Conn(ctx)
	if err != nil {
		return openError(err)
	}
	defer func() { _ = conn.Close() }() // only gives the connection back
	o.NoSpill = true
	if err := configure(ctx, conn, o, ""); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "SET lock_configuration=true"); err != nil {
		return fault.Wrap(fault.Internal, "the database refuses a setting", "this is a mistake of chartwatch", err)
	}
	return nil
}
