package model

import (
	"context"
	"fmt"
	"strings"

	"github.com/chartwatch/chartwatch/internal/seal"
)

// Twins are records of one and the same access: the client and the server of a
// request both wrote it down. Rules count an access once, so all but one of them
// are left out of model events. What makes twins is said at package access, which
// shows all of them: the same request, patient, record and kind of action, within
// five minutes; and for retrievals of documents without a number of the request, an
// export and the view nearest to it within a minute.
const (
	twinPause     = 5 * 60 * 1_000_000 // microseconds between two records of one request
	retrievePause = 60 * 1_000_000
	retrieve      = "ITI-43"
	// leastTwin is the size of the sealed form of the shortest request identifier
	// that is unique enough: 16 characters and the 16 bytes of its seal.
	leastTwin = 32
)

// loadTwins makes table mdl_twin, which has the events to leave out. Of twins the one
// that says most is kept: with a user, as a view, with a place. The choice must not
// depend on the order in which files came, so that the content decides between equals.
func (b *builder) loadTwins(ctx context.Context) error {
	// Numbers grow with time, nearly, so that this spares reading most of a long log.
	var first, last int64
	err := b.s.QueryRow(ctx, fmt.Sprintf("SELECT coalesce(min(event_id), 0), coalesce(max(event_id), 0) FROM %s WHERE site = 1 AND local_day BETWEEN %d AND %d",
		b.s.Stored("event"), b.window.From, b.window.To)).Scan(&first, &last)
	if err != nil {
		return err
	}
	query := fmt.Sprintf(`CREATE TEMP TABLE mdl_twin AS
		WITH asked AS (
			SELECT event_id, hash(request_id) AS request, coalesce(hash(record_id), 0) AS record, content_hash
			FROM %s WHERE site = 1 AND event_id BETWEEN %d AND %d AND octet_length(request_id) >= %d
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
			SELECT event_id, at_us, request, record, content_hash, patient_no, done, no_user, no_view, no_place, CASE WHEN at_us - lag(at_us) OVER same <= %d THEN 0 ELSE 1 END AS begins
			FROM near WINDOW same AS (PARTITION BY request, record, patient_no, done ORDER BY at_us, event_id)
		), grouped AS (
			SELECT event_id, at_us, request, record, content_hash, patient_no, done, no_user, no_view, no_place, sum(begins) OVER (PARTITION BY request, record, patient_no, done ORDER BY at_us, event_id) AS part FROM begun
		)
		SELECT event_id FROM (
			SELECT event_id, row_number() OVER (PARTITION BY request, record, patient_no, done, part
				ORDER BY no_user, no_view, no_place, at_us, content_hash, event_id) AS place
			FROM grouped
		) WHERE place > 1`,
		b.s.Stored("event_extra"), first, last, leastTwin, b.s.Stored("event"), b.window.From, b.window.To, twinPause)
	if err := b.s.Exec(ctx, query); err != nil {
		return err
	}
	if err := b.loadRetrievals(ctx); err != nil {
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

// loadRetrievals adds the exports of documents that a view shows as well. Exports of
// another account than the view's are kept.
func (b *builder) loadRetrievals(ctx context.Context) error {
	var (
		kinds []int64
		code  int64
		raw   []byte
	)
	err := b.each(ctx, "SELECT code, action_raw FROM "+b.s.Stored("dim_kind")+" WHERE site = 1 AND action IN ('view', 'export')", func() error {
		text, err := b.unsealed(seal.KindAction, raw)
		if err == nil && strings.Contains(text[0], retrieve) {
			kinds = append(kinds, code)
		}
		return err
	}, &code, &raw)
	if err != nil || len(kinds) == 0 {
		return err
	}
	return b.s.Exec(ctx, fmt.Sprintf(`INSERT INTO mdl_twin
		WITH near AS (
			SELECT e.event_id, e.at_us, e.user_code, p.patient_no, hash(x.record_id) AS record, k.action
			FROM %s e
			JOIN %s x ON x.event_id = e.event_id AND x.record_id IS NOT NULL AND coalesce(octet_length(x.request_id), 0) < %d
			JOIN temp.mdl_patient p ON p.patient_code = e.patient_code
			JOIN temp.mdl_kind k ON k.kind_code = e.kind_code
			WHERE e.site = 1 AND e.local_day BETWEEN %d AND %d AND e.kind_code IN (%s)
		), pairs AS (
			SELECT v.event_id AS shown, e.event_id AS left_out, abs(v.at_us - e.at_us) AS apart
			FROM near v
			JOIN near e ON e.action = 'export' AND e.patient_no = v.patient_no AND e.record = v.record AND abs(v.at_us - e.at_us) <= %d
			LEFT JOIN temp.mdl_user vu ON vu.user_code = v.user_code
			LEFT JOIN temp.mdl_user eu ON eu.user_code = e.user_code
			WHERE v.action = 'view' AND (e.user_code = 0 OR vu.user_id = eu.user_id)
		), best AS (
			SELECT left_out, row_number() OVER (PARTITION BY shown ORDER BY apart, left_out) AS of_view,
				row_number() OVER (PARTITION BY left_out ORDER BY apart, shown) AS of_export
			FROM pairs
		)
		SELECT DISTINCT left_out FROM best WHERE of_view = 1 AND of_export = 1`,
		b.s.Stored("event"), b.s.Stored("event_extra"), leastTwin, b.window.From, b.window.To, codeList(kinds), retrievePause))
}
