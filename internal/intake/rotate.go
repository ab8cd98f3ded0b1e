package intake

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/chartwatch/chartwatch/internal/evidence"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

// sealedTable lists the sealed columns of a table.
type sealedTable struct {
	name    string
	columns []sealedColumn
	hashed  bool // id_hash is made of the first column
}

type sealedColumn struct {
	name string
	kind seal.Kind
}

// sealedTables is every sealed column of the database. A test compares it with
// the schema, so that none is forgotten when keys are rotated.
func sealedTables() []sealedTable {
	tables := []sealedTable{
		{name: "import", columns: []sealedColumn{{"path", seal.KindPath}, {"member", seal.KindPath}}},
		{name: "reject", columns: []sealedColumn{{"patient_id", seal.KindPatient}, {"raw", seal.KindRaw}}},
		{name: "note", columns: []sealedColumn{{"source_key", seal.KindEvent}}},
		{name: "staff", columns: []sealedColumn{{"user_id", seal.KindUser}, {"content", seal.KindContext}}},
		{name: "patient", columns: []sealedColumn{{"patient_id", seal.KindPatient}, {"content", seal.KindContext}}},
		{name: "journal", columns: []sealedColumn{{"content", seal.KindContext}}},
		{name: "finding", columns: []sealedColumn{{"content", seal.KindContext}}},
		{name: "appointment", columns: []sealedColumn{{"patient_id", seal.KindPatient}, {"provider_id", seal.KindUser}, {"content", seal.KindContext}}},
	}
	for _, d := range newDictionaries(nil, site).all() {
		t := sealedTable{name: d.table, hashed: d.hashed}
		for _, c := range d.columns {
			if c.kind != "" {
				t.columns = append(t.columns, sealedColumn{c.name, c.kind})
			}
		}
		tables = append(tables, t)
	}
	extra := sealedTable{name: "event_extra"}
	for _, b := range extraBlobs() {
		extra.columns = append(extra.columns, sealedColumn{b.column, b.kind})
	}
	return append(tables, extra)
}

// RotateKey seals everything with a new key. An interrupted rotation is taken
// up again where it stopped; in between, everything stays readable.
func (w *Workspace) RotateKey(ctx context.Context, progress func(done, total int)) error {
	next, old := w.ring.Current, w.Sealer
	if len(w.ring.Previous) == 0 {
		key, err := seal.NewKey()
		if err != nil {
			return err
		}
		w.ring = seal.Ring{Current: key, Previous: []seal.Key{w.ring.Current}}
		// Kept before anything is sealed with it.
		if err := w.locator.Save(w.ring); err != nil {
			return err
		}
		next = key
	}
	fresh, err := seal.NewSealer(next, w.recipients, w.ring.Previous...)
	if err != nil {
		return err
	}
	if old.KeyID() != fresh.KeyID() {
		err := w.DB.Update(ctx, func(ctx context.Context, tx *store.Tx) error {
			for _, t := range sealedTables() {
				if err := t.reseal(ctx, tx, old, fresh); err != nil {
					return fmt.Errorf("sealing %s again: %w", t.name, err)
				}
			}
			return setKeyID(ctx, tx, fresh.KeyID())
		})
		if err != nil {
			return err
		}
	}
	if err := w.Archive.Reencrypt(ctx, fresh, progress); err != nil {
		return err
	}
	if err := w.resealSidecars(fresh); err != nil {
		return err
	}
	if err := evidence.Reseal(w.dir, old, fresh); err != nil {
		return err
	}
	if err := w.updateRecovery(next); err != nil {
		return err
	}
	w.ring, w.Sealer = seal.Ring{Current: next}, fresh
	return w.locator.Save(w.ring)
}

func (w *Workspace) resealSidecars(fresh *seal.Sealer) error {
	old := w.Importer(nil, nil)
	names, err := filepath.Glob(filepath.Join(sidecarDir(w.dir), "*.json.age"))
	if err != nil {
		return err
	}
	for _, name := range names {
		s, err := old.readSidecar(name)
		if err != nil {
			return fmt.Errorf("reading the manifest entry %s: %w", filepath.Base(name), err)
		}
		file := &sidecarFile{pending: name + ".new", final: name}
		if err := (&Importer{Sealer: fresh}).writeEncrypted(file.pending, s); err != nil {
			return fmt.Errorf("writing the manifest entry %s: %w", filepath.Base(name), err)
		}
		if err := file.confirm(); err != nil {
			return err
		}
	}
	return nil
}

