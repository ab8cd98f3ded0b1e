package model

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

// importRow is one file that was imported.
type importRow struct {
	id, source      int64
	importedUs      int64
	modifiedUs      sql.NullInt64
	zone            string
	firstUs, lastUs sql.NullInt64
	hasEvents       bool
}

// loadSources reads the sources and imports, and makes the tables by which events
// find them.
func (b *builder) loadSources(ctx context.Context) error {
	b.sources = map[int32]string{}
	var (
		id   int32
		name string
		i    importRow
	)
	err := b.each(ctx, "SELECT source_id, name FROM "+b.s.Stored("source")+" WHERE site = 1", func() error {
		b.sources[id] = name
		return nil
	}, &id, &name)
	if err != nil {
		return err
	}
	err = b.each(ctx, `SELECT import_id, source_id, imported_us, modified_us, zone, first_us, last_us,
			list_contains(string_split(dataset, '+'), 'events') FROM `+b.s.Stored("import")+` WHERE site = 1 ORDER BY import_id, file_no`, func() error {
		b.imports = append(b.imports, i)
		return nil
	}, &i.id, &i.source, &i.importedUs, &i.modifiedUs, &i.zone, &i.firstUs, &i.lastUs, &i.hasEvents)
	if err != nil {
		return err
	}
	return b.load(ctx, "mdl_import",
		ints("import_id", b.imports, func(i importRow) int64 { return i.id }),
		texts("source_id", b.imports, func(i importRow) string { return b.sources[int32(i.source)] }), //nolint:gosec // an INTEGER
		ints("ingested_s", b.imports, func(i importRow) int64 { return i.importedUs / 1_000_000 }))
}

