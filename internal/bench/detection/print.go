package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/chartwatch/chartwatch/internal/bench/detection/score"
	"github.com/chartwatch/chartwatch/internal/engine"
)

// table gathers the figures of several worlds.
type table struct {
	options  *options
	outcomes []score.Outcome
	// quiet counts weeks and false findings in worlds without incidents, by level;
	// rules counts those at medium and above.
	quietWeeks, quietAccesses int
	quiet                     map[int]int
	rules                     map[string]int
	// busy are the same for worlds with incidents, with the findings in all.
	busyFalse, busyAll map[int]int
	explained          engine.ExplainedCounts
	fates              map[string]string
	seconds            float64
	weeks              int
	list               []string
}

func newTable(o *options) *table {
	return &table{options: o, quiet: map[int]int{}, rules: map[string]int{}, busyFalse: map[int]int{}, busyAll: map[int]int{}, fates: map[string]string{}}
}

func (t *table) add(o outcome, quiet bool) {
	t.seconds += o.took.Seconds()
	t.weeks += o.weeks
	maps.Copy(t.fates, o.reasons)
	if quiet {
		t.addQuiet(o)
		return
	}
	truth := labels(o.world, t.options.from)
	outcomes, anyLevel := score.Judge(truth, o.findings, score.Medium), score.Judge(truth, o.findings, 0)
	t.outcomes = append(t.outcomes, outcomes...)
	for _, level := range []int{score.Medium, score.High} {
		t.busyFalse[level] += len(score.False(truth, o.findings, level))
		for _, f := range o.findings {
			if f.Level >= level && !f.Covered {
				t.busyAll[level]++
			}
		}
	}
	for i, x := range outcomes {
		switch {
		case x.Label.Twin() && x.Found:
			t.list = append(t.list, fmt.Sprintf("seed %d: look-alike %s taken for an incident by %v", o.world.Options.Seed, x.Label.ID, x.Findings))
		case !x.Label.Twin() && !x.Found && !x.Label.Advisory:
			t.list = append(t.list, fmt.Sprintf("seed %d: missed %s of %s (%s), at any level: %v", o.world.Options.Seed, x.Label.ID, x.Label.Subjects[0], x.Label.Start.Format("2006-01-02 15:04Z"), anyLevel[i].Findings))
		}
	}
}

func (t *table) addQuiet(o outcome) {
	t.quietWeeks += o.weeks
	t.quietAccesses += len(o.world.Accesses) * o.weeks / o.world.Options.Weeks
	e := o.explained
	t.explained.None += e.None
	t.explained.Weak += e.Weak
	t.explained.Moderate += e.Moderate
	t.explained.Strong += e.Strong
	t.explained.Unjudged += e.Unjudged
	for _, f := range score.False(nil, o.findings, score.Medium) {
		for _, level := range []int{score.Medium, score.High, 4} {
			if f.Level >= level {
				t.quiet[level]++
			}
		}
		if f.Level >= score.Medium {
			t.rules[f.Rule]++
			t.list = append(t.list, fmt.Sprintf("seed %d: false %s (level %d): %s", o.world.Options.Seed, f.Rule, f.Level, f.Text))
		}
	}
}

func percent(k, n int) string {
	low, high := score.Wilson(k, n)
	if n == 0 {
		return "-"
	}
	return fmt.Sprintf("%d/%d %.2f [%.2f %.2f]", k, n, float64(k)/float64(n), low, high)
}

func perWeek(k, weeks int) string {
	low, high := score.Poisson(k)
	n := float64(max(weeks, 1))
	return fmt.Sprintf("%.2f [%.2f %.2f]", float64(k)/n, low/n, high/n)
}

