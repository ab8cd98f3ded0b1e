package review

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
)

// Input is what a report is made of, beside what is stored.
type Input struct {
	Result   engine.Result
	Rules    []engine.Effective
	Expect   map[string]coverage.Expectation
	Site     string
	Practice string
	Version  string
	// Trigger is why the review is made, and Began when the work on it began.
	Trigger Trigger
	Began   time.Time
	// Due is when a week is due by the schedule; zero for other periods.
	Due time.Time
}

// Report puts a review together and writes into the journal that it was made.
func (v *Reviewer) Report(ctx context.Context, in Input) (Report, error) {
	p := in.Result.Period
	r := Report{
		Site: in.Site, Practice: in.Practice, Period: Dates(p), Timezone: v.Zone.String(), MadeAt: v.Clock().UTC(), Version: in.Version,
		Setup: in.Result.Setup, Explained: in.Result.Explained, Vendors: in.Result.Vendors, RuleSetHash: in.Result.RuleSetHash,
		Hidden: map[string]int{}, ByLevel: map[string]int{}, Findings: []Item{}, Cases: []Case{}, Warnings: []engine.Notice{},
	}
	if w := engine.WeekOf(p.From); w == p {
		r.Week = engine.WeekName(p.From)
	}
	b, err := v.Book(ctx)
	if err != nil {
		return r, err
	}
	hidden, err := v.fillFindings(ctx, &r, b, p)
	if err != nil {
		return r, err
	}
	r.fillFates(in, hidden)
	if err := v.fillLogs(ctx, &r, p, in.Expect); err != nil {
		return r, err
	}
	if r.Week != "" {
		r.SignOff = b.SignedOff(r.Week)
	}
	if r.Overdue, err = v.Overdue(ctx, b); err != nil {
		return r, err
	}
	zone, err := v.zoneWarning(ctx, p)
	if err != nil {
		return r, err
	}
	r.Warnings = append(append(r.Warnings, zone...), r.warnings()...)
	r.JournalHash, err = v.journal(ctx, &r, in)
	return r, err
}

// fillFindings puts the findings in, and counts those that are hidden by rule.
func (v *Reviewer) fillFindings(ctx context.Context, r *Report, b *Book, p coverage.Period) (map[string]int, error) {
	items, err := v.Items(ctx, b, coverage.Period{From: p.From - caseDays, To: p.To})
	if err != nil {
		return nil, err
	}
	hidden := map[string]int{}
	r.Cases = Cases(items, p.To)
	inCase := map[string]string{}
	for _, c := range r.Cases {
		for _, id := range c.Findings {
			inCase[id] = c.ID
		}
	}
	for _, x := range items {
		if x.ToDay < p.From || x.FromDay > p.To {
			continue
		}
		x.CaseID = inCase[x.ID]
		r.Provisional = r.Provisional || x.Provisional
		switch {
		case x.Listed():
			r.Findings = append(r.Findings, x)
			r.ByLevel[string(x.Level)]++
		case x.State == Watch:
			r.Hidden[string(x.Mode)]++
			hidden[x.RuleID]++
		case x.State == Suppressed:
			r.Hidden[string(Suppressed)]++
			hidden[x.RuleID]++
		}
	}
	return hidden, nil
}

