package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/report"
	"github.com/chartwatch/chartwatch/internal/scrub"
)

func (a *app) scrubCommand() *cobra.Command {
	var (
		read           readFlags
		output, format string
		keep           []string
		differ         bool
	)
	c := &cobra.Command{
		Use:   "scrub PATH...",
		Short: "Make a sample of an export that holds no patient data",
		Long: `Write a copy of an export that has the same shape and no patient data, to be
sent along with a report of a problem. Names, numbers, ids and free text are
replaced, the same by the same in all files of one call; dates move by a random
number of weeks. The copy is published only if no identifying word is left in
it and the parser finds the same records in it as in the original. Archives and
workbooks become plain text. Look at the copy before you send it.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if output == "" {
				return fault.New(fault.Usage, "no output", "name a folder or a file with --output")
			}
			if format != "table" && format != "json" {
				return unknownFormat(format, "table", "json")
			}
			result, err := a.scrub(c.Context(), args, read, scrub.Options{Output: output, Keep: keep, AllowDifference: differ})
			if err != nil {
				return err
			}
			if format == "json" {
				return report.JSON(a.env.Stdout, result)
			}
			return printScrubbed(a.env.Stdout, result)
		},
	}
	read.add(c)
	c.Flags().StringVarP(&output, "output", "o", "", "`PATH` of the folder, or of the file, to write")
	c.Flags().StringSliceVar(&keep, "keep", nil, "`WORDS` that are no patient data and may stay, such as names of columns")
	c.Flags().BoolVar(&differ, "allow-difference", false, "write the copy even if the parser finds something else in it than in the original")
	c.Flags().StringVar(&format, "format", "table", "how to print: table, json")
	return c
}

func (a *app) scrub(ctx context.Context, paths []string, read readFlags, o scrub.Options) (scrub.Report, error) {
	jobs, err := a.jobs(paths, read.Reading)
	if err != nil {
		return scrub.Report{}, err
	}
	reg, err := parsers()
	if err != nil {
		return scrub.Report{}, err
	}
	o.Registry, o.Random = reg, rand.Reader
	for _, j := range jobs {
		if j.err != nil {
			return scrub.Report{}, fault.Wrap(fault.NotFound, "cannot read the path", "check its spelling and permissions", j.err)
		}
		s := j.settings
		o.Files = append(o.Files, scrub.File{
			Path: j.path, Parser: s.Parser, Settings: ingest.Settings{Mapping: s.Mapping, MappingName: s.MappingName},
			Zone: s.Zone, Basis: s.ZoneBasis, Encoding: s.Encoding, Limits: s.Limits,
		})
	}
	result, err := scrub.Run(ctx, o)
	if err != nil {
		return scrub.Report{}, scrubFault(err)
	}
	return result, nil
}

// scrubFault says what a person can do about an error.
func scrubFault(err error) error {
	hint := ""
	kind := fault.Internal
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, scrub.ErrExists):
		kind, hint = fault.Conflict, "name another output; nothing is overwritten"
	case errors.Is(err, scrub.ErrStdin), errors.Is(err, scrub.ErrNothing):
		kind, hint = fault.Usage, "name files or folders"
	case errors.Is(err, scrub.ErrShape):
		hint = "a word that the format needs was replaced; name it with --keep if it is no patient data, or allow it with --allow-difference"
	case errors.Is(err, scrub.ErrSurvived):
		hint = "please report this without the file: it is a fault of chartwatch"
	}
	return fault.Wrap(kind, "nothing was written", hint, err)
}

func printScrubbed(w io.Writer, r scrub.Report) error {
	var b strings.Builder
	for _, c := range r.Copies {
		what := "read by no parser"
		switch {
		case c.Stops:
			what = "parser " + c.Parser + ", which stops at the original"
		case c.Difference != "":
			what = fmt.Sprintf("parser %s, %d records in the original; %s", c.Parser, c.Records, c.Difference)
		case c.Parser != "":
			what = fmt.Sprintf("parser %s, %d records, %d of them rejected, as in the original", c.Parser, c.Records, c.Rejected)
		}
		fmt.Fprintf(&b, "%s\n  %s; %s\n", printable(c.Path), c.Family, what)
		fmt.Fprintf(&b, "  replaced: %d words and numbers; moved: %d dates\n", c.Kept.Replaced, c.Kept.Dates)
		fmt.Fprintf(&b, "  kept: %d words in names of columns and elements, %d listed words, %d labels, %d constants\n",
			c.Kept.Names, c.Kept.Words, c.Kept.Labels, c.Kept.Constants)
	}
	if len(r.Labels) > 0 {
		b.WriteString("kept because the records of at least five patients have them; look at them before you send the copy:\n")
		for _, l := range r.Labels {
			fmt.Fprintf(&b, "  %s\n", printable(l))
		}
	}
	b.WriteString("look at the copy before you send it\n")
	_, err := io.WriteString(w, b.String())
	return err
}
