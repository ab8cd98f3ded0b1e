package synth

import (
	"strconv"
	"time"
)

// isoDate is the layout of a day.
const isoDate = "2006-01-02"

// Positions of particular people among the patients. Some share a surname or
// an address, two work in the practice, and some have names that simple
// programs stumble over.
const (
	patientAccent     = 6
	patientBilling    = 16 // works in billing
	patientApostrophe = 18
	patientFamily     = 30 // and the two that follow
	patientFrontDesk  = 52 // works at the front desk, the next is a relative
	patientVIP        = 57
)

// firstPatient is the number of the first patient.
const firstPatient = 1001

// staff returns the people of the practice. An assistant is hired on a Monday
// about five sixths through the period, and another leaves on the Friday of the
// week after.
func (p *Practice) staff() []Person {
	late := p.date(p.days * 5 / 6)
	hired := late.AddDate(0, 0, -(int(late.Weekday())+6)%7)
	left := hired.AddDate(0, 0, 11)
	early := func(years, days int) string { return p.start.AddDate(-years, 0, -days).Format(isoDate) }
	week := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	desk := func(name string, host int) Station { return Station{Name: name, IP: "10.20.4." + strconv.Itoa(host)} }
	billing, front := p.Patients[patientBilling], p.Patients[patientFrontDesk]
	return []Person{
		{
			UserID: "hpark", FirstName: "Hannah", LastName: "Park", Role: RoleDentist, Department: "clinical", HiredOn: early(11, 40),
			Weekdays: week[:4], ShiftStart: 8 * 60, ShiftEnd: 17 * 60, Address: "6 Orchard Rise, Millbrook", Desk: desk("OP-1", 21),
		},
		{
			UserID: "dosei", FirstName: "Daniel", LastName: "Osei", Role: RoleDentist, Department: "clinical", HiredOn: early(4, 112),
			Weekdays: week[1:], ShiftStart: 8 * 60, ShiftEnd: 17 * 60, Address: "71 Harbor View Road, Eastfield", Desk: desk("OP-2", 22),
		},
		{
			UserID: "lquintero", FirstName: "Lucia", LastName: "Quintero", Role: RoleHygienist, Department: "clinical", HiredOn: early(6, 15),
			Weekdays: week, ShiftStart: 8 * 60, ShiftEnd: 16*60 + 30, Address: "19 Sycamore Street, Millbrook", Desk: desk("HYG-1", 23),
		},
		{
			UserID: "tnowak", FirstName: "Tomasz", LastName: "Nowak", Role: RoleAssistant, Department: "clinical", HiredOn: early(3, 220),
			Weekdays: week, ShiftStart: 7*60 + 45, ShiftEnd: 16*60 + 45, Address: "2 Tannery Court, Millbrook", Desk: desk("OP-1", 21),
		},
		{
			UserID: "jellis", FirstName: "Joan", LastName: "Ellis", Role: RoleAssistant, Department: "clinical", HiredOn: early(8, 3),
			LeftOn: left.Format(isoDate), Weekdays: week, ShiftStart: 7*60 + 45, ShiftEnd: 16*60 + 45,
			Address: "33 Quarry Lane, Eastfield", Desk: desk("OP-2", 22),
		},
		{
			UserID: "mokafor", FirstName: "Miriam", LastName: "Okafor", Role: RoleAssistant, Department: "clinical", HiredOn: hired.Format(isoDate),
			Weekdays: week, ShiftStart: 7*60 + 45, ShiftEnd: 16*60 + 45, Address: "8 Station Row, Millbrook", Desk: desk("OP-2", 22),
		},
		{
			UserID: "bfarrow", FirstName: front.FirstName, LastName: front.LastName, Role: RoleFrontDesk, Department: "front office",
			HiredOn: early(5, 60), Weekdays: week, ShiftStart: 7*60 + 30, ShiftEnd: 16 * 60, Address: front.Address,
			PatientID: front.PatientID, Desk: desk("FRONT-1", 11),
		},
		{
			UserID: "asantos", FirstName: "Andre", LastName: "Santos", Role: RoleFrontDesk, Department: "front office", HiredOn: early(1, 145),
			Weekdays: week, ShiftStart: 9 * 60, ShiftEnd: 17*60 + 30, Address: "54 Mill Pond Drive, Millbrook", Desk: desk("FRONT-2", 12),
		},
		{
			UserID: "kdelgado", FirstName: billing.FirstName, LastName: billing.LastName, Role: RoleBilling, Department: "billing",
			HiredOn: early(7, 200), Weekdays: week, ShiftStart: 8*60 + 30, ShiftEnd: 17 * 60, Address: billing.Address,
			PatientID: billing.PatientID, Desk: desk("BILL-1", 31),
		},
		{
			UserID: "rwinters", FirstName: "Ruth", LastName: "Winters", Role: RoleOfficeManager, Department: "management", HiredOn: early(9, 77),
			Weekdays: week, ShiftStart: 8 * 60, ShiftEnd: 16*60 + 30, Address: "12 Chapel Hill, Eastfield", Desk: desk("OFFICE-1", 32),
		},
		{
			UserID: "vendor-it", FirstName: "Northgate", LastName: "IT Services", Role: RoleVendor, Department: "external", HiredOn: early(2, 10),
			Weekdays: []time.Weekday{time.Sunday}, ShiftStart: 0, ShiftEnd: 5 * 60, Desk: Station{Name: "RMM-GATEWAY", IP: "198.51.100.14"},
		},
	}
}

