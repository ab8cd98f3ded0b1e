package intake

import (
	"context"
	"fmt"

	"github.com/chartwatch/chartwatch/internal/store"
)

// deduplication compares the events of one import with what its source already
// has. It runs after the rows are loaded, inside the transaction, and removes
// what is a copy:
//
//   - An event with an id of its source is a copy if an event with the same id
//     and equal content is there. The same id with other content is kept and
//     recorded as a conflict.
//   - An event without such an id is a copy if there are already as many equal
//     events as the import has had up to it: of two equal events, two remain.
//
// What an earlier export had inside the import's span and this import lacks is
// recorded as missing. Nothing that was stored before is ever changed.
type deduplication struct {
	tx       *store.Tx
	e        *encoder
	importID int32
	sourceID int32
	rejected int64
}

// content is one number for what an event says. Two spellings of the same user
// or patient are the same: their number counts, or else their name.
const content = `hash(e.at_us, u.user_id, CASE WHEN u.user_id IS NULL THEN u.user_name END,
	p.patient_id, CASE WHEN p.patient_id IS NULL THEN p.patient_name END, e.place_code,
	k.action, k.action_raw, k.record_type, k.record_type_raw, k.outcome, k.break_glass, x.content_hash)`

func (d *deduplication) run(ctx context.Context) (int64, error) {
	lo, hi := firstEventID(d.importID), firstEventID(d.importID+1)
	earlier := fmt.Sprintf("e.site = %d AND e.source_id = %d AND e.event_id <= %d", site, d.sourceID, lo)
	var overlap, sameIDs int64
	err := d.tx.QueryRow(ctx, fmt.Sprintf("SELECT count(*) FROM event e WHERE %s AND e.at_us BETWEEN %d AND %d",
		earlier, d.e.firstUs, d.e.lastUs)).Scan(&overlap)
	if err != nil {
		return 0, err
	}
	if d.e.withID > 0 && overlap == 0 {
		if sameIDs, err = d.earlierIDs(ctx, earlier); err != nil {
			return 0, err
		}
	}
	if overlap == 0 && sameIDs == 0 && (d.e.withID == 0 || d.e.ascending) {
		return 0, nil
	}
	where := fmt.Sprintf("%s AND (e.at_us BETWEEN %d AND %d", earlier, d.e.firstUs, d.e.lastUs)
	if d.e.withID > 0 {
		where += " OR e.source_num IS NOT NULL OR x.source_key IS NOT NULL"
	}
	if err := d.collect(ctx, "old_event", where+")"); err != nil {
		return 0, err
	}
	if err := d.collect(ctx, "new_event", fmt.Sprintf("e.event_id > %d AND e.event_id < %d", lo, hi)); err != nil {
		return 0, err
	}
	dups, err := d.compare(ctx)
	for _, t := range []string{"old_event", "new_event", "duplicate"} {
		if err == nil {
			err = d.tx.Exec(ctx, "DROP TABLE IF EXISTS temp."+t)
		}
	}
	return dups, err
}

// earlierIDs counts earlier events whose ids may be those of the import.
func (d *deduplication) earlierIDs(ctx context.Context, earlier string) (int64, error) {
	query := "SELECT count(*) FROM event e WHERE " + earlier
	if d.e.facts.hasNum {
		query += fmt.Sprintf(" AND e.source_num BETWEEN %d AND %d", d.e.minNum, d.e.maxNum)
	}
	var n int64
	err := d.tx.QueryRow(ctx, query).Scan(&n)
	return n, err
}

// collect makes a temporary table of events with their key and content.
func (d *deduplication) collect(ctx context.Context, table, where string) error {
	return d.tx.Exec(ctx, fmt.Sprintf(`CREATE TEMP TABLE %s AS
		SELECT e.event_id, e.at_us, e.local_day, e.patient_code, e.user_code, %s AS content,
			CASE WHEN e.source_num IS NOT NULL OR x.source_key IS NOT NULL
				THEN hash(e.source_num, x.source_key, coalesce(x.part, 0), l.source_system) END AS id
		FROM event e
		LEFT JOIN event_extra x ON x.site = e.site AND x.event_id = e.event_id
		LEFT JOIN dim_user u ON u.site = e.site AND u.code = e.user_code
		LEFT JOIN dim_patient p ON p.site = e.site AND p.code = e.patient_code
		LEFT JOIN dim_place l ON l.site = e.site AND l.code = e.place_code
		LEFT JOIN dim_kind k ON k.site = e.site AND k.code = e.kind_code
		WHERE %s`, table, content, where))
}

