package intake_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/internal/sufficiency"
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

// counter counts the events of a file as `inspect` does.
type counter struct{ sufficiency.Counter }

func (c *counter) WriteBatch(_ context.Context, d ingest.Dataset, b arrow.RecordBatch) error {
	if d == ingest.Events {
		c.Add(b)
	}
	return nil
}

func (*counter) WriteReject(context.Context, ingest.Reject) error { return nil }

// TestSufficiencyOfAnImport shows that an import says of a log what counting its
// rows one by one says.
func TestSufficiencyOfAnImport(t *testing.T) {
	d := newDesk(t)
	zone, registry := newYork(t), d.registry()
	for _, path := range []string{
		"../../sample_logs/openemr/openemr_log.sql", "../../sample_logs/fhiraudit/audit.ndjson", "../../sample_logs/delimited/access_log.csv",
	} {
		c := &counter{sufficiency.Counter{Zone: zone}}
		_, err := ingest.OpenFile(t.Context(), path, ingest.OpenOptions{}, func(ctx context.Context, m ingest.Member) error {
			_, parser, err := registry.Detect(m.Head, ingest.Settings{})
			if err != nil {
				return err
			}
			w := ingest.NewWriter(c, ingest.WriterOptions{})
			defer w.Release()
			if err := parser.Parse(ctx, ingest.Source{Name: m.Name, Zone: zone, ZoneBasis: ingest.TZSourceSetting, Data: m.Data}, w); err != nil {
				return err
			}
			return w.Flush(ctx)
		})
		if err != nil {
			t.Fatal(err)
		}
		got := d.path(path).Files[0].Sufficiency
		if got == nil || got.Events == 0 {
			t.Fatalf("%s: the import says nothing of the log: %+v", path, got)
		}
		want := sufficiency.Judge(c.Counts, sufficiency.Facts{Days: c.Days()})
		if diff := cmp.Diff(want, *got, cmpopts.IgnoreFields(sufficiency.Report{}, "Limits", "Advice")); diff != "" {
			t.Errorf("%s (-one by one +import):\n%s", path, diff)
		}
	}
}
