// Package store is the only part of chartwatch that speaks to DuckDB. It opens,
// locks, migrates and bulk-loads the database of one data directory. It gives
// no meaning to what it stores: every other package owns its own SQL and hands
// typed results up.
package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/mapping"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// FileName is the database's file name inside the data directory.
const FileName = "chartwatch.duckdb"

// Options say how to open a data directory's database.
type Options struct {
	// Dir is the data directory; it is created with mode 0700 if need be.
	Dir string
	// File is the database's file name; empty means FileName.
	File string
	// Fresh removes what is in that file before.
	Fresh bool
	// MemoryLimit is DuckDB's memory_limit, such as "1GB"; empty means its default.
	MemoryLimit string
	// Threads is the number of DuckDB threads; 0 means one a core.
	Threads int
	// NoSpill keeps everything that is not stored in memory; what does not fit
	// ends in an error.
	NoSpill bool
	// Wait is how long to wait for another process that uses the directory.
	Wait time.Duration
	// Waiting is called once if the wait takes longer than a second, with who
	// holds the directory. It may be nil.
	Waiting func(holder string)
}

// DB is an open database. It holds the data directory's lock until Close.
type DB struct {
	sql   *sql.DB
	lock  *dirLock
	loads *loads
	dir   string
}

// Open locks the data directory and opens its database, creating or migrating
// it as needed.
func Open(ctx context.Context, o Options) (*DB, error) {
	closeNewFiles()
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fault.Wrap(fault.Internal, "cannot create the data directory", "choose another one with --data", err)
	}
	lock, err := lockDir(ctx, o)
	if err != nil {
		return nil, err
	}
	db := &DB{lock: lock, loads: newLoads(o), dir: o.Dir}
	if err := db.open(ctx, o); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (db *DB) open(ctx context.Context, o Options) error {
	spill := filepath.Join(o.Dir, "spill")
	if err := os.RemoveAll(spill); err != nil {
		return fmt.Errorf("removing what an interrupted run left in %s: %w", spill, err)
	}
	if err := os.MkdirAll(spill, 0o700); err != nil {
		return fault.Wrap(fault.Internal, "cannot write to the data directory", "check its permissions, or choose another one with --data", err)
	}
	if o.File == "" {
		o.File = FileName
	}
	if o.Fresh {
		if err := Remove(o.Dir, o.File); err != nil {
			return err
		}
	}
	path := filepath.Join(o.Dir, o.File)
	// DuckDB makes the file with the process's umask; make it first, closed to others.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // a path of the data directory
	if err != nil {
		return fault.Wrap(fault.Internal, "cannot open the database", "check the permissions of the data directory, or choose another one with --data", err)
	}
	info, err := f.Stat()
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("reading the database's size: %w", err)
	}
	if info.Size() == 0 {
		// An empty file is not a database yet to DuckDB.
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("preparing the database file: %w", err)
		}
	}
	connector, err := duckdb.NewConnector(path+"?"+startSettings(o), nil)
	if err != nil {
		return openError(err)
	}
	db.sql = sql.OpenDB(connector)
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("closing the database file to other users: %w", err)
	}
	conn, err := db.sql.Conn(ctx)
	if err != nil {
		return openError(err)
	}
	defer func() { _ = conn.Close() }() // only gives the connection back
	if err := configure(ctx, conn, o, spill); err != nil {
		return err
	}
	if err := migrate(ctx, conn); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "SET lock_configuration=true")
	return err
}

// startSettings are the settings that the database can be opened with. What
// may be set then need not cost a statement.
func startSettings(o Options) string {
	v := url.Values{}
	v.Set("access_mode", "READ_WRITE")
	for _, off := range []string{"allow_community_extensions", "allow_persistent_secrets", "autoinstall_known_extensions", "autoload_known_extensions"} {
		v.Set(off, "false")
	}
	if o.Threads > 0 {
		v.Set("threads", strconv.Itoa(o.Threads))
	}
	return v.Encode()
}

// configure sets what can only be set afterwards, before the configuration is
// locked. A limit of the spill directory that is set earlier is not enforced.
func configure(ctx context.Context, conn *sql.Conn, o Options, spill string) error {
	settings := []string{"SET GLOBAL TimeZone='UTC'"}
	if o.NoSpill {
		settings = append(settings, "SET temp_directory=''")
	} else {
		settings = append(settings, "SET temp_directory="+literal(spill), "SET max_temp_directory_size='20GB'")
	}
	if o.MemoryLimit != "" {
		settings = append(settings, "SET memory_limit="+literal(o.MemoryLimit))
	}
	// Loading changes the number of threads.
	settings = append(settings, "SET allowed_configs=['threads']", "SET enable_external_access=false")
	for _, s := range settings {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return fault.Wrap(fault.Invalid, "the database refuses a setting", "check store.memory_limit and store.threads in the configuration", err)
		}
	}
	return nil
}