// patients invents n patients.
func patients(d dice, n int) []Patient {
	out := make([]Patient, n)
	firsts, lasts, streets := firstNames(), lastNames(), streetNames()
	for i := range out {
		town := "Millbrook"
		if d.chance(30) {
			town = "Eastfield"
		}
		out[i] = Patient{
			PatientID: strconv.Itoa(firstPatient + i),
			FirstName: pick(d, firsts),
			LastName:  pick(d, lasts),
			BirthDate: time.Date(2019-d.upTo(78), time.Month(1+d.upTo(12)), 1+d.upTo(28), 0, 0, 0, 0, time.UTC).Format(isoDate),
			Address:   strconv.Itoa(1+d.upTo(140)) + " " + pick(d, streets) + ", " + town,
		}
		if i%16 == 11 {
			out[i].LastName = "Smith"
		}
	}
	name := func(i int, first, last string) { out[i].FirstName, out[i].LastName = first, last }
	name(patientAccent, "Zoë", "Núñez")
	name(patientApostrophe, "Siobhan", "O'Brien")
	name(patientBilling, "Karen", "Delgado")
	out[patientBilling].BirthDate = "1981-04-09"
	name(patientFamily, "Grace", "Whitlock")
	name(patientFamily+1, "Owen", "Whitlock")
	name(patientFamily+2, "Poppy", "Whitlock")
	name(patientFrontDesk, "Beth", "Farrow")
	out[patientFrontDesk].BirthDate = "1990-11-23"
	name(patientFrontDesk+1, "Thomas", "Farrow")
	name(patientVIP, "Evelyn", "Marchetti")
	out[patientVIP].VIP = true
	out[patientFamily+1].Address = out[patientFamily].Address
	out[patientFamily+2].Address = out[patientFamily].Address
	out[patientFrontDesk+1].Address = out[patientFrontDesk].Address
	return out
}

func firstNames() []string {
	return []string{
		"Aaron", "Abigail", "Alma", "Amir", "Anita", "Arthur", "Bianca", "Caleb", "Carmen", "Cora", "Dalia", "Dennis", "Edith", "Elena",
		"Elliot", "Farid", "Fiona", "Franklin", "Gloria", "Harriet", "Hugo", "Ines", "Isaac", "Jasmine", "Joel", "June", "Keiko", "Leon",
		"Lillian", "Lorenzo", "Mabel", "Malik", "Margot", "Marvin", "Mei", "Nadia", "Nathan", "Opal", "Patrick", "Priya", "Quentin",
		"Ramona", "Reuben", "Rosa", "Rufus", "Sabine", "Samuel", "Stella", "Tariq", "Ursula", "Vera", "Victor", "Wanda", "Yusuf",
	}
}

func lastNames() []string {
	return []string{
		"Abbott", "Acheampong", "Alvarez", "Ashworth", "Baptiste", "Bellamy", "Bergstrom", "Castellano", "Chaudhry", "Cho", "Clearwater",
		"Costa", "Dragan", "Eastman", "Fairbanks", "Ferreira", "Fitzgerald", "Gallagher", "Haddad", "Hargrove", "Holloway", "Ibarra",
		"Iverson", "Jankowski", "Johnson", "Kapoor", "Kowalczyk", "Lindqvist", "Lockhart", "MacLeod", "Mbeki", "Morrow", "Nakamura",
		"Novak", "Oduya", "Pemberton", "Petrov", "Quigley", "Ramsey", "Rinaldi", "Sandoval", "Smith", "Soto", "Sutherland", "Thackeray",
		"Tran", "Underwood", "Vance", "Villanueva", "Wexler", "Yamada", "Zielinski",
	}
}

func streetNames() []string {
	return []string{
		"Birch Lane", "Canal Street", "Cedar Avenue", "Chestnut Drive", "Fairview Road", "Foundry Street", "Garden Court", "Granite Way",
		"Hillcrest Road", "Juniper Lane", "Laurel Street", "Maple Street", "Meadow Lane", "Old Post Road", "Prospect Avenue", "River Road",
		"School Street", "Spring Street", "Willow Bend", "Winding Way",
	}
}
