package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/spf13/cobra"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/delimited/propose"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/report"
	"github.com/chartwatch/chartwatch/internal/sufficiency"
)

// inspection is what inspect finds out about one file or member.
type inspection struct {
	Name     string                    `json:"name"`
	Parser   string                    `json:"parser,omitempty"`
	Dataset  string                    `json:"dataset,omitempty"`
	Refusals []refusal                 `json:"refusals,omitempty"`
	Error    string                    `json:"error,omitempty"`
	Records  int64                     `json:"records"`
	Rejected int64                     `json:"rejected"`
	Reasons  map[ingest.Reason]int64   `json:"reject_reasons,omitempty"`
	Skipped  map[ingest.SkipKind]int64 `json:"skipped,omitempty"`
	Notes    []string                  `json:"notes,omitempty"`
	Rows     []json.RawMessage         `json:"rows"`
	Holds    *sufficiency.Report       `json:"sufficiency,omitempty"`
	Proposal *propose.Proposal         `json:"proposal,omitempty"`
	Next     string                    `json:"next"`
	// Entry is a line for sources in the configuration, so that files like this one are
	// read with a mapping that was written.
	Entry string `json:"sources_entry,omitempty"`
}

type refusal struct {
	Parser string `json:"parser"`
	Reason string `json:"reason"`
}