func (d *deduplication) compare(ctx context.Context) (int64, error) {
	steps := []string{
		// By id: the first event with an id and a content stays. A copy of an
		// earlier event takes that event: it can have no other copy here.
		`CREATE TEMP TABLE duplicate AS
			SELECT event_id, content, NOT again AS takes FROM (
				SELECT n.event_id, n.content,
					EXISTS (SELECT 1 FROM old_event o WHERE o.id = n.id AND o.content = n.content) AS known,
					EXISTS (SELECT 1 FROM new_event m WHERE m.id = n.id AND m.content = n.content AND m.event_id < n.event_id) AS again
				FROM new_event n WHERE n.id IS NOT NULL)
			WHERE known OR again`,
		// By content: the k-th of several equal events is a copy if k were there.
		// An event with an id can only be a copy of one without.
		`INSERT INTO duplicate
			SELECT n.event_id, n.content, true FROM (
				SELECT event_id, content, row_number() OVER (PARTITION BY content ORDER BY event_id) AS k
				FROM new_event WHERE id IS NOT NULL AND event_id NOT IN (SELECT event_id FROM duplicate)) n
			JOIN (SELECT content, count(*) AS n FROM old_event WHERE id IS NULL GROUP BY content) o ON o.content = n.content
			WHERE n.k <= o.n`,
		`INSERT INTO duplicate
			SELECT n.event_id, n.content, true FROM (
				SELECT event_id, content, row_number() OVER (PARTITION BY content ORDER BY event_id) AS k
				FROM new_event WHERE id IS NULL) n
			JOIN (SELECT content, count(*) AS n FROM old_event GROUP BY content) o ON o.content = n.content
			LEFT JOIN (SELECT content, count(*) AS n FROM duplicate WHERE takes GROUP BY content) t ON t.content = n.content
			WHERE n.k <= o.n - coalesce(t.n, 0)`,
		fmt.Sprintf(`INSERT INTO conflict
			SELECT %d, %d, %d, 'other_content', n.event_id, min(o.event_id), any_value(n.local_day), 1
			FROM new_event n JOIN (SELECT event_id, id FROM old_event UNION ALL SELECT event_id, id FROM new_event) o
				ON o.id = n.id AND o.event_id < n.event_id
			WHERE n.event_id NOT IN (SELECT event_id FROM duplicate)
			GROUP BY n.event_id`, site, d.importID, d.sourceID),
		d.missing(),
		`DELETE FROM event_extra WHERE event_id IN (SELECT event_id FROM duplicate)`,
	}
	for _, s := range steps {
		if err := d.tx.Exec(ctx, s); err != nil {
			return 0, err
		}
	}
	return d.tx.ExecCount(ctx, "DELETE FROM event WHERE event_id IN (SELECT event_id FROM duplicate)")
}

// missing records the days that the import delivers again with events missing.
// The seconds at both ends are left out, because an export may begin or end in
// the middle of one. An export of one patient or one user is not a full one,
// and rejected records may be the missing ones. An event whose id came back with
// other content is changed and not missing.
func (d *deduplication) missing() string {
	return fmt.Sprintf(`INSERT INTO conflict
		SELECT %d, %d, %d, 'missing', NULL, NULL, lost.local_day, lost.n FROM (
			SELECT o.local_day, sum(greatest(o.n - coalesce(n.n, 0), 0))::BIGINT AS n
			FROM (SELECT content, any_value(local_day) AS local_day, count(*) AS n FROM old_event e
				WHERE at_us > %d AND at_us < %d
					AND NOT EXISTS (SELECT 1 FROM new_event c WHERE c.id = e.id AND c.content <> e.content)
				GROUP BY content) o
			LEFT JOIN (SELECT content, count(*) AS n FROM new_event GROUP BY content) n ON n.content = o.content
			GROUP BY o.local_day) lost
		WHERE lost.n > %d
			AND ((SELECT count(DISTINCT patient_code) FROM new_event WHERE patient_code > 0) <> 1
				OR (SELECT count(DISTINCT patient_code) FROM old_event WHERE patient_code > 0) <= 1)
			AND ((SELECT count(DISTINCT user_code) FROM new_event WHERE user_code > 0) <> 1
				OR (SELECT count(DISTINCT user_code) FROM old_event WHERE user_code > 0) <= 1)`,
		site, d.importID, d.sourceID, d.e.firstUs, d.e.lastUs, d.rejected)
}

// rollUp writes what an import contributed to each local day.
func rollUp(ctx context.Context, tx *store.Tx, importID int32) error {
	return tx.Exec(ctx, fmt.Sprintf(`INSERT INTO source_day
		SELECT e.site, e.source_id, %d, e.local_day, count(*),
			count(*) FILTER (WHERE k.action IN ('view', 'search')),
			count(*) FILTER (WHERE k.action IN ('login', 'login_failed')),
			count(*) FILTER (WHERE e.user_code > 0),
			count(*) FILTER (WHERE e.patient_code > 0),
			count(p.patient_id),
			count(*) FILTER (WHERE l.workstation IS NOT NULL OR l.ip IS NOT NULL),
			count(k.time_flag),
			count(*) FILTER (WHERE k.integrity = 'failed'),
			count(e.source_num), min(e.source_num), max(e.source_num),
			min(e.at_us), max(e.at_us)
		FROM event e
		JOIN dim_kind k ON k.site = e.site AND k.code = e.kind_code
		LEFT JOIN dim_patient p ON p.site = e.site AND p.code = e.patient_code
		LEFT JOIN dim_place l ON l.site = e.site AND l.code = e.place_code
		WHERE e.event_id > %d AND e.event_id < %d
		GROUP BY e.site, e.source_id, e.local_day
		ORDER BY e.local_day`, importID, firstEventID(importID), firstEventID(importID+1)))
}
