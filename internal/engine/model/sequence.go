package model

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
)

const (
	// densePercent is how many of the numbers between a source's first and last one
	// must be there for a missing one to say something.
	densePercent = 90
	// usualDays is for how long gaps are watched to learn whether they are usual, and
	// usualGaps how many in that time make them so: more than three a week.
	usualDays = 28
	usualGaps = 12
)

// seqGaps makes model seq_gap. A number that is missing among the events of the
// window may belong to an event of another time, so gaps are looked up in the whole
// log before they count.
func (b *builder) seqGaps(ctx context.Context) error {
	dense, err := b.denseSources(ctx)
	if err != nil {
		return err
	}
	event, from := b.s.Stored("event"), b.window.From-usualDays
	steps := []string{
		fmt.Sprintf(`CREATE TEMP TABLE mdl_gap AS SELECT source_id, day_no, after_seq, before_seq, before_event, after_event, first_us, last_us FROM (
				SELECT source_id, local_day AS day_no, source_num AS before_seq, event_id AS after_event, at_us AS last_us,
					lag(source_num) OVER w AS after_seq, lag(event_id) OVER w AS before_event, lag(at_us) OVER w AS first_us
				FROM %s WHERE site = 1 AND local_day BETWEEN %d AND %d AND source_num IS NOT NULL AND source_id IN (%s)
				WINDOW w AS (PARTITION BY source_id ORDER BY source_num, event_id))
			WHERE before_seq > after_seq + 1`, event, from, b.window.To, dense),
		// What stands elsewhere in the log cuts a gap in parts.
		fmt.Sprintf(`CREATE TEMP TABLE mdl_gap_part AS
			SELECT g.source_id, g.after_seq AS gap, e.source_num, min(e.event_id) AS event_id, min(e.at_us) AS at_us, min(e.local_day) AS day_no
			FROM temp.mdl_gap g JOIN (
				SELECT source_id, source_num, event_id, at_us, local_day FROM %[1]s WHERE site = 1 AND source_id IN (%[2]s)
					AND (local_day < %[3]d OR local_day > %[4]d)
					AND source_num > (SELECT min(after_seq) FROM temp.mdl_gap) AND source_num < (SELECT max(before_seq) FROM temp.mdl_gap)) e
				ON e.source_id = g.source_id AND e.source_num > g.after_seq AND e.source_num < g.before_seq
			GROUP BY g.source_id, g.after_seq, e.source_num`, event, dense, from, b.window.To),
		`CREATE TEMP TABLE mdl_missing AS SELECT source_id, day_no, after_seq, before_seq, before_event, after_event, first_us, last_us FROM (
				SELECT source_id, day_no, seq AS before_seq, event_id AS after_event, at_us AS last_us,
					lag(seq) OVER w AS after_seq, lag(event_id) OVER w AS before_event, lag(at_us) OVER w AS first_us, edge
				FROM (
					SELECT source_id, after_seq AS gap, after_seq AS seq, before_event AS event_id, first_us AS at_us, day_no, 1 AS edge FROM temp.mdl_gap
					UNION ALL SELECT source_id, gap, source_num, event_id, at_us, day_no, 0 FROM temp.mdl_gap_part
					UNION ALL SELECT source_id, after_seq, before_seq, after_event, last_us, day_no, 0 FROM temp.mdl_gap)
				WINDOW w AS (PARTITION BY source_id, gap ORDER BY seq))
			WHERE edge = 0 AND before_seq > after_seq + 1`,
	}
	for _, s := range steps {
		if err := b.s.Exec(ctx, s); err != nil {
			return err
		}
	}
	return b.create(ctx, "TABLE", "seq_gap", map[string]string{
		"source_id": "s.name", "day_no": "g.day_no", "missing": "g.before_seq - g.after_seq - 1", "rejected": "coalesce(r.n, 0)",
		"first_s": "least(g.first_us, g.last_us) // 1000000", "last_s": "greatest(g.first_us, g.last_us) // 1000000",
		"before_event_id": "g.before_event", "after_event_id": "g.after_event",
		"usual_missing": fmt.Sprintf("CASE WHEN g.n_before > %d THEN g.p99 ELSE 0 END", usualGaps),
	}, fmt.Sprintf(`(SELECT source_id, day_no, after_seq, before_seq, before_event, after_event, first_us, last_us,
			count(*) OVER w AS n_before, quantile_disc(before_seq - after_seq - 1, 0.99) OVER w AS p99
			FROM temp.mdl_missing WINDOW w AS (PARTITION BY source_id ORDER BY day_no RANGE BETWEEN %d PRECEDING AND 1 PRECEDING)) g
		JOIN %s s ON s.site = 1 AND s.source_id = g.source_id
		LEFT JOIN (%s) r ON r.after_event = g.after_event
		WHERE g.day_no BETWEEN %d AND %d`, usualDays, b.s.Stored("source"), b.rejectsInGaps(), b.window.From, b.window.To))
}

