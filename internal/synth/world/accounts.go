package world

import (
	"slices"

	"github.com/chartwatch/chartwatch/ingest"
)

const accountLifecycle = "account-lifecycle"

func accountScenarios() []scenario {
	return []scenario{
		{name: "after-termination", category: accountLifecycle, cast: castFormer, plan: planFormer, rewrite: rewriteFormer},
		{name: "dormant-wakes", category: accountLifecycle, cast: castDormant, plan: planDormant, rewrite: rewriteDormant},
		{name: "unknown-account", category: accountLifecycle, cast: castUnknown, plan: planUnknown},
	}
}

// castFormer: the account of somebody who left. The twin tidies up on the last
// day, or is a patient in the portal now.
func castFormer(in *incident) bool {
	if in.twin() {
		for i := range in.w.Staff {
			if p := &in.w.Staff[i]; p.LeftOn != "" && p.last >= 0 && p.last/7 == in.week {
				in.who, in.days = p, []int{p.last}
				return in.w.works(p, p.last)
			}
		}
	}
	in.who = pick(in.dice, in.w.former)
	if in.twin() && in.who.PatientID == "" {
		return false
	}
	return in.oneDay(in.dice.upTo(5)) && in.w.openOn(in.days[0])
}

func planFormer(in *incident, d *day, _ int) {
	if in.twin() {
		if in.who.last < 0 {
			before := len(d.out)
			d.portal(in.who.PatientID, 18*3600)
			for i := before; i < len(d.out); i++ {
				d.out[i].label = in.label
			}
		}
		return
	}
	at, start := in.outsider(), in.by(22*3600, 10*3600, 8*3600+1200, 0)
	if in.how != Overt {
		at = in.w.location(in.who.Location).nursing[0]
	}
	for range in.some(15, 4, 1, 0) {
		d.plan(in.intruder(at, in.strangerID(d.n), start, in.read(in.by(4, 2, 1, 0))))
		start += in.dice.between(80, 400)
	}
}

func rewriteFormer(in *incident, d *day, _ int) {
	if in.twin() && in.who.last >= 0 {
		in.claim(d, in.who.UserID, "")
	}
}

// castDormant: an account that nobody has used for months. The twin comes a few
// days a month.
func castDormant(in *incident) bool {
	for i := range in.w.Staff {
		p := &in.w.Staff[i]
		switch {
		case !p.monthly:
		case in.twin() && p.last == never:
			for n := in.week * 7; n < in.week*7+7 && n < in.w.days; n++ {
				if in.w.works(p, n) {
					in.who, in.days = p, []int{n}
					return true
				}
			}
		case !in.twin() && p.last != never && !in.w.woken(p) && in.dice.chance(50):
			in.who = p
		}
	}
	if in.twin() || in.who == nil || in.week*7 < in.who.last+63 {
		return false
	}
	return in.oneDay(in.dice.upTo(5)) && in.w.openOn(in.days[0])
}

// woken reports whether a dormant account has been used already.
func (w *World) woken(p *Person) bool {
	return slices.ContainsFunc(w.incidents, func(in *incident) bool { return in.who == p })
}

func planDormant(in *incident, d *day, _ int) {
	if in.twin() {
		return
	}
	at, start := in.outsider(), in.by(21*3600, 13*3600, 11*3600, 0)
	if in.how != Overt {
		at = in.who.desk
	}
	for range in.some(20, 7, 3, 0) {
		d.plan(in.intruder(at, in.strangerID(d.n), start, in.read(2)))
		start += in.dice.between(60, 300)
	}
}

func rewriteDormant(in *incident, d *day, _ int) {
	if in.twin() {
		in.claim(d, in.who.UserID, "")
	}
}

// castUnknown: an account that is on no roster. The twin is an interface that the
// practice has declared.
func castUnknown(in *incident) bool {
	if in.twin() {
		in.user = "rx-gateway"
		in.w.Settings.Interfaces = append(in.w.Settings.Interfaces, in.user)
	} else {
		in.user = account(pick(in.dice, firstNames()), rareName(2300+in.dice.upTo(300))) + "2"
	}
	return in.oneDay(in.dice.upTo(5)) && in.w.openOn(in.days[0])
}

func planUnknown(in *incident, d *day, _ int) {
	l := &in.w.locations[0]
	if in.twin() {
		at := Station{Name: "INTERFACE-2", IP: "10.20.1.6", Location: l.name, Onsite: true}
		for _, second := range in.spread(30, 7*3600, 19*3600) {
			in.event(d, in.user, at, second, func(a *Access) {
				a.UserType, a.Job, a.PatientID, a.Action, a.Record = ingest.UserSystem, true, d.recent(0, 40), ingest.ActionCreate, ingest.RecordMessage
			})
		}
		return
	}
	start := 10*3600 + in.dice.upTo(7200)
	for range in.some(25, 6, 1, 0) {
		d.plan(in.intruder(l.nursing[0], d.recent(0, 20), start, in.read(2)))
		start += in.dice.between(60, 400)
	}
}
