package scrub_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chartwatch/chartwatch/internal/scrub"
)

// Names that are planted where one does not expect them.
const planted = "Wobbegong"

func TestPlanted(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte("SELECT pid FROM patient_data WHERE lname = 'Wobbegong'"))
	cases := map[string]struct {
		input string
		keeps []string // texts that the copy has all the same
	}{
		"preamble": {
			"Audit report for Wobbegong\nPrinted 3/10/2025\n\ntimestamp,user_id,patient_id,action\n2025-03-10 09:00:00,kv,4711001,view\n",
			[]string{"timestamp,user_id,patient_id,action\n", " 09:00:00,", ",view\n"},
		},
		"no_header":         {"2025-03-10,Wobbegong,4711001,view\n2025-03-11,Wobbegong,4711001,print\n", []string{",view\n", ",print\n"}},
		"name_as_header":    {"Wobbegong,Ana,view\nBrandt,Bo,print\n", nil},
		"json_key":          {`{"patients":{"Wobbegong":{"id":"4711001","note":"4711001"}}}` + "\n", []string{`{"patients":{"`, `"id":"`}},
		"json_escape":       {`{"a":"\u0057obbegong","b":"x\nWobbegong","c":"\"4711001\""}`, []string{`{"a":"`, `\n`, `\"`}},
		"json_in_json":      {`{"message":"{\"name\":\"Wobbegong\",\"id\":4711001}"}` + "\n", []string{`{"message":"{\"name\":\"`}},
		"json_broken":       {"{\"name\":\"Wobbegong\n{\"id\":4711001,,]}}\"Wobbegong\n", nil},
		"log_line":          {"2025-03-10T09:00:00Z INFO read by Wobbegong {\"id\":\"4711001\"}\n", []string{"T09:00:00Z INFO read by ", `{"id":"`}},
		"xml_comment":       {`<?xml version="1.0"?><log><!-- Wobbegong --><user name="Wobbegong">4711001</user></log>`, []string{`<?xml version="1.0"?><log><!---->`, "</user></log>"}},
		"xml_entity":        {`<log><user name="&#87;obbegong &amp; 4711001"/></log>`, []string{`<log><user name="`, " &amp; "}},
		"xml_cdata":         {`<log><![CDATA[Wobbegong <b> 4711001]]></log>`, []string{"<log><![CDATA[", "]]></log>"}},
		"xml_instruction":   {`<?patient Wobbegong?><log/>`, []string{"<?patient "}},
		"xml_element":       {`<log><Wobbegong number='4711001'/></log>`, []string{"<log><", " number='"}},
		"xml_broken":        {`<log><user name="Wobbegong><a b=4711001`, nil},
		"doctype":           {`<!DOCTYPE log [<!ENTITY w "Wobbegong">]><log>4711001</log>`, []string{"<log>"}},
		"sql_comment":       {"-- dump of Wobbegong\n/* Wobbegong */ INSERT INTO `log` VALUES (4711001,'it\\'s Wobbegong');\n", []string{"INSERT INTO `log` VALUES (", `\'`}},
		"sql_identifier":    {"CREATE TABLE `Wobbegong` (`id` int(11));\nINSERT INTO `Wobbegong` VALUES (4711001);\n", []string{"CREATE TABLE `", "(`id` int(11));"}},
		"sql_executed":      {"/*!40101 SET NAMES utf8 */;\nINSERT INTO log VALUES ('Wobbegong','4711001');", []string{"/*!40101 SET NAMES utf8 */;"}},
		"base64":            {"comments,note\n" + encoded + "," + encoded + "\n", []string{"comments,note\n"}},
		"free_text":         {"Mrs Wobbegong (4711001) was seen\n", nil},
		"stray_quote":       {"name,note,number\n\"Wobbegong,x,4711001\nWobbegong,\"y,4711001\n", []string{"name,note,number\n"}},
		"mail":              {"email,id\nana.wobbegong@example.com,4711001\nWobbegong@x.example,1\n", []string{"email,id\n", "@"}},
		"address":           {"http://host/Wobbegong?id=4711001&name=Wobbegong\n", []string{"http://host/", "?id="}},
		"framed":            {"68 <85>1 2025-03-10T09:00:00Z h a 1 IHE - <a b=\"Wobbegong\">4711001</a>", []string{"<85>1 "}},
		"camel":             {"user\nreadWobbegong\nWobbegongRead\n4711001\n", nil},
		"windows_1252":      {"name;number\nWobbegong \xe4;4711001\n", []string{"name;number\n"}},
		"nothing_but_bytes": {"Wobbegong 4711001 \xff\xfe\x80", nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), planted+".dat")
			write(t, path, c.input)
			report, texts := scrubbed(t, 9, path)
			checkPlanted(t, texts[0])
			if strings.Contains(report.Copies[0].Path, planted) {
				t.Error("the copy is named after the original")
			}
			for _, want := range c.keeps {
				if !strings.Contains(texts[0], want) {
					t.Errorf("the copy has lost %q:\n%s", want, texts[0])
				}
			}
		})
	}
}

func checkPlanted(t *testing.T, text string) {
	t.Helper()
	var all strings.Builder
	all.WriteString(text)
	for _, field := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",'\"\n ", r) }) {
		if raw, err := base64.StdEncoding.DecodeString(field); err == nil {
			all.Write(raw)
		}
	}
	lower := strings.ToLower(all.String())
	for _, w := range []string{"wobbegong", "obbegong", "4711001", "ana."} {
		if strings.Contains(lower, w) {
			t.Errorf("%s is still there:\n%s", w, text)
		}
	}
}

