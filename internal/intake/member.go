package intake

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/internal/sufficiency"
)

// memberImport is the import of one member.
type memberImport struct {
	f        *fileImport
	plugin   ingest.Plugin
	inner    string
	importID int32
	sourceID int32
	source   string
	encoder  *encoder
	context  *contextRows
	rejects  rejectRows
	counts   ingest.Counts
	notes    []ingest.Note
	advice   []ingest.Advice
	holds    sufficiency.Report
	result   FileResult
	warnings []Warning
	dups     int64
}

func (f *fileImport) newMember(ctx context.Context, tx *store.Tx, m ingest.Member, p ingest.Plugin) (*memberImport, error) {
	mi := &memberImport{f: f, plugin: p, inner: m.Inner, notes: slices.Clone(m.Notes), source: f.settings.Source}
	if mi.source == "" {
		mi.source = p.Name
		if p.Name == "delimited" && f.settings.MappingName != "" {
			mi.source = strings.TrimSuffix(strings.TrimSuffix(f.settings.MappingName, ".yaml"), ".yml")
		}
	}
	err := tx.QueryRow(ctx, "SELECT coalesce(max(import_id), 0) + 1 FROM import").Scan(&mi.importID)
	if err != nil {
		return nil, fmt.Errorf("reading the manifest: %w", err)
	}
	mi.importID += int32(len(f.members)) //nolint:gosec // at most a thousand members
	if mi.sourceID, err = sourceID(ctx, tx, mi.source); err != nil {
		return nil, err
	}
	mi.encoder = newEncoder(f.dicts, f.im.Sealer, site, mi.sourceID, mi.importID, f.settings.Zone)
	mi.context = newContextRows(f.im.Sealer, mi.importID, f.settings.Zone)
	mi.rejects = rejectRows{sealer: f.im.Sealer, importID: mi.importID, zone: &zoneCache{zone: f.settings.Zone}}
	return mi, nil
}

func sourceID(ctx context.Context, tx *store.Tx, name string) (int32, error) {
	var id int32
	err := tx.QueryRow(ctx, "SELECT coalesce(max(source_id) FILTER (WHERE name = ?), 0) FROM source WHERE site = ?", name, site).Scan(&id)
	if err != nil || id > 0 {
		return id, err
	}
	if err := tx.QueryRow(ctx, "SELECT coalesce(max(source_id), 0) + 1 FROM source").Scan(&id); err != nil {
		return 0, err
	}
	return id, tx.Exec(ctx, "INSERT INTO source VALUES (?, ?, ?)", site, id, name)
}

// parse runs the parser and, beside it, the encoding and loading of what it
// writes: a batch is encoded while the next one is parsed.
func (mi *memberImport) parse(ctx context.Context, tx *store.Tx, m ingest.Member, parser ingest.Parser) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := newQueue(8)
	loaded := make(chan error, 1)
	go func() {
		err := mi.store(ctx, tx, queue)
		if err != nil {
			cancel(err) // ends the parser
		}
		loaded <- err
	}()
	w := ingest.NewWriter(queue, ingest.WriterOptions{})
	defer w.Release()
	err := parseGuarded(ctx, parser, ingest.Source{
		Name: base(m.Name), Zone: mi.f.settings.Zone, ZoneBasis: mi.f.settings.ZoneBasis, Data: m.Data,
	}, w)
	if err == nil {
		err = w.Flush(ctx)
	}
	queue.close()
	if lerr := <-loaded; lerr != nil {
		return lerr
	}
	mi.counts = w.Counts()
	mi.notes = append(mi.notes, mi.counts.Notes...)
	if a, ok := parser.(ingest.Advisor); ok {
		mi.advice = a.Advice()
	}
	return err
}

// store takes batches and rejects from the queue until it is closed.
func (mi *memberImport) store(ctx context.Context, tx *store.Tx, q *queue) error {
	defer q.drain()
	for item := range q.items {
		if err := mi.storeItem(ctx, tx, item); err != nil {
			return err
		}
	}
	return mi.flush(ctx, tx)
}

func (mi *memberImport) storeItem(ctx context.Context, tx *store.Tx, item queueItem) error {
	if item.batch == nil {
		return mi.rejects.add(ctx, tx, item.reject)
	}
	defer item.batch.Release()
	if item.dataset != ingest.Events {
		return mi.context.add(item.dataset, item.batch)
	}
	if err := mi.encoder.add(item.batch); err != nil {
		return err
	}
	if !mi.encoder.full() {
		return nil
	}
	return mi.loadSegment(ctx, tx)
}

func (mi *memberImport) loadSegment(ctx context.Context, tx *store.Tx) error {
	defer mi.encoder.next()
	return mi.encoder.facts.load(ctx, tx, site, mi.sourceID)
}

