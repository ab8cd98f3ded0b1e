package intake

import (
	"context"
	"fmt"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

// rejectRows collects the quarantine of one member: every reject with its
// position and reason, and the sealed text of the first ones. The text of the
// others is still in the archived file.
type rejectRows struct {
	sealer   *seal.Sealer
	importID int32
	zone     *zoneCache
	kept     int // bytes of text kept so far

	line, atUs    []int64
	noTime        []bool
	localDay      []int32
	column        []string
	reason        []string
	patient, text [][]byte
}

// maxQuarantine is how many bytes of rejected text one file may add.
const maxQuarantine = 32 << 20

func (r *rejectRows) add(ctx context.Context, tx *store.Tx, reject ingest.Reject) error {
	var patient, text []byte
	var err error
	if reject.PatientID != "" {
		if patient, err = r.sealer.Seal(seal.KindPatient, reject.PatientID); err != nil {
			return err
		}
	}
	if len(reject.Raw) > 0 && r.kept+len(reject.Raw) <= maxQuarantine {
		r.kept += len(reject.Raw)
		if text, err = r.sealer.Seal(seal.KindRaw, string(reject.Raw)); err != nil {
			return err
		}
	}
	us, day := int64(0), int32(0)
	if !reject.At.IsZero() {
		us = reject.At.UnixMicro()
		day, _ = r.zone.local(us)
	}
	r.line, r.column, r.reason = append(r.line, reject.Line), append(r.column, reject.Column), append(r.reason, string(reject.Reason))
	r.atUs, r.localDay, r.noTime = append(r.atUs, us), append(r.localDay, day), append(r.noTime, reject.At.IsZero())
	r.patient, r.text = append(r.patient, patient), append(r.text, text)
	if len(r.line) < 20_000 {
		return nil
	}
	return r.flush(ctx, tx)
}

func (r *rejectRows) flush(ctx context.Context, tx *store.Tx) error {
	n := len(r.line)
	if n == 0 {
		return nil
	}
	err := tx.Load(ctx, "reject", []store.Column{
		{Name: "site", Int32s: constant(int32(site), n)},
		{Name: "import_id", Int32s: constant(r.importID, n)},
		{Name: "line", Ints: r.line},
		{Name: "col", Texts: r.column},
		{Name: "reason", Texts: r.reason},
		{Name: "at_us", Ints: r.atUs, Nulls: r.noTime},
		{Name: "local_day", Int32s: r.localDay, Nulls: r.noTime},
		{Name: "patient_id", Blobs: r.patient},
		{Name: "raw", Blobs: r.text},
	})
	*r = rejectRows{sealer: r.sealer, importID: r.importID, zone: r.zone, kept: r.kept}
	return err
}

func (mi *memberImport) writeNotes(ctx context.Context, tx *store.Tx) error {
	for _, n := range mi.notes {
		var key []byte
		if n.SourceEventID != "" {
			var err error
			if key, err = mi.f.im.Sealer.Seal(seal.KindEvent, n.SourceEventID); err != nil {
				return err
			}
		}
		err := tx.Exec(ctx, "INSERT INTO note VALUES (?, ?, ?, ?, ?, ?)", site, mi.importID, string(n.Kind), n.Line, n.Count, orNull(key))
		if err != nil {
			return err
		}
	}
	return nil
}

// warn says in words what a person should know about this member.
func (mi *memberImport) warn(ctx context.Context, tx *store.Tx) error {
	say := func(code, format string, args ...any) {
		mi.warnings = append(mi.warnings, Warning{Code: code, Source: mi.source, Message: fmt.Sprintf(format, args...)})
	}
	r := mi.result
	if r.Rejected > 0 {
		say("rejected_rows", "%d of %d records could not be read; they are in the quarantine and make answers about their days uncertain", r.Rejected, r.Records)
	}
	counts := map[ingest.NoteKind]int64{}
	for _, n := range mi.notes {
		counts[n.Kind] += n.Count
	}
	for _, kind := range ingest.NoteKinds() {
		if n := counts[kind]; n > 0 {
			say(string(kind), "%s", noteText(kind, n))
		}
	}
	if mi.encoder.count == 0 {
		return nil
	}
	return mi.warnAboutEvents(ctx, tx, say)
}

func noteText(kind ingest.NoteKind, n int64) string {
	switch kind {
	case ingest.NoteRowDeleted:
		return fmt.Sprintf("%d log rows were deleted from the exporting system: their checksums are there, the rows are not", n)
	case ingest.NoteExportCap:
		return "the export ends exactly at a limit of the exporting product, so later or earlier rows are probably missing; export a shorter period"
	case ingest.NoteNoReads:
		return "this log does not record who looked at a chart, only changes"
	case ingest.NoteEncodingAssumed:
		return "the file is not UTF-8 and no encoding was declared; it was read as windows-1252 (--encoding declares another)"
	case ingest.NoteTruncated:
		return "the export ends in the middle of a record; answers about its days are uncertain until the whole export is imported"
	case ingest.NoteDateOrderAssumed:
		return "no date in the file proves the order of day and month; month first was assumed"
	}
	return string(kind)
}

func (mi *memberImport) warnAboutEvents(ctx context.Context, tx *store.Tx, say func(code, format string, args ...any)) error {
	doubtful, failed := mi.encoder.tally.total()
	assumed, other := mi.holds.ZoneAssumed, mi.holds.ActionUnknown
	if assumed > 0 {
		say("zone_assumed", "the times carry no offset and no zone is configured; %s, the zone of this computer, was assumed (--timezone or the configuration's timezone sets it)", mi.f.settings.Zone)
	}
	if doubtful > 0 {
		say("doubtful_times", "%d times fall into a night in which the clock changed and are marked", doubtful)
	}
	if other > 0 {
		say("unmapped_actions", "%d events have an action that is not one of the known ones; they are kept as \"other\"", other)
	}
	if failed > 0 {
		say("checksum_failed", "%d rows do not match the checksum that the exporting system stored: they were changed afterwards", failed)
	}
	var changed, missing int64
	err := tx.QueryRow(ctx, `SELECT coalesce(sum(count) FILTER (WHERE kind = 'other_content'), 0)::BIGINT,
			coalesce(sum(count) FILTER (WHERE kind = 'missing'), 0)::BIGINT
		FROM conflict WHERE import_id = ?`, mi.importID).Scan(&changed, &missing)
	if err != nil {
		return fmt.Errorf("counting conflicts: %w", err)
	}
	if changed > 0 {
		say("conflicting_rows", "%d events carry an id that was already known with other content; both versions are kept", changed)
	}
	if missing > 0 {
		say("missing_rows", "%d events of an earlier export are missing in this one although it covers their days; they are kept", missing)
	}
	return nil
}
