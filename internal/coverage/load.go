package coverage

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/chartwatch/chartwatch/internal/store"
)

// load reads everything about the sources that have delivered events.
func load(ctx context.Context, db *store.DB, p Period) ([]*facts, error) {
	list, err := loadImports(ctx, db)
	if err != nil {
		return nil, err
	}
	if err := loadDays(ctx, db, list, p); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context, *store.DB, []*facts) error{loadTotals, loadNotes, loadRejects} {
		if err := step(ctx, db, list); err != nil {
			return nil, err
		}
	}
	for _, f := range list {
		f.findSequenceGaps()
	}
	return list, nil
}

// A file with at least this many events of a single patient is taken to be an
// export of that patient, and one of a single user as an export of that user if
// the source is known to have others.
const filteredFrom = 10

// loadWithout returns all sources, with true for one whose log gave no event.
func loadWithout(ctx context.Context, db *store.DB) (map[string]bool, error) {
	rows, err := db.Query(ctx, `SELECT s.name, bool_or(i.events) AND NOT bool_or(i.events AND i.first_us IS NOT NULL)
		FROM source s JOIN (SELECT site, source_id, first_us, list_contains(string_split(dataset, '+'), 'events') AS events FROM import) i
			ON i.site = s.site AND i.source_id = s.source_id
		GROUP BY s.name`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	without := map[string]bool{}
	for rows.Next() {
		var (
			name    string
			nothing bool
		)
		if err := rows.Scan(&name, &nothing); err != nil {
			return nil, err
		}
		without[name] = nothing
	}
	return without, rows.Err()
}

// loadImports returns the sources, by name, with the files that they delivered.
func loadImports(ctx context.Context, db *store.DB) ([]*facts, error) {
	rows, err := db.Query(ctx, `SELECT i.source_id, s.name, i.import_id, i.first_us, i.last_us, least(i.imported_us, coalesce(i.modified_us, i.imported_us)),
			i.zone, i.patients = 1 AND i.accepted + i.duplicates >= ?,
			i.users = 1 AND max(i.users) OVER (PARTITION BY i.source_id) > 1 AND i.accepted + i.duplicates >= ?
		FROM import i JOIN source s ON s.site = i.site AND s.source_id = i.source_id
		WHERE list_contains(string_split(i.dataset, '+'), 'events') AND i.first_us IS NOT NULL ORDER BY s.name, i.import_id`, filteredFrom, filteredFrom)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []*facts
	for rows.Next() {
		var (
			f         facts
			i         importFacts
			writtenUs int64
			zone      string
		)
		if err := rows.Scan(&f.id, &f.name, &i.id, &i.firstUs, &i.lastUs, &writtenUs, &zone, &i.onePatient, &i.oneUser); err != nil {
			return nil, err
		}
		loc, err := time.LoadLocation(zone)
		if err != nil {
			return nil, fmt.Errorf("loading a source's zone: %w", err)
		}
		i.first, i.last = DayOf(time.UnixMicro(i.firstUs).In(loc)), DayOf(time.UnixMicro(i.lastUs).In(loc))
		// On a short day without anybody else a single user is no filter.
		i.oneUser = i.oneUser && i.first < i.last
		if i.written = DayOf(time.UnixMicro(writtenUs).In(loc)); i.written < i.first {
			i.written = i.last // no file is older than what it holds; a copy may say so
		}
		i.missingByDay = map[Day]int64{}
		if n := len(list); n == 0 || list[n-1].id != f.id {
			f.days, f.seqGaps = map[Day]dayFacts{}, map[Day]int64{}
			list = append(list, &f)
		}
		last := list[len(list)-1]
		last.imports = append(last.imports, i)
	}
	return list, rows.Err()
}

func sourceByID(list []*facts, id int32) *facts {
	for _, f := range list {
		if f.id == id {
			return f
		}
	}
	return nil
}

// dayColumns are the sums of table source_day, in the order of dayFacts.targets.
const dayColumns = `sum(events)::BIGINT, sum(reads)::BIGINT, sum(logins)::BIGINT, sum(with_user)::BIGINT, sum(with_patient)::BIGINT,
	sum(with_number)::BIGINT, sum(with_place)::BIGINT, sum(doubtful)::BIGINT, sum(check_failed)::BIGINT,
	sum(num_count)::BIGINT, coalesce(min(num_min), 0), coalesce(max(num_max), 0)`

func (n *dayFacts) targets() []any {
	return []any{
		&n.events, &n.reads, &n.logins, &n.users, &n.patients, &n.numbers, &n.places, &n.doubtful, &n.checkFailed,
		&n.numbered, &n.firstNumber, &n.lastNumber,
	}
}

// loadDays reads the days of the period, and as many around it as a source's
// habits are judged by.
func loadDays(ctx context.Context, db *store.DB, list []*facts, p Period) error {
	rows, err := db.Query(ctx, fmt.Sprintf("SELECT source_id, local_day, %s FROM source_day WHERE local_day BETWEEN %d AND %d GROUP BY source_id, local_day",
		dayColumns, p.From-habitDays, p.To+habitDays))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			id int32
			d  Day
			n  dayFacts
		)
		if err := rows.Scan(append([]any{&id, &d}, n.targets()...)...); err != nil {
			return err
		}
		if f := sourceByID(list, id); f != nil {
			f.days[d] = n
		}
	}
	return rows.Err()
}

