package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/internal/store"
)

// TestLoadManyRows loads more rows than a chunk and than what DuckDB's threads
// are put aside for.
func TestLoadManyRows(t *testing.T) {
	const rows = 30_001
	db, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Threads: 3, Wait: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	ids, ends, none := make([]int64, rows), make([]int64, rows), make([]bool, rows)
	sites, parts := make([]int32, rows), make([]int32, rows)
	for i := range rows {
		ids[i], ends[i], none[i], sites[i], parts[i] = int64(i), int64(i)<<33, i%7 != 0, 1, int32(i%100)
	}
	columns := []store.Column{
		{Name: "site", Int32s: sites},
		{Name: "event_id", Ints: ids},
		{Name: "part", Int32s: parts},
		{Name: "content_hash", Ints: ids},
		{Name: "ended_us", Ints: ends, Nulls: none},
	}
	err = db.Update(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Load(ctx, "event_extra", columns); err != nil {
			return err
		}
		checkThreads(ctx, t, tx, 3)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var n, wrong int64
	err = db.QueryRow(t.Context(), `SELECT count(*), count(*) FILTER (WHERE part <> event_id % 100
			OR ended_us IS DISTINCT FROM CASE WHEN event_id % 7 = 0 THEN event_id * 8589934592 END) FROM event_extra`).Scan(&n, &wrong)
	if err != nil || n != rows || wrong != 0 {
		t.Errorf("%d rows, %d of them wrong, %v; want %d rows", n, wrong, err, rows)
	}
}

func TestLoadThatFailsGivesTheThreadsBack(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Threads: 3, Wait: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	tooLarge := make([]int64, 20_000)
	for i := range tooLarge {
		tooLarge[i] = 1 << 40
	}
	err = db.Update(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		return tx.Load(ctx, "event_extra", []store.Column{{Name: "site", Ints: tooLarge}})
	})
	if err == nil {
		t.Error("a number that is too large was loaded")
	}
	stop := errors.New("enough seen")
	err = db.Update(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		checkThreads(ctx, t, tx, 3)
		return stop
	})
	if !errors.Is(err, stop) {
		t.Error(err)
	}
}

func checkThreads(ctx context.Context, t *testing.T, tx *store.Tx, want int) {
	t.Helper()
	var n int
	if err := tx.QueryRow(ctx, "SELECT current_setting('threads')").Scan(&n); err != nil || n != want {
		t.Errorf("DuckDB has %d threads, %v; want %d", n, err, want)
	}
}
