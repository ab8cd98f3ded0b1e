package propose

import (
	"slices"
	"strconv"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
)

// clockOf is a column, or two of which one has the date and one the time of day.
type clockOf struct {
	cols       []*col
	formats    []string
	other      []string
	timing     timing
	confidence float64
	why        string
}

// wellRead is the share of cells that must be times in a column of times.
const wellRead = 0.95

// settleTimes decides which column, or which two, say when it happened.
func (d *draft) settleTimes() {
	all := d.clocks()
	if a, ok := d.options.Answers[ingest.ColOccurredAt]; ok && len(a.Columns) > 0 {
		all = slices.DeleteFunc(all, func(c clockOf) bool { return !sameColumns(c.cols, a.Columns) })
		for i := range all {
			all[i].confidence, all[i].why = 1, "you said so"
		}
	}
	slices.SortStableFunc(all, func(a, b clockOf) int {
		switch {
		case a.confidence > b.confidence:
			return -1
		case a.confidence < b.confidence:
			return 1
		}
		return len(a.cols) - len(b.cols)
	})
	if len(all) > 0 {
		d.settleEvent(all)
	}
	for _, c := range d.cols {
		k := c.meaning.kind
		if c.sure || c.field != "" || k != kindTime && k != kindEndTime && k != kindRecordedTime && (c.facts.time.share < wellRead || k != kindNone) {
			continue
		}
		d.settleOther(c)
	}
}

func sameColumns(cols []*col, positions []int) bool {
	return len(cols) == len(positions) && !slices.ContainsFunc(cols, func(c *col) bool { return !slices.Contains(positions, c.index) })
}

// settleEvent takes the first of the candidates if nothing speaks against it.
func (d *draft) settleEvent(all []clockOf) {
	first := all[0]
	tie := len(all) > 1 && first.confidence-all[1].confidence < apart && first.confidence < 1
	for _, c := range first.cols {
		c.set(ingest.ColOccurredAt, first.confidence, first.why)
	}
	switch {
	case tie:
		for _, x := range all[:2] {
			for _, c := range x.cols {
				c.set(ingest.ColOccurredAt, min(x.confidence, likely-0.1), "several columns have times that could be those of the events")
			}
		}
		d.askTime(all)
		return
	case first.confidence < likely:
		d.askTime(all)
		return
	case first.timing.order == orderUnproven:
		if formats := d.chosenOrder(&first); formats == nil {
			d.askOrder(&first)
			return
		}
	case first.timing.order == orderMixed:
		for _, c := range first.cols {
			c.confidence, c.why = 0.5, "no one order of day, month and year reads all of its dates"
		}
		d.askTime(nil)
		return
	}
	for _, c := range first.cols {
		c.sure = true
	}
	d.entries = append(d.entries, entry{field: ingest.ColOccurredAt, cols: first.cols, formats: first.formats})
}

// chosenOrder returns the formats in the order that somebody has decided for.
func (d *draft) chosenOrder(c *clockOf) []string {
	switch d.options.Answers[ingest.ColOccurredAt].Order {
	case "month":
		return c.formats
	case "day":
		c.formats = c.other
		return c.formats
	}
	return nil
}

// clocks returns what could be the time of the events.
func (d *draft) clocks() []clockOf {
	var all []clockOf
	var dates, hours []*col
	full := 0
	for _, c := range d.cols {
		if t := c.facts.time; t.share >= wellRead && t.date && t.clock && !t.midnight {
			full++
		}
	}
	for _, c := range d.cols {
		t := c.facts.time
		s, ok := timeStrength(c, full)
		if !ok || t.share < wellRead {
			continue
		}
		switch {
		case t.date && t.clock && !t.midnight:
			if t.rising > 0.98 && c.facts.distinct > 2 {
				s += 0.01
			}
			all = append(all, clockOf{cols: []*col{c}, formats: t.formats, other: t.other, timing: t, confidence: min(s, 0.99), why: whyTime(t)})
		case t.date:
			dates = append(dates, c)
		default:
			hours = append(hours, c)
		}
	}
	for _, date := range dates {
		for _, hour := range hours {
			if x, ok := joinClock(date, hour, full); ok {
				all = append(all, x)
			}
		}
	}
	return all
}

