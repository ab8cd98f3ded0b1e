package world

import (
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
)

// clinic plays the day's visits and what prepares and follows them.
func (d *day) clinic() {
	for _, a := range d.visits {
		switch {
		case a.Status == NoShow:
			p := d.someone(a.minute+20, a.provider.Location, FrontDesk, Manager)
			d.plan(task{who: p, at: d.frontAt(p, a.minute), patient: a.PatientID, start: d.seconds(a.minute, 18, 35), steps: []step{
				see(60, 0, 20, ingest.RecordDemographics), do(100, 5, 40, ingest.ActionUpdate, ingest.RecordAppointment), d.call(20, 80),
			}})
		case a.Status == Cancelled:
			p := d.someone(9*60, a.provider.Location, FrontDesk, Manager)
			d.plan(task{who: p, patient: a.PatientID, start: d.seconds(a.minute, -70, -5), steps: []step{
				do(100, 5, 40, ingest.ActionUpdate, ingest.RecordAppointment), do(40, 20, 90, ingest.ActionCreate, ingest.RecordAppointment),
			}})
		case a.vaccine:
			d.shot(a)
		case a.provider.Role == Therapist:
			d.checkIn(a)
			d.therapy(a)
			d.checkOut(a)
		default:
			d.checkIn(a)
			d.rooming(a)
			d.consultation(a)
			d.checkOut(a)
		}
	}
	d.preparation()
	d.students()
}

func (d *day) checkIn(a *Appointment) {
	minute := a.minute - 5
	p := d.someone(minute, a.provider.Location, FrontDesk, Manager)
	booking := do(100, 15, 50, ingest.ActionUpdate, ingest.RecordAppointment)
	if a.walkIn {
		booking.action = ingest.ActionCreate
		if !a.recorded {
			booking.percent = 0
		}
	}
	d.plan(task{who: p, at: d.frontAt(p, minute), patient: a.PatientID, start: d.seconds(a.minute, -12, -3), steps: []step{
		do(15, 0, 10, ingest.ActionSearch, ingest.RecordDemographics), see(100, 2, 20, ingest.RecordDemographics), booking,
		see(45, 10, 50, ingest.RecordInsurance), do(10, 20, 70, ingest.ActionUpdate, ingest.RecordDemographics),
		do(12, 20, 60, ingest.ActionCreate, ingest.RecordDocument),
	}})
}

// room returns the exam room of a visit: the provider's own, in turns.
func (d *day) room(a *Appointment) Station {
	if len(a.provider.rooms) == 0 {
		return a.provider.desk
	}
	return a.provider.rooms[(a.minute/a.provider.slot)%len(a.provider.rooms)]
}

// helper returns the assistant of a visit: one of the provider's team, or
// whoever is there.
func (d *day) helper(a *Appointment) *Person {
	var team []*Person
	for i := range d.w.Staff {
		p := &d.w.Staff[i]
		if p.Role == Assistant && d.w.clinicians[p.team] == a.provider && d.w.present(p, d.n, a.minute) {
			team = append(team, p)
		}
	}
	if len(team) > 0 {
		return team[a.minute/a.provider.slot%len(team)]
	}
	return d.someone(a.minute, a.provider.Location, Assistant, Nurse)
}

