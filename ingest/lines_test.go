package ingest_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
)

// allLines reads every line; one that is too long ends in "…" and its length.
func allLines(t *testing.T, r io.Reader, limit int) []string {
	t.Helper()
	lines := ingest.NewLineReader(r, limit)
	var got []string
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("%d:%s", line.Number, line.Text)
		if line.TooLong {
			text = fmt.Sprintf("%d:%s… %d", line.Number, line.Text[:3], len(line.Text))
		}
		got = append(got, text)
	}
}

func TestLineReader(t *testing.T) {
	mega := strings.Repeat("m", ingest.MaxLine)
	cases := map[string]struct {
		text  string
		limit int
		want  []string
	}{
		"empty":              {"", 0, nil},
		"one-newline":        {"\n", 0, []string{"1:"}},
		"no-last-newline":    {"a\nb", 0, []string{"1:a", "2:b"}},
		"crlf":               {"a\r\nb\r\n\r\nc\r", 0, []string{"1:a", "2:b", "3:", "4:c"}},
		"lone-cr-is-content": {"a\rb\n", 0, []string{"1:a\rb"}},
		"too-long-goes-on":   {"abcdefgh\nxy\n", 4, []string{"1:abc… 4", "2:xy"}},
		"exactly-the-limit":  {"abcd\r\nabcde\n", 4, []string{"1:abcd", "2:abc… 4"}},
		"a-line-of-a-megabyte": {
			mega + "\r\n" + mega + "x\n" + mega + "\rx\n" + mega + "\n" + "end", 0,
			[]string{"1:" + mega, "2:mmm… 1048576", "3:mmm… 1048576", "4:" + mega, "5:end"},
		},
		"too-long-without-newline": {mega + mega, 0, []string{"1:mmm… 1048576"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, allLines(t, strings.NewReader(c.text), c.limit)); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
			if len(c.text) > 1<<16 {
				return
			}
			if diff := cmp.Diff(c.want, allLines(t, iotest.OneByteReader(strings.NewReader(c.text)), c.limit)); diff != "" {
				t.Errorf("lines read byte by byte (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLineReaderReportsReadErrors(t *testing.T) {
	broken := errors.New("the disk is gone")
	for _, before := range []string{"", "a\n", "a\nhalf", strings.Repeat("x", 1<<19)} {
		lines := ingest.NewLineReader(io.MultiReader(strings.NewReader(before), iotest.ErrReader(broken)), 0)
		var err error
		for err == nil {
			_, err = lines.Next()
		}
		if !errors.Is(err, broken) {
			t.Errorf("after %d bytes the error is %v", len(before), err)
		}
	}
}
