package world

import (
	"strconv"
	"time"
)

// panel invents the patients, household by household. Numbers rise with the year
// of registration and leave gaps.
func (w *World) panel(d dice, s scale) {
	number := 20000 + d.upTo(5000)
	homes := d.between(40, 60)
	w.byNumber = make(map[string]int, s.patients)
	street := func() string {
		return strconv.Itoa(1+d.upTo(399)) + " " + pick(d, streets()) + ", " + pick(d, towns())
	}
	rosewood, tower := "200 Rosewood Lane, "+towns()[0], "15 Tower Plaza, "+towns()[1]
	for len(w.Patients) < s.patients {
		members := pick(d, []int{1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5})
		address := street()
		family, _ := surname(d)
		switch {
		case homes > 0 && d.chance(20): // a care home, and a block without numbers of flats
			address, members = rosewood, 1
			homes--
		case d.chance(3):
			address = tower
		}
		for k := range members {
			name := family
			if k > 0 && d.chance(18) {
				name, _ = surname(d)
			}
			number += 1 + d.upTo(3)
			if d.chance(5) {
				number += d.upTo(40)
			}
			age := d.between(0, 88)
			if k < 2 {
				age = d.between(20, 88)
			}
			w.add(Patient{
				PatientID: strconv.Itoa(number), number: number, FirstName: pick(d, firstNames()), LastName: name, Address: address,
				BirthDate: time.Date(w.start.Year()-age-1, time.Month(1+d.upTo(12)), 1+d.upTo(28), 0, 0, 0, 0, time.UTC).Format(isoDate),
				VIP:       d.permille(3), doctor: d.upTo(len(w.clinicians)),
			})
			if len(w.Patients) == s.patients {
				break
			}
		}
	}
}

func (w *World) add(p Patient) {
	w.byNumber[p.PatientID] = len(w.Patients)
	w.Patients = append(w.Patients, p)
}

// relate ties people to patients: some live with patients, some are patients.
func (w *World) relate(d dice) {
	first := map[string]int{} // the first patient of an address
	size := map[string]int{}
	for i := range w.Patients {
		if _, ok := first[w.Patients[i].Address]; !ok {
			first[w.Patients[i].Address] = i
		}
		size[w.Patients[i].Address]++
	}
	used := map[string]bool{}
	for i := range w.Staff {
		p := &w.Staff[i]
		if p.Role == Vendor || p.Role == Interface {
			continue
		}
		p.Address = strconv.Itoa(400+d.upTo(300)) + " " + pick(d, streets()) + ", " + pick(d, towns())
		if !d.chance(50) {
			continue
		}
		at := w.Patients[d.upTo(len(w.Patients))].Address
		if used[at] || size[at] < 2 || size[at] > 5 {
			continue
		}
		used[at] = true
		p.Address = at
		w.moveIn(d, p, first[at], size[at])
	}
	count := map[string]int{}
	for i := range w.Patients {
		count[w.Patients[i].LastName]++
	}
	for i := range w.Patients {
		w.Patients[i].share = count[w.Patients[i].LastName]
	}
}

// moveIn makes somebody a member of a household of patients, of the same name
// mostly, and half of them a patient.
func (w *World) moveIn(d dice, p *Person, at, n int) {
	for k := at; k < at+n && k < len(w.Patients); k++ {
		x := &w.Patients[k]
		if x.Address != p.Address {
			continue
		}
		if k == at && d.chance(55) {
			x.FirstName, x.staff = p.FirstName, p.UserID
			x.LastName = p.LastName
			p.PatientID = x.PatientID
			continue
		}
		if d.chance(70) {
			x.LastName = p.LastName
		}
		p.household = append(p.household, k)
	}
}
