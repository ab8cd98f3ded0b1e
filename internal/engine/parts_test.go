package engine_test

import (
	"fmt"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
)

// TestInParts evaluates seven weeks at once, in parts of several sizes, and week by
// week: always with the same findings, also of what crosses the end of a part.
func TestInParts(t *testing.T) {
	list := append(stableRules(t),
		rule(t, ruleParts{id: "site.bulk.once", period: "once"}),
		rule(t, ruleParts{id: "site.bulk.around", around: ", lookback: 2d, lookahead: 2d"}),
		rule(t, ruleParts{id: "site.bulk.far", sql: burst, around: ", lookback: 60d"}))
	rows := []string{header}
	for i := range 7 * 7 {
		d := time.Date(2025, 3, 3+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		for j, at := range []string{"00:01:00", "09:00:00", "23:57:00", "23:58:30"} {
			rows = append(rows, fmt.Sprintf("%s %s,%d,%s,%d,export,note,W%d", d, at, 10*i+j, []string{"ana", "bo", "ana", "ana"}[j], 100+(i+j)%7, j))
		}
	}
	const from, to = "2025-03-05", "2025-04-20" // from a Wednesday
	evaluate := func(ready int64) (engine.Result, []gist) {
		d := newDesk(t, list...)
		d.engine.Limits.Ready = ready
		d.file("ehr", rows...)
		r := d.evaluate(from, to)
		for _, run := range r.Runs {
			if run.Outcome != engine.Ran || run.Findings == 0 {
				t.Errorf("ready %d: %+v", ready, run)
			}
		}
		return r, gists(r.Findings)
	}
	whole, want := evaluate(0)
	if len(want) < 100 {
		t.Fatalf("only %d findings", len(want))
	}
	for _, ready := range []int64{4 * 20, 4 * 60} {
		r, got := evaluate(ready)
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("ready %d, findings (-want +got):\n%s", ready, diff)
		}
		for i, run := range r.Runs {
			if a, b := whole.Runs[i], run; a.Matches != b.Matches || a.Findings != b.Findings || a.Period != b.Period {
				t.Errorf("ready %d: ran as %+v, at once as %+v", ready, b, a)
			}
		}
	}
	t.Run("week-by-week", func(t *testing.T) {
		d := newDesk(t, list...)
		d.file("ehr", rows...)
		period := coverage.Period{From: day(t, from), To: day(t, to)}
		for at := period.From; at <= period.To; at = engine.WeekOf(at).To + 1 {
			d.evaluate(at.String(), min(engine.WeekOf(at).To, period.To).String())
		}
		got, err := engine.Findings(t.Context(), d.DB, d.Sealer, period)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(lasting(want), lasting(gists(got))); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
	})
}

// lasting leaves out the findings of no fixed days, which tell of the last review.
func lasting(list []gist) []gist {
	var kept []gist
	for _, g := range list {
		if g.Rule != "site.bulk.once" {
			kept = append(kept, g)
		}
	}
	return kept
}
