package engine

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine/model"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/rules"
)

// Default limits of one rule.
const (
	defaultTime = 60 * time.Second
	defaultRows = 10_000
)

// evaluation is one evaluation of a period.
type evaluation struct {
	engine  *Engine
	session *store.Session
	built   *model.Built
	zone    *time.Location
	period  coverage.Period
	whole   coverage.Period // the period in whole weeks
	now     time.Time
	files   map[int64]file
	doubts  doubts
}

// Evaluate runs every rule over the days of a period and keeps what they find. What
// the ledger already has of the same data and the same rules is not run again.
func (g *Engine) Evaluate(ctx context.Context, p coverage.Period) (Result, error) {
	result := Result{Period: p, RuleSetHash: SetHash(g.Rules)}
	marks, err := g.watermarks(ctx, p)
	if err != nil {
		return result, err
	}
	due, done, err := g.due(ctx, p, marks)
	if err != nil {
		return result, err
	}
	result.Runs = done
	var evaluated []ruleResult
	err = g.DB.Session(ctx, func(ctx context.Context, s *store.Session) error {
		e, err := g.prepare(ctx, s, p)
		if err != nil {
			return err
		}
		for _, n := range e.built.Notices {
			result.Setup = append(result.Setup, Notice(n))
		}
		clocks, err := e.skew(ctx)
		if err != nil {
			return err
		}
		result.Setup = append(result.Setup, clocks...)
		if result.Explained, err = e.explained(ctx); err != nil {
			return err
		}
		if result.Vendors, err = e.vendors(ctx); err != nil {
			return err
		}
		for _, r := range due {
			one, err := e.rule(ctx, r)
			if err != nil {
				return err
			}
			evaluated = append(evaluated, one)
			result.Runs = append(result.Runs, one.run)
		}
		return nil
	})
	if err != nil {
		return result, err
	}
	slices.SortFunc(result.Runs, func(a, b Run) int { return strings.Compare(a.RuleID, b.RuleID) })
	if err := g.save(ctx, evaluated, marks); err != nil {
		return result, err
	}
	result.Findings, err = Findings(ctx, g.DB, g.Sealer, p)
	return result, err
}

// prepare builds the models.
func (g *Engine) prepare(ctx context.Context, s *store.Session, p coverage.Period) (*evaluation, error) {
	e := &evaluation{engine: g, session: s, period: p, whole: wholeWeeks(p), zone: g.zone(), now: g.Clock()}
	in := model.Input{Sealer: g.Sealer, Practice: g.Practice, Expect: g.Expect, Period: e.whole, Now: e.now}
	if g.Past != nil {
		in.Reviewed = g.Past.Reviewed()
	}
	built, err := model.Build(ctx, s, in)
	if err != nil {
		return nil, fmt.Errorf("building the models: %w", err)
	}
	e.built = &built
	if e.files, err = g.importedFiles(ctx); err != nil {
		return nil, err
	}
	if e.doubts, err = e.loadDoubts(ctx); err != nil {
		return nil, err
	}
	return e, s.Keep(ctx)
}

// ruleResult is what one rule gave.
type ruleResult struct {
	rule     *Effective
	run      Run
	findings []Finding
	perDay   map[coverage.Day]int64 // rows, also those that were dropped
}

// matches counts the rows of some days.
func (r *ruleResult) matches(p coverage.Period) int64 {
	var n int64
	for d, rows := range r.perDay {
		if d >= p.From && d <= p.To {
			n += rows
		}
	}
	return n
}

