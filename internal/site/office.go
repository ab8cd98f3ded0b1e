package site

import (
	"context"
	"fmt"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/evidence"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/internal/review"
)

// Office is what the work of review needs, in an open data directory.
type Office struct {
	Site      *Site
	Workspace *intake.Workspace
	Journal   *evidence.Journal
	Reviewer  *review.Reviewer
	Practice  practice.Practice
	Rules     []engine.Effective
	// Notices are about values of rules that do nothing.
	Notices []engine.Notice
}

// Office prepares the work of review in an open data directory, which stays the
// caller's.
func (s *Site) Office(ctx context.Context, w *intake.Workspace) (*Office, error) {
	o := &Office{Site: s, Workspace: w, Journal: &evidence.Journal{DB: w.DB, Sealer: w.Sealer, Clock: s.Clock}}
	var err error
	if o.Practice, err = s.Practice(ctx, o.Journal); err != nil {
		return nil, err
	}
	list, err := s.Rules(ctx)
	if err != nil {
		return nil, err
	}
	if o.Rules, o.Notices, err = engine.InForce(list, o.Practice); err != nil {
		return nil, err
	}
	o.Reviewer = &review.Reviewer{DB: w.DB, Sealer: w.Sealer, Journal: o.Journal, Clock: s.Clock, Zone: o.Practice.Zone}
	return o, nil
}

// Practice puts together what the configuration and the journal say.
func (s *Site) Practice(ctx context.Context, j *evidence.Journal) (practice.Practice, error) {
	c := s.Loaded.Config.Practice
	zone, _, err := s.Zone("")
	if err != nil {
		return practice.Practice{}, err
	}
	p := practice.Practice{
		Zone: zone, Holidays: c.Holidays, HoursMargin: int(c.HoursMargin.Minutes()), ShiftMargin: int(c.ShiftMargin.Minutes()),
	}
	for _, e := range c.Entries() {
		if err := p.Add(e.Kind, practice.Entry{}, e.Fields); err != nil {
			return p, fault.New(fault.Invalid, fmt.Sprintf("%s in %s: %s", e.Key, s.Loaded.File, err), "`chartwatch context kinds` shows what an entry says")
		}
	}
	p.Rules = s.ConfiguredValues()
	recorded, err := practice.List(ctx, j)
	if err != nil {
		return p, err
	}
	err = p.AddRecorded(recorded)
	return p, err
}

// ConfiguredValues are the values of rules that the configuration sets.
func (s *Site) ConfiguredValues() []practice.RuleValue {
	var list []practice.RuleValue
	for _, v := range s.Loaded.Config.Rules.Values {
		layer := v.Layer
		if layer == "" {
			layer = "site"
		}
		list = append(list, practice.RuleValue{Entry: practice.Entry{Reason: v.Reason, By: "configuration"}, Layer: layer, Rule: v.Rule, Param: v.Param, Value: v.Value})
	}
	return list
}

// Engine returns the engine for a period.
func (o *Office) Engine(ctx context.Context, p coverage.Period) (*engine.Engine, error) {
	expect, err := o.Site.Expectations()
	if err != nil {
		return nil, err
	}
	book, err := o.Reviewer.Book(ctx)
	if err != nil {
		return nil, err
	}
	key, err := evidence.SiteKey(ctx, o.Journal)
	if err != nil {
		return nil, err
	}
	return &engine.Engine{
		DB: o.Workspace.DB, Sealer: o.Workspace.Sealer, Rules: o.Rules, Practice: o.Practice.At(p.To), Expect: expect, Clock: o.Site.Clock, Log: o.Site.Log,
		SiteKey: key, Past: book,
	}, nil
}

// Review runs the rules over a period and makes the report.
func (o *Office) Review(ctx context.Context, p coverage.Period, why review.Trigger) (review.Report, error) {
	began := o.Site.Clock()
	g, err := o.Engine(ctx, p)
	if err != nil {
		return review.Report{}, err
	}
	result, err := g.Evaluate(ctx, p)
	if err != nil {
		return review.Report{}, err
	}
	result.Setup = append(o.Notices, result.Setup...)
	due, err := o.due(p)
	if err != nil {
		return review.Report{}, err
	}
	c := o.Site.Loaded.Config
	return o.Reviewer.Report(ctx, review.Input{
		Result: result, Rules: o.Rules, Expect: g.Expect, Site: c.Site, Practice: c.Practice.Name, Version: o.Site.Version, Trigger: why, Began: began, Due: due,
	})
}

// due is when a period is due to be reviewed, if it is a week.
func (o *Office) due(p coverage.Period) (time.Time, error) {
	if engine.WeekOf(p.From) != p {
		return time.Time{}, nil
	}
	weekly, err := o.Site.Weekly()
	return weekly.Due(p, o.Practice.Zone), err
}
