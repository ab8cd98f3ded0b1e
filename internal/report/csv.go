package report

import (
	"encoding/csv"
	"fmt"
	"io"
)

// CSVOptions say how to write a CSV file.
type CSVOptions struct {
	// Raw leaves out the apostrophe before what a spreadsheet would take for a
	// formula. It is for programs, never for a spreadsheet.
	Raw bool
}

// cell makes a text safe for the file, see [cell].
func (o CSVOptions) cell(s string) string {
	if o.Raw {
		return clean(s)
	}
	return cell(s)
}

// writeCSV writes rows, each cell made safe.
func writeCSV(w io.Writer, rows [][]string, o CSVOptions) error {
	out := csv.NewWriter(w)
	for _, row := range rows {
		for i := range row {
			row[i] = o.cell(row[i])
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("writing CSV: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("writing CSV: %w", err)
	}
	return nil
}
