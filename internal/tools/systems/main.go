// Command systems checks the types of a module and of its tests for systems other than
// this one: `systems FOLDER windows/amd64 darwin/arm64`.
//
// It needs no C compiler for them, so that it reaches the packages that use the
// database, which cannot be compiled for another system here. What is linked in the
// end it cannot say.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil { //nolint:forbidigo // package main
		fmt.Fprintln(os.Stderr, "systems:", err) //nolint:forbidigo // package main
		os.Exit(1)                               //nolint:forbidigo // package main
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) < 2 {
		return errors.New("want a folder and systems, such as: . windows/amd64 darwin/arm64")
	}
	bad := 0
	for _, system := range args[1:] {
		goos, goarch, ok := strings.Cut(system, "/")
		if !ok {
			return fmt.Errorf("%s: want a system and its processor, such as windows/amd64", system)
		}
		c := newChecker(goos, goarch)
		all, err := c.list(ctx, args[0])
		if err != nil {
			return fmt.Errorf("%s: %w", system, err)
		}
		ours := 0
		for _, p := range all {
			problems := c.check(p)
			for _, problem := range problems {
				if _, err := fmt.Fprintf(out, "%s: %s: %v\n", system, p.ImportPath, problem); err != nil {
					return err
				}
			}
			bad += len(problems)
			if !p.DepOnly {
				ours++
			}
		}
		if _, err := fmt.Fprintf(out, "%s: %d packages, with tests\n", system, ours); err != nil {
			return err
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d problems", bad)
	}
	return nil
}
