package store_test

import (
	"context"
	"testing"

	"github.com/chartwatch/chartwatch/internal/store"
)

// TestSessionRecovers goes on after a statement that failed, with what was kept.
func TestSessionRecovers(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), NoSpill: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	err = db.Session(t.Context(), func(ctx context.Context, s *store.Session) error {
		count := func(table string) (n int) {
			if err := s.QueryRow(ctx, "SELECT count(*) FROM "+table).Scan(&n); err != nil {
				return -1
			}
			return n
		}
		if err := s.Exec(ctx, "CREATE TEMP TABLE kept AS SELECT 1 AS one"); err != nil {
			return err
		}
		if err := s.Keep(ctx); err != nil {
			return err
		}
		if err := s.Exec(ctx, "CREATE TEMP TABLE lost AS SELECT 1 AS one"); err != nil {
			return err
		}
		if err := s.Exec(ctx, "CREATE TEMP TABLE bad AS SELECT CAST(x AS BIGINT) AS n FROM (SELECT 'no number' AS x)"); err == nil {
			t.Error("a text became a number")
		}
		if n := count("kept"); n != -1 {
			t.Errorf("after the failure a query gives %d: Recover is not needed any more", n)
		}
		if err := s.Recover(ctx); err != nil {
			return err
		}
		if kept, lost := count("kept"), count("lost"); kept != 1 || lost != -1 {
			t.Errorf("after recovering: %d rows kept, %d rows made since", kept, lost)
		}
		return s.Recover(ctx) // the query for the lost table failed
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSessionStaysReadOnly also after it has recovered.
func TestSessionStaysReadOnly(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), NoSpill: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	err = db.Session(t.Context(), func(ctx context.Context, s *store.Session) error {
		for name, again := range map[string]func(context.Context) error{"keeping": s.Keep, "recovering": s.Recover} {
			if err := again(ctx); err != nil {
				return err
			}
			if err := s.Exec(ctx, "INSERT INTO "+s.Stored("setting")+" VALUES ('a', 'b')"); err == nil {
				t.Errorf("after %s a session can write", name)
			}
			if err := s.Recover(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
