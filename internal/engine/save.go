package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/rules"
)

// save writes the ledger and the findings of an evaluation in one transaction.
// A finding that was there before is updated; one that the same days no longer
// give is kept and marked as not present.
func (g *Engine) save(ctx context.Context, results []ruleResult, marks []chunk) error {
	if len(results) == 0 {
		return nil
	}
	now := g.Clock().UnixMicro()
	return g.DB.Update(ctx, func(ctx context.Context, tx *store.Tx) error {
		before := map[string]earlier{}
		for i := range results {
			if err := g.forget(ctx, tx, &results[i], now, before); err != nil {
				return err
			}
		}
		if err := g.writeFindings(ctx, tx, results, before, now); err != nil {
			return err
		}
		return writeLedger(ctx, tx, results, marks, now)
	})
}

// earlier is what stays of a finding that is written again.
type earlier struct {
	created int64
	days    coverage.Period
	present bool
}

// stretch keeps the days outside of a period on which a finding of a quarter, or of
// a lasting situation, was met before: a review of one week must not take it away
// from that of another.
func (b earlier) stretch(f *Finding, p coverage.Period) {
	if !b.present || (f.PeriodKind != rules.PeriodQuarter && f.PeriodKind != rules.PeriodOnce) {
		return
	}
	if b.days.From < p.From {
		f.FromDay = b.days.From
	}
	if b.days.To > p.To {
		f.ToDay = b.days.To
	}
}

