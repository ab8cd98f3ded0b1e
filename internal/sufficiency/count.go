package sufficiency

import (
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/chartwatch/chartwatch/ingest"
)

// Kind is what the classification of an event says about it, a set of bits.
type Kind uint16

// The bits of a kind.
const (
	Read Kind = 1 << iota
	Change
	Login
	LoginFailed
	Privilege
	Record
	Outcome
	ZoneExplicit
	ZoneAssumed
	ActionUnknown
)

// KindOf reads the columns of an event that say what it is.
func KindOf(value func(column string) string) Kind {
	action, record := ingest.Action(value(ingest.ColAction)), ingest.RecordType(value(ingest.ColRecordType))
	outcome, basis := ingest.Outcome(value(ingest.ColOutcome)), ingest.TZBasis(value(ingest.ColTZBasis))
	refused := action == ingest.ActionLoginFailed || action == ingest.ActionLogin && outcome == ingest.OutcomeFailure
	change := action == ingest.ActionCreate || action == ingest.ActionUpdate || action == ingest.ActionDelete
	var k Kind
	for bit, is := range map[Kind]bool{
		Read:          action == ingest.ActionView || action == ingest.ActionSearch,
		Change:        change,
		Login:         refused || action == ingest.ActionLogin,
		LoginFailed:   refused,
		Privilege:     change && record == ingest.RecordUserAdmin,
		Record:        record != "",
		Outcome:       outcome != ingest.OutcomeUnknown,
		ZoneExplicit:  basis == ingest.TZExplicit,
		ZoneAssumed:   basis == ingest.TZAssumed,
		ActionUnknown: action == ingest.ActionOther,
	} {
		if is {
			k |= bit
		}
	}
	return k
}

// AddKind counts n events of one kind.
func (c *Counts) AddKind(k Kind, n int64) {
	c.Events += n
	for bit, to := range map[Kind]*int64{
		Read: &c.Reads, Change: &c.Changes, Login: &c.Logins, LoginFailed: &c.LoginsFailed, Privilege: &c.Privileges, Record: &c.WithRecord,
		Outcome: &c.WithOutcome, ZoneExplicit: &c.ZoneExplicit, ZoneAssumed: &c.ZoneAssumed, ActionUnknown: &c.ActionUnknown,
	} {
		if k&bit != 0 {
			*to += n
		}
	}
}

// Counter counts batches of events. Its zero value counts days in UTC.
type Counter struct {
	Counts

	Zone *time.Location
	days map[int32]int64
}

// Days returns the number of events of each local day.
func (c *Counter) Days() map[int32]int64 { return c.days }

// Add counts a batch of events.
func (c *Counter) Add(b arrow.RecordBatch) {
	columns := map[string]*array.String{}
	var times *array.Timestamp
	for i, f := range b.Schema().Fields() {
		switch a := b.Column(i).(type) {
		case *array.String:
			columns[f.Name] = a
		case *array.Timestamp:
			if f.Name == ingest.ColOccurredAt {
				times = a
			}
		}
	}
	row := 0
	value := func(name string) string {
		if a := columns[name]; a != nil && !a.IsNull(row) {
			return a.Value(row)
		}
		return ""
	}
	has := func(names ...string) int64 {
		for _, name := range names {
			if value(name) != "" {
				return 1
			}
		}
		return 0
	}
	kinds := map[Kind]int64{}
	for row = range int(b.NumRows()) {
		kinds[KindOf(value)]++
		c.WithUser += has(ingest.ColUserID, ingest.ColUserName)
		c.WithNumber += has(ingest.ColPatientID)
		c.WithPatient += has(ingest.ColPatientID, ingest.ColPatientName)
		c.WithPlace += has(ingest.ColWorkstation, ingest.ColIP)
		c.WithID += has(ingest.ColSourceEventID)
		if times != nil {
			c.day(times.Value(row).ToTime(arrow.Microsecond))
		}
	}
	for k, n := range kinds {
		c.AddKind(k, n)
	}
}

func (c *Counter) day(t time.Time) {
	if c.days == nil {
		c.days = map[int32]int64{}
	}
	if c.Zone != nil {
		t = t.In(c.Zone)
	}
	y, m, d := t.Date()
	c.days[int32(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()/86400)]++ //nolint:gosec // a date of our times
}
