package world

import (
	"strconv"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// inbox plays what comes in by wire: results, refills and patients' messages.
func (d *day) inbox() {
	d.results()
	d.messages()
	d.refills()
}

// results are written by the interface, read by the clinician and told by a nurse.
func (d *day) results() {
	for back := 1; back < 33; back++ {
		for _, a := range d.w.byDay[d.n-back] {
			if !d.due(a, a.result) {
				continue
			}
			arrival := d.dice.between(5*3600, 15*3600)
			d.machine(a.PatientID, arrival, ingest.ActionCreate, ingest.RecordLabResult, d.dice.between(1, 3))
			who := a.provider
			if !d.w.works(who, d.n) { // a colleague looks through the inbox
				if who = d.someone(11*60, a.provider.Location, Clinician); who == nil {
					continue
				}
			}
			d.plan(task{who: who, patient: a.PatientID, start: max(arrival+600, d.moment(who)), steps: []step{
				see(100, 0, 30, ingest.RecordLabResult), see(40, 10, 40, ingest.RecordClinicalNote), see(30, 8, 40, ingest.RecordMedication),
				do(80, 10, 60, ingest.ActionUpdate, ingest.RecordLabResult), do(35, 15, 60, ingest.ActionCreate, ingest.RecordMessage),
			}})
			if d.dice.chance(30) {
				nurse := d.someone(15*60, a.provider.Location, Nurse, Assistant)
				d.plan(task{who: nurse, patient: a.PatientID, start: max(arrival+3600, 15*3600+d.dice.upTo(3600)), steps: []step{
					see(100, 0, 30, ingest.RecordLabResult), see(60, 5, 30, ingest.RecordDemographics), d.call(40, 200),
				}})
			}
		}
	}
}

// machine writes records as the laboratory's interface does.
func (d *day) machine(patient string, second int, action ingest.Action, record ingest.RecordType, n int) {
	who := d.w.Person("lab-hl7")
	for range n {
		a := Access{
			At: d.w.at(d.n, second), UserID: who.UserID, UserType: ingest.UserSystem, PatientID: patient, Action: action, Record: record,
			RecordID: strconv.Itoa(100000 + d.dice.upTo(900000)), Outcome: ingest.OutcomeSuccess, Job: true, actor: who.UserID,
		}
		d.w.place(&a, who.desk, d.dice)
		d.out = append(d.out, a)
		second += d.dice.between(0, 2)
	}
}

// messages are written by patients in the portal and answered.
func (d *day) messages() {
	for range len(d.visits)/6 + 1 {
		patient := d.recent(1, 20)
		if d.dice.chance(30) {
			patient = d.anybody()
		}
		second := d.dice.between(7*3600, 15*3600+1800)
		d.portal(patient, second)
		who := d.someone(second/60+40, "", Nurse, Assistant)
		d.plan(task{who: who, patient: patient, start: second + d.dice.between(600, 7200), steps: []step{
			see(100, 0, 20, ingest.RecordMessage), see(50, 10, 40, ingest.RecordMedication), see(50, 10, 40, ingest.RecordClinicalNote),
			do(90, 40, 180, ingest.ActionCreate, ingest.RecordMessage),
		}})
		if d.dice.chance(40) {
			doctor := d.w.clinicians[d.w.Patients[d.w.byNumber[patient]].doctor]
			if d.w.works(doctor, d.n) {
				d.plan(task{who: doctor, patient: patient, start: max(second+3600, d.moment(doctor)), steps: []step{
					see(100, 0, 20, ingest.RecordMessage), see(70, 10, 40, ingest.RecordClinicalNote), see(40, 10, 40, ingest.RecordLabResult),
					do(80, 30, 120, ingest.ActionCreate, ingest.RecordMessage), do(25, 20, 60, ingest.ActionUpdate, ingest.RecordMedication),
				}})
			}
		}
	}
	for range len(d.visits) / 10 { // others only read
		d.portal(d.recent(1, 20), d.dice.between(7*3600, 22*3600))
	}
}

// portal is a patient who looks at the own records, or writes.
func (d *day) portal(patient string, second int) {
	ip := "198.18." + strconv.Itoa(200+d.dice.upTo(50)) + "." + strconv.Itoa(d.dice.between(2, 250))
	for _, s := range []step{
		do(100, 0, 0, ingest.ActionLogin, ingest.RecordSession), see(60, 5, 60, ingest.RecordLabResult),
		do(70, 20, 200, ingest.ActionCreate, ingest.RecordMessage),
	} {
		if !d.dice.chance(s.percent) {
			continue
		}
		second += d.dice.between(s.low, s.high)
		a := Access{
			At: d.w.at(d.n, second), UserID: "portal-" + patient, UserType: ingest.UserPatient, PatientID: patient, Action: s.action,
			Record: s.record, IP: ip, Outcome: ingest.OutcomeSuccess, actor: "portal-" + patient,
		}
		d.out = append(d.out, a)
	}
}

func (d *day) refills() {
	for range len(d.visits)/8 + 1 {
		patient := d.recent(10, 90)
		doctor := d.w.clinicians[d.w.Patients[d.w.byNumber[patient]].doctor]
		second := d.dice.between(8*3600, 14*3600)
		d.machine(patient, second, ingest.ActionCreate, ingest.RecordMessage, 1)
		who := d.someone(second/60+30, doctor.Location, Assistant, Nurse)
		d.plan(task{who: who, patient: patient, start: second + d.dice.between(300, 5400), steps: []step{
			see(100, 0, 20, ingest.RecordMessage), see(90, 5, 30, ingest.RecordMedication), see(40, 10, 40, ingest.RecordLabResult),
			do(70, 15, 60, ingest.ActionUpdate, ingest.RecordMedication),
		}})
		if d.w.works(doctor, d.n) {
			d.plan(task{who: doctor, patient: patient, start: max(second+5400, d.moment(doctor)), steps: []step{
				see(100, 0, 20, ingest.RecordMedication), do(95, 8, 40, ingest.ActionUpdate, ingest.RecordMedication),
			}})
		}
	}
}

// evening is a clinician who finishes the day's notes at home.
func (d *day) evening() {
	for _, who := range d.working(Clinician) {
		own := d.own(who)
		if len(own) == 0 || !d.dice.chance(d.w.Habits.LateCharting) {
			continue
		}
		start := d.dice.between(19*3600, 21*3600+1800)
		shuffle(d.dice, own)
		for _, a := range own[:min(len(own), d.dice.between(2, 7))] {
			d.plan(task{who: who, at: who.home, patient: a.PatientID, start: start, steps: []step{
				see(80, 0, 40, ingest.RecordClinicalNote), see(30, 20, 60, ingest.RecordLabResult),
				do(100, 60, 400, ingest.ActionUpdate, ingest.RecordClinicalNote), do(15, 20, 60, ingest.ActionCreate, ingest.RecordOrder),
			}})
			start += d.dice.between(60, 300)
		}
	}
}

// nights are the calls to the clinician on call.
func (d *day) nights() {
	who, percent := d.w.onCall(d.n), 22
	if !d.w.openOn(d.n) {
		percent = 60
	}
	if who == nil || d.w.absent(who, d.n) {
		return
	}
	for range d.dice.between(1, 2) {
		if !d.dice.chance(percent) {
			continue
		}
		d.nightCall(who, d.dice.between(18*3600, 29*3600), 0, d.recent(1, 10), false)
	}
	if d.dice.permille(d.w.Habits.Glass * 1000 / 7) {
		d.nightCall(who, d.dice.between(18*3600, 24*3600), 0, d.anybody(), true)
	}
}

// nightCall is one call, with an emergency access if the chart is restricted.
func (d *day) nightCall(who *Person, start, label int, patient string, glass bool) {
	steps := []step{
		see(100, 0, 30, ingest.RecordDemographics), see(90, 10, 40, ingest.RecordMedication), see(90, 10, 60, ingest.RecordClinicalNote),
		see(40, 10, 60, ingest.RecordLabResult), do(90, 60, 400, ingest.ActionCreate, ingest.RecordClinicalNote),
		do(40, 20, 90, ingest.ActionCreate, ingest.RecordMedication),
	}
	t := task{who: who, at: who.home, patient: patient, start: start, steps: steps, label: label}
	if glass {
		t.steps = append([]step{do(100, 0, 20, ingest.ActionBreakGlass, ingest.RecordClinicalNote)}, steps...)
		t.change = func(a *Access) {
			if a.Action == ingest.ActionBreakGlass {
				a.Glass, a.GlassWhy = true, "on call, patient telephoned"
			}
		}
	}
	d.plan(t)
}

// outside is the vendor's maintenance in the night to Monday.
func (d *day) outside() {
	if d.w.date(d.n).Weekday() != time.Sunday {
		return
	}
	who := d.w.Person("nexora-support")
	d.plan(task{who: who, at: who.home, start: 20*3600 + d.dice.upTo(3600), steps: []step{
		see(100, 0, 100, ingest.RecordConfiguration), see(100, 100, 900, ingest.RecordConfiguration),
		do(50, 60, 600, ingest.ActionUpdate, ingest.RecordConfiguration), see(100, 100, 900, ingest.RecordConfiguration),
	}})
	if d.dice.chance(20) {
		d.plan(task{who: who, at: who.home, patient: d.anybody(), start: 21*3600 + 600, steps: []step{see(100, 0, 60, ingest.RecordClinicalNote)}})
	}
}
