package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/store"
)

func exec(t *testing.T, db *store.DB, statement string) error {
	t.Helper()
	return db.Update(t.Context(), func(ctx context.Context, tx *store.Tx) error { return tx.Exec(ctx, statement) })
}

func TestMigrationsAreRecorded(t *testing.T) {
	db := open(t, t.TempDir())
	var version int
	var name, sum string
	if err := db.QueryRow(t.Context(), "SELECT version, name, checksum FROM schema_migration WHERE version = 1").Scan(&version, &name, &sum); err != nil {
		t.Fatal(err)
	}
	if version != 1 || name != "0001_star_schema.sql" || len(sum) != 64 {
		t.Errorf("recorded: %d %s %s", version, name, sum)
	}
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.QueryRow(t.Context(), "SELECT count(*) FROM schema_migration").Scan(&n); err != nil || n != len(files) {
		t.Errorf("%d steps are recorded (%v), want %d", n, err, len(files))
	}
}

// A database of another build, newer or changed, is refused and left alone.
func TestMigrationsOfAnotherBuild(t *testing.T) {
	for _, test := range []struct{ name, change, want, hint string }{
		{"newer", "INSERT INTO schema_migration VALUES (99, '0099_later.sql', 'abc')", "the database was written by a newer version of chartwatch", "install that version"},
		{"changed", "UPDATE schema_migration SET checksum = 'abc'", "schema step 0001_star_schema.sql is not the one of this program", "chartwatch rebuild"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			db := open(t, dir)
			if err := exec(t, db, test.change); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				_, err := store.Open(t.Context(), store.Options{Dir: dir, Wait: time.Second})
				if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(fault.HintOf(err), test.hint) {
					t.Errorf("got %v, hint %q", err, fault.HintOf(err))
				}
			}
		})
	}
}

// What is sent to the database cannot reach files, the network or settings.
func TestLockedDown(t *testing.T) {
	dir := t.TempDir()
	db := open(t, filepath.Join(dir, "data"))
	secret := filepath.Join(dir, "secret.csv")
	if err := os.WriteFile(secret, []byte("a,b\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"CREATE TABLE stolen AS SELECT a FROM read_csv('" + secret + "')",
		"CREATE TABLE stolen AS SELECT a FROM '" + secret + "'",
		"CREATE TABLE stolen AS SELECT content FROM read_text('" + secret + "')",
		"COPY setting TO '" + filepath.Join(dir, "out.csv") + "'",
		"COPY setting FROM '" + secret + "'",
		"ATTACH '" + filepath.Join(dir, "other.duckdb") + "' AS other",
		"EXPORT DATABASE '" + filepath.Join(dir, "export") + "'",
		"INSTALL httpfs", "LOAD httpfs", "INSTALL 'x.duckdb_extension'",
		"SET memory_limit='10GB'", "SET enable_external_access=true", "SET lock_configuration=false", "SET GLOBAL TimeZone='Europe/Vienna'",
		"RESET memory_limit", "SET temp_directory='" + dir + "'", "SET profiling_output='" + filepath.Join(dir, "profile.json") + "'",
	} {
		if err := exec(t, db, statement); err == nil {
			t.Errorf("allowed: %s", strings.ReplaceAll(statement, dir, "DIR"))
		}
	}
	names, err := os.ReadDir(dir)
	if err != nil || len(names) != 2 {
		t.Errorf("%d files, %v", len(names), err)
	}
	// It works on as before.
	if err := exec(t, db, "INSERT INTO setting VALUES ('a', 'b')"); err != nil {
		t.Error(err)
	}
}

func TestTimeZone(t *testing.T) {
	t.Setenv("TZ", "Asia/Kathmandu")
	db := open(t, t.TempDir())
	var zone string
	if err := db.QueryRow(t.Context(), "SELECT current_setting('TimeZone')").Scan(&zone); err != nil || zone != "UTC" {
		t.Errorf("the zone is %q (%v), want UTC", zone, err)
	}
}

// An error, a panic of the disk or a cancelled context: nothing of it is kept,
// and the next transaction works.
func TestUpdateIsAllOrNothing(t *testing.T) {
	db := open(t, t.TempDir())
	wrong := errors.New("wrong")
	err := db.Update(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Exec(ctx, "INSERT INTO setting VALUES ('a', 'b')"); err != nil {
			return err
		}
		return wrong
	})
	if !errors.Is(err, wrong) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = db.Update(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Exec(ctx, "INSERT INTO setting VALUES ('a', 'b')"); err != nil {
			return err
		}
		cancel()
		return ctx.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := exec(t, db, "INSERT INTO nosuch VALUES (1)"); err == nil {
		t.Error("a statement that cannot work worked")
	}
	if err := exec(t, db, "INSERT INTO setting VALUES ('c', 'd')"); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.QueryRow(t.Context(), "SELECT count(*) FROM setting").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d rows (%v), want 1", n, err)
	}
}

