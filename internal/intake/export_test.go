package intake

import "github.com/apache/arrow-go/v18/arrow/array"

// What tests look at from inside.
var RollUp = rollUp

// SealedColumns names every column that RotateKey seals again, as table.column.
func SealedColumns() []string {
	var list []string
	for _, t := range sealedTables() {
		for _, c := range t.columns {
			list = append(list, t.name+"."+c.name)
		}
	}
	return list
}

// TupleTable is the table of tuples without a dictionary around it.
type TupleTable struct{ tuples tuples }

// NewTupleTable returns a table for tuples of so many columns.
func NewTupleTable(columns int) *TupleTable { return &TupleTable{newTuples(columns)} }

// Codes numbers the tuples of some rows in the order of their first appearance.
func (t *TupleTable) Codes(rows int, columns ...*array.String) []int32 {
	var used tupleColumns
	for i, a := range columns {
		if c := textTuples(i, a); len(c.text) > 0 {
			used = append(used, c)
		}
	}
	var codes []int32
	for row, hash := range t.tuples.hashes(used, rows, nil) {
		code, ok := t.tuples.find(hash, used, row)
		if key := used.appendKey(nil, row); !ok && len(key) > 0 {
			code = int32(t.tuples.used + 1)
			t.tuples.add(hash, string(key), code)
		}
		codes = append(codes, code)
	}
	return codes
}
