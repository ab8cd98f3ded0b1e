package store_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/store"
)

func TestSessionTablesAreItsOwn(t *testing.T) {
	ctx := t.Context()
	db, err := store.Open(ctx, store.Options{Dir: t.TempDir(), NoSpill: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Update(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.Exec(ctx, "INSERT INTO setting VALUES ('a', '1')")
	}); err != nil {
		t.Fatal(err)
	}
	err = db.Session(ctx, func(ctx context.Context, s *store.Session) error {
		if err := s.Exec(ctx, "CREATE TEMP TABLE setting (name VARCHAR, n BIGINT)"); err != nil {
			return err
		}
		if err := s.Load(ctx, "setting", []store.Column{{Name: "name", Texts: []string{"x", "y"}}, {Name: "n", Ints: []int64{3, 4}}}); err != nil {
			return err
		}
		var own, stored int64
		if err := s.QueryRow(ctx, "SELECT sum(n) FROM setting").Scan(&own); err != nil {
			return err
		}
		if err := s.QueryRow(ctx, "SELECT count(*) FROM "+s.Stored("setting")+" WHERE name = 'a'").Scan(&stored); err != nil {
			return err
		}
		if diff := cmp.Diff([]int64{7, 1}, []int64{own, stored}); diff != "" {
			t.Errorf("sums of the session's and the stored table (-want +got):\n%s", diff)
		}
		if err := s.Exec(ctx, "CREATE TEMP VIEW v AS SELECT t.name, t.n FROM temp.setting t JOIN "+s.Stored("setting")+" m ON m.name = 'a'"); err != nil {
			return err
		}
		if err := s.QueryRow(ctx, "SELECT sum(n) FROM v").Scan(&own); err != nil {
			return err
		}
		if own != 7 {
			t.Errorf("sum over the view = %d, want 7", own)
		}
		for _, write := range []string{
			"DELETE FROM " + s.Stored("setting"), "CREATE TABLE " + s.Stored("other") + " (a INT)", "DROP TABLE " + s.Stored("setting"), "COPY setting TO '/tmp/x'", "ATTACH '/tmp/y.db'", "SET threads=1",
		} {
			if err := s.Exec(ctx, write); err == nil {
				t.Errorf("%s was not refused", write)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Session(ctx, func(ctx context.Context, s *store.Session) error {
		return s.Exec(ctx, "CREATE TEMP VIEW w AS SELECT n FROM setting")
	})
	if err == nil || !strings.Contains(err.Error(), "n") {
		t.Errorf("a new session still finds the old one's table: %v", err)
	}
}

func TestTree(t *testing.T) {
	ctx := t.Context()
	db, err := store.OpenMemory(ctx, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	err = db.Session(ctx, func(ctx context.Context, s *store.Session) error {
		for text, want := range map[string]string{
			"SELECT a FROM b": `"error":false`, "SELECT 1; SELECT 2": `"statements":[{`, "DELETE FROM b": `"error":true`, "SELECT $x AS y FROM b QUALIFY 1": `"error":false`,
		} {
			tree, err := s.Tree(ctx, text)
			if err != nil {
				return err
			}
			if !strings.Contains(string(tree), want) {
				t.Errorf("tree of %s is %s, want %s in it", text, tree, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
