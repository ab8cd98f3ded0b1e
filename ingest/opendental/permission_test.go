package opendental_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/opendental"
)

// lastPermission is the highest number of release 24.3.
const lastPermission = 257

// everyPermission is a table with one row of each permission and of the next two.
func everyPermission() string {
	var b strings.Builder
	b.WriteString("SecurityLogNum,PermType,UserNum,LogDateTime,PatNum\n")
	for n := range lastPermission + 3 {
		b.WriteString(strconv.Itoa(n+1) + "," + strconv.Itoa(n) + ",3,2025-02-03 08:00:00,501\n")
	}
	return b.String()
}

// TestEveryPermission holds what the permissions are taken for, by numbers.
func TestEveryPermission(t *testing.T) {
	result := parse(t, opendental.Plugin(), everyPermission())
	want := map[string]int{
		"other": 27, "view": 25, "create": 31, "update": 147, "delete": 14, "print": 1, "export": 10, "search": 3, "login": 1, "break_glass": 1,
	}
	if diff := cmp.Diff(want, count(result, ingest.ColAction)); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
	for n, want := range map[int][3]string{
		1: {"AppointmentsModule", "view", "appointment"}, 6: {"ImagingModule", "view", "imaging"}, 24: {"SecurityAdmin", "update", "user_admin"},
		28: {"Backup", "export", "other"}, 48: {"EhrEmergencyAccess", "break_glass", ""}, 69: {"Printing", "print", "other"},
		94: {"PatientMerge", "update", "demographics"}, 122: {"AuditTrail", "view", "audit_log"}, 181: {"PatientSSNView", "view", "demographics"},
		208: {"PayPlanChargeDateEdit", "view", "billing"}, 257: {"PerioEditCopy", "update", "clinical_note"},
		258: {"258", "other", "other"}, 259: {"259", "other", "other"},
	} {
		row := result.Rows()[n]
		record, _ := row[ingest.ColRecordType].(string)
		if got := [3]string{row[ingest.ColActionRaw].(string), row[ingest.ColAction].(string), record}; got != want {
			t.Errorf("permission %d is %q, want %q", n, got, want)
		}
	}
}

// TestCorpusEnumeration compares the names with the vendor's list.
func TestCorpusEnumeration(t *testing.T) {
	list, err := csv.NewReader(bytes.NewReader(corpus(t, "opendental/enum_permtype_24.3.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows := parse(t, opendental.Plugin(), everyPermission()).Rows()
	if len(list) != lastPermission+2 {
		t.Fatalf("the vendor's list has %d permissions, want %d", len(list)-1, lastPermission+1)
	}
	for i, line := range list[1:] {
		if got := rows[i][ingest.ColActionRaw]; line[0] != strconv.Itoa(i) || got != line[1] {
			t.Errorf("permission %d is %v, the vendor calls %s %s", i, got, line[0], line[1])
		}
	}
}

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
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
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

// TestLogOnText shows which texts of UserLogOnOff tell what happened.
func TestLogOnText(t *testing.T) {
	for text, want := range map[string]string{
		"User: ann has logged on.":                     "login",
		"User: ann has logged on via command line.":    "login",
		"User: ann has logged off.":                    "logout",
		"User: ann has auto logged off.":               "logout",
		"User: ann has logged on. has logged off.":     "logout",
		"ann clocked in":                               "other",
		"Benutzer: ann hat sich angemeldet.":           "other",
		"has logged on.":                               "other",
		"User: ann has logged on. The door was open.":  "other",
		"Failed logon attempt: ann has not logged on.": "other",
		"": "other",
	} {
		result := parse(t, opendental.Plugin(), "PermType\tUserNum\tLogDateTime\tPatNum\tLogText\n83\t1\t2025-02-03 08:00:00\t0\t"+text+"\n")
		if got := result.Rows()[0][ingest.ColAction]; got != want {
			t.Errorf("%q is %v, want %s", text, got, want)
		}
	}
}
