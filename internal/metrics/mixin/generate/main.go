// Command generate writes the dashboards of package mixin into a folder. It is run
// by go generate there and writes nowhere else.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chartwatch/chartwatch/internal/metrics/mixin"
)

func main() {
	if err := run(os.Args[1:]); err != nil { //nolint:forbidigo // a command of its own
		fmt.Fprintln(os.Stderr, "generate:", err) //nolint:forbidigo // as above
		os.Exit(1)                                //nolint:forbidigo // as above
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: generate FOLDER")
	}
	made, err := mixin.Dashboards()
	if err != nil {
		return err
	}
	for name, text := range made {
		if err := os.WriteFile(filepath.Join(args[0], name), text, 0o644); err != nil { //nolint:gosec // public files
			return err
		}
	}
	return nil
}