// rule runs one rule. Its own mistakes spoil its own outcome only; an error is
// returned only if the whole evaluation cannot go on.
func (e *evaluation) rule(ctx context.Context, r *Effective) (ruleResult, error) {
	p := units(r.Schedule.Period, e.period)
	run := Run{RuleID: r.ID, Version: r.Version, Period: p, Hash: r.Hash, Outcome: Ran}
	result := ruleResult{rule: r}
	if r.Off {
		run.Outcome, run.Reason = Off, r.OffReason
		result.run = run
		return result, nil
	}
	fit, err := e.applicable(ctx, r)
	if err != nil {
		return result, err
	}
	if fit.why != "" {
		run.Outcome, run.Reason = NotApplicable, fit.why
		result.run = run
		return result, nil
	}
	run.Reason = fit.note
	limit := e.engine.Limits.Time
	if limit == 0 {
		limit = defaultTime
	}
	began := e.engine.Clock()
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	drafts, rows, err := e.run(limited, r, p)
	if err == nil {
		result.findings, err = e.findings(limited, drafts)
	}
	run.Millis = e.engine.Clock().Sub(began).Milliseconds()
	switch {
	case ctx.Err() != nil:
		return result, ctx.Err()
	case limited.Err() != nil:
		run.Outcome, run.Reason = TimedOut, fmt.Sprintf("it took longer than %s", limit)
		result.findings = nil
	case err != nil:
		run.Outcome, run.Reason = Failed, plain(err)
		result.findings = nil
		e.engine.logger().ErrorContext(ctx, "a rule failed", slog.String("rule", r.ID))
	case rows.dropped > 0:
		run.Outcome = Truncated
		run.Reason = strings.TrimPrefix(fit.note+"; "+fmt.Sprintf("%d of %d rows were used", rows.used, rows.used+rows.dropped), "; ")
	}
	result.perDay = rows.perDay
	run.Matches, run.Findings = result.matches(e.period), int64(len(result.findings))
	result.run = run
	if err != nil {
		return result, e.session.Recover(ctx) // shows all events again, too
	}
	return result, e.restoreEvents(ctx, fit)
}

// plain is an error without what a database may quote of the data.
func plain(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	for _, e := range [][2]string{
		{"Conversion Error", "a value cannot be converted"},
		{"Out of Range Error", "a number is too large"},
		{"Invalid Input Error", "a function refuses a value"},
	} {
		if strings.Contains(text, e[0]) {
			return e[1]
		}
	}
	return text
}

// zone is the practice's zone.
func (g *Engine) zone() *time.Location {
	if g.Practice.Zone == nil {
		return time.UTC
	}
	return g.Practice.Zone
}

func (g *Engine) logger() *slog.Logger {
	if g.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return g.Log
}

type rowCount struct {
	used, dropped int64
	perDay        map[coverage.Day]int64
}

// run groups the rows of a rule into drafts, in the order of their first rows.
func (e *evaluation) run(ctx context.Context, r *Effective, p coverage.Period) ([]*draft, rowCount, error) {
	limit := e.engine.Limits.Rows
	if limit == 0 {
		limit = defaultRows
	}
	var list []*draft
	count := rowCount{perDay: map[coverage.Day]int64{}}
	byKey := map[string]*draft{}
	err := e.collect(ctx, r, windowOf(p, r.Schedule, e.zone), func(h hit) error {
		count.perDay[h.day]++
		if count.perDay[h.day] > int64(limit) {
			count.dropped++
			return nil
		}
		count.used++
		own := fixed(r.Schedule.Period, h.day)
		key := fmt.Sprintf("%q %d", h.group, own.From)
		d := byKey[key]
		if d == nil {
			d = newDraft(r, h, own)
			byKey[key] = d
			list = append(list, d)
		}
		d.add(h)
		return nil
	})
	// What lies wholly around the period belongs to another one.
	list = slices.DeleteFunc(list, func(d *draft) bool { return d.days.To < p.From || d.days.From > p.To })
	return list, count, err
}

