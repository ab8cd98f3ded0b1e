package access

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/seal"
)

// accesses reads the subject's events of some days, in the order of time.
func (a *Asker) accesses(ctx context.Context, d dimension, s *subject, days coverage.Period) ([]Access, error) {
	l := &loader{asker: a, ctx: ctx}
	var facts []fact
	// What does not depend on the events is read beside them. The days come first:
	// they rule out the most, and DuckDB tests the conditions in this order.
	err := parallel(func() (err error) {
		facts, err = l.facts(fmt.Sprintf("%s AND %s IN (%s)", onDays(days), d.column, intList(s.codes)))
		return err
	}, l.loadConflicts, l.loadRoster)
	if err != nil || len(facts) == 0 {
		return []Access{}, err
	}
	if err := l.dimensions(facts); err != nil {
		return nil, err
	}
	list := make([]Access, 0, len(facts))
	for _, f := range facts {
		x := l.access(f)
		x.MatchedBy = "number"
		code := f.patient
		if d.column == "user_code" {
			code = f.user
		}
		if s.byName[code] {
			x.MatchedBy = "name"
		}
		list = append(list, x)
	}
	return foldTwins(list), nil
}

// fact is one row of table event.
type fact struct {
	id, line, atUs             int64
	day, minute                int32
	user, patient, place, kind int32
	num                        sql.NullInt64
}

// loader unseals what belongs to a list of facts, each value once.
type loader struct {
	asker *Asker
	ctx   context.Context //nolint:containedctx // lives for one question

	users, patients, places, kinds map[int32]map[string]string
	extras                         map[int64]map[string]string
	files                          map[int64]file
	roster                         map[string]map[string]any
	conflicts                      map[int64]bool
}

type file struct{ path, sha256, source string }

// onDays is the condition for the events of some days. An equation is tested
// faster than a range.
func onDays(days coverage.Period) string {
	if days.From == days.To {
		return fmt.Sprintf("local_day = %d", days.From)
	}
	return fmt.Sprintf("local_day BETWEEN %d AND %d", days.From, days.To)
}