func (d *day) rooming(a *Appointment) {
	who, room := d.helper(a), d.room(a)
	d.plan(task{who: who, at: room, patient: a.PatientID, start: d.seconds(a.minute, -3, 5), steps: []step{
		see(50, 0, 20, ingest.RecordAppointment), see(90, 5, 30, ingest.RecordAllergy), see(85, 8, 40, ingest.RecordMedication),
		do(25, 10, 60, ingest.ActionUpdate, ingest.RecordMedication), do(95, 20, 90, ingest.ActionCreate, ingest.RecordVitals),
		do(30, 10, 50, ingest.ActionCreate, ingest.RecordVitals), see(40, 8, 40, ingest.RecordProblem), see(35, 8, 40, ingest.RecordImmunization),
		do(20, 10, 60, ingest.ActionUpdate, ingest.RecordAllergy), see(20, 8, 40, ingest.RecordLabResult),
	}})
	if d.dice.chance(28) { // the assistant comes back for a vaccination or a test
		d.plan(task{who: who, at: room, patient: a.PatientID, start: d.seconds(a.minute, 22, 34), steps: []step{
			see(60, 0, 30, ingest.RecordOrder), do(60, 20, 90, ingest.ActionCreate, ingest.RecordImmunization),
			do(40, 20, 90, ingest.ActionCreate, ingest.RecordLabResult),
		}})
	}
	if who != nil && d.dice.chance(35) { // notes at the nursing station
		d.plan(task{who: who, patient: a.PatientID, start: d.seconds(a.minute, 10, 26), steps: []step{
			see(80, 0, 20, ingest.RecordOrder), see(40, 10, 40, ingest.RecordClinicalNote), do(30, 20, 60, ingest.ActionCreate, ingest.RecordMessage),
		}})
	}
}

func (d *day) consultation(a *Appointment) {
	who, room := a.provider, d.room(a)
	d.plan(task{who: who, at: room, patient: a.PatientID, start: d.seconds(a.minute, 8, 16), steps: []step{
		see(95, 0, 25, ingest.RecordClinicalNote), see(70, 8, 40, ingest.RecordProblem), see(60, 8, 40, ingest.RecordLabResult),
		see(45, 8, 40, ingest.RecordLabResult), see(60, 8, 40, ingest.RecordMedication), see(25, 10, 50, ingest.RecordImaging),
		see(25, 10, 40, ingest.RecordVitals), see(15, 10, 40, ingest.RecordDocument), do(90, 60, 200, ingest.ActionCreate, ingest.RecordClinicalNote),
		do(35, 20, 80, ingest.ActionUpdate, ingest.RecordProblem), do(45, 20, 80, ingest.ActionCreate, ingest.RecordMedication),
		do(45, 15, 80, ingest.ActionCreate, ingest.RecordOrder), do(20, 15, 60, ingest.ActionCreate, ingest.RecordOrder),
		do(boolPercent(a.referral > 0), 20, 60, ingest.ActionCreate, ingest.RecordReferral),
	}})
	if d.dice.chance(65) {
		d.plan(task{who: who, patient: a.PatientID, start: d.seconds(a.minute, 25, 95), steps: []step{
			see(70, 0, 30, ingest.RecordClinicalNote), see(30, 10, 60, ingest.RecordLabResult),
			do(95, 60, 240, ingest.ActionUpdate, ingest.RecordClinicalNote), do(30, 20, 80, ingest.ActionCreate, ingest.RecordOrder),
		}})
	}
	if d.dice.chance(22) { // blood is drawn on the way out
		p := d.someone(a.minute+30, a.provider.Location, Lab, Nurse)
		if p != nil {
			at := d.w.location(a.provider.Location).labs[0]
			if p.Location != a.provider.Location {
				at = p.desk
			}
			d.plan(task{who: p, at: at, patient: a.PatientID, start: d.seconds(a.minute, 30, 45), steps: []step{
				see(100, 0, 20, ingest.RecordOrder), see(60, 8, 30, ingest.RecordDemographics), do(90, 40, 160, ingest.ActionUpdate, ingest.RecordOrder),
				do(40, 20, 90, ingest.ActionCreate, ingest.RecordLabResult),
			}})
		}
	}
}

func (d *day) therapy(a *Appointment) {
	d.plan(task{who: a.provider, patient: a.PatientID, start: d.seconds(a.minute, -4, 4), steps: []step{
		see(80, 0, 20, ingest.RecordPsychotherapy), see(40, 10, 60, ingest.RecordClinicalNote), see(30, 10, 60, ingest.RecordMedication),
		do(95, 2300, 3000, ingest.ActionCreate, ingest.RecordPsychotherapy), do(40, 20, 90, ingest.ActionCreate, ingest.RecordClinicalNote),
	}})
}

