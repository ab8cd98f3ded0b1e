package world

import (
	"fmt"
	"slices"
	"time"
)

// Difficulty is how hard an incident is to see. A benign twin looks like one and
// is none.
type Difficulty string

// The difficulties.
const (
	Overt      Difficulty = "overt"
	Typical    Difficulty = "typical"
	Evasive    Difficulty = "evasive"
	BenignTwin Difficulty = "benign_twin"
)

// Difficulties returns the difficulties, in a fixed order.
func Difficulties() []Difficulty { return []Difficulty{Overt, Typical, Evasive, BenignTwin} }

// Plan says which incidents happen. Without scenarios, all take turns; without
// difficulties, all.
type Plan struct {
	// PerWeek is the number of incidents, twins included, that begin in a week.
	PerWeek      int          `json:"per_week"`
	Scenarios    []string     `json:"scenarios,omitempty"`
	Difficulties []Difficulty `json:"difficulties,omitempty"`
	// FirstWeek is the first week with incidents, counted from 0; the weeks before
	// are for baselines.
	FirstWeek int `json:"first_week"`
}

// Label says what truly happened.
type Label struct {
	ID         string     `json:"id"`
	Category   string     `json:"category"`
	Scenario   string     `json:"scenario"`
	Difficulty Difficulty `json:"difficulty"`
	// Subject is the account that a finding would be about, or the source.
	Subject string `json:"subject"`
	// Also are other subjects that would be as right: the person who used the
	// account of somebody else, the device, the patient.
	Also []string `json:"also,omitempty"`
	// Events are the running numbers of the accesses that belong to it and are in the log.
	Events []int64   `json:"events"`
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	// Advisory says that it is worth a line on a list and no more than that.
	Advisory bool   `json:"advisory,omitempty"`
	Note     string `json:"note,omitempty"`
}

// scenario is one kind of incident.
type scenario struct {
	name     string
	category string
	// advisory are difficulties that nobody would look into for themselves.
	advisory []Difficulty
	// days is the number of days of work that it takes; 0 means 1.
	days func(Difficulty) int
	// cast chooses who does it. It reports false if nobody can.
	cast func(*incident) bool
	// plan adds what people do on the i-th of its days.
	plan func(in *incident, d *day, i int)
	// rewrite changes what has happened on the i-th of its days.
	rewrite func(in *incident, d *day, i int)
	// finish changes the log when all is over.
	finish func(*incident)
}

// incident is one scenario on its way.
type incident struct {
	w     *World
	kind  *scenario
	how   Difficulty
	dice  dice
	label int // position in Labels plus 1
	week  int
	days  []int
	who   *Person // whose account it is
	other *Person // a second person, if there is one
	user  string  // the account, if nobody's
	also  []string
	note  string
}

// by returns the number for the difficulty.
func (in *incident) by(overt, typical, evasive, twin int) int {
	switch in.how {
	case Overt:
		return overt
	case Typical:
		return typical
	case Evasive:
		return evasive
	default:
		return twin
	}
}

// some is by for numbers that differ a little from one time to the next.
func (in *incident) some(overt, typical, evasive, twin int) int {
	n := in.by(overt, typical, evasive, twin)
	return n + in.dice.between(-n/9, n/9)
}

// twin reports whether it is none.
func (in *incident) twin() bool { return in.how == BenignTwin }

// scenarios returns every scenario, in a fixed order.
func scenarios() []scenario {
	return slices.Concat(sharedScenarios(), roleScenarios(), hoursScenarios(), snoopScenarios(), accountScenarios(),
		bulkScenarios(), loginScenarios(), rightsScenarios(), logScenarios())
}

// Scenarios returns the names of the scenarios with their categories, in a fixed order.
func Scenarios() [][2]string {
	var out [][2]string
	for _, s := range scenarios() {
		out = append(out, [2]string{s.name, s.category})
	}
	return out
}

