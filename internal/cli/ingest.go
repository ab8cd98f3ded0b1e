package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/chartwatch/chartwatch/internal/site"

	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/report"
)

// readFlags say how to read files.
type readFlags struct{ site.Reading }

func (f *readFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.Parser, "parser", "", "`NAME` of the parser; detected if left out")
	c.Flags().StringVar(&f.Source, "source", "", "`NAME` of the system that wrote the log; the parser's if left out")
	c.Flags().StringVar(&f.Zone, "timezone", "", "`ZONE` of times without an offset, for example America/New_York")
	c.Flags().StringVar(&f.Mapping, "mapping", "", "column mapping `FILE` for a table with columns of its own")
	c.Flags().StringVar(&f.Encoding, "encoding", "", "text `ENCODING` of a file that is not UTF-8, for example windows-1252")
}

// text writes the flags that were given as they were typed.
func (f *readFlags) text() string {
	var b strings.Builder
	for _, x := range [][2]string{{"parser", f.Parser}, {"source", f.Source}, {"timezone", f.Zone}, {"mapping", f.Mapping}, {"encoding", f.Encoding}} {
		if x[1] != "" {
			b.WriteString("--" + x[0] + " " + x[1] + " ")
		}
	}
	return b.String()
}

// outputFlags say how and where to print.
type outputFlags struct{ format, file string }

func (f *outputFlags) add(c *cobra.Command, formats ...string) {
	c.Flags().StringVar(&f.format, "format", formats[0], "how to print: "+strings.Join(formats, ", "))
	c.Flags().StringVarP(&f.file, "output", "o", "", "write to `FILE` instead of the terminal")
}

// write prints to the file or to standard output. A file is complete or not
// there at all, and closed to other users, because it may hold patients' names.
func (a *app) write(f outputFlags, render func(io.Writer) error) error {
	if f.file == "" {
		return render(a.env.Stdout)
	}
	tmp, err := os.CreateTemp(filepath.Dir(f.file), ".chartwatch-*")
	if err != nil {
		return fault.Wrap(fault.Internal, "cannot write the output file", "check the folder and its permissions", err)
	}
	err = errors.Join(render(tmp), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), f.file)
	}
	if err != nil {
		return errors.Join(fault.Wrap(fault.Internal, "cannot write the output file", "check the folder and its permissions", err), os.Remove(tmp.Name()))
	}
	return nil
}

func unknownFormat(format string, known ...string) error {
	return fault.New(fault.Usage, fmt.Sprintf("unknown format %q", format), "use one of "+strings.Join(known, ", "))
}

func (a *app) ingestCommand() *cobra.Command {
	var (
		read   readFlags
		output outputFlags
		dryRun bool
	)
	c := &cobra.Command{
		Use:   "ingest PATH...",
		Short: "Import exported logs, rosters, patient and appointment lists",
		Long: `Import files, folders or - for standard input; .gz, .zst, .zip and .xlsx are
unpacked. A file that was imported before is left alone, and of an export that
overlaps with an earlier one only the new events are added.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if output.format != "table" && output.format != "json" {
				return unknownFormat(output.format, "table", "json")
			}
			result, err := a.ingest(c.Context(), args, read, dryRun)
			if err != nil {
				return err
			}
			err = a.write(output, func(w io.Writer) error {
				if output.format == "json" {
					return report.JSON(w, result)
				}
				return printIngest(w, result)
			})
			if err != nil {
				return err
			}
			return a.ingestStatus(result)
		},
	}
	read.add(c)
	output.add(c, "table", "json")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be imported, and keep nothing")
	return c
}

// ingestStatus turns the files' outcomes into the exit code.
func (a *app) ingestStatus(r intake.Result) error {
	bad, rejects := 0, false
	for _, f := range r.Files {
		if f.Status == intake.Failed {
			bad++
		}
		if f.Records > 0 && float64(f.Rejected) > a.loaded.Config.Limits.RejectRatio*float64(f.Records) {
			rejects = true
		}
	}
	switch {
	case bad > 0 && bad == len(r.Files):
		return &reportedError{fault.New(fault.Internal, "no file was imported", "")}
	case bad > 0, rejects:
		return incomplete()
	}
	return nil
}

// ingest imports paths into the configured data directory.
func (a *app) ingest(ctx context.Context, paths []string, read readFlags, dryRun bool) (intake.Result, error) {
	jobs, err := a.jobs(paths, read.Reading)
	if err != nil {
		return intake.Result{}, err
	}
	var result intake.Result
	run := func(w *intake.Workspace) error {
		var err error
		result, err = a.runJobs(ctx, w, jobs, dryRun)
		return err
	}
	if dryRun {
		if _, err := os.Stat(a.loaded.Config.DataDir); err != nil {
			return result, a.withTemporary(ctx, run)
		}
	}
	return result, a.withWorkspace(ctx, true, run)
}

// job is one file to import.
type job struct {
	path     string
	settings intake.Settings
	err      error // the path itself cannot be read
}

// jobs finds the files that paths stand for, and how to read each.
func (a *app) jobs(paths []string, read site.Reading) ([]job, error) {
	reader, err := a.site().Reader(read)
	if err != nil {
		return nil, err
	}
	var jobs []job
	for _, p := range expandGlobs(paths) {
		if p == "-" {
			jobs = append(jobs, job{path: p, settings: reader.Unnamed()})
			continue
		}
		files, werr := intake.Walk(p)
		if werr != nil {
			jobs = append(jobs, job{path: p, err: werr})
		}
		for _, f := range files {
			s, err := reader.Settings(f)
			if err != nil {
				return nil, err
			}
			jobs = append(jobs, job{path: f, settings: s})
		}
	}
	return jobs, nil
}

// expandGlobs expands patterns that the shell did not, as on Windows.
func expandGlobs(paths []string) []string {
	var list []string
	for _, p := range paths {
		if strings.ContainsAny(p, "*?[") {
			if _, err := os.Stat(p); err != nil {
				if matches, err := filepath.Glob(p); err == nil && len(matches) > 0 {
					list = append(list, matches...)
					continue
				}
			}
		}
		list = append(list, p)
	}
	return list
}

// runJobs imports file after file. Interrupting it keeps the files that are done.
func (a *app) runJobs(ctx context.Context, w *intake.Workspace, jobs []job, dryRun bool) (intake.Result, error) {
	reg, err := parsers()
	if err != nil {
		return intake.Result{}, err
	}
	im := w.Importer(reg, a.env.Clock)
	im.DryRun = dryRun
	bar := a.progress(jobs)
	defer bar.finish()
	im.Progress = bar.add
	all := intake.Result{Files: []intake.FileResult{}, Warnings: []intake.Warning{}}
	for _, j := range jobs {
		r, err := a.runJob(ctx, im, j)
		all.Files = append(all.Files, r.Files...)
		all.Warnings = append(all.Warnings, r.Warnings...)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

func (a *app) runJob(ctx context.Context, im *intake.Importer, j job) (intake.Result, error) {
	switch {
	case j.err != nil:
		return intake.Failure(j.path, fault.Wrap(fault.NotFound, "cannot read the path", "check its spelling and permissions", j.err)), nil //nolint:nilerr // that file's result says it; the others go on
	case j.path == "-":
		return im.Stream(ctx, "-", a.env.Stdin, j.settings)
	}
	return im.File(ctx, j.path, j.settings)
}
