// Package world plays medical practices over weeks: their people, families,
// calendar and habits, every access that ordinary work leaves in the log of the
// EHR, and, if asked, incidents with labels and the harmless events that look
// like them. It is the yardstick of the detection rules.
//
// The same options give the same world and the same bytes on every platform.
// Everybody in it is invented.
//
// The package refuses to know any rule: what it calls an incident follows from
// what people do, not from how it may be found. It looks at no clock, no local
// zone, no environment and no network.
package world

import (
	"errors"
	"fmt"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// Size is the size of a practice.
type Size string

// The sizes: about 9 people at one location, about 28 at two, about 110 at three.
const (
	Small  Size = "S"
	Medium Size = "M"
	Large  Size = "L"
)

// Options say which world to play.
type Options struct {
	// Seed decides everything that the other options leave open.
	Seed uint64
	Size Size
	// Start is the first day; it must be a Monday. Only its date is used.
	Start time.Time
	// Weeks is the number of weeks, at least 1.
	Weeks int
	// Zone is where the practice is; it must not be nil.
	Zone *time.Location
	// Habits are drawn from the seed if nil.
	Habits *Habits
	// Plan says which incidents happen. The zero value is ordinary life only.
	Plan Plan
	Dirt Dirt
}

// Role is what somebody does, in the words of this package.
type Role string

// The roles.
const (
	Clinician Role = "clinician"
	Nurse     Role = "nurse"
	Assistant Role = "assistant"
	Therapist Role = "therapist"
	FrontDesk Role = "front_desk"
	Billing   Role = "billing"
	Records   Role = "records"
	Manager   Role = "manager"
	Lab       Role = "lab"
	Student   Role = "student"
	Vendor    Role = "vendor"
	Interface Role = "interface"
)

// Station is a device.
type Station struct {
	Name string `json:"name"`
	// Second is another name of the same device, or empty.
	Second   string `json:"second,omitempty"`
	IP       string `json:"ip"`
	Location string `json:"location"`
	Room     string `json:"room"`
	// Place orders the rooms of a location along the corridor.
	Place int `json:"place"`
	// Onsite is false for what people use at home.
	Onsite bool `json:"onsite"`
}

// Person is somebody with an account. Days are "2006-01-02" in the practice's
// zone and empty if open; times of day are minutes after midnight.
type Person struct {
	UserID    string
	FirstName string
	LastName  string
	Role      Role
	// Title is the role in the words of the roster.
	Title      string
	Also       Role // a second role, or empty
	Department string
	HiredOn    string
	LeftOn     string // the last day of work
	Weekdays   []time.Weekday
	ShiftStart int
	ShiftEnd   int
	Saturday   bool // works on Saturday mornings too
	Address    string
	PatientID  string // the person's own number, if a patient here
	Location   string

	first, last int // days of work, relative to the start
	desk, home  Station
	team        int // an assistant's clinician, by position among the clinicians
	rare        bool
	rooms       []Station // a clinician's exam rooms
	slot        int       // minutes of an appointment
	monthly     bool      // comes on a few days a month only
	household   []int     // patients at the same address, without the person
}

// Name returns the first and the last name.
func (p *Person) Name() string { return p.FirstName + " " + p.LastName }

// Patient is a patient of the practice.
type Patient struct {
	PatientID string
	FirstName string
	LastName  string
	BirthDate string
	Address   string
	VIP       bool

	number int
	doctor int // position among the clinicians
	share  int // patients with the surname
	staff  string
}

// Status says what became of an appointment, in the words of FHIR Appointment.
type Status string

// The fates of an appointment.
const (
	Booked    Status = "booked"
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

	patient, day, minute int
	provider             *Person
	// walkIn is a visit that was not planned; it is in the calendar only if recorded.
	walkIn, recorded bool
	booked           int // the day on which it was booked
	bill, follow     int // days until it is billed, and until a question about it; 0 for none
	result           int // days until a result arrives; 0 for none
	referral         int // days until a referral is sent; 0 for none
	vaccine          bool
}

// Access is what truly happened, as the EHR wrote it down.
type Access struct {
	// ID is the log's running number.
	ID int64
	// At is in UTC, to the second, by the log's clock.
	At         time.Time
	UserID     string
	UserType   ingest.UserType
	PatientID  string
	Action     ingest.Action
	Raw        string // the log's own code of the action
	Record     ingest.RecordType
	RecordID   string
	RecordName string
	Station    string
	Location   string
	IP         string
	Outcome    ingest.Outcome
	Why        string // of a failure
	SessionID  string
	Glass      bool
	GlassWhy   string
	Found      int
	Job        bool // no person at a screen

	actor string // who truly did it
	label int    // position in Labels plus 1
	drop  bool   // the log lost it
	lost  bool   // the log lost it, and its number is missing
	gone  int    // the label of the second delivery in which it is missing, or 0
}

// World is a played practice. Its slices are in a fixed order.
type World struct {
	Options      Options
	Habits       Habits
	Staff        []Person
	Patients     []Patient
	Appointments []Appointment
	// Accesses is the log as it should be, in the order in which it was written.
	Accesses []Access
	Labels   []Label
	Settings Settings

	start        time.Time // the first day's date, in UTC
	days         int
	locations    []location
	clinicians   []*Person
	byDay        map[int][]*Appointment // by day of the visit
	bookings     map[int][]*Appointment
	away         map[string][]span // leave and sick days
	swaps        map[int][]swap
	byNumber     map[string]int // patients by number
	former       []*Person
	calls        map[int]*Person // on call, by week
	moved        [2]Station      // an exam room's device and its successor
	movedOn      int
	upgraded     int // the day of the EHR's upgrade
	fluDay       int
	staffFluDay  int
	projects     map[string]bool
	incidents    []*incident
	inserted     []*Appointment // visits that benign twins need
	visitDays    [][]int        // by patient
	dayIncidents map[int][]*incident
}

// Play plays a world. The caller owns the result.
func Play(o Options) (*World, error) {
	switch {
	case o.Zone == nil:
		return nil, errors.New("playing a world: no zone")
	case o.Weeks < 1:
		return nil, fmt.Errorf("playing a world: %d weeks, want at least 1", o.Weeks)
	case o.Start.Weekday() != time.Monday:
		return nil, errors.New("playing a world: the first day is not a Monday")
	}
	scale, err := scaleOf(o.Size)
	if err != nil {
		return nil, err
	}
	year, month, first := o.Start.Date()
	w := &World{
		Options: o, Habits: drawHabits(newDice(o.Seed, streamHabits)), days: o.Weeks * 7,
		start: time.Date(year, month, first, 0, 0, 0, 0, time.UTC),
	}
	if o.Habits != nil {
		w.Habits = *o.Habits
	}
	w.build(scale)
	if err := w.cast(); err != nil {
		return nil, err
	}
	for n := range w.days {
		w.Accesses = append(w.Accesses, w.playDay(n)...)
	}
	w.finish()
	return w, nil
}

// build makes everything that is there before the first day.
func (w *World) build(s scale) {
	w.locations = places(s, w.Habits)
	w.people(newDice(w.Options.Seed, streamPeople), s)
	w.panel(newDice(w.Options.Seed, streamPanel), s)
	w.relate(newDice(w.Options.Seed, streamPeople+50))
	w.calendar(newDice(w.Options.Seed, streamCalendar))
	w.book(newDice(w.Options.Seed, streamVisits))
	w.settings()
}

// date returns the n-th day.
func (w *World) date(n int) time.Time { return w.start.AddDate(0, 0, n) }

// at returns the instant at which the practice's clocks show a time, in seconds
// after midnight of the n-th day.
func (w *World) at(n, second int) time.Time {
	year, month, day := w.date(n).Date()
	return time.Date(year, month, day, 0, 0, second, 0, w.Options.Zone).UTC()
}

// Person returns the holder of an account, or nil.
func (w *World) Person(userID string) *Person {
	for i := range w.Staff {
		if w.Staff[i].UserID == userID {
			return &w.Staff[i]
		}
	}
	return nil
}

// Patient returns the patient with a number, or nil.
func (w *World) Patient(patientID string) *Patient {
	i, ok := w.byNumber[patientID]
	if !ok {
		return nil
	}
	return &w.Patients[i]
}
