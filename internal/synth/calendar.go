package synth

import (
	"slices"
	"strconv"
	"time"
)

// appointments fills the calendar. Nobody comes twice within ten days.
func (p *Practice) appointments(d dice) []Appointment {
	var out []Appointment
	last := make([]int, len(p.Patients))
	for i := range last {
		last[i] = -100
	}
	for n := range p.days {
		for _, slot := range slots() {
			for i := range p.Staff {
				provider := &p.Staff[i]
				if !p.sees(provider, n, slot) || !d.chance(32) {
					continue
				}
				patient := d.upTo(len(p.Patients))
				if n-last[patient] < 10 {
					continue
				}
				last[patient] = n
				out = append(out, Appointment{
					AppointmentID: "A" + strconv.Itoa(20001+len(out)),
					PatientID:     p.Patients[patient].PatientID,
					ProviderID:    provider.UserID,
					StartsAt:      p.at(n, slot*60),
					Minutes:       pick(d, []int{30, 45, 45, 60}),
					Status:        pick(d, fates()),
				})
			}
		}
	}
	return out
}

// sees reports whether somebody treats patients at a minute of the n-th day.
func (p *Practice) sees(who *Person, n, minute int) bool {
	return (who.Role == RoleDentist || who.Role == RoleHygienist) && p.works(who, n) && minute >= who.ShiftStart && minute < who.ShiftEnd-30
}

// works reports whether somebody comes to work on the n-th day.
func (p *Practice) works(who *Person, n int) bool {
	date := p.date(n)
	return slices.Contains(who.Weekdays, date.Weekday()) && who.employed(date.Format(isoDate)) && !p.closed(n)
}

// closed reports whether the practice is closed: at weekends, on New Year's Day
// and from Christmas Eve to Boxing Day. The vendor works on Sundays all the same.
func (p *Practice) closed(n int) bool {
	date := p.date(n)
	switch {
	case date.Weekday() == time.Saturday:
		return true
	case date.Month() == time.December:
		return date.Day() >= 24 && date.Day() <= 26
	}
	return date.Month() == time.January && date.Day() == 1
}

// slots are the minutes at which an appointment may start.
func slots() []int {
	return []int{8*60 + 15, 9 * 60, 9*60 + 45, 10*60 + 30, 11*60 + 15, 13*60 + 30, 14*60 + 15, 15 * 60, 15*60 + 45}
}

func fates() []Status {
	fates := slices.Repeat([]Status{Fulfilled}, 18)
	return append(fates, NoShow, Cancelled)
}
