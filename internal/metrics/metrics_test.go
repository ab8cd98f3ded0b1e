package metrics_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/golden"
	"github.com/chartwatch/chartwatch/internal/metrics"
)

// fullMetrics shows one practice that has everything.
func fullMetrics() *metrics.Metrics {
	m := metrics.New(build(), metrics.Options{})
	m.Set("main", full())
	m.ObserveIngest("main", 2*time.Second)
	m.ObserveIngest("main", 20*time.Minute)
	m.SetCertificate(at(0))
	return m
}

func TestExposition(t *testing.T) {
	golden.Compare(t, filepath.Join("testdata", "full.golden"), scrape(t, fullMetrics()))
}

func TestEmptyExposition(t *testing.T) {
	golden.Compare(t, filepath.Join("testdata", "empty.golden"), show(t, metrics.Options{}, metrics.Site{}))
}

func TestNamesAreGood(t *testing.T) {
	problems, err := promlint.New(strings.NewReader(scrape(t, fullMetrics()))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]promlint.Problem(nil), problems); diff != "" {
		t.Errorf("what promlint says (-want +got):\n%s", diff)
	}
}

func TestOpenMetrics(t *testing.T) {
	text, kind := get(t, fullMetrics().Handler(), "application/openmetrics-text; version=1.0.0")
	if !strings.HasPrefix(kind, "application/openmetrics-text; version=1.0.0") {
		t.Errorf("the answer is of type %s", kind)
	}
	if !strings.HasSuffix(text, "# EOF\n") || !strings.Contains(text, "# TYPE chartwatch_events_ingested counter\n") {
		t.Errorf("this is not OpenMetrics:\n%s", text)
	}
}

