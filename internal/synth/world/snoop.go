package world

import "github.com/chartwatch/chartwatch/ingest"

const snooping = "snooping"

func snoopScenarios() []scenario {
	return []scenario{
		{name: "own-chart", category: snooping, advisory: []Difficulty{Evasive}, cast: castOwn, plan: planOwn},
		{name: "household", category: snooping, cast: castHousehold, plan: planRelated, rewrite: claimRelated, days: severalDays},
		{name: "rare-surname", category: snooping, cast: castSurname, plan: planRelated, rewrite: claimRelated, days: severalDays},
		{name: "coworker", category: snooping, cast: castCoworker, plan: planRelated, rewrite: claimRelated, days: severalDays},
		{name: "vip", category: snooping, cast: castVIP, plan: planRelated, rewrite: claimRelated, days: severalDays},
		{name: "strangers", category: snooping, cast: castStrangers, plan: planStrangers, days: func(how Difficulty) int {
			return map[Difficulty]int{Overt: 5, Typical: 4, Evasive: 4, BenignTwin: 4}[how]
		}},
		{name: "repeat-stranger", category: snooping, cast: castRepeat, plan: planRepeat, rewrite: claimRelated, days: func(how Difficulty) int {
			return map[Difficulty]int{Overt: 7, Typical: 4, Evasive: 3, BenignTwin: 4}[how]
		}},
	}
}

func severalDays(how Difficulty) int {
	return map[Difficulty]int{Overt: 3}[how] + boolOne(how != Overt)
}

// castOwn: the own chart. The twin uses the portal, as any patient does.
func castOwn(in *incident) bool {
	in.who = in.person(func(p *Person) bool { return p.PatientID != "" })
	return in.who != nil
}

func planOwn(in *incident, d *day, _ int) {
	patient := in.who.PatientID
	if in.twin() {
		before := len(d.out)
		d.portal(patient, 19*3600+in.dice.upTo(3600))
		for i := before; i < len(d.out); i++ {
			d.out[i].label = in.label
		}
		return
	}
	steps := in.read(in.by(5, 2, 1, 0))
	switch in.how {
	case Overt:
		steps = append(steps, do(100, 20, 90, ingest.ActionUpdate, ingest.RecordMedication), do(100, 20, 90, ingest.ActionPrint, ingest.RecordLabResult))
	case Typical:
		steps = append(steps, do(100, 20, 90, ingest.ActionPrint, ingest.RecordLabResult))
	default:
	}
	d.plan(in.task(patient, d.moment(in.who), steps))
}

// target remembers whom it is about: the patient's position.
func (in *incident) target(k int) bool {
	in.also = []string{in.w.Patients[k].PatientID}
	in.note = "patient " + in.w.Patients[k].PatientID
	return true
}

// quiet reports whether a patient has no visit around the week.
func (in *incident) quiet(k, back int) bool {
	for _, day := range in.w.visitDays[k] {
		if day == in.w.staffFluDay && day < in.week*7-21 {
			continue // one vaccination, weeks ago
		}
		if day > in.week*7-back && day < in.week*7+25 {
			return false
		}
	}
	return true
}

// room for a real visit in the week: who sees the patient, and who is there to
// welcome or room the patient.
func (in *incident) realVisit(k int) bool {
	doctor := in.w.clinicians[in.w.Patients[k].doctor]
	if in.who.Role != Assistant && in.who.Role != FrontDesk && in.who.Role != Nurse {
		return false
	}
	for n := in.week * 7; n < in.week*7+5; n++ {
		if in.w.works(doctor, n) && in.w.works(in.who, n) && doctor != in.who {
			in.w.insert(in.dice, doctor, n, 10*60+15*in.dice.upTo(20), k)
			in.days = []int{n}
			return in.target(k)
		}
	}
	return false
}

// relative casts somebody with a patient to whom the tie holds.
func (in *incident) relative(people func(*Person) bool, tie func(*Person, int) bool) bool {
	in.who = in.person(people)
	if in.who == nil {
		return false
	}
	first := in.dice.upTo(len(in.w.Patients))
	for i := range in.w.Patients {
		k := (first + i) % len(in.w.Patients)
		back := 50
		if in.who.Role == Billing || in.who.Role == Records {
			back = 182
		}
		if !tie(in.who, k) || in.w.Patients[k].PatientID == in.who.PatientID || in.w.clinicians[in.w.Patients[k].doctor] == in.who {
			continue
		}
		if in.twin() {
			return in.realVisit(k)
		}
		if in.quiet(k, back) {
			return in.target(k)
		}
	}
	return false
}

func hasRole(p *Person) bool { return p.Role != Student && p.Role != Therapist }

