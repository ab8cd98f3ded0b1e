package ingesttest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/chartwatch/chartwatch/ingest"
)

// caseRun is a fixture whose input has been opened and parsed once.
type caseRun struct {
	fixture *fixture
	plugin  ingest.Plugin
	members []member
	want    Result
	fails   bool // the file as a whole is unusable
}

// repeatable parses the input again, in small batches.
func (c *caseRun) repeatable(t *testing.T) {
	for _, batchRows := range []int{0, 1, 3} {
		r := c.fixture.run()
		r.batchRows = batchRows
		got, err := parseMembers(t.Context(), c.plugin, r, c.members)
		c.same(t, "a second run", got, err)
	}
}

// shortReads parses the input with reads of one and five bytes.
func (c *caseRun) shortReads(t *testing.T) {
	for _, size := range []int{1, 5} {
		r := c.fixture.run()
		r.wrap = func(data io.Reader) io.Reader { return &shortReader{r: data, size: size} }
		got, err := parseMembers(t.Context(), c.plugin, r, c.members)
		c.same(t, "short reads", got, err)
	}
}

// lineEnds parses text with other line endings, with a byte-order mark and
// without its last newline.
func (c *caseRun) lineEnds(t *testing.T) {
	if c.binary() {
		return
	}
	const bom = "\xef\xbb\xbf"
	c.reopened(t, "a byte-order mark", func(text []byte) []byte { return append([]byte(bom), text...) })
	if !c.fixture.has(optNoCRLF) {
		c.reopened(t, "CRLF line ends", func(text []byte) []byte {
			text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
			return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
		})
	}
	got, err := c.reopen(t, func(text []byte) []byte {
		return bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	})
	// A blank line may be gone with its newline, so what was skipped may differ.
	got.Counts.Skipped, got.Counts.Notes = c.want.Counts.Skipped, c.want.Counts.Notes
	got.Rejects = c.withoutCut(got.Rejects)
	c.same(t, "no last newline", got, err)
}

// withoutCut returns the rejects as they are with the last newline: without it, a
// record that is rejected at the end of a member counts as cut off.
func (c *caseRun) withoutCut(rejects []ingest.Reject) []ingest.Reject {
	if len(rejects) != len(c.want.Rejects) {
		return rejects
	}
	rejects, changed := slices.Clone(rejects), 0
	for i, want := range c.want.Rejects {
		if r := &rejects[i]; r.Reason == ingest.ReasonTruncated && want.Reason != ingest.ReasonTruncated && r.Line == want.Line && changed < len(c.members) {
			r.Reason, r.Column = want.Reason, want.Column
			changed++
		}
	}
	return rejects
}

func (c *caseRun) reopened(t *testing.T, what string, change func([]byte) []byte) {
	t.Helper()
	got, err := c.reopen(t, change)
	c.same(t, what, got, err)
}

// reopen changes the decoded text, opens it as a file and parses it.
func (c *caseRun) reopen(t *testing.T, change func([]byte) []byte) (Result, error) {
	t.Helper()
	var members []member
	for _, m := range c.members {
		opened, err := readMembers(t.Context(), c.plugin, c.fixture.settings, m.name, change(bytes.Clone(m.data)))
		if err != nil {
			return Result{}, err
		}
		for i := range opened {
			opened[i].notes = m.notes
		}
		members = append(members, opened...)
	}
	return parseMembers(t.Context(), c.plugin, c.fixture.run(), members)
}

// binary reports whether the input is a format that opening hands over as it is.
func (c *caseRun) binary() bool {
	for _, m := range c.members {
		for _, magic := range []string{"PAR1", "ARROW1\x00\x00", "\xff\xff\xff\xff"} {
			if bytes.HasPrefix(m.data, []byte(magic)) {
				return true
			}
		}
	}
	return false
}

// same fails unless a variant of the run gave what the first run gave.
func (c *caseRun) same(t *testing.T, what string, got Result, err error) {
	t.Helper()
	if c.fails {
		if err == nil {
			t.Errorf("with %s the file is accepted, without it is not", what)
		}
		return
	}
	if err != nil {
		t.Errorf("with %s: %v", what, err)
		return
	}
	for _, part := range []struct{ name, want, got string }{
		{"rows", joinLines(c.want.Lines), joinLines(got.Lines)},
		{"rejects", c.want.rejectLines(), got.rejectLines()},
		{"skipped", c.want.skipLines(), got.skipLines()},
		{"notes", noteLines(c.want.Counts.Notes), noteLines(got.Counts.Notes)},
	} {
		if d := diffText(part.want, part.got); d != "" {
			t.Errorf("with %s the %s differ (-want +got):\n%s", what, part.name, d)
		}
	}
}