// A patient's name may be a word of the list.
func TestPatientNamedRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.csv")
	write(t, path, "timestamp,user_id,patient_id,patient_name,action,comment\n"+
		"2025-03-10 09:00:00,nurse,4711001,Chart Read,read,asked by Read\n"+
		"2025-03-10 09:05:00,nurse,4711001,Chart Read,update,\n")
	report, texts := scrubbed(t, 5, path)
	for i, line := range strings.Split(strings.TrimSpace(texts[0]), "\n")[1:] {
		cells := strings.Split(line, ",")
		if have := strings.ToLower(cells[1] + cells[3] + cells[5]); strings.Contains(have, "read") || strings.Contains(have, "chart") || strings.Contains(have, "nurse") {
			t.Errorf("row %d has the name: %s", i, line)
		}
		if want := []string{"read", "update"}[i]; cells[4] != want {
			t.Errorf("row %d: action %q, want %q", i, cells[4], want)
		}
	}
	if got := report.Copies[0]; got.Records != 2 || got.Rejected != 0 {
		t.Errorf("report: %+v", got)
	}
}

func TestLabelsNeedFivePatients(t *testing.T) {
	var b strings.Builder
	b.WriteString("timestamp,user_id,patient_id,action\n")
	for _, patient := range []string{"4711001", "4711002", "4711003", "4711004", "4711005"} {
		b.WriteString("2025-03-10 09:00:00,kv," + patient + ",Quokka shown\n")
		b.WriteString("2025-03-10 09:00:00,kv,4711001,Letter to Wobbegong\n")
	}
	path := filepath.Join(t.TempDir(), "log.csv")
	write(t, path, b.String())
	report, texts := scrubbed(t, 5, path)
	if !strings.Contains(texts[0], ",Quokka shown\n") || strings.Contains(texts[0], planted) {
		t.Errorf("labels:\n%s", texts[0])
	}
	if len(report.Labels) != 1 || report.Labels[0] != "quokka shown" {
		t.Errorf("reported labels: %q", report.Labels)
	}
}

func TestDates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.txt")
	write(t, path, "12/21/19 7:21\n2025-03-10T09:00:00.123+01:00\n17 Mar 2025 10:00\nMar  7 10:00:00 x\n2025-02-30 09:00\n0000-00-00\n")
	_, texts := scrubbed(t, 5, path)
	lines := strings.Split(texts[0], "\n")
	for i, suffix := range []string{" 7:21", "T09:00:00.123+01:00", " 10:00", " 10:00:00 ", " 09:00", "0000-00-00"} {
		if !strings.Contains(lines[i], suffix) {
			t.Errorf("line %d has lost %q: %s", i+1, suffix, lines[i])
		}
	}
	if strings.Contains(texts[0], "2025") || strings.HasPrefix(lines[0], "12/21/19") || !strings.HasPrefix(lines[4], "9999-99-99") {
		t.Errorf("dates:\n%s", texts[0])
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "log.csv")
	write(t, in, "timestamp,user_id,patient_id,action\n2025-03-10 09:00:00,kv,4711001,view\n")
	write(t, filepath.Join(dir, "cut.gz"), "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03abc")
	out := filepath.Join(dir, "out")
	options := func(paths ...string) scrub.Options {
		o := scrub.Options{Registry: registry(t), Output: out, Random: key(1)}
		for _, p := range paths {
			o.Files = append(o.Files, file(t, p))
		}
		return o
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := scrub.Run(ctx, options(in)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := scrub.Run(t.Context(), options(in, filepath.Join(dir, "cut.gz"))); err == nil {
		t.Error("a damaged file was scrubbed")
	}
	if _, err := scrub.Run(t.Context(), options("-")); !errors.Is(err, scrub.ErrStdin) {
		t.Errorf("standard input: %v", err)
	}
	short := options(in)
	short.Random = bytes.NewReader(nil)
	if _, err := scrub.Run(t.Context(), short); err == nil {
		t.Error("there was no key")
	}
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something was left behind: %v", err)
	}
}

func TestFixturesKeepNobody(t *testing.T) {
	list, err := filepath.Glob("../../ingest/*/testdata/*.txtar")
	if err != nil || len(list) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	done, refused := 0, 0
	for _, path := range list {
		input, ok := section(t, path)
		if !ok {
			continue
		}
		in := filepath.Join(t.TempDir(), "input")
		write(t, in, input)
		_, err := scrub.Run(t.Context(), scrub.Options{
			Registry: registry(t), Files: []scrub.File{file(t, in)}, Output: filepath.Join(t.TempDir(), "out"), Random: key(7),
		})
		switch {
		case errors.Is(err, scrub.ErrShape):
			refused++
		case err != nil:
			t.Errorf("%s: %v", path, err)
		default:
			done++
		}
	}
	if done < 10*refused {
		t.Errorf("%d fixtures were scrubbed, %d refused", done, refused)
	}
}

// section returns the input of a fixture.
func section(t *testing.T, path string) (string, bool) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "\n-- input --\n")
	input, _, _ := strings.Cut(rest, "\n-- rows.ndjson --\n")
	input, _, _ = strings.Cut(input, "\n-- rejects.txt --\n")
	return input, ok
}
