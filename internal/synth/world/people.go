package world

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

const isoDate = time.DateOnly

// never and always are days that no world reaches.
const (
	never  = 1 << 20
	always = -never
)

// people hires the staff. The addresses and the ties to patients follow when the
// patients are there.
func (w *World) people(d dice, s scale) {
	taken := map[string]bool{}
	for _, c := range s.counts {
		for k := range c.count {
			w.Staff = append(w.Staff, w.person(d, taken, c, k))
		}
	}
	w.turnover(d, taken)
	for range s.former {
		c := pick(d, s.counts)
		p := w.person(d, taken, c, d.upTo(4))
		p.last = -d.between(20, 500)
		p.LeftOn = w.date(p.last).Format(isoDate)
		p.HiredOn = w.date(p.last - d.between(200, 2500)).Format(isoDate)
		w.Staff = append(w.Staff, p)
	}
	w.outsiders(d)
	for i := range w.Staff {
		p := &w.Staff[i]
		if p.Role == Clinician && p.last == never && !p.monthly {
			w.clinicians = append(w.clinicians, p)
		}
		if p.last < 0 {
			w.former = append(w.former, p)
		}
	}
	w.arrange(d)
}

// person invents one of the people with a role.
func (w *World) person(d dice, taken map[string]bool, c headcount, k int) Person {
	p := Person{
		Role: c.role, Title: c.title, Department: department(c.role), first: always, last: never, slot: 20,
		HiredOn: w.date(-d.between(120, 4200)).Format(isoDate),
	}
	for {
		p.FirstName = pick(d, firstNames())
		p.LastName, p.rare = surname(d)
		p.UserID = account(p.FirstName, p.LastName)
		if !taken[p.UserID] {
			break
		}
	}
	taken[p.UserID] = true
	week := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	p.Weekdays = week
	p.ShiftStart, p.ShiftEnd = 8*60, 17*60
	early := k%2 == 0
	switch c.role {
	case Clinician:
		off := d.upTo(6) // one of five has no day off
		p.Weekdays = slices.DeleteFunc(slices.Clone(week), func(day time.Weekday) bool { return int(day) == off })
		p.slot = pick(d, []int{15, 20, 20, 30})
	case Therapist:
		p.Weekdays, p.slot = week[:4], 60
		p.ShiftStart, p.ShiftEnd = 9*60, 18*60
	case Nurse, Assistant:
		p.ShiftStart, p.ShiftEnd = 7*60+45, 16*60+45
		if !early {
			p.ShiftStart, p.ShiftEnd = 8*60+30, 17*60+30
		}
	case FrontDesk:
		p.ShiftStart, p.ShiftEnd = 7*60+30, 16*60
		if !early {
			p.ShiftStart, p.ShiftEnd = 9*60, 17*60+30
		}
	case Billing, Manager:
		p.ShiftStart, p.ShiftEnd = 8*60+30, 17*60
	case Student:
		p.first = max(7, w.days/4/7*7)
		p.HiredOn = w.date(p.first).Format(isoDate)
	default:
	}
	n := k
	if len(w.locations) > 1 && (c.role == Clinician || c.role == Assistant || c.role == FrontDesk || c.role == Nurse) {
		p.Location = w.locations[n%3/2].name
		if len(w.locations) > 2 {
			p.Location = w.locations[n%len(w.locations)].name
		}
	} else {
		p.Location = w.locations[0].name
	}
	return p
}

func department(r Role) string {
	switch r {
	case FrontDesk:
		return "front office"
	case Billing, Records:
		return "back office"
	case Manager:
		return "management"
	case Vendor, Interface:
		return "external"
	default:
		return "clinical"
	}
}

// turnover hires somebody for somebody who leaves, and knows people who come
// only now and then.
func (w *World) turnover(d dice, taken map[string]bool) {
	change := min(max(10, w.days*d.between(35, 70)/100), max(w.days-1, 1)) / 7 * 7
	assistant := headcount{Assistant, "medical_assistant", 1}
	leaver, hired := w.person(d, taken, assistant, 0), w.person(d, taken, assistant, 0)
	leaver.last, hired.first = change+4, change
	leaver.LeftOn, hired.HiredOn = w.date(leaver.last).Format(isoDate), w.date(hired.first).Format(isoDate)
	if w.Options.Size == Small {
		leaver.Location, hired.Location = w.locations[0].name, w.locations[0].name
	}
	hired.Location = leaver.Location
	diem := w.person(d, taken, headcount{Nurse, "registered_nurse_per_diem", 1}, 0)
	diem.monthly = true
	w.Staff = append(w.Staff, leaver, hired, diem)
	for range 3 { // they worked here last year and may again
		rest := w.person(d, taken, headcount{pick(d, []Role{Nurse, Assistant}), "locum", 1}, 1)
		rest.last = d.between(2, 5)
		rest.monthly = true
		w.Staff = append(w.Staff, rest)
	}
}