// loadTotals reads the sums over all days.
func loadTotals(ctx context.Context, db *store.DB, list []*facts) error {
	rows, err := db.Query(ctx, "SELECT source_id, "+dayColumns+" FROM source_day GROUP BY source_id")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			id int32
			n  dayFacts
		)
		if err := rows.Scan(append([]any{&id}, n.targets()...)...); err != nil {
			return err
		}
		if f := sourceByID(list, id); f != nil {
			f.total = n
		}
	}
	return rows.Err()
}

func importByID(list []*facts, id int32) *importFacts {
	for _, f := range list {
		for i := range f.imports {
			if f.imports[i].id == id {
				return &f.imports[i]
			}
		}
	}
	return nil
}

func loadNotes(ctx context.Context, db *store.DB, list []*facts) error {
	rows, err := db.Query(ctx, `SELECT import_id, kind, NULL::INTEGER, sum(count)::BIGINT FROM note GROUP BY import_id, kind
		UNION ALL SELECT import_id, 'missing', local_day, sum(count)::BIGINT FROM conflict WHERE kind = 'missing' GROUP BY import_id, local_day`)
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
		i := importByID(list, id)
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

func loadRejects(ctx context.Context, db *store.DB, list []*facts) error {
	rows, err := db.Query(ctx, "SELECT import_id, local_day, patient_id, count(*) FROM reject GROUP BY import_id, local_day, patient_id")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			id int32
			r  rejectFacts
		)
		if err := rows.Scan(&id, &r.day, &r.about, &r.count); err != nil {
			return err
		}
		if i := importByID(list, id); i != nil {
			i.rejects = append(i.rejects, r)
		}
	}
	return rows.Err()
}

// findSequenceGaps finds numbers that are missing in a log that numbers its
// events: within a day, and between a day and the next that has events, which
// casts doubt on both and on the days between. A log that leaves out more than one number in ten shares its numbers
// with something else, and says nothing by leaving one out.
func (f *facts) findSequenceGaps() {
	days := slices.Sorted(maps.Keys(f.days))
	if t := f.total; t.numbered == 0 || t.numbered*10 < (t.lastNumber-t.firstNumber+1)*9 {
		return
	}
	previous, has := Day(0), false
	for _, d := range days {
		n := f.days[d]
		if n.numbered == 0 {
			continue
		}
		if missing := n.lastNumber - n.firstNumber + 1 - n.numbered; missing > 0 {
			f.seqGaps[d] += missing
		}
		if has {
			// The missing ones may be of any day between, an empty one too.
			if missing := n.firstNumber - f.days[previous].lastNumber - 1; missing > 0 {
				for between := previous; between <= d; between++ {
					f.seqGaps[between] += missing
				}
			}
		}
		previous, has = d, true
	}
}
