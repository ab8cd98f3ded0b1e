package intake_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/store"
)

// TestTallyEqualsRollUp shows that counting while encoding gives what the
// database counts: the second is used when some events were duplicates.
func TestTallyEqualsRollUp(t *testing.T) {
	d := newDesk(t)
	for _, path := range []string{
		"../../sample_logs/openemr/openemr_log.sql", "../../sample_logs/fhiraudit/audit.ndjson", "../../sample_logs/delimited/access_log.csv",
	} {
		d.path(path)
	}
	days := func() []string {
		rows, err := d.DB.Query(t.Context(), "SELECT t::VARCHAR FROM source_day t ORDER BY import_id, local_day")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var list []string
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				t.Fatal(err)
			}
			list = append(list, s)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return list
	}
	counted := days()
	if len(counted) < 40 {
		t.Fatalf("only %d days were counted", len(counted))
	}
	err := d.DB.Update(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		for id := range int32(3) {
			if err := tx.Exec(ctx, fmt.Sprintf("DELETE FROM source_day WHERE import_id = %d", id+1)); err != nil {
				return err
			}
			if err := intake.RollUp(ctx, tx, id+1); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(days(), counted); diff != "" {
		t.Errorf("days (-database +encoder):\n%s", diff)
	}
}