// outsiders are accounts that nobody of the practice holds.
func (w *World) outsiders(d dice) {
	vendor := Person{
		UserID: "nexora-support", FirstName: "Nexora", LastName: "Support", Role: Vendor, Title: "vendor", Department: "external",
		HiredOn: w.date(-900).Format(isoDate), first: always, last: never, Location: w.locations[0].name,
	}
	vendor.home = Station{Name: "NEXORA-RMM", IP: "198.18.200." + strconv.Itoa(d.between(5, 90))}
	vendor.desk = vendor.home
	results := Person{
		UserID: "lab-hl7", FirstName: "Laboratory", LastName: "Interface", Role: Interface, Title: "interface", Department: "external",
		HiredOn: w.date(-1500).Format(isoDate), first: always, last: never, Location: w.locations[0].name,
	}
	results.desk = Station{Name: "INTERFACE-1", IP: "10.20.1.5", Location: w.locations[0].name, Onsite: true}
	results.home = results.desk
	w.Staff = append(w.Staff, vendor, results)
}

// arrange gives desks, rooms, teams and second roles.
func (w *World) arrange(d dice) {
	seen := map[Role]int{}
	assigned := map[string]int{}
	for i := range w.Staff {
		p := &w.Staff[i]
		k := seen[p.Role]
		seen[p.Role]++
		l := w.location(p.Location)
		if p.Role != Vendor && p.Role != Interface {
			p.desk = l.takeDesk(p.Role)
			p.home = w.homeOf(d, i)
		}
		if p.Role == Clinician {
			for range 3 {
				p.rooms = append(p.rooms, l.exam[assigned[p.Location]%len(l.exam)])
				assigned[p.Location]++
			}
		}
		if p.Role == Assistant {
			p.team = w.teamFor(p.Location, k)
		}
		if w.Habits.Saturday && (p.Role == FrontDesk && k == 0 || p.Role == Assistant && k == 0 || p.Role == Clinician && k == 0) {
			p.Saturday = true
		}
	}
	for i := range w.Staff {
		p := &w.Staff[i]
		switch {
		case w.Options.Size == Small && p.Role == Manager:
			p.Also = Billing
		case w.Options.Size != Small && p.Role == Assistant && p.last == never && p.first == always:
			p.Also = FrontDesk // one who helps out
			return
		}
	}
}

// teamFor returns a clinician of a location for its k-th assistant.
func (w *World) teamFor(location string, k int) int {
	var here []int
	for i, c := range w.clinicians {
		if c.Location == location {
			here = append(here, i)
		}
	}
	if len(here) == 0 {
		return k % max(1, len(w.clinicians))
	}
	return here[k%len(here)]
}

// homeOf is what somebody uses at home: a network of one's own, or the practice's VPN.
func (w *World) homeOf(d dice, i int) Station {
	vpn := w.Habits.Remote == RemoteVPN || w.Habits.Remote == RemoteMixed && d.chance(50)
	s := Station{Name: "LT-" + strings.ToUpper(w.Staff[i].UserID[:min(6, len(w.Staff[i].UserID))]) + strconv.Itoa(i), IP: "198.18." + strconv.Itoa(1+i%190) + "." + strconv.Itoa(d.between(10, 240))}
	if vpn {
		s.IP = "10.8.0." + strconv.Itoa(10+i%240)
	}
	return s
}

// has reports whether somebody has a role.
func (p *Person) has(r Role) bool { return p.Role == r || p.Also == r }

// clinical reports whether somebody treats patients.
func (p *Person) clinical() bool {
	switch p.Role {
	case Clinician, Nurse, Assistant, Therapist, Student, Lab:
		return true
	default:
		return false
	}
}
