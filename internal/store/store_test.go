package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/internal/store"
)

func open(tb testing.TB, dir string) *store.DB {
	tb.Helper()
	db, err := store.Open(tb.Context(), store.Options{Dir: dir, Wait: time.Second})
	if err != nil {
		tb.Fatalf("opening the store: %v", err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

// BenchmarkLoad measures the bulk loader on rows of the event table's shape.
func BenchmarkLoad(b *testing.B) {
	const rows = 245760
	ids := make([]int64, rows)
	codes := make([]int32, rows)
	for i := range ids {
		ids[i], codes[i] = int64(i)*1000, int32(i%5000)
	}
	var columns []store.Column
	for _, name := range []string{"event_id", "line", "at_us", "source_num"} {
		columns = append(columns, store.Column{Name: name, Ints: ids})
	}
	for _, name := range []string{"site", "source_id", "local_day", "local_minute", "user_code", "patient_code", "place_code", "kind_code"} {
		columns = append(columns, store.Column{Name: name, Int32s: codes})
	}
	db := open(b, b.TempDir())
	b.ReportAllocs()
	for b.Loop() {
		err := db.Update(b.Context(), func(ctx context.Context, tx *store.Tx) error {
			return tx.Load(ctx, "event", columns)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
