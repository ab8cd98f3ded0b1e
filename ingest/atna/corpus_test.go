package atna_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/atna"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
)

// corpusFiles reads a folder of the corpus, which lies beside the repository.
func corpusFiles(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = parent
	}
	root := filepath.Join(dir, "..", "shared", "corpus", folder)
	if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
		t.Skip("corpus absent: ../shared/corpus")
	}
	files := map[string][]byte{}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(rel)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// parse opens, detects and parses a file. Times without an offset are those of
// New York.
func parse(t *testing.T, data []byte) ingesttest.Result {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	result, err := ingesttest.Parse(t.Context(), atna.Plugin(), ingest.Settings{}, "audit.log", zone, data)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func cell(row map[string]any, column string) string {
	s, _ := row[column].(string)
	return s
}

// detects reports whether a file is accepted as it stands.
func detects(t *testing.T, data []byte) bool {
	t.Helper()
	p, err := atna.Plugin().New(ingest.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Detect(ingest.Head{Name: "audit.log", Bytes: data, Complete: true}) == nil
}

func TestCorpusXML(t *testing.T) {
	t.Parallel()
	actions := map[string][]string{}
	patients := map[string]int{} // files by their number of patient objects
	people := map[string]string{}
	files := corpusFiles(t, "atna_xml")
	for name, data := range files {
		name = strings.TrimSuffix(filepath.Base(name), ".xml")
		result := parse(t, data)
		if len(result.Rejects) != 0 || len(result.Lines) == 0 {
			t.Errorf("%s: %d rows, rejects %v", name, len(result.Lines), result.Rejects)
			continue
		}
		rows := result.Rows()
		first := rows[0]
		actions[cell(first, "action")] = append(actions[cell(first, "action")], name)
		switch bytes.Count(data, []byte(`TypeCodeRole="1"`)) {
		case 0:
			patients["none"]++
		case 1:
			patients["one"]++
		default:
			patients["several"]++
		}
		for i, row := range rows {
			if cell(row, "user_id") != "" {
				people[name] = cell(row, "user_id")
			}
			if hasPatients := bytes.Contains(data, []byte(`TypeCodeRole="1"`)); hasPatients != (cell(row, "patient_id") != "") {
				t.Errorf("%s: row %d has patient %q", name, i, cell(row, "patient_id"))
			}
			if part, _ := row["part"].(float64); int(part) != i {
				t.Errorf("%s: row %d is part %v", name, i, part)
			}
			for _, column := range []string{"patient_id", "patient_id_system"} {
				if strings.ContainsAny(cell(row, column), "^&~|") {
					t.Errorf("%s: %s is not split", name, column)
				}
			}
		}
		if basis := cell(first, "tz_basis"); (basis == "explicit") == (name == "atna-record-1") {
			t.Errorf("%s: tz_basis %q", name, basis)
		}
		wantTrace := ""
		if name == "audit-message-iti55" {
			wantTrace = "0af7651916cd43dd8448eb211c80319c"
		}
		if got := cell(first, "request_id"); got != wantTrace {
			t.Errorf("%s: request_id %q, want %q", name, got, wantTrace)
		}
	}
	counts := map[string]int{}
	for action, names := range actions {
		counts[action] = len(names)
	}
	if diff := cmp.Diff(map[string]int{"view": 2, "search": 9, "create": 4, "update": 4, "other": 2}, counts); diff != "" {
		t.Errorf("actions (-want +got):\n%s\n%v", diff, actions)
	}
	if diff := cmp.Diff(map[string]int{"none": 4, "one": 12, "several": 5}, patients); diff != "" {
		t.Errorf("patients (-want +got):\n%s", diff)
	}
	want := map[string]string{"atna-record-1": "smitty@readingroom.hospital.org", "atna-record-2": "7601002860123"}
	if diff := cmp.Diff(want, people); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
}

// TestCorpusXMLRows looks closely at some of the files.
func TestCorpusXMLRows(t *testing.T) {
	t.Parallel()
	files := corpusFiles(t, "atna_xml/ipf")
	tests := map[string]map[string]any{
		"atna-record-1": {
			"occurred_at": "2001-12-17T14:30:47Z", "user_name": "Dr. Smith", "user_alt_id": "smith@nema", "patient_id": "ptid12345",
			"patient_name": "John Doe", "record_type": "imaging", "record_id": "1.2.840.10008.2.3.4.5.6.7.78.8", "ip": "192.168.1.2",
			"source_system": "Hospital; ReadingRoom", "action_raw": "110104||C", "user_type": "staff", "interactive": "yes",
		},
		"atna-record-2": {
			"occurred_at": "2025-01-21T10:05:39.384226Z", "user_name": "Quentin Ligier", "patient_id": "PATIENT1",
			"patient_id_system": "2.16.756.5.30.1.191.1.0.2.1", "record_type": "document", "ip": "10.0.1.42", "purpose": "NORM",
			"record_id":  "2.16.756.5.30.1.191.1.0.12.3.101^e90afe4e-49c8-4140-94b0-b74f68c3678b",
			"action_raw": "110107|ITI-43|C", "user_role": "Healthcare Professional; Healthcare professional (occupation)",
		},
		"start":         {"user_type": "system", "interactive": "no", "ip": "10.0.75.1", "source_system": "app-connect"},
		"pixm":          {"patient_id": "IHEBLUE-2340", "patient_id_system": "1.3.6.1.4.1.21367.13.20.3000", "record_type": "demographics"},
		"pdqmread":      {"patient_id": "IHERED-2340", "action": "search"},
		"pixfeedmerge":  {"patient_id": "MW-10001", "action": "update", "action_raw": "110110|ITI-8|D"},
		"pixfeedsource": {"patient_id": "IHERED-2342", "outcome": "success"},
	}
	for name, want := range tests {
		row := parse(t, files[name+".xml"]).Rows()[0]
		for column, value := range want {
			if row[column] != value {
				t.Errorf("%s: %s is %v, want %v", name, column, row[column], value)
			}
		}
	}
	for name, want := range map[string]int{"pdqv3": 6, "pixfeedmergesource": 6, "pixfeedsource": 3, "xpidsource": 4, "pdq": 4, "pixquery": 2, "pixupdatesource": 3} {
		if got := len(parse(t, files[name+".xml"]).Lines); got != want {
			t.Errorf("%s: %d rows, want one a patient, %d", name, got, want)
		}
	}
}

func TestCorpusSyslog(t *testing.T) {
	t.Parallel()
	files := corpusFiles(t, "atna_syslog")
	tests := map[string]map[string]any{
		"openhim/testAuditIHEDICOM.log": {
			"action": "login", "user_id": "farley.granger@wb.com", "occurred_at": "2013-10-17T21:12:04.287Z", "tz_basis": "explicit",
			"ip": "125.20.175.12", "patient_id": nil, "recorded_at": nil, "record_type": "session",
		},
		"openhim/testAuditIHERFC3881.log": {
			"action": "login", "user_id": "farley.granger@wb.com", "occurred_at": "2010-12-17T21:12:04.287Z", "source_system": "End User; farley.granger@wb.com",
		},
		"openhim/testAuditMessage.log": {
			"action": "search", "user_id": nil, "interactive": "no", "patient_id": "fc133984036647e", "occurred_at": "2015-03-05T10:52:31.356Z",
			"recorded_at": "2015-03-05T10:52:31.358Z", "patient_id_system": "1.3.6.1.4.1.21367.2005.13.20.3000", "source_system": "openhim",
		},
		"openatna/UdpClientTest0_javadoc.log": {
			"action": "other", "user_id": "smm", "user_name": "Steve Moore", "user_role": "Application Launcher", "tz_basis": "source_setting",
			"occurred_at": "2009-11-29T20:15:19Z", "recorded_at": "2009-11-29T15:15:19Z",
		},
	}
	for name, want := range tests {
		result := parse(t, files[name])
		rows := result.Rows()
		if len(rows) != 1 || len(result.Rejects) != 0 {
			t.Errorf("%s: %d rows, rejects %v", name, len(rows), result.Rejects)
			continue
		}
		for column, value := range want {
			if rows[0][column] != value {
				t.Errorf("%s: %s is %v, want %v", name, column, rows[0][column], value)
			}
		}
	}
}

// rejectsOfCorpus are the records of the corpus that hold no audit message.
func rejectsOfCorpus() map[string]string {
	const foreign = "line 1: wrong_type"
	return map[string]string{
		"openhim/invalid_payload_1.log":     foreign,
		"openhim/invalid_payload_2.log":     foreign,
		"ipf_parser_vectors/01_valid.log":   foreign,
		"ipf_parser_vectors/02_valid.log":   foreign,
		"ipf_parser_vectors/03_valid.log":   foreign,
		"ipf_parser_vectors/04_valid.log":   foreign,
		"ipf_parser_vectors/05_valid.log":   foreign,
		"ipf_parser_vectors/06_invalid.log": `line 1, column "HOSTNAME": missing_field`,
		"ipf_parser_vectors/07_invalid.log": `line 1, column "VERSION": bad_value`,
		"ipf_parser_vectors/08_invalid.log": `line 1, column "PRI": missing_field`,
		"ipf_parser_vectors/09_invalid.log": `line 1, column "TIMESTAMP": bad_time`,
		"ipf_parser_vectors/10_invalid.log": `line 1, column "TIMESTAMP": bad_time`,
		"ipf_parser_vectors/11_invalid.log": `line 1, column "STRUCTURED-DATA": bad_syntax`,
		"ipf_parser_vectors/12_invalid.log": `line 1, column "APP-NAME": missing_field`,
		"ipf_parser_vectors/13_invalid.log": `line 1, column "PRI": bad_value`,
	}
}

// A file without an audit message is not ours; where a user insists, each
// record is rejected with a reason.
func TestCorpusSyslogRejects(t *testing.T) {
	t.Parallel()
	files := corpusFiles(t, "atna_syslog")
	for name, want := range rejectsOfCorpus() {
		if detects(t, files[name]) {
			t.Errorf("%s is detected", name)
		}
		got := force(t, io.MultiReader(bytes.NewReader(files[name]), strings.NewReader("\n"))) // or it would count as cut off
		if len(got.rejects) != 1 || got.rejects[0].String() != want || got.counts.Records != 1 || len(got.rejects[0].Raw) == 0 {
			t.Errorf("%s: rejects %v, want %s", name, got.rejects, want)
		}
	}
}

// All records of the corpus one after the other, as a line reader, a stream
// without line ends and a receiver of octet counts would have stored them.
func TestCorpusSyslogInOneFile(t *testing.T) {
	t.Parallel()
	files := corpusFiles(t, "atna_syslog")
	for _, framing := range []struct {
		name    string
		wrap    func([]byte) []byte
		rejects int64
	}{
		{"lines", func(p []byte) []byte { return append(bytes.TrimRight(p, "\r\n"), '\n') }, 15},
		// Without line ends the record that has no priority cannot be told from
		// the text before it: the counts are not trusted.
		{"counts", func(p []byte) []byte { return counted(bytes.TrimRight(p, "\r\n")) }, 14},
	} {
		t.Run(framing.name, func(t *testing.T) {
			t.Parallel()
			var data []byte
			for _, name := range sortedNames(files) {
				data = append(data, framing.wrap(files[name])...)
			}
			got := force(t, bytes.NewReader(data))
			if got.counts.Rows[ingest.Events] != 4 || got.counts.Rejected != framing.rejects {
				t.Errorf("%d rows and %d rejects, want 4 and %d: %v", got.counts.Rows[ingest.Events], got.counts.Rejected, framing.rejects, got.rejects)
			}
		})
	}
}
