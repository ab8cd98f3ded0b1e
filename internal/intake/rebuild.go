package intake

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/evidence"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/store"
)

// RebuildResult says what came out of a rebuild.
type RebuildResult struct {
	Files int `json:"files"`
	// Events is the number of events in the rebuilt database.
	Events int64 `json:"events"`
	// Compared is false if the old database could not be read.
	Compared bool `json:"compared"`
	// Identical is true if the rebuilt database has the same content as the old
	// one. It need not be if a parser has learned something since.
	Identical bool `json:"identical"`
}

// rebuildFile is the database file while it is being rebuilt.
const rebuildFile = "rebuild.duckdb"

// Rebuild makes the database of a data directory again from the archived files,
// in the order in which they came, and then puts it in the place of the old one.
// If an archived file cannot be imported any more, the old database stays.
func Rebuild(ctx context.Context, o WorkspaceOptions, r *ingest.Registry, progress func(done, total int)) (RebuildResult, error) {
	o.Create = false
	before, files, err := oldDigest(ctx, o)
	if err != nil {
		return RebuildResult{}, err
	}
	o.Store.File, o.Store.Fresh = rebuildFile, true
	w, err := OpenWorkspace(ctx, o)
	if err != nil {
		return RebuildResult{}, err
	}
	result, digest, err := w.replayAll(ctx, r, files, progress)
	if err == nil {
		err = (&evidence.Journal{DB: w.DB, Sealer: w.Sealer}).Restore(ctx)
	}
	if err == nil {
		err = w.DB.Checkpoint(ctx)
	}
	if err == nil {
		return result.compare(before, digest), w.DB.CloseAndReplace(rebuildFile)
	}
	return RebuildResult{}, errors.Join(err, w.Close(), store.Remove(o.Store.Dir, rebuildFile))
}

func (r RebuildResult) compare(before, after string) RebuildResult {
	r.Compared, r.Identical = before != "", before == after
	return r
}

// oldDigest is the digest of the database as it is and the number of files that
// were imported into it, or nothing if it is damaged. A missing key, or a
// directory in use, is an error all the same.
func oldDigest(ctx context.Context, o WorkspaceOptions) (digest string, files int, err error) {
	w, err := OpenWorkspace(ctx, o)
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			return "", 0, nil // a damaged database is what a rebuild is for
		}
		return "", 0, err
	}
	digest, err = Digest(ctx, w.DB)
	if err == nil {
		err = w.DB.QueryRow(ctx, "SELECT count(DISTINCT file_no) FROM import").Scan(&files)
	}
	if err != nil {
		digest = ""
	}
	return digest, files, w.Close()
}

// manifestEntries returns what has to be imported again. A manifest that lacks
// files would give a database that lacks their events.
func (w *Workspace) manifestEntries(im *Importer, files int) ([]sidecar, error) {
	const hint = "the old database was left as it is; restore the folder \"manifest\" of the data directory from a backup"
	list, err := im.readSidecars(w.dir)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "the manifest cannot be read", hint, err)
	}
	archived, err := w.Archive.List()
	if err != nil {
		return nil, err
	}
	if len(list) < files || (len(list) == 0 && len(archived) > 0) {
		return nil, fault.New(fault.Internal, fmt.Sprintf("the manifest names %d files, but %d have been imported", len(list), max(files, len(archived))), hint)
	}
	return list, nil
}

func (w *Workspace) replayAll(ctx context.Context, r *ingest.Registry, files int, progress func(done, total int)) (RebuildResult, string, error) {
	im := w.Importer(r, nil)
	list, err := w.manifestEntries(im, files)
	if err != nil {
		return RebuildResult{}, "", err
	}
	for i, s := range list {
		result, err := im.again(ctx, s)
		if err != nil {
			return RebuildResult{}, "", err
		}
		for _, f := range result.Files {
			if f.Status == Failed {
				return RebuildResult{}, "", fault.New(fault.Internal, "an archived file cannot be imported again: "+f.Error,
					"the old database was left as it is")
			}
		}
		if progress != nil {
			progress(i+1, len(list))
		}
	}
	out := RebuildResult{Files: len(list)}
	if err := w.DB.QueryRow(ctx, "SELECT count(*) FROM event").Scan(&out.Events); err != nil {
		return out, "", err
	}
	digest, err := Digest(ctx, w.DB)
	return out, digest, err
}

func (im *Importer) again(ctx context.Context, s sidecar) (Result, error) {
	raw, err := hex.DecodeString(s.SHA256)
	if err != nil || len(raw) != 32 {
		return Result{}, fault.New(fault.Internal, "the manifest names a file by a malformed hash", "restore the data directory from a backup")
	}
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return Result{}, fmt.Errorf("loading a source's zone: %w", err)
	}
	data, err := im.Archive.Open([32]byte(raw))
	if err != nil {
		return Result{}, err
	}
	defer func() { _ = data.Close() }()
	at := s.ImportedAt
	repeat := &Importer{DB: im.DB, Archive: im.Archive, Sealer: im.Sealer, Registry: im.Registry, Clock: func() time.Time { return at }, replay: &s}
	settings := Settings{
		Parser: s.Parser, Source: s.Source, MappingName: s.MappingName, Encoding: s.Encoding, Zone: zone, ZoneBasis: s.ZoneBasis, Modified: s.Modified,
	}
	if s.Mapping != "" {
		settings.Mapping = []byte(s.Mapping)
	}
	return repeat.Stream(ctx, s.Name, data, settings)
}

// Digest returns one number for the content of the database's tables. Two
// databases with equal content have the same digest.
func Digest(ctx context.Context, db *store.DB) (string, error) {
	tables := []string{
		"source", "import", "event", "event_extra", "dim_user", "dim_patient", "dim_place", "dim_kind",
		"source_day", "reject", "note", "conflict", "staff", "patient", "appointment",
	}
	var digest strings.Builder
	for _, t := range tables {
		var h string
		// The sum does not depend on the order of rows.
		err := db.QueryRow(ctx, fmt.Sprintf("SELECT count(*) || '-' || coalesce(sum(hash(t)::HUGEINT), 0) FROM %s t", t)).Scan(&h)
		if err != nil {
			return "", fmt.Errorf("reading %s: %w", t, err)
		}
		digest.WriteString(t + ":" + h + "\n")
	}
	return digest.String(), nil
}