// resealRows is how many rows are sealed again at a time.
const resealRows = 100_000

// reseal replaces every sealed value of a table, some rows at a time.
func (t sealedTable) reseal(ctx context.Context, tx *store.Tx, old, fresh *seal.Sealer) error {
	var last int64
	if err := tx.QueryRow(ctx, "SELECT coalesce(max(rowid), -1) FROM "+t.name).Scan(&last); err != nil {
		return err
	}
	for from := int64(0); from <= last; from += resealRows {
		if err := t.resealSome(ctx, tx, old, fresh, from); err != nil {
			return err
		}
	}
	return nil
}

func (t sealedTable) resealSome(ctx context.Context, tx *store.Tx, old, fresh *seal.Sealer, from int64) error {
	ids, blobs, numbers, err := t.read(ctx, tx, from)
	if err != nil || len(ids) == 0 {
		return err
	}
	for c, col := range t.columns {
		for i, sealed := range blobs[c] {
			if sealed == nil {
				continue
			}
			plain, err := old.Open(col.kind, sealed)
			if err != nil {
				return err
			}
			if blobs[c][i], err = fresh.Seal(col.kind, plain); err != nil {
				return err
			}
		}
	}
	columns := []store.Column{{Name: "id", Ints: ids}}
	sets, declared := make([]string, 0, len(t.columns)), []string{"id BIGINT"}
	for c, col := range t.columns {
		columns = append(columns, store.Column{Name: col.name, Blobs: blobs[c]})
		sets = append(sets, fmt.Sprintf("%[1]s = n.%[1]s", col.name))
		declared = append(declared, col.name+" BLOB")
	}
	if t.hashed {
		hashes := make([]int64, len(ids))
		for i := range ids {
			hashes[i] = seal.Hash(blobs[0][i])
		}
		columns = append(columns, store.Column{Name: "id_hash", Ints: hashes})
		sets = append(sets, "id_hash = n.id_hash")
		declared = append(declared, "id_hash BIGINT")
	}
	if t.name == "event_extra" {
		// This hash runs over ciphertext.
		hashes := make([]int64, len(ids))
		for i := range ids {
			row := make([][]byte, 0, len(t.columns))
			for c := range t.columns[1:] {
				row = append(row, blobs[c+1][i])
			}
			hashes[i] = contentHash(row, numbers[i][0], numbers[i][1])
		}
		columns = append(columns, store.Column{Name: "content_hash", Ints: hashes})
		sets = append(sets, "content_hash = n.content_hash")
		declared = append(declared, "content_hash BIGINT")
	}
	if err := tx.Exec(ctx, "CREATE OR REPLACE TEMP TABLE resealed ("+strings.Join(declared, ", ")+")"); err != nil {
		return err
	}
	if err := tx.Load(ctx, "resealed", columns); err != nil {
		return err
	}
	if err := tx.Exec(ctx, fmt.Sprintf("UPDATE %s SET %s FROM resealed n WHERE %s.rowid = n.id", t.name, strings.Join(sets, ", "), t.name)); err != nil {
		return err
	}
	return tx.Exec(ctx, "DROP TABLE resealed")
}

// read returns the sealed values of some rows, column by column, and the two
// numbers that event_extra's hash covers.
func (t sealedTable) read(ctx context.Context, tx *store.Tx, from int64) (ids []int64, blobs [][][]byte, numbers [][2]int64, err error) {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	extra := "0, 0"
	if t.name == "event_extra" {
		extra = "coalesce(ended_us, 0), coalesce(n_records, 0)"
	}
	rows, err := tx.Query(ctx, fmt.Sprintf("SELECT rowid, %s, %s FROM %s WHERE rowid >= %d AND rowid < %d",
		extra, strings.Join(names, ", "), t.name, from, from+resealRows))
	if err != nil {
		return nil, nil, nil, err
	}
	defer rows.Close()
	blobs = make([][][]byte, len(t.columns))
	for rows.Next() {
		var (
			id int64
			n  [2]int64
		)
		values := make([][]byte, len(t.columns))
		targets := []any{&id, &n[0], &n[1]}
		for i := range values {
			targets = append(targets, &values[i])
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, nil, nil, err
		}
		ids, numbers = append(ids, id), append(numbers, n)
		for i := range values {
			blobs[i] = append(blobs[i], values[i])
		}
	}
	return ids, blobs, numbers, rows.Err()
}
