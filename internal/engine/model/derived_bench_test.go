package model_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/chartwatch/chartwatch/internal/engine/model"
	"github.com/chartwatch/chartwatch/internal/store"
)

// generate fills the base models with a practice of some days: 40 accounts in
// 4 departments, 30,000 events and 300 visits a day, where people mostly open the charts of
// the day's visits.
func generate(ctx context.Context, s *store.Session, days int) error {
	if err := createBase(ctx, s, nil); err != nil {
		return err
	}
	last := strconv.Itoa(20_000 + days)
	for _, q := range []string{
		// The store keeps events as numbers, and model events is a view that joins them
		// to small tables. An account opens some 110 charts a day, nearly all of them of
		// the day's visits.
		`CREATE TEMP TABLE b_fact AS
SELECT i, u, p, x % 100 AS kind, y % 150 AS place, d, d * 86400 + 28800 + p % 9 * 3600 + y * 3 AS ts FROM (
  SELECT i, d, u, x, y, CASE WHEN z % 50 = 0 THEN z % 20000 ELSE (d * 131 + (z // 50 % 115) * 37 + u * 11) % 300 + d * 131 END % 20000 AS p
  FROM (SELECT i, 20000 + i // 30000 AS d, CAST(hash(i * 8 + 1) % 40 AS BIGINT) AS u, CAST(hash(i * 8 + 2) % 10000 AS BIGINT) AS x,
               CAST(hash(i * 8 + 3) % 1000 AS BIGINT) AS y, CAST(hash(i * 8 + 4) % 1000000 AS BIGINT) AS z FROM range(` + strconv.Itoa(days*30_000) + `) t(i)))`,
		`CREATE TEMP TABLE b_user AS SELECT u, 'user' || u AS user_id, 'person' || u AS person_id, -100000 AS from_day, 100000 AS to_day,
['clinician', 'nurse', 'assistant', 'front_desk', 'billing', 'lab', 'manager', 'other'][u % 8 + 1] AS role FROM range(40) t(u)`,
		"CREATE TEMP TABLE b_patient AS SELECT p, 'patient-' || p AS patient_id FROM range(20000) t(p)",
		`CREATE TEMP TABLE b_place AS SELECT place, 'WS' || (place % 30) AS workstation, '203.0.113.' || place AS ip,
CASE WHEN place < 3 THEN 'external' ELSE 'onsite' END AS ip_class FROM range(150) t(place)`,
		`CREATE TEMP TABLE b_kind AS SELECT kind,
CASE WHEN kind < 5 THEN 'create' WHEN kind < 12 THEN 'update' WHEN kind < 14 THEN 'print' WHEN kind < 15 THEN 'delete' ELSE 'view' END AS action,
['clinical_note', 'order', 'medication', 'demographics', 'appointment', 'lab_result', 'billing', 'message'][kind % 8 + 1] AS record_type,
CASE WHEN kind < 12 OR kind = 14 THEN 1 ELSE 0 END AS is_write, CASE WHEN kind IN (12, 13) THEN 1 ELSE 0 END AS is_taking FROM range(100) t(kind)`,
		"DROP TABLE temp.events",
		`CREATE TEMP VIEW events AS SELECT 'main' AS site, f.i AS event_id, f.ts AS ts_s, f.ts // 3600 AS hour_no, f.d AS day_no,
u.user_id, u.person_id, 'staff' AS user_type, u.role, p.patient_id, k.action, k.record_type, k.is_write, k.is_taking, 1 AS is_clinical,
w.workstation, w.ip, w.ip_class, CASE WHEN k.kind = 99 THEN 'failure' ELSE 'success' END AS outcome, 0 AS break_glass, 1 AS interactive, 'event' AS granularity, 0 AS off_hours
FROM temp.b_fact f
JOIN temp.b_user u ON u.u = f.u AND f.d BETWEEN u.from_day AND u.to_day
JOIN temp.b_patient p ON p.p = f.p
JOIN temp.b_place w ON w.place = f.place
JOIN temp.b_kind k ON k.kind = f.kind`,
		`INSERT INTO temp.visit SELECT 'main', 'patient-' || ((d * 131 + k) % 20000), 'person' || (k % 5 * 8), d * 86400 + 32400, d, 30, 'kept'
FROM range(19800, ` + last + `) a(d), range(300) b(k)`,
		"INSERT INTO temp.visit_day SELECT 'main', d, 300 FROM range(19800, " + last + ") a(d)",
		"INSERT INTO temp.staff_period SELECT 'main', person_id, role, 'department ' || (u % 4), -100000, 100000 FROM temp.b_user",
	} {
		if err := s.Exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

func benchmarkDerived(b *testing.B, days int) {
	b.Helper()
	db, err := store.OpenMemory(b.Context(), store.Options{Threads: 2})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for b.Loop() {
		b.StopTimer()
		err := db.Session(b.Context(), func(ctx context.Context, s *store.Session) error {
			if err := generate(ctx, s, days); err != nil {
				return err
			}
			b.StartTimer()
			err := model.BuildDerived(ctx, s, model.DerivedInput{})
			b.StopTimer()
			if err == nil {
				b.ReportMetric(float64(count(ctx, b, s, "SELECT COUNT(*) FROM first_open")), "first_opens")
				b.ReportMetric(float64(count(ctx, b, s, "SELECT COUNT(*) FILTER (WHERE strength >= 2) * 100 // COUNT(*) FROM first_open")), "%explained")
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

func count(ctx context.Context, tb testing.TB, s *store.Session, query string) int64 {
	tb.Helper()
	var n int64
	if err := s.QueryRow(ctx, query).Scan(&n); err != nil {
		tb.Fatal(err)
	}
	return n
}

func BenchmarkDerivedQuarter(b *testing.B) { benchmarkDerived(b, 92) }

func BenchmarkDerivedMonth(b *testing.B) { benchmarkDerived(b, 35) }