// cast chooses the incidents of the whole time: who, when, and how hard to see.
func (w *World) cast() error {
	w.dayIncidents = map[int][]*incident{}
	p := w.Options.Plan
	if p.PerWeek == 0 {
		return nil
	}
	type pair struct {
		kind *scenario
		how  Difficulty
	}
	all := scenarios()
	for _, name := range p.Scenarios {
		if !slices.ContainsFunc(all, func(s scenario) bool { return s.name == name }) {
			return fmt.Errorf("playing a world: there is no scenario %q", name)
		}
	}
	var deck []pair
	for i := range all {
		if len(p.Scenarios) > 0 && !slices.Contains(p.Scenarios, all[i].name) {
			continue
		}
		for _, how := range Difficulties() {
			if len(p.Difficulties) == 0 || slices.Contains(p.Difficulties, how) {
				deck = append(deck, pair{&all[i], how})
			}
		}
	}
	d := newDice(w.Options.Seed, streamPlan)
	busy := map[string]bool{}
	var queue []pair
	number := 0
	for week := p.FirstWeek; week < w.days/7; week++ {
		done := 0
		if len(queue) < len(deck) { // whoever waits comes before the next round
			shuffle(d, deck)
			queue = append(queue, deck...)
		}
		queue = slices.DeleteFunc(queue, func(x pair) bool {
			if done >= p.PerWeek {
				return false
			}
			number++
			begun := w.begin(x.kind, x.how, week, number, busy)
			done += boolOne(begun)
			return begun
		})
	}
	return nil
}

// begin casts one incident in a week. Nobody is in two incidents within two weeks.
func (w *World) begin(kind *scenario, how Difficulty, week, number int, busy map[string]bool) bool {
	for try := range 12 {
		in := &incident{
			w: w, kind: kind, how: how, week: week, label: len(w.incidents) + 1,
			dice: newDice(w.Options.Seed, streamIncidents+uint64(number)*16+uint64(try)), //nolint:gosec // not negative
		}
		if !kind.cast(in) || len(in.days) == 0 && !in.fill() {
			continue
		}
		if in.clash(busy) {
			continue
		}
		for _, n := range in.days {
			w.dayIncidents[n] = append(w.dayIncidents[n], in)
		}
		w.incidents = append(w.incidents, in)
		w.Labels = append(w.Labels, Label{
			ID: fmt.Sprintf("%s-%s-%d", kind.name, how, in.label), Category: kind.category, Scenario: kind.name, Difficulty: how,
			Subject: in.subject(), Also: in.also, Advisory: slices.Contains(kind.advisory, how), Note: in.note,
		})
		return true
	}
	return false
}

// fill chooses the days: the first ones of the week on which the person works.
func (in *incident) fill() bool {
	want := 1
	if in.kind.days != nil {
		want = in.kind.days(in.how)
	}
	offset := 0
	if want < 4 {
		offset = in.dice.upTo(4)
	}
	for n := in.week*7 + offset; n < in.w.days && len(in.days) < want && n < in.week*7+28; n++ {
		weekday := in.w.date(n).Weekday()
		if weekday == time.Saturday || weekday == time.Sunday || in.w.skeleton(n) {
			continue
		}
		if in.who == nil && in.w.openOn(n) || in.who != nil && in.w.works(in.who, n) && (in.other == nil || in.w.works(in.other, n)) {
			in.days = append(in.days, n)
		}
	}
	return len(in.days) == want
}

// clash reports whether somebody is taken already, and takes everybody if not.
func (in *incident) clash(busy map[string]bool) bool {
	var keys []string
	for _, who := range []string{in.subject(), personID(in.other)} {
		if who == "" || who == source {
			continue
		}
		for week := in.days[0]/7 - 1; week <= in.days[len(in.days)-1]/7; week++ {
			keys = append(keys, fmt.Sprintf("%s %d", who, week))
		}
	}
	if in.subject() == source { // what is lost must not take other incidents with it
		for _, n := range in.days {
			if len(in.w.dayIncidents[n]) > 0 {
				return true
			}
			keys = append(keys, fmt.Sprintf("day %d", n))
		}
	} else {
		for _, n := range in.days {
			if busy[fmt.Sprintf("day %d", n)] {
				return true
			}
		}
	}
	for _, k := range keys {
		if busy[k] {
			return true
		}
	}
	for _, k := range keys {
		busy[k] = true
	}
	return false
}

func personID(p *Person) string {
	if p == nil {
		return ""
	}
	return p.UserID
}

// subject is the account that it is about.
func (in *incident) subject() string {
	if in.user != "" {
		return in.user
	}
	return personID(in.who)
}
