package mixin_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/chartwatch/chartwatch/internal/metrics"
	"github.com/chartwatch/chartwatch/internal/metrics/mixin"
)

// program returns the path of a program of Prometheus.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip("prometheus absent: /usr/bin/prometheus")
	}
	return path
}

// unpack writes all files into a folder, as chartwatch does for people.
func unpack(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "mixin")
	if err := os.CopyFS(dir, mixin.Files()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPromtool(t *testing.T) {
	t.Parallel() // it computes while the other one waits
	promtool := program(t, "promtool")
	dir := unpack(t)
	for _, args := range [][]string{
		{"check", "rules", "--lint-fatal", "alerts.yml"},
		{"test", "rules", "alerts_test.yml"},
	} {
		t.Run(args[0], func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), promtool, args...)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "SUCCESS") {
				t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
			}
		})
	}
}

// TestUnitTestsCanFail makes an alert deaf, and expects promtool to notice.
func TestUnitTestsCanFail(t *testing.T) {
	promtool := program(t, "promtool")
	dir := t.TempDir()
	heard, deaf := []byte("chartwatch_log_integrity_ok == 0"), []byte("chartwatch_log_integrity_ok == 7")
	alerts := read(t, "alerts.yml")
	if !bytes.Contains(alerts, heard) {
		t.Fatal("the alert has another expression")
	}
	var file map[string]any
	decode(t, "alerts_test.yml", &file)
	tests, _ := file["tests"].([]any)
	file["tests"] = slices.DeleteFunc(tests, func(x any) bool { // the others take their time
		one, _ := x.(map[string]any)
		return one["name"] != "ChartwatchLogIntegrityBroken: at once"
	})
	text, err := yaml.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"alerts.yml": bytes.Replace(alerts, heard, deaf, 1), "alerts_test.yml": text} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), promtool, "test", "rules", "alerts_test.yml")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "alertname: ChartwatchLogIntegrityBroken, time: 1h") {
		t.Errorf("promtool did not notice: %v\n%s", err, out)
	}
}

// server is a real Prometheus that scrapes practices.
type server struct {
	base string
}

// TestNoPanelIsEmpty runs all queries of all dashboards and the expressions of all
// alerts on a Prometheus that has scraped three practices a few times.
func TestNoPanelIsEmpty(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, q := range mixin.Queries() {
		expr := strings.NewReplacer("$__rate_interval", "1m", "$__range", "1h", "$site", "practice-1").Replace(q.Expr)
		if strings.Contains(expr, "$") {
			t.Errorf("%s, %s: a variable is left in %s", q.Dashboard, q.Panel, expr)
		}
		if n := s.samples(t, expr); n == 0 {
			t.Errorf("%s, %s is empty: %s", q.Dashboard, q.Panel, expr)
		}
	}
	records, alerts := rules(t)
	for _, r := range append(records, alerts...) {
		s.samples(t, r.Expr)
	}
	s.checkHealth(t, len(records)+len(alerts))
	s.checkTrouble(t)
}

// start runs a Prometheus with the alert rules, and returns when it has scraped
// some times.
func start(t *testing.T) *server {
	t.Helper()
	path := program(t, "prometheus")
	target, scraped := practices(t)
	dir := t.TempDir()
	config := fmt.Sprintf(`global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [%q]
scrape_configs:
  - {job_name: chartwatch, static_configs: [{targets: [%q]}]}
`, filepath.Join(unpack(t), "alerts.yml"), strings.TrimPrefix(target, "http://"))
	if err := os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	cmd := exec.CommandContext(t.Context(), path, "--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "tsdb"), "--web.listen-address="+address, "--log.level=warn")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("prometheus says:\n%s", log.String())
		}
	})
	select {
	case <-scraped:
	case <-time.After(time.Minute):
		t.Fatal("prometheus does not scrape")
	}
	return &server{base: "http://" + address}
}

// practices serves three practices whose numbers grow from scrape to scrape. The
// channel is closed at the sixth scrape, when five have been stored.
func practices(t *testing.T) (address string, scraped <-chan struct{}) {
	t.Helper()
	m := metrics.New(metrics.Build{Version: "1.2.3"}, metrics.Options{})
	m.SetCertificate(time.Now().Add(1000 * time.Hour))
	h := m.Handler()
	enough := make(chan struct{})
	var scrapes atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		step := int(scrapes.Add(1))
		for i := range 3 {
			name := fmt.Sprintf("practice-%d", i)
			m.Set(name, practice(i, 8*step, time.Now()))
			m.ObserveIngest(name, time.Second)
		}
		if step == 6 {
			close(enough)
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, enough
}

// freeAddress returns an address that nobody listened on a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// get asks the API and decodes what it answers.
func (s *server) get(t *testing.T, path string, data any) {
	t.Helper()
	res, err := http.Get(s.base + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer := struct {
		Status string `json:"status"`
		Error  string `json:"error"`
		Data   any    `json:"data"`
	}{Data: data}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if answer.Status != "success" {
		t.Errorf("%s: %s", path, answer.Error)
	}
}

// sample is one line of a result.
type sample struct {
	Metric map[string]string `json:"metric"`
	Value  [2]any            `json:"value"`
}

func (s *server) query(t *testing.T, expr string) []sample {
	t.Helper()
	var data struct {
		Result []sample `json:"result"`
	}
	s.get(t, "/api/v1/query?query="+url.QueryEscape(expr), &data)
	return data.Result
}

func (s *server) samples(t *testing.T, expr string) int {
	t.Helper()
	return len(s.query(t, expr))
}

// checkHealth asks how the rules themselves are doing.
func (s *server) checkHealth(t *testing.T, want int) {
	t.Helper()
	var data struct {
		Groups []struct {
			Rules []struct {
				Name      string `json:"name"`
				Health    string `json:"health"`
				LastError string `json:"lastError"` //nolint:tagliatelle // Prometheus's name
			} `json:"rules"`
		} `json:"groups"`
	}
	s.get(t, "/api/v1/rules", &data)
	got := 0
	for _, g := range data.Groups {
		for _, r := range g.Rules {
			got++
			if r.Health != "ok" {
				t.Errorf("%s is %s: %s", r.Name, r.Health, r.LastError)
			}
		}
	}
	if got != want {
		t.Errorf("prometheus has %d rules, not %d", got, want)
	}
}

// checkTrouble makes sure that the table of practices counts what is wrong: the
// third one has an incomplete review, weeks without a sign-off, a silent log, an old
// critical finding, a message that waits and a failed file.
func (s *server) checkTrouble(t *testing.T) {
	t.Helper()
	for _, q := range mixin.Queries() {
		if q.Panel != "All practices" {
			continue
		}
		got := map[string]string{}
		for _, x := range s.query(t, q.Expr) {
			got[x.Metric["site"]] = fmt.Sprint(x.Value[1])
		}
		if got["practice-0"] != "0" || got["practice-1"] != "0" || got["practice-2"] != "6" {
			t.Errorf("the trouble of the practices is %v", got)
		}
		return // the first column is the trouble
	}
	t.Error("there is no table of practices")
}
