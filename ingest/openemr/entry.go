package openemr

import (
	"context"
	"strconv"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// entry is a row of the log in the compact form in which it waits for what
// stands behind it in a dump. Texts are numbers of an interner.
type entry struct {
	id, line, at  int64 // at is in microseconds of Unix time
	patient, doc  int64
	sum           digest
	event         uint32
	category      uint32
	user          uint32
	cert          uint32
	ip            uint32
	outcome       outcome
	flag          timeFlag
	reason        reason
	method        method
	integrity     integrity
	portal, known bool // known: sum was computed
	disclosure    bool
	apiFailure    bool
}

// entrySize is what an entry takes in memory.
const entrySize = 96

type outcome uint8

const (
	outcomeUnknown outcome = iota
	outcomeSuccess
	outcomeFailure
)

func (o outcome) value() ingest.Outcome {
	switch o {
	case outcomeSuccess:
		return ingest.OutcomeSuccess
	case outcomeFailure:
		return ingest.OutcomeFailure
	default:
		return ingest.OutcomeUnknown
	}
}

type timeFlag uint8

const (
	timeCertain timeFlag = iota
	timeAmbiguous
	timeNonexistent
)

func flagOf(f ingest.TimeFlag) timeFlag {
	switch f {
	case ingest.TimeAmbiguous:
		return timeAmbiguous
	case ingest.TimeNonexistent:
		return timeNonexistent
	default:
		return timeCertain
	}
}

func (f timeFlag) value() ingest.TimeFlag {
	switch f {
	case timeAmbiguous:
		return ingest.TimeAmbiguous
	case timeNonexistent:
		return ingest.TimeNonexistent
	default:
		return ""
	}
}

// converter turns rows into entries and entries into events.
type converter struct {
	clock   *ingest.LocalClock
	text    *interner
	scratch []byte
}

func newConverter(src ingest.Source) *converter {
	return &converter{clock: src.Clock(), text: newInterner()}
}

// entry converts a row. Either the entry or the reject counts.
func (c *converter) entry(r *row, disclosure bool) (entry, *ingest.Reject) {
	e := entry{line: r.line, disclosure: disclosure}
	var ok bool
	if e.id, ok = wholeNumber(r.v[fID]); !ok {
		return e, r.reject(fID, ingest.ReasonBadValue)
	}
	wall, reason := parseDate(r.v[fDate])
	if reason != "" {
		reject := r.reject(fDate, reason)
		if patient, ok := wholeNumber(r.v[fPatient]); ok {
			reject.PatientID = number64(patient)
		}
		return e, reject
	}
	at, flag := c.clock.Resolve(wall)
	e.at = at.UnixMicro()
	e.flag = flagOf(flag)
	refuse := func(f field, reason ingest.Reason) (entry, *ingest.Reject) {
		reject := r.reject(f, reason)
		reject.At, reject.PatientID = at, number64(e.patient)
		return e, reject
	}
	if e.patient, ok = wholeNumber(r.v[fPatient]); !ok {
		e.patient = 0
		return refuse(fPatient, ingest.ReasonBadValue)
	}
	if e.doc, ok = wholeNumber(r.v[fDocument]); !ok {
		e.doc = 0 // of no weight for the access itself
	}
	if len(r.v[fEvent]) == 0 {
		return refuse(fEvent, ingest.ReasonMissingField)
	}
	for _, f := range [...]field{fUser, fCert} {
		if len(r.v[f]) > ingest.MaxField {
			return refuse(f, ingest.ReasonTooLong)
		}
	}
	c.fill(&e, r)
	return e, nil
}

// fill takes over what cannot be refused.
func (c *converter) fill(e *entry, r *row) {
	e.event = c.text.add(bounded(r.v[fEvent]))
	e.category = c.text.add(bounded(r.v[fCategory]))
	e.user = c.text.add(r.v[fUser])
	e.cert = c.text.add(r.v[fCert])
	if e.disclosure {
		e.outcome = outcomeSuccess
		return
	}
	if r.has.success {
		e.outcome = outcomeOf(r.v[fSuccess])
	}
	e.portal = string(r.v[fLogFrom]) == "patient-portal"
	if k := c.text.class(e.event).kind; k == kindSession || k == kindAPI {
		l := readLogon(r.v[fComments])
		e.ip, e.reason, e.apiFailure = c.text.add([]byte(l.ip)), l.reason, l.failed
	}
	if r.has.hashed {
		c.scratch, e.sum = sumRow(c.scratch, &r.v, storedDate(r.v[fDate]))
		e.known = true
	}
	if len(r.v[fChecksum]) > 0 {
		e.integrity = integrityUnknown
	}
}

// bounded cuts a text of which only the first word may be kept when it is long.
func bounded(s []byte) []byte { return s[:min(len(s), 255)] }

func outcomeOf(success []byte) outcome {
	switch string(success) {
	case "", "1": // 1 is the column's default
		return outcomeSuccess
	case "0":
		return outcomeFailure
	}
	return outcomeUnknown
}

// wholeNumber reads a number that is not negative; empty is zero.
func wholeNumber(s []byte) (int64, bool) {
	if len(s) == 0 {
		return 0, true
	}
	if !isDigit(s[0]) {
		return 0, false
	}
	n, err := strconv.ParseInt(string(s), 10, 64)
	return n, err == nil
}

// number64 writes an id; zero is none.
func number64(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// parseDate reads "2006-01-02 15:04:05", with T for the space and with a
// fraction if a tool has written one.
func parseDate(s []byte) (time.Time, ingest.Reason) {
	if len(s) == 0 {
		return time.Time{}, ingest.ReasonMissingTime
	}
	const layout = "0000-00-00 00:00:00"
	if len(s) < len(layout) {
		return time.Time{}, ingest.ReasonBadTime
	}
	var parts [6]int
	part := 0
	for i := range len(layout) {
		switch c := s[i]; {
		case layout[i] == '0' && isDigit(c):
			parts[part] = parts[part]*10 + int(c-'0')
		case layout[i] != '0' && (c == layout[i] || i == 10 && c == 'T'):
			part++
		default:
			return time.Time{}, ingest.ReasonBadTime
		}
	}
	nanos, ok := fraction(s[len(layout):])
	t := time.Date(parts[0], time.Month(parts[1]), parts[2], parts[3], parts[4], parts[5], nanos, time.UTC)
	if !ok || t.Year() != parts[0] || t.Month() != time.Month(parts[1]) || t.Day() != parts[2] ||
		t.Hour() != parts[3] || t.Minute() != parts[4] || t.Second() != parts[5] || parts[0] < 1900 || parts[0] > 2199 {
		return time.Time{}, ingest.ReasonBadTime
	}
	return t, ""
}

// storedDate returns a date that parseDate accepts in the form that the
// database has, because the checksum was made over that form.
func storedDate(date []byte) [19]byte {
	const day = 10
	s := [19]byte(date)
	s[day] = ' '
	return s
}

// fraction reads a fraction of a second, or nothing.
func fraction(s []byte) (int, bool) {
	if len(s) == 0 {
		return 0, true
	}
	if s[0] != '.' || len(s) < 2 || len(s) > 10 {
		return 0, false
	}
	nanos, unit := 0, 100_000_000
	for _, c := range s[1:] {
		if !isDigit(c) {
			return 0, false
		}
		nanos += int(c-'0') * unit
		unit /= 10
	}
	return nanos, true
}

// write hands an entry over as an event.
func (c *converter) write(ctx context.Context, w *ingest.Writer, e *entry, people *people) error {
	cl := c.text.class(e.event)
	user := c.text.get(e.user)
	event := ingest.Event{
		Line: e.line, SourceEventID: number64(e.id), At: time.UnixMicro(e.at).UTC(), TZBasis: c.clock.Basis(), TimeFlag: e.flag.value(),
		UserID: user, UserAltID: c.text.get(e.cert), UserName: people.names[user], UserRole: people.roles[user],
		PatientID: number64(e.patient), Action: cl.action, ActionRaw: cl.label,
		RecordType: cl.record, RecordRaw: categoryLabel(c.text.get(e.category)), IP: c.text.get(e.ip),
		Outcome: e.outcome.value(), BreakGlass: people.emergency[user],
		Granularity: ingest.GranularitySQL, Integrity: e.integrity.value(),
	}
	if e.disclosure {
		event.SourceEventID = "extended_log-" + event.SourceEventID
		event.Action, event.RecordType, event.RecordRaw = ingest.ActionExport, ingest.RecordOther, ""
		event.Purpose = disclosurePurpose(c.text.get(e.event))
		event.Granularity = ingest.GranularityEvent
	}
	c.refine(&event, e, cl)
	return w.Event(ctx, event)
}

// refine settles what depends on several columns.
func (c *converter) refine(event *ingest.Event, e *entry, cl class) {
	if cl.refine || cl.refineChart && e.patient > 0 {
		if record := categoryRecord(c.text.get(e.category)); record != "" {
			event.RecordType = record
		}
	}
	if e.doc > 0 {
		event.RecordType, event.RecordID = ingest.RecordDocument, number64(e.doc)
	}
	failed := e.outcome == outcomeFailure
	if failed {
		event.OutcomeReason = e.reason.String()
	}
	switch {
	case cl.kind == kindSession && failed && event.Action != ingest.ActionLogout,
		cl.kind == kindAPI && failed && e.apiFailure:
		event.Action, event.RecordType = ingest.ActionLoginFailed, ingest.RecordSession
	case cl.kind == kindAPI && e.method != methodNone:
		event.Action = methodAction(e.method)
	}
	event.UserType = userType(event.UserID, e, cl)
	event.Interactive = interactive(event.UserID, cl)
}

func userType(user string, e *entry, cl class) ingest.UserType {
	switch {
	case user == "" || cl.kind == kindOdd || e.reason == reasonNoUser:
		return ""
	case isService(user):
		return ingest.UserSystem
	case e.portal || cl.portal:
		return ingest.UserPatient
	default:
		return ingest.UserStaff
	}
}

func interactive(user string, cl class) ingest.Interactive {
	switch {
	case cl.kind == kindJob || isService(user):
		return ingest.InteractiveNo
	case cl.kind == kindSession:
		return ingest.InteractiveYes
	case user == "":
		return ingest.InteractiveNo
	case cl.kind == kindAPI || cl.kind == kindOdd:
		return "" // a program of the user's, or of somebody else
	default:
		return ingest.InteractiveYes
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
