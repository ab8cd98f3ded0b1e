// Package told turns what the practice of a played world can tell about itself
// into what chartwatch is told. It refuses to add anything that the world does
// not say, so that a benchmark knows no more than a practice would.
package told

import (
	"slices"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/internal/synth/world"
)

// Practice is what the practice of a world has told chartwatch by the end of a period.
func Practice(w *world.World, p coverage.Period) (practice.Practice, error) {
	out := practice.Practice{Zone: w.Options.Zone, Holidays: "none", HoursMargin: 90, ShiftMargin: 60}
	s := w.Settings
	if w.Options.Dirt.NoSettings {
		return out, nil
	}
	for _, h := range s.Hours {
		out.Hours = append(out.Hours, practice.Hours{Location: h.Location, Days: weekdays(h.Days), Open: h.Open, Close: h.Close})
	}
	for _, c := range s.Closures {
		from, to, err := days(c.From, c.To)
		if err != nil {
			return out, err
		}
		out.Closures = append(out.Closures, practice.Closure{From: from, To: to, Why: c.Why})
	}
	// A shift that was swapped or prolonged is entered like a time on call.
	for _, c := range slices.Concat(s.OnCall, s.ExtraShifts) {
		out.OnCall = append(out.OnCall, practice.OnCall{Person: c.UserID, From: c.From, To: c.To})
	}
	for _, l := range s.Leave {
		from, to, err := days(l.From, l.To)
		if err != nil {
			return out, err
		}
		out.Leave = append(out.Leave, practice.Leave{Person: l.UserID, Kind: l.Kind, From: from, To: to})
	}
	for _, x := range s.Workstations {
		for _, name := range []string{x.Name, x.Second} {
			if name != "" {
				out.Workstations = append(out.Workstations, practice.Workstation{Name: name, Location: x.Location, Onsite: x.Onsite})
			}
		}
	}
	for _, n := range s.Networks {
		out.Networks = append(out.Networks, practice.Network{CIDR: n.CIDR, Class: n.Class})
	}
	for _, t := range s.Tickets {
		out.Tickets = append(out.Tickets, practice.Ticket{Number: t.Number, Person: t.UserID, From: t.From, To: t.To})
	}
	for word, role := range s.Roles {
		out.Roles = append(out.Roles, practice.RoleName{Name: word, Role: string(role)})
	}
	slices.SortFunc(out.Roles, func(a, b practice.RoleName) int { return cmpText(a.Name, b.Name) })
	err := lists(&out, s, p)
	return out, err
}

// lists enters what belongs into the named lists.
func lists(out *practice.Practice, s world.Settings, p coverage.Period) error {
	add := func(list, value, second string, until coverage.Day) {
		e := practice.ListEntry{List: list, Value: value, Value2: second}
		e.Expires = until
		out.Lists = append(out.Lists, e)
	}
	forever := p.To + 60
	for _, pair := range s.Neighbours {
		add("neighbouring_stations", pair[0], pair[1], forever)
	}
	for _, id := range s.Interfaces {
		for _, list := range []string{"interface_accounts", "known_accounts", "owned_accounts"} {
			add(list, id, "", forever)
		}
	}
	for _, id := range s.PerDiem {
		add("per_diem_staff", id, "", forever)
	}
	for _, id := range s.Protected {
		add("psychotherapy_allowed", id, "", forever)
	}
	for _, x := range s.Projects { // announced in the week before
		from, to, err := days(x.From, x.To)
		if err != nil {
			return err
		}
		if from <= p.To && to >= p.From {
			add("bulk_projects", x.UserID, "", to)
		}
	}
	return nil
}

func days(from, to string) (first, last coverage.Day, err error) {
	a, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return 0, 0, err
	}
	b, err := time.Parse(time.DateOnly, to)
	return coverage.DayOf(a), coverage.DayOf(b), err
}

func weekdays(names []string) []time.Weekday {
	all := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	var out []time.Weekday
	for _, n := range names {
		out = append(out, time.Weekday(slices.Index(all, n)))
	}
	return out
}

func cmpText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