// shot is a vaccination without much ado.
func (d *day) shot(a *Appointment) {
	d.plan(task{who: a.provider, patient: a.PatientID, start: d.seconds(a.minute, 0, 2), steps: []step{
		see(80, 0, 10, ingest.RecordDemographics), see(70, 5, 20, ingest.RecordAllergy), see(50, 5, 15, ingest.RecordImmunization),
		do(100, 15, 45, ingest.ActionCreate, ingest.RecordImmunization),
	}})
	if d.dice.chance(60) {
		p := d.someone(a.minute, a.provider.Location, FrontDesk)
		d.plan(task{who: p, at: d.frontAt(p, a.minute), patient: a.PatientID, start: d.seconds(a.minute, -6, 0), steps: []step{
			see(100, 0, 10, ingest.RecordDemographics), do(100, 10, 30, ingest.ActionUpdate, ingest.RecordAppointment),
		}})
	}
}

func (d *day) checkOut(a *Appointment) {
	minute := a.minute + 32
	p := d.someone(minute, a.provider.Location, FrontDesk, Manager)
	d.plan(task{who: p, at: d.frontAt(p, minute), patient: a.PatientID, start: d.seconds(a.minute, 30, 48), steps: []step{
		do(45, 0, 40, ingest.ActionCreate, ingest.RecordAppointment), do(55, 15, 60, ingest.ActionCreate, ingest.RecordBilling),
		do(d.w.Habits.Summaries, 10, 40, ingest.ActionPrint, ingest.RecordDocument),
	}})
}

// preparation reads tomorrow's charts in the afternoon.
func (d *day) preparation() {
	next := d.n + 1
	for next < d.n+5 && !d.w.openOn(next) {
		next++
	}
	for _, a := range d.w.byDay[next] {
		if a.walkIn || a.vaccine || a.provider.Role != Clinician || !d.dice.chance(d.w.Habits.ChartPrep) {
			continue
		}
		who := a.provider
		if d.dice.chance(65) {
			who = d.helper(a)
		}
		if who == nil || !d.w.works(who, d.n) {
			continue
		}
		_, end := d.w.shift(who, d.n)
		d.plan(task{who: who, patient: a.PatientID, start: d.seconds(end, -110, -15), steps: []step{
			see(70, 0, 30, ingest.RecordProblem), see(60, 8, 40, ingest.RecordLabResult), see(40, 8, 40, ingest.RecordClinicalNote),
			see(40, 8, 30, ingest.RecordImmunization), do(15, 20, 60, ingest.ActionCreate, ingest.RecordMessage),
		}})
	}
}

// students read along with a clinician.
func (d *day) students() {
	for i, who := range d.working(Student) {
		teacher := d.w.clinicians[(d.n/7+i)%len(d.w.clinicians)]
		for _, a := range d.visits {
			if a.provider != teacher || a.Status != Fulfilled || a.vaccine || !d.dice.chance(60) {
				continue
			}
			at := d.w.location(teacher.Location).nursing[0]
			d.plan(task{who: who, at: at, patient: a.PatientID, start: d.seconds(a.minute, 0, 12), steps: []step{
				see(90, 0, 30, ingest.RecordClinicalNote), see(60, 10, 60, ingest.RecordProblem), see(60, 10, 60, ingest.RecordLabResult),
			}})
		}
	}
}

func boolPercent(yes bool) int {
	if yes {
		return 100
	}
	return 0
}

// own returns the kept visits of a clinician today.
func (d *day) own(p *Person) []*Appointment {
	var out []*Appointment
	for _, a := range d.visits {
		if a.provider == p && a.Status == Fulfilled && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}
