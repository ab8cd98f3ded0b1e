package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/delimited"
	"github.com/chartwatch/chartwatch/ingest/delimited/propose"
	"github.com/chartwatch/chartwatch/internal/fault"
)

// maxSample is how much of an unknown table is looked at.
const maxSample = 1 << 20

// proposedRows is how many rows of a proposed mapping are shown.
const proposedRows = 10

// asker puts questions to the person at the terminal; nil if there is none.
type asker func(propose.Question) (propose.Answer, bool)

// propose drafts a mapping for a table that no parser accepts. Files that are no
// table stay without one.
func (in *inspector) propose(ctx context.Context, x *inspection, m ingest.Member) error {
	sample, err := io.ReadAll(io.LimitReader(m.Data, maxSample))
	if err != nil {
		return fmt.Errorf("reading %s: %w", m.Name, err)
	}
	if len(sample) == maxSample {
		sample = sample[:bytes.LastIndexByte(sample, '\n')+1]
	}
	answers := map[string]propose.Answer{}
	draft := func() (*propose.Proposal, error) {
		return propose.Propose(m.Head, bytes.NewReader(sample), propose.Options{Answers: answers})
	}
	p, err := draft()
	if errors.Is(err, propose.ErrNoTable) {
		return nil
	}
	if err != nil {
		return err
	}
	for in.ask != nil {
		q := nextQuestion(p, answers)
		if q == nil {
			break
		}
		a, ok := in.ask(*q)
		if !ok {
			break
		}
		answers[q.Field] = a
		if p, err = draft(); err != nil {
			return err
		}
	}
	x.Proposal = p
	x.Next = "answer the questions by completing the mapping, then chartwatch ingest --mapping FILE " + in.job.path
	if !p.Runs {
		return nil
	}
	x.Next = "chartwatch ingest --mapping " + in.mappingFile() + " " + in.flags + in.job.path
	x.Entry = in.sourcesEntry()
	return in.tryMapping(ctx, x, m, p.Mapping, sample)
}

