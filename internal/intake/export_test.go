package intake

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
