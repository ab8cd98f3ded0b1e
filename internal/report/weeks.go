package report

import (
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/review"
)

// Weeks is the ledger of weekly reviews. Its JSON form is stable; times are UTC.
type Weeks struct {
	Weeks []Week    `json:"weeks"`
	Next  time.Time `json:"next_due,omitzero"`
}

// Week is one week that is due.
type Week struct {
	Week string       `json:"week"`
	From coverage.Day `json:"from"`
	To   coverage.Day `json:"to"`
	Due  time.Time    `json:"due"`
	// Reviews are those after it was due; an empty list is a week that was missed.
	Reviews   []WeekReview `json:"reviews"`
	SignedOff bool         `json:"signed_off"`
}

// WeekReview is one review of a week.
type WeekReview struct {
	At time.Time `json:"at"`
	// Why is due, logs_changed, records_changed or by_hand.
	Why        string         `json:"why"`
	Incomplete bool           `json:"incomplete"`
	Open       int            `json:"open"`
	ByLevel    map[string]int `json:"by_level"`
}

// WeeksOf makes the ledger's JSON form.
func WeeksOf(w review.Weeks) Weeks {
	all := Weeks{Weeks: []Week{}, Next: w.Next.UTC()}
	for i := range w.List {
		x := &w.List[i]
		one := Week{Week: x.Name, From: x.Period.From, To: x.Period.To, Due: x.Due.UTC(), Reviews: []WeekReview{}, SignedOff: x.SignedOff}
		for _, r := range x.Reviews {
			why := string(r.Trigger)
			if r.Trigger == review.ByHand {
				why = "by_hand"
			}
			one.Reviews = append(one.Reviews, WeekReview{At: r.At, Why: why, Incomplete: r.Incomplete, Open: r.Open, ByLevel: r.ByLevel})
		}
		all.Weeks = append(all.Weeks, one)
	}
	return all
}
