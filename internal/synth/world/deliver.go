package world

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// Delivery is one export of the log, as somebody takes it after a week.
type Delivery struct {
	// Name is the name of its file, without an ending.
	Name string
	// Day is the local date on which it is taken.
	Day string
	// Week is the week that is complete with it, counted from 0.
	Week     int
	Accesses []Access
}

// Deliveries returns the exports in the order in which they are taken: one a
// week, and a second one of a week that somebody asks for again.
func (w *World) Deliveries() []Delivery {
	dirt := w.Options.Dirt
	var out []Delivery
	for week := range w.days / 7 {
		first, last := week*7-dirt.Overlap, week*7+7
		if week > 0 && dirt.Late > 0 {
			first = min(first, week*7-dirt.Late)
		}
		if week < w.days/7-1 {
			last -= dirt.Late
		}
		out = append(out, Delivery{
			Name: "ehr-" + w.date(week*7).Format("20060102"), Day: w.date(week*7 + 7).Format(isoDate), Week: week,
			Accesses: w.between(first, last),
		})
		for _, in := range w.incidents {
			if in.kind.name == historyChanged && in.week == week {
				out = append(out, Delivery{
					Name: "ehr-" + w.date(week*7).Format("20060102") + "-again" + strconv.Itoa(in.label),
					Day:  w.date(week*7 + 7).Format(isoDate), Week: week,
					Accesses: slices.DeleteFunc(w.between(week*7, week*7+7), func(a Access) bool { return a.gone == in.label }),
				})
			}
		}
	}
	return out
}

// between returns a copy of the accesses of the days from first up to, not
// including, last. What happens after midnight of the last Sunday belongs to the
// last delivery.
func (w *World) between(first, last int) []Access {
	from, to := w.at(first, 0), w.at(last, 0)
	if last >= w.days {
		to = to.Add(24 * time.Hour)
	}
	low, _ := slices.BinarySearchFunc(w.Accesses, from, byTime)
	if first <= 0 {
		low = 0
	}
	var out []Access
	for _, a := range w.Accesses[max(0, low-500):] { // a clock that runs backwards is near
		if !a.At.Before(from) && a.At.Before(to) || first <= 0 && a.At.Before(to) {
			out = append(out, a)
		}
	}
	return out
}

func byTime(a Access, t time.Time) int { return cmp.Compare(a.At.Unix(), t.Unix()) }
