package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/rules"
)

// hit is one row that a rule gave, with the event that it names.
type hit struct {
	group  []string
	id     string // the subject
	values map[string]value
	day    coverage.Day
	first  int64 // UTC seconds
	last   int64
	event  event
	hasDay bool // false for an interval of a source that lies on no day
}

// value is one cell: a text, a number, or null.
type value struct {
	text   string
	number float64
	isNum  bool
	null   bool
}

// event is what every finding shows of an event, and what its measures count.
type event struct {
	id, seq                            int64
	hasSeq                             bool
	at                                 int64
	day                                coverage.Day
	minute                             int64
	source, user, person, patient      string
	action, record, workstation, role  string
	offHours, external, write, taking  bool
	sensitive, vip, doubtful, hasEvent bool
	strength                           int64 // -1 where it cannot be judged
	reason                             string
}

// eventColumns are read beside every row of a rule about events.
const eventColumns = `e.event_id, coalesce(e.source_seq, -1), e.source_seq IS NOT NULL, e.ts_s, e.day_no, e.local_minute, e.source_id,
	coalesce(e.user_id, ''), coalesce(e.person_id, ''), coalesce(e.patient_id, ''), e.action, e.record_type, coalesce(e.workstation, ''), e.role,
	e.off_hours = 1, e.ip_class = 'external', e.is_write = 1, e.is_taking = 1, e.record_type = 'psychotherapy_note', coalesce(p.vip, 0) = 1,
	e.time_doubtful = 1, coalesce(CASE WHEN f.can_explain = 1 THEN f.strength END, -1), coalesce(f.reason, '')`

// eventJoins find what eventColumns read.
const eventJoins = ` LEFT JOIN patient p ON p.site = e.site AND p.patient_id = e.patient_id
	LEFT JOIN first_open f ON f.site = e.site AND f.user_id = e.user_id AND f.patient_id = e.patient_id AND f.day_no = e.day_no`

func (e *event) targets() []any {
	return []any{
		&e.id, &e.seq, &e.hasSeq, &e.at, &e.day, &e.minute, &e.source, &e.user, &e.person, &e.patient, &e.action, &e.record, &e.workstation, &e.role,
		&e.offHours, &e.external, &e.write, &e.taking, &e.sensitive, &e.vip, &e.doubtful, &e.strength, &e.reason,
	}
}

// hitTable holds the rows of the rule that is being run.
const hitTable = "rule_hit"

// hitEvents holds the events that these rows name.
const hitEvents = "rule_event"

// collect runs a rule's SQL and hands over its rows in the order of time.
func (e *evaluation) collect(ctx context.Context, r *Effective, w window, do func(hit) error) error {
	text, err := rules.Render(r.SQL, w.values(r.Params))
	if err != nil {
		return err
	}
	if err := e.session.Exec(ctx, "DROP TABLE IF EXISTS temp."+hitTable); err != nil {
		return err
	}
	if err := e.session.Exec(ctx, "CREATE TEMP TABLE "+hitTable+" AS "+text); err != nil {
		return err
	}
	if r.Emit == rules.EmitIntervals {
		return e.intervals(ctx, r, do)
	}
	var n int64
	if err := e.session.QueryRow(ctx, "SELECT count(*) FROM temp."+hitTable).Scan(&n); err != nil || n == 0 {
		return err
	}
	// The events are found first, so that what is joined to them is known to be little.
	err = e.session.Exec(ctx, fmt.Sprintf(`CREATE OR REPLACE TEMP TABLE %s AS FROM events e
		WHERE e.day_no BETWEEN %d AND %d AND e.event_id IN (SELECT event_id FROM temp.%s)`, hitEvents, w.fromDay-1, w.toDay+1, hitTable))
	if err != nil {
		return err
	}
	query := "SELECT " + eventColumns + ", h.* FROM temp." + hitTable + " h JOIN temp." + hitEvents + " e ON e.event_id = h.event_id AND e.site = h.site" +
		eventJoins + " ORDER BY e.ts_s, e.event_id"
	return e.rows(ctx, query, func(h *hit) []any { return h.event.targets() }, func(h hit) error {
		h.event.hasEvent, h.hasDay = true, true
		h.day, h.first, h.last = h.event.day, h.event.at, h.event.at
		if err := h.identify(r); err != nil {
			return err
		}
		return do(h)
	})
}

