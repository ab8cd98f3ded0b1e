package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/store"
)

// version is raised when the engine gives other findings for the same data and
// rules, so that what the ledger has is evaluated again.
const version = 1

// chunk is a part of a period that the ledger has a line for: an ISO week, or what
// of it lies in the period.
type chunk struct {
	days coverage.Period
	mark string // over the data and the context that an evaluation of the days sees
}

// chunks divides a period into weeks.
func chunks(p coverage.Period) []coverage.Period {
	var list []coverage.Period
	for d := p.From; d <= p.To; {
		w := WeekOf(d)
		part := coverage.Period{From: d, To: min(w.To, p.To)}
		list = append(list, part)
		d = part.To + 1
	}
	return list
}

// Data that an evaluation of a day may see lies around it.
const (
	seenBefore = 184
	seenAfter  = 40
)

// watermarks says for each part of a period what data an evaluation would see:
// which import gave how many events of which day, and what context there is.
func (g *Engine) watermarks(ctx context.Context, p coverage.Period) ([]chunk, error) {
	rows, err := g.DB.Query(ctx, fmt.Sprintf(`SELECT local_day, string_agg(source_id || ':' || import_id || ':' || events || ':' || check_failed, ',' ORDER BY source_id, import_id)
		FROM source_day WHERE site = 1 AND local_day BETWEEN %d AND %d GROUP BY local_day ORDER BY local_day`, p.From-seenBefore, p.To+seenAfter))
	if err != nil {
		return nil, fmt.Errorf("reading what the logs hold: %w", err)
	}
	defer rows.Close()
	var days []coverage.Day
	var texts []string
	for rows.Next() {
		var d coverage.Day
		var text string
		if err := rows.Scan(&d, &text); err != nil {
			return nil, err
		}
		days, texts = append(days, d), append(texts, text)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	around, err := g.contextMark(ctx)
	if err != nil {
		return nil, err
	}
	var list []chunk
	for _, part := range chunks(p) {
		h := sha256.New()
		_, _ = fmt.Fprintln(h, version, around)
		for i, d := range days {
			if d >= part.From-seenBefore && d <= part.To+seenAfter {
				_, _ = fmt.Fprintln(h, d, texts[i])
			}
		}
		list = append(list, chunk{days: part, mark: hex.EncodeToString(h.Sum(nil)[:8])})
	}
	return list, nil
}

// contextMark is over everything beside the logs that an evaluation sees.
func (g *Engine) contextMark(ctx context.Context) (string, error) {
	var imports string
	err := g.DB.QueryRow(ctx, `SELECT coalesce(string_agg(import_id || ':' || accepted, ',' ORDER BY import_id), '') FROM import WHERE dataset <> 'events'`).Scan(&imports)
	if err != nil {
		return "", fmt.Errorf("reading the manifest: %w", err)
	}
	var reviewed any
	if g.Past != nil {
		reviewed = g.Past.Reviewed()
	}
	zone := ""
	if g.Practice.Zone != nil {
		zone = g.Practice.Zone.String()
	}
	own := g.Practice
	own.Zone = nil
	text, err := json.Marshal([]any{imports, zone, own, g.Expect, reviewed})
	if err != nil {
		return "", fmt.Errorf("writing down the context: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// due divides the rules into those to run and those that the ledger already has
// for the same data, rule and values.
func (g *Engine) due(ctx context.Context, p coverage.Period, marks []chunk) ([]*Effective, []Run, error) {
	last, err := g.lastRuns(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	now := g.Clock()
	var todo []*Effective
	var done []Run
	for i := range g.Rules {
		r := &g.Rules[i]
		runs := make([]Run, 0, len(marks))
		for _, c := range marks {
			l, ok := last[ledgerKey{r.ID, c.days}]
			same := ok && l.mark == c.mark && l.run.Hash == r.Hash && l.run.Version == r.Version
			if same && l.run.Outcome != Failed && l.run.Outcome != TimedOut && !g.settled(l, r, now) {
				runs = append(runs, l.run)
			}
		}
		if len(runs) < len(marks) || len(marks) == 0 {
			todo = append(todo, r)
			continue
		}
		done = append(done, together(runs, p))
	}
	return todo, done, nil
}

// settled reports whether a day has settled since it was evaluated, so that what
// was found must no longer be called provisional.
func (g *Engine) settled(l ledgerLine, r *Effective, now time.Time) bool {
	if l.run.Findings == 0 {
		return false
	}
	for d := l.run.Period.From; d <= WeekOf(l.run.Period.To).To; d++ {
		at := settles(d, r.Schedule, g.zone())
		if l.us/1_000_000 < at && at <= now.Unix() {
			return true
		}
	}
	return false
}

// together makes one run of the runs of a period's parts, with the worst outcome.
func together(runs []Run, p coverage.Period) Run {
	sum := runs[0]
	sum.Matches, sum.Findings, sum.Millis, sum.Period, sum.Unchanged = 0, 0, 0, p, true
	for _, r := range runs {
		sum.Matches += r.Matches
		sum.Findings += r.Findings
		if sum.Outcome == Ran && r.Outcome != Ran {
			sum.Outcome, sum.Reason = r.Outcome, r.Reason
		}
	}
	return sum
}

type ledgerKey struct {
	rule string
	days coverage.Period
}

type ledgerLine struct {
	run  Run
	mark string
	us   int64 // when it was written
}

// lastRuns reads the newest line of the ledger for each rule and part of a period.
func (g *Engine) lastRuns(ctx context.Context, p coverage.Period) (map[ledgerKey]ledgerLine, error) {
	rows, err := g.DB.Query(ctx, `SELECT rule_id, rule_version, from_day, to_day, params_hash, watermark, outcome, coalesce(reason, ''), matches, findings, millis, run_us
		FROM rule_run WHERE site = 1 AND from_day >= ? AND to_day <= ? ORDER BY run_us`, int32(p.From), int32(p.To))
	if err != nil {
		return nil, fmt.Errorf("reading the ledger: %w", err)
	}
	defer rows.Close()
	all := map[ledgerKey]ledgerLine{}
	for rows.Next() {
		var l ledgerLine
		r := &l.run
		if err := rows.Scan(&r.RuleID, &r.Version, &r.Period.From, &r.Period.To, &r.Hash, &l.mark, &r.Outcome, &r.Reason, &r.Matches, &r.Findings, &r.Millis, &l.us); err != nil {
			return nil, err
		}
		all[ledgerKey{r.RuleID, r.Period}] = l
	}
	return all, rows.Err()
}

// quoted is a list of texts of our own for SQL.
func quoted(list []string) string {
	parts := make([]string, len(list))
	for i, s := range list {
		parts[i] = "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return strings.Join(parts, ", ")
}

// Ledger reads what became of each rule in a period: for each the newest line of
// every part, put together, with the worst outcome. A rule that has no line for
// some part is not in it.
func Ledger(ctx context.Context, db *store.DB, p coverage.Period) ([]Run, error) {
	last, err := (&Engine{DB: db}).lastRuns(ctx, p)
	if err != nil {
		return nil, err
	}
	parts := chunks(p)
	byRule := map[string][]Run{}
	for key, line := range last {
		if slices.Contains(parts, key.days) {
			byRule[key.rule] = append(byRule[key.rule], line.run)
		}
	}
	list := []Run{}
	for _, runs := range byRule {
		if len(runs) == len(parts) {
			slices.SortFunc(runs, func(a, b Run) int { return int(a.Period.From - b.Period.From) })
			list = append(list, together(runs, p))
		}
	}
	slices.SortFunc(list, func(a, b Run) int { return strings.Compare(a.RuleID, b.RuleID) })
	return list, nil
}