// forget takes away the findings that are about to be written again, and marks
// those of the same days that were not found again, all of them if the rule was
// switched off. A rule that could not run changes nothing.
func (g *Engine) forget(ctx context.Context, tx *store.Tx, one *ruleResult, now int64, before map[string]earlier) error {
	switch one.run.Outcome {
	case Ran, Truncated, Off:
	case NotApplicable, Failed, TimedOut:
		return nil
	}
	prints := make([]string, 0, len(one.findings))
	for _, f := range one.findings {
		prints = append(prints, f.Fingerprint)
	}
	again := quoted(append(prints, ""))
	rows, err := tx.Query(ctx, "SELECT fingerprint, created_us, from_day, to_day, present FROM finding WHERE site = 1 AND rule_id = ? AND fingerprint IN ("+again+")", one.rule.ID)
	if err != nil {
		return fmt.Errorf("reading earlier findings: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var b earlier
		if err := rows.Scan(&key, &b.created, &b.days.From, &b.days.To, &b.present); err != nil {
			return err
		}
		before[key] = b
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, table := range []string{"finding", "finding_evidence"} {
		if err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE site = 1 AND fingerprint IN ("+again+")"); err != nil {
			return err
		}
	}
	from, to := int32(one.run.Period.From), int32(one.run.Period.To)
	return tx.Exec(ctx, `UPDATE finding SET present = false, updated_us = ? WHERE site = 1 AND rule_id = ? AND present
		AND ((from_day >= ? AND to_day <= ?) OR (period_kind IN ('quarter', 'once') AND to_day BETWEEN ? AND ?))`, now, one.rule.ID, from, to, from, to)
}

func (g *Engine) writeFindings(ctx context.Context, tx *store.Tx, results []ruleResult, before map[string]earlier, now int64) error {
	t := newTable("fingerprint", "rule_id", "params_hash", "category", "level", "period_kind", "mode")
	n := newNumbers("rule_version", "risk", "from_day", "to_day", "first_us", "last_us", "events", "patients", "provisional", "present", "created_us", "updated_us")
	var contents [][]byte
	var prints []string
	evidence := newNumbers("ord", "event_id")
	for _, one := range results {
		for _, f := range one.findings {
			b, again := before[f.Fingerprint]
			if !again {
				b.created = now
			}
			b.stretch(&f, one.run.Period)
			content, err := json.Marshal(f)
			if err != nil {
				return fmt.Errorf("writing a finding: %w", err)
			}
			sealed, err := g.Sealer.Seal(seal.KindContext, string(content))
			if err != nil {
				return err
			}
			contents = append(contents, sealed)
			t.add(f.Fingerprint, f.RuleID, f.ParamsHash, string(f.Category), string(f.Level), string(f.PeriodKind), string(f.Mode))
			n.add(int64(f.RuleVersion), int64(f.Risk), int64(f.FromDay), int64(f.ToDay), f.FirstAt.UnixMicro(), f.LastAt.UnixMicro(),
				f.EventCount, int64(len(f.PatientIDs)), flag(f.Provisional), 1, b.created, now)
			for i, x := range f.Evidence {
				if x.Event != 0 {
					evidence.add(int64(i), x.Event)
					prints = append(prints, f.Fingerprint)
				}
			}
		}
	}
	columns := append(append(t.columns, n.columns...), store.Column{Name: "content", Blobs: contents})
	if err := tx.Load(ctx, "finding", columns, store.Constant{Name: "site", Value: 1}); err != nil {
		return err
	}
	columns = append(slices.Clone(evidence.columns), store.Column{Name: "fingerprint", Texts: prints})
	return tx.Load(ctx, "finding_evidence", columns, store.Constant{Name: "site", Value: 1})
}

func writeLedger(ctx context.Context, tx *store.Tx, results []ruleResult, marks []chunk, now int64) error {
	t := newTable("rule_id", "params_hash", "watermark", "outcome", "reason")
	n := newNumbers("rule_version", "from_day", "to_day", "matches", "findings", "millis", "run_us")
	for _, one := range results {
		for i, c := range marks {
			var found, millis int64
			if i == 0 {
				millis = one.run.Millis // of the whole period
			}
			for _, f := range one.findings {
				if f.FromDay <= c.days.To && f.ToDay >= c.days.From {
					found++
				}
			}
			r := one.run
			t.add(r.RuleID, r.Hash, c.mark, string(r.Outcome), r.Reason)
			n.add(int64(r.Version), int64(c.days.From), int64(c.days.To), one.matches(c.days), found, millis, now)
		}
	}
	return tx.Load(ctx, "rule_run", append(t.columns, n.columns...), store.Constant{Name: "site", Value: 1})
}

// table collects text columns, numbers collects integer columns.
type table struct{ columns []store.Column }

func newTable(names ...string) *table {
	t := &table{}
	for _, name := range names {
		t.columns = append(t.columns, store.Column{Name: name})
	}
	return t
}

func (t *table) add(values ...string) {
	for i, v := range values {
		t.columns[i].Texts = append(t.columns[i].Texts, v)
	}
}

type numbers struct{ columns []store.Column }

func newNumbers(names ...string) *numbers { return &numbers{columns: newTable(names...).columns} }

func (n *numbers) add(values ...int64) {
	for i, v := range values {
		n.columns[i].Ints = append(n.columns[i].Ints, v)
	}
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Findings reads the findings whose days meet a period and that the data still
// shows, the highest risk first. What is covered by a stronger one says so.
func Findings(ctx context.Context, db *store.DB, sealer *seal.Sealer, p coverage.Period) ([]Finding, error) {
	stored, err := StoredFindings(ctx, db, sealer, "from_day <= ? AND to_day >= ? AND present", int32(p.To), int32(p.From))
	if err != nil {
		return nil, err
	}
	list := make([]Finding, 0, len(stored))
	for _, s := range stored {
		list = append(list, s.Finding)
	}
	Cover(list)
	return list, nil
}

// Stored is a finding with what the store knows about it.
type Stored struct {
	Finding
	Present              bool
	CreatedUs, UpdatedUs int64
}

// StoredFindings reads findings by a condition on table finding, the highest risk
// first. The condition is text of the program's own; values are bound.
func StoredFindings(ctx context.Context, db *store.DB, sealer *seal.Sealer, where string, args ...any) ([]Stored, error) {
	rows, err := db.Query(ctx, "SELECT content, present, created_us, updated_us FROM finding WHERE site = 1 AND "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("reading findings: %w", err)
	}
	defer rows.Close()
	list := []Stored{}
	for rows.Next() {
		var content []byte
		var s Stored
		if err := rows.Scan(&content, &s.Present, &s.CreatedUs, &s.UpdatedUs); err != nil {
			return nil, err
		}
		text, err := sealer.Open(seal.KindContext, content)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(text), &s.Finding); err != nil {
			return nil, fmt.Errorf("reading a finding: %w", err)
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b Stored) int {
		return cmp.Or(cmp.Compare(b.Risk, a.Risk), cmp.Compare(a.FirstAt.Unix(), b.FirstAt.Unix()), cmp.Compare(a.RuleID, b.RuleID), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	return list, nil
}