// castHousehold: somebody who lives with the person. The twin is a real visit.
func castHousehold(in *incident) bool {
	return in.relative(func(p *Person) bool { return hasRole(p) && len(p.household) > 0 }, func(p *Person, k int) bool {
		x := &in.w.Patients[k]
		return x.Address == p.Address && x.staff == ""
	})
}

// castSurname: a patient of the same rare name who lives elsewhere.
func castSurname(in *incident) bool {
	return in.relative(hasRole, func(p *Person, k int) bool {
		x := &in.w.Patients[k]
		rare := x.share*1000 <= 2*len(in.w.Patients)
		return x.LastName == p.LastName && x.Address != p.Address && x.staff == "" && (rare != in.twin())
	})
}

// castCoworker: a colleague who is a patient.
func castCoworker(in *incident) bool {
	return in.relative(hasRole, func(p *Person, k int) bool {
		x := &in.w.Patients[k]
		return x.staff != "" && x.staff != p.UserID && x.Address != p.Address && in.w.Person(x.staff).last == never
	})
}

// castVIP: somebody whom everybody knows.
func castVIP(in *incident) bool {
	return in.relative(hasRole, func(_ *Person, k int) bool { return in.w.Patients[k].VIP })
}

// planRelated opens the chart at the own desk, at an ordinary time. In the twin
// the person has a part in the visit.
func planRelated(in *incident, d *day, _ int) {
	patient := in.also[0]
	if !in.twin() {
		d.plan(in.task(patient, d.moment(in.who), in.read(in.by(6, 3, 1, 0))))
		return
	}
	for _, a := range d.visits {
		if a.PatientID != patient {
			continue
		}
		steps := []step{see(100, 0, 20, ingest.RecordDemographics), do(100, 10, 40, ingest.ActionUpdate, ingest.RecordAppointment)}
		if in.who.Role != FrontDesk {
			steps = []step{see(100, 0, 20, ingest.RecordAllergy), see(100, 5, 30, ingest.RecordMedication), do(100, 20, 60, ingest.ActionCreate, ingest.RecordVitals)}
		}
		d.plan(in.task(patient, a.minute*60-120, steps))
	}
}

// claimRelated gives a twin everything that the person did with the patient.
func claimRelated(in *incident, d *day, _ int) {
	if in.twin() && len(in.also) > 0 {
		in.claim(d, in.who.UserID, in.also[0])
	}
}

// castStrangers: charts of people with whom one has nothing to do, again and
// again. The twin is a nurse who is rung up by strangers and writes it down.
func castStrangers(in *incident) bool {
	if in.twin() {
		return in.star(Nurse)
	}
	return in.star(Assistant, FrontDesk, Billing, Nurse, Lab, Records)
}

func planStrangers(in *incident, d *day, i int) {
	count := []int{in.by(5, 3, 1, 2), in.by(6, 2, 1, 2)}[i%2]
	for range count {
		patient := in.strangerID(d.n)
		if in.twin() {
			d.plan(in.task(patient, d.moment(in.who), []step{
				do(100, 0, 20, ingest.ActionSearch, ingest.RecordDemographics), see(100, 5, 20, ingest.RecordDemographics),
				see(100, 10, 40, ingest.RecordMedication), do(100, 60, 240, ingest.ActionCreate, ingest.RecordMessage),
			}))
			continue
		}
		d.plan(in.task(patient, d.moment(in.who), in.read(in.by(4, 3, 2, 0))))
	}
}

// castRepeat: one stranger, on several days within a month. The twin comes to the
// nurse every few days.
func castRepeat(in *incident) bool {
	roles := []Role{Assistant, FrontDesk, Nurse, Billing, Records}
	if in.twin() {
		roles = []Role{Nurse}
	}
	if !in.star(roles...) {
		return false
	}
	step := in.by(2, 3, 7, 3)
	want := in.kind.days(in.how)
	for n := in.week*7 + in.dice.upTo(3); n < in.w.days && len(in.days) < want && n < in.week*7+28; n++ {
		if in.w.works(in.who, n) && (len(in.days) == 0 || n-in.days[len(in.days)-1] >= step) {
			in.days = append(in.days, n)
		}
	}
	if len(in.days) < want {
		return false
	}
	k := in.stranger(in.week * 7)
	if in.twin() {
		for _, n := range in.days {
			in.w.insert(in.dice, in.who, n, 9*60+15*in.dice.upTo(24), k)
		}
	}
	return in.target(k)
}

func planRepeat(in *incident, d *day, _ int) {
	if in.twin() {
		planRelated(in, d, 0)
		return
	}
	d.plan(in.task(in.also[0], d.moment(in.who), in.read(in.by(4, 3, 1, 0))))
}
