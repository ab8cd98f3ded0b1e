package world

import (
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
)

// playDay plays one day: what people plan, what they get round to, what happens
// beside it, and the sessions in which it happens.
func (w *World) playDay(n int) []Access {
	d := &day{w: w, dice: newDice(w.Options.Seed, streamDay+uint64(n)), n: n} //nolint:gosec // not negative
	for _, a := range w.byDay[n] {
		if w.happens(a) {
			d.visits = append(d.visits, a)
		}
	}
	if w.openOn(n) {
		d.clinic()
		d.telephone()
		d.inbox()
		d.backOffice()
		d.management()
	}
	d.evening()
	d.nights()
	d.outside()
	for _, in := range w.dayIncidents[n] {
		if in.kind.plan != nil {
			in.kind.plan(in, d, slices.Index(in.days, n))
		}
	}
	d.run()
	for _, in := range w.dayIncidents[n] {
		if in.kind.rewrite != nil {
			in.kind.rewrite(in, d, slices.Index(in.days, n))
		}
	}
	d.sessions()
	return d.out
}

// happens reports whether the provider of a visit is there after all.
func (w *World) happens(a *Appointment) bool { return w.works(a.provider, a.day) }

// seconds adds so many minutes, more or less, to a minute of the day.
func (d *day) seconds(minute, low, high int) int { return minute*60 + d.dice.between(low*60, high*60) }

// someone returns a present person with one of the roles, at a location if it is
// not empty, by turns.
func (d *day) someone(minute int, location string, roles ...Role) *Person {
	for _, anywhere := range []bool{false, true} {
		var here []*Person
		for i := range d.w.Staff {
			p := &d.w.Staff[i]
			if !slices.ContainsFunc(roles, p.has) || (p.Location != location && !anywhere && location != "") {
				continue
			}
			if p.Also != "" && slices.Contains(roles, p.Also) && !slices.Contains(roles, p.Role) && !d.dice.chance(15) {
				continue // helps out only now and then
			}
			if d.w.present(p, d.n, minute) {
				here = append(here, p)
			}
		}
		if len(here) > 0 {
			d.turns++
			return here[(d.turns+d.n)%len(here)]
		}
	}
	return nil
}

// working returns the people with a role who work today.
func (d *day) working(r Role) []*Person {
	var out []*Person
	for i := range d.w.Staff {
		if p := &d.w.Staff[i]; p.Role == r && d.w.works(p, d.n) {
			out = append(out, p)
		}
	}
	return out
}

// moment returns a time in somebody's shift, in seconds, not at lunch and not
// in the last quarter of an hour.
func (d *day) moment(p *Person) int {
	start, end := d.w.shift(p, d.n)
	from, to := lunch(p)
	for range 50 {
		if minute := d.dice.between(start+8, end-15); minute < from-8 || minute >= to {
			return minute*60 + d.dice.upTo(60)
		}
	}
	return start*60 + 1200
}

// anybody returns the number of some patient.
func (d *day) anybody() string { return pick(d.dice, d.w.Patients).PatientID }

// recent returns a patient with a visit in the days from low to high ago.
func (d *day) recent(low, high int) string {
	for range 12 {
		if list := d.w.byDay[d.n-d.dice.between(low, high)]; len(list) > 0 {
			if a := pick(d.dice, list); a.Status == Fulfilled && a.recorded {
				return a.PatientID
			}
		}
	}
	return d.anybody()
}

// frontAt is the front desk's device for a task: one's own, or now and then the
// one of a colleague who is at lunch.
func (d *day) frontAt(p *Person, minute int) Station {
	if p == nil {
		return Station{}
	}
	l := d.w.location(p.Location)
	if p.Role != FrontDesk {
		return l.front[len(l.front)-1]
	}
	if minute > 11*60+30 && minute < 13*60+15 && d.dice.chance(30) {
		return l.front[0]
	}
	return p.desk
}

// call is a message or note that is written down if the practice does so.
func (d *day) call(low, high int) step {
	return do(d.w.Habits.CallsLogged, low, high, ingest.ActionCreate, ingest.RecordMessage)
}
