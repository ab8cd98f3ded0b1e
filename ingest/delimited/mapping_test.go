package delimited_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/xuri/excelize/v2"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/delimited"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
)

// minimal is the smallest mapping; text is added to its end.
func minimal(text string) string {
	return `version: 1
name: site
columns:
  - {field: occurred_at, column: When}
  - {field: user_id, column: Who}
  - {field: action, column: What}
` + text
}

func newParser(mapping string) (ingest.Parser, error) {
	return delimited.Plugin().New(ingest.Settings{Mapping: []byte(mapping), MappingName: "site.yaml"})
}

func TestMappingGood(t *testing.T) {
	for name, text := range map[string]string{
		"minimal":        minimal(""),
		"json":           `{"version": 1, "name": "x", "columns": [{"field": "occurred_at", "column": "a"}, {"field": "user_name", "column": "b"}], "constants": {"action": "view"}}`,
		"every_key":      minimal("product: x\nstatus: site\ndelimiter: tab\nheader: true\npreamble: 2\nfooter: [Total, single_cell]\nzone: Europe/Berlin\nnone: ['-', 0, NULL]\ncaps: 5000\noutcome_default: unknown\ngranularity: screen\nno_reads: false\ndataset: events\n"),
		"yaml_truth":     minimal("values:\n  action:\n    view: [yes, 1, true, 0x1, \"\"]\n"),
		"preamble_auto":  minimal("preamble: auto\n"),
		"named_comma":    minimal("delimiter: \",\"\n"),
		"break_glass":    minimal("constants: {break_glass: true, interactive: yes}\n"),
		"id_gives_names": "version: 1\nname: x\ncolumns:\n  - {field: occurred_at, column: a}\n  - {field: user_id, column: b, split: id_name}\n  - {field: action, column: c}\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := newParser(text); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestMappingBad(t *testing.T) {
	column := func(text string) string { return minimal("  - " + text + "\n") }
	tests := []struct{ name, mapping, want string }{
		{"empty", "", "site.yaml: the mapping is empty"},
		{"no_mapping", "- a\n", "site.yaml:1:1: a mapping must be keys with values, not a list"},
		{"two_documents", minimal("---\nversion: 1\n"), "site.yaml: a mapping is one YAML document"},
		{"syntax", "version: [1\n", "site.yaml: yaml: line 1: did not find expected ',' or ']'"},
		{"version", strings.Replace(minimal(""), "version: 1", "version: 2", 1), "site.yaml:1:1: version must be 1"},
		{"no_version", strings.Replace(minimal(""), "version: 1\n", "", 1), "site.yaml:1:1: version must be 1"},
		{"version_text", strings.Replace(minimal(""), "version: 1", "version: one", 1), "site.yaml:1:10: version must be a whole number, not text"},
		{"name_number", strings.Replace(minimal(""), "site", "7", 1), "site.yaml:2:7: name must be text, not a number (put it in quotes)"},
		{"name_missing", strings.Replace(minimal(""), "name: site\n", "", 1), "site.yaml:1:1: the mapping has no name"},
		{"name_nothing", strings.Replace(minimal(""), "site", "", 1), "site.yaml:2:6: name must be text, not nothing"},
		{"unknown_key", minimal("colums: []\n"), "site.yaml:7:1: unknown key \"colums\"; the keys of a mapping are caps, columns, constants, dataset, delimiter, dropped, enable, exact, footer, granularity, header, name, no_reads, none, outcome_default, preamble, product, reads, source, status, values, version, zone, zone_rule"},
		{"key_twice", minimal("zone: UTC\nzone: UTC\n"), "site.yaml:8:1: key \"zone\" appears twice"},
		{"key_list", minimal("? [a]\n: b\n"), "site.yaml:7:3: a key must be a word"},
		{"alias", minimal("none: &a [x]\ncaps: *a\n"), "site.yaml:8:7: caps must be a list, not an alias"},
		{"zone", minimal("zone: Mars/Olympus\n"), "site.yaml:7:7: unknown time zone \"Mars/Olympus\"; use an IANA name such as America/Los_Angeles, or UTC"},
		{"zone_local", minimal("zone: Local\n"), "site.yaml:7:7: zone must be an IANA name such as America/Los_Angeles, or UTC"},
		{"delimiter", minimal("delimiter: ':'\n"), "site.yaml:7:12: delimiter must be auto, comma, semicolon, tab or pipe"},
		{"header", minimal("header: 'true'\n"), "site.yaml:7:9: header must be true or false, not text"},
		{"preamble", minimal("preamble: -1\n"), "site.yaml:7:11: preamble must be a whole number of at least 0"},
		{"footer", minimal("footer: [7]\n"), "site.yaml:7:10: footer must be text, not a number (put it in quotes)"},
		{"caps", minimal("caps: [0]\n"), "site.yaml:7:8: caps must be a whole number of at least 1"},
		{"dataset", minimal("dataset: staff\n"), "site.yaml:7:10: dataset \"staff\" is not one of events"},
		{"granularity", minimal("granularity: big\n"), "site.yaml:7:14: granularity \"big\" is not one of event, screen, sql, session"},
		{"outcome_default", minimal("outcome_default: good\n"), "site.yaml:7:18: outcome_default \"good\" is not one of success, failure, unknown"},
		{"reads", minimal("reads: often\n"), "site.yaml:7:8: reads \"often\" is not one of yes, never, unknown"},
		{"reads_both", minimal("reads: yes\nno_reads: true\n"), "site.yaml:7:8: no_reads: true says the opposite of reads: yes"},
		{"enable_list", minimal("source: x\nenable: {lacks: reads}\n"), "site.yaml:8:9: enable must be a list, not keys with values"},
		{"enable_element", minimal("source: x\nenable: [{lacks: colour, text: y}]\n"), "site.yaml:8:18: lacks \"colour\" is not one of time_zone, patient, user, reads, changes, record_category, privilege_changes, synchronised_clock, logins, failed_logins, workstation, outcome, event_ids\nsite.yaml:8:10: an element of enable needs the keys \"lacks\" and \"text\""},
		{"enable_source", minimal("enable: [{lacks: reads, text: y}]\n"), "site.yaml:1:1: zone_rule and enable say what is documented, and need the key \"source\""},
		{"columns_missing", "version: 1\nname: x\n", "site.yaml:1:1: no column is mapped to occurred_at\nsite.yaml:1:1: no column and no constant is mapped to action\nsite.yaml:1:1: no column is mapped to user_id or user_name\nsite.yaml:1:1: the column of occurred_at cannot be optional"},
		{"columns_map", "version: 1\nname: x\ncolumns: {a: b}\n", "site.yaml:3:10: columns must be a list, not keys with values"},
		{"column_text", column("When"), "site.yaml:7:5: a column must be keys with values, not text"},
		{"field_missing", column("{column: a}"), "site.yaml:7:5: a column needs the key \"field\""},
		{"field_unknown", column("{field: users, column: a}"), "site.yaml:7:13: unknown field \"users\"; the fields are occurred_at, recorded_at, ended_at, source_event_id, source_system, user_id, user_alt_id, user_name, user_role, on_behalf_of, patient_id, patient_id_system, patient_name, record_id, record_label, workstation, ip, location, outcome_reason, session_id, request_id, purpose, reason_text, action, outcome, record_type, break_glass, user_type, interactive, n_records"},
		{"field_twice", column("{field: user_id, column: a}"), "site.yaml:7:5: field \"user_id\" is mapped twice"},
		{"column_missing", column("{field: ip}"), "site.yaml:7:5: a column needs the key \"column\" or \"columns\""},
		{"column_and_columns", column("{field: ip, column: a, columns: [b, c]}"), "site.yaml:7:5: \"columns\" stands instead of \"column\" and \"aliases\""},
		{"columns_of_one", column("{field: ip, columns: [b]}"), "site.yaml:7:5: \"columns\" lists two or more columns"},
		{"position_zero", column("{field: ip, column: 0}"), "site.yaml:7:25: the position of a column must be a whole number of at least 1"},
		{"position_alias", column("{field: ip, column: 3, aliases: a}"), "site.yaml:7:5: a column given by its position has no aliases"},
		{"name_without_header", "header: false\n" + minimal(""), "site.yaml:5:34: a file without a header has columns by their position, such as 3\nsite.yaml:6:30: a file without a header has columns by their position, such as 3\nsite.yaml:7:29: a file without a header has columns by their position, such as 3"},
		{"optional_text", column("{field: ip, column: a, optional: maybe}"), "site.yaml:7:38: optional must be true or false, not text"},
		{"format_of_text", column("{field: ip, column: a, format: iso}"), "site.yaml:7:36: format is for times only"},
		{"split_of_ip", column("{field: ip, column: a, split: last_first}"), "site.yaml:7:35: split: last_first is for user_name and patient_name"},
		{"split_name", column("{field: patient_name, column: a, split: id_name}"), "site.yaml:7:45: split: id_name is for user_id and patient_id"},
		{"split_both", column("{field: patient_id, column: a, split: [id_name, name_id]}"), "site.yaml:7:43: split: id_name and name_id exclude each other"},
		{"split_bracket", column("{field: patient_name, column: a, split: name_id}"), "site.yaml:7:45: split: name_id is for user_id and patient_id"},
		{"split_unknown", column("{field: patient_name, column: a, split: first_last}"), "site.yaml:7:45: split \"first_last\" is not one of id_name, name_id, last_first"},
		{"split_and_name", minimal("  - {field: patient_id, column: a, split: id_name}\n  - {field: patient_name, column: b}\n"), "site.yaml:8:5: field \"patient_name\" is mapped twice"},
		{"format", column("{field: ended_at, column: a, format: [iso, DD/MM/YY HH:mm Q]}"), "site.yaml:7:48: format \"DD/MM/YY HH:mm Q\": \"Q\" is no part of a date; put fixed text in single quotes"},
		{"format_half", column("{field: ended_at, column: a, format: YYYY-MM-DD h:mm}"), "site.yaml:7:42: format \"YYYY-MM-DD h:mm\": h and A (AM or PM) belong together"},
		{"format_both_hours", column("{field: ended_at, column: a, format: YYYY-MM-DD H h A}"), "site.yaml:7:42: format \"YYYY-MM-DD H h A\": the hour appears twice"},
		{"format_twice", column("{field: ended_at, column: a, format: YYYY-MM-DD MM}"), "site.yaml:7:42: format \"YYYY-MM-DD MM\": \"M\" appears twice"},
		{"format_two_months", column("{field: ended_at, column: a, format: YYYY-MM-DD MMM}"), "site.yaml:7:42: format \"YYYY-MM-DD MMM\": the month appears twice"},
		{"format_gap", column("{field: ended_at, column: a, format: YYYY-MM-DD HH:ss}"), "site.yaml:7:42: format \"YYYY-MM-DD HH:ss\": a smaller part stands without the larger one"},
		{"format_quote", column("{field: ended_at, column: a, format: \"YYYY-MM-DD 'at\"}"), "site.yaml:7:42: format \"YYYY-MM-DD 'at\": a quote is not closed"},
		{"format_no_date", column("{field: ended_at, column: a, format: HH:mm}"), "site.yaml:7:42: format \"HH:mm\" has no year, month and day"},
		{"format_no_clock", strings.Replace(minimal(""), "When", "When, format: YYYY-MM-DD", 1), "site.yaml:4:48: format \"YYYY-MM-DD\" has no time of day"},
		{"time_optional", strings.Replace(minimal(""), "When", "When, optional: true", 1), "site.yaml:1:1: the column of occurred_at cannot be optional"},
		{"constants", minimal("constants: {occurred_at: x}\n"), "site.yaml:7:13: \"occurred_at\" cannot be a constant; the fields are source_event_id, source_system, user_id, user_alt_id, user_name, user_role, on_behalf_of, patient_id, patient_id_system, patient_name, record_id, record_label, workstation, ip, location, outcome_reason, session_id, request_id, purpose, reason_text, action, outcome, record_type, break_glass, user_type, interactive"},
		{"constant_value", minimal("constants: {outcome: fine}\n"), "site.yaml:7:22: outcome \"fine\" is not one of success, failure, unknown"},
		{"constant_and_column", minimal("constants: {action: view}\n"), "site.yaml:6:5: field \"action\" is mapped twice"},
		{"values_field", minimal("values: {user_id: {a: b}}\n"), "site.yaml:7:10: \"user_id\" has no closed set of values; those with one are action, outcome, record_type, break_glass, user_type, interactive"},
		{"values_unmapped", minimal("values: {outcome: {success: a}}\n"), "site.yaml:7:10: values are given for \"outcome\", but no column is mapped to it"},
		{"values_word", minimal("values: {action: {look: a}}\n"), "site.yaml:7:19: \"look\" is not one of view, create, update, delete, print, export, search, login, logout, login_failed, break_glass, other, nor common, contains, default or keep_raw"},
		{"values_twice", minimal("values: {action: {view: [R_a], update: ['r  A']}}\n"), "site.yaml:7:41: value \"r  A\" is listed twice"},
		{"values_default", minimal("values: {action: {default: none}}\n"), "site.yaml:7:28: default \"none\" is not one of view, create, update, delete, print, export, search, login, logout, login_failed, break_glass, other"},
		{"values_list", minimal("values: {action: [view]}\n"), "site.yaml:7:18: action must be keys with values, not a list"},
		{"contains_map", minimal("values: {action: {contains: {a: b}}}\n"), "site.yaml:7:29: contains must be a list, not keys with values"},
		{"contains_incomplete", minimal("values: {action: {contains: [{phrase: a}]}}\n"), "site.yaml:7:30: an element of contains needs the keys \"phrase\" and \"is\""},
		{"refused_list", minimal("values: {action: {refused: {a: b}}}\n"), "site.yaml:7:28: other must be a list, not keys with values"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := newParser(tt.mapping)
			if err == nil {
				t.Fatal("the mapping is accepted")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("error mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// A profile is complete if it can serve as a mapping, says how well its product
// is documented, and has a fixture that it is chosen for.
func TestProfiles(t *testing.T) {
	profiles, err := delimited.Profiles()
	if err != nil {
		t.Fatal(err)
	}
	if len(profiles) == 0 {
		t.Fatal("there is no profile")
	}
	for _, p := range profiles {
		t.Run(p.Name, func(t *testing.T) {
			text, err := delimited.ProfileYAML(p.Name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := newParser(string(text)); err != nil {
				t.Errorf("it is no mapping: %v", err)
			}
			if p.Product == "" || p.Status != "documented" && p.Status != "partly" {
				t.Errorf("product %q, status %q; want a product, and documented or partly", p.Product, p.Status)
			}
			if !bytes.Contains(text, []byte("\nname: "+p.Name+"\n")) {
				t.Error("its name is not that of its file")
			}
			if !bytes.Contains(text, []byte("\nreads: ")) {
				t.Error("it does not say whether the product logs reads")
			}
			fixture, err := txtar.ParseFile("testdata/profile-" + p.Name + ".txtar")
			if err != nil {
				t.Fatalf("it has no sample rows: %v", err)
			}
			sections := map[string][]byte{}
			for _, f := range fixture.Files {
				sections[f.Name] = f.Data
			}
			if sections["mapping.yaml"] != nil || len(sections["rows.ndjson"]) == 0 {
				t.Error("its fixture has a mapping, or no row")
			}
			alone, err := newParser(string(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := alone.Detect(ingest.Head{Name: "input", Bytes: sections["input"], Complete: true}); err != nil {
				t.Errorf("its fixture has another header: %v", err)
			}
		})
	}
	if _, err := delimited.ProfileYAML("../profiles/generic"); err == nil {
		t.Error("an unknown profile is found")
	}
}

func TestAdvice(t *testing.T) {
	mapping := minimal(`source: handbook
zone_rule: Times are in the zone of the server.
enable:
  - {lacks: reads, text: Switch on Reads.}
`)
	p, err := newParser(mapping)
	if err != nil {
		t.Fatal(err)
	}
	advisor, ok := p.(ingest.Advisor)
	if !ok {
		t.Fatal("the parser gives no advice")
	}
	if got := advisor.Advice(); got != nil {
		t.Errorf("advice before a file was read: %v", got)
	}
	w := ingest.NewWriter(&discard{}, ingest.WriterOptions{})
	defer w.Release()
	src := ingest.Source{Name: "x", Zone: time.UTC, ZoneBasis: ingest.TZAssumed, Data: strings.NewReader("When,Who,What\n2025-03-10 08:00,a,view\n")}
	if err := p.Parse(t.Context(), src, w); err != nil {
		t.Fatal(err)
	}
	want := []ingest.Advice{
		{Lacks: ingest.ElementTime, Text: "Times are in the zone of the server.", Source: "handbook"},
		{Lacks: ingest.ElementReads, Text: "Switch on Reads.", Source: "handbook"},
	}
	if diff := cmp.Diff(want, advisor.Advice()); diff != "" {
		t.Errorf("advice (-want +got):\n%s", diff)
	}
}

// A date far down in the file that contradicts the assumed order means that all
// the rows above were read wrongly.
func TestAssumedOrderContradicted(t *testing.T) {
	mapping := strings.Replace(minimal(""), "When", "When, format: [M/D/YYYY H:mm, D/M/YYYY H:mm]", 1)
	var file bytes.Buffer
	file.WriteString("When,Who,What\n")
	for range 4000 {
		file.WriteString("4/3/2025 8:05,jdoe,view\n")
	}
	for _, tt := range []struct{ name, last, want string }{
		{"contradicted", "13/3/2025 8:05", "log.csv: the first dates in column \"When\" fit both orders of day and month, a later one only the other; give a mapping with one order"},
		{"unreadable", "13/13/2025 8:05", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := file.String() + tt.last + ",jdoe,view\n"
			settings := ingest.Settings{Mapping: []byte(mapping)}
			got, err := ingesttest.Parse(t.Context(), delimited.Plugin(), settings, "log.csv", time.UTC, []byte(text))
			message := ""
			if err != nil {
				message = err.Error()
			}
			if diff := cmp.Diff(tt.want, message); diff != "" {
				t.Fatalf("error mismatch (-want +got):\n%s", diff)
			}
			if err == nil && (len(got.Rejects) != 1 || got.Rejects[0].String() != `line 4002, column "When": bad_time`) {
				t.Errorf("rejects are %v, want one bad_time", got.Rejects)
			}
		})
	}
}

// A reject carries what is known of the record.
func TestRejectDetails(t *testing.T) {
	mapping := minimal("  - {field: patient_id, column: Patient, split: id_name}\n  - {field: n_records, column: N}\n")
	var rejects []ingest.Reject
	text := "When,Who,What,Patient,N\n2025-03-10 08:05,jdoe,view,12-Example,x\nnever,jdoe,view,13-Example,1\n"
	got, err := ingesttest.Parse(t.Context(), delimited.Plugin(), ingest.Settings{Mapping: []byte(mapping)}, "log.csv", time.UTC, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	rejects = got.Rejects
	want := []ingest.Reject{
		{Line: 2, Column: "N", Reason: ingest.ReasonBadValue, At: time.Date(2025, 3, 10, 8, 5, 0, 0, time.UTC), PatientID: "12", Raw: []byte("2025-03-10 08:05,jdoe,view,12-Example,x")},
		{Line: 3, Column: "When", Reason: ingest.ReasonBadTime, PatientID: "13", Raw: []byte("never,jdoe,view,13-Example,1")},
	}
	if diff := cmp.Diff(want, rejects); diff != "" {
		t.Errorf("rejects mismatch (-want +got):\n%s", diff)
	}
}

// A workbook comes out as a table: dates in the formats of their cells, empty
// rows, a title above the header, and line numbers that are the sheet's rows.
func TestWorkbook(t *testing.T) {
	f := excelize.NewFile()
	style, err := f.NewStyle(&excelize.Style{NumFmt: 22})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2025, 3, 10, 8, 5, 0, 0, time.UTC)
	for i, row := range [][]any{
		{"Access report"},
		nil,
		{"timestamp", "user_id", "patient_id", "action", "outcome"},
		{at, "jdoe", 12345678901, "view", "success"},
		nil,
		{at.Add(time.Hour), "jdoe", "00123", "print"},
	} {
		cell := fmt.Sprintf("A%d", i+1)
		if err := f.SetSheetRow("Sheet1", cell, &row); err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellStyle("Sheet1", cell, cell, style); err != nil {
			t.Fatal(err)
		}
	}
	var data bytes.Buffer
	if err := f.Write(&data); err != nil {
		t.Fatal(err)
	}
	got, err := ingesttest.Parse(t.Context(), delimited.Plugin(), ingest.Settings{}, "log.xlsx", time.UTC, data.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"dataset":"events","line":4,"part":0,"occurred_at":"2025-03-10T08:05:00Z","tz_basis":"source_setting","user_id":"jdoe","patient_id":"12345678901","action":"view","action_raw":"view","outcome":"success","break_glass":false,"granularity":"event"}`,
		`{"dataset":"events","line":6,"part":0,"occurred_at":"2025-03-10T09:05:00Z","tz_basis":"source_setting","user_id":"jdoe","patient_id":"00123","action":"print","action_raw":"print","outcome":"unknown","break_glass":false,"granularity":"event"}`,
	}
	if diff := cmp.Diff(want, got.Lines); diff != "" {
		t.Errorf("rows mismatch (-want +got):\n%s", diff)
	}
}

func TestCancelledParse(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := ingesttest.Parse(ctx, delimited.Plugin(), ingest.Settings{}, "log.csv", time.UTC, accessLog(5000, time.DateTime))
	if err == nil {
		t.Error("a cancelled parse succeeds")
	}
}