func TestLoadTypesAndNulls(t *testing.T) {
	db := open(t, t.TempDir())
	load := func(columns ...store.Column) error {
		return db.Update(t.Context(), func(ctx context.Context, tx *store.Tx) error { return tx.Load(ctx, "dim_user", columns) })
	}
	const rows = 5000 // more than a chunk
	codes, sites, names, types := make([]int32, rows), make([]int32, rows), make([][]byte, rows), make([]string, rows)
	for i := range rows {
		codes[i], sites[i] = int32(i), 1
		if i%2 == 0 {
			names[i], types[i] = []byte{0, byte(i), 0xff}, "staff"
		}
	}
	err := load(store.Column{Name: "code", Int32s: codes}, store.Column{Name: "site", Int32s: sites}, store.Column{Name: "id_hash", Ints: make([]int64, rows)},
		store.Column{Name: "user_name", Blobs: names}, store.Column{Name: "user_type", Texts: types})
	if err != nil {
		t.Fatal(err)
	}
	var n, named, typed, sum int64
	if err := db.QueryRow(t.Context(), "SELECT count(*), count(user_name), count(user_type), sum(code)::BIGINT FROM dim_user").Scan(&n, &named, &typed, &sum); err != nil {
		t.Fatal(err)
	}
	if n != rows || named != rows/2 || typed != rows/2 || sum != rows*(rows-1)/2 {
		t.Errorf("%d rows, %d names, %d types, sum %d", n, named, typed, sum)
	}
	var name []byte
	if err := db.QueryRow(t.Context(), "SELECT user_name FROM dim_user WHERE code = 4098").Scan(&name); err != nil || string(name) != "\x00\x02\xff" {
		t.Errorf("name %q, %v", name, err)
	}
	// Columns of unequal length are a mistake, and nothing of them is kept.
	if err := load(store.Column{Name: "code", Int32s: codes[:3]}, store.Column{Name: "site", Int32s: sites[:2]}); err == nil || !strings.Contains(err.Error(), "column site has 2 rows, want 3") {
		t.Errorf("unequal columns: %v", err)
	}
}

// Files that only the owner may read, whatever the process's usual permissions.
func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "data")
	db := open(t, dir)
	if err := exec(t, db, "INSERT INTO setting VALUES ('a', 'b')"); err != nil {
		t.Fatal(err)
	}
	wantModes(t, dir)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	wantModes(t, dir)
}

func TestBusyDirectory(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	_, err := store.Open(t.Context(), store.Options{Dir: dir, Wait: 100 * time.Millisecond})
	if err == nil || fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "in use by process ") || fault.HintOf(err) == "" {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := store.Open(ctx, store.Options{Dir: dir, Wait: time.Minute}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("interrupted while waiting: %v", err)
	}
	done := make(chan error, 1)
	go func() {
		next, err := store.Open(t.Context(), store.Options{Dir: dir, Wait: 10 * time.Second})
		if err == nil {
			err = next.Close()
		}
		done <- err
	}()
	time.Sleep(100 * time.Millisecond)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("after the directory was free: %v", err)
	}
}
