package intake

import (
	"context"
	"maps"
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/internal/sufficiency"
)

// trait is something that the entry of a dimension says about its events.
type trait uint32

const (
	traitRead trait = 1 << iota
	traitLogin
	traitDoubtful
	traitCheckFailed
)

const (
	traitNumber trait = 1 << iota // of a patient: has a number
	traitPlace                    // of a place: has a workstation or an address
)

// tally counts what the events of one import are like, so that the database
// need not go through them again.
type tally struct {
	days     map[int32]*dayTally
	last     *dayTally // the day counted last
	lastDay  int32
	users    codeSet
	patients codeSet
	kinds    []int64 // number of events by the code of their kind
}

// dayTally is one row of table source_day.
type dayTally struct {
	events, reads, logins, users, patients, numbers, places, doubtful, failed int64

	numbered, minNum, maxNum int64
	firstUs, lastUs          int64
}

func newTally() *tally {
	return &tally{days: map[int32]*dayTally{}}
}

// codeSet is a set of codes of one dictionary.
type codeSet struct {
	has []bool // by code
	n   int
}

func (s *codeSet) add(code int32) {
	if missing := int(code) + 1 - len(s.has); missing > 0 {
		s.has = append(s.has, make([]bool, missing)...)
	}
	if !s.has[code] {
		s.has[code] = true
		s.n++
	}
}

// add counts the segment's events from the given one on.
func (t *tally) add(f *factColumns, from int, d dictionaries) {
	if missing := len(d.kind.traits) - len(t.kinds); missing > 0 {
		t.kinds = append(t.kinds, make([]int64, missing)...)
	}
	for i := from; i < len(f.eventID); i++ {
		day := t.day(f.localDay[i], f.atUs[i])
		day.events++
		day.firstUs, day.lastUs = min(day.firstUs, f.atUs[i]), max(day.lastUs, f.atUs[i])
		kind := d.kind.traits[f.kind[i]]
		t.kinds[f.kind[i]]++
		day.reads += bit(kind&traitRead != 0)
		day.logins += bit(kind&traitLogin != 0)
		day.doubtful += bit(kind&traitDoubtful != 0)
		day.failed += bit(kind&traitCheckFailed != 0)
		day.places += bit(d.place.traits[f.place[i]]&traitPlace != 0)
		day.numbers += bit(d.patient.traits[f.patient[i]]&traitNumber != 0)
		if u := f.user[i]; u > 0 {
			day.users++
			t.users.add(u)
		}
		if p := f.patient[i]; p > 0 {
			day.patients++
			t.patients.add(p)
		}
		if !f.noNum[i] {
			day.number(f.sourceNum[i])
		}
	}
}

func (t *tally) day(n int32, us int64) *dayTally {
	if t.last != nil && t.lastDay == n {
		return t.last
	}
	d, ok := t.days[n]
	if !ok {
		d = &dayTally{firstUs: us, lastUs: us}
		t.days[n] = d
	}
	t.last, t.lastDay = d, n
	return d
}

func (d *dayTally) number(n int64) {
	if d.numbered == 0 {
		d.minNum, d.maxNum = n, n
	}
	d.numbered++
	d.minNum, d.maxNum = min(d.minNum, n), max(d.maxNum, n)
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// holds counts what the events have, for what can be said about the log.
func (t *tally) holds(kind *dictionary) (c sufficiency.Counts, days map[int32]int64) {
	for code, n := range t.kinds {
		c.AddKind(sufficiency.Kind(kind.traits[code]>>kindShift), n)
	}
	days = make(map[int32]int64, len(t.days))
	for day, d := range t.days {
		days[day] = d.events
		c.WithUser += d.users
		c.WithPatient += d.patients
		c.WithNumber += d.numbers
		c.WithPlace += d.places
	}
	return c, days
}

// total returns the sums of doubtful times and failed checks.
func (t *tally) total() (doubtful, failed int64) {
	for _, d := range t.days {
		doubtful += d.doubtful
		failed += d.failed
	}
	return doubtful, failed
}

// load writes the days into table source_day. It may be used only if none of
// the events turned out to be a duplicate.
func (t *tally) load(ctx context.Context, tx *store.Tx, sourceID, importID int32) error {
	days := slices.Sorted(maps.Keys(t.days))
	column := func(name string, get func(*dayTally) int64) store.Column {
		c := store.Column{Name: name, Ints: make([]int64, len(days))}
		for i, n := range days {
			c.Ints[i] = get(t.days[n])
		}
		return c
	}
	unnumbered := make([]bool, len(days))
	for i, n := range days {
		unnumbered[i] = t.days[n].numbered == 0
	}
	lowest := column("num_min", func(d *dayTally) int64 { return d.minNum })
	highest := column("num_max", func(d *dayTally) int64 { return d.maxNum })
	lowest.Nulls, highest.Nulls = unnumbered, unnumbered
	return tx.Load(ctx, "source_day", []store.Column{
		{Name: "local_day", Int32s: days},
		column("events", func(d *dayTally) int64 { return d.events }),
		column("reads", func(d *dayTally) int64 { return d.reads }),
		column("logins", func(d *dayTally) int64 { return d.logins }),
		column("with_user", func(d *dayTally) int64 { return d.users }),
		column("with_patient", func(d *dayTally) int64 { return d.patients }),
		column("with_number", func(d *dayTally) int64 { return d.numbers }),
		column("with_place", func(d *dayTally) int64 { return d.places }),
		column("doubtful", func(d *dayTally) int64 { return d.doubtful }),
		column("check_failed", func(d *dayTally) int64 { return d.failed }),
		column("num_count", func(d *dayTally) int64 { return d.numbered }),
		lowest, highest,
		column("first_us", func(d *dayTally) int64 { return d.firstUs }),
		column("last_us", func(d *dayTally) int64 { return d.lastUs }),
	}, store.Constant{Name: "site", Value: site}, store.Constant{Name: "source_id", Value: int64(sourceID)},
		store.Constant{Name: "import_id", Value: int64(importID)})
}

// kindShift is where the traits of a kind hold what package sufficiency says of it.
const kindShift = 16

// kindTraits reads the traits of an entry of dim_kind.
func kindTraits(value func(column string) string) trait {
	t := trait(sufficiency.KindOf(value)) << kindShift
	for _, x := range []struct {
		t  trait
		is bool
	}{
		{traitRead, value("action") == string(ingest.ActionView) || value("action") == string(ingest.ActionSearch)},
		{traitLogin, value("action") == string(ingest.ActionLogin) || value("action") == string(ingest.ActionLoginFailed)},
		{traitDoubtful, value("time_flag") != ""},
		{traitCheckFailed, value("integrity") == string(ingest.IntegrityFailed)},
	} {
		if x.is {
			t |= x.t
		}
	}
	return t
}

func patientTraits(value func(column string) string) trait {
	if value("patient_id") != "" {
		return traitNumber
	}
	return 0
}

func placeTraits(value func(column string) string) trait {
	if value("workstation") != "" || value("ip") != "" {
		return traitPlace
	}
	return 0
}
