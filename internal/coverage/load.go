package coverage

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/chartwatch/chartwatch/internal/store"
)

// loadSources returns the sources that have delivered events.
func loadSources(ctx context.Context, db *store.DB) ([]*facts, error) {
	rows, err := db.Query(ctx, `SELECT s.source_id, s.name FROM source s
		WHERE EXISTS (SELECT 1 FROM import i WHERE i.site = s.site AND i.source_id = s.source_id AND i.first_us IS NOT NULL AND i.dataset = 'events')
		ORDER BY s.name`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []*facts
	for rows.Next() {
		f := &facts{days: map[Day]dayFacts{}, seqGaps: map[Day]int64{}}
		if err := rows.Scan(&f.id, &f.name); err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, rows.Err()
}

func (f *facts) load(ctx context.Context, db *store.DB, p Period, o Options) error {
	if err := f.loadImports(ctx, db); err != nil {
		return err
	}
	if err := f.loadDays(ctx, db); err != nil {
		return err
	}
	if err := f.loadNotes(ctx, db); err != nil {
		return err
	}
	if err := f.loadRejects(ctx, db, o.Patient); err != nil {
		return err
	}
	return f.loadSequence(ctx, db, p)
}

// A file with at least this many events of a single patient is taken to be an
// export of that patient.
const filteredFrom = 10

func (f *facts) loadImports(ctx context.Context, db *store.DB) error {
	rows, err := db.Query(ctx, `SELECT import_id, first_us, last_us, least(imported_us, coalesce(modified_us, imported_us)), zone, patients = 1 AND accepted + duplicates >= ?
		FROM import WHERE source_id = ? AND dataset = 'events' AND first_us IS NOT NULL ORDER BY import_id`, filteredFrom, f.id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			i         importFacts
			writtenUs int64
			zone      string
		)
		if err := rows.Scan(&i.id, &i.firstUs, &i.lastUs, &writtenUs, &zone, &i.filtered); err != nil {
			return err
		}
		loc, err := time.LoadLocation(zone)
		if err != nil {
			return fmt.Errorf("loading a source's zone: %w", err)
		}
		f.zone = loc
		i.first, i.last = DayOf(time.UnixMicro(i.firstUs).In(loc)), DayOf(time.UnixMicro(i.lastUs).In(loc))
		i.imported = DayOf(time.UnixMicro(writtenUs).In(loc))
		i.rejectsByDay, i.missingByDay = map[Day]int64{}, map[Day]int64{}
		f.imports = append(f.imports, i)
	}
	return rows.Err()
}

func (f *facts) loadDays(ctx context.Context, db *store.DB) error {
	rows, err := db.Query(ctx, `SELECT local_day, sum(events)::BIGINT, sum(reads)::BIGINT, sum(logins)::BIGINT, sum(with_user)::BIGINT, sum(with_patient)::BIGINT,
			sum(with_number)::BIGINT, sum(with_place)::BIGINT, sum(doubtful)::BIGINT, sum(check_failed)::BIGINT
		FROM source_day WHERE source_id = ? GROUP BY local_day`, f.id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			d Day
			n dayFacts
		)
		if err := rows.Scan(&d, &n.events, &n.reads, &n.logins, &n.users, &n.patients, &n.numbers, &n.places, &n.doubtful, &n.checkFailed); err != nil {
			return err
		}
		f.days[d] = n
	}
	return rows.Err()
}

func (f *facts) importByID(id int32) *importFacts {
	for i := range f.imports {
		if f.imports[i].id == id {
			return &f.imports[i]
		}
	}
	return nil
}

func (f *facts) loadNotes(ctx context.Context, db *store.DB) error {
	rows, err := db.Query(ctx, `SELECT import_id, kind, NULL::INTEGER, sum(count)::BIGINT FROM note GROUP BY import_id, kind
		UNION ALL SELECT i.import_id, 'missing', c.local_day, sum(c.count)::BIGINT
		FROM conflict c JOIN import i ON i.import_id = c.import_id WHERE c.kind = 'missing' AND c.source_id = ? GROUP BY i.import_id, c.local_day`, f.id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			id   int32
			kind string
			d    *Day
			n    int64
		)
		if err := rows.Scan(&id, &kind, &d, &n); err != nil {
			return err
		}
		i := f.importByID(id)
		switch {
		case i == nil:
		case kind == "missing" && d != nil:
			i.missingByDay[*d] += n
		case kind == "export_cap":
			i.capped = true
		case kind == "truncated":
			i.cut = true
		case kind == "row_deleted":
			i.deleted += n
		}
	}
	return rows.Err()
}

// loadRejects counts the records that could not be read, but for those that are
// known to be about another patient than the one asked for.
func (f *facts) loadRejects(ctx context.Context, db *store.DB, patient []byte) error {
	rows, err := db.Query(ctx, `SELECT r.import_id, r.local_day, r.patient_id, count(*) FROM reject r
		JOIN import i ON i.import_id = r.import_id WHERE i.source_id = ? GROUP BY ALL`, f.id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			id    int32
			d     *Day
			about []byte
			n     int64
		)
		if err := rows.Scan(&id, &d, &about, &n); err != nil {
			return err
		}
		i := f.importByID(id)
		switch {
		case i == nil, patient != nil && about != nil && !bytes.Equal(patient, about):
		case d == nil:
			i.rejectsAnyDay += n
		default:
			i.rejectsByDay[*d] += n
		}
	}
	return rows.Err()
}

// loadSequence finds numbers that are missing in the period, in a log that
// numbers its rows without gaps elsewhere (at least nine in ten).
func (f *facts) loadSequence(ctx context.Context, db *store.DB, p Period) error {
	rows, err := db.Query(ctx, fmt.Sprintf(`WITH n AS (
			SELECT source_num, local_day, lag(source_num) OVER (ORDER BY source_num) AS before
			FROM event WHERE site = 1 AND source_id = %d AND local_day BETWEEN %d AND %d AND source_num IS NOT NULL)
		SELECT local_day, sum(source_num - before - 1)::BIGINT FROM n
		WHERE source_num - before > 1
			AND (SELECT count(*) * 10 >= (max(source_num) - min(source_num) + 1) * 9 FROM n)
		GROUP BY local_day`, f.id, p.From-1, p.To+1)) //nolint:gosec // integers only
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			d Day
			n int64
		)
		if err := rows.Scan(&d, &n); err != nil {
			return err
		}
		f.seqGaps[d] = n
	}
	return rows.Err()
}