// timeStrength is how strongly a column is that of the events' times.
func timeStrength(c *col, full int) (float64, bool) {
	switch c.meaning.kind {
	case kindTime:
		return c.meaning.strength, true
	case kindRecordedTime:
		return 0.85, true
	case kindNone:
		t := c.facts.time
		if t.number || full > 1 {
			return 0.5, true
		}
		return 0.75, true
	case kindUser, kindAction, kindWhat, kindEventID:
		return 0.5, c.facts.isTimes() // "Login" may be the time of one
	default:
		return 0, false
	}
}

func whyTime(t timing) string {
	switch t.order {
	case orderMonth:
		return "times; some of the dates prove that the month comes first"
	case orderDay:
		return "times; some of the dates prove that the day comes first"
	case orderUnproven:
		return "times, but no date proves whether the day or the month comes first"
	case orderMixed:
		return "times in several orders of day and month"
	case orderFree:
	}
	return "times"
}

// joinClock joins a column of dates with one of times of day.
func joinClock(date, hour *col, full int) (clockOf, bool) {
	a, _ := timeStrength(date, full)
	b, _ := timeStrength(hour, full)
	s := min(a, b, 0.92)
	if date.index+1 != hour.index {
		s -= 0.05 // the time of day usually follows the date
	}
	t := date.facts.time
	x := clockOf{cols: []*col{date, hour}, timing: t, confidence: s, why: whyTime(t) + ", in two columns"}
	suffix := ""
	if t.midnight {
		// A date that a database wrote with a time of day: that part is fixed text.
		for _, v := range date.facts.values {
			_, rest, ok := dateFormat(v.Text)
			if !ok || suffix != "" && rest != suffix {
				return x, false
			}
			suffix = rest
		}
	}
	join := func(dates []string) []string {
		var formats []string
		for _, f := range dates {
			if t.midnight {
				f = dateOnly(f)
				f += "'" + suffix + "'"
			}
			for _, h := range hour.facts.time.formats {
				if _, ok := newReader(f + " " + h); ok {
					formats = append(formats, f+" "+h)
				}
			}
		}
		return formats
	}
	x.formats, x.other = join(t.formats), join(t.other)
	return x, len(x.formats) > 0
}

// dateOnly cuts the time of day off a format.
func dateOnly(format string) string {
	if format == "iso" {
		return "YYYY-MM-DD"
	}
	if i := strings.IndexAny(format, "hHT"); i > 0 {
		return strings.TrimRight(format[:i], " ,")
	}
	return format
}

// settleOther decides about a column of times that is not that of the events.
func (d *draft) settleOther(c *col) {
	t := c.facts.time
	whole := t.share >= wellRead && t.date && t.clock && !t.midnight && (t.order == orderFree || t.order == orderMonth || t.order == orderDay)
	known := d.has(ingest.ColOccurredAt)
	field := ""
	switch c.meaning.kind {
	case kindEndTime:
		field = ingest.ColEndedAt
	case kindRecordedTime:
		field = ingest.ColRecordedAt
	default:
	}
	switch {
	case field != "" && whole && known && !d.has(field):
		c.set(field, c.meaning.strength, fits)
		c.sure = true
		d.entries = append(d.entries, entry{field: field, cols: []*col{c}, formats: t.formats})
	case field != "" && (whole || c.facts.n == 0):
		c.set(field, 0.6, "perhaps")
	case t.share >= wellRead && known:
		c.set("", 0.5, "another column has the times of the events")
	case c.meaning.kind == kindTime && t.share < wellRead:
		c.set(ingest.ColOccurredAt, 0.4, "the header means a time, but "+unread(t)+" of the values can be read as one")
	case t.date && !t.clock:
		c.set(ingest.ColOccurredAt, 0.4, "dates without a time of day")
	case t.clock && !t.date:
		c.set(ingest.ColOccurredAt, 0.4, "times of day without a date")
	}
}

func unread(t timing) string {
	if t.share == 0 {
		return "none"
	}
	return "only " + strconv.Itoa(int(t.share*100)) + " %"
}
