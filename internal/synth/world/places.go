package world

import (
	"fmt"
	"strconv"
)

// scale is how large a practice is.
type scale struct {
	counts   []headcount
	patients int
	places   []string
	former   int
}

type headcount struct {
	role  Role
	title string
	count int
}

func scaleOf(s Size) (scale, error) {
	switch s {
	case Small:
		return scale{
			counts: []headcount{
				{Clinician, "physician", 1},
				{Clinician, "nurse_practitioner", 1},
				{Nurse, "registered_nurse", 1},
				{Assistant, "medical_assistant", 2},
				{FrontDesk, "front_desk", 2},
				{Billing, "billing", 1},
				{Manager, "office_manager", 1},
			},
			patients: 1100, places: []string{"Main Street"}, former: 4,
		}, nil
	case Medium:
		return scale{
			counts: []headcount{
				{Clinician, "physician", 4},
				{Clinician, "nurse_practitioner", 2},
				{Therapist, "psychologist", 1},
				{Nurse, "registered_nurse", 3},
				{Assistant, "medical_assistant", 6},
				{FrontDesk, "front_desk", 4},
				{Billing, "billing", 2},
				{Records, "medical_records", 1},
				{Lab, "lab_technician", 1},
				{Manager, "office_manager", 1},
				{Student, "medical_student", 1},
			},
			patients: 3500, places: []string{"Main Street", "Eastfield"}, former: 8,
		}, nil
	case Large:
		return scale{
			counts: []headcount{
				{Clinician, "physician", 20},
				{Clinician, "nurse_practitioner", 10},
				{Therapist, "psychologist", 3},
				{Nurse, "registered_nurse", 14},
				{Assistant, "medical_assistant", 30},
				{FrontDesk, "front_desk", 16},
				{Billing, "billing", 8},
				{Records, "medical_records", 4},
				{Lab, "lab_technician", 4},
				{Manager, "office_manager", 3},
				{Student, "medical_student", 3},
			},
			patients: 17000, places: []string{"Main Street", "Eastfield", "Harbor"}, former: 16,
		}, nil
	}
	return scale{}, fmt.Errorf("playing a world: there is no size %q; the sizes are S, M and L", s)
}

// count returns how many people have a role.
func (s scale) count(r Role) int {
	n := 0
	for _, c := range s.counts {
		if c.role == r {
			n += c.count
		}
	}
	return n
}

// location is one building. Its stations stand along one corridor.
type location struct {
	name    string
	exam    []Station
	nursing []Station
	front   []Station
	labs    []Station
	offices []Station
	others  []Station
	taken   map[Role]int // desks given away
}

// places furnishes the buildings: three exam rooms for each clinician, who are
// spread over the locations.
func places(s scale, h Habits) []location {
	out := make([]location, len(s.places))
	total := s.count(Clinician)
	for i, name := range s.places {
		share := (total + len(out) - 1 - i) / len(out)
		if len(out) == 2 { // the second location is the smaller one
			share = []int{total - total/3, total / 3}[i]
		}
		l := location{name: name, taken: map[Role]int{}}
		host, place := 20, 0
		add := func(list *[]Station, prefix string, n int) {
			for k := range n {
				host++
				place++
				*list = append(*list, Station{
					Name: fmt.Sprintf("%s%d-%s%d", name[:1], i+1, prefix, k+1), IP: fmt.Sprintf("10.20.%d.%d", i+1, host),
					Location: name, Room: prefix + " " + strconv.Itoa(k+1), Place: place, Onsite: true,
				})
			}
		}
		add(&l.front, "FRONT", max(2, s.count(FrontDesk)/len(out)+1))
		add(&l.exam, "EX", share*3)
		add(&l.nursing, "NS", max(1, share/2))
		add(&l.labs, "LAB", 1)
		add(&l.offices, "OFF", share+s.count(Therapist)+2)
		add(&l.others, "BACK", s.count(Billing)+s.count(Records)+s.count(Manager)+2)
		out[i] = l
	}
	for k := range h.TwoNames { // docked laptops and virtual desktops
		o := &out[k%len(out)].offices[k/len(out)]
		o.Second = "VDI-" + strconv.Itoa(100+17*k)
	}
	return out
}

// location returns the building with a name.
func (w *World) location(name string) *location {
	for i := range w.locations {
		if w.locations[i].name == name {
			return &w.locations[i]
		}
	}
	return &w.locations[0]
}

// takeDesk gives the next free desk of a kind.
func (l *location) takeDesk(r Role) Station {
	list := l.others
	switch r {
	case Clinician, Therapist:
		list = l.offices
	case FrontDesk:
		list = l.front
	case Nurse, Assistant, Student:
		list = l.nursing
	case Lab:
		list = l.labs
	default:
	}
	kind := r // those who share a list of desks
	switch r {
	case Billing, Records, Manager, Vendor, Interface:
		kind = Manager
	case Nurse, Assistant, Student:
		kind = Nurse
	case Clinician, Therapist:
		kind = Clinician
	default:
	}
	l.taken[kind]++
	return list[(l.taken[kind]-1)%len(list)]
}

// stations returns every device that stands in the practice.
func (w *World) stations() []Station {
	var out []Station
	for _, l := range w.locations {
		for _, list := range [][]Station{l.front, l.exam, l.nursing, l.labs, l.offices, l.others} {
			out = append(out, list...)
		}
	}
	if w.moved[1].Name != "" {
		out = append(out, w.moved[1])
	}
	return out
}

// walk returns the seconds from leaving one device to the first key at another.
func (w *World) walk(from, to Station) int {
	switch {
	case from.Name == to.Name || from.Name == "" || to.Name == "":
		return 0
	case !from.Onsite || !to.Onsite:
		return 25 * 60
	case from.Location != to.Location:
		return w.Habits.Drive * 60
	}
	distance := from.Place - to.Place
	if distance < 0 {
		distance = -distance
	}
	return w.Habits.WalkBase + min(distance, 12)*w.Habits.WalkRoom
}
