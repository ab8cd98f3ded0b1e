// Package synth plays a small dental practice from a seed: its people, its
// patients, their appointments, and every access that an ordinary working day
// leaves in the logs of its systems. It also writes those accesses in the
// formats of real exports, and it writes large uniform logs for measurements.
//
// The same seed and options give the same practice and the same bytes on every
// platform. Everybody in it is invented.
//
// The package refuses to look at a clock, the environment, the network or the
// local zone, and it never reads a log: what it knows about a format is how to
// write it, so that a parser's mistake cannot hide in a shared routine.
package synth

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

//go:generate go run ./gen

// Options say which practice to play and for how long.
type Options struct {
	// Seed decides everything that the other options leave open.
	Seed uint64
	// Start is the first day; only its year, month and day are used.
	Start time.Time
	// Days is the number of days, at least 1.
	Days int
	// Zone is where the practice is; it must not be nil.
	Zone *time.Location
	// Patients is the number of patients, at least 60; 0 means 120.
	Patients int
}

// System is one of the practice's programs that keep a log of their own.
type System string

// The systems of the practice. An access is in the log of exactly one.
const (
	// EHR holds the charts, the calendar and the accounts.
	EHR System = "ehr"
	// Imaging holds X-ray images and shows patients their own in a portal.
	Imaging System = "imaging"
	// Phone is the messaging app on the clinicians' phones.
	Phone System = "phone"
)

// Roles of the people of the practice.
const (
	RoleFrontDesk     = "front_desk"
	RoleDentist       = "dentist"
	RoleHygienist     = "hygienist"
	RoleAssistant     = "dental_assistant"
	RoleBilling       = "billing"
	RoleOfficeManager = "office_manager"
	RoleVendor        = "vendor"
)

// Person is somebody with an account. Days are "2006-01-02" in the practice's
// zone and empty if open; times of day are minutes after midnight.
type Person struct {
	UserID     string
	FirstName  string
	LastName   string
	Role       string
	Department string
	HiredOn    string
	LeftOn     string // the last day of work
	Weekdays   []time.Weekday
	ShiftStart int
	ShiftEnd   int
	Address    string
	PatientID  string // the person's own number, if a patient here
	Desk       Station
}

// Name returns the first and the last name.
func (p *Person) Name() string { return p.FirstName + " " + p.LastName }

// employed reports whether day lies between the first and the last day.
func (p *Person) employed(day string) bool {
	return day >= p.HiredOn && (p.LeftOn == "" || day <= p.LeftOn)
}

// Station is a device and its address.
type Station struct {
	Name string
	IP   string
}

// Patient is a patient of the practice.
type Patient struct {
	PatientID string
	FirstName string
	LastName  string
	BirthDate string
	Address   string
	VIP       bool
}

// Name returns the first and the last name.
func (p *Patient) Name() string { return p.FirstName + " " + p.LastName }

// Status says what became of an appointment, in the words of FHIR Appointment.
type Status string

// The fates of an appointment.
const (
	Fulfilled Status = "fulfilled"
	NoShow    Status = "noshow"
	Cancelled Status = "cancelled"
)

// Appointment is one planned visit.
type Appointment struct {
	AppointmentID string
	PatientID     string
	ProviderID    string
	StartsAt      time.Time // UTC
	Minutes       int
	Status        Status
}

// Access is what truly happened, before any log has written it down.
type Access struct {
	System System
	// Number counts the accesses of one system in their order, from 1.
	Number int64
	// At is in UTC, to the second.
	At time.Time
	// UserID is the account; of a patient in the portal it is the patient's number.
	UserID   string
	UserType ingest.UserType
	// PatientID is empty if the access concerns no single patient.
	PatientID     string
	Action        ingest.Action
	Record        ingest.RecordType
	Workstation   string
	IP            string
	Outcome       ingest.Outcome
	OutcomeReason string
	// Found is the number of hits of a search, otherwise 0.
	Found int
}

