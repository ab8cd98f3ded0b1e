package world

import (
	"slices"
	"strconv"

	"github.com/chartwatch/chartwatch/ingest"
)

const login = "login"

func loginScenarios() []scenario {
	every := Difficulties()
	return []scenario{
		{name: "spray", category: login, cast: castSpray, plan: planSpray},
		{name: "success-after-failures", category: login, cast: castGuess, plan: planGuess},
		{name: "failure-burst", category: login, advisory: every, cast: castGuess, plan: planFailures},
		{name: "outside-login", category: login, cast: castOutside, plan: planOutside},
	}
}

// castSpray: one device tries one account after the other. The twin is a terminal
// on a Monday on which half of the practice mistypes.
func castSpray(in *incident) bool {
	if !in.w.Habits.Failures || in.w.Options.Dirt.NoSessions {
		return false
	}
	at := in.outsider()
	if in.twin() {
		at = in.w.locations[0].nursing[0]
	}
	in.user, in.also = at.IP, []string{at.Name}
	return in.oneDay(in.dice.upTo(5)) && in.w.openOn(in.days[0])
}

func planSpray(in *incident, d *day, _ int) {
	at := Station{Name: in.also[0], IP: in.user}
	second := 2*3600 + in.dice.upTo(3600)
	var known []string
	for i := range in.w.Staff {
		if p := &in.w.Staff[i]; in.w.works(p, d.n) {
			known = append(known, p.UserID)
		}
	}
	if in.twin() {
		second = 7*3600 + 2700
		for _, id := range known[:min(5, len(known))] {
			in.failure(d, id, at, second)
			if in.w.Habits.Sessions != SessionsNone {
				in.event(d, id, at, second+14, func(a *Access) { a.Action, a.Record = ingest.ActionLogin, ingest.RecordSession })
			}
			second += in.dice.between(60, 240)
		}
		return
	}
	guesses := []string{"admin", "test", "backup", "scanner", "user1", "guest", "office", "doctor", "reception", "support"}
	shuffle(in.dice, known)
	names := append(slices.Clone(guesses[:in.by(9, 4, 3, 0)]), known[:min(len(known), in.by(9, 5, 3, 0))]...)
	shuffle(in.dice, names)
	for _, name := range names {
		for range in.some(2, 1, 1, 0) {
			in.failure(d, name, at, second)
			second += in.dice.between(in.by(4, 20, 150, 0), in.by(20, 90, 280, 0))
		}
	}
}

// castGuess: many failures of one account. The twin mistypes thrice.
func castGuess(in *incident) bool {
	return in.w.Habits.Failures && !in.w.Options.Dirt.NoSessions && in.star(anyRole()...)
}

func planGuess(in *incident, d *day, _ int) {
	if in.w.Habits.Sessions == SessionsNone {
		return
	}
	at, second := in.outsider(), 20*3600+in.dice.upTo(3600)
	switch in.how {
	case Typical:
		at, second = in.w.location(in.who.Location).labs[0], 12*3600+1800
	case Evasive, BenignTwin:
		start, _ := in.w.shift(in.who, d.n)
		at, second = in.who.desk, start*60-900
	default:
	}
	for range in.some(14, 7, 5, 3) {
		in.failure(d, in.who.UserID, at, second)
		second += in.dice.between(in.by(6, 15, 50, 20), in.by(25, 60, 95, 90))
	}
	in.event(d, in.who.UserID, at, second, func(a *Access) { a.Action, a.Record = ingest.ActionLogin, ingest.RecordSession })
	if in.how == Overt || in.how == Typical {
		d.plan(in.intruder(at, in.strangerID(d.n), second+30, in.read(2)))
	}
}

func planFailures(in *incident, d *day, _ int) {
	second := 13*3600 + in.dice.upTo(3600)
	for k := range in.some(40, 9, 5, 3) {
		in.failure(d, in.who.UserID, in.who.desk, second+k*in.dice.between(20, in.by(60, 60, 110, 60)))
	}
}

// castOutside: a login from a network where the person has never been. The twin is
// at home, as always.
func castOutside(in *incident) bool {
	if in.twin() {
		return in.star(Clinician)
	}
	return in.star(FrontDesk, Assistant, Billing, Nurse, Manager)
}

func planOutside(in *incident, d *day, _ int) {
	if in.twin() {
		for k, a := range d.own(in.who) {
			if k < 3 {
				t := in.task(a.PatientID, 20*3600+k*400, []step{see(100, 0, 40, ingest.RecordClinicalNote), do(100, 30, 200, ingest.ActionUpdate, ingest.RecordClinicalNote)})
				t.at = in.who.home
				d.plan(t)
			}
		}
		return
	}
	at, second := in.outsider(), in.by(3*3600+600, 20*3600+1800, 12*3600+1500, 0)
	if in.how == Evasive {
		in.event(d, in.who.UserID, at, second, func(a *Access) {
			a.Action, a.Record, a.SessionID = ingest.ActionLogin, ingest.RecordSession, "S"+strconv.Itoa(in.label)
		})
		return
	}
	for range in.some(8, 2, 0, 0) {
		d.plan(in.intruder(at, d.recent(1, 9), second, in.read(2)))
		second += in.dice.between(60, 200)
	}
}
