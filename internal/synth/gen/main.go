// Command gen writes the files of sample_logs. It is run by go generate in
// package synth, takes no arguments and writes nowhere else.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"
	_ "time/tzdata" // the samples must not depend on the machine's zone database

	"github.com/chartwatch/chartwatch/internal/synth"
)

func main() {
	if err := run(filepath.Join("..", "..", "sample_logs")); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err) //nolint:forbidigo // a command of its own
		os.Exit(1)                           //nolint:forbidigo // as above
	}
}

func run(folder string) error {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		return err
	}
	samples, err := synth.Samples(zone)
	if err != nil {
		return err
	}
	for _, s := range samples {
		var b bytes.Buffer
		if err := s.Write(&b); err != nil {
			return fmt.Errorf("%s: %w", s.Path, err)
		}
		path := filepath.Join(folder, filepath.FromSlash(s.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // public files
			return err
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil { //nolint:gosec // public files
			return err
		}
	}
	return nil
}
