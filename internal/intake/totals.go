package intake

import (
	"context"
	"fmt"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/store"
)

// SourceTotals is what one source has delivered since the beginning.
type SourceTotals struct {
	Source string
	// LastEvent is the time of the newest event, LastIngest of the newest import of a
	// log and FirstIngest of its first; zero if there is none. All are UTC.
	LastEvent, LastIngest, FirstIngest time.Time
	// Bytes of its original files, as they came.
	Bytes   int64
	Parsers []ParserTotals
}

// ParserTotals is what one parser has read of a source's files.
type ParserTotals struct {
	Parser   string
	Accepted int64
	Rejected map[ingest.Reason]int64
}

// Totals reads what every source has delivered, by name.
func Totals(ctx context.Context, db *store.DB) ([]SourceTotals, error) {
	var list []SourceTotals
	rows, err := db.Query(ctx, `SELECT s.name, i.parser, sum(i.accepted)::BIGINT, max(CASE WHEN i.dataset = 'events' THEN i.last_us END),
			max(CASE WHEN i.dataset = 'events' THEN i.imported_us END), min(CASE WHEN i.dataset = 'events' THEN i.imported_us END)
		FROM import i JOIN source s ON s.site = i.site AND s.source_id = i.source_id WHERE i.site = 1 GROUP BY ALL ORDER BY s.name, i.parser`)
	if err != nil {
		return nil, fmt.Errorf("reading the manifest: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var source string
		var event, imported, first *int64
		p := ParserTotals{Rejected: map[ingest.Reason]int64{}}
		if err := rows.Scan(&source, &p.Parser, &p.Accepted, &event, &imported, &first); err != nil {
			return nil, err
		}
		if len(list) == 0 || list[len(list)-1].Source != source {
			list = append(list, SourceTotals{Source: source})
		}
		s := &list[len(list)-1]
		s.Parsers = append(s.Parsers, p)
		s.LastEvent, s.LastIngest = later(s.LastEvent, event), later(s.LastIngest, imported)
		if first != nil && (s.FirstIngest.IsZero() || time.UnixMicro(*first).Before(s.FirstIngest)) {
			s.FirstIngest = time.UnixMicro(*first).UTC()
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return list, addCounts(ctx, db, list)
}

func later(t time.Time, us *int64) time.Time {
	if us == nil || !time.UnixMicro(*us).After(t) {
		return t
	}
	return time.UnixMicro(*us).UTC()
}

// addCounts adds the rejected records and the bytes of the files.
func addCounts(ctx context.Context, db *store.DB, list []SourceTotals) error {
	at := map[string]*SourceTotals{}
	for i := range list {
		at[list[i].Source] = &list[i]
	}
	// A file with several members has several imports.
	rows, err := db.Query(ctx, `SELECT s.name, '' AS parser, '' AS reason, sum(f.size)::BIGINT
			FROM (SELECT DISTINCT site, source_id, file_no, size FROM import WHERE site = 1) f
			JOIN source s ON s.site = f.site AND s.source_id = f.source_id GROUP BY s.name
		UNION ALL SELECT s.name, i.parser, r.reason, count(*)
			FROM reject r JOIN import i ON i.site = r.site AND i.import_id = r.import_id
			JOIN source s ON s.site = i.site AND s.source_id = i.source_id WHERE i.site = 1 GROUP BY ALL`)
	if err != nil {
		return fmt.Errorf("counting what was rejected: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var source, parser, reason string
		var n int64
		if err := rows.Scan(&source, &parser, &reason, &n); err != nil {
			return err
		}
		s := at[source]
		switch {
		case s == nil:
		case reason == "":
			s.Bytes = n
		default:
			for i := range s.Parsers {
				if s.Parsers[i].Parser == parser {
					s.Parsers[i].Rejected[ingest.Reason(reason)] = n
				}
			}
		}
	}
	return rows.Err()
}
