// Package coverage says what the stored logs hold and what they cannot say. It
// counts days, gaps and doubts; it never looks at who did what.
package coverage

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/chartwatch/chartwatch/internal/store"
)

// Day is a local calendar date, as days since 1970-01-01.
type Day int32

// DayOf returns the date of t in its own location.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400) //nolint:gosec // a date of our times
}

// String returns the date as 2006-01-02.
func (d Day) String() string { return time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly) }

// Weekday returns the day of the week.
func (d Day) Weekday() time.Weekday { return time.Unix(int64(d)*86400, 0).UTC().Weekday() }

// Time returns the day's midnight in UTC.
func (d Day) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Day) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.DateOnly, string(text))
	if err != nil {
		return fmt.Errorf("reading a date: %w", err)
	}
	*d = DayOf(t)
	return nil
}

// MarshalText implements encoding.TextMarshaler.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Expectation limits the days on which a source is expected to have a log.
type Expectation struct {
	// From and Until are the first and last day on which the system was in use;
	// zero means not limited.
	From, Until Day
	// Daily says that every day has events; NoPattern that any day may have
	// none. Otherwise the source's own habit on each day of the week decides.
	Daily, NoPattern bool
}

// covers reports whether the system was in use on a day.
func (e Expectation) covers(d Day) bool {
	return (e.From == 0 || d >= e.From) && (e.Until == 0 || d <= e.Until)
}

// Period is a question about some days, both included.
type Period struct{ From, To Day }

// Gap is some days, both included, about which a source cannot say everything.
type Gap struct {
	From Day    `json:"from"`
	To   Day    `json:"to"`
	Code string `json:"code"`
	Why  string `json:"why"`
}

// Source is what one source's logs hold for a period.
type Source struct {
	ID   int32  `json:"-"`
	Name string `json:"source"`
	// From and To are the first and last event that the source ever delivered.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// FirstDay and LastDay are their local days.
	FirstDay Day `json:"first_day"`
	LastDay  Day `json:"last_day"`
	// InUse is false if the configuration says that the system was not in use on
	// any day of the period; nothing is expected of it then.
	InUse bool `json:"in_use"`
	// Complete is true if nothing casts doubt on any day of the period.
	Complete bool `json:"complete"`
	// HasReads is true if the log records who looked at a chart, and so on.
	HasReads        bool `json:"has_reads"`
	HasLogins       bool `json:"has_logins"`
	HasUsers        bool `json:"has_users"`
	HasPatients     bool `json:"has_patients"`
	HasNumbers      bool `json:"has_patient_numbers"`
	HasWorkstations bool `json:"has_workstations"`
	// NamesOnly is true if events of the period name their patient by name only.
	NamesOnly bool  `json:"-"`
	Events    int64 `json:"events"` // in the period
	Gaps      []Gap `json:"gaps"`
	Days      []Row `json:"days,omitempty"`
	// Checks are the results of tamper checks; nil if the log has none, or if the
	// days were not asked for.
	Checks *Checks `json:"checks,omitempty"`
}

// Row is one local day of a source.
type Row struct {
	Day         Day   `json:"day"`
	Events      int64 `json:"events"`
	Reads       int64 `json:"reads"`
	Logins      int64 `json:"logins"`
	WithPatient int64 `json:"with_patient"`
	Rejected    int64 `json:"rejected"`
	Doubtful    int64 `json:"doubtful_times"`
	CheckFailed int64 `json:"checksum_failed"`
	// Status is "events", "quiet" (no events, as on this weekday usual), or the
	// code of the first gap.
	Status string `json:"status"`
}

// Options refine a question.
type Options struct {
	// Patient is the sealed number of the patient asked about, or nil: a
	// rejected record of another patient does not matter then.
	Patient []byte
	// Expect says on which days sources are expected to have a log, by name.
	Expect map[string]Expectation
	// Days asks for the rows of each day.
	Days bool
}

