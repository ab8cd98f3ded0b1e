package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// number is the value of a flag of this test program.
func number(t *testing.T, name string) int {
	t.Helper()
	f := flag.Lookup(name)
	if f == nil {
		t.Fatalf("there is no flag %s", name)
	}
	n, ok := f.Value.(flag.Getter).Get().(int)
	if !ok {
		t.Fatalf("the flag %s is no number", name)
	}
	return n
}

// year is a practice that is left alone, on a computer that is switched off, killed
// and has a wrong clock now and then.
type year struct {
	t      *testing.T
	dir    string
	random *rand.Rand
	sent   int // events
	count  map[string]int
}

// TestYear plays some weeks of runs by a timer. Whatever happens to a run, every week
// must be reviewed exactly once because it was due, and every event be there once. A
// whole year: go test ./cmd/chartwatch -run TestYear -v -timeout 1h -args -weeks 52 -kills 20.
func TestYear(t *testing.T) {
	t.Parallel()
	weeks, kills := number(t, "weeks"), number(t, "kills")
	y := &year{t: t, dir: t.TempDir(), random: rand.New(rand.NewPCG(uint64(number(t, "seed")), 1)), count: map[string]int{}}
	y.begin()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	first := time.Date(2025, 3, 3, 0, 0, 0, 0, zone)
	days := 7*weeks + 1
	killed := map[int]bool{}
	for len(killed) < kills {
		// Half of them on a Monday morning, in the middle of a review.
		d := y.random.IntN(days)
		if len(killed)%2 == 0 {
			d -= d % 7
		}
		killed[d] = true
		if len(killed) >= days/2 {
			break
		}
	}
	off := 0 // days for which the computer stays off
	for d := range days {
		y.deliver(first.AddDate(0, 0, d-1))
		if off > 0 && !killed[d] {
			off--
			y.count["days off"]++
			continue
		}
		if y.random.IntN(12) == 0 {
			off = 1 + y.random.IntN(9)
		}
		morning := first.AddDate(0, 0, d).Add(6*time.Hour + 5*time.Minute)
		if y.random.IntN(6) == 0 {
			jump := time.Duration(y.random.IntN(97)-48) * time.Hour
			morning = morning.Add(jump)
			y.count["clock jumps"]++ // of up to two days
		}
		if killed[d] {
			y.kill(morning)
			if y.random.IntN(2) == 0 {
				continue // it stays off for the rest of the day
			}
		}
		if y.random.IntN(4) == 0 {
			y.twice(morning)
			continue
		}
		y.run(morning)
	}
	end := first.AddDate(0, 0, days+1).Add(7 * time.Hour)
	y.run(end)
	if got := y.run(end.Add(time.Hour)); !strings.Contains(got, " 0 failed; 0 weeks reviewed") {
		t.Errorf("a run with nothing to do did something: %s", got)
	}
	y.check(end, weeks)
}

func (y *year) begin() {
	y.t.Helper()
	write(y.t, filepath.Join(y.dir, "chartwatch.yaml"), []byte("timezone: America/New_York\ndata_dir: data\ndrop: {dir: in, every: 1s}\nmetrics: {textfile: metrics.prom}\n"))
	if err := os.Mkdir(filepath.Join(y.dir, "in"), 0o700); err != nil {
		y.t.Fatal(err)
	}
	y.put("staff.csv", "user_id,name,role\nann,Ann Example,dentist\nbob,Bob Example,front desk\n")
}

// put writes a file into the drop folder, and then the mark that it is complete.
func (y *year) put(name, text string) {
	y.t.Helper()
	write(y.t, filepath.Join(y.dir, "in", name), []byte(text))
	write(y.t, filepath.Join(y.dir, "in", name+".done"), nil)
}

// deliver writes the log of a day. Now and then a file comes twice.
func (y *year) deliver(day time.Time) {
	y.t.Helper()
	var b strings.Builder
	b.WriteString("timestamp,user_id,patient_id,action\n")
	for n := range 5 + y.random.IntN(20) {
		fmt.Fprintf(&b, "%s %02d:%02d:00,%s,%d,view\n", day.Format(time.DateOnly), 9+n/6, n%6*10, []string{"ann", "bob"}[n%2], 1000+y.random.IntN(40))
		y.sent++
	}
	name := "log-" + day.Format("20060102")
	y.put(name+".csv", b.String())
	if y.random.IntN(5) == 0 {
		y.put(name+"-again.csv", b.String())
	}
}