// Practice is a played practice. Its slices are in a fixed order: people as
// listed, patients by number, appointments and accesses by time.
type Practice struct {
	Name         string
	Zone         *time.Location
	Staff        []Person
	Patients     []Patient
	Appointments []Appointment
	Accesses     []Access

	start time.Time // the first day's date, in UTC
	days  int
}

// Simulate plays a practice. The caller owns the result.
func Simulate(o Options) (*Practice, error) {
	if o.Patients == 0 {
		o.Patients = 120
	}
	switch {
	case o.Zone == nil:
		return nil, errors.New("simulating a practice: no zone")
	case o.Days < 1:
		return nil, fmt.Errorf("simulating a practice: %d days, want at least 1", o.Days)
	case o.Patients < 60:
		return nil, fmt.Errorf("simulating a practice: %d patients, want at least 60", o.Patients)
	}
	year, month, first := o.Start.Date()
	p := &Practice{
		Name: "Maple Street Family Dental", Zone: o.Zone, days: o.Days,
		start: time.Date(year, month, first, 0, 0, 0, 0, time.UTC),
	}
	p.Patients = patients(newDice(o.Seed, 1), o.Patients)
	p.Staff = p.staff()
	p.Appointments = p.appointments(newDice(o.Seed, 2))
	next := 0
	for n := range p.days {
		d := &day{p: p, dice: newDice(o.Seed, 1000+uint64(n)), n: n}
		to := p.at(n+1, 0)
		for ; next < len(p.Appointments) && p.Appointments[next].StartsAt.Before(to); next++ {
			d.visits = append(d.visits, p.Appointments[next])
		}
		p.Accesses = append(p.Accesses, d.play()...)
	}
	p.order()
	return p, nil
}

// order sorts the accesses by time and numbers them within their systems.
func (p *Practice) order() {
	slices.SortStableFunc(p.Accesses, func(a, b Access) int { return cmp.Compare(a.At.Unix(), b.At.Unix()) })
	var ehr, imaging, phone int64
	for i := range p.Accesses {
		n := &ehr
		switch p.Accesses[i].System {
		case Imaging:
			n = &imaging
		case Phone:
			n = &phone
		case EHR:
		}
		*n++
		p.Accesses[i].Number = *n
	}
}

// Between returns the accesses of one system with from <= At < to, in order.
func (p *Practice) Between(s System, from, to time.Time) []Access {
	var out []Access
	for _, a := range p.Accesses {
		if a.System == s && !a.At.Before(from) && a.At.Before(to) {
			out = append(out, a)
		}
	}
	return out
}

// Midnight returns the instant at which a day of the practice begins.
func (p *Practice) Midnight(year int, month time.Month, dayOfMonth int) time.Time {
	return time.Date(year, month, dayOfMonth, 0, 0, 0, 0, p.Zone).UTC()
}

// Person returns the holder of an account, or nil.
func (p *Practice) Person(userID string) *Person {
	i := slices.IndexFunc(p.Staff, func(s Person) bool { return s.UserID == userID })
	if i < 0 {
		return nil
	}
	return &p.Staff[i]
}

// Patient returns the patient with a number, or nil.
func (p *Practice) Patient(patientID string) *Patient {
	i, ok := slices.BinarySearchFunc(p.Patients, patientID, func(x Patient, id string) int { return cmp.Compare(x.PatientID, id) })
	if !ok {
		return nil
	}
	return &p.Patients[i]
}

// date returns the n-th day.
func (p *Practice) date(n int) time.Time { return p.start.AddDate(0, 0, n) }

// at returns the instant at which the practice's clocks show a time, in seconds
// after midnight of the n-th day.
func (p *Practice) at(n, second int) time.Time {
	year, month, dayOfMonth := p.date(n).Date()
	return time.Date(year, month, dayOfMonth, 0, 0, second, 0, p.Zone).UTC()
}