// For answers for every source that ever delivered events, by name.
func For(ctx context.Context, db *store.DB, p Period, o Options) ([]Source, error) {
	facts, err := Load(ctx, db, p)
	if err != nil {
		return nil, err
	}
	list := facts.For(o)
	if o.Days {
		err = facts.addChecks(ctx, db, list)
	}
	return list, err
}

// Facts is what the store knows about all sources for a period.
type Facts struct {
	period  Period
	sources []*facts
	without map[string]bool // all sources; true if no event of their log could be read
}

// Load reads what is needed to answer for a period.
func Load(ctx context.Context, db *store.DB, p Period) (Facts, error) {
	f, err := load(ctx, db, p)
	if err != nil {
		return Facts{}, fmt.Errorf("reading what the logs cover: %w", err)
	}
	return f, nil
}

// For answers for every source, by name.
func (f Facts) For(o Options) []Source {
	list := make([]Source, 0, len(f.sources))
	for _, s := range f.sources {
		list = append(list, s.judge(f.period, o))
	}
	return list
}

// Without returns the sources, by name, that should have a log for the period but
// have not delivered one event: nothing of their log could be read, or the
// configuration expects one and no file has come at all.
func (f Facts) Without(expect map[string]Expectation) []string {
	var list []string
	for name, nothing := range f.without {
		e, configured := expect[name]
		if nothing && (!configured || f.inUse(e)) {
			list = append(list, name)
		}
	}
	for name, e := range expect {
		if _, known := f.without[name]; !known && !e.NoPattern && f.inUse(e) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// inUse reports whether the system was in use on any day of the period.
func (f Facts) inUse(e Expectation) bool {
	return (e.From == 0 || f.period.To >= e.From) && (e.Until == 0 || f.period.From <= e.Until)
}

// Span returns the first and last day on which any source has an event.
func Span(ctx context.Context, db *store.DB) (Period, bool, error) {
	var from, to *int32
	err := db.QueryRow(ctx, "SELECT min(local_day), max(local_day) FROM source_day").Scan(&from, &to)
	if err != nil || from == nil || to == nil {
		return Period{}, false, err
	}
	return Period{From: Day(*from), To: Day(*to)}, true, nil
}

// facts is what the store knows about one source.
type facts struct {
	id   int32
	name string

	days    map[Day]dayFacts // of the period and around it
	total   dayFacts         // of all days
	imports []importFacts
	seqGaps map[Day]int64
}

type dayFacts struct {
	events, reads, logins, users, patients, numbers, places, doubtful, checkFailed int64

	numbered, firstNumber, lastNumber int64 // events with a number of their source
	firstUs, lastUs                   int64 // the first and the last event
}

type importFacts struct {
	id              int32
	first, last     Day
	firstUs, lastUs int64
	imported        Day   // the local day on which it was imported
	written         Day   // the local day on which the file was written or imported, whichever is earlier
	onePatient      bool  // an export of a single patient
	oneUser         bool  // an export of a single user
	users           int64 // how many there are in it
	capped, cut     bool
	deleted         int64
	rejects         []rejectFacts
	missingByDay    map[Day]int64
}

// judge turns facts into an answer.
func (f *facts) judge(p Period, o Options) Source {
	first, last := f.span()
	s := Source{ID: f.id, Name: f.name, FirstDay: first, LastDay: last, Gaps: []Gap{}}
	s.From, s.To = time.UnixMicro(f.firstUs()).UTC(), time.UnixMicro(f.lastUs()).UTC()
	f.abilities(&s, p, first, last)
	expect := o.Expect[f.name]
	for d := p.From; d <= p.To; d++ {
		s.InUse = s.InUse || expect.covers(d)
		gaps := f.dayGaps(d, first, last, expect, o.Patient)
		for _, g := range gaps {
			s.addGap(d, g)
		}
		facts := f.days[d]
		s.Events += facts.events
		if o.Days {
			s.Days = append(s.Days, f.row(d, facts, gaps))
		}
	}
	s.Complete = len(s.Gaps) == 0
	return s
}

func (f *facts) row(d Day, facts dayFacts, gaps []problem) Row {
	r := Row{
		Day: d, Events: facts.events, Reads: facts.reads, Logins: facts.logins, WithPatient: facts.patients,
		Rejected: f.rejected(d, nil) + f.rejectedAsCut(d), Doubtful: facts.doubtful, CheckFailed: facts.checkFailed, Status: "events",
	}
	switch {
	case len(gaps) > 0:
		r.Status = gaps[0].code
	case facts.events == 0:
		r.Status = "quiet"
	}
	return r
}

// addGap adds a day to the last gap of the same kind, or begins one.
func (s *Source) addGap(d Day, p problem) {
	for i := range slices.Backward(s.Gaps) {
		if g := &s.Gaps[i]; g.Code == p.code && g.Why == p.why && g.To == d-1 {
			g.To = d
			return
		}
	}
	s.Gaps = append(s.Gaps, Gap{From: d, To: d, Code: p.code, Why: p.why})
}

// around is how far from a period events prove what was recorded.
const around = 14

// abilities says what the log holds. That is judged by the weeks around the
// period, if the log reaches it and has events there: a log whose recording of
// reads or patients was switched off must not live on its past.
func (f *facts) abilities(s *Source, p Period, first, last Day) {
	sum := f.total
	if p.To >= first && p.From <= last {
		near := dayFacts{}
		for d, n := range f.days {
			if d >= p.From-around && d <= p.To+around {
				near.add(n)
			}
			s.NamesOnly = s.NamesOnly || (d >= p.From && d <= p.To && n.patients > n.numbers)
		}
		if near.events == 0 {
			near, near.reads = sum, 0
		}
		sum = near
	}
	s.HasReads, s.HasLogins, s.HasUsers = sum.reads > 0, sum.logins > 0, sum.users > 0
	s.HasPatients, s.HasNumbers, s.HasWorkstations = sum.patients > 0, sum.numbers > 0, sum.places > 0
}

// add adds what another file, or another day, has.
func (n *dayFacts) add(o dayFacts) {
	if o.numbered > 0 {
		if n.numbered == 0 {
			n.firstNumber, n.lastNumber = o.firstNumber, o.lastNumber
		}
		n.firstNumber, n.lastNumber = min(n.firstNumber, o.firstNumber), max(n.lastNumber, o.lastNumber)
	}
	if o.events > 0 {
		if n.events == 0 {
			n.firstUs, n.lastUs = o.firstUs, o.lastUs
		}
		n.firstUs, n.lastUs = min(n.firstUs, o.firstUs), max(n.lastUs, o.lastUs)
	}
	n.numbered += o.numbered
	n.events += o.events
	n.reads += o.reads
	n.logins += o.logins
	n.users += o.users
	n.patients += o.patients
	n.numbers += o.numbers
	n.places += o.places
	n.doubtful += o.doubtful
	n.checkFailed += o.checkFailed
}

func (f *facts) span() (first, last Day) {
	first, last = f.imports[0].first, f.imports[0].last
	for _, i := range f.imports {
		first, last = min(first, i.first), max(last, i.last)
	}
	return first, last
}

func (f *facts) firstUs() int64 {
	us := f.imports[0].firstUs
	for _, i := range f.imports {
		us = min(us, i.firstUs)
	}
	return us
}

func (f *facts) lastUs() int64 {
	us := f.imports[0].lastUs
	for _, i := range f.imports {
		us = max(us, i.lastUs)
	}
	return us
}

// Events returns the number of events that the store has.
func Events(ctx context.Context, db *store.DB) (int64, error) {
	var n int64
	if err := db.QueryRow(ctx, "SELECT coalesce(sum(events), 0)::BIGINT FROM source_day").Scan(&n); err != nil {
		return 0, fmt.Errorf("counting the events: %w", err)
	}
	return n, nil
}
