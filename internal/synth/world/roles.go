package world

import "github.com/chartwatch/chartwatch/ingest"

const roleAccess = "role-access"

func roleScenarios() []scenario {
	return []scenario{
		{name: "role-inappropriate", category: roleAccess, cast: castRole, plan: planRole},
		{name: "protected-note", category: roleAccess, cast: castProtected, plan: planProtected},
		{name: "technical-account", category: roleAccess, cast: castTechnical, plan: planTechnical},
	}
}

// castRole: the office treats, or reads what is the clinic's. The twin has two roles.
func castRole(in *incident) bool {
	if in.twin() {
		in.who = in.person(func(p *Person) bool { return p.Also != "" })
		return in.who != nil
	}
	if in.how == Evasive {
		return in.star(FrontDesk, Billing)
	}
	return in.star(FrontDesk)
}

func planRole(in *incident, d *day, _ int) {
	if in.twin() {
		for range 6 {
			d.plan(in.task(d.recent(0, 3), d.moment(in.who), []step{
				see(100, 0, 20, ingest.RecordDemographics), see(100, 10, 30, ingest.RecordInsurance), see(100, 10, 40, ingest.RecordAppointment),
			}))
		}
		return
	}
	steps := [][]step{
		{
			see(100, 0, 20, ingest.RecordMedication), do(100, 20, 90, ingest.ActionCreate, ingest.RecordMedication),
			do(100, 20, 90, ingest.ActionUpdate, ingest.RecordClinicalNote), do(80, 20, 60, ingest.ActionCreate, ingest.RecordOrder),
		},
		{see(100, 0, 20, ingest.RecordClinicalNote), see(100, 20, 90, ingest.RecordLabResult), see(80, 20, 60, ingest.RecordMedication)},
		{see(100, 0, 20, ingest.RecordImaging), see(100, 10, 60, ingest.RecordLabResult)},
	}[in.by(0, 1, 2, 0)]
	for range in.some(6, 5, 1, 0) { // patients who are in the house today: nothing else is wrong
		d.plan(in.task(d.recent(0, 0), d.moment(in.who), steps))
	}
}

// castProtected: notes of the therapist. The twin supervises the therapist.
func castProtected(in *incident) bool {
	if len(in.w.Settings.Protected) < 2 {
		return false
	}
	switch in.how {
	case BenignTwin:
		in.who = in.w.clinicians[0]
		return true
	case Evasive:
		in.who = in.person(func(p *Person) bool { return p.Role == Clinician && p != in.w.clinicians[0] })
		return in.who != nil
	default:
		return in.star(Assistant, FrontDesk, Billing, Nurse)
	}
}

func planProtected(in *incident, d *day, _ int) {
	for range in.some(6, 2, 1, 3) {
		patient := in.strangerID(d.n)
		for back := range 40 {
			for _, a := range in.w.byDay[d.n-back] {
				if a.provider.Role == Therapist && a.Status == Fulfilled && in.dice.chance(30) {
					patient = a.PatientID
				}
			}
		}
		d.plan(in.task(patient, d.moment(in.who), []step{see(100, 0, 20, ingest.RecordPsychotherapy), see(in.by(100, 60, 0, 60), 20, 90, ingest.RecordPsychotherapy)}))
	}
}

// castTechnical: the vendor reads charts without a ticket. The twin has one.
func castTechnical(in *incident) bool {
	in.who = in.w.Person("nexora-support")
	if in.twin() || in.how == Evasive {
		return in.oneDay(6) // the day of the maintenance
	}
	return in.oneDay(in.dice.upTo(5))
}

func planTechnical(in *incident, d *day, _ int) {
	start := in.by(22*3600, 14*3600, 23*3600+5400, 20*3600+3000)
	for range in.some(9, 3, 1, 2) {
		start += in.dice.between(60, 300)
		t := in.task(in.strangerID(d.n), start, in.read(2)[1:])
		t.at = in.who.home
		d.plan(t)
	}
}
