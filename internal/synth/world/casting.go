package world

import (
	"slices"
	"strconv"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// person chooses somebody of the practice who works in the week and fits.
func (in *incident) person(fits func(*Person) bool) *Person {
	var list []*Person
	for i := range in.w.Staff {
		p := &in.w.Staff[i]
		if p.Role == Vendor || p.Role == Interface || p.monthly || p == in.who || !fits(p) {
			continue
		}
		if in.week*7 < p.first+42 || in.week*7+12 > p.last {
			continue // too new, or on the way out
		}
		list = append(list, p)
	}
	if len(list) == 0 {
		return nil
	}
	return pick(in.dice, list)
}

// star chooses whose account it is by role.
func (in *incident) star(roles ...Role) bool {
	in.who = in.person(func(p *Person) bool { return slices.Contains(roles, p.Role) })
	return in.who != nil
}

// deskBound are the roles that stay at one desk.
func deskBound() []Role { return []Role{FrontDesk, Billing, Manager} }

// anyRole are the people of the practice.
func anyRole() []Role {
	return []Role{Clinician, Nurse, Assistant, FrontDesk, Billing, Manager, Records, Lab}
}

// oneDay sets the only day, relative to the week's Monday.
func (in *incident) oneDay(offset int) bool {
	n := in.week*7 + offset
	if n >= in.w.days {
		return false
	}
	in.days = []int{n}
	return true
}

// stranger returns a patient with whom the person has nothing to do: no visit for
// weeks around, no common name or home, another clinician, no member of the staff.
func (in *incident) stranger(n int) int {
	w, back := in.w, 60
	if in.who != nil && (in.who.Role == Billing || in.who.Role == Records) {
		back = 182
	}
	best, fewest := 0, 1<<20
	for range 300 {
		k := in.dice.upTo(len(w.Patients))
		x := &w.Patients[k]
		if x.VIP || x.staff != "" || in.who != nil && (x.LastName == in.who.LastName || x.Address == in.who.Address || w.clinicians[x.doctor] == in.who) {
			continue
		}
		visits := 0
		for _, day := range w.visitDays[k] {
			if day > n-back && day < n+35 {
				visits++
			}
		}
		if visits == 0 {
			return k
		}
		if visits < fewest {
			best, fewest = k, visits
		}
	}
	return best
}

func (in *incident) strangerID(n int) string { return in.w.Patients[in.stranger(n)].PatientID }

// read is a look into a chart: some of what there is.
func (in *incident) read(rows int) []step {
	all := []step{
		see(100, 4, 30, ingest.RecordClinicalNote), see(100, 8, 60, ingest.RecordLabResult), see(100, 8, 60, ingest.RecordMedication),
		see(100, 8, 60, ingest.RecordProblem), see(100, 8, 60, ingest.RecordImaging), see(100, 8, 60, ingest.RecordDocument),
	}
	return append([]step{see(100, 0, 20, ingest.RecordDemographics)}, all[:min(rows, len(all))]...)
}

// task makes a task of the incident's person at the own desk.
func (in *incident) task(patient string, start int, steps []step) task {
	return task{who: in.who, patient: patient, start: start, steps: steps, label: in.label, user: in.user}
}

// intruder is a task of somebody who has the account but is not its holder.
func (in *incident) intruder(at Station, patient string, start int, steps []step) task {
	t := in.task(patient, start, steps)
	t.actor, t.at = "intruder-"+strconv.Itoa(in.label), at
	if t.who == nil {
		t.who = in.w.clinicians[0]
	}
	return t
}

// outsider is a device on a network that nobody of the practice uses.
func (in *incident) outsider() Station {
	return Station{Name: "WIN-" + strconv.Itoa(1000+in.dice.upTo(9000)), IP: "198.19." + strconv.Itoa(in.label%250) + "." + strconv.Itoa(in.dice.between(2, 250))}
}

// claim labels what an account did with a patient on a day, or with all patients if empty.
func (in *incident) claim(d *day, userID, patientID string) {
	for i := range d.out {
		a := &d.out[i]
		if a.UserID == userID && a.label == 0 && (patientID == "" || a.PatientID == patientID) {
			a.label = in.label
		}
	}
}

// event writes one access of an account at a device.
func (in *incident) event(d *day, userID string, at Station, second int, change func(*Access)) {
	a := Access{
		At: d.w.at(d.n, second), UserID: userID, UserType: ingest.UserStaff, Outcome: ingest.OutcomeSuccess,
		actor: "intruder-" + strconv.Itoa(in.label), label: in.label,
	}
	in.w.place(&a, at, in.dice)
	change(&a)
	d.out = append(d.out, a)
}

// failure is a failed login.
func (in *incident) failure(d *day, userID string, at Station, second int) {
	in.event(d, userID, at, second, func(a *Access) {
		a.Action, a.Record, a.Outcome, a.Why = ingest.ActionLoginFailed, ingest.RecordSession, ingest.OutcomeFailure, "wrong password"
	})
}

// spread gives k times between two times of the day, in order.
func (in *incident) spread(k, from, to int) []int {
	out := make([]int, k)
	for i := range out {
		out[i] = from + (to-from)*i/max(k, 1) + in.dice.upTo(max(1, (to-from)/max(k, 1)*2/3))
	}
	return out
}

// rows returns the positions of a day's accesses in the whole log that belong to
// no label, once everything has been played.
func (w *World) rows(n int) []int {
	from, to := w.at(n, 0), w.at(n+1, 0)
	var out []int
	for i := range w.Accesses {
		if a := &w.Accesses[i]; !a.At.Before(from) && a.At.Before(to) && a.label == 0 {
			out = append(out, i)
		}
	}
	return out
}

// within reports whether an instant lies between two times of the n-th day.
func (d *day) within(t time.Time, from, to int) bool {
	return !t.Before(d.w.at(d.n, from)) && t.Before(d.w.at(d.n, to))
}
