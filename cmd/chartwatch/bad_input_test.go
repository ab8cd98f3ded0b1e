package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/internal/cli"
)

// canary stands in every cell of the files below. It must be in no message.
const canary = "CANARY"

const goodLog = "timestamp,user_id,patient_id,action\n2025-03-10 09:00:00,CANARY-user,CANARY-101,view\n"

// outcome is what a command printed and its exit code.
type outcome struct {
	code           int
	stdout, stderr string
}

// chartwatch runs the program in a folder.
func chartwatch(t *testing.T, dir string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := cli.Main(t.Context(), cli.Env{
		Args: args, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, WorkDir: dir, TempDir: filepath.Join(dir, "tmp"),
		Environ: []string{
			"HOME=" + dir, "XDG_CONFIG_HOME=" + filepath.Join(dir, "config"), "XDG_DATA_HOME=" + filepath.Join(dir, "share"),
			"APPDATA=" + filepath.Join(dir, "config"), "LOCALAPPDATA=" + filepath.Join(dir, "share"), "USERPROFILE=" + dir,
		},
		Clock: func() time.Time { return time.Date(2025, 4, 20, 16, 0, 0, 0, time.UTC) }, Zone: time.UTC,
	})
	return outcome{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

func zipped(t *testing.T, namesAndContents ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(namesAndContents); i += 2 {
		w, err := z.Create(namesAndContents[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, namesAndContents[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t *testing.T, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func half(b []byte) []byte { return b[:len(b)/2] }

// longLog has many different rows, so that half of it compressed is some of it.
func longLog() string {
	var b strings.Builder
	b.WriteString("timestamp,user_id,patient_id,action\n")
	at := time.Date(2025, 3, 10, 9, 0, 0, 0, time.UTC)
	for i := range 20_000 {
		b.WriteString(at.Add(time.Duration(i*i)*time.Millisecond).Format(time.DateTime) + ",CANARY-user,CANARY-101,view\n")
	}
	return b.String()
}

func TestBadInput(t *testing.T) {
	const rejectedSome = 3 // exit code: done, but not with everything
	tests := []struct {
		name    string
		file    string
		content []byte
		extra   map[string]string
		args    []string
		code    int
		says    []string // of both outputs
		events  int      // accepted
	}{
		{
			name: "truncated_gzip", file: "log.csv.gz", content: half(gzipped(t, []byte(longLog()))), code: 1,
			says: []string{"failed: log.csv.gz: ", "the file is cut off", "hint: export or copy the file again"},
		},
		{
			name: "binary", file: "log.csv", content: append([]byte("\x7fELF\x02\x01\x01\x00"), bytes.Repeat([]byte{0, 1, 2, 250}, 500)...), code: 1,
			says: []string{"the file is not text", "hint: export the log as CSV"},
		},
		{name: "empty", file: "log.csv", content: nil, code: 1, says: []string{"empty", "hint: check that the export worked"}},
		{
			name: "mapping_without_its_column", file: "log.csv", content: []byte(goodLog), args: []string{"--mapping", "map.yaml"}, code: 1,
			extra: map[string]string{"map.yaml": "version: 1\nname: mine\ncolumns:\n  - {field: occurred_at, column: When, format: iso}\n  - {field: user_id, column: Who}\n  - {field: patient_id, column: Chart}\n  - {field: action, column: action}\n"},
			says:  []string{`the header has no column`, `"When"`, "hint: "},
		},
		{
			name: "mapping_that_is_no_yaml", file: "log.csv", content: []byte(goodLog), args: []string{"--mapping", "map.yaml"}, code: 1,
			extra: map[string]string{"map.yaml": "version: 1\nname: mine\ncolumns:\n  - {field: occurred_at, column: [\n"},
			says:  []string{"map.yaml", "line 4", "hint: "},
		},
		{
			name: "mapping_with_an_unknown_key", file: "log.csv", content: []byte(goodLog), args: []string{"--mapping", "map.yaml"}, code: 1,
			extra: map[string]string{"map.yaml": "version: 1\nname: mine\ncolums: []\n"},
			says:  []string{"map.yaml", "3", "colums", "hint: "},
		},
		{
			name: "mapping_that_is_not_there", file: "log.csv", content: []byte(goodLog), args: []string{"--mapping", "none.yaml"}, code: 64,
			says: []string{"cannot read the mapping", "hint: check the path"},
		},
		{
			name: "unknown_zone", file: "log.csv", content: []byte(goodLog), args: []string{"--timezone", "Mars/Olympus"}, code: 64,
			says: []string{`unknown time zone "Mars/Olympus"`, "hint: use a name of the IANA time zone database"},
		},
		{
			name: "unknown_encoding", file: "log.csv", content: []byte(goodLog), args: []string{"--encoding", "klingon"}, code: 1,
			says: []string{"klingon", "hint: use a name such as utf-8"},
		},
		{name: "half_a_zip", file: "log.zip", content: half(zipped(t, "a.csv", longLog())), code: 1, says: []string{"log.zip", "hint: export or copy the file again"}},
		{name: "empty_zip", file: "log.zip", content: zipped(t), code: 1, says: []string{"failed: log.zip: the archive holds no file", "hint: check that the export worked"}},
		{
			name: "zip_with_something_else", file: "log.zip", content: zipped(t, "a.csv", goodLog, "notes.txt", "CANARY\n"), events: 1,
			says: []string{"note: log.zip:notes.txt: no parser recognises it, so it was left out; to import it later, unpack it"},
		},
		{
			name: "bomb", file: "log.csv.gz", content: gzipped(t, append([]byte(goodLog), bytes.Repeat([]byte(" "), 40<<20)...)), code: 1,
			says: []string{"log.csv.gz", "hint: unpack it yourself"},
		},
		{
			name: "zip_bomb", file: "log.zip", content: zipped(t, "a.csv", goodLog+strings.Repeat("x", 40<<20)), code: 1,
			says: []string{"log.zip", "hint: unpack it yourself"},
		},
		{
			name: "line_of_50_mb", file: "log.csv", content: []byte(goodLog + "2025-03-10 10:00:00," + strings.Repeat(canary, 50<<20/len(canary)) + ",101,view\n2025-03-10 11:00:00,CANARY-b,CANARY-102,view\n"), code: rejectedSome,
			says: []string{"rejected: ", "1 records: too_long"}, events: 2,
		},
		{
			name: "unterminated_quote", file: "log.csv", content: []byte(goodLog + "2025-03-10 10:00:00,\"CANARY,101,view\n2025-03-10 11:00:00,CANARY,102,view\n"), code: rejectedSome,
			says: []string{"1 records: bad_quote"}, events: 2,
		},
		{
			name: "entities", file: "audit.xml", content: []byte(`<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "CANARY"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]><AuditEvent xmlns="http://hl7.org/fhir"><recorded value="&c;"/></AuditEvent>`), code: 1,
			says: []string{"audit.xml", "hint: "},
		},
		{
			name: "date_that_does_not_exist", file: "log.csv", content: []byte(goodLog + "2025-02-30 09:00:00,CANARY,CANARY,view\n"), code: rejectedSome,
			says: []string{"1 records: bad_time"}, events: 1,
		},
		{name: "address_that_is_none", file: "log.csv", content: []byte("timestamp,user_id,patient_id,action,ip\n2025-03-10 09:00:00,CANARY,CANARY,view,CANARY.999.1\n"), code: 0, events: 1},
		{
			name: "duplicate_header", file: "log.csv", content: []byte("timestamp,user_id,user_id,patient_id,action\n2025-03-10 09:00:00,CANARY,CANARY,CANARY,view\n"), code: 1,
			says: []string{"twice", `"user_id"`, "hint: "},
		},
		{name: "not_there", file: "", args: []string{"absent.csv"}, code: 1, says: []string{"failed: absent.csv: cannot read the path", "hint: check its spelling"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			t.Chdir(dir)
			for name, text := range test.extra {
				write(t, name, []byte(text))
			}
			args := []string{"--data", "d", "ingest", "--timezone", "America/New_York"}
			if test.file != "" {
				write(t, test.file, test.content)
				args = append(args, test.file)
			}
			got := chartwatch(t, dir, append(args, test.args...)...)
			// A new data directory is announced with a hint of its own.
			_, said, found := strings.Cut(got.stderr, "without the key the data cannot be read\n")
			if !found {
				said = got.stderr
			}
			all := got.stdout + said
			if got.code != test.code {
				t.Errorf("exit code %d, want %d", got.code, test.code)
			}
			for _, want := range test.says {
				if !strings.Contains(all, want) {
					t.Errorf("it does not say %q", want)
				}
			}
			if strings.Contains(all, canary) {
				t.Error("it shows the content of a cell")
			}
			if t.Failed() || testing.Verbose() {
				t.Logf("stdout: %s", got.stdout)
				t.Logf("stderr: %s", got.stderr)
			}
			wantAccesses(t, dir, test.events)
			// What was refused leaves nothing behind in the archive.
			if files, err := filepath.Glob(filepath.Join("d", "archive", "*", "*")); err != nil || len(files) != min(test.events, 1) {
				t.Errorf("%d files in the archive (%v), want %d", len(files), err, min(test.events, 1))
			}
		})
	}
}

func write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// wantAccesses asks how many events have been imported.
func wantAccesses(t *testing.T, dir string, want int) {
	t.Helper()
	got := chartwatch(t, dir, "--data", "d", "coverage", "--format", "csv")
	if want == 0 {
		if got.code != 1 || !strings.Contains(got.stderr, "no access log has been imported yet") && !strings.Contains(got.stderr, "there is no chartwatch data directory yet") {
			t.Errorf("something was imported: %+v", got)
		}
		return
	}
	const column = 2 // events
	events := 0
	for _, line := range strings.Split(strings.TrimSpace(got.stdout), "\n")[1:] {
		n, err := strconv.Atoi(strings.Split(line, ",")[column])
		if err != nil {
			t.Fatal(err)
		}
		events += n
	}
	if got.code != 0 || events != want {
		t.Errorf("%d events were imported, want %d: %+v", events, want, got)
	}
}
