package model_test

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine/model"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/internal/synth"
)

// benchEvents are the events of the benchmark, all in one year.
const benchEvents = 5_000_000

// generator is a parser that makes events up instead of reading them.
type generator struct{}

func (generator) Detect(ingest.Head) error { return nil }

func (generator) Parse(ctx context.Context, _ ingest.Source, w *ingest.Writer) error {
	start := time.Date(2024, 12, 30, 5, 0, 0, 0, time.UTC)
	var first time.Time
	return synth.BenchEvents(1, benchEvents, func(e ingest.Event) error {
		if first.IsZero() {
			first = e.At
		}
		e.At = start.Add(e.At.Sub(first) / 6) // from six years
		return w.Event(ctx, e)
	})
}

// BenchmarkBuild builds the models of a week in a store of five million events,
// and then scans some of them as rules do.
func BenchmarkBuild(b *testing.B) {
	root := b.TempDir()
	w, err := intake.OpenWorkspace(b.Context(), intake.WorkspaceOptions{
		Store: store.Options{Dir: filepath.Join(root, "data"), MemoryLimit: "1GB", Wait: time.Second, NoSpill: true},
		Key:   seal.Locator{Dir: filepath.Join(root, "keys")}, Create: true,
	})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	registry, err := ingest.NewRegistry(ingest.Plugin{
		Name: "generated", Version: 1, Produces: []ingest.Dataset{ingest.Events},
		New: func(ingest.Settings) (ingest.Parser, error) { return generator{}, nil },
	})
	if err != nil {
		b.Fatal(err)
	}
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		b.Fatal(err)
	}
	r, err := w.Importer(registry, time.Now).Stream(b.Context(), "-", strings.NewReader("generated\n"), intake.Settings{Zone: zone, ZoneBasis: ingest.TZSourceSetting})
	if err != nil || r.Files[0].Status != intake.Imported {
		b.Fatalf("filling the store: %v %+v", err, r)
	}
	session := func(b *testing.B, do func(context.Context, *store.Session) error) {
		b.Helper()
		err := w.DB.Session(b.Context(), func(ctx context.Context, s *store.Session) error {
			if _, err := model.Build(ctx, s, model.Input{
				Sealer: w.Sealer, Period: coverage.Period{From: day("10-06"), To: day("10-12")}, Now: time.Now(),
				Practice: practice.Practice{Zone: zone, Hours: []practice.Hours{{Days: []time.Weekday{1, 2, 3, 4, 5}, Open: 480, Close: 1080}}},
			}); err != nil {
				return err
			}
			return do(ctx, s)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			session(b, func(context.Context, *store.Session) error { return nil })
		}
	})
	for name, query := range map[string]string{
		"events-week": "SELECT count(DISTINCT patient_id), sum(off_hours), sum(building_closed) FROM events WHERE day_no BETWEEN " + dayText("10-06") + " AND " + dayText("10-12"),
		"events-all":  "SELECT count(DISTINCT patient_id), sum(off_hours), sum(building_closed) FROM events",
		"events-window": `SELECT max(gap) FROM (SELECT ts_s - LAG(ts_s) OVER (PARTITION BY site, user_id ORDER BY ts_s, event_id) AS gap
			FROM events WHERE ts_s BETWEEN 1759723200 AND 1760328000) x`,
		"sessions-count": "SELECT count(*) FROM sessions",
		"sessions-door":  "SELECT sum(began_login) FROM sessions",
		"sessions":       "SELECT count(*), max(n_patients) FROM sessions",
	} {
		b.Run(name, func(b *testing.B) {
			session(b, func(ctx context.Context, s *store.Session) error {
				b.ResetTimer()
				for b.Loop() {
					if err := s.Exec(ctx, "CREATE OR REPLACE TEMP TABLE sink AS "+query); err != nil {
						return err
					}
				}
				return nil
			})
		})
	}
}

func dayText(text string) string { return fmtInt(int64(day(text))) }

func fmtInt(n int64) string { return strconv.FormatInt(n, 10) }
