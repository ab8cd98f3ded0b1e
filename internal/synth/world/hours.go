package world

import "github.com/chartwatch/chartwatch/ingest"

const offHours = "off-hours"

func hoursScenarios() []scenario {
	return []scenario{
		{name: "off-hours-work", category: offHours, cast: castOffHours, plan: planOffHours},
		{name: "building-closed", category: offHours, cast: castClosed, plan: planClosed},
		{name: "off-hours-unexplained", category: offHours, cast: castNight, plan: planNight},
	}
}

// office is what the office does with a chart.
func office() []step {
	return []step{
		see(100, 0, 30, ingest.RecordDemographics), see(80, 10, 60, ingest.RecordBilling), see(50, 10, 60, ingest.RecordInsurance),
		do(40, 20, 90, ingest.ActionUpdate, ingest.RecordBilling),
	}
}

// castOffHours: the office works at a time that is none of its own. The twin stays
// half an hour longer.
func castOffHours(in *incident) bool { return in.star(FrontDesk, Billing, Manager) }

func planOffHours(in *incident, d *day, _ int) {
	_, end := in.w.shift(in.who, d.n)
	start := in.by(21*3600+1200, 20*3600, end*60+4500, end*60+120)
	at := in.who.home
	if in.how == Evasive || in.twin() {
		at = in.who.desk
	}
	for range in.some(11, 6, 4, 6) {
		t := in.task(d.recent(1, 4), start, office())
		t.at = at
		d.plan(t)
		start += in.dice.between(90, 260)
	}
}

// castClosed: somebody is in the building when nobody should be. The twin comes early.
func castClosed(in *incident) bool {
	if in.twin() {
		in.who = in.person(func(p *Person) bool { return p.Role == FrontDesk && p.ShiftStart < 8*60 })
		return in.who != nil
	}
	if !in.star(anyRole()...) || in.w.calls[in.week] == in.who {
		return false
	}
	if in.how == Overt {
		return in.oneDay(6)
	}
	return true
}

func planClosed(in *incident, d *day, _ int) {
	start := in.by(14*3600, 22*3600+1200, 19*3600+2100, 6*3600+3000)
	steps := []step{see(100, 0, 30, ingest.RecordDemographics), see(100, 10, 60, ingest.RecordDocument), see(50, 10, 60, ingest.RecordAppointment)}
	for range in.some(6, 3, 1, 3) {
		d.plan(in.task(d.recent(1, 5), start, steps))
		start += in.dice.between(120, 400)
	}
}

// castNight: strangers at night from home. The twin is on call.
func castNight(in *incident) bool {
	if in.twin() {
		in.who = in.w.calls[in.week]
		return in.who != nil
	}
	return in.star(anyRole()...) && in.w.calls[in.week] != in.who
}

func planNight(in *incident, d *day, _ int) {
	if in.twin() {
		d.nightCall(in.who, 23*3600+in.dice.upTo(7200), in.label, in.strangerID(d.n), false)
		return
	}
	start := in.by(22*3600+1800, 21*3600, 5*3600+2400, 0)
	for range in.some(6, 3, 1, 0) {
		t := in.task(in.strangerID(d.n), start, in.read(in.by(5, 3, 2, 0)))
		t.at = in.who.home
		d.plan(t)
		start += in.dice.between(200, 500)
	}
}
