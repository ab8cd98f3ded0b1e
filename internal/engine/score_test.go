package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/engine/model"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/rules"
)

// past is what people decided in a test.
type past struct{ confirmed, expected int }

func (past) Reviewed() []model.ReviewedPair { return nil }

func (p past) Confirmed(rule string, s engine.Subject, before coverage.Day) int {
	if rule == "site.bulk.exports" && s.ID == "ana" && before.String() == "2025-03-18" {
		return p.confirmed
	}
	return 0
}

func (p past) Expected(string, engine.Subject, coverage.Day) int { return p.expected }

func TestScoreLinesAddUp(t *testing.T) {
	line := func(when string, add int) string {
		return fmt.Sprintf("  - {when: %q, add: %d, because: %q}\n", when, add, when+" holds")
	}
	d := newDesk(t)
	d.file("ehr", header,
		"2025-03-18 09:00:00,1,ana,101,export,note,W1", "2025-03-18 09:01:00,2,ana,102,export,note,W1", "2025-03-18 09:02:00,3,ana,102,export,note,W2")
	for i, tc := range []struct {
		name, score string
		past        engine.Past
		want        []int
		risk        int
		level       rules.Level
	}{
		{"base", "", nil, []int{40}, 40, rules.Medium},
		{
			"shared-measures", line("count >= 3", 5) + line("patients > 2", 7) + line("taking = 3", 2) + line("max_local_minute >= 542", 1) + line("accounts < 2", 3),
			nil,
			[]int{40, 5, 2, 1, 3},
			51, rules.High,
		},
		{"above-the-top", line("count >= 1", 50) + line("count >= 2", 30), nil, []int{40, 50, 30}, 100, rules.Critical},
		{"below-the-bottom", line("count >= 1", -60), nil, []int{40, -60}, 0, rules.Low},
		{"confirmed-before", "", past{confirmed: 1}, []int{40, 15}, 55, rules.High},
		{"expected-once", "", past{expected: 1}, []int{40}, 40, rules.Medium},
		{"expected-twice", "", past{expected: 2}, []int{40, -10}, 30, rules.Medium},
	} {
		t.Run(tc.name, func(t *testing.T) {
			more := ""
			if tc.score != "" {
				more = "score:\n" + tc.score
			}
			d.rules, d.engine.Past = []rules.Rule{rule(t, ruleParts{more: more})}, tc.past
			d.rules[0].Version = i + 1 // so that the ledger lets it run
			r := d.evaluate("2025-03-17", "2025-03-23")
			if len(r.Findings) != 1 {
				t.Fatalf("findings %v", spans(r.Findings))
			}
			f := r.Findings[0]
			got, sum := []int{}, 0
			for _, l := range f.Score {
				got, sum = append(got, l.Points), sum+l.Points
				if l.Because == "" {
					t.Error("a line of the score has no reason")
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" || f.Risk != min(max(sum, 0), 100) || f.Risk != tc.risk || f.Level != tc.level {
				t.Errorf("risk %d, level %s, lines (-want +got):\n%s", f.Risk, f.Level, diff)
			}
		})
	}
}

// TestTheHourThatComesTwice takes points off where the clock change makes times doubtful.
func TestTheHourThatComesTwice(t *testing.T) {
	d := newDesk(t, rule(t, ruleParts{}))
	d.file("ehr", header, "2025-11-02 01:30:00,1,ana,101,export,note,W1")
	r := d.evaluate("2025-10-27", "2025-11-02")
	want := []engine.ScoreLine{{Points: 40, Because: "what this rule starts from"}, {Points: -10, Because: "the clock change makes some of the times doubtful"}}
	if len(r.Findings) != 1 {
		t.Fatalf("findings %v", spans(r.Findings))
	}
	if diff := cmp.Diff(want, r.Findings[0].Score); diff != "" {
		t.Errorf("score (-want +got):\n%s", diff)
	}
}

func TestModes(t *testing.T) {
	live, learns := rule(t, ruleParts{id: "site.bulk.live"}), rule(t, ruleParts{id: "site.bulk.site", more: "learning: {site_days: 28}"})
	user, watched := rule(t, ruleParts{id: "site.bulk.user", more: "learning: {user_days: 14}"}), rule(t, ruleParts{id: "site.bulk.watched"})
	d := newDesk(t, live, learns, user, watched)
	d.engine.Practice.Rules = []practice.RuleValue{set("site.bulk.watched", "watch", "true")}
	d.file("ehr", header,
		"2025-02-18 09:00:00,1,ana,101,view,note,W1", "2025-03-17 09:00:00,2,ana,101,export,note,W1", // day 27 of the site
		"2025-03-18 09:00:00,3,ana,101,export,note,W1",                                             // day 28 of the site
		"2025-03-10 09:00:00,4,bo,101,view,note,W1", "2025-03-23 09:00:00,5,bo,101,export,note,W1", // day 13 of the account
		"2025-03-24 09:00:00,6,bo,101,export,note,W1")
	r := d.evaluate("2025-03-17", "2025-03-30")
	got := map[string]engine.Mode{}
	for _, f := range r.Findings {
		if f.RuleID != "site.bulk.live" || f.Mode != engine.Live {
			got[f.RuleID[len("site.bulk."):]+" "+f.Subject.ID+" "+f.FromDay.String()[5:]] = f.Mode
		}
	}
	want := map[string]engine.Mode{
		"site ana 03-17": engine.Learning, "site ana 03-18": engine.Live, "site bo 03-23": engine.Live, "site bo 03-24": engine.Live,
		"user ana 03-17": engine.Live, "user ana 03-18": engine.Live, "user bo 03-23": engine.Learning, "user bo 03-24": engine.Live,
		"watched ana 03-17": engine.Watching, "watched ana 03-18": engine.Watching, "watched bo 03-23": engine.Watching, "watched bo 03-24": engine.Watching,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("modes (-want +got):\n%s", diff)
	}
}

func TestCover(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2025, 3, 18, hour, 0, 0, 0, time.UTC) }
	finding := func(id string, change func(*engine.Finding)) engine.Finding {
		f := engine.Finding{
			Fingerprint: id, RuleID: id, Risk: 50, Mode: engine.Live, Subject: engine.Subject{Type: rules.SubjectPerson, ID: "ana"}, UserID: "ana",
			PatientIDs: []string{"1"}, FirstAt: at(9), LastAt: at(10),
		}
		if change != nil {
			change(&f)
		}
		return f
	}
	strong := finding("strong", func(f *engine.Finding) {
		f.Risk, f.CoversRules, f.PatientIDs = 60, []string{"weak", "middle"}, []string{"1", "2"}
		f.Evidence = []engine.Evidence{{EventID: "a"}, {EventID: "b"}}
	})
	for _, tc := range []struct {
		name   string
		change func(*engine.Finding)
		want   bool
	}{
		{"the-same-patients", nil, true},
		{"another-patient-too", func(f *engine.Finding) { f.PatientIDs = []string{"1", "3"} }, false},
		{"another-person", func(f *engine.Finding) { f.Subject.ID = "bo" }, false},
		{"the-account-of-the-person", func(f *engine.Finding) { f.Subject = engine.Subject{Type: rules.SubjectAccount, ID: "ana"} }, true},
		{"another-account", func(f *engine.Finding) {
			f.Subject, f.UserID = engine.Subject{Type: rules.SubjectAccount, ID: "bo"}, "bo"
		}, false},
		{"riskier", func(f *engine.Finding) { f.Risk = 61 }, false},
		{"another-time", func(f *engine.Finding) { f.FirstAt, f.LastAt = at(11), at(12) }, false},
		{"only-watched", func(f *engine.Finding) { f.Mode = engine.Watching }, false},
		{"a-rule-that-is-not-covered", func(f *engine.Finding) { f.RuleID = "other" }, false},
		{"no-patients-but-the-same-event", func(f *engine.Finding) {
			f.PatientIDs, f.Evidence = nil, []engine.Evidence{{EventID: "c"}, {EventID: "b"}}
		}, true},
		{"no-patients-and-other-events", func(f *engine.Finding) { f.PatientIDs, f.Evidence = nil, []engine.Evidence{{EventID: "c"}, {}} }, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			list := []engine.Finding{finding("weak", tc.change), strong}
			engine.Cover(list)
			if got := list[0].CoveredBy == "strong"; got != tc.want || list[1].CoveredBy != "" {
				t.Errorf("covered: %v; the stronger one by %q", got, list[1].CoveredBy)
			}
		})
	}
	t.Run("a-line-of-a-line", func(t *testing.T) {
		middle := finding("middle", func(f *engine.Finding) { f.CoversRules = []string{"lowest"} })
		low := finding("lowest", func(f *engine.Finding) { f.Risk = 10 })
		for _, list := range [][]engine.Finding{{strong, middle, low}, {low, middle, strong}, {middle, low, strong}} {
			list = slices.Clone(list)
			engine.Cover(list)
			for _, f := range list {
				if f.Fingerprint != "strong" && f.CoveredBy != "strong" {
					t.Errorf("%s is a line of %q, which no reader sees", f.Fingerprint, f.CoveredBy)
				}
			}
		}
	})
	t.Run("two-that-cover-each-other", func(t *testing.T) {
		a := finding("a", func(f *engine.Finding) { f.CoversRules = []string{"b"} })
		b := finding("b", func(f *engine.Finding) { f.CoversRules = []string{"a"} })
		list := []engine.Finding{a, b}
		engine.Cover(list)
		if list[0].CoveredBy != "" || list[1].CoveredBy != "a" {
			t.Errorf("covered by %q and %q", list[0].CoveredBy, list[1].CoveredBy)
		}
	})
}