// truncation cuts the input off at each sixteenth. Every row must also come
// from the whole input; only with the option may the last record differ.
func (c *caseRun) truncation(t *testing.T) {
	const parts = 16
	for i, m := range c.members {
		full, err := parseMember(t.Context(), c.plugin, c.fixture.run(), c.members[i])
		if err != nil {
			full.Lines = nil
		}
		for part := range parts {
			cut := m
			cut.data = m.data[:len(m.data)*part/parts]
			got, err := parseMember(t.Context(), c.plugin, c.fixture.run(), cut)
			if broken := (*contractError)(nil); errors.As(err, &broken) {
				t.Fatalf("cut at byte %d: %v", len(cut.data), err)
			}
			if err != nil {
				continue // nothing of an unusable file is kept
			}
			invented := invented(full, got)
			if c.fixture.has(optCutLast) {
				invented = withoutLast(invented, got)
			}
			if len(invented) > 0 {
				t.Errorf("cut at byte %d of %d, rows appear that the whole file does not have "+
					"(reject a cut-off last record, or set the option %s with a reason):\n%s",
					len(cut.data), len(m.data), optCutLast, joinLines(invented))
			}
		}
	}
}

// invented returns the rows of got that full does not have.
func invented(full, got Result) []string {
	have := map[string]int{}
	for _, line := range full.Lines {
		have[line]++
	}
	var extra []string
	for _, line := range got.Lines {
		have[line]--
		if have[line] < 0 {
			extra = append(extra, line)
		}
	}
	return extra
}

// withoutLast drops the rows of the last record from rows.
func withoutLast(rows []string, got Result) []string {
	last := 0.0
	all := got.Rows()
	for _, row := range all {
		if n, ok := row[ingest.ColLine].(float64); ok {
			last = max(last, n)
		}
	}
	cut := map[string]bool{}
	for i, row := range all {
		if row[ingest.ColLine] == last {
			cut[got.Lines[i]] = true
		}
	}
	var kept []string
	for _, row := range rows {
		if !cut[row] {
			kept = append(kept, row)
		}
	}
	return kept
}

// readError lets the input fail half-way. A parser that takes this for the end
// of the file would lose rows in silence.
func (c *caseRun) readError(t *testing.T) {
	broken := errors.New("the disk is gone")
	for _, m := range c.members {
		for _, at := range []int{0, len(m.data) / 2, len(m.data)} {
			r := c.fixture.run()
			read := false
			r.wrap = func(io.Reader) io.Reader {
				fail := readerFunc(func([]byte) (int, error) { read = true; return 0, broken })
				return io.MultiReader(bytes.NewReader(m.data[:at]), fail)
			}
			_, err := parseMember(t.Context(), c.plugin, r, m)
			if read && !errors.Is(err, broken) && !c.fails {
				t.Errorf("reading fails after %d bytes, but Parse returns %v", at, err)
			}
			if !read && err == nil {
				t.Errorf("the parser does not read to the end of its input")
			}
		}
	}
}

// cancellation cancels the context before and during a run.
func (c *caseRun) cancellation(t *testing.T) {
	for _, m := range c.members {
		for _, at := range []int{0, len(m.data) / 2} {
			ctx, cancel := context.WithCancel(t.Context())
			stopped := false
			r := c.fixture.run()
			// What opening a file hands over fails in the same way.
			r.wrap = func(io.Reader) io.Reader {
				stop := readerFunc(func([]byte) (int, error) { stopped = true; cancel(); return 0, ctx.Err() })
				return io.MultiReader(iotest.OneByteReader(bytes.NewReader(m.data[:at])), stop)
			}
			if at == 0 {
				cancel()
			}
			_, err := parseMember(ctx, c.plugin, r, m)
			cancel()
			if stopped && !c.fails && !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled after %d bytes, but Parse returns %v", at, err)
			}
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// shortReader returns at most size bytes from a read.
type shortReader struct {
	r    io.Reader
	size int
}

func (s *shortReader) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), s.size)]) }

// diffText compares two texts line by line; it is empty if they are equal.
func diffText(want, got string) string {
	return string(diff.Diff("want", []byte(want), "got", []byte(got)))
}
