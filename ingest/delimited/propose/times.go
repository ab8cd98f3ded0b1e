package propose

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest/delimited"
)

// order is the order of day and month in a column of dates.
type order int

const (
	orderFree     order = iota // the dates cannot be confused
	orderMonth                 // proven: the month comes first
	orderDay                   // proven: the day comes first
	orderUnproven              // no date proves one
	orderMixed                 // some dates prove one, some the other
)

// timing is what a column has of times.
type timing struct {
	share    float64 // of the cells that are read
	formats  []string
	other    []string // formats of the order that was not taken
	order    order
	likely   order // while none is proven: in which the rows run in time
	date     bool  // has dates
	clock    bool  // has times of day
	number   bool  // written as one number, which could mean something else
	midnight bool  // every time of day is midnight
	rising   float64
}

// reader is one format with its compiled form.
type reader struct {
	text string
	delimited.Format
}

func newReader(text string) (reader, bool) {
	f, err := delimited.ParseFormat(text)
	return reader{text: text, Format: f}, err == nil
}

// timesOf finds out how a column writes times. Cells that are empty do not count.
func timesOf(cells []string) timing {
	cells = slices.DeleteFunc(slices.Clone(cells), func(c string) bool { return c == "" })
	if len(cells) == 0 {
		return timing{}
	}
	if t := numericTimes(cells); t.share > 0 {
		return t
	}
	if t := clocksOf(cells); t.share > 0.9 {
		return t
	}
	shapes := shapesOf(cells)
	if len(shapes) == 0 {
		return timing{}
	}
	var months, days []reader
	t := timing{date: true, clock: shapes[0] == "iso" || strings.ContainsAny(shapes[0], "hH")}
	open := false
	for _, s := range shapes {
		if strings.Contains(s, markFirst) {
			open = true
		}
		if r, ok := newReader(strings.NewReplacer(markFirst, "M", markSecond, "D").Replace(s)); ok {
			months = append(months, r)
		}
		if r, ok := newReader(strings.NewReplacer(markFirst, "D", markSecond, "M").Replace(s)); ok {
			days = append(days, r)
		}
	}
	byMonth, byDay := readAll(cells, months), readAll(cells, days)
	if open && yearMayLead(cells, shapes) {
		t.take(byDay, days, months, orderMixed)
		return t
	}
	if !open {
		t.take(byMonth, months, nil, orderFree)
		return t
	}
	onlyMonth, onlyDay := 0, 0
	for i := range cells {
		switch {
		case byMonth.ok[i] && !byDay.ok[i]:
			onlyMonth++
		case byDay.ok[i] && !byMonth.ok[i]:
			onlyDay++
		}
	}
	switch {
	case onlyMonth > 0 && onlyDay > 0:
		t.take(byMonth, months, days, orderMixed)
		t.share = max(byMonth.share(), byDay.share())
	case onlyDay > 0:
		t.take(byDay, days, months, orderDay)
	case onlyMonth > 0:
		t.take(byMonth, months, days, orderMonth)
	default:
		t.take(byMonth, months, days, orderUnproven)
		if f := byDay.forward(); f > t.rising {
			t.likely = orderDay
		} else if f < t.rising {
			t.likely = orderMonth
		}
	}
	return t
}

// yearMayLead reports whether dates such as 25-03-10 may have the year in front:
// all can be read so, and the first number changes no more than the last.
func yearMayLead(cells, shapes []string) bool {
	var formats []reader
	for _, s := range shapes {
		if !strings.Contains(s, markFirst) || strings.Contains(s, "YYYY") {
			return false
		}
		if r, ok := newReader(strings.NewReplacer(markFirst, "YY", markSecond, "M", "YY", "D").Replace(s)); ok {
			formats = append(formats, r)
		}
	}
	if len(formats) == 0 || readAll(cells, formats).share() < 1 {
		return false
	}
	first, last := map[string]bool{}, map[string]bool{}
	for _, c := range cells {
		parts := strings.FieldsFunc(c, func(r rune) bool { return r < '0' || r > '9' })
		if len(parts) > 2 {
			first[parts[0]], last[parts[2]] = true, true
		}
	}
	return len(first) <= len(last)
}

func (t *timing) take(r readings, formats, other []reader, o order) {
	t.share, t.order, t.rising, t.midnight = r.share(), o, r.forward(), t.clock && r.midnight()
	for _, f := range formats {
		t.formats = append(t.formats, f.text)
	}
	for _, f := range other {
		t.other = append(t.other, f.text)
	}
}

