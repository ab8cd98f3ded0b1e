package coverage

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/store"
)

// load reads everything about the sources that have delivered events, and which
// of all sources have delivered none. The queries are plain ones, and what they
// return is put together here: a join, a window or a wide aggregate costs more to
// plan than the few rows cost to read.
func load(ctx context.Context, db *store.DB, p Period) (Facts, error) {
	names, err := loadNames(ctx, db)
	if err != nil {
		return Facts{}, err
	}
	f, err := loadImports(ctx, db, names)
	if err != nil {
		return Facts{}, err
	}
	f.period = p
	if err := leaveOutFuture(ctx, db, f.sources); err != nil {
		return Facts{}, err
	}
	if err := loadDays(ctx, db, f.sources, p); err != nil {
		return Facts{}, err
	}
	for _, step := range []func(context.Context, *store.DB, []*facts) error{loadTotals, loadNotes, loadRejects} {
		if err := step(ctx, db, f.sources); err != nil {
			return Facts{}, err
		}
	}
	for _, s := range f.sources {
		s.findSequenceGaps()
	}
	return f, nil
}

// A file with at least this many events of a single patient is taken to be an
// export of that patient, and one of a single user as an export of that user if
// the source is known to have others.
const filteredFrom = 10

// loadNames returns the names of all sources.
func loadNames(ctx context.Context, db *store.DB) (map[int32]string, error) {
	rows, err := db.Query(ctx, "SELECT source_id, name FROM source WHERE site = 1")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names := map[int32]string{}
	for rows.Next() {
		var (
			id   int32
			name string
		)
		if err := rows.Scan(&id, &name); err != nil {
			return nil, err
		}
		names[id] = name
	}
	return names, rows.Err()
}

// loadImports returns the sources, by name, with the files that they delivered.
func loadImports(ctx context.Context, db *store.DB, names map[int32]string) (Facts, error) {
	rows, err := db.Query(ctx, `SELECT source_id, import_id, dataset, first_us, last_us, imported_us, coalesce(modified_us, imported_us),
			zone, accepted + duplicates, patients, users
		FROM import WHERE site = 1`)
	if err != nil {
		return Facts{}, err
	}
	defer rows.Close()
	found := Facts{without: map[string]bool{}}
	byID, zones := map[int32]*facts{}, map[string]*time.Location{}
	for rows.Next() {
		var (
			r       importRow
			dataset string
		)
		if err := rows.Scan(&r.source, &r.id, &dataset, &r.firstUs, &r.lastUs, &r.importedUs, &r.modifiedUs, &r.zone, &r.records, &r.patients, &r.users); err != nil {
			return Facts{}, err
		}
		name, isLog := names[r.source], slices.Contains(strings.Split(dataset, "+"), "events")
		if isLog && r.firstUs.Valid {
			i, err := r.facts(zones)
			if err != nil {
				return Facts{}, err
			}
			if byID[r.source] == nil {
				byID[r.source] = &facts{id: r.source, name: name, days: map[Day]dayFacts{}, seqGaps: map[Day]int64{}}
			}
			byID[r.source].imports = append(byID[r.source].imports, i)
		}
		found.without[name] = (isLog || found.without[name]) && byID[r.source] == nil
	}
	for _, f := range byID {
		f.finishImports()
		found.sources = append(found.sources, f)
	}
	slices.SortFunc(found.sources, func(a, b *facts) int { return strings.Compare(a.name, b.name) })
	return found, rows.Err()
}

// importRow is a row of table import.
type importRow struct {
	source, id               int32
	firstUs, lastUs          sql.NullInt64 // null without an event
	importedUs, modifiedUs   int64
	zone                     string
	records, patients, users int64
}

