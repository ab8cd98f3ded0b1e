package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// event is one line of go test -json (see go doc test2json), or of go build
// -json, which go test mixes in when a package does not build.
type event struct {
	Action  string `json:"action"` // names in JSON are matched without regard to case
	Package string `json:"package"`
	Test    string `json:"test"`
	Output  string `json:"output"`
}

// report follows a run of tests.
type report struct {
	out       io.Writer
	permitted func(message string) bool
	output    map[string]*strings.Builder // what a test, or a package outside its tests, has printed
	failures  map[string]int              // failed tests of a package

	passed, failed, skipped int
	forbidden               []string // tests skipped without permission
}

func newReport(out io.Writer, permitted func(message string) bool) *report {
	return &report{out: out, permitted: permitted, output: map[string]*strings.Builder{}, failures: map[string]int{}}
}

// read follows the run to its end.
func (r *report) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if strings.TrimSpace(line) != "" {
			var e event
			if bad := json.Unmarshal([]byte(line), &e); bad != nil {
				return fmt.Errorf("reading the output of go test -json: %w in: %s", bad, line)
			}
			r.take(e)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) take(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		r.print(e.Output)
	case "output":
		if e.Test == "" && isSummary(e.Output) {
			r.print(e.Output)
			return
		}
		if r.output[key] == nil {
			r.output[key] = &strings.Builder{}
		}
		r.output[key].WriteString(e.Output)
	case "pass", "fail", "skip":
		text := ""
		if b := r.output[key]; b != nil {
			text = b.String()
		}
		delete(r.output, key)
		if e.Test == "" {
			r.endPackage(e, text)
		} else {
			r.endTest(e, text)
		}
	}
}

func (r *report) endTest(e event, text string) {
	switch e.Action {
	case "pass":
		r.passed++
	case "fail":
		r.failed++
		r.failures[e.Package]++
		r.print(text)
	case "skip":
		r.skipped++
		r.print(text)
		if !r.permitted(text) {
			r.forbidden = append(r.forbidden, e.Package+" "+e.Test)
		}
	}
}

// endPackage counts a package that failed outside its tests, for example
// because it does not build, as one failure.
func (r *report) endPackage(e event, text string) {
	if e.Action != "fail" {
		return
	}
	r.print(text)
	if r.failures[e.Package] == 0 {
		r.failed++
	}
}

// isSummary reports whether a line is go test's last word on a package.
func isSummary(line string) bool {
	return strings.HasPrefix(line, "ok  \t") || strings.HasPrefix(line, "FAIL\t") || strings.HasPrefix(line, "?   \t")
}

func (r *report) print(text string) { _, _ = io.WriteString(r.out, text) }

func (r *report) totals() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", r.passed, r.failed, r.skipped)
}

// finish says what is wrong with the run, or nil.
func (r *report) finish() error {
	var problems []error
	if r.failed > 0 {
		problems = append(problems, errors.New("tests failed"))
	}
	for _, name := range r.forbidden {
		problems = append(problems, fmt.Errorf("skipped without permission: %s", name))
	}
	if r.passed == 0 && r.failed == 0 {
		problems = append(problems, errors.New("no test ran"))
	}
	return errors.Join(problems...)
}
