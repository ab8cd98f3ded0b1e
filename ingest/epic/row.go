package epic

import (
	"context"
	"fmt"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// rows turns the records of one table into events.
type rows struct {
	layout  layout
	clock   *ingest.LocalClock
	phrases *vocabulary
	time    string // name of the column with the time, for messages

	at, user, alias, userName, patient   int
	phrase, code, record, encounter, key int
	place, session                       int
}

func newRows(l layout, h contextdata.Header, src ingest.Source) *rows {
	r := &rows{layout: l, clock: src.Clock(), phrases: newVocabulary()}
	place := h.Column
	const absent = -1
	r.alias, r.userName, r.patient, r.phrase, r.code = absent, absent, absent, absent, absent
	r.record, r.encounter, r.key, r.place, r.session = absent, absent, absent, absent, absent
	switch l {
	case layoutAccess:
		r.time, r.user, r.patient = colAccessTime, place(colUser), place(colPatient)
		r.phrase, r.code, r.encounter = place(colMetric), place(colMetricID), place(colCSN)
		r.place, r.session, r.userName = place(colPlace), place(colProcess), place(colUserName)
	case layoutPublished:
		r.time, r.user, r.patient = colTimestamp, place(colClinician), place(colPatientID)
		r.phrase, r.code = place(colEvent), place(colAccessType)
	case layoutChanges:
		r.time, r.user, r.userName, r.patient = colChangeTime, place(colUser), place(colUserName), place(colPatient)
		r.record, r.encounter = place(colElement), place(colContact)
	case layoutLogins:
		r.time, r.user, r.alias = colLoginTime, place(colLoginUser), place(colOSUser)
		r.place, r.key = place(colLoginAt), place(colLoginKey)
	case layoutNone:
	}
	r.at = place(r.time)
	return r
}

// row writes one record.
func (r *rows) row(ctx context.Context, w *ingest.Writer, rec contextdata.Record) error {
	patient := value(rec, r.patient)
	reject := func(reason ingest.Reason) error {
		out := rec.Reject(r.time, reason)
		out.PatientID = patient
		return w.Reject(ctx, out)
	}
	text := value(rec, r.at)
	if text == "" {
		return reject(ingest.ReasonMissingTime)
	}
	when, ok := rec.Order.Instant(fullYear(text), r.clock)
	if !ok {
		if _, bare := contextdata.ParseTimeOfDay(text); bare && w.Counts().Rows[ingest.Events] == 0 {
			return fmt.Errorf("column %q holds a time of day without a date; add the date of each access to it", r.time)
		}
		return reject(ingest.ReasonBadTime)
	}
	e := ingest.Event{
		Line: rec.Line, At: when.At, TZBasis: when.Basis, TimeFlag: when.Flag,
		UserID: value(rec, r.user), UserAltID: value(rec, r.alias), UserName: value(rec, r.userName),
		PatientID: patient, SourceEventID: value(rec, r.key), RecordID: value(rec, r.encounter),
		Workstation: value(rec, r.place), SessionID: value(rec, r.session),
		Outcome: ingest.OutcomeSuccess,
	}
	r.what(rec, &e)
	return w.Event(ctx, e)
}

// what fills in what was done.
func (r *rows) what(rec contextdata.Record, e *ingest.Event) {
	switch r.layout {
	case layoutChanges:
		e.Granularity, e.Action = ingest.GranularityEvent, ingest.ActionUpdate
		e.RecordType, e.RecordRaw = ingest.RecordOther, value(rec, r.record)
		return
	case layoutLogins:
		e.Granularity, e.Action, e.Outcome = ingest.GranularityEvent, ingest.ActionLogin, ingest.OutcomeUnknown
		e.RecordType = ingest.RecordSession
		return
	case layoutAccess, layoutPublished, layoutNone:
	}
	e.Granularity = ingest.GranularityScreen
	phrase, code := value(rec, r.phrase), value(rec, r.code)
	m := r.phrases.of(phrase)
	e.Action, e.Outcome, e.BreakGlass, e.RecordType, e.ActionRaw = m.action, m.outcome, m.breakGlass, m.record, phrase
	switch {
	case r.layout == layoutPublished:
		e.ActionRaw = join(phrase, code)
		if e.Action == ingest.ActionOther && e.Outcome == ingest.OutcomeSuccess {
			e.Action = accessType(code)
		}
	case phrase == "":
		e.ActionRaw = code
	}
}

// accessType reads the column that tells views from changes.
func accessType(s string) ingest.Action {
	switch strings.ToUpper(s) {
	case "VIEW":
		return ingest.ActionView
	case "MODIFY":
		return ingest.ActionUpdate
	}
	return ingest.ActionOther
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "|" + b
}

// value returns a cell. What databases write for no value is none, among it the
// starred words of Caboodle, such as *Unspecified.
func value(rec contextdata.Record, column int) string {
	s := rec.ID(column)
	if strings.HasPrefix(s, "*") || strings.EqualFold(s, "null") || strings.EqualFold(s, "unknown") {
		return ""
	}
	return s
}

// fullYear writes the year of a date with slashes in four digits. No log is
// older than the year 2000.
func fullYear(s string) string {
	first := strings.IndexByte(s, '/')
	if first < 0 {
		return s
	}
	second := strings.IndexByte(s[first+1:], '/')
	if second < 0 {
		return s
	}
	year := first + 1 + second + 1
	if len(s) < year+2 || !digit(s[year]) || !digit(s[year+1]) || len(s) > year+2 && digit(s[year+2]) {
		return s
	}
	return s[:year] + "20" + s[year:]
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
