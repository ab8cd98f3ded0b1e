package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// daemon is a running `chartwatch serve`, a process of its own.
type daemon struct {
	t       *testing.T
	cmd     *exec.Cmd
	address string // of /metrics
	mu      sync.Mutex
	log     bytes.Buffer
	ended   chan struct{}
}

// program is the program as a process of its own in a folder, at some time.
func program(t *testing.T, dir string, at time.Time, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, append([]string{"at", at.Format(time.RFC3339)}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+filepath.Join(dir, "config"), "XDG_DATA_HOME="+filepath.Join(dir, "share"),
		"APPDATA="+filepath.Join(dir, "config"), "LOCALAPPDATA="+filepath.Join(dir, "share"))
	return cmd
}

// startDaemon starts serve and waits until it answers.
func startDaemon(t *testing.T, dir string, at time.Time) *daemon {
	t.Helper()
	d := &daemon{t: t, cmd: program(t, dir, at, "serve", "--create"), ended: make(chan struct{})}
	pipe, err := d.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address := make(chan string, 1)
	go d.follow(pipe, address)
	t.Cleanup(func() { _ = d.cmd.Process.Kill() })
	select {
	case d.address = <-address:
	case <-d.ended:
		t.Fatalf("serve has ended:\n%s", d.said())
	case <-time.After(time.Minute):
		t.Fatalf("serve does not answer:\n%s", d.said())
	}
	return d
}

// follow keeps the log, and finds the address of /metrics in it.
func (d *daemon) follow(pipe io.Reader, address chan<- string) {
	defer close(d.ended)
	lines := bufio.NewReader(pipe)
	for {
		line, err := lines.ReadString('\n')
		d.mu.Lock()
		d.log.WriteString(line)
		d.mu.Unlock()
		if m := regexp.MustCompile(`address=(127\.0\.0\.1:\d+)`).FindStringSubmatch(line); m != nil {
			address <- m[1]
		}
		if err != nil {
			return
		}
	}
}

func (d *daemon) said() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.log.String()
}

// stop asks it to end and waits for that.
func (d *daemon) stop() {
	d.t.Helper()
	if runtime.GOOS == "windows" { // has no such signal for another process
		_ = d.cmd.Process.Kill()
		<-d.ended
		_ = d.cmd.Wait()
		return
	}
	if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
		d.t.Fatal(err)
	}
	<-d.ended
	if err := d.cmd.Wait(); err != nil {
		d.t.Errorf("serve ended with %v:\n%s", err, d.said())
	}
	if !strings.Contains(d.said(), "chartwatch has stopped") {
		d.t.Errorf("serve did not end gracefully:\n%s", d.said())
	}
}

// scrape reads /metrics.
func (d *daemon) scrape() (string, error) {
	req, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, "http://"+d.address+"/metrics", http.NoBody)
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", res.StatusCode)
	}
	return string(text), err
}

// until waits for something that the metrics show.
func (d *daemon) until(what string, ok func(metrics string) bool) {
	d.t.Helper()
	for end := time.Now().Add(10 * time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		text, err := d.scrape()
		if err != nil {
			d.t.Fatalf("%v\n%s", err, d.said())
		}
		if ok(text) {
			return
		}
	}
	d.t.Fatalf("%s did not happen:\n%s", what, d.said())
}

// series counts the lines of a metric that have a value.
func series(metrics, name string) int {
	return len(regexp.MustCompile(`(?m)^`+name+`[{ ]`).FindAllString(metrics, -1))
}

// peak is the largest resident size of the process in MiB, or 0 where the system does not tell.
func (d *daemon) peak() int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(text)
	if m == nil {
		return 0
	}
	kib, err := strconv.Atoi(string(m[1]))
	if err != nil {
		d.t.Fatal(err)
	}
	return kib / 1024
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	write(t, to, text)
}

// monday is a Monday morning, just after the week of the samples is due.
func monday(t *testing.T) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return time.Date(2025, 3, 24, 6, 1, 0, 0, zone)
}

// samplesInto puts the files of a small practice into a folder.
func samplesInto(t *testing.T, dir string) {
	t.Helper()
	samples := filepath.Join("..", "..", "sample_logs")
	for _, name := range []string{"delimited/access_log.csv", "roster/staff.csv", "patients/patients.csv", "appointments/appointments.csv"} {
		base := filepath.Base(name)
		copyFile(t, filepath.Join(samples, filepath.FromSlash(name)), filepath.Join(dir, base))
		write(t, filepath.Join(dir, base+".done"), nil)
	}
}

// TestFleet serves several practices in one process: 200 of them with
// go test ./cmd/chartwatch -run TestFleet -v -timeout 1h -args -sites 200.
func TestFleet(t *testing.T) {
	t.Parallel()
	sites := number(t, "sites")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "chartwatch.yaml"), []byte("sites: [sites/*.yaml]\ndata_dir: all\nmetrics: {listen: \"127.0.0.1:0\", textfile: fleet.prom}\n"))
	for _, name := range []string{"sites", "in", "data"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for n := range sites {
		name := fmt.Sprintf("site-%03d", n)
		write(t, filepath.Join(dir, "sites", name+".yaml"), fmt.Appendf(nil, "site: %s\ntimezone: America/New_York\ndata_dir: ../data/%s\ndrop: {dir: ../in/%s}\n", name, name, name))
		if err := os.Mkdir(filepath.Join(dir, "in", name), 0o700); err != nil {
			t.Fatal(err)
		}
		samplesInto(t, filepath.Join(dir, "in", name))
	}
	began := time.Now()
	d := startDaemon(t, dir, monday(t))
	d.until("the import and the review of every practice", func(m string) bool { return series(m, "chartwatch_review_last_success_timestamp_seconds") == sites })
	round := time.Since(began)
	var slowest, total time.Duration
	const scrapes = 20
	text := ""
	for range scrapes {
		from := time.Now()
		var err error
		if text, err = d.scrape(); err != nil {
			t.Fatal(err)
		}
		took := time.Since(from)
		total, slowest = total+took, max(slowest, took)
	}
	for n := range sites {
		want := fmt.Sprintf(`chartwatch_store_events{site="site-%03d"} 2123`, n)
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	all := series(text, "chartwatch_[a-z_]+")
	t.Logf("%d sites: import and review of all %.1f s, peak %d MiB, %d series (%d a site), %d bytes, scrape %.1f ms, the slowest %.1f ms",
		sites, round.Seconds(), d.peak(), all, all/sites, len(text), float64(total.Microseconds())/scrapes/1000, float64(slowest.Microseconds())/1000)
	d.stop()

	// One practice of the configuration can be asked about by its name.
	got, err := program(t, dir, monday(t), "--site", "site-001", "weeks").CombinedOutput()
	if err != nil || !strings.Contains(string(got), "2025-W12 │ Mon 2025-03-24 06:00 │") {
		t.Errorf("the weeks of one practice: %v\n%s", err, got)
	}
	got, err = program(t, dir, monday(t), "weeks").CombinedOutput()
	if err == nil || !strings.Contains(string(got), "add --site NAME") {
		t.Errorf("without a site: %v\n%s", err, got)
	}
}
