package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/internal/synth"
)

// questionRuns is how often each question is asked.
const questionRuns = 15

// questions asks chartwatch about one patient on one day, each time in a new
// process, and DuckDB alone for the same rows. It does so at a tenth of the
// events and at all of them, to show how the time grows.
func questions(ctx context.Context, o options, w io.Writer) error {
	program := filepath.Join(o.dir, "chartwatch-under-test")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "./cmd/chartwatch") //nolint:gosec // fixed words
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building chartwatch: %w", err)
	}
	fmt.Fprintf(w, "\n%-22s %10s %12s %12s %10s\n", "question", "events", "chartwatch", "DuckDB", "bytes/row")
	for _, n := range []int{o.events / 10, o.events} {
		dir := filepath.Join(o.dir, "events-"+strconv.Itoa(n))
		q, err := fill(ctx, dir, n)
		if err != nil {
			return err
		}
		ours, err := medianOf(func() error { return askChartwatch(ctx, program, dir, q) })
		if err != nil {
			return err
		}
		self, err := os.Executable()
		if err != nil {
			return err
		}
		theirs, err := medianOf(func() error { return askDuckDB(ctx, self, dir, q) })
		if err != nil {
			return err
		}
		size, err := bytesPerRow(filepath.Join(dir, "data", store.FileName), int64(n))
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%-22s %10d %9.0f ms %9.0f ms %10.1f   (%.2f times)\n", "patient on a day", n, ours*1000, theirs*1000, size, ours/theirs)
	}
	return nil
}

func medianOf(do func() error) (float64, error) {
	times := make([]float64, 0, questionRuns)
	for range questionRuns {
		s, err := timed(do)
		if err != nil {
			return 0, err
		}
		times = append(times, s)
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

// question is one that has an answer.
type question struct{ patient, day, where string }

// generator is a parser that makes events up instead of reading them.
type generator struct{ events int }

func (generator) Detect(ingest.Head) error { return nil }

func (g generator) Parse(ctx context.Context, _ ingest.Source, w *ingest.Writer) error {
	return synth.BenchEvents(1, g.events, func(e ingest.Event) error { return w.Event(ctx, e) })
}

// fill makes a data directory with n events and returns a question about the
// patient in the middle of them.
func fill(ctx context.Context, dir string, n int) (question, error) {
	o := intake.WorkspaceOptions{
		Store:  store.Options{Dir: filepath.Join(dir, "data"), MemoryLimit: "1GB", Wait: time.Second},
		Key:    seal.Locator{Dir: filepath.Join(dir, "config", "chartwatch", "keys")},
		Create: true,
	}
	fmt.Fprintf(os.Stderr, "bench: filling a store with %d events\n", n)
	w, err := intake.OpenWorkspace(ctx, o)
	if err != nil {
		return question{}, err
	}
	reg, err := ingest.NewRegistry(ingest.Plugin{
		Name: "generated", Version: 1, Produces: []ingest.Dataset{ingest.Events},
		New: func(ingest.Settings) (ingest.Parser, error) { return generator{n}, nil },
	})
	if err != nil {
		return question{}, errors.Join(err, w.Close())
	}
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		return question{}, errors.Join(err, w.Close())
	}
	got, err := w.Importer(reg, time.Now).Stream(ctx, "-", strings.NewReader("generated\n"), intake.Settings{Zone: zone, ZoneBasis: ingest.TZSourceSetting})
	if err == nil && len(got.Files) > 0 && got.Files[0].Status == intake.Failed {
		err = errors.New(got.Files[0].Error)
	}
	if err != nil {
		return question{}, errors.Join(err, w.Close())
	}
	q, err := middle(ctx, w)
	return q, errors.Join(err, w.Close())
}

func middle(ctx context.Context, w *intake.Workspace) (question, error) {
	var (
		q         question
		code, day int32
		sealed    []byte
	)
	err := w.DB.QueryRow(ctx, `SELECT e.patient_code, e.local_day, p.patient_id FROM event e JOIN dim_patient p ON p.code = e.patient_code
		WHERE e.event_id >= (SELECT (min(event_id) + max(event_id)) // 2 FROM event) AND e.patient_code > 0 ORDER BY e.event_id LIMIT 1`).Scan(&code, &day, &sealed)
	if err != nil {
		return q, err
	}
	if q.patient, err = w.Sealer.Open(seal.KindPatient, sealed); err != nil {
		return q, err
	}
	q.day = time.Unix(int64(day)*86400, 0).UTC().Format(time.DateOnly)
	q.where = fmt.Sprintf("patient_code = %d AND local_day = %d", code, day)
	return q, nil
}

func askChartwatch(ctx context.Context, program, dir string, q question) error {
	cmd := exec.CommandContext(ctx, program, "--data", filepath.Join(dir, "data"), "who", q.patient, "--on", q.day, "--timezone", "America/New_York", "--format", "json") //nolint:gosec // our own words
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+filepath.Join(dir, "config"))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("asking chartwatch: %w", err)
	}
	if !strings.Contains(string(out), `"answer": "accessed"`) {
		return errors.New("chartwatch did not find the access")
	}
	return nil
}

func askDuckDB(ctx context.Context, self, dir string, q question) error {
	cmd := exec.CommandContext(ctx, self, "-case", "bare", "-dir", dir, "-where", q.where) //nolint:gosec // ourselves
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// bare opens the database file and reads the rows of the question, with nothing
// around it.
func bare(ctx context.Context, dir, where string) (result, error) {
	db, err := sql.Open("duckdb", filepath.Join(dir, "data", store.FileName)+"?access_mode=READ_ONLY")
	if err != nil {
		return result{}, err
	}
	r := result{Case: "bare"}
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT * FROM event WHERE "+where+" ORDER BY at_us)").Scan(&r.Rows)
	if err == nil && r.Rows == 0 {
		err = errors.New("DuckDB did not find the access")
	}
	return r, errors.Join(err, db.Close())
}
