package review

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/evidence"
	"github.com/chartwatch/chartwatch/internal/fault"
)

// grace is for how many days after its end a week may wait for its review.
const grace = 7

// ParseWeek reads an ISO week, as 2025-W11.
func ParseWeek(s string) (coverage.Period, error) {
	var y, w int
	if n, err := fmt.Sscanf(s, "%4d-W%2d", &y, &w); n != 2 || err != nil || fmt.Sprintf("%04d-W%02d", y, w) != s {
		return coverage.Period{}, fault.New(fault.Usage, "a week must be written as year-Wweek", "for example 2025-W11")
	}
	// The fourth of January is always in the first week.
	p := engine.WeekOf(coverage.DayOf(time.Date(y, 1, 4, 0, 0, 0, 0, time.UTC)) + coverage.Day(7*(w-1))) //nolint:gosec // below 100
	if w < 1 || engine.WeekName(p.From) != s {
		return coverage.Period{}, fault.New(fault.Usage, "there is no such week: "+s, "a year has 52 or 53 weeks")
	}
	return p, nil
}

// SignOff records that a person has reviewed a week. The week must have been
// evaluated; what is open stays open, and is counted.
func (v *Reviewer) SignOff(ctx context.Context, week, by, text string) (SignOff, error) {
	p, err := ParseWeek(week)
	if err != nil {
		return SignOff{}, err
	}
	if strings.TrimSpace(by) == "" {
		return SignOff{}, fault.New(fault.Usage, "who signs is missing", "add --by NAME, your own name")
	}
	fates, err := v.fates(ctx, p)
	if err != nil {
		return SignOff{}, err
	}
	if len(fates) == 0 {
		return SignOff{}, fault.New(fault.Conflict, "week "+week+" has not been reviewed yet", "run `chartwatch review --week "+week+"` first")
	}
	b, err := v.Book(ctx)
	if err != nil {
		return SignOff{}, err
	}
	items, err := v.Items(ctx, b, p)
	if err != nil {
		return SignOff{}, err
	}
	s := SignOff{Week: week, By: by, Text: text, Period: p, Levels: map[string]int64{}, Counts: []SignedRule{}}
	for _, fate := range fates {
		line := SignedRule{Rule: fate.RuleID, Outcome: fate.Outcome}
		for i := range items {
			x := &items[i]
			if x.RuleID != fate.RuleID || !x.Listed() {
				continue
			}
			line.Findings++
			s.Levels[string(x.Level)]++
			if x.State == Closed {
				line.Closed++
			} else {
				s.Open++
			}
		}
		s.Counts = append(s.Counts, line)
	}
	e, err := v.Journal.Append(ctx, evidence.KindSignOff, week, by, s)
	s.At, s.Hash = e.At, e.Hash
	return s, err
}

// fates reads the ledger's newest line of each rule for a period, the worst of
// the period's parts.
func (v *Reviewer) fates(ctx context.Context, p coverage.Period) ([]engine.Run, error) {
	return engine.Ledger(ctx, v.DB, p)
}

// Overdue returns the weeks with events that have been over for longer than the
// grace and that nobody has signed off, from the week before chartwatch came into use.
func (v *Reviewer) Overdue(ctx context.Context, b *Book) ([]string, error) {
	var first *int64
	if err := v.DB.QueryRow(ctx, "SELECT min(imported_us) FROM import WHERE dataset = 'events'").Scan(&first); err != nil {
		return nil, fmt.Errorf("reading the manifest: %w", err)
	}
	if first == nil {
		return []string{}, nil
	}
	begin := engine.WeekOf(coverage.DayOf(time.UnixMicro(*first).In(v.Zone))).From - 7
	rows, err := v.DB.Query(ctx, "SELECT DISTINCT local_day FROM source_day WHERE events > 0 AND local_day >= ? ORDER BY local_day", int32(begin))
	if err != nil {
		return nil, fmt.Errorf("reading what the logs hold: %w", err)
	}
	defer rows.Close()
	list := []string{}
	for rows.Next() {
		var d coverage.Day
		if err := rows.Scan(&d); err != nil {
			return nil, err
		}
		week := engine.WeekName(d)
		over := engine.WeekOf(d).To+grace < v.today()
		if over && b.SignedOff(week) == nil && (len(list) == 0 || list[len(list)-1] != week) {
			list = append(list, week)
		}
	}
	return list, rows.Err()
}
