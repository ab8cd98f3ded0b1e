package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/report"
)

// printIngest prints the balance of each file, and then the warnings.
func printIngest(w io.Writer, r intake.Result) error {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"file", "parser", "status", "dataset", "records", "accepted", "duplicates", "rejected"})
	for _, f := range r.Files {
		t.AppendRow(table.Row{printable(f.Path), f.Parser, f.Status, f.Dataset, f.Records, f.Accepted, f.Duplicates, f.Rejected})
	}
	if _, err := fmt.Fprintln(w, t.Render()); err != nil {
		return err
	}
	if err := printIngestSummary(w, r); err != nil {
		return err
	}
	return printLacks(w, r)
}

// judgedFrom is from how many events on it means something that a log has none of a kind.
const judgedFrom = 50

// fewFailed is how many files may fail with every parser's reason for refusing them.
const fewFailed = 2

// printIngestSummary prints failures, warnings and reasons for rejects.
func printIngestSummary(w io.Writer, r intake.Result) error {
	var b strings.Builder
	failed := 0
	for _, f := range r.Files {
		if f.Status == intake.Failed {
			failed++
		}
	}
	for _, f := range r.Files {
		if f.Status == intake.Failed {
			why := f.Error
			if failed > fewFailed { // each parser's reason stands on a line of its own; `inspect` shows them
				why, _, _ = strings.Cut(why, "\n")
				why = strings.TrimSuffix(why, ":")
			}
			fmt.Fprintf(&b, "failed: %s: %s\n", printable(f.Path), printable(why))
			if f.Hint != "" {
				fmt.Fprintf(&b, "  hint: %s\n", printable(f.Hint))
			}
		}
		for _, reason := range sortedReasons(f.RejectReasons) {
			fmt.Fprintf(&b, "rejected: %s: %d records: %s\n", printable(f.Path), f.RejectReasons[reason], reason)
		}
	}
	for _, x := range r.Warnings {
		about := "note: "
		if x.Source != "" {
			about += x.Source + ": "
		}
		fmt.Fprintf(&b, "%s\n", printable(about+x.Message))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// printLacks prints what each log does not hold, and what its product's vendor says
// about getting it.
func printLacks(w io.Writer, r intake.Result) error {
	var b strings.Builder
	for _, f := range r.Files {
		if f.Sufficiency == nil || f.Sufficiency.Events < judgedFrom {
			continue
		}
		if lacks := report.Lacking(*f.Sufficiency); lacks != "" {
			fmt.Fprintf(&b, "lacks: %s: %s\n", printable(f.Path), lacks)
		}
		for _, a := range f.Sufficiency.Advice {
			fmt.Fprintf(&b, "  to get %s: %s (%s)\n", report.ElementWords(a.Lacks), printable(a.Text), printable(a.Source))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func sortedReasons(m map[ingest.Reason]int64) []ingest.Reason {
	return slices.Sorted(maps.Keys(m))
}
