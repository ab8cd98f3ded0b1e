package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/rules"
)

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
