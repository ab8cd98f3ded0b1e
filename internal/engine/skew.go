package engine

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"
)

// Bounds of the comparison of clocks.
const (
	skewVisits  = 12  // fewer visits with accesses say nothing
	skewFactor  = 2   // so many times as many visits must fit after moving
	skewShare   = 0.7 // of the visits must fit after moving
	skewFurther = 12  // hours that are looked at to either side
)

// hourFit says for how many visits work in one source begins so many whole hours
// after their start, give or take half an hour.
type hourFit struct {
	source string
	hours  int
	visits int64
	all    int64 // visits with any access of the source within half a day
}

// skew finds sources whose accesses lie a constant number of hours beside the
// visits that they belong to: a clock that is wrong, or a time zone that was given
// wrongly for the log or for the appointments.
func (e *evaluation) skew(ctx context.Context) ([]Notice, error) {
	// Those who see the patient or meet them at the desk work at the time of the
	// visit; what others do may well come hours later.
	rows, err := e.session.Query(ctx, fmt.Sprintf(`WITH near AS (
			SELECT DISTINCT e.source_id, v.patient_id, v.start_s, CAST(round((e.ts_s - v.start_s) / 3600.0) AS INTEGER) AS hours
			FROM visit v JOIN events e ON e.site = v.site AND e.patient_id = v.patient_id AND e.day_no BETWEEN v.day_no - 1 AND v.day_no + 1
			WHERE v.day_no BETWEEN %[1]d AND %[2]d AND e.day_no BETWEEN %[1]d - 1 AND %[2]d + 1 AND v.status <> 'missed' AND e.user_type = 'staff' AND e.interactive = 1
				AND (e.person_id = v.person_id OR e.role IN ('front_desk', 'assistant', 'nurse', 'unknown'))
				AND abs(e.ts_s - v.start_s) <= %[3]d
		), whole AS (SELECT source_id, count(*) AS n FROM (SELECT DISTINCT source_id, patient_id, start_s FROM near) GROUP BY source_id)
		, begun AS (SELECT *, lag(hours) OVER (PARTITION BY source_id, patient_id, start_s ORDER BY hours) AS before FROM near)
		SELECT n.source_id, n.hours, count(*), max(w.n) FROM begun n JOIN whole w ON w.source_id = n.source_id
		WHERE n.before IS NULL OR n.before < n.hours - 1 GROUP BY n.source_id, n.hours ORDER BY 1, 2`,
		e.whole.From, e.whole.To, skewFurther*3600))
	if err != nil {
		return nil, fmt.Errorf("comparing the clocks: %w", err)
	}
	defer rows.Close()
	bySource := map[string][]hourFit{}
	var sources []string
	for rows.Next() {
		var f hourFit
		if err := rows.Scan(&f.source, &f.hours, &f.visits, &f.all); err != nil {
			return nil, err
		}
		if bySource[f.source] == nil {
			sources = append(sources, f.source)
		}
		bySource[f.source] = append(bySource[f.source], f)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	var list []Notice
	for _, source := range sources {
		if n, doubtful := e.judgeSkew(bySource[source]); doubtful {
			list = append(list, n)
		}
	}
	return list, nil
}

// judgeSkew compares the hour that fits best with no difference at all.
func (e *evaluation) judgeSkew(fits []hourFit) (Notice, bool) {
	var here int64
	for _, f := range fits {
		if f.hours == 0 {
			here = f.visits
		}
	}
	best := slices.MaxFunc(fits, func(a, b hourFit) int { return int(a.visits - b.visits) })
	enough := best.all >= skewVisits && float64(best.visits) >= skewShare*float64(best.all)
	if !enough || best.hours == 0 || best.visits < skewFactor*here {
		return Notice{}, false
	}
	where := "after"
	if best.hours < 0 {
		where = "before"
	}
	distance := counted(int(math.Abs(float64(best.hours))), "hour", "hours")
	n := Notice{
		Code: "clock_or_zone_doubt",
		Message: fmt.Sprintf("The accesses in %s lie about %s %s the visits that they belong to: for %d of %d visits work begins at that distance, for %d at the time of the visit. "+
			"Explanations, off hours and schedules of these days are not to be trusted.", best.source, distance, where, best.visits, best.all, here),
		Hint: "check the clock of that system and the time zone that is set for its log and for the appointments, then import what was wrong again",
	}
	_, offset := e.period.From.Time().Add(12 * time.Hour).In(e.zone).Zone()
	if offset == best.hours*3600 || offset == -best.hours*3600 {
		n.Hint = "that is how far the practice's time zone is from UTC: " + n.Hint
	}
	return n, true
}
