package ingest

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"path"
	"strings"
)

// openZip opens every member of a zip archive, or the sheets of a workbook. The
// names inside an archive are used for display only.
func openZip(ctx context.Context, name string, f io.ReaderAt, size int64, o OpenOptions, each func(context.Context, Member) error) error {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return fmt.Errorf("%s: %w: the directory at the end of the archive is missing or damaged", name, ErrTruncated)
	}
	for _, entry := range z.File {
		if entry.Name == "xl/workbook.xml" {
			return openWorkbook(ctx, Member{Name: name}, io.NewSectionReader(f, 0, size), o, each)
		}
	}
	if len(z.File) > o.Limits.Entries {
		return fmt.Errorf("%s: %w: %d, the limit is %d", name, ErrManyEntries, len(z.File), o.Limits.Entries)
	}
	if overlaps(z.File, size) {
		return fmt.Errorf("%s: %w", name, ErrBomb)
	}
	for _, entry := range z.File {
		base := path.Base(entry.Name)
		if entry.FileInfo().IsDir() || strings.HasPrefix(base, ".") || strings.HasPrefix(entry.Name, "__MACOSX/") {
			continue
		}
		m := Member{Name: name + ":" + entry.Name, Inner: entry.Name}
		if err := openEntry(ctx, m, entry, o, each); err != nil {
			return err
		}
	}
	return nil
}

// overlaps reports whether the entries claim more compressed data than the
// archive has, which they can only share.
func overlaps(entries []*zip.File, size int64) bool {
	left := uint64(max(size, 0))
	for _, entry := range entries {
		if entry.CompressedSize64 > left {
			return true
		}
		left -= entry.CompressedSize64
	}
	return false
}

func openEntry(ctx context.Context, m Member, entry *zip.File, o OpenOptions, each func(context.Context, Member) error) error {
	r, err := entry.Open()
	if err != nil {
		return fmt.Errorf("%s: %w", m.Name, compressionError(err))
	}
	defer func() { _ = r.Close() }() // its checksum is verified by reading it to the end
	packed := int64(min(entry.CompressedSize64, 1<<62))
	limited := &ratioReader{r: &ctxReader{ctx: ctx, r: r}, in: func() int64 { return packed }, limits: o.Limits}
	if err := openText(ctx, m, limited, o, each); err != nil {
		return err
	}
	// The checksum of an entry is verified at its end only.
	if _, err := io.Copy(io.Discard, limited); err != nil {
		return fmt.Errorf("reading %s: %w", m.Name, err)
	}
	return nil
}