func (y *year) command(at time.Time, args ...string) (*exec.Cmd, *bytes.Buffer) {
	y.t.Helper()
	self, err := os.Executable()
	if err != nil {
		y.t.Fatal(err)
	}
	cmd := exec.CommandContext(y.t.Context(), self, append([]string{"at", at.Format(time.RFC3339)}, args...)...)
	cmd.Dir = y.dir
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+filepath.Join(y.dir, "config"), "APPDATA="+filepath.Join(y.dir, "config"))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	return cmd, &out
}

// run runs what is due. An incomplete review is no failure.
func (y *year) run(at time.Time) string {
	y.t.Helper()
	cmd, out := y.command(at, "serve", "--create", "--once")
	if err := cmd.Run(); cmd.ProcessState == nil || (cmd.ProcessState.ExitCode() != 0 && cmd.ProcessState.ExitCode() != 3) {
		y.t.Fatalf("%s: %v\n%s", at, err, out)
	}
	y.count["runs"]++
	return out.String()
}

// kill starts a run and ends it the hard way after a moment.
func (y *year) kill(at time.Time) {
	y.t.Helper()
	cmd, out := y.command(at, "serve", "--create", "--once")
	if err := cmd.Start(); err != nil {
		y.t.Fatal(err)
	}
	time.Sleep(time.Duration(50+y.random.IntN(700)) * time.Millisecond)
	if err := cmd.Process.Kill(); err != nil {
		y.t.Logf("it was over before it could be killed: %v", err)
		y.count["late kills"]++
	}
	_ = cmd.Wait()
	if !strings.Contains(out.String(), "weeks reviewed") {
		y.count["kills in the middle"]++
	}
	y.count["kills"]++
}

// twice starts two runs at once. One of them may find the other at work.
func (y *year) twice(at time.Time) {
	y.t.Helper()
	first, a := y.command(at, "serve", "--create", "--once")
	second, b := y.command(at, "serve", "--create", "--once")
	for _, cmd := range []*exec.Cmd{first, second} {
		if err := cmd.Start(); err != nil {
			y.t.Fatal(err)
		}
	}
	for cmd, out := range map[*exec.Cmd]*bytes.Buffer{first: a, second: b} {
		_ = cmd.Wait()
		switch code := cmd.ProcessState.ExitCode(); {
		case code == 0, code == 3:
		case code == 1 && strings.Contains(out.String(), "already looked after"):
			y.count["refused second runs"]++
		default:
			y.t.Fatalf("%s: exit code %d\n%s", at, code, out)
		}
	}
	y.count["double triggers"]++
}

// check reads the ledger and the log's days back.
func (y *year) check(at time.Time, weeks int) {
	y.t.Helper()
	var ledger struct {
		Weeks []struct {
			Week    string `json:"week"`
			Reviews []struct {
				Why string `json:"why"`
			} `json:"reviews"`
		} `json:"weeks"`
	}
	y.read(at, &ledger, "weeks", "--format", "json")
	if len(ledger.Weeks) < weeks {
		y.t.Errorf("the ledger has %d weeks, want %d at least", len(ledger.Weeks), weeks)
	}
	again := 0
	for _, w := range ledger.Weeks {
		due := 0
		for _, r := range w.Reviews {
			switch r.Why {
			case "due":
				due++
			case "logs_changed", "records_changed":
				again++
			default:
				y.t.Errorf("week %s was reviewed because of %q", w.Week, r.Why)
			}
		}
		if due != 1 {
			y.t.Errorf("week %s was reviewed %d times because it was due", w.Week, due)
		}
	}
	var coverage struct {
		Sources []struct {
			Days []struct {
				Events int `json:"events"`
			} `json:"days"`
		} `json:"sources"`
	}
	y.read(at, &coverage, "coverage", "--format", "json")
	got := 0
	for _, s := range coverage.Sources {
		for _, d := range s.Days {
			got += d.Events
		}
	}
	if got != y.sent {
		y.t.Errorf("%d events are stored, %d were sent", got, y.sent)
	}
	left, err := filepath.Glob(filepath.Join(y.dir, "in", "*.csv"))
	if err != nil || len(left) > 0 {
		y.t.Errorf("%d files were left in the drop folder: %v", len(left), err)
	}
	y.t.Logf("%d weeks, each reviewed once when it was due, and %d times more because logs or lists came later; %d events; %v", len(ledger.Weeks), again, got, y.count)
}

func (y *year) read(at time.Time, into any, args ...string) {
	y.t.Helper()
	cmd, _ := y.command(at, args...)
	cmd.Stdout, cmd.Stderr = nil, nil
	text, err := cmd.Output()
	if code := cmd.ProcessState.ExitCode(); code != 0 && code != 3 {
		y.t.Fatalf("%v: %v", args, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		y.t.Fatalf("%v: %v in %s", args, err, text)
	}
}
