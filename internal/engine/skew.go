package engine

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
)

// Bounds of the comparison of clocks.
const (
	skewVisits  = 12  // fewer visits with accesses say nothing
	skewFactor  = 2   // so many times as many visits must fit after moving
	skewShare   = 0.7 // of the visits must fit after moving
	skewFurther = 12  // hours that are looked at to either side
)

// skewPart is for how many days visits are looked at at once, as those of a long
// period with their accesses need not fit in memory.
const skewPart = 28

// clockFit says for how many visits work in a source begins so many whole hours
// after their start, give or take half an hour.
type clockFit struct {
	source string
	visits map[int]int64
	all    int64 // visits with any access of the source within half a day
}

// skew finds sources whose accesses lie a constant number of hours beside the
// visits that they belong to: a clock that is wrong, or a time zone that was given
// wrongly for the log or for the appointments.
func (e *evaluation) skew(ctx context.Context) ([]Notice, error) {
	fits := map[string]*clockFit{}
	for from := e.whole.From; from <= e.whole.To; from += skewPart {
		if err := e.fits(ctx, coverage.Period{From: from, To: min(from+skewPart-1, e.whole.To)}, fits); err != nil {
			return nil, fmt.Errorf("comparing the clocks: %w", err)
		}
	}
	var list []Notice
	for _, source := range slices.Sorted(maps.Keys(fits)) {
		if n, doubtful := e.judgeSkew(fits[source]); doubtful {
			list = append(list, n)
		}
	}
	return list, nil
}

// fits counts the visits of some days, too.
func (e *evaluation) fits(ctx context.Context, days coverage.Period, sum map[string]*clockFit) error {
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
		WHERE n.before IS NULL OR n.before < n.hours - 1 GROUP BY n.source_id, n.hours`,
		days.From, days.To, skewFurther*3600))
	if err != nil {
		return err
	}
	defer rows.Close()
	all := map[string]int64{}
	for rows.Next() {
		var (
			source         string
			hours          int
			visits, within int64
		)
		if err := rows.Scan(&source, &hours, &visits, &within); err != nil {
			return err
		}
		if sum[source] == nil {
			sum[source] = &clockFit{source: source, visits: map[int]int64{}}
		}
		sum[source].visits[hours] += visits
		all[source] = within
	}
	for source, n := range all {
		sum[source].all += n
	}
	return rows.Err()
}

// judgeSkew compares the hour that fits best with no difference at all.
func (e *evaluation) judgeSkew(fit *clockFit) (Notice, bool) {
	here, best := fit.visits[0], 0
	for _, hours := range slices.Sorted(maps.Keys(fit.visits)) {
		if fit.visits[hours] > fit.visits[best] {
			best = hours
		}
	}
	most := fit.visits[best]
	enough := fit.all >= skewVisits && float64(most) >= skewShare*float64(fit.all)
	if !enough || best == 0 || most < skewFactor*here {
		return Notice{}, false
	}
	where := "after"
	if best < 0 {
		where = "before"
	}
	distance := counted(int(math.Abs(float64(best))), "hour", "hours")
	n := Notice{
		Code: "clock_or_zone_doubt",
		Message: fmt.Sprintf("The accesses in %s lie about %s %s the visits that they belong to: for %d of %d visits work begins at that distance, for %d at the time of the visit. "+
			"Explanations, off hours and schedules of these days are not to be trusted.", fit.source, distance, where, most, fit.all, here),
		Hint: "check the clock of that system and the time zone that is set for its log and for the appointments, then import what was wrong again",
	}
	_, offset := e.period.From.Time().Add(12 * time.Hour).In(e.zone).Zone()
	if offset == best*3600 || offset == -best*3600 {
		n.Hint = "that is how far the practice's time zone is from UTC: " + n.Hint
	}
	return n, true
}
