package intake

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

// dimColumn describes one column of a dimension table.
type dimColumn struct {
	name string
	kind seal.Kind // what to seal it as; empty for a closed vocabulary in clear
	bool bool      // a BOOLEAN column, "1" or empty
}

// maxDistinct bounds the memory of a dictionary.
const maxDistinct = 4 << 20

// dictionary gives each distinct tuple of values of one dimension a small
// number. It is kept in memory while files are read. What is new is written
// into the dimension's table by flush.
//
// Two tables serve it: plain finds what this run has already seen, without
// sealing it; known finds what the database holds, by its ciphertext, because
// the database knows nothing else.
type dictionary struct {
	table   string
	columns []dimColumn
	sealer  *seal.Sealer
	site    int32
	hashed  bool // the table has id_hash, made of its first column
	// traitsOf reads what an entry says about its events; traits has it by code,
	// for the entries that this run has seen. Both may be nil.
	traitsOf func(value func(column string) string) trait
	traits   []trait

	plain tuples
	known map[string]int32
	next  int32

	pending pendingRows
	key     []byte
	hashes  []uint32
}

// pendingRows are new rows of the table, column by column.
type pendingRows struct {
	codes []int32
	hash  []int64
	texts [][]string
	blobs [][][]byte
	bools [][]int64
}

func newDictionary(table string, columns []dimColumn, sealer *seal.Sealer, site int32) *dictionary {
	d := &dictionary{
		table: table, columns: columns, sealer: sealer, site: site,
		plain: newTuples(len(columns)), known: map[string]int32{}, next: 1, traits: []trait{0}, // code 0 has none
	}
	d.reset()
	return d
}

func (d *dictionary) reset() {
	n := len(d.columns)
	d.pending = pendingRows{texts: make([][]string, n), blobs: make([][][]byte, n), bools: make([][]int64, n)}
}

// load reads what the table holds.
func (d *dictionary) load(ctx context.Context, tx *store.Tx) error {
	rows, err := tx.Query(ctx, fmt.Sprintf("SELECT code, %s FROM %s WHERE site = %d", d.columnList(), d.table, d.site))
	if err != nil {
		return fmt.Errorf("reading %s: %w", d.table, err)
	}
	defer rows.Close()
	var code int32
	values := make([][]byte, len(d.columns))
	targets := []any{&code}
	for i := range values {
		targets = append(targets, &values[i])
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return fmt.Errorf("reading %s: %w", d.table, err)
		}
		d.known[string(d.sealedKey(values))] = code
		d.next = max(d.next, code+1)
	}
	return rows.Err()
}

func (d *dictionary) columnList() string {
	list := make([]string, len(d.columns))
	for i, c := range d.columns {
		list[i] = c.name
		if c.bool {
			// As text, so that every column scans alike.
			list[i] = "CASE WHEN " + c.name + " THEN '1' END"
		}
	}
	return strings.Join(list, ", ")
}

func (d *dictionary) sealedKey(values [][]byte) []byte {
	key := d.key[:0]
	for _, v := range values {
		key = append(key, byte(len(v)), byte(len(v)>>8)) //nolint:gosec // at most ingest.MaxField, and sealing adds 16
		key = append(key, v...)
	}
	d.key = key
	return key
}

// codes appends the code of the tuple in each row of the columns, 0 if all its
// values are empty.
func (d *dictionary) codes(columns tupleColumns, rows int, out []int32) ([]int32, error) {
	d.hashes = d.plain.hashes(columns, rows, d.hashes)
	for row, hash := range d.hashes {
		code, ok := d.plain.find(hash, columns, row)
		if !ok {
			var err error
			if code, err = d.miss(hash, columns.appendKey(d.key[:0], row)); err != nil {
				return nil, err
			}
		}
		out = append(out, code)
	}
	return out, nil
}