func (mi *memberImport) flush(ctx context.Context, tx *store.Tx) error {
	if err := mi.loadSegment(ctx, tx); err != nil {
		return err
	}
	for _, d := range mi.f.dicts.all() {
		if err := d.flush(ctx, tx); err != nil {
			return err
		}
	}
	if err := mi.rejects.flush(ctx, tx); err != nil {
		return err
	}
	dups, err := mi.context.flush(ctx, tx)
	mi.dups += dups
	return err
}

// finish removes what was already there and writes the manifest row.
func (mi *memberImport) finish(ctx context.Context, tx *store.Tx, info ingest.FileInfo) error {
	if mi.encoder.count > 0 {
		d := deduplication{tx: tx, e: mi.encoder, importID: mi.importID, sourceID: mi.sourceID, rejected: mi.counts.Rejected}
		dups, err := d.run(ctx)
		if err != nil {
			return fmt.Errorf("finding duplicates: %w", err)
		}
		mi.dups += dups
		if dups == 0 {
			err = mi.encoder.tally.load(ctx, tx, mi.sourceID, mi.importID)
		} else {
			err = rollUp(ctx, tx, mi.importID)
		}
		if err != nil {
			return err
		}
	}
	mi.checkCaps()
	mi.judge()
	if err := mi.writeNotes(ctx, tx); err != nil {
		return err
	}
	if err := mi.writeManifest(ctx, tx, info); err != nil {
		return err
	}
	return mi.warn(ctx, tx)
}

// checkCaps notes an export that ends exactly where its product cuts exports off.
func (mi *memberImport) checkCaps() {
	if slices.Contains(mi.plugin.ExportCaps, mi.counts.Records) {
		mi.notes = append(mi.notes, ingest.Note{Kind: ingest.NoteExportCap, Count: 1})
	}
}

// judge says what the log can answer.
func (mi *memberImport) judge() {
	counts, days := mi.encoder.tally.holds(mi.f.dicts.kind)
	counts.WithID = mi.encoder.withID
	mi.holds = sufficiency.Judge(counts, sufficiency.Facts{Days: days, Notes: mi.notes, Advice: mi.advice})
}

func (mi *memberImport) datasets() string {
	var names []string
	for _, d := range ingest.Datasets() {
		if mi.counts.Rows[d] > 0 {
			names = append(names, string(d))
		}
	}
	if len(names) == 0 && len(mi.plugin.Produces) == 1 {
		names = append(names, string(mi.plugin.Produces[0]))
	}
	return strings.Join(names, "+")
}

func (mi *memberImport) writeManifest(ctx context.Context, tx *store.Tx, info ingest.FileInfo) error {
	f := mi.f
	r := FileResult{
		Path: f.path, SHA256: hex.EncodeToString(info.SHA256[:]), Parser: mi.plugin.Name, Source: mi.source, Status: Imported,
		Records: mi.counts.Records, Duplicates: mi.dups, Rejected: mi.counts.Rejected,
		RejectReasons: maps.Clone(mi.counts.Reasons), Dataset: mi.datasets(),
	}
	r.Accepted = r.Records - r.Duplicates - r.Rejected
	if mi.holds.Events > 0 {
		r.Sufficiency = &mi.holds
	}
	for _, n := range mi.counts.Skipped {
		r.Skipped += n
	}
	if mi.inner != "" {
		r.Path += ":" + mi.inner
	}
	var firstUs, lastUs *int64
	if first, last, ok := mi.span(); ok {
		firstUs, lastUs = &first, &last
		r.FirstAt, r.LastAt = instant(first), instant(last)
	}
	path, err := f.im.Sealer.Seal(seal.KindPath, base(f.path))
	if err != nil {
		return err
	}
	var member []byte
	if mi.inner != "" {
		if member, err = f.im.Sealer.Seal(seal.KindPath, mi.inner); err != nil {
			return err
		}
	}
	mi.result = r
	var modified *int64
	if t := f.settings.Modified; !t.IsZero() {
		us := t.UnixMicro()
		modified = &us
	}
	return tx.Exec(ctx, "INSERT INTO import VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		site, mi.importID, f.fileNo, mi.sourceID, r.SHA256, info.Size, path, orNull(member), r.Dataset, r.Parser, mi.plugin.Version,
		f.settings.Zone.String(), string(f.settings.ZoneBasis), f.importedAt.UnixMicro(), modified,
		r.Records, r.Accepted, r.Duplicates, r.Rejected, r.Skipped, firstUs, lastUs,
		mi.encoder.tally.patients.n, mi.encoder.tally.users.n)
}

// orNull makes a missing value a null; the driver takes a nil slice for an
// empty one.
func orNull(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

// span is the first and last time in the file, duplicates included.
func (mi *memberImport) span() (first, last int64, ok bool) {
	if mi.encoder.count > 0 {
		return mi.encoder.firstUs, mi.encoder.lastUs, true
	}
	return mi.context.firstUs, mi.context.lastUs, mi.context.firstUs != 0
}

func instant(us int64) *time.Time {
	t := time.UnixMicro(us).UTC()
	return &t
}