func TestProcess(t *testing.T) {
	m := metrics.New(build(), metrics.Options{Process: true})
	if got := of(scrape(t, m), "go_goroutines"); len(got) != 1 {
		t.Errorf("go_goroutines: %q", got)
	}
	path := filepath.Join(t.TempDir(), "chartwatch.prom")
	if err := m.WriteTextFile(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := of(string(text), "go_goroutines"); len(got) != 0 {
		t.Errorf("the text file tells about a process that has ended: %q", got)
	}
}

func TestSetReplaces(t *testing.T) {
	m := metrics.New(build(), metrics.Options{})
	s := full()
	m.Set("main", s)
	s.Sources[0].Parsers[0].Rejected["bad_time"] = 99 // no longer of any concern
	s.OldestOpen["high"] = at(0)
	m.Set("other-practice", metrics.Site{Up: true, StoreEvents: 5})
	text := scrape(t, m)
	if !strings.Contains(text, `reason="bad_time",site="main",source="ehr"} 3`) {
		t.Errorf("what was handed over changed afterwards:\n%s", text)
	}
	want := []string{`{site="main"} 1000`, `{site="other-practice"} 5`}
	if diff := cmp.Diff(want, of(text, "chartwatch_store_events")); diff != "" {
		t.Errorf("two practices (-want +got):\n%s", diff)
	}
	m.Set("main", metrics.Site{StoreEvents: 6})
	text = scrape(t, m)
	want = []string{`{site="main"} 6`, `{site="other-practice"} 5`}
	if diff := cmp.Diff(want, of(text, "chartwatch_store_events")); diff != "" {
		t.Errorf("after a second look (-want +got):\n%s", diff)
	}
	if strings.Contains(text, `source="ehr"`) || len(of(text, "chartwatch_finding_oldest_open_timestamp_seconds")) > 0 {
		t.Errorf("what is gone is still shown:\n%s", text)
	}
	m.Remove("main")
	if text = scrape(t, m); strings.Contains(text, `site="main"`) || !strings.Contains(text, `site="other-practice"`) {
		t.Errorf("after main was removed:\n%s", text)
	}
	m.Remove("main")
	m.Remove("never-there")
}

func TestDurations(t *testing.T) {
	m := metrics.New(build(), metrics.Options{})
	m.ObserveIngest("main", -time.Hour) // the clock was set back
	m.ObserveIngest("main", 3*time.Second)
	text := scrape(t, m)
	if diff := cmp.Diff([]string{`{site="main"} 3`}, of(text, "chartwatch_ingest_duration_seconds_sum")); diff != "" {
		t.Errorf("sum (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{`{site="main"} 2`}, of(text, "chartwatch_ingest_duration_seconds_count")); diff != "" {
		t.Errorf("count (-want +got):\n%s", diff)
	}
}

func TestCertificate(t *testing.T) {
	m := metrics.New(build(), metrics.Options{})
	const name = "chartwatch_certificate_not_after_timestamp_seconds"
	if got := of(scrape(t, m), name); len(got) != 0 {
		t.Errorf("without a certificate: %q", got)
	}
	m.SetCertificate(at(0))
	m.SetCertificate(time.Unix(1_800_000_000, 0))
	if diff := cmp.Diff([]string{"1.8e+09"}, of(scrape(t, m), name)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOddNumbers(t *testing.T) {
	text := show(t, metrics.Options{}, metrics.Site{
		DiskFree: -1, StoreEvents: -5,
		Rules:      []metrics.Rule{{ID: "a.b", LastSeconds: math.NaN()}, {ID: "a.c", LastSeconds: math.Inf(1)}, {ID: "a.d", LastSeconds: -1}, {ID: "a.e", LastSeconds: 2}},
		OldestOpen: map[string]time.Time{"low": {}, "high": time.Unix(5, 0)},
	})
	for metric, want := range map[string][]string{
		"chartwatch_store_disk_free_bytes":                 {},
		"chartwatch_store_events":                          {`{site="main"} 0`},
		"chartwatch_rule_duration_seconds":                 {`{rule="a.e",site="main"} 2`},
		"chartwatch_finding_oldest_open_timestamp_seconds": {`{level="high",site="main"} 5`},
		"chartwatch_review_due_timestamp_seconds":          {},
	} {
		if diff := cmp.Diff(want, of(text, metric)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", metric, diff)
		}
	}
}

func TestStrayBytesInVersion(t *testing.T) {
	m := metrics.New(metrics.Build{Version: "1\xff2", Revision: "a\"b\nc"}, metrics.Options{})
	want := []string{`{goversion="",revision="a\"b\nc",version="1?2"} 1`}
	if diff := cmp.Diff(want, of(scrape(t, m), "chartwatch_build_info")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTextFile(t *testing.T) {
	m := fullMetrics()
	dir := t.TempDir()
	path := filepath.Join(dir, "chartwatch.prom")
	for range 2 { // a second one replaces the first
		if err := m.WriteTextFile(path); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(scrape(t, m), string(text)); diff != "" {
		t.Errorf("the file differs from a scrape (-want +got):\n%s", diff)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("something else was left in the folder: %v", entries)
	}
}

func TestTextFileCannotBeWritten(t *testing.T) {
	err := fullMetrics().WriteTextFile(filepath.Join(t.TempDir(), "missing", "chartwatch.prom"))
	if !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "cannot write the metrics to a file: ") {
		t.Errorf("the error is %v", err)
	}
	if hint := fault.HintOf(err); !strings.Contains(hint, "missing exists") || !strings.Contains(hint, "may write to it") {
		t.Errorf("the hint is %q", hint)
	}
}

// TestWhileScraped changes everything while others look. Each scrape must be whole:
// all numbers of a practice come from the same snapshot.
func TestWhileScraped(t *testing.T) {
	m := metrics.New(build(), metrics.Options{})
	path := filepath.Join(t.TempDir(), "chartwatch.prom")
	var work sync.WaitGroup
	for w := range 4 {
		work.Go(func() {
			name := fmt.Sprintf("practice-%d", w%2) // two write the same one
			for i := range 50 {
				n := int64(i + 1)
				m.Set(name, metrics.Site{Up: true, StoreEvents: n, StoreBytes: n})
				m.ObserveIngest(name, time.Second)
				m.SetCertificate(at(i))
				if i%10 == 9 {
					m.Remove(name)
				}
			}
		})
	}
	for range 50 {
		text := scrape(t, m)
		if diff := cmp.Diff(of(text, "chartwatch_store_events"), of(text, "chartwatch_store_size_bytes")); diff != "" {
			t.Fatalf("a scrape mixes two snapshots:\n%s", diff)
		}
	}
	work.Go(func() {
		if err := m.WriteTextFile(path); err != nil {
			t.Error(err)
		}
	})
	work.Wait()
	if got := of(scrape(t, m), "chartwatch_site_up"); len(got) != 0 {
		t.Errorf("all were removed, but %q", got)
	}
}

// TestTypicalSize keeps the number of series in mind: each costs a Prometheus some
// kilobytes.
func TestTypicalSize(t *testing.T) {
	var s metrics.Site
	for i := range 39 {
		s.Rules = append(s.Rules, metrics.Rule{
			ID: fmt.Sprintf("core.group.rule-%d", i), DefaultLevel: "medium", Outcomes: map[string]int64{"ran": 50}, LastSeconds: 1,
			Levels: map[string]int64{"medium": 5, "high": 2},
		})
		for _, state := range []string{"new", "closed", "superseded"} {
			s.Findings = append(s.Findings, metrics.Findings{Rule: s.Rules[i].ID, Level: "medium", State: state, Count: 1})
		}
	}
	for i := range 3 {
		s.Sources = append(s.Sources, metrics.Source{
			Name: fmt.Sprintf("log-%d", i), LastEvent: at(0), LastIngest: at(0),
			Parsers: []metrics.Parser{{Name: fmt.Sprintf("parser-%d", i), Accepted: 1}},
		})
	}
	n := 0
	for line := range strings.Lines(show(t, metrics.Options{}, s)) {
		if !strings.HasPrefix(line, "#") {
			n++
		}
	}
	t.Logf("%d series", n)
	if n < 400 || n > 700 {
		t.Errorf("a typical practice has %d series", n)
	}
}