// facts turns the row of a log into what the answers need. Zones are loaded once.
func (r importRow) facts(zones map[string]*time.Location) (importFacts, error) {
	loc := zones[r.zone]
	if loc == nil {
		var err error
		if loc, err = time.LoadLocation(r.zone); err != nil {
			return importFacts{}, fmt.Errorf("loading a source's zone: %w", err)
		}
		zones[r.zone] = loc
	}
	day := func(us int64) Day { return DayOf(time.UnixMicro(us).In(loc)) }
	i := importFacts{
		id: r.id, first: day(r.firstUs.Int64), last: day(r.lastUs.Int64), firstUs: r.firstUs.Int64, lastUs: r.lastUs.Int64,
		written: day(min(r.importedUs, r.modifiedUs)), imported: day(r.importedUs), users: r.users, missingByDay: map[Day]int64{},
		onePatient: r.patients == 1 && r.records >= filteredFrom,
	}
	// On a short day without anybody else a single user is no filter.
	i.oneUser = r.users == 1 && r.records >= filteredFrom && i.first < i.last
	if i.written < i.first {
		i.written = i.last // no file is older than what it holds; a copy may say so
	}
	return i, nil
}

// leaveOutFuture ends what a file covers at its last event before the file was imported.
// An event that is dated later has a wrong date, and proves nothing about the days
// before it.
func leaveOutFuture(ctx context.Context, db *store.DB, list []*facts) error {
	for _, f := range list {
		for n := range f.imports {
			i := &f.imports[n]
			if i.last <= i.imported+1 { // a day for clocks and zones
				continue
			}
			var last *int32
			err := db.QueryRow(ctx, "SELECT max(local_day) FROM source_day WHERE import_id = ? AND events > 0 AND local_day <= ?", i.id, int32(i.imported)+1).Scan(&last)
			if err != nil {
				return fmt.Errorf("looking for the end of a log: %w", err)
			}
			if last != nil {
				i.last = Day(*last)
			}
		}
	}
	return nil
}

// finishImports puts the files in order and says which are of a single user,
// which takes another file to tell.
func (f *facts) finishImports() {
	slices.SortFunc(f.imports, func(a, b importFacts) int { return cmp.Compare(a.id, b.id) })
	others := slices.ContainsFunc(f.imports, func(i importFacts) bool { return i.users > 1 })
	for n := range f.imports {
		f.imports[n].oneUser = f.imports[n].oneUser && others
	}
}

func sourceByID(list []*facts, id int32) *facts {
	for _, f := range list {
		if f.id == id {
			return f
		}
	}
	return nil
}

// loadDays reads the days of the period, and as many around it as a source's
// habits are judged by. Several files may add to one day.
func loadDays(ctx context.Context, db *store.DB, list []*facts, p Period) error {
	rows, err := db.Query(ctx, fmt.Sprintf(`SELECT source_id, local_day, events, reads, logins, with_user, with_patient, with_number, with_place,
			doubtful, check_failed, num_count, coalesce(num_min, 0), coalesce(num_max, 0),
			first_us, last_us
		FROM source_day WHERE local_day BETWEEN %d AND %d`, p.From-habitDays, p.To+habitDays))
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
			sum := f.days[d]
			sum.add(n)
			f.days[d] = sum
		}
	}
	return rows.Err()
}

// loadTotals reads the sums over all days.
func loadTotals(ctx context.Context, db *store.DB, list []*facts) error {
	rows, err := db.Query(ctx, `SELECT source_id, sum(events)::BIGINT, sum(reads)::BIGINT, sum(logins)::BIGINT, sum(with_user)::BIGINT, sum(with_patient)::BIGINT,
			sum(with_number)::BIGINT, sum(with_place)::BIGINT, sum(doubtful)::BIGINT, sum(check_failed)::BIGINT,
			sum(num_count)::BIGINT, coalesce(min(num_min), 0), coalesce(max(num_max), 0),
			min(first_us), max(last_us)
		FROM source_day GROUP BY source_id`)
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

// targets are the fields in the order of the columns of loadDays and loadTotals.
func (n *dayFacts) targets() []any {
	return []any{
		&n.events, &n.reads, &n.logins, &n.users, &n.patients, &n.numbers, &n.places, &n.doubtful, &n.checkFailed,
		&n.numbered, &n.firstNumber, &n.lastNumber, &n.firstUs, &n.lastUs,
	}
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
	rows, err := db.Query(ctx, `SELECT import_id, local_day, patient_id, reason = 'truncated' AS cut, count(*), min(at_us), max(at_us)
		FROM reject GROUP BY import_id, local_day, patient_id, cut`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			id int32
			r  rejectFacts
		)
		if err := rows.Scan(&id, &r.day, &r.about, &r.cut, &r.count, &r.firstUs, &r.lastUs); err != nil {
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
