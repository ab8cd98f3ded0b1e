package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/bench/told"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/internal/synth/world"
	"github.com/chartwatch/chartwatch/rules"
)

// slowest is how many rules are named in the table.
const slowest = 5

// reviewed is what one review of a period measured.
type reviewed struct {
	Events   int64   `json:"events"`
	Weeks    int     `json:"weeks"`
	Days     int     `json:"days"`
	Rules    int     `json:"rules"` // that were run
	Total    float64 `json:"total"` // seconds
	RuleTime float64 `json:"rule_time"`
	CPU      float64 `json:"cpu"` // seconds of all processors
	PeakMiB  float64 `json:"peak_mib"`
	Findings int     `json:"findings"`
	Slow     []slow  `json:"slow"` // all rules that were run, the slowest first
	Odd      []slow  `json:"odd"`  // those that failed, took too long or were cut
}

type slow struct {
	Rule   string `json:"rule"`
	Millis int64  `json:"millis"`
	Why    string `json:"why,omitempty"`
}

// reviews measures the review of periods of several lengths in stores of played
// practices of one size with a short and a long history, each in a process of its own.
func reviews(ctx context.Context, o options, w io.Writer) error {
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "chartwatch-bench-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		o.dir = dir
	}
	fmt.Fprintf(w, "%-22s %9s %6s %5s %6s %9s %9s %9s %9s %9s %9s\n",
		"review", "events", "weeks", "days", "rules", "models s", "rules s", "total s", "CPU s", "peak MiB", "findings")
	for _, events := range []int{o.events / 4, o.events} {
		if err := child(ctx, "review-fill", o, events, 0, nil); err != nil {
			return err
		}
		for _, days := range []int{7, 180} {
			if o.days != 0 && days != o.days {
				continue
			}
			var r reviewed
			if err := child(ctx, "review-run", o, events, days, &r); err != nil {
				return err
			}
			r.print(w, "practice "+o.size)
		}
	}
	return nil
}

func (r reviewed) print(w io.Writer, name string) {
	fmt.Fprintf(w, "%-22s %9d %6d %5d %6d %9.2f %9.2f %9.2f %9.2f %9.0f %9d\n",
		name, r.Events, r.Weeks, r.Days, r.Rules, r.Total-r.RuleTime, r.RuleTime, r.Total, r.CPU, r.PeakMiB, r.Findings)
	for _, s := range r.Slow[:min(slowest, len(r.Slow))] {
		fmt.Fprintf(w, "%28s %-36s %6d ms\n", "", s.Rule, s.Millis)
	}
	for _, s := range r.Odd {
		fmt.Fprintf(w, "%28s %-36s %s\n", "", s.Rule, s.Why)
	}
}

// child runs one case in a new process.
func child(ctx context.Context, name string, o options, events, days int, result any) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, "-case", name, "-dir", o.dir, "-size", o.size, //nolint:gosec // ourselves
		"-events", strconv.Itoa(events), "-days", strconv.Itoa(days))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("case %s: %w", name, err)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(out, result)
}

// reviewCase runs one of the cases that [reviews] starts.
func reviewCase(ctx context.Context, name string, o options) (reviewed, error) {
	if name == "review-fill" {
		return reviewed{}, fillReview(ctx, o)
	}
	return runReview(ctx, o)
}

// runReview reviews the last days of a store, or of a copy of it: a review is
// written down, and is not done twice.
func runReview(ctx context.Context, o options) (reviewed, error) {
	from := reviewDir(o)
	p, err := readPlayed(from)
	if err != nil {
		return reviewed{}, err
	}
	dir, err := os.MkdirTemp(o.dir, "review-")
	if err != nil {
		return reviewed{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := copyStore(from, dir); err != nil {
		return reviewed{}, err
	}
	options := workspaceOptions(dir)
	options.Store.MemoryLimit = "2GB" // as the program does
	options.Store.NoSpill, options.Create, options.Key = true, false, workspaceOptions(from).Key
	space, err := intake.OpenWorkspace(ctx, options)
	if err != nil {
		return reviewed{}, err
	}
	r, err := p.review(ctx, space, o.days)
	return r, errors.Join(err, space.Close())
}

// copyStore copies what a review needs of a data directory.
func copyStore(from, to string) error {
	if err := os.Mkdir(filepath.Join(to, "data"), 0o700); err != nil {
		return err
	}
	for _, name := range []string{store.FileName, "instance"} {
		if err := copyFile(filepath.Join(from, "data", name), filepath.Join(to, "data", name)); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from) //nolint:gosec // a file of our own folder
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()                                     // only read
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600) //nolint:gosec // a file of our own folder
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

func (p played) review(ctx context.Context, space *intake.Workspace, days int) (reviewed, error) {
	out := reviewed{Events: p.Events, Weeks: p.Weeks, Days: days}
	options, err := playOptions(p.Size)
	if err != nil {
		return out, err
	}
	w := &world.World{Options: options, Settings: p.Settings}                     // what is told needs no more
	last := coverage.DayOf(w.Options.Start) + coverage.Day(w.Options.Weeks*7) - 1 //nolint:gosec // a year
	period := coverage.Period{From: last - coverage.Day(days) + 1, To: last}      //nolint:gosec // a year
	said, err := told.Practice(w, period)
	if err != nil {
		return out, err
	}
	list, err := rules.Load(rules.Core(), rules.LoadOptions{Pack: rules.CorePack})
	if err != nil {
		return out, err
	}
	inForce, _, err := engine.InForce(list, said)
	if err != nil {
		return out, err
	}
	g := &engine.Engine{
		DB: space.DB, Sealer: space.Sealer, Rules: inForce, Practice: said, Clock: time.Now,
		SiteKey: []byte("0123456789abcdef0123456789abcdef"), Expect: map[string]coverage.Expectation{"ehr": {}},
	}
	began := cpuSeconds()
	var result engine.Result
	out.Total, err = timed(func() error {
		result, err = g.Evaluate(ctx, period)
		return err
	})
	out.CPU, out.PeakMiB, out.Findings = cpuSeconds()-began, peakMiB(), len(result.Findings)
	out.sum(result.Runs)
	return out, err
}

// sum adds up what the rules took.
func (r *reviewed) sum(runs []engine.Run) {
	for _, run := range runs {
		switch run.Outcome {
		case engine.Failed, engine.TimedOut, engine.Truncated, engine.NotApplicable:
			r.Odd = append(r.Odd, slow{run.RuleID, run.Millis, string(run.Outcome) + ": " + run.Reason})
		case engine.Ran, engine.Off:
		}
		if run.Outcome == engine.NotApplicable || run.Outcome == engine.Off {
			continue
		}
		r.Rules++
		r.RuleTime += float64(run.Millis) / 1000
		r.Slow = append(r.Slow, slow{Rule: run.RuleID, Millis: run.Millis})
	}
	slices.SortFunc(r.Slow, func(a, b slow) int {
		if a.Millis != b.Millis {
			return int(b.Millis - a.Millis)
		}
		return strings.Compare(a.Rule, b.Rule)
	})
}

func reviewDir(o options) string {
	return filepath.Join(o.dir, "practice-"+o.size+"-"+strconv.Itoa(o.events))
}

// filled reports whether a store is there and complete.
func filled(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, playedFile))
	_, err2 := os.Stat(filepath.Join(dir, "data", store.FileName))
	return err == nil && err2 == nil
}
