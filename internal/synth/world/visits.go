package world

import (
	"cmp"
	"slices"
	"strconv"
)

// before and after are the days for which the calendar is known around the log.
const (
	before = 180
	after  = 14
)

// book fills the calendar from half a year before the log to two weeks after it.
func (w *World) book(d dice) {
	w.byDay, w.bookings = map[int][]*Appointment{}, map[int][]*Appointment{}
	panels := make([][]int, len(w.clinicians))
	for i := range w.Patients {
		panels[w.Patients[i].doctor] = append(panels[w.Patients[i].doctor], i)
	}
	last := make([]int, len(w.Patients))
	for i := range last {
		last[i] = always
	}
	for n := -before; n < w.days+after; n++ {
		if !w.openOn(n) {
			continue
		}
		for i := range w.Staff {
			p := &w.Staff[i]
			if (p.Role != Clinician && p.Role != Therapist) || p.monthly || !w.works(p, n) {
				continue
			}
			w.bookDay(d, p, n, panels, last)
		}
		w.bookFlu(d, n, last)
	}
	slices.SortStableFunc(w.Appointments, func(a, b Appointment) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.minute, b.minute))
	})
	w.visitDays = make([][]int, len(w.Patients))
	for i := range w.Appointments {
		a := &w.Appointments[i]
		w.visitDays[a.patient] = append(w.visitDays[a.patient], a.day)
		a.AppointmentID = "A" + strconv.Itoa(70001+i)
		w.byDay[a.day] = append(w.byDay[a.day], a)
		w.bookings[a.booked] = append(w.bookings[a.booked], a)
	}
}

// bookDay fills one day of one provider.
func (w *World) bookDay(d dice, p *Person, n int, panels [][]int, last []int) {
	start, end := w.shift(p, n)
	from, to := lunch(p)
	next := -1 // a member of the same family
	for minute := start + 15; minute < end-35; minute += p.slot {
		if minute+p.slot > from && minute < to || !d.chance(w.Habits.Busy) {
			continue
		}
		patient := next
		next = -1
		if patient < 0 {
			patient = w.whoComes(d, p, panels)
		}
		if n-last[patient] < 6 {
			continue
		}
		last[patient] = n
		if k := patient + 1; d.chance(4) && k < len(w.Patients) && w.Patients[k].Address == w.Patients[patient].Address {
			next = k
		}
		w.Appointments = append(w.Appointments, w.appointment(d, p, n, minute, patient))
	}
}

// whoComes draws a patient, four times in five from the provider's own.
func (w *World) whoComes(d dice, p *Person, panels [][]int) int {
	for i, c := range w.clinicians {
		if c == p && d.chance(80) && len(panels[i]) > 0 {
			return pick(d, panels[i])
		}
	}
	if p.Role == Therapist { // a few, again and again
		return int(mix(w.Options.Seed, uint64(d.upTo(70))+uint64(p.UserID[0])*100) % uint64(len(w.Patients))) //nolint:gosec // below the number of patients
	}
	return d.upTo(len(w.Patients))
}

func (w *World) appointment(d dice, p *Person, n, minute, patient int) Appointment {
	a := Appointment{
		PatientID: w.Patients[patient].PatientID, patient: patient, ProviderID: p.UserID, provider: p, day: n, minute: minute,
		StartsAt: w.at(n, minute*60), Minutes: p.slot, Status: Fulfilled, recorded: true,
		booked: n - d.between(1, 45), bill: d.between(1, 5),
	}
	if d.chance(7) {
		a.follow = d.between(30, 150)
	}
	if d.chance(30) {
		a.result = d.between(1, 6)
		if d.chance(8) {
			a.result = d.between(7, 25)
		}
	}
	if d.chance(8) {
		a.referral = d.between(1, 6)
	}
	h := w.Habits
	switch roll := d.upTo(100); {
	case roll < h.NoShows:
		a.Status = NoShow
	case roll < h.NoShows+h.Cancelled:
		a.Status = Cancelled
	case roll < h.NoShows+h.Cancelled+h.WalkIns && p.Role == Clinician:
		a.walkIn, a.booked, a.recorded = true, n, d.chance(h.WalkInRecorded)
	}
	if a.Status != Fulfilled {
		a.bill, a.follow, a.result, a.referral = 0, 0, 0, 0
	}
	return a
}

// bookFlu plans a day of vaccinations, and one for the staff.
func (w *World) bookFlu(d dice, n int, last []int) {
	if n != w.fluDay && n != w.staffFluDay || n < 0 {
		return
	}
	nurse := w.anyone(n, 10*60, Nurse, "")
	if nurse == nil {
		nurse = w.anyone(n, 10*60, Assistant, "")
	}
	if nurse == nil {
		return
	}
	shot := func(minute, patient int) {
		a := w.appointment(d, nurse, n, minute, patient)
		a.Minutes, a.vaccine, a.result, a.referral, a.follow, a.walkIn = 5, true, 0, 0, 0, false
		a.recorded = n == w.staffFluDay || d.chance(95)
		a.Status = Fulfilled
		last[patient] = n
		w.Appointments = append(w.Appointments, a)
	}
	if n == w.staffFluDay {
		minute := 13*60 + 10
		for i := range w.Patients {
			if p := w.Patients[i].staff; p != "" && w.Person(p).last > n {
				shot(minute, i)
				minute += 6
			}
		}
		return
	}
	w.projects = map[string]bool{nurse.UserID: true}
	for minute := 9 * 60; minute < 12*60; minute += d.between(2, 4) {
		if patient := d.upTo(len(w.Patients)); n-last[patient] > 5 {
			shot(minute, patient)
		}
	}
}

// anyone returns the first present person with a role, at a location if it is not empty.
func (w *World) anyone(n, minute int, r Role, location string) *Person {
	for i := range w.Staff {
		p := &w.Staff[i]
		if p.Role == r && (location == "" || p.Location == location) && w.present(p, n, minute) {
			return p
		}
	}
	return nil
}

// insert adds a kept visit that the calendar has no record of yet.
func (w *World) insert(d dice, p *Person, n, minute, patient int) {
	a := w.appointment(d, p, n, minute, patient)
	a.Status, a.walkIn, a.recorded, a.bill = Fulfilled, false, true, 2
	a.booked = n - d.between(2, 20)
	a.AppointmentID = "A" + strconv.Itoa(60001+len(w.inserted))
	w.inserted = append(w.inserted, &a)
	w.byDay[n] = append(w.byDay[n], &a)
	w.visitDays[patient] = append(w.visitDays[patient], n)
}

// calendarByTime returns the appointments in the order of their times.
func (w *World) calendarByTime() []*Appointment {
	out := slices.Clone(w.inserted)
	for i := range w.Appointments {
		out = append(out, &w.Appointments[i])
	}
	slices.SortStableFunc(out, func(a, b *Appointment) int {
		return cmp.Or(a.StartsAt.Compare(b.StartsAt), cmp.Compare(a.AppointmentID, b.AppointmentID))
	})
	return out
}