// shapesOf returns the few formats that the cells are written in. A year of two
// digits at the end could as well be a day, with the year in front; that is
// taken to be so only if the other reading is impossible.
func shapesOf(cells []string) []string {
	const most, looked = 4, 2000
	var shapes []string
	for i, c := range cells {
		if i == looked {
			break
		}
		if strings.IndexByte(c, '-') == 4 {
			if _, ok := isoReader().Read(c); ok {
				if !slices.Contains(shapes, "iso") {
					shapes = append(shapes, "iso")
				}
				continue
			}
		}
		s := shapeOfTime(c)
		if s != "" && !slices.Contains(shapes, s) && len(shapes) < most {
			shapes = append(shapes, s)
		}
	}
	return shapes
}

func isoReader() delimited.Format {
	f, err := delimited.ParseFormat("iso")
	if err != nil {
		return delimited.Format{}
	}
	return f
}

// readings are the times of a column in its formats.
type readings struct {
	ok    []bool
	times []time.Time
}

func readAll(cells []string, formats []reader) readings {
	r := readings{ok: make([]bool, len(cells)), times: make([]time.Time, len(cells))}
	for i, c := range cells {
		for _, f := range formats {
			if at, ok := f.Read(c); ok && plausible(at) {
				r.ok[i], r.times[i] = true, at
				break
			}
		}
	}
	return r
}

// plausible reports whether a year can be that of an event or of a birth.
func plausible(at time.Time) bool { return at.Year() >= 1900 && at.Year() < 2100 }

func (r readings) share() float64 {
	n := 0
	for _, ok := range r.ok {
		if ok {
			n++
		}
	}
	return float64(n) / float64(len(r.ok))
}

func (r readings) midnight() bool {
	return !slices.ContainsFunc(r.times, func(t time.Time) bool { return t.Hour() != 0 || t.Minute() != 0 || t.Second() != 0 })
}

// forward is the share of steps from row to row that go the more frequent way
// in time.
func (r readings) forward() float64 {
	up, down := 0, 0
	for i := 1; i < len(r.times); i++ {
		switch r.times[i].Compare(r.times[i-1]) {
		case 1:
			up++
		case -1:
			down++
		}
	}
	if up+down == 0 {
		return 1
	}
	return float64(max(up, down)) / float64(up+down)
}

// numericTimes tries the ways to write a time as one number.
func numericTimes(cells []string) timing {
	for _, c := range cells {
		if !isNumber(c) || strings.ContainsAny(c, "+-,") {
			return timing{}
		}
	}
	for _, try := range []struct {
		format    string
		low, high float64
	}{
		{"epoch", 946684800, 2145916800},
		{"epoch_millis", 946684800e3, 2145916800e3},
		{"epoch_micros", 946684800e6, 2145916800e6},
		{"excel_serial", 32874, 55153},
		{"YYYYMMDDHHmmss", 19900101000000, 20991231235959},
		{"YYYYMMDDHHmm", 199001010000, 209912312359},
		{"YYYYMMDD", 19900101, 20991231},
	} {
		fits := func(c string) bool {
			v, err := strconv.ParseFloat(c, 64)
			return err == nil && v >= try.low && v <= try.high
		}
		if slices.ContainsFunc(cells, func(c string) bool { return !fits(c) }) {
			continue
		}
		if try.format == "excel_serial" && !slices.ContainsFunc(cells, func(c string) bool { return strings.Contains(c, ".") }) {
			continue // a number of five digits is more likely something else
		}
		r, ok := newReader(try.format)
		if !ok {
			continue
		}
		all := readAll(cells, []reader{r})
		if all.share() < 1 {
			continue
		}
		t := timing{date: true, clock: try.format != "YYYYMMDD", number: true}
		t.take(all, []reader{r}, nil, orderFree)
		return t
	}
	return timing{}
}

// clocksOf reads a column of times of day.
func clocksOf(cells []string) timing {
	t := timing{clock: true}
	n := 0
	for _, c := range cells {
		if !isClock(c) {
			continue
		}
		n++
		format, _, _ := clockFormat(c)
		const most = 4
		if !slices.Contains(t.formats, format) && len(t.formats) < most {
			t.formats = append(t.formats, format)
		}
	}
	t.share = float64(n) / float64(len(cells))
	return t
}
