package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/chartwatch/chartwatch/internal/fault"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

type migration struct {
	version  int
	name     string
	text     string
	checksum string
}

// migrations returns the numbered files in order. A name that does not start
// with the next number is a mistake of the build.
func migrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	var list []migration
	for i, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		base := strings.TrimPrefix(name, "migrations/")
		number, _, _ := strings.Cut(base, "_")
		version, err := strconv.Atoi(number)
		if err != nil || version != i+1 {
			return nil, fmt.Errorf("migration %s: want number %d", base, i+1)
		}
		// Line endings must not change the checksum.
		normal := strings.ReplaceAll(string(text), "\r\n", "\n")
		sum := sha256.Sum256([]byte(normal))
		list = append(list, migration{version: version, name: base, text: normal, checksum: hex.EncodeToString(sum[:])})
	}
	return list, nil
}

// migrate brings the schema up to date, each step in a transaction of its own.
func migrate(ctx context.Context, conn *sql.Conn) error {
	list, err := migrations(migrationFiles)
	if err != nil {
		return err
	}
	applied, err := appliedMigrations(ctx, conn)
	if err != nil {
		// Most likely there is no such table yet: looking first costs less than
		// creating it if need be, every time.
		if _, cerr := conn.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS schema_migration (
			version INTEGER NOT NULL, name VARCHAR NOT NULL, checksum VARCHAR NOT NULL)`); cerr != nil {
			return openError(cerr)
		}
		if applied, err = appliedMigrations(ctx, conn); err != nil {
			return err
		}
	}
	for version := range applied {
		if version > len(list) {
			return fault.New(fault.Conflict, "the database was written by a newer version of chartwatch", "install that version or a later one")
		}
	}
	for _, m := range list {
		switch sum, done := applied[m.version]; {
		case done && sum != m.checksum:
			return fault.New(fault.Internal, fmt.Sprintf("the database's schema step %s is not the one of this program", m.name),
				"the data directory was made by another build; run `chartwatch rebuild` with this one")
		case !done:
			if err := applyMigration(ctx, conn, m); err != nil {
				return err
			}
		}
	}
	return nil
}

func appliedMigrations(ctx context.Context, conn *sql.Conn) (map[int]string, error) {
	rows, err := conn.QueryContext(ctx, "SELECT version, checksum FROM schema_migration")
	if err != nil {
		return nil, openError(err)
	}
	defer rows.Close()
	applied := map[int]string{}
	for rows.Next() {
		var version int
		var sum string
		if err := rows.Scan(&version, &sum); err != nil {
			return nil, err
		}
		applied[version] = sum
	}
	return applied, rows.Err()
}

func applyMigration(ctx context.Context, conn *sql.Conn, m migration) error {
	for _, text := range []string{"BEGIN TRANSACTION", m.text} {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("schema step %s: %w", m.name, err)
		}
	}
	if _, err := conn.ExecContext(ctx, "INSERT INTO schema_migration VALUES (?, ?, ?)", m.version, m.name, m.checksum); err != nil {
		return fmt.Errorf("recording schema step %s: %w", m.name, err)
	}
	if _, err := conn.ExecContext(ctx, "COMMIT"); err != nil {
		return fmt.Errorf("schema step %s: %w", m.name, err)
	}
	return nil
}
