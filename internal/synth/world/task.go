package world

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// step is one access of a task: in so many percent of the cases, so many seconds
// after the one before.
type step struct {
	percent   int
	low, high int
	action    ingest.Action
	record    ingest.RecordType
}

func see(percent, low, high int, record ingest.RecordType) step {
	return step{percent, low, high, ingest.ActionView, record}
}

func do(percent, low, high int, action ingest.Action, record ingest.RecordType) step {
	return step{percent, low, high, action, record}
}

// task is a piece of work that somebody does at one device without leaving it.
type task struct {
	who *Person
	// actor is who truly acts; it is the account's holder if empty. Two tasks of
	// one actor never overlap.
	actor string
	// user is the account; it is the holder's if empty.
	user    string
	at      Station
	patient string
	// start is when the task should begin, in seconds after midnight.
	start int
	steps []step
	label int
	// fixed is a task that begins at its start whatever came before.
	fixed bool
	// change is applied to every access of the task.
	change func(*Access)
	order  int
}

// day plays one day. What happens in it may run past midnight.
type day struct {
	w      *World
	dice   dice
	n      int
	tasks  []task
	out    []Access
	turns  int
	visits []*Appointment
}

// plan adds a task. A task of nobody is left undone.
func (d *day) plan(t task) {
	if t.label == 0 && t.who != nil && d.tooClose(t.who, t.patient) {
		t.who = d.instead(t.who, t.patient)
	}
	if t.who == nil {
		return
	}
	if t.user == "" {
		t.user = t.who.UserID
	}
	if t.actor == "" {
		t.actor = t.who.UserID
	}
	if t.at.Name == "" {
		t.at = t.who.desk
	}
	t.order = len(d.tasks)
	d.tasks = append(d.tasks, t)
}

// tooClose reports whether somebody leaves a patient to a colleague: always if it
// is the person, mostly if it is the family.
func (d *day) tooClose(p *Person, patient string) bool {
	if patient == "" || p.PatientID == "" && len(p.household) == 0 {
		return false
	}
	x := d.w.Patient(patient)
	return patient == p.PatientID || x != nil && x.Address == p.Address && d.dice.chance(80)
}

// instead returns a colleague with the same role who works today, or nobody.
func (d *day) instead(p *Person, patient string) *Person {
	var best *Person
	for _, x := range d.working(p.Role) {
		if x == p || x.PatientID == patient || x.monthly {
			continue
		}
		if best == nil || best.Location != p.Location && x.Location == p.Location {
			best = x
		}
	}
	return best
}

// run does the tasks of everybody in the order of their starts. Nobody is in two
// places: whoever is late begins later, and walking takes its time.
func (d *day) run() {
	slices.SortStableFunc(d.tasks, func(a, b task) int {
		return cmp.Or(cmp.Compare(a.actor, b.actor), cmp.Compare(a.start, b.start), cmp.Compare(a.order, b.order))
	})
	actor, free := "", 0
	var last Station
	for i := range d.tasks {
		t := &d.tasks[i]
		if t.actor != actor {
			actor, free, last = t.actor, 0, Station{}
		}
		now := t.start
		if way := d.w.walk(last, t.at); !t.fixed && free > 0 {
			now = max(now, free+way+d.dice.upTo(20)+boolOne(way > 0)*12) // and a login
		}
		if t.label == 0 && !t.fixed && now > t.start+5400 {
			continue // nobody gets round to it any more
		}
		if t.label == 0 && !t.fixed && t.at.Onsite && d.late(t.who, now) {
			continue // it waits for the next day
		}
		free = d.perform(t, now)
		last = t.at
	}
}

// late reports whether somebody has gone home by a time of the day.
func (d *day) late(p *Person, second int) bool {
	if p.Role == Interface || p.Role == Vendor {
		return false
	}
	_, end := d.w.shift(p, d.n)
	limit := 50
	if p.clinical() {
		limit = 75
	}
	return second > (end+limit)*60
}

// perform writes the accesses of a task and returns when it is over.
func (d *day) perform(t *task, now int) int {
	for _, s := range t.steps {
		percent := s.percent
		if percent < 100 && s.action == ingest.ActionView && t.label == 0 {
			percent = min(98, percent*d.w.Habits.Detail/100)
		}
		if !d.dice.chance(percent) {
			continue
		}
		now += d.dice.between(s.low, s.high)
		d.add(t, s, now)
	}
	return now + d.dice.between(2, 15)
}

func (d *day) add(t *task, s step, second int) {
	a := Access{
		At: d.w.at(d.n, second), UserID: t.user, UserType: ingest.UserStaff, PatientID: t.patient, Action: s.action, Record: s.record,
		Outcome: ingest.OutcomeSuccess, actor: t.actor, label: t.label,
	}
	d.w.place(&a, t.at, d.dice)
	if s.action == ingest.ActionSearch {
		a.PatientID, a.Found = "", d.dice.between(1, 9)
	}
	if s.record != "" && s.record != ingest.RecordSession && a.PatientID != "" {
		a.RecordID = strconv.Itoa(100000 + d.dice.upTo(900000))
	}
	if t.change != nil {
		t.change(&a)
	}
	d.out = append(d.out, a)
}

