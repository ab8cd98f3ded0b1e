package synth

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
)

// wallClock is how an export without offsets writes a time.
const wallClock = "2006-01-02 15:04:05"

// Window is a span of time, from <= t < to.
type Window struct {
	From, To time.Time
}

func (w Window) holds(t time.Time) bool { return !t.Before(w.From) && t.Before(w.To) }

// WriteAccessCSV writes the EHR's accesses of a window as a plain CSV export
// with local times and no offsets.
func (p *Practice) WriteAccessCSV(w io.Writer, in Window) error {
	records := [][]string{accessColumns()}
	for _, a := range p.Between(EHR, in.From, in.To) {
		userName, role, patientName := p.describe(a)
		records = append(records, []string{
			a.At.In(p.Zone).Format(wallClock), strconv.FormatInt(400000+a.Number, 10), a.UserID, userName, role,
			a.PatientID, patientName, string(a.Action), string(a.Record), a.Workstation, a.IP, string(a.Outcome),
		})
	}
	return csv.NewWriter(w).WriteAll(records)
}

// accessColumns is the header of a plain CSV export.
func accessColumns() []string {
	return []string{
		"timestamp", "event_id", "user_id", "user_name", "role", "patient_id", "patient_name", "action",
		"record_type", "workstation", "ip", "outcome",
	}
}

// describe returns the names and the role that an export shows beside the
// identifiers of an access.
func (p *Practice) describe(a Access) (userName, role, patientName string) {
	if a.UserType == ingest.UserPatient {
		role = "patient"
		if user := p.Patient(a.UserID); user != nil {
			userName = user.Name()
		}
	} else if user := p.Person(a.UserID); user != nil {
		userName, role = user.Name(), user.Role
	}
	if patient := p.Patient(a.PatientID); patient != nil {
		patientName = patient.Name()
	}
	return userName, role, patientName
}

// WriteStaff writes the roster.
func (p *Practice) WriteStaff(w io.Writer) error {
	records := [][]string{{
		"user_id", "name", "role", "department", "hired_on", "left_on", "weekdays", "shift_start", "shift_end", "address", "patient_id",
	}}
	for i := range p.Staff {
		s := &p.Staff[i]
		days := make([]string, len(s.Weekdays))
		for j, d := range s.Weekdays {
			days[j] = strings.ToLower(d.String()[:3])
		}
		records = append(records, []string{
			s.UserID, s.Name(), s.Role, s.Department, s.HiredOn, s.LeftOn, strings.Join(days, ","),
			timeOfDay(s.ShiftStart), timeOfDay(s.ShiftEnd), s.Address, s.PatientID,
		})
	}
	return csv.NewWriter(w).WriteAll(records)
}

// timeOfDay writes minutes after midnight.
func timeOfDay(minute int) string {
	return time.Date(2000, 1, 1, 0, minute, 0, 0, time.UTC).Format("15:04")
}

// WritePatients writes the patients.
func (p *Practice) WritePatients(w io.Writer) error {
	records := [][]string{{"patient_id", "first_name", "last_name", "birth_date", "address", "vip"}}
	for _, x := range p.Patients {
		records = append(records, []string{x.PatientID, x.FirstName, x.LastName, x.BirthDate, x.Address, strconv.FormatBool(x.VIP)})
	}
	return csv.NewWriter(w).WriteAll(records)
}

// WriteAppointments writes the appointments that start in one of the windows,
// with local times.
func (p *Practice) WriteAppointments(w io.Writer, in ...Window) error {
	records := [][]string{{"appointment_id", "patient_id", "provider_id", "starts_at", "minutes", "status"}}
	for _, a := range p.Appointments {
		for _, window := range in {
			if window.holds(a.StartsAt) {
				records = append(records, []string{
					a.AppointmentID, a.PatientID, a.ProviderID, a.StartsAt.In(p.Zone).Format("2006-01-02 15:04"),
					strconv.Itoa(a.Minutes), string(a.Status),
				})
			}
		}
	}
	return csv.NewWriter(w).WriteAll(records)
}
