package synth

import (
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// incidents adds to the sample practice what a review should show: a week in which
// one login is used at two desks at once, a former employee's account wakes up,
// and a few charts are opened that no record explains. The day is the week's
// Monday, as a number from the first day.
func (p *Practice) incidents(monday int) {
	patients := p.visitors(monday)
	p.sharedLogin(monday+1, patients)
	p.formerEmployee(monday+1, patients)
	p.relative(monday + 2)
	p.flaggedPatient(monday + 3)
	p.lateEvening(monday + 5)
}

// incident starts a run of accesses of somebody at some desk, in the EHR.
func (p *Practice) incident(n, minute int, userID string, at Station) *thread {
	d := &day{p: p, dice: newDice(SampleSeed, 9000+uint64(n)+uint64(minute)), n: n} //nolint:gosec // days and minutes are small
	t := d.thread(p.Person(userID), EHR, "", p.at(n, minute*60))
	t.at = at
	return t
}

// done puts what a run did into the practice.
func (t *thread) done() { t.d.p.Accesses = append(t.d.p.Accesses, t.d.out...) }

// visitors are the patients of the week that begins with a day.
func (p *Practice) visitors(n int) []string {
	var list []string
	for _, a := range p.Appointments {
		if from, to := p.at(n, 0), p.at(n+7, 0); !a.StartsAt.Before(from) && a.StartsAt.Before(to) && a.Status != Cancelled {
			list = append(list, a.PatientID)
		}
	}
	return list
}

// sharedLogin is a front desk and a billing desk that work under one login for
// most of an hour, each with patients of its own.
func (p *Practice) sharedLogin(n int, patients []string) {
	front, billing := p.Person("asantos").Desk, p.Person("kdelgado").Desk
	one, two := p.incident(n, 10*60+4, "asantos", front), p.incident(n, 10*60+5, "asantos", billing)
	for i := range 16 {
		one.patient, two.patient = patients[i/4%len(patients)], patients[(i/4+len(patients)/2)%len(patients)]
		one.then(100, 200, ingest.ActionView, ingest.RecordDemographics)
		one.maybe(40, 10, 30, ingest.ActionUpdate, ingest.RecordAppointment)
		two.then(90, 190, ingest.ActionView, ingest.RecordBilling)
		two.maybe(50, 10, 40, ingest.ActionCreate, ingest.RecordBilling)
	}
	one.done()
	two.done()
}

// formerEmployee is the account of somebody who left the week before.
func (p *Practice) formerEmployee(n int, patients []string) {
	t := p.incident(n, 18*60+52, "jellis", p.Person("jellis").Desk)
	t.login()
	for _, patient := range patients[:3] {
		t.patient = patient
		t.then(30, 90, ingest.ActionView, ingest.RecordDemographics)
		t.then(10, 40, ingest.ActionView, ingest.RecordClinicalNote)
	}
	t.patient = ""
	t.logout(20, 60)
	t.done()
}

// relative is somebody of the front desk in the chart of a patient at her own address.
func (p *Practice) relative(n int) {
	t := p.incident(n, 12*60+41, "bfarrow", p.Person("bfarrow").Desk)
	t.patient = p.Patients[patientFrontDesk+1].PatientID
	t.access(0, 0, Access{Action: ingest.ActionSearch, Record: ingest.RecordDemographics, Found: 2})
	t.then(5, 15, ingest.ActionView, ingest.RecordDemographics)
	t.then(10, 30, ingest.ActionView, ingest.RecordClinicalNote)
	t.then(20, 60, ingest.ActionView, ingest.RecordMedication)
	t.done()
}

// flaggedPatient is billing in the chart of a patient who is marked as confidential.
func (p *Practice) flaggedPatient(n int) {
	t := p.incident(n, 15*60+18, "kdelgado", p.Person("kdelgado").Desk)
	t.patient = p.Patients[patientVIP].PatientID
	t.then(0, 0, ingest.ActionView, ingest.RecordDemographics)
	t.then(15, 40, ingest.ActionView, ingest.RecordClinicalNote)
	t.done()
}

// lateEvening is an assistant in the closed building, in charts of patients who
// were not there that week.
func (p *Practice) lateEvening(n int) {
	t := p.incident(n, 21*60+37, "tnowak", p.Person("tnowak").Desk)
	t.login()
	seen := map[string]bool{}
	for _, a := range p.Appointments {
		if a.StartsAt.After(p.at(n, 0).Add(-45 * 24 * time.Hour)) {
			seen[a.PatientID] = true
		}
	}
	for i, opened := 60, 0; i < len(p.Patients) && opened < 4; i++ {
		if t.patient = p.Patients[i].PatientID; seen[t.patient] {
			continue
		}
		opened++
		t.then(20, 70, ingest.ActionView, ingest.RecordDemographics)
		t.then(10, 40, ingest.ActionView, ingest.RecordClinicalNote)
	}
	t.patient = ""
	t.logout(30, 60)
	t.done()
}
