package world

import (
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// telephone plays who rings: about appointments, bills and complaints, and what
// the front desk does between two visits.
func (d *day) telephone() {
	for _, a := range d.w.bookings[d.n] {
		if a.walkIn || !d.dice.chance(40) {
			continue
		}
		d.desk(a.PatientID, []step{
			do(70, 0, 20, ingest.ActionSearch, ingest.RecordDemographics), see(100, 3, 20, ingest.RecordDemographics),
			see(40, 5, 30, ingest.RecordInsurance), do(100, 20, 90, ingest.ActionCreate, ingest.RecordAppointment),
		})
	}
	for range len(d.working(FrontDesk)) * d.dice.between(2, 5) {
		patient := d.recent(1, 30)
		if d.dice.chance(35) {
			patient = d.anybody()
		}
		d.desk(patient, []step{
			do(80, 0, 20, ingest.ActionSearch, ingest.RecordDemographics), see(90, 3, 20, ingest.RecordDemographics),
			see(50, 5, 30, ingest.RecordAppointment), see(20, 10, 40, ingest.RecordBilling), do(15, 20, 60, ingest.ActionUpdate, ingest.RecordAppointment),
			do(2, 10, 60, ingest.ActionDelete, ingest.RecordAppointment), d.call(20, 80),
		})
	}
	d.triage()
	if d.dice.chance(9) {
		d.recall()
	}
}

// desk is a task of whoever is free at the front.
func (d *day) desk(patient string, steps []step) {
	minute := d.dice.between(8*60, 16*60+50)
	p := d.someone(minute, "", FrontDesk)
	if p == nil {
		p = d.someone(minute, "", Manager, Assistant)
	}
	d.plan(task{who: p, at: d.frontAt(p, minute), patient: patient, start: minute * 60, steps: steps})
}

// triage is a nurse who is asked for advice.
func (d *day) triage() {
	for _, who := range d.working(Nurse) {
		for range d.dice.between(2, 5) {
			patient := d.recent(1, 14)
			if d.dice.chance(40) {
				patient = d.anybody()
			}
			d.plan(task{who: who, patient: patient, start: d.moment(who), steps: []step{
				do(70, 0, 20, ingest.ActionSearch, ingest.RecordDemographics), see(80, 5, 20, ingest.RecordDemographics),
				see(80, 10, 40, ingest.RecordProblem), see(70, 10, 40, ingest.RecordMedication), see(50, 10, 60, ingest.RecordClinicalNote),
				d.call(60, 240),
			}})
		}
	}
}

// recall is an afternoon of the front desk with a list of patients who are due.
func (d *day) recall() {
	who := d.someone(14*60, "", FrontDesk)
	if who == nil {
		return
	}
	start := 13*3600 + 30*60
	for range d.dice.between(20, 34) {
		start += d.dice.between(90, 240)
		d.plan(task{who: who, patient: d.anybody(), start: start, steps: []step{
			see(100, 0, 20, ingest.RecordDemographics), see(60, 5, 20, ingest.RecordAppointment), see(40, 5, 20, ingest.RecordImmunization), d.call(20, 60),
		}})
	}
}

// backOffice plays billing, records and referrals.
func (d *day) backOffice() {
	d.charges()
	for _, who := range d.working(Billing) {
		for range d.dice.between(12, 26) { // payments
			d.plan(task{who: who, patient: d.recent(8, 70), start: d.moment(who), steps: []step{
				see(100, 0, 20, ingest.RecordBilling), see(25, 10, 40, ingest.RecordInsurance), see(10, 10, 60, ingest.RecordClinicalNote),
				do(80, 20, 90, ingest.ActionUpdate, ingest.RecordBilling),
			}})
		}
		for _, a := range d.followUps() {
			d.plan(task{who: who, patient: a.PatientID, start: d.moment(who), steps: []step{
				see(100, 0, 30, ingest.RecordBilling), see(50, 10, 90, ingest.RecordClinicalNote), see(40, 10, 40, ingest.RecordInsurance),
				do(70, 30, 90, ingest.ActionUpdate, ingest.RecordBilling), do(15, 20, 60, ingest.ActionPrint, ingest.RecordDocument),
			}})
		}
	}
	d.requests()
	d.referrals()
	d.overtime()
}

// overtime is what keeps somebody in the office.
func (d *day) overtime() {
	for _, s := range d.w.swaps[d.n] {
		if s.end < s.who.ShiftEnd+60 || !d.w.works(s.who, d.n) {
			continue
		}
		for range d.dice.between(2, 7) {
			d.plan(task{who: s.who, patient: d.recent(1, 8), start: d.seconds(s.end, -35, -8), steps: []step{
				see(100, 0, 30, ingest.RecordBilling), see(60, 10, 40, ingest.RecordDemographics), do(80, 30, 120, ingest.ActionUpdate, ingest.RecordBilling),
			}})
		}
	}
}

// charges codes the visits of the last days.
func (d *day) charges() {
	billers := append(d.working(Billing), d.also(Billing)...)
	if len(billers) == 0 {
		return
	}
	k := 0
	for back := range 13 {
		for _, a := range d.w.byDay[d.n-back-1] {
			if !d.due(a, a.bill) {
				continue
			}
			k++
			if k > 60*len(billers) {
				continue // more than anybody can do in a day
			}
			who := billers[k%len(billers)]
			d.plan(task{who: who, patient: a.PatientID, start: d.moment(who), steps: []step{
				see(70, 0, 40, ingest.RecordClinicalNote), see(25, 10, 40, ingest.RecordInsurance),
				do(100, 30, 120, ingest.ActionCreate, ingest.RecordBilling),
			}})
		}
	}
}

// due reports whether something is due today that should be done some days after
// a visit. What falls on a closed day is spread over the next ones, as work is.
func (d *day) due(a *Appointment, days int) bool {
	if days == 0 || a.Status != Fulfilled || !d.w.happens(a) {
		return false
	}
	on := a.day + days
	for shift := a.minute / 7 % 4; on < d.n && !d.w.full(on); shift = 0 {
		on += 1 + shift
	}
	return on == d.n
}

func (d *day) also(r Role) []*Person {
	var out []*Person
	for i := range d.w.Staff {
		if p := &d.w.Staff[i]; p.Also == r && d.w.works(p, d.n) {
			out = append(out, p)
		}
	}
	return out
}

// followUps are visits of months ago about which an insurer asks today.
func (d *day) followUps() []*Appointment {
	var out []*Appointment
	for back := 30; back <= 158; back++ {
		for _, a := range d.w.byDay[d.n-back] {
			if d.due(a, a.follow) {
				out = append(out, a)
			}
		}
	}
	return out
}

// requests are records that patients, lawyers and other practices ask for.
func (d *day) requests() {
	clerks := d.working(Records)
	count := d.dice.between(0, 2)
	if len(clerks) > 0 {
		count = len(clerks) * d.dice.between(4, 9)
	} else {
		clerks = append(d.working(Manager), d.working(FrontDesk)...)
	}
	if len(clerks) == 0 {
		return
	}
	for k := range count {
		who, patient := clerks[k%len(clerks)], d.recent(1, 60)
		if d.dice.chance(30) {
			patient = d.anybody()
		}
		reads := []step{see(90, 0, 30, ingest.RecordDemographics), do(75, 10, 60, ingest.ActionCreate, ingest.RecordDocument)}
		if who.Role == Records {
			reads = append(reads, see(80, 10, 60, ingest.RecordClinicalNote), see(50, 10, 40, ingest.RecordLabResult), see(60, 10, 40, ingest.RecordDocument))
		}
		d.plan(task{who: who, patient: patient, start: d.moment(who), steps: append(reads,
			do(70, 20, 90, ingest.ActionExport, ingest.RecordDocument), do(35, 10, 60, ingest.ActionPrint, ingest.RecordDocument), do(3, 10, 60, ingest.ActionDelete, ingest.RecordDocument))})
	}
}

func (d *day) referrals() {
	for back := 1; back < 15; back++ {
		for _, a := range d.w.byDay[d.n-back] {
			if !d.due(a, a.referral) {
				continue
			}
			who := d.someone(10*60, a.provider.Location, Records, Assistant)
			if who == nil {
				continue
			}
			d.plan(task{who: who, patient: a.PatientID, start: d.moment(who), steps: []step{
				see(100, 0, 30, ingest.RecordReferral), see(60, 10, 40, ingest.RecordInsurance), see(40, 10, 60, ingest.RecordClinicalNote),
				do(80, 20, 90, ingest.ActionUpdate, ingest.RecordReferral), do(50, 10, 60, ingest.ActionExport, ingest.RecordDocument),
			}})
		}
	}
}

// management plays the office manager: reports, complaints, accounts.
func (d *day) management() {
	for _, who := range d.working(Manager) {
		steps := []step{see(100, 0, 30, ingest.RecordReport), see(60, 30, 200, ingest.RecordReport)}
		if d.w.date(d.n).Weekday() == time.Monday {
			steps = append(steps, see(100, 30, 200, ingest.RecordAuditLog))
		}
		d.plan(task{who: who, start: d.moment(who), steps: steps})
		for range d.dice.upTo(3) {
			d.plan(task{who: who, patient: d.recent(1, 30), start: d.moment(who), steps: []step{
				see(100, 0, 20, ingest.RecordDemographics), see(70, 10, 60, ingest.RecordBilling), see(40, 10, 60, ingest.RecordAppointment), d.call(30, 120),
			}})
		}
		for i := range d.w.Staff {
			p := &d.w.Staff[i]
			switch d.n {
			case p.first:
				d.admin(who, p.UserID, "role.grant", d.moment(who))
			case p.last:
				_, end := d.w.shift(who, d.n)
				d.admin(who, p.UserID, "account.disable", end*60-300)
			}
		}
	}
}

// admin changes an account.
func (d *day) admin(who *Person, target, code string, start int) {
	d.plan(task{who: who, start: start, steps: []step{do(100, 0, 30, ingest.ActionUpdate, ingest.RecordUserAdmin)}, change: func(a *Access) {
		a.Raw, a.RecordID, a.RecordName = code, target, "account "+target
	}})
}
