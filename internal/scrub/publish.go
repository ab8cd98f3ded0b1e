package scrub

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

// headers finds the lines on which the headers of tables stand.
func (r *run) headers(ctx context.Context) error {
	n := 0
	return r.each(ctx, func(ctx context.Context, _ File, _ int, m ingest.Member) error {
		x := r.members[n]
		n++
		if x.layout.family != Delimited {
			return nil
		}
		if x.plugin == "" || x.shape.first == 0 {
			return r.guessHeader(ctx, x, m.Data)
		}
		return header(ctx, x, m.Data)
	})
}

// header takes the last line above the first record that is not empty.
func header(ctx context.Context, x *member, data io.Reader) error {
	lines := &walker{in: bufio.NewReaderSize(data, window), alive: ctx.Err}
	for number := int64(1); number < x.shape.first; number++ {
		line, err := lines.line()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if comma := separatorOf(line); comma != 0 {
			x.layout.header, x.layout.comma = number, comma
		}
	}
	return nil
}

// guessHeader takes the first line for a header if it looks like one: most of
// its cells are words of the list, none has a digit, and all are different.
func (r *run) guessHeader(ctx context.Context, x *member, data io.Reader) error {
	lines := &walker{in: bufio.NewReaderSize(data, window), alive: ctx.Err}
	line, err := lines.line()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	seen := map[string]bool{}
	known := 0
	list := cells(strings.TrimSpace(line), x.layout.comma)
	for _, c := range list {
		c = fold(strings.Trim(c, `" `))
		if c == "" || hasDigit(c) || seen[c] {
			return nil
		}
		seen[c] = true
		fine := true
		for _, w := range wordsOf(c) {
			fine = fine && r.know.vocabulary.has(w)
		}
		if fine {
			known++
		}
	}
	if known*2 > len(list) {
		x.layout.header = 1
	}
	return nil
}

// publish gives the copies their names.
func (r *run) publish() (Report, error) {
	names := make([]string, len(r.members))
	for i, x := range r.members {
		names[i] = filepath.Join(r.dir, fmt.Sprintf("sample-%d%s", i+1, extension(x.layout)))
		if r.single() {
			names[i] = r.options.Output
		}
		if _, err := os.Lstat(names[i]); !errors.Is(err, os.ErrNotExist) {
			return Report{}, ErrExists
		}
	}
	report := Report{Labels: r.know.newLabels()}
	for i, x := range r.members {
		if err := os.Rename(x.temp, names[i]); err != nil {
			for _, name := range names[:i] {
				_ = os.Remove(name) // the error below is what counts
			}
			return Report{}, fmt.Errorf("naming a copy: %w", neutral(err))
		}
		x.temp = ""
		x.copied.Path = names[i]
		report.Copies = append(report.Copies, x.copied)
	}
	r.done = true
	return report, nil
}

func extension(l layout) string {
	switch l.family {
	case Delimited:
		if l.comma == '\t' {
			return ".tsv"
		}
		return ".csv"
	case JSON:
		if l.lines {
			return ".ndjson"
		}
		return ".json"
	case XML:
		return ".xml"
	case SQL:
		return ".sql"
	case framed, Lines:
	}
	return ".log"
}

// cleanUp removes what was not published.
func (r *run) cleanUp() {
	for _, x := range r.members {
		if x.temp != "" {
			_ = os.Remove(x.temp) // nothing more can be done
		}
	}
	if r.made && !r.done {
		_ = os.Remove(r.dir) // only if it is empty
	}
}

// rawChecker looks for words of identifying texts in the copy as it stands,
// whatever the walkers make of it.
type rawChecker struct {
	scrub *scrubber
	found int
}

func (c *rawChecker) name(text string) string { return text }

func (c *rawChecker) value(_, text string) string {
	last := ""
	pieces(text, func(p piece) {
		escaped := strings.HasSuffix(last, `\`) || strings.HasSuffix(last, "&") || strings.HasSuffix(last, "%")
		last = p.text
		if p.kind == word && !escaped && len(p.text) >= shortest && !numeric(p.text) &&
			c.scrub.ids[fold(p.text)] && !c.scrub.vocabulary.has(p.text) {
			c.found++
		}
	})
	return text
}