func (e *evaluation) intervals(ctx context.Context, r *Effective, do func(hit) error) error {
	return e.rows(ctx, "FROM temp."+hitTable+" ORDER BY ALL", func(*hit) []any { return nil }, func(h hit) error {
		day, hasDay := h.values["day_no"]
		first, hasFirst := h.values["first_s"]
		last := h.values["last_s"]
		switch {
		case hasFirst && !first.null:
			h.first, h.last = int64(first.number), int64(last.number)
			if !hasDay {
				h.day = e.dayOf(h.first)
			}
		case hasDay && !day.null:
			w := windowOf(coverage.Period{From: coverage.Day(day.number), To: coverage.Day(day.number)}, rules.Schedule{}, e.zone)
			h.first, h.last = w.from, w.to-1
		default:
			return errors.New("a row has neither first_s and last_s nor day_no")
		}
		if hasDay && !day.null {
			h.day = coverage.Day(day.number)
		}
		h.hasDay = true
		if err := h.identify(r); err != nil {
			return err
		}
		return do(h)
	})
}

// identify fills in the group and the subject.
func (h *hit) identify(r *Effective) error {
	for _, column := range r.Group {
		v, ok := h.values[column]
		if !ok {
			return fmt.Errorf("the rows have no column %s", column)
		}
		h.group = append(h.group, v.text)
	}
	v, ok := h.values[r.Subject.ID]
	if !ok {
		return fmt.Errorf("the rows have no column %s", r.Subject.ID)
	}
	h.id = v.text
	return nil
}

// rows reads a query whose first columns have fixed targets and whose others are
// the rule's own.
func (e *evaluation) rows(ctx context.Context, query string, fixedTargets func(*hit) []any, do func(hit) error) error {
	rows, err := e.session.Query(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		h := hit{values: map[string]value{}}
		targets := fixedTargets(&h)
		own := make([]any, len(names)-len(targets))
		for i := range own {
			targets = append(targets, &own[i])
		}
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		for i, v := range own {
			h.values[names[len(names)-len(own)+i]] = cell(v)
		}
		if err := do(h); err != nil {
			return err
		}
	}
	return rows.Err()
}

// cell turns a value of the driver into one of ours.
func cell(v any) value {
	switch x := v.(type) {
	case nil:
		return value{null: true}
	case string:
		return value{text: x}
	case bool:
		if x {
			return value{text: "1", number: 1, isNum: true}
		}
		return value{text: "0", isNum: true}
	case float64:
		return value{text: strconv.FormatFloat(x, 'f', -1, 64), number: x, isNum: true}
	}
	text := fmt.Sprint(v)
	n, err := strconv.ParseFloat(text, 64)
	return value{text: text, number: n, isNum: err == nil}
}

// sample reads events for a finding about an interval: what its subject did in it.
func (e *evaluation) sample(ctx context.Context, subject rules.SubjectType, id string, first, last int64, days coverage.Period, limit int) ([]event, error) {
	var column string
	switch subject {
	case rules.SubjectPerson:
		column = "person_id"
	case rules.SubjectAccount:
		column = "user_id"
	case rules.SubjectPatient:
		column = "patient_id"
	case rules.SubjectLocation:
		column = "location"
	case rules.SubjectSource:
		return nil, nil
	}
	query := "SELECT " + eventColumns + " FROM events e" + eventJoins + fmt.Sprintf(
		" WHERE e.%s = ? AND e.day_no BETWEEN %d AND %d AND e.ts_s BETWEEN %d AND %d ORDER BY e.ts_s, e.event_id LIMIT %d",
		column, days.From-1, days.To+1, first, last, limit)
	rows, err := e.session.Query(ctx, query, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []event
	for rows.Next() {
		x := event{hasEvent: true}
		if err := rows.Scan(x.targets()...); err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	return list, rows.Err()
}

// reads reports whether a rule's SQL reads one of the models. A name in a text
// or a comment counts too, which costs nothing but a sentence.
func reads(r *Effective, models ...string) bool {
	words := strings.FieldsFunc(r.SQL, func(c rune) bool {
		return c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9')
	})
	return slices.ContainsFunc(models, func(m string) bool { return slices.Contains(words, m) })
}

// parser gives the syntax tree of a rule's text.
var _ rules.Parser = (*store.Session)(nil)
