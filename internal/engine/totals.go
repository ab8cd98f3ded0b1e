package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/rules"
)

// RuleTotals is what has become of one rule since the beginning.
type RuleTotals struct {
	Rule string
	// Outcomes counts the evaluations of weeks, or parts of them, by their fate.
	Outcomes map[Outcome]int64
	// Last is how long the last evaluation took.
	Last time.Duration
	// Created counts the findings that it ever made, by level.
	Created map[rules.Level]int64
}

// Totals reads what has become of every rule that was ever run, by id.
func Totals(ctx context.Context, db *store.DB) ([]RuleTotals, error) {
	rows, err := db.Query(ctx, `SELECT rule_id, 'outcome' AS what, outcome AS word, count(*) AS n FROM rule_run WHERE site = 1 GROUP BY ALL
		UNION ALL SELECT rule_id, 'last', '', max_by(millis, run_us) FROM rule_run WHERE site = 1 GROUP BY ALL
		UNION ALL SELECT rule_id, 'created', level, count(*) FROM finding WHERE site = 1 GROUP BY ALL ORDER BY ALL`)
	if err != nil {
		return nil, fmt.Errorf("reading the ledger: %w", err)
	}
	defer rows.Close()
	var list []RuleTotals
	for rows.Next() {
		var rule, what, word string
		var n int64
		if err := rows.Scan(&rule, &what, &word, &n); err != nil {
			return nil, err
		}
		if len(list) == 0 || list[len(list)-1].Rule != rule {
			list = append(list, RuleTotals{Rule: rule, Outcomes: map[Outcome]int64{}, Created: map[rules.Level]int64{}})
		}
		switch t := &list[len(list)-1]; what {
		case "outcome":
			t.Outcomes[Outcome(word)] = n
		case "last":
			t.Last = time.Duration(n) * time.Millisecond
		default:
			t.Created[rules.Level(word)] = n
		}
	}
	return list, rows.Err()
}
