package world

import "github.com/chartwatch/chartwatch/ingest"

const breakGlass = "break-glass"

func rightsScenarios() []scenario {
	return []scenario{
		{name: "glass-too-often", category: breakGlass, cast: castGlass, plan: planGlassOften, days: func(Difficulty) int { return 4 }},
		{name: "glass-no-care", category: breakGlass, cast: castGlass, plan: planGlassNoCare},
		{name: "self-grant", category: "privilege", cast: castGrant, plan: planGrant},
		{name: "mass-delete", category: "integrity", cast: castDelete, plan: planDelete},
	}
}

// castGlass: emergency access. The twins treat whom they open.
func castGlass(in *incident) bool { return in.star(Nurse, Clinician, Assistant) }

// glass is an emergency access, with or without care that follows.
func (in *incident) glass(d *day, start int, why string, care bool) {
	steps := []step{
		do(100, 0, 20, ingest.ActionBreakGlass, ingest.RecordClinicalNote), see(100, 5, 30, ingest.RecordClinicalNote),
		see(80, 10, 60, ingest.RecordMedication), see(60, 10, 60, ingest.RecordLabResult),
	}
	if care {
		steps = append(steps, do(100, 60, 300, ingest.ActionCreate, ingest.RecordClinicalNote), do(60, 20, 90, ingest.ActionCreate, ingest.RecordOrder))
	}
	t := in.task(in.strangerID(d.n), start, steps)
	t.change = func(a *Access) {
		if a.Action == ingest.ActionBreakGlass {
			a.Glass, a.GlassWhy = true, why
		}
	}
	d.plan(t)
}

func planGlassOften(in *incident, d *day, i int) {
	count := in.some(3, 2, 1, 0)
	if in.how == Typical && i > 2 {
		count = 1
	}
	if in.twin() && i == 0 {
		count = 2
	}
	for range count {
		in.glass(d, d.moment(in.who), "patient in the house, chart restricted", true)
	}
}

func planGlassNoCare(in *incident, d *day, _ int) {
	for range in.some(3, 2, 1, 1) {
		in.glass(d, d.moment(in.who), pick(in.dice, []string{"emergency", "needed for care", "per request"}), in.twin())
	}
}

// castGrant: a right that somebody gives to the own account. The twin gives it to
// somebody else.
func castGrant(in *incident) bool {
	if in.how == Overt {
		return in.star(FrontDesk, Assistant, Billing)
	}
	return in.star(Manager)
}

func planGrant(in *incident, d *day, _ int) {
	second, target := d.moment(in.who), in.who.UserID
	if in.twin() {
		target = in.w.clinicians[0].UserID
	}
	grant := func(code string, at int) {
		t := in.task("", at, []step{do(100, 0, 20, ingest.ActionUpdate, ingest.RecordUserAdmin)})
		t.change = func(a *Access) { a.Raw, a.RecordID, a.RecordName = code, target, "account "+target }
		d.plan(t)
	}
	for k := range in.some(3, 1, 1, 1) {
		grant("role.grant", second+k*60)
	}
	if in.how == Evasive {
		grant("role.revoke", second+1200)
	}
}

// castDelete: many records vanish within an hour. The twin clears up a few
// duplicates, or takes a day's appointments off because a clinician is ill.
func castDelete(in *incident) bool { return in.star(FrontDesk, Billing, Records, Manager, Nurse) }

func planDelete(in *incident, d *day, _ int) {
	second := d.moment(in.who)
	count := in.some(45, 18, 12, 5)
	record := pick(in.dice, []ingest.RecordType{ingest.RecordDocument, ingest.RecordDocument, ingest.RecordBilling, ingest.RecordClinicalNote})
	if in.twin() && in.who.Role == FrontDesk {
		count, record = 16, ingest.RecordAppointment
	}
	for range count {
		d.plan(in.task(d.recent(1, 60), second, []step{do(100, 0, 8, ingest.ActionDelete, record)}))
		second += in.by(45, 120, 270, 150)
	}
}