// fillFates says what became of every rule.
func (r *Report) fillFates(in Input, hidden map[string]int) {
	runs := map[string]engine.Run{}
	for _, run := range in.Result.Runs {
		runs[run.RuleID] = run
	}
	listed := map[string]int{}
	for i := range r.Findings {
		listed[r.Findings[i].RuleID]++
	}
	for _, e := range in.Rules {
		run := runs[e.ID]
		f := RuleFate{
			ID: e.ID, Version: e.Version, Title: e.Title, Category: e.Category, Level: e.Level, Status: run.Outcome, Reason: run.Reason,
			Findings: listed[e.ID], Hidden: hidden[e.ID], HIPAA: e.HIPAA,
		}
		r.Rules = append(r.Rules, f)
	}
	slices.SortFunc(r.Rules, func(a, b RuleFate) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
}

// fillLogs says what the logs of the period hold.
func (v *Reviewer) fillLogs(ctx context.Context, r *Report, p coverage.Period, expect map[string]coverage.Expectation) error {
	facts, err := coverage.Load(ctx, v.DB, p)
	if err != nil {
		return err
	}
	r.Coverage, r.Without = facts.For(coverage.Options{Expect: expect, Days: true}), facts.Without(expect)
	for _, s := range r.Coverage {
		r.Provisional = r.Provisional || (s.InUse && s.LastDay < p.To)
	}
	err = v.DB.QueryRow(ctx, fmt.Sprintf(`SELECT count(*), count(DISTINCT nullif(user_code, 0)), count(DISTINCT nullif(patient_code, 0)),
		count(DISTINCT CASE WHEN patient_code <> 0 THEN (user_code::HUGEINT * 4294967296 + patient_code) * 100000 + local_day END)
		FROM event WHERE site = 1 AND local_day BETWEEN %d AND %d`, p.From, p.To)).Scan(&r.Totals.Events, &r.Totals.Users, &r.Totals.Patients, &r.Totals.Accesses)
	if err != nil {
		return fmt.Errorf("counting the events of the period: %w", err)
	}
	if r.Parsers, err = v.parsers(ctx, p); err != nil {
		return err
	}
	r.fillDays(p)
	return nil
}

func (v *Reviewer) parsers(ctx context.Context, p coverage.Period) ([]Parser, error) {
	rows, err := v.DB.Query(ctx, fmt.Sprintf(`SELECT parser, parser_version, count(*) FROM import WHERE import_id IN
		(SELECT import_id FROM source_day WHERE local_day BETWEEN %d AND %d) OR dataset <> 'events' GROUP BY ALL ORDER BY ALL`, p.From, p.To))
	if err != nil {
		return nil, fmt.Errorf("reading the manifest: %w", err)
	}
	defer rows.Close()
	list := []Parser{}
	for rows.Next() {
		var x Parser
		if err := rows.Scan(&x.Name, &x.Version, &x.Files); err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	return list, rows.Err()
}

// zoneWarning says that the logs of the period were read in other zones than the
// practice's: working hours would then be compared with the wrong times.
func (v *Reviewer) zoneWarning(ctx context.Context, p coverage.Period) ([]engine.Notice, error) {
	rows, err := v.DB.Query(ctx, fmt.Sprintf(`SELECT DISTINCT zone FROM import WHERE import_id IN
		(SELECT import_id FROM source_day WHERE local_day BETWEEN %d AND %d) ORDER BY zone`, p.From, p.To))
	if err != nil {
		return nil, fmt.Errorf("reading the manifest: %w", err)
	}
	defer rows.Close()
	var zones []string
	for rows.Next() {
		var zone string
		if err := rows.Scan(&zone); err != nil {
			return nil, err
		}
		zones = append(zones, zone)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(zones) == 0 || slices.Contains(zones, v.Zone.String()) {
		return nil, nil
	}
	return []engine.Notice{{
		Code: "other_zone", Message: "the logs of these days were read in the zone " + strings.Join(zones, ", ") + ", and this review is made in " + v.Zone.String(),
		Hint: "set timezone in the configuration to the practice's zone",
	}}, nil
}

// fillDays counts events and findings by day, for the chart.
func (r *Report) fillDays(p coverage.Period) {
	for d := p.From; d <= p.To; d++ {
		c := DayCount{Day: d, Status: "quiet"}
		for _, s := range r.Coverage {
			if !s.InUse {
				continue
			}
			for _, row := range s.Days {
				if row.Day != d {
					continue
				}
				c.Events += row.Events
				if row.Status != "quiet" && (c.Status == "quiet" || c.Status == "events") {
					c.Status = row.Status
				}
			}
		}
		for i := range r.Findings {
			if f := &r.Findings[i]; f.PeriodKind == "day" && f.FromDay == d {
				c.Findings++
			}
		}
		r.Days = append(r.Days, c)
	}
}

// warnings are what a reader must know before trusting the list.
func (r *Report) warnings() []engine.Notice {
	var list []engine.Notice
	add := func(code, message, hint string) {
		list = append(list, engine.Notice{Code: code, Message: message, Hint: hint})
	}
	if r.Totals.Events == 0 {
		add("no_events", "no log has an event in this period, so nothing was reviewed", "import the logs of these days, or choose other days")
	}
	for _, s := range r.Coverage {
		if s.InUse && !s.Complete {
			add("incomplete_log", "the log of "+s.Name+" is not complete for these days", "`chartwatch coverage` says what is missing")
		}
	}
	for _, name := range r.Without {
		add("source_without_data", name+" should have a log for these days, and none has come", "import it, or say in the configuration until when it was in use")
	}
	if n := r.count(engine.Failed) + r.count(engine.TimedOut); n > 0 {
		add("rules_failed", fmt.Sprintf("%d rules failed; what they look for was not looked for", n), "see the list of rules below")
	}
	if n := r.count(engine.NotApplicable); n > 0 {
		add("rules_not_applicable", fmt.Sprintf("%d rules could not be applied, because data is missing", n), "the list of rules says what each would need")
	}
	if len(r.Overdue) > 0 {
		add("overdue", fmt.Sprintf("%d earlier weeks have not been signed off", len(r.Overdue)), "review them with `chartwatch review --week WEEK` and sign them off with `chartwatch signoff WEEK`")
	}
	return list
}

func (r *Report) count(o engine.Outcome) int {
	n := 0
	for _, f := range r.Rules {
		if f.Status == o {
			n++
		}
	}
	return n
}

// Incomplete reports whether the review must not be read as a whole one.
func (r *Report) Incomplete() bool {
	if r.Totals.Events == 0 || len(r.Without) > 0 || r.count(engine.Failed)+r.count(engine.TimedOut)+r.count(engine.Truncated) > 0 {
		return true
	}
	return slices.ContainsFunc(r.Coverage, func(s coverage.Source) bool { return s.InUse && !s.Complete })
}
