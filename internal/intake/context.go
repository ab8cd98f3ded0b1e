package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

// contextRows collects roster, patient and appointment rows of one member. They
// are few; only their key is stored as a column, the rest is one sealed object.
type contextRows struct {
	sealer   *seal.Sealer
	importID int32
	zone     *zoneCache

	staff, patients, appointments contextTable
	firstUs, lastUs               int64
}

// contextTable is the rows for one table.
type contextTable struct {
	line             []int64
	key, content     [][]byte
	provider         [][]byte
	startsUs, mins   []int64
	noMinutes        []bool
	localDay, minute []int32
}

func newContextRows(s *seal.Sealer, importID int32, zone *time.Location) *contextRows {
	return &contextRows{sealer: s, importID: importID, zone: &zoneCache{zone: zone}}
}

func (c *contextRows) add(d ingest.Dataset, b arrow.RecordBatch) error {
	for i := range int(b.NumRows()) {
		row := contextRow(b, i)
		var err error
		switch d {
		case ingest.StaffRows:
			err = c.addRow(&c.staff, row, ingest.ColUserID, seal.KindUser)
		case ingest.PatientRows:
			err = c.addRow(&c.patients, row, ingest.ColPatientID, seal.KindPatient)
		case ingest.AppointmentRows:
			err = c.addAppointment(row)
		default:
			err = fmt.Errorf("no table for dataset %q", d)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// contextRow reads one row; nulls are left out.
func contextRow(b arrow.RecordBatch, i int) map[string]any {
	row := map[string]any{}
	for c, f := range b.Schema().Fields() {
		switch a := b.Column(c).(type) {
		case *array.String:
			if !a.IsNull(i) {
				row[f.Name] = a.Value(i)
			}
		case *array.Int64:
			if !a.IsNull(i) {
				row[f.Name] = a.Value(i)
			}
		case *array.Boolean:
			if a.Value(i) {
				row[f.Name] = true
			}
		case *array.Timestamp:
			if !a.IsNull(i) {
				row[f.Name] = int64(a.Value(i))
			}
		}
	}
	return row
}

func text(row map[string]any, name string) string {
	s, _ := row[name].(string)
	return s
}

func (c *contextRows) addRow(t *contextTable, row map[string]any, key string, kind seal.Kind) error {
	k, err := c.sealer.Seal(kind, text(row, key))
	if err != nil {
		return err
	}
	line, _ := row[ingest.ColLine].(int64)
	delete(row, ingest.ColLine)
	// Keys of a map are written in order, so equal rows give equal text.
	plain, err := json.Marshal(row)
	if err != nil {
		return fmt.Errorf("encoding a row: %w", err)
	}
	content, err := c.sealer.Seal(seal.KindContext, string(plain))
	if err != nil {
		return err
	}
	t.line, t.key, t.content = append(t.line, line), append(t.key, k), append(t.content, content)
	return nil
}

func (c *contextRows) addAppointment(row map[string]any) error {
	us, _ := row["starts_at"].(int64)
	var provider []byte
	if p := text(row, "provider_id"); p != "" {
		var err error
		if provider, err = c.sealer.Seal(seal.KindUser, p); err != nil {
			return err
		}
	}
	minutes, ok := row["minutes"].(int64)
	t := &c.appointments
	if err := c.addRow(t, row, ingest.ColPatientID, seal.KindPatient); err != nil {
		return err
	}
	day, minute := c.zone.local(us)
	t.provider = append(t.provider, provider)
	t.startsUs, t.mins, t.noMinutes = append(t.startsUs, us), append(t.mins, minutes), append(t.noMinutes, !ok)
	t.localDay, t.minute = append(t.localDay, day), append(t.minute, minute)
	if c.firstUs == 0 || us < c.firstUs {
		c.firstUs = us
	}
	c.lastUs = max(c.lastUs, us)
	return nil
}

// flush writes the rows and returns how many of them were there before: equal
// rows, in this file or an earlier one, are stored once.
func (c *contextRows) flush(ctx context.Context, tx *store.Tx) (int64, error) {
	var dups int64
	for _, t := range []struct {
		name, key string
		rows      *contextTable
	}{{"staff", ingest.ColUserID, &c.staff}, {"patient", ingest.ColPatientID, &c.patients}, {"appointment", ingest.ColPatientID, &c.appointments}} {
		n := len(t.rows.line)
		if n == 0 {
			continue
		}
		if err := tx.Load(ctx, t.name, t.rows.columns(t.key, c.importID)); err != nil {
			return 0, err
		}
		removed, err := tx.ExecCount(ctx, fmt.Sprintf(`DELETE FROM %[1]s WHERE import_id = %[2]d AND rowid NOT IN (
			SELECT min(rowid) FROM %[1]s GROUP BY site, %[3]s, content)`, t.name, c.importID, t.key))
		if err != nil {
			return 0, err
		}
		dups += removed
	}
	return dups, nil
}

func (t *contextTable) columns(key string, importID int32) []store.Column {
	n := len(t.line)
	columns := []store.Column{
		{Name: "site", Int32s: constant(int32(site), n)},
		{Name: "import_id", Int32s: constant(importID, n)},
		{Name: "line", Ints: t.line},
		{Name: key, Blobs: t.key},
		{Name: "content", Blobs: t.content},
	}
	if t.startsUs != nil {
		columns = append(columns,
			store.Column{Name: "provider_id", Blobs: t.provider},
			store.Column{Name: "starts_us", Ints: t.startsUs},
			store.Column{Name: "local_day", Int32s: t.localDay},
			store.Column{Name: "local_minute", Int32s: t.minute},
			store.Column{Name: "minutes", Ints: t.mins, Nulls: t.noMinutes})
	}
	return columns
}
