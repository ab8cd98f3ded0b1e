package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/builtin"
	"github.com/chartwatch/chartwatch/internal/bench/detection/score"
	"github.com/chartwatch/chartwatch/internal/bench/told"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/internal/synth/world"
	"github.com/chartwatch/chartwatch/rules"
)

// outcome is what the evaluation of one world gave.
type outcome struct {
	world        *world.World
	weeks        int // that were evaluated
	findings     []score.Finding
	fingerprints []string
	explained    engine.ExplainedCounts
	runs         map[string]map[engine.Outcome]int // weeks by rule and fate
	reasons      map[string]string                 // why a rule was not applicable, or failed
	took         time.Duration                     // for evaluating
}

// bench is an open data directory into which a world is delivered.
type bench struct {
	*intake.Workspace
	world    *world.World
	dir      string
	clock    time.Time
	registry *ingest.Registry
	rules    []rules.Rule
}

// shippedRules reads the rules; what is wrong with one is said and the others run.
func shippedRules() ([]rules.Rule, error) {
	list, err := rules.Load(rules.Core(), rules.LoadOptions{Pack: rules.CorePack})
	if err != nil && len(list) == 0 {
		return nil, err
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "detection: some rules are left out:", err)
	}
	return list, nil
}

// play evaluates a world week by week, from a week on, as the practice would.
// With together, everything is delivered first and in the opposite order.
func play(ctx context.Context, w *world.World, list []rules.Rule, from int, together bool) (outcome, error) {
	dir, err := os.MkdirTemp("", "chartwatch-detection-")
	if err != nil {
		return outcome{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := w.WriteFiles(filepath.Join(dir, "world")); err != nil {
		return outcome{}, err
	}
	registry, err := builtin.Registry()
	if err != nil {
		return outcome{}, err
	}
	b := &bench{world: w, dir: dir, registry: registry, rules: list, clock: w.Options.Start.Add(24 * time.Hour)}
	b.Workspace, err = intake.OpenWorkspace(ctx, intake.WorkspaceOptions{
		Store: store.Options{Dir: filepath.Join(dir, "data"), MemoryLimit: "2GB", NoSpill: true, Wait: time.Second},
		Key:   seal.Locator{Dir: filepath.Join(dir, "keys")}, Create: true,
	})
	if err != nil {
		return outcome{}, err
	}
	out, err := b.weeks(ctx, from, together)
	return out, errors.Join(err, b.Close())
}

func (b *bench) weeks(ctx context.Context, from int, together bool) (outcome, error) {
	w := b.world
	out := outcome{world: w, runs: map[string]map[engine.Outcome]int{}, reasons: map[string]string{}}
	for _, name := range []string{"staff.csv", "patients.csv", "appointments.csv"} {
		if err := b.file(ctx, filepath.Join("context", name), ""); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return out, err
		}
	}
	deliveries := w.Deliveries()
	if together {
		slices.Reverse(deliveries)
		for _, d := range deliveries {
			if err := b.file(ctx, filepath.Join("log", d.Name+".ndjson"), "ehr"); err != nil {
				return out, err
			}
		}
	}
	for week := range w.Options.Weeks {
		b.clock = w.Options.Start.AddDate(0, 0, week*7+7).Add(14 * time.Hour)
		for _, d := range deliveries {
			if d.Week != week || together {
				continue
			}
			if err := b.file(ctx, filepath.Join("log", d.Name+".ndjson"), "ehr"); err != nil {
				return out, err
			}
		}
		if week < from {
			continue
		}
		if err := b.evaluate(ctx, week, &out); err != nil {
			return out, err
		}
	}
	return out, nil
}

// file imports one file of the world's folder.
func (b *bench) file(ctx context.Context, name, source string) error {
	path := filepath.Join(b.dir, "world", name)
	if _, err := os.Stat(path); err != nil {
		return err
	}
	im := b.Importer(b.registry, func() time.Time { return b.clock })
	r, err := im.File(ctx, path, intake.Settings{Source: source, Zone: b.world.Options.Zone, ZoneBasis: ingest.TZSourceSetting, Modified: b.clock})
	if err != nil {
		return fmt.Errorf("importing %s: %w", name, err)
	}
	for _, f := range r.Files {
		if f.Status == intake.Failed || f.Rejected > 0 {
			return fmt.Errorf("importing %s: %s, %d of %d records rejected: %s", name, f.Status, f.Rejected, f.Records, f.Error)
		}
	}
	return nil
}

// evaluate runs the rules over one week and keeps what they found.
func (b *bench) evaluate(ctx context.Context, week int, out *outcome) error {
	monday := coverage.DayOf(b.world.Options.Start) + coverage.Day(week*7) //nolint:gosec // a few weeks
	p := coverage.Period{From: monday, To: monday + 6}
	said, err := told.Practice(b.world, p)
	if err != nil {
		return err
	}
	inForce, _, err := engine.InForce(b.rules, said)
	if err != nil {
		return err
	}
	g := &engine.Engine{
		DB: b.DB, Sealer: b.Sealer, Rules: inForce, Practice: said, Clock: func() time.Time { return b.clock },
		Log: slog.New(slog.DiscardHandler), SiteKey: []byte("0123456789abcdef0123456789abcdef"),
		Expect: map[string]coverage.Expectation{"ehr": {}},
	}
	began := time.Now()
	result, err := g.Evaluate(ctx, p)
	if err != nil {
		return fmt.Errorf("evaluating week %d: %w", week, err)
	}
	out.took += time.Since(began)
	out.weeks++
	out.explained.None += result.Explained.None
	out.explained.Weak += result.Explained.Weak
	out.explained.Moderate += result.Explained.Moderate
	out.explained.Strong += result.Explained.Strong
	out.explained.Unjudged += result.Explained.Unjudged
	for _, r := range result.Runs {
		if out.runs[r.RuleID] == nil {
			out.runs[r.RuleID] = map[engine.Outcome]int{}
		}
		out.runs[r.RuleID][r.Outcome]++
		if r.Outcome != engine.Ran {
			out.reasons[r.RuleID] = string(r.Outcome) + ": " + r.Reason
		}
	}
	for i := range result.Findings {
		f := &result.Findings[i]
		out.fingerprints = append(out.fingerprints, f.Fingerprint)
		if f.Mode == engine.Live {
			out.findings = append(out.findings, b.finding(f))
		}
	}
	return nil
}

// finding takes from a finding what the comparison needs.
func (b *bench) finding(f *engine.Finding) score.Finding {
	out := score.Finding{
		ID: f.Fingerprint, Rule: f.RuleID, Category: string(f.Category), Level: f.Level.Rank(),
		Subjects: append([]string{f.Subject.ID, f.UserID}, f.UserIDs...), Start: f.FirstAt, End: f.LastAt, Text: f.Text, Covered: f.CoveredBy != "",
	}
	if f.PeriodKind == rules.PeriodDay && len(f.Evidence) == 0 || f.FirstAt.IsZero() {
		out.Start, out.End = f.FromDay.Time().Add(-12*time.Hour), f.ToDay.Time().Add(36*time.Hour)
	}
	for _, e := range f.Evidence {
		if id, err := strconv.ParseInt(e.SourceEventID, 10, 64); err == nil {
			out.Events = append(out.Events, id)
		}
	}
	return out
}

// labels takes from the labels what the comparison needs, and leaves out what
// began before the evaluation.
func labels(w *world.World, from int) []score.Label {
	var out []score.Label
	begin := w.Options.Start.AddDate(0, 0, from*7-1)
	for _, l := range w.Labels {
		if l.Start.Before(begin) {
			continue
		}
		out = append(out, score.Label{
			ID: l.ID, Category: l.Category, Scenario: l.Scenario, Difficulty: string(l.Difficulty), Subjects: append([]string{l.Subject}, l.Also...),
			Events: l.Events, Start: l.Start, End: l.End, Advisory: l.Advisory,
		})
	}
	return out
}
