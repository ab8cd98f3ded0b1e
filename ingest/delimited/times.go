package delimited

import (
	"fmt"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// timeStep reads one column of times.
type timeStep struct {
	textStep
	layouts []*layout
	other   []*layout // of the order of day and month that was decided against
	assumed bool
	current int
	clock   *ingest.LocalClock
}

// instant is a time as an event has it.
type instant struct {
	at    time.Time
	basis ingest.TZBasis
	flag  ingest.TimeFlag
}

// newTimeStep takes the formats that go with the order of day and month of the
// file. Each column has a clock of its own, because the order of its times
// decides about the hour that occurs twice.
func newTimeStep(s textStep, l *located, src ingest.Source) *timeStep {
	t := &timeStep{textStep: s, clock: src.Clock()}
	if l.mapping.zone != nil {
		t.clock = ingest.NewLocalClock(l.mapping.zone, ingest.TZSourceSetting)
	}
	decided, ambiguous := l.orders[s.column.field]
	t.assumed = decided.assumed
	for _, y := range s.column.layouts {
		if ambiguous && y.order != orderFree && y.order != decided.order {
			t.other = append(t.other, y)
			continue
		}
		t.layouts = append(t.layouts, y)
	}
	return t
}

// read returns the time of a record, or why it has none. An error means that
// the whole file was read with the wrong order of day and month.
func (t *timeStep) read(fields []string) (instant, ingest.Reason, error) {
	cell := t.cell(fields)
	if cell == "" {
		return instant{}, ingest.ReasonMissingTime, nil
	}
	c, ok := t.layouts[t.current].parse(cell)
	if !ok {
		if c, ok = t.parseOther(cell); !ok {
			return instant{}, ingest.ReasonBadTime, t.contradiction(cell)
		}
	}
	switch {
	case c.isEpoch:
		return instant{at: time.Unix(c.epoch, int64(c.nanos)).UTC(), basis: ingest.TZExplicit}, "", nil
	case c.hasOffset:
		return instant{at: time.Unix(c.unix()-int64(c.offset), int64(c.nanos)).UTC(), basis: ingest.TZExplicit}, "", nil
	}
	at, flag := t.clock.Resolve(time.Unix(c.unix(), int64(c.nanos)).UTC())
	return instant{at: at, basis: t.clock.Basis(), flag: flag}, "", nil
}

// parseOther tries the other formats. The one that fits is tried first from
// then on.
func (t *timeStep) parseOther(cell string) (civil, bool) {
	for i, y := range t.layouts {
		if i == t.current {
			continue
		}
		if c, ok := y.parse(cell); ok {
			t.current = i
			return c, true
		}
	}
	return civil{}, false
}

// contradiction is the error for a date that proves an assumed order wrong.
func (t *timeStep) contradiction(cell string) error {
	if !t.assumed {
		return nil
	}
	for _, y := range t.other {
		if _, ok := y.parse(cell); ok {
			return fmt.Errorf("the first dates in column %q fit both orders of day and month, a later one only the other; "+
				"give a mapping with one order", t.column.label())
		}
	}
	return nil
}