// Remove removes a database file of a data directory and its log.
func Remove(dir, file string) error {
	for _, name := range []string{file, file + ".wal"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("removing a database: %w", err)
		}
	}
	return nil
}

// CloseAndReplace closes the database, whose file has this name and must have
// been checkpointed, and puts the file in the place of the data directory's
// database. The directory stays locked until that is done.
func (db *DB) CloseAndReplace(file string) error {
	return errors.Join(db.replace(file), db.lock.release())
}

func (db *DB) replace(file string) error {
	if err := db.sql.Close(); err != nil {
		return fmt.Errorf("closing the database: %w", err)
	}
	if err := os.Remove(filepath.Join(db.dir, FileName+".wal")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing the old database's log: %w", err)
	}
	if err := os.Rename(filepath.Join(db.dir, file), filepath.Join(db.dir, FileName)); err != nil {
		return fmt.Errorf("replacing the database: %w", err)
	}
	return nil
}

// literal quotes a configuration value, which is never data.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func openError(err error) error {
	return fault.Wrap(fault.Internal, "the database cannot be opened",
		"if it is damaged, run `chartwatch rebuild`, which makes it again from the archived files", err)
}

// Close closes the database and gives the directory free.
func (db *DB) Close() error {
	var err error
	if db.sql != nil {
		err = db.sql.Close()
	}
	return errors.Join(err, db.lock.release())
}

// Dir returns the data directory.
func (db *DB) Dir() string { return db.dir }

// Query runs a SELECT. Values are bound; only validated integers may stand in
// the text.
func (db *DB) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return db.sql.QueryContext(ctx, query, args...)
}

// QueryRow runs a SELECT that gives at most one row.
func (db *DB) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return db.sql.QueryRowContext(ctx, query, args...)
}

// Checkpoint writes the log into the database file.
func (db *DB) Checkpoint(ctx context.Context) error {
	if _, err := db.sql.ExecContext(ctx, "CHECKPOINT"); err != nil {
		return fmt.Errorf("writing the database: %w", err)
	}
	return nil
}

// Tx is a write transaction.
type Tx struct {
	conn      *sql.Conn
	loads     *loads
	update    bool // not the one of a session
	oneThread bool // DuckDB has only one thread for the moment
}

// Update runs do in one transaction: everything that do writes is kept, or
// nothing if it returns an error. It is not for concurrent use.
func (db *DB) Update(ctx context.Context, do func(context.Context, *Tx) error) error {
	conn, err := db.sql.Conn(ctx)
	if err != nil {
		return fmt.Errorf("opening a connection: %w", err)
	}
	defer func() { _ = conn.Close() }() // only gives the connection back
	if err := db.loads.register(conn); err != nil {
		return fmt.Errorf("registering the loader: %w", err)
	}
	if _, err := conn.ExecContext(ctx, "BEGIN TRANSACTION"); err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	tx := &Tx{conn: conn, loads: db.loads, update: true}
	err = do(ctx, tx)
	if err == nil {
		if _, err = conn.ExecContext(ctx, "COMMIT"); err == nil {
			return nil
		}
		err = storageError("writing the database", err)
	}
	// The context may be done; the transaction must end all the same.
	if _, rerr := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK"); rerr != nil && !strings.Contains(rerr.Error(), "no transaction is active") {
		// A connection with a dangling transaction must not go back to the pool.
		_ = conn.Raw(func(any) error { return driver.ErrBadConn })
		return err
	}
	return errors.Join(err, tx.restoreThreads(context.WithoutCancel(ctx)))
}

// storageError adds the hint for a full disk.
func storageError(what string, err error) error {
	var d *duckdb.Error
	if errors.As(err, &d) && (d.Type == duckdb.ErrorTypeIO || d.Type == duckdb.ErrorTypeOutOfMemory || d.Type == duckdb.ErrorTypeFatal || d.Type == duckdb.ErrorTypeTransaction) {
		return fault.Wrap(fault.Internal, what+" did not succeed; nothing was changed",
			"check the free space of the data directory's disk, or raise store.memory_limit", err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// Exec runs a statement.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) error {
	if _, err := tx.conn.ExecContext(ctx, query, args...); err != nil {
		return storageError("running a statement", err)
	}
	return nil
}

// ExecCount runs a statement and returns the number of rows it changed.
func (tx *Tx) ExecCount(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := tx.conn.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, storageError("running a statement", err)
	}
	return res.RowsAffected()
}

// Query runs a SELECT inside the transaction.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return tx.conn.QueryContext(ctx, query, args...)
}

// QueryRow runs a SELECT that gives at most one row, inside the transaction.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return tx.conn.QueryRowContext(ctx, query, args...)
}

// EngineVersion returns the version of the DuckDB library.
func EngineVersion() string { return mapping.LibraryVersion() }
