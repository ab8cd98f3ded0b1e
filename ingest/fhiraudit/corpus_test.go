package fhiraudit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/fhiraudit"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
)

// corpusRow is the row of one file of the corpus.
type corpusRow struct {
	file string
	data []byte
	row  map[string]any
}

func (c corpusRow) text(column string) string {
	s, _ := c.row[column].(string)
	return s
}

// corpus reads every AuditEvent of the corpus alone. It skips the test where
// there is no corpus.
func corpus(t *testing.T) []corpusRow {
	t.Helper()
	var rows []corpusRow
	for _, path := range corpusFiles(t) {
		if !strings.Contains(path, "udit") || strings.HasPrefix(filepath.Base(path), "Device") {
			continue
		}
		data := readFile(t, path)
		if !bytes.Contains(data, []byte(`"AuditEvent"`)) {
			continue
		}
		got := parse(t, data)
		if len(got.Lines) != 1 || len(got.Rejects) > 0 {
			t.Fatalf("%s: got %d rows and %d rejects, want one row", path, len(got.Lines), len(got.Rejects))
		}
		rows = append(rows, corpusRow{file: filepath.Base(path), data: data, row: got.Rows()[0]})
	}
	return rows
}

func corpusFiles(t *testing.T) []string {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for !exists(filepath.Join(root, "go.mod")) {
		root = filepath.Dir(root)
	}
	paths, err := filepath.Glob(filepath.Join(root, "..", "shared", "corpus", "fhir_auditevent", "*", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Skip("corpus absent: ../shared/corpus")
	}
	return paths
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func parse(t *testing.T, data []byte) ingesttest.Result {
	t.Helper()
	got, err := ingesttest.Parse(t.Context(), fhiraudit.Plugin(), ingest.Settings{}, "input", time.UTC, data)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func count(rows []corpusRow, key func(corpusRow) string) map[string]int {
	n := map[string]int{}
	for _, r := range rows {
		n[key(r)]++
	}
	return n
}

func column(name string) func(corpusRow) string {
	return func(r corpusRow) string { return r.text(name) }
}

func TestCorpusCounts(t *testing.T) {
	t.Parallel()
	rows := corpus(t)
	if len(rows) != 106 {
		t.Fatalf("got %d events, want 106", len(rows))
	}
	for _, c := range []struct {
		name string
		key  func(corpusRow) string
		want map[string]int
	}{
		{
			name: "shape", key: func(r corpusRow) string { return fhiraudit.ShapeOf(string(r.data)) },
			want: map[string]int{"dstu2": 8, "stu3": 8, "r4": 77, "r5": 13},
		},
		{
			name: "action", key: column("action"),
			want: map[string]int{
				"view": 14, "search": 20, "create": 20, "update": 7, "delete": 8, "export": 14, "login": 5, "logout": 5,
				"break_glass": 1, "other": 12,
			},
		},
		{name: "outcome", key: column("outcome"), want: map[string]int{"success": 102, "failure": 4}},
		{name: "tz-basis", key: column("tz_basis"), want: map[string]int{"explicit": 106}},
		{name: "patient", key: patientSource, want: map[string]int{"none": 34, "role": 65, "reference": 4, "top": 3}},
		{
			// 24 events without anybody; 71 requestors, of whom one is only a token and
			// one of the five "Application Start" of R4 has a code for a person.
			name: "user", key: userKind,
			want: map[string]int{"nobody": 24, "decision-service": 1, "person": 77, "token": 1, "role-in-words": 3},
		},
		{
			name: "user-type", key: column("user_type"),
			want: map[string]int{"staff": 72, "patient": 5, "system": 25, "": 4},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, count(rows, c.key)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

func userKind(r corpusRow) string {
	requestor := bytes.Contains(bytes.ReplaceAll(r.data, []byte(" "), nil), []byte(`"requestor":true`))
	switch {
	case r.text("interactive") == "no" && requestor:
		return "decision-service"
	case r.text("interactive") == "no" && r.text("user_id") == "":
		return "nobody"
	case r.text("interactive") == "yes" && r.text("user_id") != "":
		return "person"
	case r.text("interactive") == "yes" && r.text("session_id") != "":
		return "token"
	case r.text("user_id") != "":
		return "role-in-words"
	}
	return ""
}

// patientSource finds out with other means where a row's patient comes from.
func patientSource(r corpusRow) string {
	if r.text("patient_id") == "" {
		return "none"
	}
	var event struct {
		Patient json.RawMessage `json:"patient"`
		Entity  []struct {
			Role json.RawMessage `json:"role"`
		} `json:"entity"`
		Object []struct {
			Role json.RawMessage `json:"role"`
		} `json:"object"`
	}
	if json.Unmarshal(r.data, &event) != nil {
		return "unreadable"
	}
	for _, e := range slices.Concat(event.Entity, event.Object) {
		if strings.Contains(strings.Join(strings.Fields(string(e.Role)), ""), `"code":"1"`) {
			return "role"
		}
	}
	if event.Patient != nil {
		return "top"
	}
	return "reference"
}

func TestCorpusSingleEvents(t *testing.T) {
	t.Parallel()
	rows := corpus(t)
	for _, c := range []struct {
		file string
		want map[string]any
	}{
		{
			file: "auditevent-example-breakglass-start.json",
			want: map[string]any{"action": "break_glass", "break_glass": true, "purpose": "ETREAT", "patient_id": "example"},
		},
		{
			file: "AuditEvent-ex-auditPoke-SAML-Min2.json",
			want: map[string]any{
				"action": "other", "break_glass": false, "purpose": "TREAT; ETREAT; HPAYMT; HOPERAT", "user_id": "JoeL",
			},
		},
		{
			file: "auditevent-example-advanced-create.json",
			want: map[string]any{
				"action": "create", "action_raw": "create|rest|C", "occurred_at": "2020-04-29T09:49:00Z", "patient_id": "example",
				"ip": "2001:0db8:85a3:0000:0000:8a2e:0370:7334", "user_name": "Betty Jones", "recorded_at": nil,
			},
		},
		{
			file: "AuditEvent-ex-auditBasicReadOServerMin.json",
			want: map[string]any{
				"user_id": nil, "user_name": nil, "user_type": nil, "user_role": "UserOauthAgent", "interactive": "yes",
			},
		},
		{
			file: "auditevent-example-consent-authz.json",
			want: map[string]any{"user_id": nil, "user_type": "system", "interactive": "no", "action": "search", "patient_id": "example"},
		},
		{
			file: "AuditEvent-ex-auditAuthZconsent-deny.json",
			want: map[string]any{"outcome": "failure", "outcome_reason": "Consent denied access to this user", "user_id": "ex-practitioner"},
		},
		{
			file: "AuditEvent-ex-auditPrivacyDisclosure-source.json",
			want: map[string]any{"user_id": "ex-patient", "user_type": "patient", "patient_id": "ex-patient", "action": "export"},
		},
	} {
		t.Run(strings.TrimSuffix(c.file, ".json"), func(t *testing.T) {
			t.Parallel()
			i := slices.IndexFunc(rows, func(r corpusRow) bool { return r.file == c.file })
			if i < 0 {
				t.Fatal("not in the corpus")
			}
			got := map[string]any{}
			for column := range c.want {
				got[column] = rows[i].row[column]
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("row (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCorpusSharedRequests(t *testing.T) {
	t.Parallel()
	groups := map[int]int{}
	for id, n := range count(corpus(t), column("request_id")) {
		if id != "" && n > 1 {
			groups[n]++
		}
	}
	if diff := cmp.Diff(map[int]int{2: 1, 5: 1}, groups); diff != "" {
		t.Errorf("groups of events with one request id, by size (-want +got):\n%s", diff)
	}
}

// The same event gives the same row however the file is laid out; only the line
// differs.
func TestCorpusLayouts(t *testing.T) {
	t.Parallel()
	rows := corpus(t)
	var want []map[string]any
	var compact, pretty, elements [][]byte
	for _, r := range rows {
		want = append(want, withoutLine(r.row))
		var b bytes.Buffer
		if err := json.Compact(&b, r.data); err != nil {
			t.Fatal(err)
		}
		compact = append(compact, b.Bytes())
		pretty = append(pretty, bytes.TrimSpace(r.data))
		elements = append(elements, toXML(t, r.data))
	}
	join := func(parts [][]byte, before, between, after string) []byte {
		return []byte(before + string(bytes.Join(parts, []byte(between))) + after)
	}
	const outcome = `{"resource":{"resourceType":"OperationOutcome","issue":[]}}`
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"ndjson", join(compact, "", "\n", "\n")},
		{"log-lines", join(compact, "2025-01-01 10:00 app[7] INFO ", "\n2025-01-01 10:00 app[7] INFO ", "\n")},
		{"one-line-array", join(compact, "[", ",", "]")},
		{"pretty-array", join(pretty, "[\n", ",\n", "\n]\n")},
		{"concatenated", join(pretty, "", "\n", "\n")},
		{"one-line-bundle", join(compact, `{"resourceType":"Bundle","entry":[{"resource":`, `},{"resource":`, "},"+outcome+"]}")},
		{"bundle-type-last", join(pretty, `{"entry":[{"fullUrl":"urn:x","resource":`, `},{"resource":`, `}],"resourceType":"Bundle"}`)},
		{"xml-bundle", join(elements, `<?xml version="1.0"?><Bundle xmlns="http://hl7.org/fhir"><entry><resource>`,
			"</resource></entry>\n<entry><resource>", "</resource></entry></Bundle>")},
		{"xml-several", join(elements, "", "\n", "\n")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := parse(t, c.data)
			var all []map[string]any
			for _, row := range got.Rows() {
				all = append(all, withoutLine(row))
			}
			if diff := cmp.Diff(want, all); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if len(got.Rejects) > 0 {
				t.Errorf("got %d rejects, the first is %s", len(got.Rejects), got.Rejects[0])
			}
		})
	}
}

func TestCorpusOtherResources(t *testing.T) {
	t.Parallel()
	refused := 0
	all := []byte("[")
	for _, path := range corpusFiles(t) {
		data := readFile(t, path)
		if base := filepath.Base(path); !strings.HasPrefix(base, "AuditEvent") && !strings.HasPrefix(base, "audit") {
			refused++
			if _, err := ingesttest.Parse(t.Context(), fhiraudit.Plugin(), ingest.Settings{}, base, time.UTC, data); err == nil {
				t.Errorf("%s is accepted", base)
			}
		}
		all = append(append(all, data...), ',')
	}
	if refused != 5 {
		t.Errorf("got %d files that are no AuditEvent, want 5", refused)
	}
	all[len(all)-1] = ']'
	got := parse(t, all).Counts
	if got.Rows[ingest.Events] != 106 || got.Skipped[ingest.SkipOtherResource] != 5 || got.Records != 106 {
		t.Errorf("got %d rows of %d records and %d other resources, want 106, 106 and 5",
			got.Rows[ingest.Events], got.Records, got.Skipped[ingest.SkipOtherResource])
	}
}

func withoutLine(row map[string]any) map[string]any {
	row = maps.Clone(row)
	delete(row, "line")
	return row
}

// toXML writes a resource in the XML form of FHIR.
func toXML(t *testing.T, data []byte) []byte {
	t.Helper()
	var resource map[string]any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&resource); err != nil {
		t.Fatal(err)
	}
	delete(resource, "text") // its XHTML is not escaped in XML
	var b bytes.Buffer
	b.WriteString(`<AuditEvent xmlns="http://hl7.org/fhir">`)
	writeXML(&b, resource)
	b.WriteString("</AuditEvent>")
	return b.Bytes()
}

func writeXML(b *bytes.Buffer, object map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if key == "resourceType" || key == "url" {
			continue
		}
		list, ok := object[key].([]any)
		if !ok {
			list = []any{object[key]}
		}
		for _, v := range list {
			writeElement(b, key, v)
		}
	}
}

func writeElement(b *bytes.Buffer, key string, v any) {
	object, ok := v.(map[string]any)
	if !ok {
		fmt.Fprintf(b, "<%s value=%q/>", key, html.EscapeString(fmt.Sprint(v)))
		return
	}
	fmt.Fprintf(b, "<%s", key)
	if url, ok := object["url"]; ok {
		fmt.Fprintf(b, " url=%q", url)
	}
	b.WriteString(">")
	if typ, ok := object["resourceType"].(string); ok {
		fmt.Fprintf(b, "<%s>", typ)
		defer fmt.Fprintf(b, "</%s></%s>", typ, key)
	} else {
		defer fmt.Fprintf(b, "</%s>", key)
	}
	writeXML(b, object)
}