// place writes the device into an access, by the name that it has that day.
func (w *World) place(a *Access, s Station, d dice) {
	if s.Name == w.moved[0].Name && !a.At.Before(w.at(w.movedOn, 0)) {
		s = w.moved[1]
	}
	a.Station, a.IP, a.Location = s.Name, s.IP, s.Location
	if s.Second != "" && d.chance(45) {
		a.Station, a.IP = s.Second, "10.20.9."+strconv.Itoa(10+s.Place%200)
	}
}

// session is who uses a device, since when and until when.
type session struct {
	user, actor string
	last        time.Time
	id          string
	from        Access
}

// sessions writes the logins, logouts and failed logins that belong to what
// people did in the day.
func (d *day) sessions() {
	h := d.w.Habits
	if h.Sessions == SessionsNone && !h.Failures && !h.SessionIDs {
		return
	}
	x := newDice(d.w.Options.Seed, streamSession+uint64(d.n)) //nolint:gosec // not negative
	slices.SortStableFunc(d.out, func(a, b Access) int { return a.At.Compare(b.At) })
	open := map[string]*session{}
	forgot := d.forgetful(x)
	var extra []Access
	seen := map[string]time.Time{} // when each was last seen
	for i := range d.out {
		a := &d.out[i]
		before := seen[a.actor]
		seen[a.actor] = a.At
		if a.UserType != ingest.UserStaff || a.Record == ingest.RecordSession || a.Job {
			continue
		}
		key := d.key(a)
		s := open[key]
		idle := time.Duration(h.AutoLogoff) * time.Minute
		if s != nil && s.user == a.UserID && a.At.Sub(s.last) <= idle {
			s.last, a.SessionID = a.At, s.id
			continue
		}
		if s != nil {
			extra = append(extra, d.logout(x, s, a.At)...)
		}
		next := &session{user: a.UserID, actor: a.actor, last: a.At, from: *a}
		next.id = "S" + strconv.FormatInt(a.At.Unix(), 36) + strconv.Itoa(x.upTo(900)+100)
		open[key] = next
		failures := forgot[a.UserID]
		if failures == 0 && x.permille(h.LoginFailures) {
			failures = x.between(1, 2)
		}
		if a.At.Sub(before) < 5*time.Minute {
			failures = 0 // there was no time for it
		}
		extra = append(extra, d.login(x, next, failures)...)
		delete(forgot, a.UserID)
		a.SessionID = next.id
	}
	for _, key := range sortedKeys(open) {
		extra = append(extra, d.logout(x, open[key], open[key].last.Add(5*time.Hour))...)
	}
	for i := range extra {
		if extra[i].Action == ingest.ActionLoginFailed && !h.Failures {
			continue
		}
		if h.Sessions == SessionsNone && extra[i].Action != ingest.ActionLoginFailed ||
			h.Sessions == SessionsLogin && extra[i].Action == ingest.ActionLogout {
			continue
		}
		d.out = append(d.out, extra[i])
	}
}

// key is the device, so that two names of one desk are one.
func (d *day) key(a *Access) string {
	for _, l := range d.w.locations {
		for _, o := range l.offices {
			if o.Second != "" && o.Second == a.Station {
				return o.Name
			}
		}
	}
	return a.Station
}

// forgetful returns who must change the password today and mistypes it.
func (d *day) forgetful(x dice) map[string]int {
	out := map[string]int{}
	if d.w.date(d.n).Weekday() != time.Monday || d.n%35 != 14 {
		return out
	}
	for i := range d.w.Staff {
		if x.chance(40) {
			out[d.w.Staff[i].UserID] = x.between(2, 4)
		}
	}
	return out
}

// login writes a login and the failures before it.
func (d *day) login(x dice, s *session, failures int) []Access {
	at := s.from.At.Add(-time.Duration(x.between(3, 12)) * time.Second)
	row := Access{
		At: at, UserID: s.user, UserType: ingest.UserStaff, Action: ingest.ActionLogin, Record: ingest.RecordSession, Station: s.from.Station,
		Location: s.from.Location, IP: s.from.IP, Outcome: ingest.OutcomeSuccess, SessionID: s.id, actor: s.actor, label: s.from.label,
	}
	out := []Access{row}
	for range failures {
		at = at.Add(-time.Duration(x.between(6, 22)) * time.Second)
		failed := row
		failed.At, failed.Action, failed.Outcome, failed.Why, failed.SessionID = at, ingest.ActionLoginFailed, ingest.OutcomeFailure, "wrong password", ""
		out = append(out, failed)
	}
	return out
}

// logout writes the end of a session: by hand, or by the device itself.
func (d *day) logout(x dice, s *session, next time.Time) []Access {
	at := s.last.Add(time.Duration(x.between(1, 3)) * time.Second)
	row := Access{
		At: at, UserID: s.user, UserType: ingest.UserStaff, Action: ingest.ActionLogout, Record: ingest.RecordSession, Station: s.from.Station,
		Location: s.from.Location, IP: s.from.IP, Outcome: ingest.OutcomeSuccess, SessionID: s.id, actor: s.actor,
	}
	switch {
	case at.After(next):
		return nil
	case x.chance(d.w.Habits.LogoutPercent):
		return []Access{row}
	}
	row.At = s.last.Add(time.Duration(d.w.Habits.AutoLogoff) * time.Minute)
	if row.At.After(next) {
		return nil
	}
	row.Job, row.Why = true, "idle"
	return []Access{row}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
