package model

import (
	"context"
	"fmt"
)

// Twins are records of one and the same access: the client and the server of a
// request both wrote it down. Rules count an access once, so all but one of them
// are left out of model events. What makes twins is said at package access, which
// shows all of them: the same request, patient, record and kind of action, within
// five minutes.
const (
	twinPause = 5 * 60 * 1_000_000 // microseconds between two records of one request
	// leastTwin is the size of the sealed form of the shortest request identifier
	// that is unique enough: 16 characters and the 16 bytes of its seal.
	leastTwin = 32
)

// loadTwins makes table mdl_twin, which has the events to leave out. Of twins the one
// that says most is kept: with a user, as a view, with a place. The choice must not
// depend on the order in which files came, so that the content decides between equals.
func (b *builder) loadTwins(ctx context.Context) error {
	query := fmt.Sprintf(`CREATE TEMP TABLE mdl_twin AS
		WITH asked AS (
			SELECT event_id, hash(request_id) AS request, coalesce(hash(record_id), 0) AS record, content_hash
			FROM %s WHERE site = 1 AND octet_length(request_id) >= %d
		), several AS (
			SELECT request FROM asked GROUP BY request HAVING count(*) > 1
		), near AS (
			SELECT e.event_id, e.at_us, a.request, a.record, a.content_hash, p.patient_no,
				CASE k.action WHEN 'export' THEN 'view' ELSE k.action END AS done,
				CASE WHEN e.user_code = 0 THEN 1 ELSE 0 END AS no_user, CASE WHEN k.action = 'view' THEN 0 ELSE 1 END AS no_view,
				CASE WHEN e.place_code = 0 THEN 1 ELSE 0 END AS no_place
			FROM %s e
			JOIN asked a ON a.event_id = e.event_id
			JOIN several s ON s.request = a.request
			JOIN temp.mdl_patient p ON p.patient_code = e.patient_code
			JOIN temp.mdl_kind k ON k.kind_code = e.kind_code
			WHERE e.site = 1 AND e.local_day BETWEEN %d AND %d
		), begun AS (
			SELECT *, CASE WHEN at_us - lag(at_us) OVER same <= %d THEN 0 ELSE 1 END AS begins
			FROM near WINDOW same AS (PARTITION BY request, record, patient_no, done ORDER BY at_us, event_id)
		), grouped AS (
			SELECT *, sum(begins) OVER (PARTITION BY request, record, patient_no, done ORDER BY at_us, event_id) AS part FROM begun
		)
		SELECT event_id FROM (
			SELECT event_id, row_number() OVER (PARTITION BY request, record, patient_no, done, part
				ORDER BY no_user, no_view, no_place, at_us, content_hash, event_id) AS place
			FROM grouped
		) WHERE place > 1`,
		b.s.Stored("event_extra"), leastTwin, b.s.Stored("event"), b.window.From, b.window.To, twinPause)
	if err := b.s.Exec(ctx, query); err != nil {
		return err
	}
	if err := b.s.QueryRow(ctx, "SELECT count(*) FROM temp.mdl_twin").Scan(&b.twins); err != nil || b.twins == 0 {
		return err
	}
	b.built.Notices = append(b.built.Notices, Notice{
		Code:    "recorded_twice",
		Message: fmt.Sprintf("%d records of the logs show an access that another record shows as well, by the number of its request; each access counts once", b.twins),
		Hint:    "`chartwatch who` shows both records of such an access",
	})
	return nil
}
