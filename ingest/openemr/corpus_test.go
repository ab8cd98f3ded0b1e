package openemr_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
	"github.com/chartwatch/chartwatch/ingest/openemr"
)

// corpus reads a file of the corpus, which lies beside the repository.
func corpus(t *testing.T, name string) []byte {
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
	data, err := os.ReadFile(filepath.Join(dir, "..", "shared", "corpus", name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("corpus absent: ../shared/corpus")
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func parse(t *testing.T, data []byte) ingesttest.Result {
	t.Helper()
	return parseWith(t, openemr.Plugin(), data)
}

func parseWith(t *testing.T, p ingest.Plugin, data []byte) ingesttest.Result {
	t.Helper()
	result, err := ingesttest.Parse(t.Context(), p, ingest.Settings{}, "log.sql", time.UTC, data)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// count counts the values of a column.
func count(r ingesttest.Result, column string) map[string]int {
	n := map[string]int{}
	for _, row := range r.Rows() {
		text, _ := row[column].(string)
		n[text]++
	}
	return n
}

func TestCorpus(t *testing.T) {
	result := parse(t, corpus(t, "openemr/log_tables.sql"))
	rows := result.Rows()
	if result.Counts.Records != 419 || len(rows) != 419 {
		t.Fatalf("%d records and %d rows, want 419", result.Counts.Records, len(rows))
	}
	for column, want := range map[string]map[string]int{
		ingest.ColAction:      {"view": 159, "create": 124, "update": 19, "delete": 113, "login": 3, "other": 1},
		ingest.ColOutcome:     {"success": 419},
		ingest.ColUserID:      {"admin": 417, "": 2},
		ingest.ColPatientID:   {"": 419},
		ingest.ColIP:          {"10.42.0.65": 3, "": 416},
		ingest.ColIntegrity:   {"ok": 419},
		ingest.ColTZBasis:     {"source_setting": 419},
		ingest.ColGranularity: {"sql": 419},
	} {
		if diff := cmp.Diff(want, count(result, column)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", column, diff)
		}
	}
	views := map[string]int{}
	for _, row := range rows {
		if row[ingest.ColAction] == "view" {
			raw, _ := row[ingest.ColActionRaw].(string)
			views[raw]++
		}
		if row[ingest.ColIP] != nil && row[ingest.ColAction] != "login" {
			t.Error("a row that is no log-on has an address")
		}
	}
	want := map[string]int{"scheduling-select": 105, "security-administration-select": 41, "patient-record-select": 13}
	if diff := cmp.Diff(want, views); diff != "" {
		t.Errorf("views (-want +got):\n%s", diff)
	}
	first, last := rows[0][ingest.ColOccurredAt], rows[418][ingest.ColOccurredAt]
	if first != "2021-06-08T10:49:40Z" || last != "2021-06-08T10:52:43Z" {
		t.Errorf("from %v to %v, want 2021-06-08 10:49:40 to 10:52:43", first, last)
	}
	most := 0
	for _, n := range count(result, ingest.ColOccurredAt) {
		most = max(most, n)
	}
	if most != 106 {
		t.Errorf("at most %d rows in one second, want 106", most)
	}
	if len(result.Counts.Notes) != 0 || len(result.Counts.Skipped) != 0 {
		t.Errorf("notes %v, skipped %v, want none", result.Counts.Notes, result.Counts.Skipped)
	}
}

func TestCorpusFlippedByte(t *testing.T) {
	data := bytes.Clone(corpus(t, "openemr/log_tables.sql"))
	data[bytes.Index(data, []byte("U0VMRUNU"))+1] ^= 1
	want := map[string]int{"ok": 418, "failed": 1}
	if diff := cmp.Diff(want, count(parse(t, data), ingest.ColIntegrity)); diff != "" {
		t.Errorf("integrity (-want +got):\n%s", diff)
	}
}

func TestCorpusDroppedRow(t *testing.T) {
	text := string(corpus(t, "openemr/log_tables.sql"))
	for id, pattern := range map[string]string{
		"1": `\(1,'2021-06-08[^()]*\),`, "200": `\(200,'2021-06-08[^()]*\),`, "419": `,\(419,'2021-06-08[^()]*\)`,
	} {
		log, rest, _ := strings.Cut(text, "CREATE TABLE `log_comment_encrypt`")
		less := regexp.MustCompile(pattern).ReplaceAllString(log, "")
		result := parse(t, []byte(less+"CREATE TABLE `log_comment_encrypt`"+rest))
		if diff := cmp.Diff(map[string]int{"ok": 418}, count(result, ingest.ColIntegrity)); diff != "" {
			t.Errorf("without row %s, integrity (-want +got):\n%s", id, diff)
		}
		notes := result.Counts.Notes
		if len(notes) != 1 || notes[0].Kind != ingest.NoteRowDeleted || notes[0].SourceEventID != id || notes[0].Line == 0 {
			t.Errorf("without row %s, notes %v, want one deleted row with this id", id, notes)
		}
	}
}

// TestCorpusAccounts adds the tables of accounts and roles behind the log.
func TestCorpusAccounts(t *testing.T) {
	data := append(corpus(t, "openemr/log_tables.sql"), '\n')
	result := parse(t, append(data, corpus(t, "openemr/users_and_acl.sql")...))
	if diff := cmp.Diff(map[string]int{"Administrator": 417, "": 2}, count(result, ingest.ColUserName)); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"admin": 417, "": 2}, count(result, ingest.ColUserRole)); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	if got := result.Counts.Skipped; got[ingest.SkipOtherTable] != 2 { // groups and version
		t.Errorf("skipped %v, want 2 other tables", got)
	}
}
