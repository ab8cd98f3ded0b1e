package synth

import (
	"slices"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// day plays one day. What happens in it may run past midnight.
type day struct {
	p      *Practice
	dice   dice
	n      int
	visits []Appointment
	out    []Access
}

// play returns everything that happens on the day, in no particular order.
func (d *day) play() []Access {
	d.vendor()
	d.portal()
	if d.p.open(d.n) {
		d.preparation()
		for _, a := range d.visits {
			d.appointment(a)
		}
		d.calls()
		d.billing()
		d.manager()
		d.messages()
		d.evening()
		d.office()
	}
	d.onCall()
	return d.out
}

// open reports whether patients are seen on the n-th day.
func (p *Practice) open(n int) bool {
	return !p.closed(n) && p.date(n).Weekday() != time.Sunday
}

// thread is a run of accesses of one person at one device, each some time
// after the one before.
type thread struct {
	d       *day
	who     *Person
	at      Station
	system  System
	patient string
	now     time.Time
}

// thread starts a run at a person's own desk. A nil person does nothing.
func (d *day) thread(who *Person, system System, patient string, now time.Time) *thread {
	t := &thread{d: d, who: who, system: system, patient: patient, now: now}
	if who != nil {
		t.at = who.Desk
	}
	return t
}

// then adds an access between low and high seconds after the one before.
func (t *thread) then(low, high int, action ingest.Action, record ingest.RecordType) {
	t.access(low, high, Access{Action: action, Record: record, PatientID: t.patient})
}

// maybe adds an access in percent of a hundred cases.
func (t *thread) maybe(percent, low, high int, action ingest.Action, record ingest.RecordType) {
	if t.d.dice.chance(percent) {
		t.then(low, high, action, record)
	}
}

// login and logout begin and end a session. One login in thirty needs a second try.
func (t *thread) login() {
	if t.d.dice.chance(3) {
		t.access(0, 0, Access{
			Action: ingest.ActionLoginFailed, Record: ingest.RecordSession,
			Outcome: ingest.OutcomeFailure, OutcomeReason: "wrong password",
		})
		t.now = t.now.Add(time.Duration(t.d.dice.between(8, 25)) * time.Second)
	}
	t.access(0, 0, Access{Action: ingest.ActionLogin, Record: ingest.RecordSession})
}

func (t *thread) logout(low, high int) {
	t.access(low, high, Access{Action: ingest.ActionLogout, Record: ingest.RecordSession})
}

func (t *thread) access(low, high int, a Access) {
	if t.who == nil {
		return
	}
	t.now = t.now.Add(time.Duration(t.d.dice.between(low, high)) * time.Second)
	a.System, a.At, a.UserID, a.UserType = t.system, t.now, t.who.UserID, ingest.UserStaff
	a.Workstation, a.IP = t.at.Name, t.at.IP
	if a.Outcome == "" {
		a.Outcome = ingest.OutcomeSuccess
	}
	t.d.out = append(t.d.out, a)
}

// frontDesk returns somebody of the front desk who is at work at an instant and not about to
// have lunch, or else somebody of it who works that day, or nil.
func (d *day) frontDesk(at time.Time) *Person {
	minute := d.minute(at)
	var present, working []*Person
	for i := range d.p.Staff {
		who := &d.p.Staff[i]
		if who.Role != RoleFrontDesk || !d.p.works(who, d.n) {
			continue
		}
		working = append(working, who)
		if minute >= who.ShiftStart && minute < who.ShiftEnd-5 && !lunching(who, minute) && !lunching(who, minute+8) {
			present = append(present, who)
		}
	}
	switch {
	case len(present) > 0:
		return pick(d.dice, present)
	case len(working) > 0:
		return pick(d.dice, working)
	}
	return nil
}

// minute returns the minutes that have passed since midnight on the practice's clocks.
func (d *day) minute(at time.Time) int {
	local := at.In(d.p.Zone)
	return local.Hour()*60 + local.Minute()
}

// lunch returns when somebody who works at a desk of their own has lunch. The
// two shifts of the front desk stand in for each other.
func lunch(who *Person) (from, to int, desk bool) {
	switch {
	case who.Role == RoleFrontDesk && who.ShiftStart < 8*60:
		return 11*60 + 40, 12*60 + 25, true
	case who.Role == RoleFrontDesk:
		return 12*60 + 40, 13*60 + 25, true
	case who.Role == RoleBilling || who.Role == RoleOfficeManager:
		return 12 * 60, 12*60 + 45, true
	}
	return 0, 0, false
}

func lunching(who *Person, minute int) bool {
	from, to, desk := lunch(who)
	return desk && minute >= from && minute < to
}

// moment returns an instant in somebody's shift that leaves ten minutes before
// lunch and before the end.
func (d *day) moment(who *Person) time.Time {
	for {
		minute := d.dice.between(who.ShiftStart+10, who.ShiftEnd-20)
		if !lunching(who, minute) && !lunching(who, minute+10) {
			return d.p.at(d.n, minute*60+d.dice.upTo(60))
		}
	}
}

// working returns the people with a role who work today.
func (d *day) working(roles ...string) []*Person {
	var out []*Person
	for i := range d.p.Staff {
		if who := &d.p.Staff[i]; slices.Contains(roles, who.Role) && d.p.works(who, d.n) {
			out = append(out, who)
		}
	}
	return out
}

// anybody returns the number of some patient.
func (d *day) anybody() string { return pick(d.dice, d.p.Patients).PatientID }

// kept returns the kept appointments of days from to to, both relative to today.
func (d *day) kept(from, to int) []Appointment {
	low, high := d.p.at(d.n+from, 0), d.p.at(d.n+to+1, 0)
	var out []Appointment
	for _, a := range d.p.Appointments {
		if a.Status == Fulfilled && !a.StartsAt.Before(low) && a.StartsAt.Before(high) {
			out = append(out, a)
		}
	}
	return out
}

// office adds the sessions in the building: everybody logs in to the EHR before
// the first access of the day and out after the last, people with a desk of
// their own log out over lunch, and the imaging server asks once a day.
func (d *day) office() {
	for i := range d.p.Staff {
		who := &d.p.Staff[i]
		if !d.p.works(who, d.n) {
			continue
		}
		first, last := d.p.at(d.n, who.ShiftStart*60+d.dice.between(-240, 300)), d.p.at(d.n, who.ShiftEnd*60+d.dice.between(-120, 420))
		var images time.Time
		for _, a := range d.out {
			switch {
			case a.UserID != who.UserID || outside(a):
			case a.System == EHR:
				first, last = earlier(first, a.At.Add(-45*time.Second)), later(last, a.At.Add(70*time.Second))
			case a.System == Imaging && (images.IsZero() || a.At.Before(images)):
				images = a.At
			}
		}
		d.thread(who, EHR, "", first).login()
		if from, to, desk := lunch(who); desk {
			d.thread(who, EHR, "", d.p.at(d.n, from*60)).logout(10, 200)
			d.thread(who, EHR, "", d.p.at(d.n, to*60-d.dice.between(40, 280))).login()
		}
		d.thread(who, EHR, "", last).logout(0, 30)
		if !images.IsZero() {
			d.thread(who, Imaging, "", images.Add(-time.Duration(d.dice.between(12, 40))*time.Second)).login()
		}
	}
}

// outside reports whether an access was made from outside the building.
func outside(a Access) bool { return a.Workstation == laptop().Name }

// laptop is what the dentists use at home, through the practice's VPN.
func laptop() Station { return Station{Name: "LAPTOP-VPN", IP: "10.20.8.14"} }

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
