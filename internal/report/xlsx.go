package report

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"
)

// sheet is one sheet of a workbook: a row of headings and rows of cells. A cell
// is a text or a whole number; a text stays a text, whatever it begins with.
type sheet struct {
	name   string
	head   []string
	widths []float64
	rows   [][]any
}

// writeWorkbook writes sheets. Two runs of the same give the same bytes.
func writeWorkbook(w io.Writer, title string, made time.Time, sheets []sheet) (err error) {
	f := excelize.NewFile()
	defer func() { err = cmp.Or(err, f.Close()) }()
	stamp := made.UTC().Format(time.RFC3339)
	if err := f.SetDocProps(&excelize.DocProperties{Title: clean(title), Creator: "chartwatch", Created: stamp, Modified: stamp}); err != nil {
		return fmt.Errorf("writing the workbook: %w", err)
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{Vertical: "top"}})
	if err != nil {
		return fmt.Errorf("writing the workbook: %w", err)
	}
	wrap, err := f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	if err != nil {
		return fmt.Errorf("writing the workbook: %w", err)
	}
	for i, s := range sheets {
		if i == 0 {
			err = f.SetSheetName("Sheet1", s.name)
		} else {
			_, err = f.NewSheet(s.name)
		}
		if err == nil {
			err = writeSheet(f, s, bold, wrap)
		}
		if err != nil {
			return fmt.Errorf("writing the sheet %s: %w", s.name, err)
		}
	}
	packed, err := f.WriteToBuffer()
	if err == nil {
		err = repack(w, packed.Bytes())
	}
	if err != nil {
		return fmt.Errorf("writing the workbook: %w", err)
	}
	return nil
}

// repack writes the parts of a workbook in a fixed order; the library's own
// changes from run to run.
func repack(w io.Writer, file []byte) error {
	in, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return err
	}
	slices.SortFunc(in.File, func(a, b *zip.File) int { return cmp.Compare(a.Name, b.Name) })
	out := zip.NewWriter(w)
	for _, part := range in.File {
		if err := copyPart(out, part); err != nil {
			return err
		}
	}
	return out.Close()
}

func copyPart(out *zip.Writer, part *zip.File) error {
	to, err := out.Create(part.Name)
	if err != nil {
		return err
	}
	from, err := part.Open()
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from) //nolint:gosec // written by this process just now
	return cmp.Or(err, from.Close())
}

func writeSheet(f *excelize.File, s sheet, bold, wrap int) error {
	out, err := f.NewStreamWriter(s.name)
	if err != nil {
		return err
	}
	for i, width := range s.widths {
		if err := out.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	head := make([]any, len(s.head))
	for i, h := range s.head {
		head[i] = excelize.Cell{StyleID: bold, Value: h}
	}
	if err := out.SetRow("A1", head); err != nil {
		return err
	}
	for n, row := range s.rows {
		at, err := excelize.CoordinatesToCellName(1, n+2)
		if err != nil {
			return err
		}
		cells := make([]any, len(row))
		for i, v := range row {
			if text, ok := v.(string); ok {
				v = clean(text)
			}
			cells[i] = excelize.Cell{StyleID: wrap, Value: v}
		}
		if err := out.SetRow(at, cells); err != nil {
			return err
		}
	}
	return out.Flush()
}
