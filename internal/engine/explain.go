package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine/model"
	"github.com/chartwatch/chartwatch/internal/store"
)

// AccessKey is what one account did with one patient's record on one local day.
type AccessKey struct {
	UserID, PatientID string
	Day               coverage.Day
}

// Explanation is how the records explain an access.
type Explanation struct {
	// Strength is 3 strong, 2 moderate, 1 weak or 0 not explained.
	Strength int
	// Reason is a name such as own_visit, and Words says it to a reader; both are
	// empty without an explanation.
	Reason, Words string
	// Judged is false if there are no appointments for the day, so that a missing
	// explanation means nothing.
	Judged bool
}

// Explain says how the records explain the accesses to some patients in a
// period. Accesses of patients themselves and of machines are not in it.
func (g *Engine) Explain(ctx context.Context, p coverage.Period, patients []string) (map[AccessKey]Explanation, error) {
	all := map[AccessKey]Explanation{}
	in := model.Input{Sealer: g.Sealer, Practice: g.Practice, Expect: g.Expect, Period: p, Now: g.Clock()}
	if g.Past != nil {
		in.Reviewed = g.Past.Reviewed()
	}
	if in.Practice.Zone == nil {
		in.Practice.Zone = time.UTC
	}
	err := g.DB.Session(ctx, func(ctx context.Context, s *store.Session) error {
		if err := model.Explain(ctx, s, in, patients); err != nil {
			return err
		}
		rows, err := s.Query(ctx, fmt.Sprintf(`SELECT user_id, patient_id, day_no, strength, reason, can_explain = 1 FROM first_open
			WHERE day_no BETWEEN %d AND %d`, p.From, p.To))
		if err != nil {
			return fmt.Errorf("reading explanations: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var k AccessKey
			var x Explanation
			if err := rows.Scan(&k.UserID, &k.PatientID, &k.Day, &x.Strength, &x.Reason, &x.Judged); err != nil {
				return err
			}
			x.Words = reasonWords(x.Reason)
			all[k] = x
		}
		return rows.Err()
	})
	return all, err
}

// reasonWords says one explanation to a reader.
func reasonWords(reason string) string {
	switch reason {
	case "":
		return ""
	case "own_visit":
		return "own appointment with the patient"
	case "team_visit":
		return "appointment with the team"
	case "practice_visit":
		return "visit to the practice"
	case "repeat":
		return "earlier access that was explained"
	case "authored_earlier":
		return "earlier note or order of their own"
	case "scheduling":
		return "work on an appointment"
	}
	for _, f := range families() {
		if slices.Contains(f.reasons, reason) {
			return f.words
		}
	}
	return reason
}
