package opendental

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// detectTable looks at the header of a table with separators.
func detectTable(h ingest.Head) error {
	_, err := contextdata.ReadHeader(h.Bytes, match)
	return err
}

// match accepts the headers of the tables that are read.
func match(h contextdata.Header) error {
	switch kindOf(h) {
	case kindGrid:
		return h.Once(gridColumns()...)
	case kindAttempts:
		return h.Once("DateTFail")
	case kindLog:
		return h.Once("PermType", "LogDateTime")
	default:
		return errors.New(`the header is neither that of securitylog or loginattempt nor that of the Audit Trail grid`)
	}
}

// kind is a form of table.
type kind uint8

const (
	kindNone kind = iota
	kindLog
	kindAttempts
	kindGrid
)

func kindOf(h contextdata.Header) kind {
	l := newLayout(h.Column)
	switch {
	case l.missing() == "":
		return kindLog
	case h.Has("UserName", "DateTFail"):
		return kindAttempts
	case h.Has(gridColumns()...):
		return kindGrid
	}
	return kindNone
}

// readTable reads a table with separators.
func readTable(ctx context.Context, src ingest.Source, w *ingest.Writer, perms *permissions) error {
	r, h, err := contextdata.NewReader(src, match, "LogDateTime", "DateTFail", "Date")
	if err != nil {
		return err
	}
	r.AsLog(plainSpace)
	t := table{w: w, conv: newConverter(src, perms)}
	take := t.logRow(h)
	switch kindOf(h) {
	case kindAttempts:
		take = t.attemptRow(h)
	case kindGrid:
		take = t.gridRow(h)
	case kindLog, kindNone:
	}
	if err := r.Each(ctx, w, func(rec contextdata.Record) error { return take(ctx, rec) }); err != nil {
		return fmt.Errorf("reading the table: %w", err)
	}
	if t.rows > 0 && t.views == 0 {
		w.Note(ingest.Note{Kind: ingest.NoteNoReads})
	}
	return nil
}

// table reads rows of a table with separators.
type table struct {
	w    *ingest.Writer
	conv *converter

	rows, views int64
}

// takeRecord reads one record.
type takeRecord func(context.Context, contextdata.Record) error

// logRow returns how to read a record of securitylog.
func (t *table) logRow(h contextdata.Header) takeRecord {
	places := newLayout(h.Column)
	return func(ctx context.Context, rec contextdata.Record) error {
		l := line{
			number: rec.Line, raw: rec.Raw, layout: &places, order: rec.Order,
			cell: func(i int) string { return withoutNull(rec.Fields[i]) },
		}
		a, bad := t.conv.access(&l)
		if bad != nil {
			return t.w.Reject(ctx, l.reject(&a, bad))
		}
		if places[cHash] >= 0 {
			a.integrity = t.conv.check(&l, &a)
		}
		return t.write(ctx, &a)
	}
}

func (t *table) write(ctx context.Context, a *access) error {
	t.rows++
	e := a.event(t.conv.perms)
	if e.Action == ingest.ActionView {
		t.views++
	}
	return t.w.Event(ctx, e)
}

// attemptRow returns how to read a record of loginattempt.
func (t *table) attemptRow(h contextdata.Header) takeRecord {
	num, name, kind, when := h.Column("LoginAttemptNum"), h.Column("UserName"), h.Column("LoginType"), h.Column("DateTFail")
	return func(ctx context.Context, rec contextdata.Record) error {
		a := attempt{line: rec.Line, num: rec.ID(num), name: withoutNull(rec.Get(name)), kind: rec.Get(kind)}
		return a.write(ctx, t.w, rec.Order, plainSpace(rec.Get(when)), t.conv.clock, rec.Raw)
	}
}

// gridColumns are the columns of the grid; Log Source and Last Edit came later.
func gridColumns() []string {
	return []string{"Date", "Time", "Patient", "User", "Permission", "Computer", "Log Text"}
}

// gridRow returns how to read a record of the grid.
func (t *table) gridRow(h contextdata.Header) takeRecord {
	var at [7]int
	for i, name := range gridColumns() {
		at[i] = h.Column(name)
	}
	source := h.Column("Log Source")
	return func(ctx context.Context, rec contextdata.Record) error {
		a := access{line: rec.Line, computer: rec.Get(at[5])}
		reject := func(column string, reason ingest.Reason) error {
			r := rec.Reject(column, reason)
			r.At, r.PatientID = a.at.At, a.patient
			return t.w.Reject(ctx, r)
		}
		var ok bool
		if a.patient, a.patientName, ok = gridPatient(rec.Get(at[2])); !ok {
			return reject("Patient", ingest.ReasonBadValue)
		}
		date, clock := rec.Get(at[0]), rec.Get(at[1])
		if date == "" {
			return reject("Date", ingest.ReasonMissingTime)
		}
		if a.at, ok = rec.Order.Instant(date+" "+plainSpace(clock), t.conv.clock); !ok {
			return reject("Date", ingest.ReasonBadTime)
		}
		if a.perm, a.label, ok = t.conv.perms.find(rec.Get(at[4])); !ok {
			return reject("Permission", ingest.ReasonBadValue)
		}
		if a.source, a.sourceName, ok = findSource(rec.Get(source)); !ok {
			return reject("Log Source", ingest.ReasonBadValue)
		}
		a.name, a.user, a.gone = gridUser(rec.Get(at[3]))
		if a.perm == permUserLogOnOff {
			a.text = logOnOf(rec.Get(at[6]))
		}
		return t.write(ctx, &a)
	}
}

// gridPatient takes apart a patient such as "1001-Doe, Jane".
func gridPatient(s string) (id, name string, ok bool) {
	if s == "" {
		return "", "", true
	}
	id, name, dash := strings.Cut(s, "-")
	n, ok := wholeNumber(id)
	if !dash || !ok || n == 0 {
		return "", "", false
	}
	return number(n), strings.TrimSpace(name), true
}

// gridUser returns the account of a row: its name, or the number of one that is
// not known, as in Unknown(123). Unknown(0) is nobody.
func gridUser(s string) (name, num string, gone bool) {
	if rest, ok := strings.CutPrefix(s, "Unknown("); ok {
		if n, ok := wholeNumber(strings.TrimSuffix(rest, ")")); ok && strings.HasSuffix(rest, ")") {
			return "", number(n), true
		}
	}
	return s, "", false
}

// withoutNull turns the ways in which tools write null into an empty text.
func withoutNull(s string) string {
	if s == "NULL" || s == `\N` {
		return ""
	}
	return s
}
