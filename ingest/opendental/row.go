package opendental

import (
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/internal/contextdata"
)

// column is a column of securitylog, or one that a query may have joined to it.
type column uint8

const (
	cNum column = iota
	cPerm
	cUser
	cTime
	cText
	cPatient
	cComputer
	cForeign
	cSource
	cPrevious
	cHash
	cUserName
	cLastName
	cFirstName
	numColumns
)

// name returns the column's name as the database writes it.
func (c column) name() string {
	return [...]string{
		"SecurityLogNum", "PermType", "UserNum", "LogDateTime", "LogText", "PatNum", "CompName", "FKey", "LogSource",
		"DateTPrevious", "LogHash", "UserName", "LName", "FName",
	}[c]
}

// layout says where the columns of an export are; -1 is nowhere.
type layout [numColumns]int

// newLayout asks place for the position of each column.
func newLayout(place func(name string) int) layout {
	var l layout
	for c := range numColumns {
		l[c] = place(c.name())
	}
	return l
}

// missing returns the name of a column without which rows say nothing, or nothing.
func (l *layout) missing() string {
	for _, c := range []column{cPerm, cTime, cPatient} {
		if l[c] < 0 {
			return c.name()
		}
	}
	if l[cUser] < 0 && l[cUserName] < 0 {
		return cUser.name()
	}
	return ""
}

// line is one row of the log as text; null is empty.
type line struct {
	number int64
	raw    []byte
	layout *layout
	cell   func(i int) string
	order  contextdata.Order
}

func (l *line) get(c column) string {
	if l.layout[c] < 0 {
		return ""
	}
	return l.cell(l.layout[c])
}

// wrong is why a row cannot be used.
type wrong struct {
	column column
	reason ingest.Reason
}

// converter turns rows of the log into accesses. It belongs to one file.
type converter struct {
	clock *ingest.LocalClock
	zone  *time.Location
	perms *permissions
	seal  seal
}

func newConverter(src ingest.Source, perms *permissions) *converter {
	return &converter{clock: src.Clock(), zone: src.Zone, perms: perms}
}

// access reads a row. What could be read of a bad one is in the result too.
func (c *converter) access(l *line) (access, *wrong) {
	a := access{line: l.number, name: l.get(cUserName), computer: l.get(cComputer)}
	var bad *wrong
	fail := func(col column, reason ingest.Reason) {
		if bad == nil {
			bad = &wrong{col, reason}
		}
	}
	whole := func(col column) string {
		n, ok := wholeNumber(l.get(col))
		if !ok {
			fail(col, ingest.ReasonBadValue)
		}
		return number(n)
	}
	a.patient = whole(cPatient)
	if at, ok := l.order.Instant(plainSpace(l.get(cTime)), c.clock); ok {
		a.at = at
	} else if l.get(cTime) == "" {
		fail(cTime, ingest.ReasonMissingTime)
	} else {
		fail(cTime, ingest.ReasonBadTime)
	}
	var ok bool
	if a.perm, a.label, ok = c.perms.find(l.get(cPerm)); !ok {
		fail(cPerm, ingest.ReasonBadValue)
	}
	a.num, a.user, a.fkey = whole(cNum), whole(cUser), whole(cForeign)
	if a.source, a.sourceName, ok = findSource(l.get(cSource)); !ok {
		fail(cSource, ingest.ReasonBadValue)
	}
	if a.perm == permUserLogOnOff {
		a.text = logOnOf(l.get(cText))
	}
	if a.patient != "" {
		a.patientName = nameOf(l.get(cLastName), l.get(cFirstName))
	}
	return a, bad
}

// reject returns a reject of a row, with what is known of it.
func (l *line) reject(a *access, w *wrong) ingest.Reject {
	return ingest.Reject{
		Line: l.number, Column: w.column.name(), Reason: w.reason, Raw: l.raw, At: a.at.At, PatientID: a.patient,
	}
}

// plainSpace replaces the narrow space that newer releases of Windows put before
// AM and PM.
func plainSpace(s string) string { return strings.ReplaceAll(s, "\u202f", " ") }

// wholeNumber reads a number that is not negative; nothing is zero.
func wholeNumber(s string) (int64, bool) {
	if s == "" {
		return 0, true
	}
	if s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// nameOf joins a name as Open Dental shows it.
func nameOf(last, first string) string {
	last, first = strings.TrimSpace(last), strings.TrimSpace(first)
	if last == "" || first == "" {
		return last + first
	}
	return last + ", " + first
}