// rejectsInGaps counts the records that could not be read and stood between the two
// events of a gap: in one file between their lines, in two after the one and
// before the other.
func (b *builder) rejectsInGaps() string {
	event := b.s.Stored("event")
	return fmt.Sprintf(`SELECT x.after_event, count(*) AS n FROM (
			SELECT g.after_event, p.event_id >> 32 AS before_import, p.line AS before_line, n.event_id >> 32 AS after_import, n.line AS after_line
			FROM temp.mdl_missing g JOIN %[1]s p ON p.site = 1 AND p.event_id = g.before_event JOIN %[1]s n ON n.site = 1 AND n.event_id = g.after_event) x
		JOIN %[2]s r ON r.site = 1 AND (
			(x.before_import = x.after_import AND r.import_id = x.after_import AND r.line BETWEEN least(x.before_line, x.after_line) AND greatest(x.before_line, x.after_line))
			OR (x.before_import <> x.after_import AND ((r.import_id = x.before_import AND r.line > x.before_line) OR (r.import_id = x.after_import AND r.line < x.after_line))))
		GROUP BY x.after_event`, event, b.s.Stored("reject"))
}

// denseSources returns the sources whose own numbers are dense, as a list for SQL.
func (b *builder) denseSources(ctx context.Context) (string, error) {
	var (
		id  int32
		ids = []string{"-1"}
	)
	err := b.each(ctx, fmt.Sprintf(`SELECT source_id FROM %s WHERE site = 1 AND local_day BETWEEN %d AND %d GROUP BY source_id
		HAVING sum(num_count) > 0 AND sum(num_count) * 100 >= (max(num_max) - min(num_min) + 1) * %d ORDER BY source_id`,
		b.s.Stored("source_day"), b.window.From-usualDays, b.window.To, densePercent), func() error {
		ids = append(ids, strconv.Itoa(int(id)))
		return nil
	}, &id)
	return strings.Join(ids, ", "), err
}

// historyChanges makes model history_change, of the days of the window and of what
// was noticed in it.
func (b *builder) historyChanges(ctx context.Context) error {
	if err := b.midnights(ctx); err != nil {
		return err
	}
	return b.create(ctx, "TABLE", "history_change", map[string]string{
		"source_id": "i.source_id", "day_no": "x.local_day", "n": "x.n", "kind": "x.kind",
		"first_s": "d.first_s", "last_s": "d.last_s", "event_id": "x.event_id", "noticed_s": "i.ingested_s",
	}, fmt.Sprintf(`(SELECT import_id, local_day, kind, count AS n, event_id FROM %s WHERE site = 1) x
		JOIN temp.mdl_import i ON i.import_id = x.import_id
		JOIN temp.mdl_midnight d ON d.import_id = x.import_id AND d.day_no = x.local_day
		WHERE x.local_day BETWEEN %d AND %d OR i.ingested_s >= %d`,
		b.s.Stored("conflict"), b.window.From, b.window.To, midnight(b.window.From, b.zone)))
}

// midnights makes a table of the begin and end of the days that changed, in the zone
// of the file that shows it.
func (b *builder) midnights(ctx context.Context) error {
	type row struct {
		id          int64
		day         coverage.Day
		first, last int64
	}
	zones := map[int64]string{}
	for _, i := range b.imports {
		zones[i.id] = i.zone
	}
	var (
		list []row
		r    row
	)
	err := b.each(ctx, "SELECT DISTINCT import_id, local_day FROM "+b.s.Stored("conflict")+" WHERE site = 1 ORDER BY ALL", func() error {
		zone, err := time.LoadLocation(zones[r.id])
		if err != nil {
			return fmt.Errorf("loading a source's zone: %w", err)
		}
		r.first, r.last = midnight(r.day, zone), midnight(r.day+1, zone)
		list = append(list, r)
		return nil
	}, &r.id, &r.day)
	if err != nil {
		return err
	}
	return b.load(ctx, "mdl_midnight",
		ints("import_id", list, func(r row) int64 { return r.id }),
		ints("day_no", list, func(r row) int64 { return int64(r.day) }),
		ints("first_s", list, func(r row) int64 { return r.first }),
		ints("last_s", list, func(r row) int64 { return r.last }))
}
