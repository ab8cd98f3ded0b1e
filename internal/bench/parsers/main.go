// Command parsers measures every parser on inputs of 100 MB and 1 GB: records and
// megabytes a second on one run, and the largest memory of the process, which must
// not grow with the input.
//
//	go run ./internal/bench/parsers                    # every file of sample_logs, a few minutes
//	go run ./internal/bench/parsers -mb 10,100 atna    # other sizes, one folder of sample_logs
//	go run ./internal/bench/parsers -fields            # which fields each format fills, no measurement
//
// An input is the file of sample_logs with its records repeated: what a parser does
// with a record is measured, and not what the store does with it. Each size runs in
// a process of its own. The command prints a table and judges nothing.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/builtin"
)

// result is one line of the table.
type result struct {
	Parser   string  `json:"parser"`
	Records  int64   `json:"records"`
	Rejected int64   `json:"rejected"`
	Bytes    int64   `json:"bytes"`
	Seconds  float64 `json:"seconds"`
	PeakMiB  float64 `json:"peak_mib"`
}

func main() {
	samples := flag.String("samples", "sample_logs", "folder of the samples")
	sizes := flag.String("mb", "100,1000", "sizes of the inputs in `MB`, separated by commas")
	one := flag.String("one", "", "measure only this file and print JSON; what the command calls itself with")
	fields := flag.Bool("fields", false, "print which fields each sample fills, in percent of its events")
	flag.Parse()
	ctx := context.Background()
	if *one != "" {
		n, err := strconv.ParseInt(*sizes, 10, 64)
		exitOn(err)
		r, err := measure(ctx, *one, n*1_000_000)
		exitOn(err)
		exitOn(json.NewEncoder(os.Stdout).Encode(r))
		return
	}
	files, err := find(*samples, flag.Args())
	exitOn(err)
	if *fields {
		exitOn(printFields(ctx, files))
		return
	}
	exitOn(compare(ctx, files, strings.Split(*sizes, ",")))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "parsers:", err)
		os.Exit(1)
	}
}

// find returns the files of the samples, or those of some folders of them.
func find(dir string, folders []string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		folder := filepath.Base(filepath.Dir(path))
		if err == nil && !d.IsDir() && filepath.Dir(path) != filepath.Clean(dir) && (len(folders) == 0 || slices.Contains(folders, folder)) {
			files = append(files, path)
		}
		return err
	})
	return files, err
}

// compare measures each file at each size in a process of its own.
func compare(ctx context.Context, files, sizes []string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Printf("| parser | file | size | records/s | MB/s | peak memory |\n|---|---|---:|---:|---:|---:|\n")
	for _, file := range files {
		for _, size := range sizes {
			c := exec.CommandContext(ctx, self, "-one", file, "-mb", size) //nolint:gosec // ourselves
			c.Stderr = os.Stderr
			out, err := c.Output()
			if err != nil {
				return fmt.Errorf("measuring %s: %w", file, err)
			}
			var r result
			if err := json.Unmarshal(out, &r); err != nil {
				return fmt.Errorf("measuring %s: %w", file, err)
			}
			note := ""
			if r.Rejected > 0 {
				note = fmt.Sprintf(" (%d rejected)", r.Rejected)
			}
			fmt.Printf("| `%s` | %s | %s MB | %.0f%s | %.0f | %.0f MiB |\n",
				r.Parser, filepath.Base(file), size, float64(r.Records)/r.Seconds, note, float64(r.Bytes)/1e6/r.Seconds, r.PeakMiB)
		}
	}
	return nil
}

// nothing takes rows and forgets them.
type nothing struct{}

func (nothing) WriteBatch(context.Context, ingest.Dataset, arrow.RecordBatch) error { return nil }
func (nothing) WriteReject(context.Context, ingest.Reject) error                    { return nil }

// measure parses a file that was made longer.
func measure(ctx context.Context, path string, size int64) (result, error) {
	in, err := openRepeated(path, size)
	if err != nil {
		return result{}, err
	}
	registry, err := builtin.Registry()
	if err != nil {
		return result{}, err
	}
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		return result{}, err
	}
	var r result
	began := time.Now()
	options := ingest.OpenOptions{Limits: ingest.Limits{}}
	info, err := ingest.OpenStream(ctx, filepath.Base(path), in, options, func(ctx context.Context, m ingest.Member) error {
		plugin, parser, err := registry.Detect(m.Head, ingest.Settings{})
		if err != nil {
			return err
		}
		w := ingest.NewWriter(nothing{}, ingest.WriterOptions{})
		defer w.Release()
		src := ingest.Source{Name: m.Name, Zone: zone, ZoneBasis: ingest.TZSourceSetting, Data: m.Data}
		if err := parser.Parse(ctx, src, w); err != nil {
			return err
		}
		if err := w.Flush(ctx); err != nil {
			return err
		}
		c := w.Counts()
		r.Parser, r.Records, r.Rejected = plugin.Name, c.Records, c.Rejected
		return nil
	})
	r.Seconds, r.Bytes, r.PeakMiB = time.Since(began).Seconds(), info.Size, peakMiB()
	return r, err
}
