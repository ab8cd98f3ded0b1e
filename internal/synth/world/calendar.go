package world

import (
	"slices"
	"time"
)

// span is a run of days of somebody's absence.
type span struct {
	from, to int
	kind     string
}

// swap is a day on which somebody works another shift than the roster says.
type swap struct {
	who        *Person
	start, end int
	declared   bool
}

// calendar draws absences, swapped shifts, the week's clinician on call, and the
// days on which something changes.
func (w *World) calendar(d dice) {
	w.away, w.swaps = map[string][]span{}, map[int][]swap{}
	for i := range w.Staff {
		p := &w.Staff[i]
		if p.Role == Vendor || p.Role == Interface || p.last < 0 {
			continue
		}
		if w.days > 14 && d.chance(w.days*100/180) { // two weeks a year
			monday := d.between(1, w.days/7-1) * 7
			w.away[p.UserID] = append(w.away[p.UserID], span{monday, monday + 4, "leave"})
		}
		for n := range w.days {
			if d.permille(8) {
				w.away[p.UserID] = append(w.away[p.UserID], span{n, n + d.upTo(3), "sick"})
			}
			if p.Role == FrontDesk && d.permille(15) {
				shift := swap{p, 9 * 60, 17*60 + 30, d.chance(w.Habits.SwapsDeclared)}
				if p.ShiftStart >= 9*60 {
					shift.start, shift.end = 7*60+30, 16*60
				}
				w.swaps[n] = append(w.swaps[n], shift)
			}
			if p.Role == Billing || p.Role == FrontDesk || p.Role == Manager || p.Role == Records {
				if d.permille(w.Habits.Overtime) {
					w.swaps[n] = append(w.swaps[n], swap{p, p.ShiftStart, p.ShiftEnd + d.between(40, 110), d.chance(w.Habits.SwapsDeclared)})
				}
			}
		}
	}
	w.calls = map[int]*Person{}
	for week := -1; week <= w.days/7; week++ {
		w.calls[week] = w.clinicians[(week+1)%len(w.clinicians)]
	}
	w.movedOn, w.upgraded = w.days*d.between(30, 80)/100, w.days*d.between(30, 80)/100/7*7
	exam := w.locations[0].exam[d.upTo(len(w.locations[0].exam))]
	w.moved = [2]Station{exam, exam}
	w.moved[1].Name = exam.Name + "-N"
	w.fluDay = w.openDay(w.days * d.between(45, 70) / 100)
	w.staffFluDay = w.openDay(w.fluDay + d.between(1, 12))
}

// openDay returns the first full day from n on.
func (w *World) openDay(n int) int {
	for ; n < w.days; n++ {
		if w.openOn(n) && w.date(n).Weekday() != time.Saturday {
			return n
		}
	}
	return -1
}

// holiday names the day on which the practice is closed, or is empty. The
// practice keeps six of the federal holidays.
func (w *World) holiday(n int) string {
	date := w.date(n)
	month, day, weekday := date.Month(), date.Day(), date.Weekday()
	switch {
	case month == time.January && day == 1:
		return "New Year's Day"
	case month == time.May && weekday == time.Monday && day > 24:
		return "Memorial Day"
	case month == time.July && day == 4:
		return "Independence Day"
	case month == time.September && weekday == time.Monday && day < 8:
		return "Labor Day"
	case month == time.November && weekday == time.Thursday && day > 21 && day < 29:
		return "Thanksgiving"
	case month == time.December && day == 25:
		return "Christmas Day"
	}
	return ""
}

// skeleton reports whether only a few people work, though the practice is open.
func (w *World) skeleton(n int) bool {
	date := w.date(n)
	if date.Month() == time.December && (date.Day() == 24 || date.Day() == 31 || date.Day() == 26) {
		return true
	}
	return n > always+1 && w.holiday(n-1) == "Thanksgiving"
}

// openOn reports whether patients are seen on the n-th day.
func (w *World) openOn(n int) bool {
	switch w.date(n).Weekday() {
	case time.Sunday:
		return false
	case time.Saturday:
		return w.Habits.Saturday && w.holiday(n) == ""
	default:
		return w.holiday(n) == ""
	}
}

// full reports whether the n-th day is an ordinary weekday.
func (w *World) full(n int) bool { return w.openOn(n) && w.date(n).Weekday() != time.Saturday }

// works reports whether somebody works in the practice on the n-th day.
func (w *World) works(p *Person, n int) bool {
	if n < p.first || n > p.last || !w.openOn(n) || p.Role == Vendor || p.Role == Interface {
		return false
	}
	weekday := w.date(n).Weekday()
	switch {
	case weekday == time.Saturday:
		if !p.Saturday {
			return false
		}
	case p.monthly:
		if p.last == never && (n%28 < 8 || n%28 > 9) {
			return false
		}
	case !slices.Contains(p.Weekdays, weekday):
		return false
	}
	if n >= 0 && w.skeleton(n) && mix(w.Options.Seed, uint64(len(p.UserID))*31+uint64(p.ShiftStart)+uint64(p.team))%3 != 0 { //nolint:gosec // small numbers
		return false
	}
	return !w.absent(p, n)
}

func (w *World) absent(p *Person, n int) bool {
	return slices.ContainsFunc(w.away[p.UserID], func(s span) bool { return n >= s.from && n <= s.to })
}

// shift returns when somebody works on a day, in minutes after midnight.
func (w *World) shift(p *Person, n int) (start, end int) {
	if w.date(n).Weekday() == time.Saturday {
		return 9 * 60, 13 * 60
	}
	for _, s := range w.swaps[n] {
		if s.who == p {
			return s.start, s.end
		}
	}
	return p.ShiftStart, p.ShiftEnd
}

// lunch returns when somebody has lunch.
func lunch(p *Person) (from, to int) {
	switch {
	case p.Role == FrontDesk && p.ShiftStart < 8*60:
		return 11*60 + 30, 12*60 + 15
	case p.Role == FrontDesk:
		return 12*60 + 30, 13*60 + 15
	}
	return 12*60 + 15, 13 * 60
}

// present reports whether somebody is in the practice and not at lunch.
func (w *World) present(p *Person, n, minute int) bool {
	if !w.works(p, n) {
		return false
	}
	start, end := w.shift(p, n)
	from, to := lunch(p)
	return minute >= start && minute < end-3 && (minute < from-3 || minute >= to)
}

// onCall returns the clinician who is on call in the night after the n-th day.
func (w *World) onCall(n int) *Person { return w.calls[n/7] }