// findings turns drafts into findings.
func (e *evaluation) findings(ctx context.Context, drafts []*draft) ([]Finding, error) {
	list := make([]Finding, 0, len(drafts))
	for _, d := range drafts {
		f, err := e.finding(ctx, d)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, e.lines(ctx, list)
}

func (e *evaluation) finding(ctx context.Context, d *draft) (Finding, error) {
	r := d.rule
	f := Finding{
		Fingerprint: fingerprint(e.engine.SiteKey, r.ID, d.group, r.Schedule.Period, d.period.From),
		RuleID:      r.ID, RuleVersion: r.Version, ParamsHash: r.Hash, Title: r.Title, Category: r.Category, Confidence: r.Confidence,
		Period: d.period, PeriodKind: r.Schedule.Period, FirstAt: time.Unix(d.first, 0).UTC(), LastAt: time.Unix(d.last, 0).UTC(), Rows: d.rows,
		FromDay: d.days.From, ToDay: d.days.To,
	}
	if r.Schedule.Period == rules.PeriodWeek || r.Schedule.Period == rules.PeriodDay {
		f.FromDay, f.ToDay = d.period.From, d.period.To
	}
	evidence := d.evidence()
	if r.Emit == rules.EmitIntervals {
		sampled, err := e.sampleOf(ctx, d)
		if err != nil {
			return f, err
		}
		evidence = append(slices.Clone(evidence), sampled...)
	}
	f.EventCount = d.rows
	f.CoversRules, f.NeverAsk = r.Covers, r.NeverAsk
	if r.Emit == rules.EmitIntervals {
		f.EventCount = int64(len(evidence) - len(d.evidence()))
	}
	f.Subject = e.subject(r.Subject.Type, d.id)
	f.UserIDs, f.PatientIDs = d.set("$user"), d.set("$patient")
	if len(f.UserIDs) == 0 && r.Subject.Type == rules.SubjectAccount {
		f.UserIDs = []string{d.id}
	}
	if len(f.UserIDs) == 1 {
		f.UserID = f.UserIDs[0]
	}
	for _, h := range evidence {
		f.Evidence = append(f.Evidence, e.show(r, h))
	}
	m := d.measures()
	f.Measures = shown(m)
	f.Quality = e.doubts.about(d)
	f.Provisional = e.now.Unix() < settles(f.ToDay, r.Schedule, e.zone)
	f.Mode = e.mode(d)
	var err error
	if reads(r, "first_open", "explained") {
		if f.Checked, err = e.checked(ctx, d); err != nil {
			return f, err
		}
	}
	if err := e.score(d, &f, m); err != nil {
		return f, err
	}
	err = e.words(d, &f, m)
	return f, err
}

// sampleOf reads what the subject of an interval did, and counts it in.
func (e *evaluation) sampleOf(ctx context.Context, d *draft) ([]hit, error) {
	events, err := e.sample(ctx, d.rule.Subject.Type, d.id, d.first, d.last, d.days, keptRows)
	if err != nil {
		return nil, fmt.Errorf("reading sample events: %w", err)
	}
	list := make([]hit, 0, len(events))
	for _, x := range events {
		d.count(x)
		list = append(list, hit{event: x, day: x.day, first: x.at, last: x.at})
	}
	return list, nil
}

func (e *evaluation) subject(t rules.SubjectType, id string) Subject {
	s := Subject{Type: t, ID: id}
	switch t {
	case rules.SubjectPerson:
		s.Name, s.Role = e.built.Names.Person(id), e.built.Names.Role(id)
	case rules.SubjectAccount:
		s.Name = e.built.Names.Account(id)
	case rules.SubjectPatient:
		s.Name = e.built.Names.Patient(id)
	case rules.SubjectSource, rules.SubjectLocation:
	}
	return s
}

// show is a row as a reader sees it.
func (e *evaluation) show(r *Effective, h hit) Evidence {
	x := Evidence{At: time.Unix(h.first, 0).UTC()}
	if h.event.hasEvent {
		v := h.event
		file := e.files[store.Import(v.id)]
		x.Event, x.EventID, x.File = v.id, store.EventName(file.sha256, v.id), file.path
		if v.hasSeq {
			x.SourceEventID = strconv.FormatInt(v.seq, 10)
		}
		x.LocalTime = localTime(v.at, v.day, v.minute)
		x.UserID, x.PatientID, x.Action, x.RecordType, x.Workstation = v.user, v.patient, v.action, v.record, v.workstation
	}
	for _, column := range r.Evidence {
		v, ok := h.values[column]
		if !ok || v.null || skipValue(column) {
			continue
		}
		if x.Values == nil {
			x.Values = map[string]string{}
		}
		if v.isNum {
			x.Values[column] = e.number(column, v.number)
		} else {
			x.Values[column] = v.text
		}
	}
	return x
}

// skipValue reports whether an evidence column is shown anyway.
func skipValue(column string) bool {
	switch column {
	case "ts_s", "event_id", "site", "user_id", "patient_id", "action", "record_type", "workstation":
		return true
	}
	return false
}

// localTime writes a time with the offset that the log's zone had.
func localTime(at int64, day coverage.Day, minute int64) string {
	wall := int64(day)*1440 + minute
	utc := at / 60
	return time.Unix(at, 0).In(time.FixedZone("", int(wall-utc)*60)).Format(time.RFC3339)
}

// dayOf is the practice's local day of an instant.
func (e *evaluation) dayOf(s int64) coverage.Day { return coverage.DayOf(time.Unix(s, 0).In(e.zone)) }

// Try runs one rule over a period and keeps nothing.
func (g *Engine) Try(ctx context.Context, p coverage.Period, r *Effective) (Run, []Finding, error) {
	var one ruleResult
	err := g.DB.Session(ctx, func(ctx context.Context, s *store.Session) error {
		e, err := g.prepare(ctx, s, p)
		if err != nil {
			return err
		}
		one, err = e.rule(ctx, r)
		return err
	})
	return one.run, one.findings, err
}
