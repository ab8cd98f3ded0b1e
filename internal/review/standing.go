package review

import (
	"context"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/rules"
)

// Standing is how many findings stand where, without saying whom they are about.
type Standing struct {
	Counts []Count
	// Oldest is when the oldest finding that is still open was made, by level.
	Oldest map[rules.Level]time.Time
}

// Count is a number of findings of one rule, level and state.
type Count struct {
	Rule  string
	Level rules.Level
	State State
	N     int64
}

// standingDays is how far back findings are counted. What is older is closed, or
// has been told of for a year.
const standingDays = 400

// Standing counts the findings of the last year.
func (v *Reviewer) Standing(ctx context.Context, b *Book) (Standing, error) {
	s := Standing{Oldest: map[rules.Level]time.Time{}}
	today := v.today()
	items, err := v.Items(ctx, b, coverage.Period{From: today - standingDays, To: today})
	if err != nil {
		return s, err
	}
	at := map[Count]int{}
	for i := range items {
		x := &items[i]
		if x.CoveredBy != "" {
			continue // a line of another one
		}
		key := Count{Rule: x.RuleID, Level: x.Level, State: x.State}
		n, ok := at[key]
		if !ok {
			n, at[key] = len(s.Counts), len(s.Counts)
			s.Counts = append(s.Counts, key)
		}
		s.Counts[n].N++
		if old, ok := s.Oldest[x.Level]; x.Open() && (!ok || x.CreatedAt.Before(old)) {
			s.Oldest[x.Level] = x.CreatedAt
		}
	}
	return s, nil
}
