package world

import (
	"slices"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

const sharedAccount = "shared-account"

func sharedScenarios() []scenario {
	return []scenario{
		{name: "shared-two-desks", category: sharedAccount, cast: castTwoDesks, plan: planTwoDesks, rewrite: rewriteTwoDesks},
		{name: "shared-two-locations", category: sharedAccount, cast: castTwoLocations, plan: planMove, rewrite: rewriteTwoDesks},
		{name: "shared-long-activity", category: sharedAccount, cast: castLong, plan: planLong},
		{
			name: "generic-account", category: sharedAccount, cast: castGeneric, plan: planGeneric, rewrite: rewriteGeneric,
			days: func(how Difficulty) int { return map[Difficulty]int{Overt: 3}[how] + boolOne(how != Overt) },
		},
		{name: "onsite-and-remote", category: sharedAccount, cast: castRemote, plan: planRemote},
	}
}

func boolOne(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// castTwoDesks: one person works under another's login at another desk. The twin
// is an assistant who runs between rooms all day, or a desk under two names.
func castTwoDesks(in *incident) bool {
	if in.twin() {
		if in.dice.chance(30) && in.w.Habits.TwoNames > 0 {
			in.who = in.person(func(p *Person) bool { return p.desk.Second != "" })
			return in.who != nil
		}
		return in.star(Assistant, Nurse)
	}
	if !in.star(Clinician, Nurse, Assistant, FrontDesk, FrontDesk, Assistant) {
		return false
	}
	in.other = in.person(func(p *Person) bool {
		same := p.Role == in.who.Role || in.who.Role == Clinician && p.Role == Assistant || in.who.Role == Nurse && p.Role == Assistant
		return same && p.Location == in.who.Location && (p.desk.Name != in.who.desk.Name || p.Role == Assistant)
	})
	in.also = []string{personID(in.other)}
	return in.other != nil
}

// planTwoDesks gives both a lot to do at the same time if it is overt. The twin has
// short errands from room to room, or a full day at a desk.
func planTwoDesks(in *incident, d *day, _ int) {
	l := in.w.location(in.who.Location)
	if in.how == Overt {
		here, there := in.who.desk, in.other.desk
		if here.Name == there.Name {
			there = l.exam[len(l.exam)-1]
		}
		for _, second := range in.spread(36, 9*3600+1800, 11*3600) {
			steps := []step{see(100, 0, 20, ingest.RecordDemographics), see(80, 8, 40, ingest.RecordAppointment), do(60, 10, 60, ingest.ActionUpdate, ingest.RecordAppointment)}
			d.plan(task{who: in.who, at: here, patient: d.recent(0, 0), start: second, steps: steps})
			d.plan(task{who: in.other, at: there, patient: d.recent(0, 0), start: second + in.dice.upTo(60), steps: steps})
		}
	}
	if !in.twin() {
		return
	}
	start, end := in.w.shift(in.who, d.n)
	stations := append(slices.Clone(l.exam), l.nursing...)
	if in.who.desk.Second != "" {
		stations = []Station{in.who.desk}
	}
	for k, second := range in.spread(70, start*60+900, end*60-2400) {
		d.plan(task{who: in.who, at: stations[k*5%len(stations)], patient: d.recent(0, 1), start: second, label: in.label, steps: []step{
			see(100, 0, 15, ingest.RecordMedication), see(70, 5, 30, ingest.RecordOrder), do(60, 10, 40, ingest.ActionCreate, ingest.RecordVitals),
		}})
	}
}

// rewriteTwoDesks moves what the second person did to the first one's account: a
// whole day, an hour or two, or only while the first one does nothing.
func rewriteTwoDesks(in *incident, d *day, _ int) {
	if in.twin() {
		return
	}
	busy := busyTimes(d, in.who.UserID)
	from, to := 0, 86400
	if in.how == Typical {
		from, to = in.overlap(d, busy)
	}
	left := in.some(10_000, 10_000, 40, 0)
	for i := range d.out {
		a := &d.out[i]
		if a.actor != in.other.UserID || a.label != 0 || !d.within(a.At, from, to) || a.Station == in.other.home.Name {
			continue
		}
		if in.how == Evasive && nearest(busy, a.At) < 11*time.Minute || left == 0 {
			continue
		}
		a.UserID, a.label = in.who.UserID, in.label
		left--
	}
}

// busyTimes are the instants at which somebody acted, in order.
func busyTimes(d *day, userID string) []time.Time {
	var out []time.Time
	for i := range d.out {
		if d.out[i].actor == userID {
			out = append(out, d.out[i].At)
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

// nearest is how far the next of some instants is.
func nearest(list []time.Time, t time.Time) time.Duration {
	best := 100 * time.Hour
	i, _ := slices.BinarySearchFunc(list, t, time.Time.Compare)
	if i < len(list) {
		best = list[i].Sub(t)
	}
	if i > 0 {
		best = min(best, t.Sub(list[i-1]))
	}
	return best
}

// overlap is a span of an hour and a half in which both do most.
func (in *incident) overlap(d *day, busy []time.Time) (from, to int) {
	best := -1
	others := busyTimes(d, in.other.UserID)
	for start := 8 * 3600; start < 16*3600; start += 1800 {
		a, b := 0, 0
		for _, t := range busy {
			a += boolOne(d.within(t, start, start+5400))
		}
		for _, t := range others {
			b += boolOne(d.within(t, start, start+5400))
		}
		if min(a, b) > best {
			best, from = min(a, b), start
		}
	}
	return from, from + 5400
}

// castTwoLocations: the same at another location. The twin drives there at noon.
func castTwoLocations(in *incident) bool {
	if len(in.w.locations) < 2 || !in.star(Nurse, Assistant, FrontDesk, Clinician) {
		return false
	}
	if in.twin() {
		return true
	}
	in.other = in.person(func(p *Person) bool {
		return p.Location != in.who.Location && (p.Role == in.who.Role || in.who.Role == Clinician && p.Role == Assistant)
	})
	in.also = []string{personID(in.other)}
	return in.other != nil
}

// planMove is the twin: an afternoon at the other location.
func planMove(in *incident, d *day, _ int) {
	if !in.twin() {
		return
	}
	var there *location
	for i := range in.w.locations {
		if in.w.locations[i].name != in.who.Location {
			there = &in.w.locations[i]
		}
	}
	noon := 12*3600 + 1800
	d.tasks = slices.DeleteFunc(d.tasks, func(t task) bool { return t.actor == in.who.UserID && t.start > noon && t.label == 0 })
	_, end := in.w.shift(in.who, d.n)
	for _, second := range in.spread(16, 13*3600+1800, end*60-1800) {
		t := in.task(d.recent(0, 2), second, []step{see(100, 0, 20, ingest.RecordDemographics), see(80, 10, 60, ingest.RecordAppointment), d.call(20, 60)})
		t.at = there.nursing[0]
		d.plan(t)
	}
}

// castLong: an account that is used from dawn to night. The twin is a clinician
// with a full day, an evening of notes and a night on call.
func castLong(in *incident) bool {
	if in.twin() {
		in.who = in.w.calls[in.week]
		return in.who != nil
	}
	return in.star(FrontDesk, Assistant, Nurse)
}

func planLong(in *incident, d *day, _ int) {
	if in.twin() {
		for _, hour := range []int{19, 20, 21, 25, 27} {
			d.nightCall(in.who, hour*3600+d.dice.upTo(2000), in.label, d.recent(1, 6), false)
		}
		return
	}
	steps := []step{see(100, 0, 20, ingest.RecordDemographics), see(70, 10, 60, ingest.RecordAppointment)}
	first, last, gap := in.by(5, 6, 6, 0), in.by(24, 23, 22, 0), in.by(700, 1500, 3300, 0)
	for second := first*3600 + 600; second < last*3600; second += gap + in.dice.upTo(200) {
		d.plan(in.intruder(in.who.desk, d.recent(0, 4), second, steps))
	}
}

// castGeneric: a login of nobody in particular. The twin is a declared interface.
func castGeneric(in *incident) bool {
	if in.twin() {
		in.user = "scan-station"
		in.w.Settings.Interfaces = append(in.w.Settings.Interfaces, in.user)
		return in.oneDay(in.dice.upTo(5)) && in.w.openOn(in.days[0])
	}
	in.user = pick(in.dice, []string{"frontdesk", "nurse1", "triage", "reception2", "exam3", "temp1"})
	in.who = in.person(func(p *Person) bool { return p.Role == FrontDesk || p.Role == Assistant || p.Role == Nurse })
	if in.who == nil {
		return false
	}
	in.other = in.person(func(p *Person) bool { return p.Role == in.who.Role })
	in.also = []string{in.who.UserID, personID(in.other)}
	return true
}

// planGeneric is the twin: documents that a scanner files.
func planGeneric(in *incident, d *day, _ int) {
	if !in.twin() {
		return
	}
	at := Station{Name: "SCAN-1", IP: "10.20.1.9", Location: in.w.locations[0].name, Onsite: true}
	for _, second := range in.spread(40, 9*3600, 16*3600) {
		in.event(d, in.user, at, second, func(a *Access) {
			a.UserType, a.Job, a.PatientID, a.Action, a.Record = ingest.UserSystem, true, d.recent(0, 3), ingest.ActionCreate, ingest.RecordDocument
		})
	}
}

func rewriteGeneric(in *incident, d *day, _ int) {
	if in.twin() {
		return
	}
	from, to, left := 0, 86400, in.some(10_000, 10_000, 8, 0)
	if in.how != Overt {
		from, to = 9*3600+1800, 12*3600
	}
	for i := range d.out {
		a := &d.out[i]
		mine := a.actor == in.who.UserID || in.how == Overt && a.actor == personID(in.other)
		if mine && a.label == 0 && left > 0 && d.within(a.At, from, to) {
			a.UserID, a.label = in.user, in.label
			left--
		}
	}
}

// castRemote: while somebody works in the practice, another uses the login from
// outside. The twin looks at the phone once.
func castRemote(in *incident) bool {
	if in.twin() {
		return in.star(Clinician)
	}
	return in.star(FrontDesk, Nurse, Assistant, Clinician)
}

func planRemote(in *incident, d *day, _ int) {
	if in.twin() {
		phone := Station{Name: "PHONE", IP: in.w.outsideOf(in.who)}
		d.plan(in.intruder(phone, d.recent(0, 3), 10*3600+in.dice.upTo(3600), []step{see(100, 0, 10, ingest.RecordMessage), see(50, 5, 20, ingest.RecordMessage)}))
		return
	}
	at, from := in.outsider(), 9*3600+in.dice.upTo(5400)
	for _, second := range in.spread(in.some(40, 18, 6, 0), from, from+in.by(7200, 3600, 3000, 0)) {
		d.plan(in.intruder(at, in.w.Patients[in.dice.upTo(len(in.w.Patients))].PatientID, second, in.read(in.by(3, 2, 1, 0))))
	}
}

// outsideOf is the address of somebody's telephone.
func (w *World) outsideOf(p *Person) string {
	if len(p.home.IP) > 4 && p.home.IP[:4] == "198." {
		return p.home.IP
	}
	return "198.18.240." + p.home.IP[len(p.home.IP)-1:]
}