// facts reads events, in the order of time.
func (l *loader) facts(where string) ([]fact, error) {
	rows, err := l.asker.DB.Query(l.ctx, `SELECT event_id, line, at_us, local_day, local_minute, user_code, patient_code, place_code, kind_code, source_num
		FROM event WHERE site = 1 AND `+where)
	if err != nil {
		return nil, fmt.Errorf("reading the events: %w", err)
	}
	defer rows.Close()
	var list []fact
	for rows.Next() {
		var f fact
		if err := rows.Scan(&f.id, &f.line, &f.atUs, &f.day, &f.minute, &f.user, &f.patient, &f.place, &f.kind, &f.num); err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	// Sorting the few rows here is cheaper than a sorting step of the query.
	slices.SortFunc(list, func(a, b fact) int { return cmp.Or(cmp.Compare(a.atUs, b.atUs), cmp.Compare(a.id, b.id)) })
	return list, rows.Err()
}

// sealedColumn is a column to unseal; an empty kind is a column in clear.
type sealedColumn struct {
	name string
	kind seal.Kind
}

func (l *loader) dimensions(facts []fact) error {
	codes := func(get func(fact) int32) []int32 {
		list := make([]int32, len(facts))
		for i, f := range facts {
			list[i] = get(f)
		}
		return list
	}
	read := func(into *map[int32]map[string]string, table string, get func(fact) int32, columns []sealedColumn) func() error {
		return func() (err error) {
			*into, err = l.dimension(table, codes(get), columns)
			return err
		}
	}
	return parallel(
		read(&l.users, "dim_user", func(f fact) int32 { return f.user }, []sealedColumn{
			{"user_id", seal.KindUser}, {"user_name", seal.KindUser}, {"user_role", seal.KindUser}, {"user_type", ""},
		}),
		read(&l.patients, "dim_patient", func(f fact) int32 { return f.patient }, []sealedColumn{
			{"patient_id", seal.KindPatient}, {"patient_name", seal.KindPatient},
		}),
		read(&l.places, "dim_place", func(f fact) int32 { return f.place }, []sealedColumn{
			{"workstation", seal.KindPlace}, {"ip", seal.KindPlace},
		}),
		read(&l.kinds, "dim_kind", func(f fact) int32 { return f.kind }, []sealedColumn{
			{"action", ""},
			{"action_raw", seal.KindAction},
			{"record_type", ""},
			{"record_type_raw", seal.KindAction},
			{"outcome", ""},
			{"break_glass::VARCHAR", ""},
			{"granularity", ""},
			{"tz_basis", ""},
			{"time_flag", ""},
			{"integrity", ""},
			{"purpose", seal.KindAction},
		}),
		func() error { return l.surroundings(facts) },
	)
}

// dimension reads the entries with the given codes.
func (l *loader) dimension(table string, codes []int32, columns []sealedColumn) (map[int32]map[string]string, error) {
	entries := map[int32]map[string]string{}
	err := l.rows(fmt.Sprintf("SELECT code, %%s FROM %s WHERE site = 1 AND code IN (%s)", table, intList(codes)), columns, func(key int64, values map[string]string) {
		entries[int32(key)] = values //nolint:gosec // a code is an INTEGER
	})
	return entries, err
}

// rows runs a query whose first column is a number and unseals the others.
func (l *loader) rows(query string, columns []sealedColumn, do func(key int64, values map[string]string)) error {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	rows, err := l.asker.DB.Query(l.ctx, fmt.Sprintf(query, strings.Join(names, ", ")))
	if err != nil {
		return fmt.Errorf("reading what the events refer to: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var key int64
		raw := make([][]byte, len(columns))
		targets := []any{&key}
		for i := range raw {
			targets = append(targets, &raw[i])
		}
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		values := make(map[string]string, len(columns))
		for i, c := range columns {
			switch {
			case raw[i] == nil:
			case c.kind == "":
				values[c.name] = string(raw[i])
			default:
				if values[c.name], err = l.asker.Sealer.Open(c.kind, raw[i]); err != nil {
					return err
				}
			}
		}
		do(key, values)
	}
	return rows.Err()
}

// surroundings reads sources, files and extras.
func (l *loader) surroundings(facts []fact) error {
	low, high := facts[0].id, facts[0].id
	imports := map[int32]bool{}
	for _, f := range facts {
		low, high = min(low, f.id), max(high, f.id)
		imports[int32(f.id>>32)] = true //nolint:gosec // the upper half
	}
	var importIDs []int32
	for id := range imports {
		importIDs = append(importIDs, id)
	}
	l.files, l.extras = map[int64]file{}, map[int64]map[string]string{}
	err := l.rows(fmt.Sprintf("SELECT import_id, %%s FROM import i JOIN source s ON s.site = i.site AND s.source_id = i.source_id WHERE import_id IN (%s)", intList(importIDs)),
		[]sealedColumn{{"path", seal.KindPath}, {"member", seal.KindPath}, {"sha256", ""}, {"s.name", ""}}, func(key int64, v map[string]string) {
			f := file{path: v["path"], sha256: v["sha256"], source: v["s.name"]}
			if v["member"] != "" {
				f.path += ":" + v["member"]
			}
			l.files[key] = f
		})
	if err != nil {
		return err
	}
	wanted := make(map[int64]bool, len(facts))
	for _, f := range facts {
		wanted[f.id] = true
	}
	return l.extraRows(low, high, wanted)
}

// loadConflicts reads which events were delivered in two versions.
func (l *loader) loadConflicts() error {
	l.conflicts = map[int64]bool{}
	return l.rows("SELECT event_id, %s FROM conflict WHERE kind = 'other_content'", []sealedColumn{{"other_event_id::VARCHAR", ""}}, func(key int64, v map[string]string) {
		l.conflicts[key] = true
		if other, err := strconv.ParseInt(v["other_event_id::VARCHAR"], 10, 64); err == nil {
			l.conflicts[other] = true
		}
	})
}

// extraRows reads the extras of the wanted events. The bounds let the store skip
// what is far away; the list of ids is given where it is short.
func (l *loader) extraRows(low, high int64, wanted map[int64]bool) error {
	query := fmt.Sprintf("SELECT event_id, %%s FROM event_extra WHERE site = 1 AND event_id BETWEEN %d AND %d", low, high)
	if len(wanted) <= 2000 {
		ids := make([]string, 0, len(wanted))
		for id := range wanted {
			ids = append(ids, strconv.FormatInt(id, 10))
		}
		query += " AND event_id IN (" + strings.Join(ids, ",") + ")"
	}
	columns := []sealedColumn{
		{"source_key", seal.KindEvent}, {"record_id", seal.KindRecord}, {"request_id", seal.KindSession}, {"outcome_reason", seal.KindText}, {"reason_text", seal.KindText},
	}
	return l.rows(query, columns, func(key int64, v map[string]string) {
		if wanted[key] {
			l.extras[key] = v
		}
	})
}

// loadRoster reads the roster by account; the newest file counts.
func (l *loader) loadRoster() error {
	l.roster = map[string]map[string]any{}
	rows, err := l.asker.DB.Query(l.ctx, "SELECT user_id, content FROM staff ORDER BY import_id, line")
	if err != nil {
		return fmt.Errorf("reading the roster: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, content []byte
		if err := rows.Scan(&id, &content); err != nil {
			return err
		}
		user, err := l.asker.Sealer.Open(seal.KindUser, id)
		if err != nil {
			return err
		}
		if l.roster[user], err = l.asker.contextRow(content); err != nil {
			return err
		}
	}
	return rows.Err()
}

// access puts one access together.
func (l *loader) access(f fact) Access {
	user, patient, place, kind, extra := l.users[f.user], l.patients[f.patient], l.places[f.place], l.kinds[f.kind], l.extras[f.id]
	source := l.files[f.id>>32]
	x := Access{
		Source: source.source, At: time.UnixMicro(f.atUs).UTC(), LocalTime: localTime(f),
		UserID: user["user_id"], UserName: user["user_name"], UserType: user["user_type"], Role: user["user_role"],
		PatientID: patient["patient_id"], PatientName: patient["patient_name"],
		Action: kind["action"], ActionRaw: kind["action_raw"], RecordType: kind["record_type"], RecordTypeRaw: kind["record_type_raw"],
		RecordID: extra["record_id"], Workstation: place["workstation"], IP: place["ip"], Outcome: kind["outcome"],
		BreakGlass: kind["break_glass::VARCHAR"] == "true", Purpose: kind["purpose"], Explanation: extra["reason_text"],
		Granularity: kind["granularity"], TimeFlag: kind["time_flag"], TZBasis: kind["tz_basis"], Integrity: kind["integrity"],
		Conflict: l.conflicts[f.id], File: source.path, SHA256: source.sha256, Line: f.line, SourceEventID: extra["source_key"], RequestID: extra["request_id"],
	}
	if f.num.Valid {
		x.SourceEventID = strconv.FormatInt(f.num.Int64, 10)
	}
	if row := l.roster[x.UserID]; row != nil && x.UserID != "" {
		x.UserName = orElse(x.UserName, row["name"])
		x.Role = orElse(x.Role, row["role"])
	}
	sha := x.SHA256
	if len(sha) > 12 {
		sha = sha[:12]
	}
	x.EventID = fmt.Sprintf("%s-%d-%d", sha, f.id>>32, f.id&0xffffffff)
	return x
}

func orElse(have string, other any) string {
	if have != "" {
		return have
	}
	s, _ := other.(string)
	return s
}

// localTime writes the local time with the offset that was computed at import.
func localTime(f fact) string {
	at := time.UnixMicro(f.atUs).UTC()
	wall := int64(f.day)*1440 + int64(f.minute)
	utc := floorDiv(f.atUs, 60_000_000)
	offset := int(wall-utc) * 60
	return at.In(time.FixedZone("", offset)).Format(time.RFC3339)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