func (a *app) inspectCommand() *cobra.Command {
	var (
		read   readFlags
		output outputFlags
		rows   int
		write  string
	)
	c := &cobra.Command{
		Use:   "inspect PATH",
		Short: "What is this file, and what could it answer?",
		Long: `Detect the parser of a file, or say each parser's reason for refusing it; show
the first rows as chartwatch understands them, and what the log can and cannot
answer. For a table that no parser knows, propose a column mapping, with the
questions that only a person can answer. Nothing is imported.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if output.format != "table" && output.format != "json" {
				return unknownFormat(output.format, "table", "json")
			}
			options := inspectOptions{rows: rows, rowsGiven: c.Flags().Changed("rows"), writeTo: write, workDir: a.env.WorkDir}
			if output.format == "table" && output.file == "" {
				options.ask = a.asker()
			}
			list, err := a.inspect(c.Context(), args[0], read, options)
			if err != nil {
				return err
			}
			if write != "" {
				if err := a.writeMapping(write, list); err != nil {
					return err
				}
			}
			err = a.write(output, func(w io.Writer) error {
				if output.format == "json" {
					return report.JSON(w, map[string]any{"members": list})
				}
				return printInspection(w, list)
			})
			if err != nil {
				return err
			}
			for _, m := range list {
				if m.Parser == "" && (write == "" || m.Proposal == nil) {
					return &reportedError{fault.New(fault.Internal, "not recognised", "")}
				}
			}
			return nil
		},
	}
	read.add(c)
	output.add(c, "table", "json")
	c.Flags().IntVar(&rows, "rows", 5, "how many normalised rows to show; 10 of a proposed mapping")
	c.Flags().StringVar(&write, "write-mapping", "", "write the proposed column mapping to a new `FILE`")
	return c
}

// inspectOptions say what inspect shows, and whom it may ask.
type inspectOptions struct {
	rows      int
	rowsGiven bool
	writeTo   string // file for a proposed mapping
	workDir   string
	ask       asker
}

func (a *app) inspect(ctx context.Context, path string, read readFlags, o inspectOptions) ([]*inspection, error) {
	jobs, err := a.jobs([]string{path}, read.Reading)
	if err != nil {
		return nil, err
	}
	reg, err := parsers()
	if err != nil {
		return nil, err
	}
	var list []*inspection
	for _, j := range jobs {
		if j.err != nil {
			return nil, fault.Wrap(fault.NotFound, "cannot read the path", "check its spelling and permissions", j.err)
		}
		in := &inspector{registry: reg, job: j, read: read, flags: read.text(), inspectOptions: o}
		options := ingest.OpenOptions{Limits: j.settings.Limits, Encoding: j.settings.Encoding}
		if j.path == "-" {
			_, err = ingest.OpenStream(ctx, "-", a.env.Stdin, options, in.member)
		} else {
			_, err = ingest.OpenFile(ctx, j.path, options, in.member)
		}
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "cannot inspect the file", "", err)
		}
		list = append(list, in.list...)
	}
	return list, nil
}

type inspector struct {
	registry *ingest.Registry
	job      job
	read     readFlags
	flags    string // those that the file needs to be read like this
	list     []*inspection
	inspectOptions
}

func (in *inspector) member(ctx context.Context, m ingest.Member) error {
	x := &inspection{Name: m.Name, Rows: []json.RawMessage{}}
	in.list = append(in.list, x)
	s := in.job.settings
	settings := ingest.Settings{Mapping: s.Mapping, MappingName: s.MappingName}
	var (
		plugin ingest.Plugin
		parser ingest.Parser
		err    error
	)
	if s.Parser != "" {
		if plugin, err = in.registry.ByName(s.Parser); err == nil {
			parser, err = plugin.New(settings)
		}
		if err == nil {
			err = parser.Detect(m.Head)
		}
	} else {
		plugin, parser, err = in.registry.Detect(m.Head, settings)
	}
	if err != nil {
		x.refuse(err)
		if refused, ok := errors.AsType[*ingest.DetectError](err); ok && len(refused.Accepted) == 0 && s.Mapping == nil {
			return in.propose(ctx, x, m)
		}
		return nil
	}
	x.Parser = plugin.Name
	sink := &inspectSink{limit: in.rows, into: x, holds: sufficiency.Counter{Zone: s.Zone}}
	w := ingest.NewWriter(sink, ingest.WriterOptions{BatchRows: 1024})
	defer w.Release()
	err = parser.Parse(ctx, ingest.Source{Name: m.Name, Zone: s.Zone, ZoneBasis: s.ZoneBasis, Data: m.Data}, w)
	if err == nil {
		err = w.Flush(ctx)
	}
	if err != nil {
		x.Error = err.Error()
	}
	x.count(w.Counts(), m.Notes)
	if sink.holds.Events > 0 {
		facts := sufficiency.Facts{Days: sink.holds.Days(), Notes: append(m.Notes, w.Counts().Notes...)}
		if a, ok := parser.(ingest.Advisor); ok {
			facts.Advice = a.Advice()
		}
		holds := sufficiency.Judge(sink.holds.Counts, facts)
		x.Holds = &holds
	}
	x.Next = "chartwatch ingest " + in.flags + in.job.path
	return ctx.Err()
}

func (x *inspection) refuse(err error) {
	x.Error = "no parser was chosen"
	x.Next = "name a parser with --parser, or describe the columns in a mapping file and name it with --mapping"
	var d *ingest.DetectError
	if !errors.As(err, &d) {
		x.Error = err.Error()
		return
	}
	if len(d.Accepted) > 0 {
		x.Error = "several parsers accept it: " + strings.Join(d.Accepted, ", ")
	}
	for _, r := range d.Refusals {
		x.Refusals = append(x.Refusals, refusal{r.Parser, r.Reason.Error()})
	}
}

func (x *inspection) count(c ingest.Counts, notes []ingest.Note) {
	x.Records, x.Rejected, x.Reasons, x.Skipped = c.Records, c.Rejected, c.Reasons, c.Skipped
	for _, n := range append(notes, c.Notes...) {
		x.Notes = append(x.Notes, fmt.Sprintf("%s: %d", n.Kind, n.Count))
	}
	var names []string
	for _, d := range ingest.Datasets() {
		if c.Rows[d] > 0 {
			names = append(names, string(d))
		}
	}
	x.Dataset = strings.Join(names, "+")
}

// inspectSink keeps the first rows and counts what the log holds.
type inspectSink struct {
	limit int
	into  *inspection
	holds sufficiency.Counter
}

// WriteBatch implements ingest.Sink.
func (s *inspectSink) WriteBatch(_ context.Context, d ingest.Dataset, b arrow.RecordBatch) error {
	for i := 0; i < int(b.NumRows()) && len(s.into.Rows) < s.limit; i++ {
		row := map[string]any{}
		for c, f := range b.Schema().Fields() {
			if col := b.Column(c); !col.IsNull(i) {
				row[f.Name] = col.GetOneForMarshal(i)
			}
		}
		text, err := json.Marshal(row)
		if err != nil {
			return fmt.Errorf("showing a row: %w", err)
		}
		s.into.Rows = append(s.into.Rows, text)
	}
	if d == ingest.Events {
		s.holds.Add(b)
	}
	return nil
}

// WriteReject implements ingest.Sink.
func (*inspectSink) WriteReject(context.Context, ingest.Reject) error { return nil }

func printInspection(w io.Writer, list []*inspection) error {
	var b strings.Builder
	for _, x := range list {
		fmt.Fprintf(&b, "%s\n", printable(x.Name))
		if x.Parser == "" {
			fmt.Fprintf(&b, "  not recognised: %s\n", printable(x.Error))
			for _, r := range x.Refusals {
				fmt.Fprintf(&b, "    %s: %s\n", r.Parser, printable(r.Reason))
			}
			if x.Proposal != nil {
				printProposal(&b, x)
			}
			fmt.Fprintf(&b, "  next: %s\n", printable(x.Next))
			if x.Entry != "" {
				fmt.Fprintf(&b, "  to read such files always so, also in the drop folder, add to `sources:` in the configuration: %s\n", printable(x.Entry))
			}
			continue
		}
		fmt.Fprintf(&b, "  parser %s, %s: %d records, %d of them rejected\n", x.Parser, x.Dataset, x.Records, x.Rejected)
		for _, r := range sortedReasons(x.Reasons) {
			fmt.Fprintf(&b, "    rejected: %s: %d\n", r, x.Reasons[r])
		}
		if x.Error != "" {
			fmt.Fprintf(&b, "  stopped: %s\n", printable(x.Error))
		}
		for _, n := range x.Notes {
			fmt.Fprintf(&b, "  note: %s\n", n)
		}
		if x.Holds != nil {
			b.WriteString(report.SufficiencyText(*x.Holds))
		}
		for _, r := range x.Rows {
			fmt.Fprintf(&b, "  %s\n", printable(string(r)))
		}
		fmt.Fprintf(&b, "  next: %s\n", printable(x.Next))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
