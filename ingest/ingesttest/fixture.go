package ingesttest

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/golden"
)

// Sections of a fixture.
const (
	sectionZone    = "zone"
	sectionName    = "name"
	sectionMapping = "mapping.yaml"
	sectionOptions = "options"
	sectionInput   = "input"
	sectionBase64  = "input.base64"
	sectionRows    = "rows.ndjson"
	sectionRejects = "rejects.txt"
	sectionSkipped = "skipped.txt"
	sectionNotes   = "notes.txt"
	sectionError   = "error.txt"
	sectionRefused = "refused.txt"
)

// Options of a fixture.
const (
	optNoCRLF       = "no-crlf"
	optCutLast      = "truncation-may-cut-last"
	optExplicitZone = "explicit-zone-only"
	optNoLastLine   = "no-last-newline"
)

// fixture is one file of testdata.
type fixture struct {
	title    string // the file's name without its extension
	path     string
	archive  *txtar.Archive
	zone     *time.Location
	name     string
	input    []byte
	settings ingest.Settings
	options  map[string]string // option to reason
}

// loadFixtures reads every fixture of the package under test. None is a failure:
// a suite without a case must not look like one that passed.
func loadFixtures(tb testing.TB) []*fixture {
	tb.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil {
		tb.Fatal(err)
	}
	if len(paths) == 0 {
		tb.Fatal("testdata has no *.txtar fixture; every parser needs at least one")
	}
	slices.Sort(paths)
	fixtures := make([]*fixture, 0, len(paths))
	for _, path := range paths {
		fixtures = append(fixtures, loadFixture(tb, path))
	}
	return fixtures
}

func loadFixture(tb testing.TB, path string) *fixture {
	tb.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	f := &fixture{
		title: strings.TrimSuffix(filepath.Base(path), ".txtar"), path: path, archive: archive, name: "input",
	}
	if len(bytes.TrimSpace(archive.Comment)) == 0 {
		tb.Fatalf("%s: the text above the first section must say what the case shows", path)
	}
	seen := map[string]bool{}
	for _, s := range archive.Files {
		if seen[s.Name] {
			tb.Fatalf("%s: section %q appears twice", path, s.Name)
		}
		seen[s.Name] = true
	}
	if seen[sectionInput] == seen[sectionBase64] {
		tb.Fatalf("%s: want exactly one of the sections %q and %q", path, sectionInput, sectionBase64)
	}
	zone := "America/New_York"
	for _, s := range archive.Files {
		switch s.Name {
		case sectionZone:
			zone = strings.TrimSpace(string(s.Data))
		case sectionName:
			f.name = strings.TrimSpace(string(s.Data))
		case sectionMapping:
			f.settings = ingest.Settings{Mapping: s.Data, MappingName: sectionMapping}
		case sectionOptions:
			f.options = parseOptions(tb, path, string(s.Data))
		case sectionInput:
			f.input = s.Data
		case sectionBase64:
			f.input = decodeBase64(tb, path, s.Data)
		case sectionRows, sectionRejects, sectionSkipped, sectionNotes, sectionError, sectionRefused:
		default:
			tb.Fatalf("%s: unknown section %q", path, s.Name)
		}
	}
	if f.has(optNoLastLine) {
		f.input = bytes.TrimSuffix(f.input, []byte("\n"))
	}
	if f.zone, err = time.LoadLocation(zone); err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
	return f
}

func decodeBase64(tb testing.TB, path string, text []byte) []byte {
	tb.Helper()
	data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil {
		tb.Fatalf("%s: section %q: %v", path, sectionBase64, err)
	}
	return data
}

// parseOptions reads lines such as "no-crlf: notes keep their line ends". An
// option without a reason is a failure.
func parseOptions(tb testing.TB, path, text string) map[string]string {
	tb.Helper()
	options := map[string]string{}
	for line := range strings.Lines(text) {
		name, reason, _ := strings.Cut(strings.TrimSpace(line), " ")
		name, reason = strings.TrimSuffix(name, ":"), strings.TrimSpace(reason)
		switch name {
		case "":
			continue
		case optNoCRLF, optCutLast, optExplicitZone, optNoLastLine:
		default:
			tb.Fatalf("%s: unknown option %q", path, name)
		}
		if reason == "" {
			tb.Fatalf("%s: option %q needs a reason", path, name)
		}
		options[name] = reason
	}
	return options
}

func (f *fixture) has(option string) bool { return f.options[option] != "" }

// section returns a section's text and whether it is there.
func (f *fixture) section(name string) (string, bool) {
	for _, s := range f.archive.Files {
		if s.Name == name {
			return string(s.Data), true
		}
	}
	return "", false
}

// open returns the members that p accepts.
func (f *fixture) open(ctx context.Context, p ingest.Plugin) ([]member, error) {
	return readMembers(ctx, p, f.settings, f.name, f.input)
}

// run returns how the fixture's input is parsed.
func (f *fixture) run() run {
	const batchRows = 64 // small, because a batch is allocated for the rows of a full one
	return run{settings: f.settings, zone: f.zone, batchRows: batchRows}
}

// expect compares the outcome with the fixture, or rewrites the fixture. An
// outcome that fails as a whole must have been announced by an error.txt or
// refused.txt section, which may be empty until the first update.
func (f *fixture) expect(t *testing.T, r Result, err error) {
	t.Helper()
	got := map[string]string{
		sectionRows: joinLines(r.Lines), sectionRejects: r.rejectLines(),
		sectionSkipped: r.skipLines(), sectionNotes: noteLines(r.Counts.Notes),
	}
	if err != nil {
		name := sectionError
		if refused := (*refusal)(nil); errors.As(err, &refused) {
			name = sectionRefused
			err = refused.reason
		}
		if _, announced := f.section(name); !announced {
			t.Fatalf("%s: %v\n(if that is what the case shows, add the section %q)", f.path, err, name)
		}
		got = map[string]string{name: err.Error() + "\n"}
	}
	if golden.Update() {
		f.rewrite(t, got)
		return
	}
	for _, name := range resultSections() {
		want, _ := f.section(name)
		if diff := diffText(want, got[name]); diff != "" {
			t.Errorf("%s, section %q (-want +got):\n%s\n%s", f.path, name, diff, golden.Hint(t))
		}
	}
}

func resultSections() []string {
	return []string{sectionError, sectionRefused, sectionRows, sectionRejects, sectionSkipped, sectionNotes}
}

// rewrite stores the outcome: sections of the outcome go to the end of the
// fixture in a fixed order, empty ones are left out.
func (f *fixture) rewrite(t *testing.T, got map[string]string) {
	t.Helper()
	out := &txtar.Archive{Comment: f.archive.Comment}
	for _, s := range f.archive.Files {
		if !slices.Contains(resultSections(), s.Name) {
			out.Files = append(out.Files, s)
		}
	}
	for _, name := range resultSections() {
		if got[name] != "" {
			out.Files = append(out.Files, txtar.File{Name: name, Data: []byte(got[name])})
		}
	}
	golden.Compare(t, f.path, txtar.Format(out))
	f.archive = out
}
