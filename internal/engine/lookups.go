package engine

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/rules"
)

// file is an imported file.
type file struct{ path, sha256 string }

// importedFiles reads the names of the files that events came from.
func (g *Engine) importedFiles(ctx context.Context) (map[int64]file, error) {
	rows, err := g.DB.Query(ctx, "SELECT import_id, sha256, path, member FROM import WHERE dataset = 'events'")
	if err != nil {
		return nil, fmt.Errorf("reading the manifest: %w", err)
	}
	defer rows.Close()
	all := map[int64]file{}
	for rows.Next() {
		var id int64
		var f file
		var path, member []byte
		if err := rows.Scan(&id, &f.sha256, &path, &member); err != nil {
			return nil, err
		}
		if f.path, err = openText(g.Sealer, path); err != nil {
			return nil, err
		}
		inside, err := openText(g.Sealer, member)
		if err != nil {
			return nil, err
		}
		if inside != "" {
			f.path += ":" + inside
		}
		all[id] = f
	}
	return all, rows.Err()
}

func openText(s *seal.Sealer, blob []byte) (string, error) {
	if blob == nil {
		return "", nil
	}
	return s.Open(seal.KindPath, blob)
}

// lines reads in which line of its file each event stands.
func (e *evaluation) lines(ctx context.Context, list []Finding) error {
	at := map[int64][]*int64{}
	var ids []string
	first, last := int64(math.MaxInt64), int64(math.MinInt64) // so that not all of the log is read
	for i := range list {
		for j := range list[i].Evidence {
			if x := &list[i].Evidence[j]; x.Event != 0 {
				if at[x.Event] == nil {
					ids = append(ids, strconv.FormatInt(x.Event, 10))
					first, last = min(first, x.Event), max(last, x.Event)
				}
				at[x.Event] = append(at[x.Event], &x.Line)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := e.session.Query(ctx, fmt.Sprintf("SELECT event_id, line FROM %s WHERE site = 1 AND event_id BETWEEN %d AND %d AND event_id IN (%s)",
		e.session.Stored("event"), first, last, strings.Join(ids, ",")))
	if err != nil {
		return fmt.Errorf("reading the lines of events: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, line int64
		if err := rows.Scan(&id, &line); err != nil {
			return err
		}
		for _, to := range at[id] {
			*to = line
		}
	}
	return rows.Err()
}

// explained counts the patient accesses of the period by their explanation.
func (e *evaluation) explained(ctx context.Context) (ExplainedCounts, error) {
	var c ExplainedCounts
	err := e.session.QueryRow(ctx, fmt.Sprintf(`SELECT
		count(*) FILTER (WHERE can_explain = 1 AND strength = 0), count(*) FILTER (WHERE can_explain = 1 AND strength = 1),
		count(*) FILTER (WHERE can_explain = 1 AND strength = 2), count(*) FILTER (WHERE can_explain = 1 AND strength = 3),
		count(*) FILTER (WHERE can_explain = 0) FROM first_open WHERE day_no BETWEEN %d AND %d`, e.period.From, e.period.To)).
		Scan(&c.None, &c.Weak, &c.Moderate, &c.Strong, &c.Unjudged)
	if err != nil {
		return c, fmt.Errorf("counting explanations: %w", err)
	}
	return c, nil
}

// explanations are the reasons that are looked for, in the order in which they are told.
func explanations() []string {
	return []string{
		"own_visit", "team_visit", "practice_visit", "scheduling", "inbound_contact", "order_result", "authored_earlier", "cover", "repeat", "reviewed",
	}
}

// checked says which explanations were looked for, for the patients of a finding.
func (e *evaluation) checked(ctx context.Context, d *draft) ([]Checked, error) {
	users, patients := d.set("$user"), d.set("$patient")
	if len(users) == 0 || len(patients) == 0 {
		return nil, nil
	}
	where := fmt.Sprintf("user_id IN (%s) AND patient_id IN (%s) AND day_no BETWEEN %d AND %d", placeholders(len(users)), placeholders(len(patients)), d.days.From, d.days.To)
	args := make([]any, 0, len(users)+len(patients))
	for _, v := range slices.Concat(users, patients) {
		args = append(args, v)
	}
	var judged sql.NullInt64
	if err := e.session.QueryRow(ctx, "SELECT max(can_explain) FROM first_open WHERE "+where, args...).Scan(&judged); err != nil {
		return nil, fmt.Errorf("reading explanations: %w", err)
	}
	rows, err := e.session.Query(ctx, "SELECT reason, count(DISTINCT patient_id) FROM "+shownExplanations+" WHERE "+where+" GROUP BY reason", args...)
	if err != nil {
		return nil, fmt.Errorf("reading explanations: %w", err)
	}
	defer rows.Close()
	found := map[string]int{}
	for rows.Next() {
		var reason string
		var n int
		if err := rows.Scan(&reason, &n); err != nil {
			return nil, err
		}
		found[reason] = n
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	list := make([]Checked, 0, len(explanations()))
	for _, reason := range explanations() {
		list = append(list, Checked{Reason: reason, Found: found[reason], Missing: judged.Int64 == 0})
	}
	return list, nil
}

func placeholders(n int) string {
	b := make([]byte, 0, 2*n)
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '?')
	}
	return string(b)
}

// doubts are what makes the data of a day doubtful, by source.
type doubts map[string]map[coverage.Day]string

// loadDoubts reads them from the models, so that they do not depend on which rules run.
func (e *evaluation) loadDoubts(ctx context.Context) (doubts, error) {
	all := doubts{}
	rows, err := e.session.Query(ctx, fmt.Sprintf(`SELECT source_id, day_no, CASE
			WHEN check_failed > 0 THEN 'some records of that day do not fit their checksum'
			WHEN rejected > 0 THEN 'some records of that day could not be read'
			WHEN expected = 1 AND events = 0 AND unfinished = 0 THEN 'the log has no events on one of the days'
			WHEN unfinished = 1 AND expected = 1 THEN 'the log of one of the days may not be complete'
		END AS doubt FROM source_day WHERE day_no BETWEEN %d AND %d`, e.whole.From, e.whole.To))
	if err != nil {
		return nil, fmt.Errorf("reading doubts about the data: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var source string
		var d coverage.Day
		var doubt sql.NullString
		if err := rows.Scan(&source, &d, &doubt); err != nil {
			return nil, err
		}
		if !doubt.Valid {
			continue
		}
		if all[source] == nil {
			all[source] = map[coverage.Day]string{}
		}
		all[source][d] = doubt.String
	}
	return all, rows.Err()
}

// about returns the doubts about the days and sources of a finding. A finding about
// a source is itself such a doubt.
func (all doubts) about(d *draft) []string {
	if d.rule.Subject.Type == rules.SubjectSource {
		return nil
	}
	var list []string
	for _, source := range d.set("$source") {
		for day := d.days.From; day <= d.days.To; day++ {
			if doubt := all[source][day]; doubt != "" && !slices.Contains(list, source+": "+doubt) {
				list = append(list, source+": "+doubt)
			}
		}
	}
	return list
}

// vendors reads which accounts of vendors there are and what they opened.
func (e *evaluation) vendors(ctx context.Context) ([]Vendor, error) {
	rows, err := e.session.Query(ctx, fmt.Sprintf(`SELECT a.user_id, a.role, count(v.event_id), count(DISTINCT v.patient_id),
			coalesce(string_agg(DISTINCT nullif(v.record_type, ''), ',' ORDER BY nullif(v.record_type, '')), ''), coalesce(min(v.ts_s), 0), coalesce(max(v.ts_s), 0)
		FROM accounts a LEFT JOIN events v ON v.site = a.site AND v.user_id = a.user_id AND v.day_no BETWEEN %d AND %d
		WHERE a.is_vendor = 1 GROUP BY a.user_id, a.role ORDER BY 3 DESC, a.user_id`, e.period.From, e.period.To))
	if err != nil {
		return nil, fmt.Errorf("reading the accounts of vendors: %w", err)
	}
	defer rows.Close()
	list := []Vendor{}
	for rows.Next() {
		var v Vendor
		var types string
		var first, last int64
		if err := rows.Scan(&v.UserID, &v.Role, &v.Events, &v.Patients, &types, &first, &last); err != nil {
			return nil, err
		}
		v.Name = e.built.Names.Account(v.UserID)
		v.RecordTypes = strings.FieldsFunc(types, func(c rune) bool { return c == ',' })
		if v.Events > 0 {
			v.FirstAt, v.LastAt = time.Unix(first, 0).UTC(), time.Unix(last, 0).UTC()
		}
		list = append(list, v)
	}
	return list, rows.Err()
}
