package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lines writes events as go test -json does.
func lines(t *testing.T, events ...event) string {
	t.Helper()
	var b bytes.Buffer
	for _, e := range events {
		if err := json.NewEncoder(&b).Encode(e); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestRun(t *testing.T) {
	const skips = "gone | corpus absent | not in the repository\n"
	skip := []event{
		{"output", "p", "TestCorpus", "    p_test.go:7: corpus absent\n"},
		{"skip", "p", "TestCorpus", ""},
		{"pass", "p", "TestOther", ""},
		{"pass", "p", "", ""},
	}
	for _, tc := range []struct {
		name     string
		events   []event
		skips    string
		present  bool // the path named by the list of skips exists
		want     string
		problems []string // all of them in the error; none: success
		output   []string
	}{
		{
			name: "pass",
			events: []event{
				{"run", "p", "TestA", ""},
				{"output", "p", "TestA", "chatter\n"},
				{"pass", "p", "TestA", ""},
				{"output", "p", "", "PASS\n"},
				{"output", "p", "", "ok  \tp\t0.1s\n"},
				{"pass", "p", "", ""},
				{"output", "q", "", "?   \tq\t[no test files]\n"},
				{"skip", "q", "", ""},
			},
			want:   "1 passed, 0 failed, 0 skipped",
			output: []string{"ok  \tp\t0.1s\n?   \tq\t[no test files]\n"},
		},
		{
			name: "fail",
			events: []event{
				{"output", "p", "TestA", "    p_test.go:7: wrong\n"},
				{"fail", "p", "TestA", ""},
				{"output", "p", "", "-test.shuffle 42\n"},
				{"output", "p", "", "FAIL\tp\t0.1s\n"},
				{"fail", "p", "", ""},
			},
			want:     "0 passed, 1 failed, 0 skipped",
			problems: []string{"tests failed"},
			output:   []string{"p_test.go:7: wrong", "-test.shuffle 42", "FAIL\tp\t0.1s"},
		},
		{
			name: "does-not-build",
			events: []event{
				{"build-output", "", "", "p.go:3: undefined: x\n"},
				{"build-fail", "", "", ""},
				{"output", "p", "", "FAIL\tp [build failed]\n"},
				{"fail", "p", "", ""},
			},
			want:     "0 passed, 1 failed, 0 skipped",
			problems: []string{"tests failed"},
			output:   []string{"undefined: x", "[build failed]"},
		},
		{
			name: "skip-without-permission", events: skip,
			want: "1 passed, 0 failed, 1 skipped", problems: []string{"skipped without permission: p TestCorpus"},
			output: []string{"corpus absent"},
		},
		{
			name: "skip-with-permission", events: skip, skips: skips,
			want: "1 passed, 0 failed, 1 skipped", output: []string{"corpus absent"},
		},
		{
			name: "skip-although-the-path-exists", events: skip, skips: skips, present: true,
			want: "1 passed, 0 failed, 1 skipped", problems: []string{"skipped without permission: p TestCorpus"},
		},
		{
			name: "skip-although-an-absolute-path-exists", events: skip, skips: os.TempDir() + " | corpus absent | none\n",
			want: "1 passed, 0 failed, 1 skipped", problems: []string{"skipped without permission: p TestCorpus"},
		},
		{
			name: "skip-with-another-message", events: skip, skips: "gone | database absent | none\n",
			want: "1 passed, 0 failed, 1 skipped", problems: []string{"skipped without permission: p TestCorpus"},
		},
		{name: "nothing-ran", want: "0 passed, 0 failed, 0 skipped", problems: []string{"no test ran"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			summary := filepath.Join(dir, "summary")
			args := []string{"-root", dir, "-summary", summary}
			if tc.skips != "" {
				args = append(args, "-skips", write(t, filepath.Join(dir, "skips.txt"), tc.skips))
			}
			if tc.present {
				write(t, filepath.Join(dir, "gone"), "")
			}
			var out strings.Builder
			err := run(args, strings.NewReader(lines(t, tc.events...)), &out)
			if got := message(err); len(tc.problems) == 0 && got != "" {
				t.Errorf("error %q, want none", got)
			}
			for _, want := range tc.problems {
				if got := message(err); !strings.Contains(got, want) {
					t.Errorf("error %q, want %q in it", got, want)
				}
			}
			for _, want := range tc.output {
				if !strings.Contains(out.String(), want) {
					t.Errorf("output %q, want %q in it", out.String(), want)
				}
			}
			got, err := os.ReadFile(summary)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tc.want+"\n" {
				t.Errorf("totals %q, want %q", got, tc.want)
			}
		})
	}
}

func TestRunRefuses(t *testing.T) {
	for _, tc := range []struct{ name, skips, input, want string }{
		{"no-json", "", "panic: something\n", "reading the output of go test -json"},
		{"two-parts", "gone | corpus absent\n", "", "line 1: want"},
		{"no-reason", "# comment\ngone | corpus absent | \n", "", "line 2: want"},
		{"empty-message", "gone |  | why\n", "", "line 1: part 2 is empty"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var args []string
			if tc.skips != "" {
				args = []string{"-skips", write(t, filepath.Join(t.TempDir(), "skips.txt"), tc.skips)}
			}
			err := run(args, strings.NewReader(tc.input), &strings.Builder{})
			if got := message(err); !strings.Contains(got, tc.want) {
				t.Errorf("error %q, want %q in it", got, tc.want)
			}
		})
	}
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
