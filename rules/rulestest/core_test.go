package rulestest_test

import (
	"context"
	"database/sql"
	"errors"
	"path"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/rules"
	"github.com/chartwatch/chartwatch/rules/rulestest"
)

// sqlite is the second database: what runs on both is portable.
type sqlite struct{ conn *sql.Conn }

func (s sqlite) Exec(ctx context.Context, query string, args ...any) error {
	_, err := s.conn.ExecContext(ctx, query, args...)
	return err
}

func (s sqlite) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return s.conn.QueryContext(ctx, query, args...)
}

func openSQLite(t *testing.T) rulestest.Database {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(); _ = db.Close() })
	return sqlite{conn}
}

// openDuckDB returns a session of an empty database, which lasts as long as the test.
func openDuckDB(t *testing.T) *store.Session {
	t.Helper()
	db, err := store.OpenMemory(t.Context(), store.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	sessions, done, ended := make(chan *store.Session, 1), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- db.Session(context.WithoutCancel(t.Context()), func(_ context.Context, s *store.Session) error {
			sessions <- s
			<-done
			return nil
		})
	}()
	t.Cleanup(func() {
		close(done)
		if err := errors.Join(<-ended, db.Close()); err != nil {
			t.Error(err)
		}
	})
	select {
	case s := <-sessions:
		return s
	case err := <-ended:
		t.Fatal(err)
		return nil
	}
}

func newRunner(t *testing.T, db rulestest.Database) *rulestest.Runner {
	t.Helper()
	r, err := rulestest.NewRunner(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// bench is what a rule is tried on.
type bench struct {
	session *store.Session
	duckdb  *rulestest.Runner
	sqlite  *rulestest.Runner
}

func newBench(t *testing.T) *bench {
	t.Helper()
	s := openDuckDB(t)
	return &bench{s, newRunner(t, s), newRunner(t, openSQLite(t))}
}

// testAll tests rules, a few at a time.
func testAll(t *testing.T, all []rules.Rule) {
	t.Helper()
	const atOnce = 2
	free := make(chan *bench, atOnce)
	for range atOnce {
		free <- newBench(t)
	}
	for _, rule := range all {
		t.Run(rule.ID, func(t *testing.T) {
			t.Parallel()
			b := <-free
			defer func() { free <- b }()
			testRule(t, b, &rule)
		})
	}
}

// TestCore checks every rule of the program, one subtest a rule.
func TestCore(t *testing.T) {
	all, err := rules.Load(rules.Core(), rules.LoadOptions{Pack: rules.CorePack})
	wrong := map[string][]rules.Problem{}
	if invalid, ok := errors.AsType[*rules.InvalidError](err); ok {
		for _, p := range invalid.Problems {
			id := p.Rule
			if id == "" {
				id = "core." + strings.ReplaceAll(strings.TrimSuffix(p.File, path.Ext(p.File)), "/", ".")
			}
			wrong[id] = append(wrong[id], p)
		}
	} else if err != nil {
		t.Fatal(err)
	}
	for id, problems := range wrong {
		t.Run(id, func(t *testing.T) {
			for _, p := range problems {
				t.Errorf("rules/core/%s", p)
			}
		})
	}
	testAll(t, all)
}

func testRule(t *testing.T, b *bench, rule *rules.Rule) {
	t.Helper()
	ctx := t.Context()
	for _, p := range rules.Lint(ctx, rule, b.session) {
		t.Errorf("rules/core/%s", p)
	}
	for _, f := range b.duckdb.Test(ctx, rule) {
		t.Errorf("rules/core/%s on DuckDB: %s", rule.File, f)
	}
	for _, f := range b.sqlite.Test(ctx, rule) {
		t.Errorf("rules/core/%s on SQLite: %s", rule.File, f)
	}
	if t.Failed() { // the rest would only repeat it
		return
	}
	for _, f := range b.duckdb.Orders(ctx, rule) {
		t.Errorf("rules/core/%s on DuckDB, property: %s", rule.File, f)
	}
	for _, f := range b.sqlite.Properties(ctx, rule) {
		t.Errorf("rules/core/%s, property: %s", rule.File, f)
	}
	testMutants(t, b.sqlite, rule)
}

// mostMutants bounds how many mistakes are tried for one rule; `chartwatch rules test
// --mutate` tries all.
const mostMutants = 40

// testMutants asks for a share of mutants that the rule's tests notice.
func testMutants(t *testing.T, r *rulestest.Runner, rule *rules.Rule) {
	t.Helper()
	if testing.Short() {
		return
	}
	all, err := r.MutateSome(t.Context(), rule, mostMutants)
	if err != nil {
		t.Fatal(err)
	}
	want := 0.0
	switch rule.Status {
	case rules.Stable:
		want = 0.8
	case rules.Testing:
		want = 0.6
	default: // experimental rules are only watched
	}
	score := rulestest.Score(all)
	t.Logf("%.0f %% of %d mutants noticed", 100*score, len(all))
	for _, m := range all {
		if !m.Killed {
			t.Logf("mutant: %s", m)
		}
	}
	if score < want {
		t.Errorf("rules/core/%s: the tests notice %.0f %% of the mutants; status %s needs %.0f %%; see those above that no test notices",
			rule.File, 100*score, rule.Status, 100*want)
	}
}
