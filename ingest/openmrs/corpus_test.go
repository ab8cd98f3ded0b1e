package openmrs_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/ingesttest"
	"github.com/chartwatch/chartwatch/ingest/openmrs"
)

// TestCorpus holds what is known of the module's own test data.
func TestCorpus(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "corpus", "openmrs", "moduleTestData-initialAuditLogs.xml"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("corpus absent: ../shared/corpus")
	}
	if err != nil {
		t.Fatal(err)
	}
	got, err := ingesttest.Parse(t.Context(), openmrs.Plugin(), ingest.Settings{}, "input.xml", time.UTC, data)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, row := range got.Rows() {
		for _, column := range []string{ingest.ColAction, ingest.ColUserID, ingest.ColPatientID, ingest.ColRequestID} {
			if v, ok := row[column].(string); ok {
				counts[column+" "+v]++
			}
		}
	}
	want := map[string]int{
		"action create": 3, "action update": 2, "action delete": 1, "user_id 1": 5, "user_id 501": 1,
		// Two of the rows are part of the change of the first one.
		"request_id 1": 3, "request_id 4": 1, "request_id 5": 1, "request_id 6": 1,
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if len(got.Rejects) > 0 {
		t.Errorf("%d rows were rejected", len(got.Rejects))
	}
}