// sourcesEntry is the line of the configuration that makes a written mapping permanent.
// The names of exports usually differ in what follows their first letters, such as the
// day. The path of the mapping is a whole one: one that is not would begin at the folder
// of the configuration.
func (in *inspector) sourcesEntry() string {
	if in.writeTo == "" || in.job.path == "-" {
		return ""
	}
	base := filepath.Base(in.job.path)
	letters := strings.IndexFunc(base, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' && r != '_' })
	if letters < 0 {
		letters = len(base)
	}
	stem := strings.TrimRight(base[:letters], "-_")
	name := strings.ReplaceAll(strings.ToLower(stem), "_", "-")
	if !regexp.MustCompile(`^[a-z][a-z-]{0,62}$`).MatchString(name) {
		name = "NAME"
	}
	mapping := in.writeTo
	if !filepath.IsAbs(mapping) {
		mapping = filepath.Join(in.workDir, mapping)
	}
	entry := "- {name: " + name + ", match: " + quoted(stem+"*"+filepath.Ext(base)) + ", mapping: " + quoted(mapping)
	if in.read.Zone != "" {
		entry += ", timezone: " + in.read.Zone
	}
	if in.read.Encoding != "" {
		entry += ", encoding: " + in.read.Encoding
	}
	return entry + "}"
}

// quoted writes a text into YAML as it is, also one with backslashes.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// mappingFile is the name under which the mapping is, or would be, written.
func (in *inspector) mappingFile() string {
	if in.writeTo != "" {
		return in.writeTo
	}
	return "FILE"
}

// nextQuestion returns a question that was not asked yet and has a choice.
func nextQuestion(p *propose.Proposal, answers map[string]propose.Answer) *propose.Question {
	for i := range p.Questions {
		q := &p.Questions[i]
		a, asked := answers[q.Field]
		ordered := len(q.Choices) > 0 && q.Choices[0].Answer.Order != "" && a.Order == ""
		if (!asked || ordered) && len(q.Choices) > 0 {
			return q
		}
	}
	return nil
}

// tryMapping reads the sample with the proposed mapping.
func (in *inspector) tryMapping(ctx context.Context, x *inspection, m ingest.Member, mapping string, sample []byte) error {
	parser, err := delimited.Plugin().New(ingest.Settings{Mapping: []byte(mapping), MappingName: "the proposed mapping"})
	if err != nil {
		return err
	}
	limit := in.rows
	if !in.rowsGiven {
		limit = proposedRows
	}
	w := ingest.NewWriter(&inspectSink{limit: limit, into: x}, ingest.WriterOptions{BatchRows: 1024})
	defer w.Release()
	s := in.job.settings
	err = parser.Parse(ctx, ingest.Source{Name: m.Name, Zone: s.Zone, ZoneBasis: s.ZoneBasis, Data: bytes.NewReader(sample)}, w)
	if err == nil {
		err = w.Flush(ctx)
	}
	if err != nil {
		return fmt.Errorf("trying the proposed mapping: %w", err)
	}
	x.count(w.Counts(), m.Notes)
	return nil
}

// asker returns how to ask the person at the terminal, or nil if nobody is there.
func (a *app) asker() asker {
	f, ok := a.env.Stdin.(*os.File)
	if !ok || !a.env.StdoutTerminal || !a.env.StderrTerminal || !isTerminal(f) {
		return nil
	}
	return newAsker(a.env.Stdin, a.env.Stderr)
}

// newAsker asks on out and reads answers from in, one a line. An empty line
// leaves a question open.
func newAsker(in io.Reader, out io.Writer) asker {
	lines := bufio.NewReader(in)
	return func(q propose.Question) (propose.Answer, bool) {
		var b strings.Builder
		fmt.Fprintf(&b, "\n%s\n", printable(q.What))
		for i, c := range q.Choices {
			fmt.Fprintf(&b, "  %d  %s\n", i+1, printable(c.Text))
		}
		for {
			fmt.Fprintf(&b, "number, or Enter to leave it open: ")
			if _, err := io.WriteString(out, b.String()); err != nil {
				return propose.Answer{}, false
			}
			b.Reset()
			line, err := lines.ReadString('\n')
			n, bad := strconv.Atoi(strings.TrimSpace(line))
			switch {
			case strings.TrimSpace(line) == "":
				return propose.Answer{}, false
			case bad == nil && n >= 1 && n <= len(q.Choices):
				return q.Choices[n-1].Answer, true
			case err != nil:
				return propose.Answer{}, false
			}
		}
	}
}

// writeMapping writes the one mapping that was proposed to a new file.
func (a *app) writeMapping(file string, list []*inspection) error {
	var proposed []*propose.Proposal
	for _, x := range list {
		if x.Proposal != nil {
			proposed = append(proposed, x.Proposal)
		}
	}
	if len(proposed) != 1 {
		return fault.New(fault.Usage, fmt.Sprintf("there are %d proposed mappings to write", len(proposed)), "name one file that no parser reads")
	}
	if _, err := os.Lstat(file); err == nil {
		return fault.New(fault.Conflict, "the mapping file exists already", "remove it, or name another one")
	}
	return a.write(outputFlags{file: file}, func(w io.Writer) error {
		_, err := io.WriteString(w, proposed[0].Mapping)
		return err
	})
}

// printProposal shows what became of each column, the questions and the mapping.
func printProposal(b *strings.Builder, x *inspection) {
	p := x.Proposal
	fmt.Fprintf(b, "  a table of %d columns; %d rows were looked at\n", len(p.Columns), p.Rows)
	for _, c := range p.Columns {
		name := c.Header
		if name == "" {
			name = "column " + strconv.Itoa(c.Index)
		}
		taken := "left out"
		switch {
		case c.Field != "" && c.Sure:
			taken = c.Field
		case c.Field != "":
			taken = "unsure, perhaps " + c.Field
		case !c.Sure:
			taken = "unknown"
		}
		fmt.Fprintf(b, "    %s: %s", printable(name), taken)
		if c.Why != "" {
			fmt.Fprintf(b, " (%s)", c.Why)
		}
		b.WriteByte('\n')
	}
	for _, q := range p.Questions {
		fmt.Fprintf(b, "  question: %s\n", printable(q.What))
		for _, c := range q.Choices {
			fmt.Fprintf(b, "    - %s\n", printable(c.Text))
		}
	}
	b.WriteString("  proposed mapping:\n")
	for line := range strings.Lines(p.Mapping) {
		b.WriteString("    " + printable(strings.TrimRight(line, "\n")) + "\n")
	}
	if p.Runs {
		fmt.Fprintf(b, "  read with it: %d records, %d of them rejected\n", x.Records, x.Rejected)
	}
	for _, r := range x.Rows {
		fmt.Fprintf(b, "  %s\n", printable(string(r)))
	}
}
