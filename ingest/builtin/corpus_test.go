package builtin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/builtin"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
)

// corpus returns the folder of real sample data, which lies outside the
// repository.
func corpus(t *testing.T) string {
	t.Helper()
	path := filepath.Join(moduleRoot(t), "..", "shared", "corpus")
	if _, err := os.Stat(path); err != nil {
		t.Skip("corpus absent: ../shared/corpus")
	}
	return path
}

// TestCorpusHasTheRightParser shows every file of the corpus to every parser.
func TestCorpusHasTheRightParser(t *testing.T) {
	root := corpus(t)
	files := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		files++
		rel = filepath.ToSlash(rel)
		t.Run(rel, func(t *testing.T) {
			var want []string
			if name := parserOf(t, rel, path); name != "" {
				want = []string{name}
			}
			for _, accepted := range accepting(t, path) {
				if diff := cmp.Diff(want, accepted); diff != "" {
					t.Errorf("parsers (-want +got):\n%s", diff)
				}
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("the corpus has %d files, want more than 100", files)
	}
}

// parserOf says who reads a file of the corpus: of FHIR resources the type
// decides, of the others the path.
func parserOf(t *testing.T, rel, path string) string {
	t.Helper()
	switch rel {
	case "openemr/log_tables.sql":
		return "openemr"
	case "context/synthea_csv/providers.csv":
		return "roster"
	case "context/synthea_csv/patients.csv":
		return "patients"
	case "context/synthea_csv/encounters.csv":
		return "appointments"
	}
	switch rel {
	case "openmrs/moduleTestData-initialAuditLogs.xml":
		return "openmrs"
	case "oscar/log_table.ddl.sql":
		return "oscar" // a dump of the table before it had rows
	}
	if strings.HasPrefix(rel, "atna_xml/") || strings.HasPrefix(rel, "atna_syslog/openatna/") || strings.HasPrefix(rel, "atna_syslog/openhim/testAudit") {
		return "atna"
	}
	if !strings.HasPrefix(rel, "fhir_auditevent/") && !strings.HasPrefix(rel, "context/hl7_r4/") {
		return ""
	}
	switch resourceType(t, path) {
	case "AuditEvent":
		return "fhiraudit"
	case "Practitioner", "PractitionerRole", "Patient", "Appointment", "Encounter":
		return "fhircontext"
	}
	return ""
}

func resourceType(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var resource struct {
		Type string `json:"resourceType"` //nolint:tagliatelle // FHIR's own name
	}
	if err := json.Unmarshal(bytes.TrimPrefix(text, []byte("\ufeff")), &resource); err != nil {
		t.Fatal(err)
	}
	return resource.Type
}

// parse reads a file of the corpus with the named parser.
func parse(t *testing.T, parser, path string) ingesttest.Result {
	t.Helper()
	r, err := builtin.Registry()
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.ByName(parser)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	result, err := ingesttest.Parse(t.Context(), p, ingest.Settings{}, filepath.Base(path), time.UTC, text)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// text returns a text cell of a row.
func text(row map[string]any, column string) string {
	s, _ := row[column].(string)
	return s
}

func TestCorpusSyntheaJoins(t *testing.T) {
	folder := filepath.Join(corpus(t), "context", "synthea_csv")
	staff := parse(t, "roster", filepath.Join(folder, "providers.csv"))
	patients := parse(t, "patients", filepath.Join(folder, "patients.csv"))
	visits := parse(t, "appointments", filepath.Join(folder, "encounters.csv"))

	known, foreign := map[string]bool{}, 0
	for _, row := range staff.Rows() {
		known[text(row, "user_id")] = true
		if strings.ContainsFunc(text(row, "name"), func(r rune) bool { return r > unicode.MaxASCII }) {
			foreign++
		}
		if text(row, "role") == "" || text(row, "address") == "" {
			t.Errorf("line %v: a provider without role or address", row["line"])
		}
	}
	people := map[string]bool{}
	for _, row := range patients.Rows() {
		people[text(row, "patient_id")] = true
		if text(row, "first_name") == "" || text(row, "last_name") == "" || text(row, "birth_date") == "" {
			t.Errorf("line %v: a patient without name or birth date", row["line"])
		}
	}
	joined, treating := 0, map[string]bool{}
	for _, row := range visits.Rows() {
		if people[text(row, "patient_id")] && known[text(row, "provider_id")] {
			joined++
			treating[text(row, "provider_id")] = true
		}
		if text(row, "tz_basis") != string(ingest.TZExplicit) || row["minutes"] == nil {
			t.Errorf("line %v: an encounter without an explicit zone or a duration", row["line"])
		}
	}
	got := map[string]int{
		"providers": len(staff.Lines), "non-ASCII names": foreign, "patients": len(patients.Lines),
		"encounters": len(visits.Lines), "joined": joined, "providers that treat": len(treating),
		"rejects": len(staff.Rejects) + len(patients.Rejects) + len(visits.Rejects),
	}
	want := map[string]int{
		"providers": 173, "non-ASCII names": 14, "patients": 59, "encounters": 2590, "joined": 2590,
		"providers that treat": 147, "rejects": 0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

// TestCorpusSyntheaNumbersStayOut makes sure that no number of social security,
// driving licence or passport comes through.
func TestCorpusSyntheaNumbersStayOut(t *testing.T) {
	path := filepath.Join(corpus(t), "context", "synthea_csv", "patients.csv")
	rows := strings.Join(parse(t, "patients", path).Lines, "\n")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	secrets := 0
	for i, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		if i == 0 {
			continue
		}
		for _, secret := range strings.Split(line, ",")[3:6] {
			if secret == "" {
				continue
			}
			secrets++
			if strings.Contains(rows, secret) {
				t.Errorf("line %d: a number that must not be read is in the rows", i+1)
			}
		}
	}
	if secrets < 59 {
		t.Errorf("found %d numbers to look for, want one a patient at least", secrets)
	}
}

func TestCorpusFHIRContext(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus(t), "context", "hl7_r4", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, path := range files {
		kind := resourceType(t, path)
		if !readByContext(t, path) {
			got[kind+" refused"]++
			continue
		}
		result := parse(t, "fhircontext", path)
		got[kind+" rows"] += len(result.Lines)
		for _, reject := range result.Rejects {
			got[kind+" "+string(reject.Reason)]++
		}
	}
	want := map[string]int{
		"Practitioner rows": 14, "PractitionerRole rows": 2, // one for each pair of working hours
		"Appointment rows": 3, "Appointment missing_time": 1, // one has two doctors
		"Encounter rows": 2, "Encounter missing_time": 7, "Encounter bad_time": 1, // dates alone
		"Slot refused": 4, "Schedule refused": 3, "CareTeam refused": 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func readByContext(t *testing.T, path string) bool {
	t.Helper()
	found := false
	_, err := ingest.OpenFile(t.Context(), path, ingest.OpenOptions{}, func(_ context.Context, m ingest.Member) error {
		r, err := builtin.Registry()
		if err != nil {
			return err
		}
		p, _, err := r.Detect(m.Head, ingest.Settings{})
		found = err == nil && p.Name == "fhircontext"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
