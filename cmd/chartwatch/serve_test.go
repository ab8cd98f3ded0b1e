package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// practiceFolder is a folder with the configuration of a practice; more is added to it.
func practiceFolder(t *testing.T, more string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "chartwatch.yaml"), []byte("timezone: America/New_York\ndata_dir: data\ndrop: {dir: in, every: 1s}\n"+more))
	if err := os.Mkdir(filepath.Join(dir, "in"), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// ends runs a command to its end and returns what it said, with its exit code.
func ends(t *testing.T, dir string, at time.Time, args ...string) (said string, code int) {
	t.Helper()
	cmd := program(t, dir, at, args...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	dir := practiceFolder(t, fmt.Sprintf("metrics: {listen: %q}\n", taken.Addr()))
	said, code := ends(t, dir, monday(t), "serve", "--create")
	if code != 1 || !strings.Contains(said, "cannot listen on "+taken.Addr().String()+" for metrics") || !strings.Contains(said, "hint: another program may use this port") {
		t.Errorf("exit code %d\n%s", code, said)
	}
	// Nothing was left behind that keeps the next one away.
	if said, code := ends(t, dir, monday(t), "serve", "--create", "--once"); code != 0 {
		t.Errorf("afterwards: exit code %d\n%s", code, said)
	}
}

// TestTwoServes starts a second daemon on one data directory, and one on one drop
// folder. The first goes on, and the command line works.
func TestTwoServes(t *testing.T) {
	t.Parallel()
	dir := practiceFolder(t, "metrics: {listen: \"127.0.0.1:0\"}\n")
	samplesInto(t, filepath.Join(dir, "in"))
	d := startDaemon(t, dir, monday(t))
	d.until("the import", func(m string) bool { return strings.Contains(m, `chartwatch_store_events{site="main"} 2123`) })
	for _, args := range [][]string{{"serve", "--create"}, {"serve", "--create", "--once"}} {
		said, code := ends(t, dir, monday(t), args...)
		if code != 1 || !strings.Contains(said, "the data directory "+filepath.Join(dir, "data")+" is already looked after by a chartwatch serve (process") {
			t.Errorf("%v: exit code %d\n%s", args, code, said)
		}
	}
	write(t, filepath.Join(dir, "other.yaml"), []byte("timezone: America/New_York\ndata_dir: other\ndrop: {dir: in}\n"))
	said, code := ends(t, dir, monday(t), "--config", "other.yaml", "serve", "--create", "--once")
	if code != 1 || !strings.Contains(said, "the drop folder "+filepath.Join(dir, "in")+" is already looked after by") {
		t.Errorf("one drop folder: exit code %d\n%s", code, said)
	}
	if said, code := ends(t, dir, monday(t), "who", "1050", "--on", "2025-03-11"); code != 0 || !strings.Contains(said, "access") {
		t.Errorf("the command line beside it: exit code %d\n%s", code, said)
	}
	d.stop()
	if said, code := ends(t, dir, monday(t), "serve", "--create", "--once"); code != 0 {
		t.Errorf("after it has stopped: exit code %d\n%s", code, said)
	}
}

// twoPractices is a folder with the configuration of two practices, elm and oak, with the
// samples in their drop folders.
func twoPractices(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "chartwatch.yaml"), []byte("sites: [sites/*.yaml]\ndata_dir: all\nmetrics: {textfile: fleet.prom}\n"))
	if err := os.Mkdir(filepath.Join(dir, "sites"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"elm", "oak"} {
		write(t, filepath.Join(dir, "sites", name+".yaml"), fmt.Appendf(nil, "site: %s\ntimezone: America/New_York\ndata_dir: ../data/%s\ndrop: {dir: ../in/%s, every: 1s}\n", name, name, name))
		if err := os.MkdirAll(filepath.Join(dir, "in", name), 0o700); err != nil {
			t.Fatal(err)
		}
		samplesInto(t, filepath.Join(dir, "in", name))
	}
	return dir
}

// TestSiteRemoved takes a practice out of the configuration. Its data stays, and the
// daemon says that nobody looks after it.
func TestSiteRemoved(t *testing.T) {
	t.Parallel()
	dir := twoPractices(t)
	if said, code := ends(t, dir, monday(t), "serve", "--create", "--once"); code != 0 || !strings.Contains(said, "8 files imported, 0 failed; 2 weeks reviewed") {
		t.Fatalf("exit code %d\n%s", code, said)
	}
	if err := os.Rename(filepath.Join(dir, "sites", "oak.yaml"), filepath.Join(dir, "oak.yaml")); err != nil {
		t.Fatal(err)
	}
	samplesInto(t, filepath.Join(dir, "in", "oak"))
	said, code := ends(t, dir, monday(t), "serve", "--create", "--once")
	for _, want := range []string{"a practice is no longer in the configuration; its data stays where it is", "site=oak", "waiting_files=4", "add its configuration again"} {
		if code != 0 || !strings.Contains(said, want) {
			t.Errorf("it does not say %q: exit code %d\n%s", want, code, said)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "fleet.prom"))
	if err != nil || !strings.Contains(string(text), `site="elm"`) || strings.Contains(string(text), `site="oak"`) {
		t.Errorf("the metrics: %v\n%s", err, text)
	}
	if _, err := os.Stat(filepath.Join(dir, "data", "oak", "chartwatch.duckdb")); err != nil {
		t.Errorf("its data: %v", err)
	}
	// Back again, nothing was lost and nothing is done twice.
	if err := os.Rename(filepath.Join(dir, "oak.yaml"), filepath.Join(dir, "sites", "oak.yaml")); err != nil {
		t.Fatal(err)
	}
	if said, code := ends(t, dir, monday(t), "serve", "--create", "--once"); code != 0 || !strings.Contains(said, "0 files imported, 0 failed; 0 weeks reviewed") || strings.Contains(said, "no longer") {
		t.Errorf("back again: exit code %d\n%s", code, said)
	}
}

// removeMarks removes the marks that a file is complete.
func removeMarks(t *testing.T, dir string) {
	t.Helper()
	marks, err := filepath.Glob(filepath.Join(dir, "*.done"))
	if err != nil || len(marks) == 0 {
		t.Fatalf("%d marks: %v", len(marks), err)
	}
	for _, name := range marks {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDailyImport imports the configured paths once a day, and catches up a day that
// was missed.
func TestDailyImport(t *testing.T) {
	t.Parallel()
	dir := practiceFolder(t, "schedule: {paths: [daily], ingest: \"05:00\"}\nmetrics: {listen: \"\"}\n")
	daily := filepath.Join(dir, "daily")
	if err := os.Mkdir(daily, 0o700); err != nil {
		t.Fatal(err)
	}
	log := func(day string) {
		t.Helper()
		write(t, filepath.Join(daily, day+".csv"), []byte("timestamp,user_id,patient_id,action\n"+day+" 09:00:00,ann,1,view\n"))
	}
	at := func(days int, clock string) time.Time {
		t.Helper()
		d, err := time.ParseDuration(clock)
		if err != nil {
			t.Fatal(err)
		}
		return monday(t).Truncate(24*time.Hour).Add(4*time.Hour+d).AddDate(0, 0, days) // midnight in New York is 4:00 in UTC
	}
	for _, step := range []struct {
		day  string
		when time.Time
		want string
	}{
		{"2025-03-24", at(1, "4h30m"), "1 files imported"}, // since it was never done, at once
		{"2025-03-25", at(1, "4h59m"), "0 files imported"}, // not yet 5:00
		{"", at(1, "5h0m"), "1 files imported"},
		{"2025-03-26", at(1, "23h0m"), "0 files imported"}, // once a day
		{"2025-03-27", at(4, "3h0m"), "2 files imported"},  // two days were missed
		{"", at(4, "5h1m"), "0 files imported"},
	} {
		if step.day != "" {
			log(step.day)
		}
		said, _ := ends(t, dir, step.when, "serve", "--create", "--once")
		if !strings.Contains(said, step.want+", 0 failed") {
			t.Errorf("%s: want %s\n%s", step.when, step.want, said)
		}
	}
}

// TestSwitchedOnMonday starts the daemon when the week is due already and its logs lie in
// the drop folder. The review waits for them, and is made once.
func TestSwitchedOnMonday(t *testing.T) {
	t.Parallel()
	dir := practiceFolder(t, "metrics: {listen: \"127.0.0.1:0\"}\n")
	in := filepath.Join(dir, "in")
	samplesInto(t, in)
	if err := os.Rename(filepath.Join(in, "access_log.csv"), filepath.Join(dir, "access_log.csv")); err != nil {
		t.Fatal(err)
	}
	if said, code := ends(t, dir, monday(t), "ingest", "access_log.csv"); code != 0 {
		t.Fatalf("exit code %d\n%s", code, said)
	}
	removeMarks(t, in)
	write(t, filepath.Join(in, "more_log.csv"), []byte("timestamp,user_id,patient_id,action\n2025-03-21 09:00:00,bfarrow,1050,view\n"))
	d := startDaemon(t, dir, monday(t))
	d.until("the review", func(m string) bool { return series(m, "chartwatch_review_last_success_timestamp_seconds") == 1 })
	d.until("the import", func(m string) bool { return strings.Contains(m, `chartwatch_store_events{site="main"} 2124`) })
	d.stop()
	said, code := ends(t, dir, monday(t).Add(time.Hour), "weeks", "--format", "json")
	if code != 0 || strings.Count(said, `"why"`) != 1 || strings.Count(said, `"why": "due"`) != 1 {
		t.Errorf("exit code %d\n%s", code, said)
	}
}
