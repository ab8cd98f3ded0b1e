package ingesttest

import (
	"slices"
	"testing"

	"github.com/chartwatch/chartwatch/ingest"
)

// checkRefusals shows the parser files that it cannot want.
func checkRefusals(t *testing.T, p ingest.Plugin, fixtures []*fixture) {
	t.Helper()
	for name, text := range map[string]string{
		"an-empty-file": "",
		"blank-lines":   "\n\n \n",
		"prose":         "Dear all,\n\nthe meeting is moved to Monday.\n",
		"one-word":      "x",
		"an-empty-json": "{}\n",
		"a-json-list":   "[]\n",
		"an-xml-file":   "<?xml version=\"1.0\"?>\n<recipe><step/></recipe>\n",
		"another-table": "size,colour\n3,blue\n",
	} {
		for _, f := range fixtures {
			parser, err := p.New(f.settings)
			if err != nil {
				continue // the fixture is about its settings
			}
			if err := parser.Detect(ingest.Head{Name: "input", Bytes: []byte(text), Complete: true}); err == nil {
				t.Errorf("%s: Detect accepts %s", f.title, name)
			}
		}
	}
}

// checkZones makes sure that a format with local times shows both nights on
// which clocks change.
func checkZones(t *testing.T, p ingest.Plugin, fixtures []*fixture) {
	t.Helper()
	if !slices.Contains(p.Produces, ingest.Events) && !slices.Contains(p.Produces, ingest.AppointmentRows) {
		return
	}
	explicitOnly := ""
	flags := map[string]bool{}
	for _, f := range fixtures {
		if f.has(optExplicitZone) {
			explicitOnly = f.title
		}
	}
	for _, f := range fixtures {
		for _, row := range f.rows(t, p) {
			basis, _ := row[ingest.ColTZBasis].(string)
			if _, timed := row[ingest.ColTZBasis]; !timed && hasInstant(row) {
				t.Errorf("%s: a row has no %s", f.title, ingest.ColTZBasis)
			}
			if explicitOnly != "" && basis != "" && basis != string(ingest.TZExplicit) {
				t.Errorf("%s: a row has %s %q, but %s says that the format always writes an offset",
					f.title, ingest.ColTZBasis, basis, explicitOnly)
			}
			if flag, ok := row[ingest.ColTimeFlag].(string); ok && f.title == "dst" {
				flags[flag] = true
			}
		}
	}
	if explicitOnly != "" {
		return
	}
	for _, flag := range ingest.TimeFlags() {
		if !flags[string(flag)] {
			t.Errorf("testdata/dst.txtar must show a local time that is %s "+
				"(or, if the format always writes an offset, give a fixture the option %q with the reason)", flag, optExplicitZone)
		}
	}
}

func hasInstant(row map[string]any) bool {
	return row[ingest.ColOccurredAt] != nil || row["starts_at"] != nil
}

// rows parses the fixture and returns its rows; none if it has an error.
func (f *fixture) rows(t *testing.T, p ingest.Plugin) []map[string]any {
	t.Helper()
	result, err := Parse(t.Context(), p, f.settings, f.name, f.zone, f.input)
	if err != nil {
		return nil
	}
	return result.Rows()
}