// loadPatients unseals the patients of the window and makes the table by which
// events find them. A patient without a number goes by name.
func (b *builder) loadPatients(ctx context.Context) error {
	var (
		codes      []int64
		ids, names [][]byte
		code       int64
		id, name   []byte
	)
	query := fmt.Sprintf(`SELECT code, patient_id, patient_name FROM %s
		WHERE site = 1 AND code IN (SELECT patient_code FROM %s WHERE site = 1 AND local_day BETWEEN %d AND %d) ORDER BY code`,
		b.s.Stored("dim_patient"), b.s.Stored("event"), b.window.From, b.window.To)
	err := b.each(ctx, query, func() error {
		codes, ids, names = append(codes, code), append(ids, id), append(names, name)
		return nil
	}, &code, &id, &name)
	if err != nil {
		return err
	}
	plain, called := make([]string, len(codes)+1), make([]string, len(codes)) // code 0 is no patient
	codes = append(codes, 0)
	err = parallel(len(ids), func(i int) error {
		values, err := b.unsealed(seal.KindPatient, ids[i], names[i])
		if err != nil {
			return err
		}
		called[i] = values[1]
		switch key := nameKey(values[1]); {
		case values[0] != "":
			plain[i] = b.number(values[0])
		case key != "":
			plain[i] = "name:" + key
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, id := range plain {
		if slices.Contains(b.only, id) {
			b.codes = append(b.codes, codes[i])
		}
	}
	for i, name := range called {
		b.built.Names.nameOfPatient(plain[i], name, false)
	}
	numbers, no := make([]int64, len(plain)), make(map[string]int64, len(plain))
	for i, id := range plain {
		if id != "" && no[id] == 0 {
			no[id] = int64(len(no) + 1)
		}
		numbers[i] = no[id]
	}
	return b.load(ctx, "mdl_patient", store.Column{Name: "patient_code", Ints: codes}, store.Column{Name: "patient_no", Ints: numbers},
		store.Column{Name: "patient_id", Texts: plain})
}

// codeList writes codes for SQL; -1 stands for none.
func codeList(list []int64) string {
	all := []string{"-1"}
	for _, n := range list {
		all = append(all, strconv.FormatInt(n, 10))
	}
	return strings.Join(all, ",")
}

// loadKinds makes the table by which events find what was done. A record whose
// type the log does not say, or no mapping knows, may be clinical and counts so.
func (b *builder) loadKinds(ctx context.Context) error {
	quoted := func(list []ingest.RecordType) string {
		all := make([]string, len(list))
		for i, r := range list {
			all[i] = "'" + string(r) + "'"
		}
		return strings.Join(all, ", ")
	}
	return b.s.Exec(ctx, fmt.Sprintf(`CREATE TEMP TABLE mdl_kind AS SELECT code AS kind_code, action, coalesce(record_type, '') AS record_type,
			CASE WHEN action IN ('view', 'print', 'export', 'search') THEN 1 ELSE 0 END::BIGINT AS is_read,
			CASE WHEN action IN ('create', 'update', 'delete') THEN 1 ELSE 0 END::BIGINT AS is_write,
			CASE WHEN action IN ('print', 'export') THEN 1 ELSE 0 END::BIGINT AS is_taking,
			CASE WHEN record_type IN (%s) THEN 1
				WHEN coalesce(record_type, 'other') = 'other' AND action NOT IN ('login', 'logout', 'login_failed', 'search') THEN 1
				ELSE 0 END::BIGINT AS is_clinical,
			outcome, CASE WHEN break_glass OR action = 'break_glass' THEN 1 ELSE 0 END::BIGINT AS break_glass,
			CASE WHEN interactive = 'no' THEN 0 ELSE 1 END::BIGINT AS interactive, granularity,
			CASE WHEN time_flag IS NULL THEN 0 ELSE 1 END::BIGINT AS time_doubtful
		FROM %s WHERE site = 1`, quoted(clinical()), b.s.Stored("dim_kind")))
}

// inRanges is true where a minute lies in one of the ranges of a table's row.
func inRanges(minute, table string) string {
	var list []string
	for i := range maxRanges {
		list = append(list, fmt.Sprintf("%s BETWEEN %s.from%d AND %[2]s.to%[3]d", minute, table, i+1))
	}
	return "(" + strings.Join(list, " OR ") + ")"
}

// rangeColumns are the columns that inRanges compares with. A range that is not
// there holds no minute.
func rangeColumns[T any](rows []T, get func(T) []span) []store.Column {
	var columns []store.Column
	for i := range maxRanges {
		at := func(r T) span {
			if list := get(r); i < len(list) {
				return list[i]
			}
			return span{-1, -2}
		}
		columns = append(columns,
			ints(fmt.Sprintf("from%d", i+1), rows, func(r T) int64 { return at(r).from }),
			ints(fmt.Sprintf("to%d", i+1), rows, func(r T) int64 { return at(r).to }))
	}
	return columns
}

// factTable holds the events of the window, as numbers, with what the time of each
// says: several models are made of it.
const factTable = "mdl_fact"

// factsTable makes it. Of several records of one access only one is there: no other
// place reads events for rules. Every account has one entry for a day, and every
// place and day one in the calendar.
func (b *builder) factsTable(ctx context.Context) error {
	only := ""
	if b.twins > 0 {
		only = " AND event_id NOT IN (SELECT event_id FROM temp.mdl_twin)"
	}
	if b.only != nil {
		only += " AND patient_code IN (" + codeList(b.codes) + ")"
	}
	return b.s.Exec(ctx, fmt.Sprintf(`CREATE TEMP TABLE %s AS
		SELECT e.event_id, e.event_id >> 32 AS import_id, e.source_num, e.at_us, e.local_day, e.local_minute,
			u.tenure_no::INTEGER AS tenure_no, e.patient_code, e.place_code, e.kind_code, c.is_holiday::TINYINT AS is_holiday,
			CASE WHEN h.person_no IS NULL OR %s THEN 0 ELSE 1 END::TINYINT AS off_hours,
			CASE WHEN c.known = 0 OR %s THEN 0 ELSE 1 END::TINYINT AS building_closed
		FROM (SELECT event_id, source_num, at_us, local_day, local_minute, user_code, patient_code, place_code, kind_code
			FROM %s WHERE site = 1 AND local_day BETWEEN %d AND %d%s) e
		JOIN temp.mdl_user u ON u.user_code = e.user_code AND e.local_day BETWEEN u.from_day AND u.to_day
		JOIN temp.mdl_place w ON w.place_code = e.place_code
		JOIN temp.mdl_calendar c ON c.loc_no = w.loc_no AND c.day_no = e.local_day
		LEFT JOIN temp.mdl_hours h ON h.person_no = u.person_no AND h.day_no = e.local_day`,
		factTable, inRanges("e.local_minute", "h"), inRanges("e.local_minute", "c"), b.s.Stored("event"), b.window.From, b.window.To, only))
}

// facts joins them to what they mean.
func facts() string {
	return `temp.` + factTable + ` e
		JOIN temp.mdl_user u ON u.tenure_no = e.tenure_no
		JOIN temp.mdl_patient p ON p.patient_code = e.patient_code
		JOIN temp.mdl_place w ON w.place_code = e.place_code
		JOIN temp.mdl_kind k ON k.kind_code = e.kind_code`
}

// events makes models events, sessions and account_change.
func (b *builder) events(ctx context.Context) error {
	if err := b.factsTable(ctx); err != nil {
		return err
	}
	err := b.createAs(ctx, "VIEW", "events", AllEvents, map[string]string{
		"event_id": "e.event_id", "source_id": "i.source_id", "source_seq": "e.source_num",
		"ts_s": "e.at_us // 1000000", "hour_no": "e.at_us // 3600000000", "day_no": "e.local_day",
		"local_date": "strftime(DATE '1970-01-01' + e.local_day, '%Y-%m-%d')",
		"local_hour": "e.local_minute // 60", "local_minute": "e.local_minute", "local_dow": "(e.local_day + 3) % 7 + 1",
		"is_holiday": "e.is_holiday", "time_doubtful": "k.time_doubtful",
		"user_id": "u.user_id", "person_id": "u.person_id", "user_type": "u.user_type", "role": "u.role",
		"patient_id": "p.patient_id", "workstation": "w.workstation", "location": "w.location", "ip": "w.ip", "ip_class": "w.ip_class",
		"action": "k.action", "record_type": "k.record_type", "is_read": "k.is_read", "is_write": "k.is_write", "is_taking": "k.is_taking",
		"is_clinical": "k.is_clinical", "outcome": "k.outcome", "break_glass": "k.break_glass", "interactive": "k.interactive",
		"granularity": "k.granularity", "ingested_s": "i.ingested_s", "off_hours": "e.off_hours", "building_closed": "e.building_closed",
	}, facts()+" JOIN temp.mdl_import i ON i.import_id = e.import_id")
	if err != nil {
		return err
	}
	if err := b.s.Exec(ctx, "CREATE TEMP VIEW events AS FROM temp."+AllEvents); err != nil {
		return err
	}
	if err := b.sessions(ctx); err != nil {
		return err
	}
	return b.accountChanges(ctx)
}

// sessionPause is the longest pause in a session, in microseconds.
const sessionPause = 15 * 60 * 1_000_000

// sessions makes model sessions. The runs are found on integers; names come last.
func (b *builder) sessions(ctx context.Context) error {
	from := fmt.Sprintf(`(WITH x AS (
			SELECT e.event_id, e.at_us, e.local_day, u.user_no, u.tenure_no, w.station_no, w.place_code, p.patient_no,
				CASE k.action WHEN 'login' THEN 1 WHEN 'logout' THEN 2 ELSE 0 END AS door,
				lag(e.at_us) OVER (PARTITION BY u.user_no, w.station_no ORDER BY e.at_us, e.event_id) AS before
			FROM %s WHERE k.interactive = 1 AND u.user_no > 0
		), y AS (
			SELECT event_id, at_us, local_day, user_no, tenure_no, station_no, place_code, patient_no, door,
				sum(CASE WHEN at_us - before <= %d THEN 0 ELSE 1 END) OVER (PARTITION BY user_no, station_no ORDER BY at_us, event_id ROWS UNBOUNDED PRECEDING) AS run
			FROM x
		) SELECT min(tenure_no) AS tenure_no, min(place_code) AS place_code,
			min(at_us) // 1000000 AS start_s, max(at_us) // 1000000 AS end_s, min(local_day) AS day_no,
			count(*) AS n_events, count(DISTINCT patient_no) FILTER (WHERE patient_no > 0) AS n_patients,
			arg_min(door, (at_us, event_id)) = 1 AS began_login, arg_max(door, (at_us, event_id)) = 2 AS ended_logout
		FROM y GROUP BY user_no, station_no, run) r
		JOIN temp.mdl_user u ON u.tenure_no = r.tenure_no
		JOIN temp.mdl_place w ON w.place_code = r.place_code`, facts(), sessionPause)
	return b.create(ctx, "VIEW", "sessions", map[string]string{
		"user_id": "u.user_id", "person_id": "u.person_id", "workstation": "w.workstation", "location": "w.location",
	}, from)
}
