package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/internal/metrics/mixin"
)

// prometheus is a real one that scrapes a daemon every second.
type prometheus struct {
	t    *testing.T
	base string
}

func startPrometheus(t *testing.T, target string) *prometheus {
	t.Helper()
	program, err := exec.LookPath("prometheus")
	if err != nil {
		t.Skip("prometheus absent: /usr/bin/prometheus")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "prometheus.yml"), fmt.Appendf(nil,
		"global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [mixin/alerts.yml]\nscrape_configs:\n  - job_name: chartwatch\n    static_configs: [{targets: [%q]}]\n", target))
	if err := os.CopyFS(filepath.Join(dir, "mixin"), mixin.Files()); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "--config.file="+filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path="+filepath.Join(dir, "tsdb"),
		"--web.listen-address="+address, "--log.level=warn")
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("prometheus said:\n%s", log.String())
		}
	})
	p := &prometheus{t: t, base: "http://" + address}
	for end := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		if n, err := p.query("count_over_time(up[1m]) > 3"); err == nil && n == 1 {
			return p
		}
		if time.Now().After(end) {
			t.Fatal("prometheus does not scrape")
		}
	}
}

// query returns how many samples a query gives.
func (p *prometheus) query(expr string) (int, error) {
	list, err := p.ask(expr)
	return len(list), err
}

// value returns the value of a query that gives one sample.
func (p *prometheus) value(expr string) float64 {
	p.t.Helper()
	list, err := p.ask(expr)
	if err != nil || len(list) != 1 {
		p.t.Fatalf("%s gives %d samples: %v", expr, len(list), err)
	}
	var sample struct {
		Value [2]any `json:"value"`
	}
	if err := json.Unmarshal(list[0], &sample); err != nil {
		p.t.Fatal(err)
	}
	v, err := strconv.ParseFloat(fmt.Sprint(sample.Value[1]), 64)
	if err != nil {
		p.t.Fatal(err)
	}
	return v
}

func (p *prometheus) ask(expr string) ([]json.RawMessage, error) {
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.base+"/api/v1/query?query="+url.QueryEscape(expr), http.NoBody)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct {
		Status string `json:"status"`
		Error  string `json:"error"`
		Data   struct {
			Result []json.RawMessage `json:"result"`
		} `json:"data"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return nil, err
	}
	if answer.Status != "success" {
		return nil, fmt.Errorf("%s", answer.Error)
	}
	return answer.Data.Result, nil
}

// TestDashboardsOfRunning runs the query of every panel on a real Prometheus that
// scrapes a running chartwatch which has done all that a dashboard shows.
func TestDashboardsOfRunning(t *testing.T) {
	t.Parallel()
	r := startReceivers(t)
	dir := r.practiceTelling(t, "metrics: {listen: \"127.0.0.1:0\"}\n")
	in := filepath.Join(dir, "in")
	samplesInto(t, in)
	write(t, filepath.Join(in, "partly.csv"), []byte("timestamp,user_id,patient_id,action\n2025-03-21 09:00:00,bfarrow,1050,view\nnever,bfarrow,1051,view\n"))
	write(t, filepath.Join(in, "bad.csv"), []byte("no,log\nat,all\n"))
	d := startDaemon(t, dir, monday(t))
	d.until("the review and its messages", func(m string) bool {
		mails, _ := r.got()
		return len(mails) > 0 && series(m, "chartwatch_review_last_success_timestamp_seconds") == 1 && strings.Contains(m, `chartwatch_store_events{site="main"} 2124`)
	})
	p := startPrometheus(t, d.address)
	queries := mixin.Queries()
	if len(queries) < 20 {
		t.Fatalf("the dashboards have %d queries", len(queries))
	}
	for _, q := range queries {
		expr := strings.NewReplacer("$__rate_interval", "1m", "$__range", "1h", "$__interval", "1m", "$site", "main", "${site}", "main").Replace(q.Expr)
		if n, err := p.query(expr); err != nil || n == 0 {
			t.Errorf("%s, %s: %d samples, %v\n%s", q.Dashboard, q.Panel, n, err, expr)
		}
	}
	d.stop()
}
