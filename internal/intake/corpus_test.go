package intake_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/intake"
)

func corpus(t *testing.T, elements ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{"..", "..", "..", "shared", "corpus"}, elements...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skip("corpus absent: ../shared/corpus")
	}
	return path
}

// Everything that other people's systems have written goes into one data
// directory, and every record of it is accounted for.
func TestCorpus(t *testing.T) {
	corpus(t)
	d := newDesk(t)
	status := map[intake.Status]int{}
	var total intake.FileResult
	for _, folder := range []string{"fhir_auditevent", "openemr", "context"} {
		files, err := intake.Walk(corpus(t, folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			for _, f := range d.path(path).Files {
				status[f.Status]++
				if f.Status == intake.Failed {
					kind, _, _ := strings.Cut(filepath.Base(path), "-")
					if !slices.Contains([]string{"Device", "Organization", "CareTeam", "Schedule", "Slot", "organizations.csv", "users_and_acl.sql"}, kind) {
						t.Errorf("%s: %s", filepath.Base(path), f.Error)
					}
					continue
				}
				if f.Records != f.Accepted+f.Duplicates+f.Rejected {
					t.Errorf("%s does not balance: %+v", filepath.Base(path), f)
				}
				// Some examples of the standard are encounters without a time.
				timeless := folder == "context" && f.Rejected == f.RejectReasons[ingest.ReasonMissingTime]+f.RejectReasons[ingest.ReasonBadTime]
				if f.Rejected != 0 && !timeless {
					t.Errorf("%s: %d of %d records were rejected: %v", filepath.Base(path), f.Rejected, f.Records, f.RejectReasons)
				}
				total.Records, total.Accepted, total.Duplicates = total.Records+f.Records, total.Accepted+f.Accepted, total.Duplicates+f.Duplicates
			}
		}
	}
	if status[intake.Imported] < 130 || total.Accepted < 3000 {
		t.Errorf("%v; %d records, %d accepted, %d duplicates", status, total.Records, total.Accepted, total.Duplicates)
	}
	d.checkWhole("the corpus")
	if n := d.count("SELECT count(*) FROM event e JOIN source s ON s.source_id = e.source_id JOIN dim_kind k ON k.code = e.kind_code WHERE s.name = 'openemr' AND k.integrity = 'ok'"); n != 419 {
		t.Errorf("%d OpenEMR rows with a checksum that matches, want 419", n)
	}
}

// One changed letter in one row of a log is found and shown.
func TestCorpusFlippedByte(t *testing.T) {
	files, err := intake.Walk(corpus(t, "openemr"))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		// The name of an account in the log's own rows.
		at := bytes.Index(data, []byte("INSERT INTO `log` "))
		if at < 0 {
			continue
		}
		user := bytes.Index(data[at:], []byte("'admin'"))
		if user < 0 {
			continue
		}
		found = true
		data[at+user+1] ^= 1
		d := newDesk(t)
		r := d.file("dump.sql", string(data))
		if got := balance(t, r); !strings.HasPrefix(got, "imported 419+0+0") {
			t.Errorf("got %s", got)
		}
		warned := 0
		for _, w := range r.Warnings {
			if w.Code == "checksum_failed" && strings.HasPrefix(w.Message, "1 rows ") {
				warned++
			}
		}
		if warned != 1 {
			t.Errorf("warnings: %+v", r.Warnings)
		}
		span, _, err := coverage.Span(t.Context(), d.DB)
		if err != nil {
			t.Fatal(err)
		}
		sources, err := coverage.For(t.Context(), d.DB, span, coverage.Options{Days: true})
		if err != nil {
			t.Fatal(err)
		}
		failed := int64(0)
		for _, s := range sources {
			for _, day := range s.Days {
				failed += day.CheckFailed
			}
		}
		if failed != 1 {
			t.Errorf("the coverage shows %d changed rows, want 1", failed)
		}
	}
	if !found {
		t.Error("no dump with a log was found")
	}
}
