package synth

import (
	"strconv"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// preparation checks the insurance of half of the day's patients early on.
func (d *day) preparation() {
	who := d.frontDesk(d.p.at(d.n, 7*3600+40*60))
	if who == nil {
		return
	}
	now := d.p.at(d.n, who.ShiftStart*60+d.dice.between(300, 900))
	for _, a := range d.visits {
		if a.Status != Cancelled && d.dice.chance(50) {
			t := d.thread(who, EHR, a.PatientID, now)
			t.then(15, 60, ingest.ActionView, ingest.RecordInsurance)
			now = t.now
		}
	}
}

// appointment plays one visit, or what is left of it.
func (d *day) appointment(a Appointment) {
	switch a.Status {
	case NoShow:
		at := a.StartsAt.Add(time.Duration(d.dice.between(18, 30)) * time.Minute)
		t := d.thread(d.frontDesk(at), EHR, a.PatientID, at)
		t.then(0, 0, ingest.ActionUpdate, ingest.RecordAppointment)
		t.maybe(60, 20, 60, ingest.ActionView, ingest.RecordDemographics)
	case Cancelled:
		who := d.frontDesk(a.StartsAt)
		if who != nil {
			d.thread(who, EHR, a.PatientID, earlier(d.moment(who), a.StartsAt)).then(0, 30, ingest.ActionUpdate, ingest.RecordAppointment)
		}
	case Fulfilled:
		d.arrival(a)
		d.treatment(a)
		d.departure(a)
	}
}

func (d *day) arrival(a Appointment) {
	at := a.StartsAt.Add(-time.Duration(d.dice.between(200, 720)) * time.Second)
	t := d.thread(d.frontDesk(at), EHR, a.PatientID, at)
	t.then(0, 0, ingest.ActionView, ingest.RecordDemographics)
	t.then(15, 60, ingest.ActionUpdate, ingest.RecordAppointment)
	t.maybe(25, 20, 70, ingest.ActionView, ingest.RecordInsurance)
	t.maybe(8, 30, 90, ingest.ActionUpdate, ingest.RecordDemographics)
}

// treatment is what happens at the chair. A dentist has an assistant, the
// hygienist works alone.
func (d *day) treatment(a Appointment) {
	provider := d.p.Person(a.ProviderID)
	helper := provider
	if provider.Role == RoleDentist {
		helper = d.assistant(provider)
	}
	chair := provider.Desk
	t := d.thread(helper, EHR, a.PatientID, a.StartsAt)
	t.at = chair
	t.then(60, 240, ingest.ActionView, ingest.RecordAllergy)
	t.maybe(70, 10, 60, ingest.ActionView, ingest.RecordMedication)
	t.maybe(40, 60, 200, ingest.ActionCreate, ingest.RecordVitals)
	if d.dice.chance(40) {
		x := d.thread(helper, Imaging, a.PatientID, t.now)
		x.at = Station{Name: "XRAY-1", IP: "10.20.4.41"}
		x.then(60, 180, ingest.ActionCreate, ingest.RecordImaging)
		t.now = x.now
	}
	v := d.thread(provider, EHR, a.PatientID, t.now)
	v.then(40, 200, ingest.ActionView, ingest.RecordClinicalNote)
	v.maybe(35, 20, 90, ingest.ActionView, ingest.RecordProblem)
	if d.dice.chance(55) {
		x := d.thread(provider, Imaging, a.PatientID, v.now)
		x.then(20, 90, ingest.ActionView, ingest.RecordImaging)
		x.maybe(30, 20, 60, ingest.ActionView, ingest.RecordImaging)
		v.now = x.now
	}
	v.now = later(v.now, a.StartsAt.Add(time.Duration(a.Minutes)*time.Minute))
	v.then(-240, 420, ingest.ActionCreate, ingest.RecordClinicalNote)
	v.maybe(15, 20, 90, ingest.ActionCreate, ingest.RecordMedication)
	v.maybe(12, 20, 90, ingest.ActionCreate, ingest.RecordOrder)
}

// assistant returns the assistant who works with a dentist today. The pairs
// change from day to day, and no assistant works at two chairs at once.
func (d *day) assistant(dentist *Person) *Person {
	helpers := d.working(RoleAssistant)
	for i, who := range d.working(RoleDentist) {
		if who == dentist && i < len(helpers) {
			return helpers[(d.n+i)%len(helpers)]
		}
	}
	return nil
}

func (d *day) departure(a Appointment) {
	at := a.StartsAt.Add(time.Duration(a.Minutes)*time.Minute + time.Duration(d.dice.between(100, 360))*time.Second)
	t := d.thread(d.frontDesk(at), EHR, a.PatientID, at)
	t.maybe(50, 0, 60, ingest.ActionCreate, ingest.RecordAppointment)
	t.maybe(45, 20, 60, ingest.ActionCreate, ingest.RecordBilling)
	t.maybe(12, 10, 40, ingest.ActionPrint, ingest.RecordDocument)
}

// calls are the telephone and whoever walks in: a search, a chart, a change.
func (d *day) calls() {
	for range d.dice.between(4, 7) {
		front := d.working(RoleFrontDesk)
		if len(front) == 0 {
			return
		}
		who := pick(d.dice, front)
		t := d.thread(who, EHR, d.anybody(), d.moment(who))
		t.access(0, 0, Access{Action: ingest.ActionSearch, Record: ingest.RecordDemographics, Found: d.dice.between(1, 9)})
		t.then(5, 20, ingest.ActionView, ingest.RecordDemographics)
		t.maybe(50, 10, 40, ingest.ActionView, ingest.RecordAppointment)
		t.maybe(25, 20, 90, ingest.ActionCreate, ingest.RecordAppointment)
		t.maybe(15, 15, 50, ingest.ActionView, ingest.RecordBilling)
		t.maybe(20, 20, 80, ingest.ActionCreate, ingest.RecordMessage)
		if d.dice.chance(4) {
			t.access(10, 40, Access{
				Action: ingest.ActionView, Record: ingest.RecordClinicalNote, PatientID: t.patient,
				Outcome: ingest.OutcomeFailure, OutcomeReason: "not permitted for this role",
			})
		}
		if d.dice.chance(2) {
			t.then(60, 200, ingest.ActionPrint, ingest.RecordDocument)
			t.then(40, 90, ingest.ActionExport, ingest.RecordDocument)
		}
	}
}

// billing works through the visits of the last working day, and of the one
// before it for every fifth visit.
func (d *day) billing() {
	for _, who := range d.working(RoleBilling) {
		for _, a := range d.kept(-7, -1) {
			late := a.AppointmentID[len(a.AppointmentID)-1]%5 == 0
			if wait := d.p.workingDays(a.StartsAt, d.n); wait != 1 && !late || late && wait != 2 {
				continue
			}
			t := d.thread(who, EHR, a.PatientID, d.moment(who))
			t.maybe(80, 0, 0, ingest.ActionView, ingest.RecordClinicalNote)
			t.then(60, 240, ingest.ActionCreate, ingest.RecordBilling)
			t.maybe(25, 30, 90, ingest.ActionView, ingest.RecordInsurance)
		}
		for range d.dice.between(2, 4) {
			t := d.thread(who, EHR, d.anybody(), d.moment(who))
			t.then(0, 0, ingest.ActionView, ingest.RecordBilling)
			t.maybe(60, 40, 200, ingest.ActionUpdate, ingest.RecordBilling)
		}
	}
}

// workingDays counts the open days after the one of at, up to the n-th.
func (p *Practice) workingDays(at time.Time, n int) int {
	count := 0
	for ; n > 0 && at.Before(p.at(n, 0)); n-- {
		if p.open(n) {
			count++
		}
	}
	return count
}

// manager reads reports, looks at the audit log on Mondays, answers complaints
// and keeps the accounts.
func (d *day) manager() {
	date := d.p.date(d.n)
	for _, who := range d.working(RoleOfficeManager) {
		t := d.thread(who, EHR, "", d.moment(who))
		t.then(0, 0, ingest.ActionView, ingest.RecordReport)
		if date.Weekday() == time.Monday {
			t.then(100, 400, ingest.ActionView, ingest.RecordAuditLog)
		}
		if date.Day() <= 3 && d.dice.chance(50) {
			t.then(60, 200, ingest.ActionExport, ingest.RecordReport)
		}
		if d.dice.chance(40) {
			c := d.thread(who, EHR, d.anybody(), d.moment(who))
			c.then(0, 0, ingest.ActionView, ingest.RecordDemographics)
			c.maybe(50, 30, 90, ingest.ActionView, ingest.RecordBilling)
		}
		for i := range d.p.Staff {
			switch today := date.Format(isoDate); today {
			case d.p.Staff[i].HiredOn:
				d.thread(who, EHR, "", d.p.at(d.n, who.ShiftStart*60)).then(60, 300, ingest.ActionCreate, ingest.RecordUserAdmin)
			case d.p.Staff[i].LeftOn:
				d.thread(who, EHR, "", d.p.at(d.n, who.ShiftEnd*60)).then(-900, -300, ingest.ActionUpdate, ingest.RecordUserAdmin)
			}
		}
	}
}

// messages are read and answered on the phones between patients.
func (d *day) messages() {
	for _, who := range d.working(RoleDentist, RoleHygienist, RoleOfficeManager) {
		first := d.p.at(d.n, 86400)
		for range d.dice.between(1, 4) {
			at := d.moment(who)
			first = earlier(first, at)
			t := d.thread(who, Phone, d.anybody(), at)
			t.at = d.phone(who)
			t.then(0, 0, ingest.ActionView, ingest.RecordMessage)
			t.maybe(20, 10, 40, ingest.ActionView, ingest.RecordAppointment)
			t.maybe(50, 30, 120, ingest.ActionCreate, ingest.RecordMessage)
		}
		t := d.thread(who, Phone, "", first.Add(-20*time.Second))
		t.at = d.phone(who)
		t.login()
	}
}

// phone returns somebody's phone.
func (d *day) phone(who *Person) Station {
	for i := range d.p.Staff {
		if &d.p.Staff[i] == who {
			return Station{Name: "PHONE-0" + strconv.Itoa(i%10), IP: "203.0.113." + strconv.Itoa(60+i)}
		}
	}
	return Station{}
}

// evening is a dentist who finishes the day's notes at home.
func (d *day) evening() {
	for _, who := range d.working(RoleDentist) {
		if !d.dice.chance(25) {
			continue
		}
		t := d.thread(who, EHR, "", d.p.at(d.n, d.dice.between(19*3600, 21*3600+1800)))
		t.at = laptop()
		t.login()
		left := d.dice.between(1, 3)
		for _, a := range d.visits {
			if left == 0 || a.ProviderID != who.UserID || a.Status != Fulfilled {
				continue
			}
			left--
			t.patient = a.PatientID
			t.then(30, 200, ingest.ActionView, ingest.RecordClinicalNote)
			if d.dice.chance(40) {
				x := d.thread(who, Imaging, a.PatientID, t.now)
				x.at = laptop()
				x.then(20, 60, ingest.ActionView, ingest.RecordImaging)
				t.now = x.now
			}
			t.then(120, 500, ingest.ActionUpdate, ingest.RecordClinicalNote)
		}
		t.logout(30, 120)
	}
}

// onCall is the dentist on call who is rung up at night or at the weekend,
// mostly by somebody who was treated in the days before.
func (d *day) onCall() {
	percent := 12
	if !d.p.open(d.n) {
		percent = 35
	}
	if !d.dice.chance(percent) {
		return
	}
	dentists := []*Person{d.p.Person("hpark"), d.p.Person("dosei")}
	who, patient := dentists[d.n%len(dentists)], d.anybody()
	if recent := d.kept(-4, 0); len(recent) > 0 && d.dice.chance(70) {
		patient = pick(d.dice, recent).PatientID
	}
	t := d.thread(who, Phone, "", d.p.at(d.n, d.dice.between(18*3600, 25*3600)))
	t.at = d.phone(who)
	t.login()
	t.patient = patient
	t.then(10, 40, ingest.ActionView, ingest.RecordDemographics)
	t.then(5, 40, ingest.ActionView, ingest.RecordMedication)
	e := d.thread(who, EHR, "", t.now.Add(4*time.Minute))
	e.at = laptop()
	e.login()
	e.patient = patient
	e.then(20, 90, ingest.ActionView, ingest.RecordClinicalNote)
	if d.dice.chance(50) {
		x := d.thread(who, Imaging, patient, e.now)
		x.at = laptop()
		x.then(20, 90, ingest.ActionView, ingest.RecordImaging)
		e.now = x.now
	}
	e.then(100, 500, ingest.ActionCreate, ingest.RecordClinicalNote)
	e.logout(20, 100)
	t.now = e.now
	t.then(20, 90, ingest.ActionCreate, ingest.RecordMessage)
}

// vendor is the maintenance window in the night to Sunday. It begins ten
// minutes before one o'clock and lasts over two hours, so that it spans the
// hour in which the clocks change.
func (d *day) vendor() {
	for _, who := range d.working(RoleVendor) {
		t := d.thread(who, EHR, "", d.p.at(d.n, 50*60+d.dice.between(0, 200)))
		t.login()
		for range 9 {
			t.then(500, 1100, ingest.ActionView, ingest.RecordConfiguration)
			t.maybe(25, 30, 200, ingest.ActionUpdate, ingest.RecordConfiguration)
		}
		t.logout(60, 300)
	}
}

// portal is a patient who looks at the own images or a letter.
func (d *day) portal() {
	recent := d.kept(-10, -1)
	if len(recent) == 0 {
		return
	}
	for range d.dice.upTo(4) {
		patient := pick(d.dice, recent).PatientID
		now := d.p.at(d.n, d.dice.between(7*3600, 22*3600+1800))
		ip := "203.0.113." + strconv.Itoa(d.dice.between(100, 250))
		for i, record := range []ingest.RecordType{ingest.RecordSession, ingest.RecordImaging, ingest.RecordDocument} {
			a := Access{
				System: Imaging, At: now, UserID: patient, UserType: ingest.UserPatient, PatientID: patient,
				Action: ingest.ActionView, Record: record, IP: ip, Outcome: ingest.OutcomeSuccess,
			}
			if i == 0 {
				a.Action, a.PatientID = ingest.ActionLogin, ""
			}
			if i == 0 || d.dice.chance(60) {
				d.out = append(d.out, a)
			}
			now = now.Add(time.Duration(d.dice.between(15, 90)) * time.Second)
		}
	}
}
