// Command bench measures chartwatch side by side with DuckDB alone, on the same
// data, with the same driver, in one run. Each case runs in a process of its own,
// so that its peak memory is its own.
//
//	go run ./internal/bench              # everything, a few minutes
//	go run ./internal/bench -rows 200000 -events 2000000   # smaller
//	go run ./internal/bench -case review -events 5000000 -size L -dir DIR
//
// Case review measures the weekly review of played practices instead; with -dir
// their stores are kept for the next time.
//
// It prints a table and judges nothing.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/intake"
)

// result is what one case measured.
type result struct {
	Case    string  `json:"case"`
	Rows    int64   `json:"rows"`
	Seconds float64 `json:"seconds"`
	// PeakMiB is the largest resident size of the process.
	PeakMiB float64 `json:"peak_mib"`
	// BytesPerRow is the size of the database file for each row.
	BytesPerRow float64 `json:"bytes_per_row"`
}

type options struct {
	dir    string
	rows   int
	fhir   int
	events int
	rounds int
	where  string
	size   string // of the played practices
	days   int    // of the reviews; 0 is all lengths
}

func main() {
	var o options
	only := flag.String("case", "", "run one `CASE` in this process and print its result as JSON")
	flag.StringVar(&o.dir, "dir", "", "working `DIR`; a temporary one if left out")
	flag.IntVar(&o.rows, "rows", 2_000_000, "rows of the CSV file")
	flag.IntVar(&o.fhir, "fhir", 200_000, "events of the FHIR NDJSON file")
	flag.IntVar(&o.events, "events", 20_000_000, "events for the questions; 0 leaves them out")
	flag.IntVar(&o.rounds, "rounds", 3, "how often each case runs; the median is printed")
	flag.StringVar(&o.where, "where", "", "condition of case bare")
	flag.StringVar(&o.size, "size", "M", "size of the practice of case review: S, M or L")
	flag.IntVar(&o.days, "days", 0, "review only 7 or 180 `DAYS` in case review; 0 is both")
	flag.Parse()
	ctx := context.Background()
	if *only == "review" {
		exitOn(reviews(ctx, o, os.Stdout))
		return
	}
	if *only != "" {
		intake.TuneMemory() // as the program does
		if strings.HasPrefix(*only, "review-") {
			r, err := reviewCase(ctx, *only, o)
			exitOn(err)
			exitOn(json.NewEncoder(os.Stdout).Encode(r))
			return
		}
		r, err := runCase(ctx, *only, o)
		exitOn(err)
		r.PeakMiB = peakMiB()
		exitOn(json.NewEncoder(os.Stdout).Encode(r))
		return
	}
	exitOn(runAll(ctx, o, os.Stdout))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// runAll makes the data, runs the cases in turn and prints the medians.
func runAll(ctx context.Context, o options, w io.Writer) error {
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "chartwatch-bench-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		o.dir = dir
	}
	fmt.Fprintln(os.Stderr, "bench: making data")
	if err := makeData(o); err != nil {
		return err
	}
	results := map[string][]result{}
	names := loadCases()
	for round := range o.rounds {
		for _, name := range names {
			fmt.Fprintf(os.Stderr, "bench: round %d of %d: %s\n", round+1, o.rounds, name)
			r, err := spawn(ctx, name, o)
			if err != nil {
				return err
			}
			results[name] = append(results[name], r)
		}
	}
	fmt.Fprintf(w, "%-22s %10s %9s %12s %9s %10s\n", "case", "rows", "seconds", "rows/s", "peak MiB", "bytes/row")
	for _, name := range names {
		r := median(results[name])
		fmt.Fprintf(w, "%-22s %10d %9.2f %12.0f %9.0f %10.1f\n", name, r.Rows, r.Seconds, float64(r.Rows)/r.Seconds, r.PeakMiB, r.BytesPerRow)
	}
	for _, pair := range [][2]string{{"csv-chartwatch", "csv-read_csv"}, {"fhir-chartwatch", "fhir-read_json"}} {
		ours, theirs := median(results[pair[0]]), median(results[pair[1]])
		fmt.Fprintf(w, "%s / %s: %.2f times the rate\n", pair[0], pair[1], theirs.Seconds/ours.Seconds)
	}
	if o.events == 0 {
		return nil
	}
	return questions(ctx, o, w)
}

// spawn runs one case in a new process.
func spawn(ctx context.Context, name string, o options) (result, error) {
	self, err := os.Executable()
	if err != nil {
		return result{}, err
	}
	cmd := exec.CommandContext(ctx, self, "-case", name, "-dir", o.dir, //nolint:gosec // ourselves
		"-rows", strconv.Itoa(o.rows), "-fhir", strconv.Itoa(o.fhir), "-events", strconv.Itoa(o.events))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return result{}, fmt.Errorf("case %s: %w", name, err)
	}
	var r result
	err = json.Unmarshal(out, &r)
	return r, err
}

func median(list []result) result {
	sorted := slices.SortedFunc(slices.Values(list), func(a, b result) int {
		switch {
		case a.Seconds < b.Seconds:
			return -1
		case a.Seconds > b.Seconds:
			return 1
		}
		return 0
	})
	return sorted[len(sorted)/2]
}

// timed runs do and returns how long it took.
func timed(do func() error) (float64, error) {
	start := time.Now()
	err := do()
	return time.Since(start).Seconds(), err
}

func csvFile(o options) string  { return filepath.Join(o.dir, "events.csv") }
func fhirFile(o options) string { return filepath.Join(o.dir, "events.ndjson") }
