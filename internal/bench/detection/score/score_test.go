package score_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/bench/detection/score"
)

func at(hour int) time.Time { return time.Date(2025, time.March, 3, hour, 0, 0, 0, time.UTC) }

func labels() []score.Label {
	return []score.Label{
		{ID: "1", Category: "bulk", Scenario: "burst", Difficulty: "overt", Subjects: []string{"ann"}, Events: []int64{1, 2, 3, 4}, Start: at(9), End: at(10)},
		{ID: "2", Category: "snooping", Scenario: "vip", Difficulty: "overt", Subjects: []string{"bob", "p7"}, Events: []int64{9}, Start: at(9), End: at(9)},
		{ID: "3", Category: "snooping", Scenario: "vip", Difficulty: "typical", Subjects: []string{"cid"}, Events: []int64{20}, Start: at(14), End: at(15)},
		{ID: "4", Category: "login", Scenario: "failures", Difficulty: "overt", Subjects: []string{"dan"}, Start: at(8), End: at(8), Advisory: true},
		{ID: "5", Category: "bulk", Scenario: "burst", Difficulty: "benign_twin", Subjects: []string{"eva"}, Start: at(11), End: at(12)},
		{ID: "6", Category: "bulk", Scenario: "burst", Difficulty: "benign_twin", Subjects: []string{"fay"}, Start: at(11), End: at(12)},
	}
}

func findings() []score.Finding {
	return []score.Finding{
		{Rule: "chart-burst", Category: "bulk", Level: score.High, Subjects: []string{"ann"}, Events: []int64{2, 3, 4, 5}, Start: at(9), End: at(10)},
		{Rule: "off-hours", Category: "off-hours", Level: score.Medium, Subjects: []string{"p7"}, Start: at(8), End: at(9)},
		{Rule: "vip", Category: "snooping", Level: 1, Subjects: []string{"cid"}, Start: at(14), End: at(14)},          // too low
		{Rule: "vip", Category: "snooping", Level: score.High, Subjects: []string{"cid"}, Start: at(16), End: at(17)}, // another time
		{Rule: "chart-burst", Category: "bulk", Level: score.Medium, Subjects: []string{"fay"}, Start: at(11), End: at(11)},
		{Rule: "seen", Category: "snooping", Level: score.Medium, Subjects: []string{"gus"}, Events: []int64{20}, Start: at(14), End: at(14)},
	}
}

func TestJudge(t *testing.T) {
	type result struct {
		Found, Wrong      bool
		Rules             []string
		Recall, Precision int
	}
	want := []result{
		{Found: true, Rules: []string{"chart-burst"}, Recall: 750, Precision: 750},
		{Wrong: true, Rules: []string{"off-hours"}, Recall: -1, Precision: -1},
		{Found: true, Rules: []string{"seen"}, Recall: 1000, Precision: 1000},
		{Recall: -1, Precision: -1},
		{Recall: -1, Precision: -1},
		{Found: true, Rules: []string{"chart-burst"}, Recall: -1, Precision: -1},
	}
	var got []result
	for _, o := range score.Judge(labels(), findings(), score.Medium) {
		got = append(got, result{o.Found, o.WrongReason, o.Findings, o.Recall, o.Precision})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

func TestRecallLeavesOutTwinsAndAdvice(t *testing.T) {
	want := []score.Cell{
		{Category: "all", Difficulty: "overt", Found: 1, Wrong: 1, All: 2},
		{Category: "all", Difficulty: "typical", Found: 1, All: 1},
		{Category: "bulk", Difficulty: "overt", Found: 1, All: 1},
		{Category: "snooping", Difficulty: "overt", Wrong: 1, All: 1},
		{Category: "snooping", Difficulty: "typical", Found: 1, All: 1},
	}
	outcomes := score.Judge(labels(), findings(), score.Medium)
	if diff := cmp.Diff(want, score.Recall(outcomes)); diff != "" {
		t.Errorf("recall (-want +got):\n%s", diff)
	}
	if rejected, all := score.Rejected(outcomes); rejected != 1 || all != 2 {
		t.Errorf("%d of %d twins rejected, want 1 of 2", rejected, all)
	}
	if got := len(score.ByScenario(outcomes)); got != 5 {
		t.Errorf("%d scenarios and difficulties, want 5", got)
	}
}

func TestFalse(t *testing.T) {
	var got []string
	for _, f := range score.False(labels(), findings(), score.Medium) {
		got = append(got, f.Subjects[0])
	}
	if diff := cmp.Diff([]string{"cid", "fay"}, got); diff != "" {
		t.Errorf("subjects of false findings (-want +got):\n%s", diff)
	}
	if got := score.False(nil, findings(), score.High); len(got) != 2 {
		t.Errorf("%d false findings at high in a quiet world, want 2", len(got))
	}
}

// TestIntervals compares with published values.
func TestIntervals(t *testing.T) {
	near := func(a, b float64) bool { return math.Abs(a-b) < 0.0006 }
	for _, tc := range []struct {
		k, n      int
		low, high float64
	}{{29, 29, 0.8830, 1}, {45, 46, 0.8866, 0.9961}, {0, 10, 0, 0.2775}, {5, 10, 0.2366, 0.7634}, {0, 0, 0, 1}} {
		if low, high := score.Wilson(tc.k, tc.n); !near(low, tc.low) || !near(high, tc.high) {
			t.Errorf("Wilson(%d, %d) = %.4f, %.4f, want %.4f, %.4f", tc.k, tc.n, low, high, tc.low, tc.high)
		}
	}
	for _, tc := range []struct {
		k         int
		low, high float64
	}{{0, 0, 3.6889}, {1, 0.0253, 5.5716}, {10, 4.7954, 18.3904}, {100, 81.3640, 121.6270}} {
		if low, high := score.Poisson(tc.k); !near(low, tc.low) || !near(high, tc.high) {
			t.Errorf("Poisson(%d) = %.4f, %.4f, want %.4f, %.4f", tc.k, low, high, tc.low, tc.high)
		}
	}
}
