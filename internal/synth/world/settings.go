package world

import (
	"strings"
	"time"
)

// Settings are what the practice can tell about itself beside its logs and
// tables. Days are "2006-01-02" and both ends are included; instants are UTC.
type Settings struct {
	Zone         string          `json:"zone"`
	Hours        []Hours         `json:"hours"`
	HoursMargin  int             `json:"hours_margin_min"`
	Closures     []Closure       `json:"closures"` // public holidays too; no other calendar applies
	OnCall       []OnCall        `json:"on_call"`
	ExtraShifts  []OnCall        `json:"extra_shifts"` // swapped shifts that were entered
	Leave        []Leave         `json:"leave"`
	Workstations []Station       `json:"workstations"`
	Networks     []Network       `json:"networks"`
	Neighbours   [][2]string     `json:"neighbouring_stations"`
	Interfaces   []string        `json:"interface_accounts"`
	PerDiem      []string        `json:"per_diem_staff"`
	Protected    []string        `json:"protected_record_access"` // who may open psychotherapy notes
	Tickets      []Ticket        `json:"tickets"`
	Projects     []Project       `json:"projects"`
	Roles        map[string]Role `json:"roles"` // the roster's words
}

// Hours are opening hours of a location on some weekdays, in minutes after midnight.
type Hours struct {
	Location string   `json:"location"`
	Days     []string `json:"days"` // mon, tue …
	Open     int      `json:"open_min"`
	Close    int      `json:"close_min"`
}

// Closure is a run of days on which the practice is closed.
type Closure struct {
	From string `json:"from"`
	To   string `json:"to"`
	Why  string `json:"why"`
}

// OnCall is a time in which somebody may be called, or works by arrangement.
type OnCall struct {
	UserID string    `json:"user_id"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
}

// Leave is a run of days on which somebody is away.
type Leave struct {
	UserID string `json:"user_id"`
	Kind   string `json:"kind"` // leave or sick
	From   string `json:"from"`
	To     string `json:"to"`
}

// Network is a network of the practice: onsite or vpn.
type Network struct {
	CIDR  string `json:"cidr"`
	Class string `json:"class"`
}

// Ticket is declared work of the vendor.
type Ticket struct {
	Number string    `json:"number"`
	UserID string    `json:"user_id"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
}

// Project is work that was announced, such as a day of vaccinations.
type Project struct {
	UserID string `json:"user_id"`
	From   string `json:"from"`
	To     string `json:"to"`
	Why    string `json:"why"`
}

func (w *World) settings() {
	week := []string{"mon", "tue", "wed", "thu", "fri"}
	s := Settings{
		Zone: w.Options.Zone.String(), HoursMargin: 90, Roles: map[string]Role{},
		Networks: []Network{{"10.20.0.0/16", "onsite"}, {"10.8.0.0/16", "vpn"}}, Interfaces: []string{"lab-hl7"},
	}
	for _, l := range w.locations {
		s.Hours = append(s.Hours, Hours{l.name, week, 8 * 60, 18 * 60})
		if w.Habits.Saturday {
			s.Hours = append(s.Hours, Hours{l.name, []string{"sat"}, 9 * 60, 13 * 60})
		}
	}
	for n := -before; n < w.days+after; n++ {
		if why := w.holiday(n); why != "" {
			day := w.date(n).Format(isoDate)
			s.Closures = append(s.Closures, Closure{day, day, why})
		}
	}
	for week := 0; week < w.days/7; week++ {
		n := week * 7
		s.OnCall = append(s.OnCall, OnCall{w.calls[week].UserID, w.at(n, 7*3600), w.at(n+7, 7*3600)})
		s.Tickets = append(s.Tickets, Ticket{"T-" + w.date(n).Format("0102"), "nexora-support", w.at(n+6, 19*3600), w.at(n+6, 23*3600)})
	}
	for n := range w.days {
		for _, x := range w.swaps[n] {
			if x.declared && w.works(x.who, n) {
				s.ExtraShifts = append(s.ExtraShifts, OnCall{x.who.UserID, w.at(n, x.start*60), w.at(n, x.end*60)})
			}
		}
	}
	for i := range w.Staff {
		p := &w.Staff[i]
		s.Roles[p.Title] = p.Role
		for _, a := range w.away[p.UserID] {
			s.Leave = append(s.Leave, Leave{p.UserID, a.kind, w.date(a.from).Format(isoDate), w.date(a.to).Format(isoDate)})
		}
		switch {
		case p.Role == Therapist:
			s.Protected = append(s.Protected, p.UserID)
		case p.monthly && p.last == never:
			s.PerDiem = append(s.PerDiem, p.UserID)
		}
	}
	s.Protected = append(s.Protected, w.clinicians[0].UserID) // supervises the therapist
	s.Workstations = w.stations()
	for _, x := range s.Workstations {
		if x.Second != "" {
			s.Neighbours = append(s.Neighbours, [2]string{x.Name, x.Second})
		}
	}
	w.Settings = s
	for _, id := range sortedKeys(w.projects) {
		w.declare(id, w.fluDay, "day of vaccinations")
	}
}

// declare announces work of somebody on a day.
func (w *World) declare(userID string, n int, why string) {
	day := w.date(n).Format(isoDate)
	w.Settings.Projects = append(w.Settings.Projects, Project{userID, day, day, why})
}

// weekdays writes days as a roster does.
func weekdays(days []time.Weekday) string {
	out := make([]string, len(days))
	for i, d := range days {
		out[i] = strings.ToLower(d.String()[:3])
	}
	return strings.Join(out, ",")
}
