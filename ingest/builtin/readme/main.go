// Command readme writes the table of parsers and products into README.md, from
// the registry, so that it cannot go stale.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/chartwatch/chartwatch/ingest/builtin"
	"github.com/chartwatch/chartwatch/ingest/delimited"
)

const (
	begin = "<!-- parsers: made from the registry by go generate ./ingest/builtin -->\n"
	end   = "<!-- /parsers -->"
)

func main() {
	if len(os.Args) != 2 {
		exit(errors.New("usage: readme FILE"))
	}
	text, err := os.ReadFile(os.Args[1]) //nolint:gosec // the file that go generate names
	if err != nil {
		exit(err)
	}
	table, err := table()
	if err != nil {
		exit(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		exit(fmt.Errorf("%s: the markers of the table are missing", os.Args[1]))
	}
	if err := os.WriteFile(os.Args[1], []byte(before+begin+"\n"+table+"\n"+end+after), 0o644); err != nil { //nolint:gosec // a public file
		exit(err)
	}
}

func exit(err error) {
	fmt.Fprintln(os.Stderr, "readme:", err)
	os.Exit(1)
}

func table() (string, error) {
	registry, err := builtin.Registry()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("| parser | reads | gives |\n|---|---|---|\n")
	for _, p := range registry.Plugins() {
		datasets := make([]string, len(p.Produces))
		for i, d := range p.Produces {
			datasets[i] = string(d)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", p.Name, p.Summary, strings.Join(datasets, ", "))
	}
	profiles, err := delimited.Profiles()
	if err != nil {
		return "", err
	}
	b.WriteString("\nTables whose columns `delimited` knows. None of them was tried on a real export but our own; *documented* columns come from the vendor's documentation:\n\n| profile | product | columns |\n|---|---|---|\n")
	for _, p := range profiles {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", p.Name, p.Product, p.Status)
	}
	return b.String(), nil
}