func (t *table) print(w io.Writer) {
	o := t.options
	fmt.Fprintf(w, "simulated practices of size %s, %d weeks of which %d evaluated, seeds %v, %d incidents and look-alikes a week; intervals of 95 %%\n\n",
		o.size, o.weeks, o.weeks-o.from, o.seeds, o.perWeek)
	cells(w, "recall at medium or above, by category", score.Recall(t.outcomes))
	cells(w, "by scenario; for look-alikes: taken for an incident", score.ByScenario(t.outcomes))
	wrong, found, all := 0, 0, 0
	var recall, precision []int
	for _, x := range t.outcomes {
		if x.Label.Twin() || x.Label.Advisory {
			continue
		}
		all++
		if x.Found {
			found++
		}
		if x.WrongReason {
			wrong++
		}
		if x.Recall >= 0 {
			recall, precision = append(recall, x.Recall), append(precision, x.Precision)
		}
	}
	rejected, twins := score.Rejected(t.outcomes)
	fmt.Fprintf(w, "\nfound for the right reason      %s\n", percent(found, all))
	fmt.Fprintf(w, "found by an unrelated rule only  %s\n", percent(wrong, all))
	fmt.Fprintf(w, "look-alikes rejected             %s\n", percent(rejected, twins))
	fmt.Fprintf(w, "evidence recall / precision      %.2f / %.2f (mean)\n", mean(recall), mean(precision))
	fmt.Fprintf(w, "precision of the list            medium+ %s, high+ %s\n",
		percent(t.busyAll[score.Medium]-t.busyFalse[score.Medium], t.busyAll[score.Medium]), percent(t.busyAll[score.High]-t.busyFalse[score.High], t.busyAll[score.High]))
	fmt.Fprintf(w, "\nquiet practices, %d weeks: false findings a week\n  medium or above  %s\n  high or above    %s\n  critical         %s\n",
		t.quietWeeks, perWeek(t.quiet[score.Medium], t.quietWeeks), perWeek(t.quiet[score.High], t.quietWeeks), perWeek(t.quiet[4], t.quietWeeks))
	for _, rule := range keys(t.rules) {
		fmt.Fprintf(w, "  %-42s %s\n", rule, perWeek(t.rules[rule], t.quietWeeks))
	}
	e := t.explained
	sum := int(e.None + e.Weak + e.Moderate + e.Strong)
	fmt.Fprintf(w, "\naccesses explained in quiet practices: strength 1+ %s, 2+ %s, cannot be judged %d\n",
		percent(sum-int(e.None), sum), percent(int(e.Moderate+e.Strong), sum), e.Unjudged)
	fmt.Fprintf(w, "evaluation: %.2f s a week\n", t.seconds/float64(max(1, t.weeks)))
	for _, rule := range keys(t.fates) {
		fmt.Fprintf(w, "  not always run: %s: %s\n", rule, t.fates[rule])
	}
	if o.list {
		fmt.Fprintln(w)
		for _, line := range t.list {
			fmt.Fprintln(w, line)
		}
	}
}

// line prints the figures in one line.
func (t *table) line(w io.Writer, name string) {
	share := map[string]string{}
	for _, c := range score.Recall(t.outcomes) {
		if c.Category == "all" {
			share[c.Difficulty] = fmt.Sprintf("%.2f", float64(c.Found)/float64(c.All))
		}
	}
	weeks := float64(max(1, t.quietWeeks))
	fmt.Fprintf(w, "%-24s %8s %8s %8s %14.2f %14.2f\n", name, share["overt"], share["typical"], share["evasive"],
		float64(t.quiet[score.Medium])/weeks, float64(t.quiet[score.High])/weeks)
}

func cells(w io.Writer, title string, list []score.Cell) {
	fmt.Fprintf(w, "%s\n", title)
	for _, c := range list {
		fmt.Fprintf(w, "  %-26s %-12s %-26s", c.Category, c.Difficulty, percent(c.Found, c.All))
		if c.Wrong > 0 {
			fmt.Fprintf(w, " +%d by other rules", c.Wrong)
		}
		fmt.Fprintln(w)
	}
}

func mean(list []int) float64 {
	sum := 0
	for _, x := range list {
		sum += x
	}
	return float64(sum) / 1000 / float64(max(1, len(list)))
}

func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
