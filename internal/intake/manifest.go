package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/store"
)

// sizeKnown reports whether a file of that size was imported before: only then is it
// worth hashing.
func (im *Importer) sizeKnown(ctx context.Context, info fs.FileInfo) (bool, error) {
	if !info.Mode().IsRegular() {
		return false, nil
	}
	var n int
	if err := im.DB.QueryRow(ctx, "SELECT count(*) FROM import WHERE size = ?", info.Size()).Scan(&n); err != nil {
		return false, fmt.Errorf("reading the manifest: %w", err)
	}
	return n > 0, nil
}

func hashFile(ctx context.Context, path string) (sum [32]byte, err error) {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return sum, err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	for err == nil {
		if err = ctx.Err(); err == nil {
			_, err = io.CopyN(h, f, 8<<20)
		}
	}
	if !errors.Is(err, io.EOF) {
		return sum, err
	}
	h.Sum(sum[:0])
	return sum, nil
}

// manifest returns what the manifest says about a file, or nil. The path is the
// one under which it was given this time.
func (im *Importer) manifest(ctx context.Context, sum [32]byte, path string) ([]FileResult, error) {
	rows, err := im.DB.Query(ctx, `SELECT i.import_id, i.member, i.parser, s.name, i.dataset,
			i.records, i.accepted, i.duplicates, i.rejected, i.skipped, i.first_us, i.last_us
		FROM import i JOIN source s ON s.site = i.site AND s.source_id = i.source_id
		WHERE i.sha256 = ? ORDER BY i.import_id`, hex.EncodeToString(sum[:]))
	if err != nil {
		return nil, fmt.Errorf("reading the manifest: %w", err)
	}
	defer rows.Close()
	var (
		results []FileResult
		ids     []int32
	)
	for rows.Next() {
		r := FileResult{Path: path, SHA256: hex.EncodeToString(sum[:]), Status: AlreadyImported, RejectReasons: map[ingest.Reason]int64{}}
		var (
			id          int32
			member      []byte
			first, last *int64
		)
		if err := rows.Scan(&id, &member, &r.Parser, &r.Source, &r.Dataset, &r.Records, &r.Accepted, &r.Duplicates, &r.Rejected, &r.Skipped, &first, &last); err != nil {
			return nil, fmt.Errorf("reading the manifest: %w", err)
		}
		if member != nil {
			inner, err := im.Sealer.Open(pathKind, member)
			if err != nil {
				return nil, err
			}
			r.Path += ":" + inner
		}
		if first != nil && last != nil {
			r.FirstAt, r.LastAt = instant(*first), instant(*last)
		}
		results, ids = append(results, r), append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i := range results {
		if err := im.rejectReasons(ctx, ids[i], results[i].RejectReasons); err != nil {
			return nil, err
		}
	}
	return results, nil
}

func (im *Importer) rejectReasons(ctx context.Context, importID int32, into map[ingest.Reason]int64) error {
	rows, err := im.DB.Query(ctx, "SELECT reason, count(*) FROM reject WHERE import_id = ? GROUP BY reason", importID)
	if err != nil {
		return fmt.Errorf("reading the quarantine: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var (
			reason ingest.Reason
			n      int64
		)
		if err := rows.Scan(&reason, &n); err != nil {
			return err
		}
		into[reason] = n
	}
	return rows.Err()
}

func isImported(ctx context.Context, tx *store.Tx, sum [32]byte) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, "SELECT count(*) FROM import WHERE sha256 = ?", hex.EncodeToString(sum[:])).Scan(&n)
	return n > 0, err
}

// ErrNoFiles is about a folder in which there is nothing to import.
var ErrNoFiles = errors.New("the folder holds no file")

// Walk returns the files that a path stands for: the file itself, or all files
// below a folder, in the order of their names. Hidden files, the documentation
// that accompanies logs (*.md) and a folder's chartwatch.yaml are left out. What cannot
// be read, and what is neither a file nor a link to one, is part of the error; the files
// are returned all the same.
func Walk(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var files []string
	var errs []error
	err = filepath.WalkDir(path, func(p string, d os.DirEntry, err error) error {
		hidden := p != path && d != nil && d.Name() != "" && d.Name()[0] == '.'
		switch {
		case hidden && d.IsDir():
			return filepath.SkipDir
		case hidden:
		case err != nil:
			errs = append(errs, err)
			if d != nil && d.IsDir() {
				return filepath.SkipDir
			}
		case d.IsDir(), filepath.Ext(d.Name()) == ".md", d.Name() == "chartwatch.yaml":
		default:
			if err := regular(p); err != nil {
				errs = append(errs, err)
				return nil
			}
			files = append(files, p)
		}
		return nil
	})
	err = errors.Join(append(errs, err)...)
	if err == nil && len(files) == 0 {
		err = ErrNoFiles
	}
	return files, err
}

// regular makes sure that a path is a file, or a link to one.
func regular(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("the folder holds a link to a folder, or something else that is not a file")
	}
	return err
}
