package serve_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/serve"
)

func day(t *testing.T, text string) coverage.Day {
	t.Helper()
	var d coverage.Day
	if err := d.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestSilences is about a log whose last event is of Friday, 2025-03-14, at 22:30 in
// New York, which is Saturday in UTC.
func TestSilences(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	friday := time.Date(2025, 3, 15, 2, 30, 0, 0, time.UTC)
	ehr := intake.SourceTotals{Source: "ehr", LastEvent: friday, LastIngest: friday, FirstIngest: friday}
	lists := intake.SourceTotals{Source: "roster"}
	for _, tc := range []struct {
		name, today string
		totals      []intake.SourceTotals
		expect      map[string]coverage.Expectation
		after       time.Duration
		want        []string
	}{
		{name: "a-weekend-is-no-silence", today: "2025-03-17"},
		{name: "today-is-not-over", today: "2025-03-19"},
		{name: "three-working-days", today: "2025-03-20", want: []string{"ehr 2025-03-15"}},
		{name: "a-day-less", today: "2025-03-20", after: 96 * time.Hour},
		{name: "every-day-counts", today: "2025-03-18", expect: map[string]coverage.Expectation{"ehr": {Daily: true}}, want: []string{"ehr 2025-03-15"}},
		{name: "no-habit-is-never-silent", today: "2025-06-01", expect: map[string]coverage.Expectation{"ehr": {NoPattern: true}}},
		{name: "no-longer-in-use", today: "2025-06-01", expect: map[string]coverage.Expectation{"ehr": {Until: day(t, "2025-03-14")}}},
		{name: "in-use-from-later-on", today: "2025-03-26", expect: map[string]coverage.Expectation{"ehr": {From: day(t, "2025-03-24")}}},
		{name: "in-use-again", today: "2025-03-27", expect: map[string]coverage.Expectation{"ehr": {From: day(t, "2025-03-24")}}, want: []string{"ehr 2025-03-24"}},
		{name: "never-delivered", today: "2025-03-20", expect: map[string]coverage.Expectation{"lab": {}, "ehr": {NoPattern: true}}, want: []string{"lab 2025-03-15"}},
		{name: "two-sources", today: "2025-03-20", expect: map[string]coverage.Expectation{"lab": {}}, want: []string{"ehr 2025-03-15", "lab 2025-03-15"}},
		// Another log that goes on coming is no reason to wait for this one for longer.
		{
			name: "never-delivered-while-another-comes", today: "2025-06-02", expect: map[string]coverage.Expectation{"lab": {}},
			totals: []intake.SourceTotals{{Source: "ehr", LastEvent: friday.AddDate(0, 0, 77), LastIngest: friday.AddDate(0, 0, 79), FirstIngest: friday}}, want: []string{"lab 2025-03-15"},
		},
		{
			name: "every-record-rejected", today: "2025-06-02", totals: []intake.SourceTotals{{Source: "ehr", LastIngest: friday.AddDate(0, 0, 79), FirstIngest: friday}},
			want: []string{"ehr 2025-03-15"},
		},
		{name: "an-event-of-the-future", today: "2025-03-20", totals: []intake.SourceTotals{{Source: "ehr", LastEvent: friday.AddDate(10, 0, 0), LastIngest: friday, FirstIngest: friday}}, want: []string{"ehr 2025-03-15"}},
		{name: "lists-have-no-events", today: "2025-06-01", totals: []intake.SourceTotals{lists}, expect: map[string]coverage.Expectation{"roster": {}}},
		{name: "nothing-was-ever-imported", today: "2025-06-01", totals: []intake.SourceTotals{}, expect: map[string]coverage.Expectation{"lab": {}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.totals == nil {
				tc.totals = []intake.SourceTotals{ehr, lists}
			}
			if tc.after == 0 {
				tc.after = 72 * time.Hour
			}
			got := serve.Silences(tc.totals, tc.expect, day(t, tc.today), zone, tc.after)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("silent (-want +got):\n%s", diff)
			}
		})
	}
}
