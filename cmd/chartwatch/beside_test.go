package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// beside counts what is done while the daemon is at work.
type beside struct {
	mu       sync.Mutex
	commands int
	failed   []string
	longest  time.Duration
	slowest  string
	scrapes  int
	missed   []string
}

func (b *beside) command(name string, took time.Duration, failure string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.commands++
	if failure != "" {
		b.failed = append(b.failed, failure)
	}
	if took > b.longest {
		b.longest, b.slowest = took, name
	}
}

func (b *beside) scrape(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.scrapes++
	if err != nil {
		b.missed = append(b.missed, err.Error())
	}
}

// TestBeside uses the command line while serve imports and reviews and is scraped all
// the time. No command and no scrape may fail. For longer: go test ./cmd/chartwatch
// -run TestBeside -v -timeout 1h -args -files 300.
func TestBeside(t *testing.T) {
	t.Parallel()
	files := number(t, "files")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "chartwatch.yaml"), []byte("timezone: America/New_York\ndata_dir: data\ndrop: {dir: in, every: 1s}\nmetrics: {listen: \"127.0.0.1:0\"}\n"))
	in := filepath.Join(dir, "in")
	if err := os.Mkdir(in, 0o700); err != nil {
		t.Fatal(err)
	}
	samplesInto(t, in)
	d := startDaemon(t, dir, monday(t))
	d.until("the first review", func(m string) bool { return series(m, "chartwatch_review_last_success_timestamp_seconds") == 1 })

	var p *prometheus
	if _, err := exec.LookPath("prometheus"); err == nil {
		p = startPrometheus(t, d.address)
	} else {
		t.Log("without a Prometheus: only the scrapes of the test itself are counted")
	}
	var b beside
	var group sync.WaitGroup
	done := make(chan struct{})
	until := func(do func()) {
		group.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					do()
				}
			}
		})
	}
	until(func() {
		_, err := d.scrape()
		b.scrape(err)
		time.Sleep(20 * time.Millisecond)
	})
	// One person, who asks one thing after the other.
	write(t, filepath.Join(dir, "more.csv"), []byte("timestamp,user_id,patient_id,action\n2025-03-23 09:00:00,bfarrow,1050,view\n"))
	commands := [][]string{
		{"ingest", "more.csv"}, {"who", "1050", "--on", "2025-03-11"}, {"review", "--week", "2025-W11", "--output", "r.html"}, {"coverage"}, {"findings", "list"}, {"weeks"},
	}
	turn := 0
	until(func() {
		args := commands[turn%len(commands)]
		turn++
		from := time.Now()
		out, err := program(t, dir, monday(t), args...).CombinedOutput()
		failure := ""
		// 3 says that the logs of the week are not complete, which is so.
		if err != nil && !strings.Contains(err.Error(), "exit status 3") {
			failure = fmt.Sprintf("%v: %v\n%s", args, err, out)
		}
		b.command(args[0], time.Since(from), failure)
	})
	for n := range files {
		// Logs of the week that was reviewed, so that it is reviewed again.
		text := fmt.Sprintf("timestamp,user_id,patient_id,action\n2025-03-21 %02d:%02d:%02d,bfarrow,1050,view\n", 9+n/3600, n/60%60, n%60)
		name := fmt.Sprintf("log-%03d.csv", n)
		write(t, filepath.Join(in, name), []byte(text))
		write(t, filepath.Join(in, name+".done"), nil)
		time.Sleep(50 * time.Millisecond)
	}
	d.until("the import of all files", func(m string) bool {
		return strings.Contains(m, fmt.Sprintf(`chartwatch_store_events{site="main"} %d`+"\n", 2123+files+1))
	})
	close(done)
	group.Wait()
	for _, f := range b.failed {
		t.Errorf("a command failed: %s", f)
	}
	for _, f := range b.missed {
		t.Errorf("a scrape failed: %s", f)
	}
	if p != nil {
		all, good := p.value(`count_over_time(up{job="chartwatch"}[1h])`), p.value(`sum_over_time(up{job="chartwatch"}[1h])`)
		if all < 3 || all != good {
			t.Errorf("of %v scrapes of Prometheus %v succeeded", all, good)
		}
		t.Logf("%v scrapes of Prometheus, all of which succeeded; the slowest took %.0f ms", all, 1000*p.value(`max_over_time(scrape_duration_seconds{job="chartwatch"}[1h])`))
	}
	t.Logf("%d commands, %d failed, the slowest took %.1f s (%s); %d scrapes, %d failed; peak of serve %d MiB",
		b.commands, len(b.failed), b.longest.Seconds(), b.slowest, b.scrapes, len(b.missed), d.peak())
	d.stop()
}
