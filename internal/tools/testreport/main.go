// Command testreport reads the output of go test -json from standard input,
// prints it in go test's own words, and fails if a test failed or was skipped
// without permission. A suite that did not run at all fails too.
//
// It refuses to be quiet about a test that did not run: every skip is printed,
// and only those that the list of permitted skips names are let through.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil { //nolint:forbidigo // package main
		fmt.Fprintln(os.Stderr, "testreport:", err) //nolint:forbidigo // package main
		os.Exit(1)                                  //nolint:forbidigo // package main
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("testreport", flag.ContinueOnError)
	skips := flags.String("skips", "", "file of permitted skips; none is permitted without it")
	root := flags.String("root", ".", "folder that the paths in the file of skips start from")
	summary := flags.String("summary", "", "file to write the line of totals to")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var permitted []permit
	if *skips != "" {
		text, err := os.ReadFile(filepath.Clean(*skips))
		if err != nil {
			return fmt.Errorf("reading the permitted skips: %w", err)
		}
		if permitted, err = parsePermits(string(text)); err != nil {
			return fmt.Errorf("%s: %w", *skips, err)
		}
	}
	r := newReport(out, func(message string) bool { return isPermitted(permitted, *root, message) })
	if err := r.read(in); err != nil {
		return err
	}
	if *summary != "" {
		if err := os.WriteFile(filepath.Clean(*summary), []byte(r.totals()+"\n"), 0o600); err != nil {
			return err
		}
	}
	return r.finish()
}
