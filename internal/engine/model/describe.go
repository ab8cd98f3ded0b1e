package model

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/rules/models"
)

// complete makes sure that no stored event of the window is left out of the model,
// twins excepted: a review must not be silent about a part of the log.
func (b *builder) complete(ctx context.Context) error {
	var stored, there int64
	err := b.s.QueryRow(ctx, fmt.Sprintf("SELECT count(*) FROM %s WHERE site = 1 AND local_day BETWEEN %d AND %d",
		b.s.Stored("event"), b.window.From, b.window.To)).Scan(&stored)
	if err != nil {
		return err
	}
	if err := b.s.QueryRow(ctx, "SELECT count(*) FROM temp."+AllEvents).Scan(&there); err != nil {
		return err
	}
	if there != stored-b.twins {
		return fault.New(fault.Internal, fmt.Sprintf("of %d stored events, %d could be prepared for review", stored, there),
			"run `chartwatch rebuild`, and report this if it comes back")
	}
	return nil
}

// sharedColumns are the columns of model events whose shares are counted: those
// that a log may lack.
func sharedColumns() []string {
	return []string{"user_id", "person_id", "patient_id", "workstation", "location", "ip", "record_type", "source_seq"}
}

// fewEvents are too few to say whether a log writes seconds.
const fewEvents = 30

// shares counts what the events of the period hold, by source.
func (b *builder) shares(ctx context.Context) error {
	columns := sharedColumns()
	counts := make([]int64, len(columns))
	list := make([]string, 0, len(columns)+3)
	source := Source{}
	targets := []any{&source.Name, &source.Events}
	for i, c := range columns {
		list = append(list, "count(CASE WHEN CAST("+c+" AS VARCHAR) <> '' THEN 1 END)")
		targets = append(targets, &counts[i])
	}
	var seconds, logins, placed int64
	const login = "action IN ('login', 'login_failed')"
	list = append(list, "count(CASE WHEN ts_s % 60 <> 0 THEN 1 END)", "count(CASE WHEN "+login+" THEN 1 END)",
		"count(CASE WHEN "+login+" AND (workstation <> '' OR ip <> '') THEN 1 END)")
	targets = append(targets, &seconds, &logins, &placed)
	query := fmt.Sprintf("SELECT source_id, count(*), %s FROM events WHERE day_no BETWEEN %d AND %d GROUP BY source_id ORDER BY source_id",
		strings.Join(list, ", "), b.in.Period.From, b.in.Period.To)
	return b.each(ctx, query, func() error {
		s := Source{Name: source.Name, Events: source.Events, Shares: make(map[string]float64, len(columns))}
		for i, c := range columns {
			s.Shares[c] = float64(counts[i]) / float64(s.Events)
		}
		s.Shares[models.ShareSecond], s.Shares[models.ShareLoginOrigin] = 1, 1
		if s.Events >= fewEvents {
			s.Shares[models.ShareSecond] = float64(seconds) / float64(s.Events)
		}
		if logins > 0 {
			s.Shares[models.ShareLoginOrigin] = float64(placed) / float64(logins)
		}
		b.built.Sources = append(b.built.Sources, s)
		return nil
	}, targets...)
}

// actions finds which actions there were in the last 90 days. A login that failed
// is one of the failed logins, however the log writes it.
func (b *builder) actions(ctx context.Context) error {
	var action string
	return b.each(ctx, fmt.Sprintf(`WITH k AS (SELECT action, outcome FROM temp.mdl_kind WHERE kind_code IN (
			SELECT kind_code FROM %s WHERE site = 1 AND local_day BETWEEN %d AND %d))
		SELECT action FROM k UNION SELECT 'login_failed' FROM k WHERE action = 'login' AND outcome = 'failure' ORDER BY 1`,
		b.s.Stored("event"), b.in.Period.To-89, b.in.Period.To), func() error {
		b.built.Actions = append(b.built.Actions, action)
		return nil
	}, &action)
}

// history finds since when there is a log, and which context is not there.
func (b *builder) history(ctx context.Context) error {
	var first sql.NullInt64
	err := b.s.QueryRow(ctx, fmt.Sprintf("SELECT min(local_day), count(DISTINCT local_day) FILTER (WHERE local_day < %d) FROM %s WHERE site = 1 AND events > 0",
		b.in.Period.From, b.s.Stored("source_day"))).Scan(&first, &b.built.HistoryDays)
	if err != nil {
		return err
	}
	b.built.FirstDay = coverage.Day(first.Int64) //nolint:gosec // an INTEGER
	var appointments bool
	if err := b.s.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM "+b.s.Stored("appointment")+" WHERE site = 1)").Scan(&appointments); err != nil {
		return err
	}
	for _, c := range []struct {
		context string
		there   bool
	}{
		{models.ContextRoster, b.people.rows > 0},
		{models.ContextPatients, len(b.patients) > 0},
		{models.ContextAppointments, appointments},
		{models.ContextWorkstations, len(b.in.Practice.Workstations) > 0},
		{models.ContextHours, len(b.in.Practice.Hours) > 0},
	} {
		if !c.there {
			b.built.Missing = append(b.built.Missing, c.context)
		}
	}
	return nil
}
