package rules_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/golden"
	"github.com/chartwatch/chartwatch/rules"
)

func read(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// problemsOf lists the problems of an error a line each, without file and rule.
func problemsOf(tb testing.TB, err error) []string {
	tb.Helper()
	if err == nil {
		return nil
	}
	invalid, ok := errors.AsType[*rules.InvalidError](err)
	if !ok {
		tb.Fatalf("%v is not an InvalidError", err)
	}
	var lines []string
	for _, p := range invalid.Problems {
		lines = append(lines, fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Message))
	}
	return lines
}

func TestGoodFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.good.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			if _, err := rules.Parse(name, read(t, filepath.Base(name))); err != nil {
				t.Error(err)
			}
		})
	}
}

// Beside a bad file lies what is wrong with it: "line:column: message".
func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bad.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data := read(t, filepath.Base(name))
			_, err := rules.Parse(filepath.Base(name), data)
			golden.Compare(t, strings.TrimSuffix(name, ".yaml")+".txt", strings.Join(problemsOf(t, err), "\n")+"\n")
		})
	}
}

// edit returns the smallest rule with lines replaced.
func edit(tb testing.TB, pairs ...string) string {
	tb.Helper()
	text := string(read(tb, "minimal.good.yaml"))
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			tb.Fatalf("the rule has no %q", pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

func TestLoad(t *testing.T) {
	fsys := fstest.MapFS{
		"README.md":         {Data: []byte("not a rule")},
		"bulk/print.yaml":   {Data: []byte(edit(t))},
		"bulk/again.yaml":   {Data: []byte(edit(t, "version: 1", "version: 2\nrelated: [{id: site.bulk.other, type: similar}]\ncovers: [core.bulk.known, site.bulk.print]"))},
		"bulk/second.yaml":  {Data: []byte(edit(t, "bulk.print", "bulk.second", "version: 1", "version: 3\ncovers: [site.bulk.print]"))},
		"core/wrong.yaml":   {Data: []byte(edit(t, "site.bulk.print", "core.bulk.wrong"))},
		"other/broken.yaml": {Data: []byte("schema: 1\nid: site.bulk.broken\nsubject: 3\n")},
	}
	all, err := rules.Load(fsys, rules.LoadOptions{Known: []string{"core.bulk.known"}})
	invalid, ok := errors.AsType[*rules.InvalidError](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	var got []string
	for _, p := range invalid.Problems {
		got = append(got, p.String())
	}
	want := []string{
		"bulk/again.yaml:2:5: rule site.bulk.print: the file has to be called print.yaml, like the last part of the id",
		"bulk/again.yaml:4:10: rule site.bulk.print: there is no rule with the id site.bulk.other",
		"bulk/again.yaml:5:9: rule site.bulk.print: a rule cannot name itself here",
		"bulk/print.yaml:2:5: rule site.bulk.print: the id is that of the rule in bulk/again.yaml too",
		"core/wrong.yaml:2:5: rule core.bulk.wrong: ids that begin with core belong to the rules of the program; begin it with site",
		"other/broken.yaml:3:10: rule site.bulk.broken: subject: there should be `name: value` pairs here",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 7 || lines[0] != "the rules have 6 mistakes:" || lines[1] != "  "+want[0] {
		t.Errorf("the error says:\n%v", err)
	}
	var ids []string
	for _, r := range all {
		ids = append(ids, fmt.Sprint(r.File, " ", r.ID, " ", r.Version))
	}
	if diff := cmp.Diff([]string{"bulk/print.yaml site.bulk.print 1", "bulk/second.yaml site.bulk.second 3"}, ids); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
}

func TestLoadReadsEverything(t *testing.T) {
	r, err := rules.Parse("impossible-switch.yaml", read(t, "whole.good.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var params []string
	for _, p := range r.Params {
		params = append(params, fmt.Sprintf("%s %s %v %v %v", p.Name, p.Type, p.Default, p.Min, p.Max))
	}
	want := []string{"travel_s seconds 20 5 300", "window_s seconds 600 60 3600", "min_switches int 3 2 50"}
	if diff := cmp.Diff(want, params); diff != "" {
		t.Errorf("parameters, in the order of the file (-want +got):\n%s", diff)
	}
	got := []any{
		r.ID, r.HIPAA[1], r.Requires.Events["workstation"], r.Schedule.Lookback.String(), r.Schedule.Settle.String(), r.Subject, r.Score[0],
		r.Tests[0].Given["events"][1]["ts_s"], r.Tests[0].Expect[0]["rows"], len(r.Tests[1].Expect), r.Tests[2].Given["list_entry"][1]["value2"],
		r.Places.Of("risk"), r.Places.Of("params.travel_s.max"), r.Places.Of("tests[0].expect[0].rows"), r.Places.Of("tests[0].nothing"),
	}
	wanted := []any{
		"core.shared.impossible-switch",
		rules.Citation{Cite: "164.312(d)", Why: "person or entity authentication"},
		0.80, "10m", "6h",
		rules.Subject{Type: rules.SubjectPerson, ID: "user_id"},
		rules.ScoreLine{When: "count >= 10", Add: 10, Because: "ten or more switches"},
		int64(108), int64(3), 0, "N1",
		rules.Place{Line: 8, Column: 7},
		rules.Place{Line: 35, Column: 59},
		rules.Place{Line: 78, Column: 37},
		rules.Place{Line: 71, Column: 5},
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("values and places (-want +got):\n%s", diff)
	}
}

func TestCoreLoads(t *testing.T) {
	if _, err := rules.Load(rules.Core(), rules.LoadOptions{Pack: rules.CorePack}); err != nil {
		t.Error(err)
	}
}

// yamlBreak is what ends a line for the reader of YAML 1.1 (section 5.4 of its specification).
var yamlBreak = regexp.MustCompile(`\r\n|[\n\r\x{85}\x{2028}\x{2029}]`)

func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/*.yaml", "core/*/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(data))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		rule, err := rules.Parse("a.yaml", []byte(text))
		if err == nil {
			if _, err := rules.Render(rule.SQL, everything(&rule)); err != nil {
				t.Errorf("a rule that is accepted cannot be rendered: %v", err)
			}
			return
		}
		invalid, ok := errors.AsType[*rules.InvalidError](err)
		if !ok || len(invalid.Problems) == 0 {
			t.Fatalf("%v is not a list of problems", err)
		}
		lines := len(yamlBreak.FindAllString(text, -1)) + 1
		for _, p := range invalid.Problems {
			if p.File != "a.yaml" || p.Message == "" || p.Line < 0 || p.Line > lines+1 || (p.Line == 0) != (p.Column == 0) {
				t.Errorf("a problem without a proper place: %+v", p)
			}
		}
	})
}

// everything are values for all names that a rule's SQL may use.
func everything(r *rules.Rule) map[string]float64 {
	values := r.Values(nil)
	for _, name := range rules.BuiltIns() {
		values[name] = 0
	}
	return values
}