// miss handles a tuple that this run has not seen.
func (d *dictionary) miss(hash uint32, tupleKey []byte) (int32, error) {
	if len(tupleKey) == 0 {
		return 0, nil
	}
	key := string(tupleKey)
	values := make([]string, len(d.columns))
	for rest := key; rest != ""; {
		var column int
		var value string
		column, value, rest = cutValue(rest)
		values[column] = value
	}
	sealed := make([][]byte, len(values))
	for i, v := range values {
		if v == "" {
			continue
		}
		if d.columns[i].kind == "" {
			sealed[i] = []byte(v)
			continue
		}
		s, err := d.sealer.Seal(d.columns[i].kind, v)
		if err != nil {
			return 0, fmt.Errorf("sealing a value of %s: %w", d.table, err)
		}
		sealed[i] = s
	}
	tuple := string(d.sealedKey(sealed))
	code, ok := d.known[tuple]
	if !ok {
		if len(d.known) >= maxDistinct {
			return 0, fault.New(fault.Invalid,
				fmt.Sprintf("the file has more than %d different values for %s", maxDistinct, d.table),
				"a column seems to be mapped to the wrong field; check it with `chartwatch inspect`")
		}
		code = d.next
		d.next++
		d.known[tuple] = code
		d.append(code, values, sealed)
	}
	d.plain.add(hash, key, code)
	d.remember(code, values)
	return code, nil
}

func (d *dictionary) remember(code int32, values []string) {
	if d.traitsOf == nil {
		return
	}
	if missing := int(code) + 1 - len(d.traits); missing > 0 {
		d.traits = append(d.traits, make([]trait, missing)...)
	}
	d.traits[code] = d.traitsOf(func(column string) string {
		return values[slices.IndexFunc(d.columns, func(c dimColumn) bool { return c.name == column })]
	})
}

func (d *dictionary) append(code int32, values []string, sealed [][]byte) {
	p := &d.pending
	p.codes, p.hash = append(p.codes, code), append(p.hash, seal.Hash(sealed[0]))
	for i, c := range d.columns {
		switch {
		case c.bool:
			v := int64(0)
			if values[i] != "" {
				v = 1
			}
			p.bools[i] = append(p.bools[i], v)
		case c.kind == "":
			p.texts[i] = append(p.texts[i], values[i])
		default:
			p.blobs[i] = append(p.blobs[i], sealed[i])
		}
	}
}

// flush writes the new tuples.
func (d *dictionary) flush(ctx context.Context, tx *store.Tx) error {
	p := d.pending
	if len(p.codes) == 0 {
		return nil
	}
	columns := []store.Column{
		{Name: "site", Int32s: constant(d.site, len(p.codes))},
		{Name: "code", Int32s: p.codes},
	}
	if d.hashed {
		columns = append(columns, store.Column{Name: "id_hash", Ints: p.hash})
	}
	for i, c := range d.columns {
		col := store.Column{Name: c.name, Texts: p.texts[i], Blobs: p.blobs[i], Ints: p.bools[i]}
		columns = append(columns, col)
	}
	d.reset()
	return tx.Load(ctx, d.table, columns)
}

func constant[T any](v T, n int) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = v
	}
	return s
}

// dictionaries are the four dimensions of an event.
type dictionaries struct {
	user, patient, place, kind *dictionary
}

func newDictionaries(s *seal.Sealer, site int32) dictionaries {
	d := dictionaries{
		user: newDictionary("dim_user", []dimColumn{
			{name: "user_id", kind: seal.KindUser},
			{name: "user_name", kind: seal.KindUser},
			{name: "user_role", kind: seal.KindUser},
			{name: "user_alt_id", kind: seal.KindUser},
			{name: "user_type"},
		}, s, site),
		patient: newDictionary("dim_patient", []dimColumn{
			{name: "patient_id", kind: seal.KindPatient},
			{name: "patient_system", kind: seal.KindPatient},
			{name: "patient_name", kind: seal.KindPatient},
		}, s, site),
		place: newDictionary("dim_place", []dimColumn{
			{name: "workstation", kind: seal.KindPlace},
			{name: "ip", kind: seal.KindPlace},
			{name: "location", kind: seal.KindPlace},
			{name: "source_system", kind: seal.KindPlace},
		}, s, site),
		kind: newDictionary("dim_kind", []dimColumn{
			{name: "action"},
			{name: "action_raw", kind: seal.KindAction},
			{name: "record_type"},
			{name: "record_type_raw", kind: seal.KindAction},
			{name: "outcome"},
			{name: "break_glass", bool: true},
			{name: "interactive"},
			{name: "granularity"},
			{name: "tz_basis"},
			{name: "time_flag"},
			{name: "integrity"},
			{name: "purpose", kind: seal.KindAction},
		}, s, site),
	}
	d.user.hashed, d.patient.hashed = true, true
	d.kind.traitsOf, d.patient.traitsOf, d.place.traitsOf = kindTraits, patientTraits, placeTraits
	return d
}

func (d dictionaries) all() []*dictionary {
	return []*dictionary{d.user, d.patient, d.place, d.kind}
}
