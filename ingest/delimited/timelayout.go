package delimited

import (
	"errors"
	"fmt"
	"strings"
)

// civil is a date and a time of day as a cell writes them.
type civil struct {
	year, month, day  int
	hour, minute, sec int
	nanos             int
	offset            int // seconds east of UTC, if hasOffset
	hasOffset         bool
	epoch             int64 // seconds since 1970, if isEpoch
	isEpoch           bool
}

// unix returns the seconds since 1970 of a clock on the wall in UTC.
func (c *civil) unix() int64 {
	// Days since 1970 of the proleptic Gregorian calendar, with the year
	// beginning in March so that the leap day comes last.
	y, m := int64(c.year), int64(c.month)
	if m <= 2 {
		y--
		m += 12
	}
	days := 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + int64(c.day) - 1 - 719468
	return days*86400 + int64(c.hour)*3600 + int64(c.minute)*60 + int64(c.sec)
}

// valid reports whether the calendar has the date and the day the time.
func (c *civil) valid() bool {
	return c.month >= 1 && c.month <= 12 && c.day >= 1 && c.day <= daysIn(c.year, c.month) &&
		c.hour < 24 && c.minute < 60 && c.sec < 60
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// order is the order of day and month where both are numbers and stand before
// the year.
type order int

const (
	orderFree order = iota // the layout cannot be confused
	orderMonthFirst
	orderDayFirst
)

// layout is a compiled date format.
type layout struct {
	steps []step
	order order
	read  func(string) (civil, bool) // instead of steps
	clock bool                       // has a time of day
	date  bool                       // has a whole date
}

type step struct {
	kind    byte // the token's letter, or one of the kinds below
	literal byte
	low     int // fewest digits
	high    int // most digits
}

const (
	stepLiteral = 'l'
	stepSpace   = ' '
	stepName    = 'N' // the name of a month
	stepWeekday = 'd' // the name of a weekday, which says nothing new
	stepFrac    = 'S'
	stepZone    = 'Z'
	stepHalf    = 'A'
	stepYear    = 'Y'
	stepMonth   = 'M'
	stepDay     = 'D'
	stepHour    = 'H'
	stepHour12  = 'h'
	stepMinute  = 'm'
	stepSecond  = 's'
)

// compileLayout reads a format such as "MM/DD/YYYY h:mm A".
func compileLayout(format string) (*layout, error) {
	switch format {
	case "iso":
		return &layout{read: readISO, clock: true, date: true}, nil
	case "epoch":
		return &layout{read: func(s string) (civil, bool) { return readEpoch(s, 1) }, clock: true, date: true}, nil
	case "epoch_millis":
		return &layout{read: func(s string) (civil, bool) { return readEpoch(s, 1000) }, clock: true, date: true}, nil
	case "epoch_micros":
		return &layout{read: func(s string) (civil, bool) { return readEpoch(s, 1e6) }, clock: true, date: true}, nil
	case "excel_serial":
		return &layout{read: readSerial, clock: true, date: true}, nil
	}
	l := &layout{}
	for rest := format; rest != ""; {
		s, n, err := nextStep(rest)
		if err != nil {
			return nil, err
		}
		if s.kind == stepLiteral && n > 1 {
			for _, c := range []byte(rest[1 : n-1]) {
				l.steps = append(l.steps, step{kind: stepLiteral, literal: c})
			}
		} else {
			l.steps = append(l.steps, s)
		}
		rest = rest[n:]
	}
	if err := l.check(); err != nil {
		return nil, err
	}
	return l, nil
}

// nextStep reads the token at the start of format and returns its length.
func nextStep(format string) (step, int, error) {
	c := format[0]
	n := len(format) - len(strings.TrimLeft(format, string(c)))
	switch {
	case c == ' ':
		return step{kind: stepSpace}, n, nil
	case c == '\'':
		end := strings.IndexByte(format[1:], '\'')
		if end < 0 {
			return step{}, 0, errors.New("a quote is not closed")
		}
		return step{kind: stepLiteral}, end + 2, nil
	case c == 'Y' && (n == 4 || n == 2):
		return step{kind: c, low: n, high: n}, n, nil
	case c == 'M' && n == 3:
		return step{kind: stepName}, n, nil
	case c == 'd' && n == 3:
		return step{kind: stepWeekday}, n, nil
	case strings.IndexByte("MDHhms", c) >= 0 && n <= 2:
		return step{kind: c, low: n, high: 2}, n, nil
	case c == 'S' && n <= 9:
		return step{kind: c, low: 1, high: 9}, n, nil
	case (c == 'A' || c == 'Z') && n == 1:
		return step{kind: c}, n, nil
	case c == 'T' && n == 1:
		return step{kind: stepLiteral, literal: c}, n, nil
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		return step{}, 0, fmt.Errorf("%q is no part of a date; put fixed text in single quotes", format[:n])
	}
	return step{kind: stepLiteral, literal: c}, 1, nil
}

// check makes sure that the parts belong together, and finds the order.
func (l *layout) check() error {
	var parts strings.Builder
	for _, s := range l.steps {
		switch kind := s.kind; kind {
		case stepLiteral, stepSpace:
			continue
		case stepName:
			parts.WriteByte('N')
		default:
			if strings.IndexByte(parts.String(), kind) >= 0 {
				return fmt.Errorf("%q appears twice", string(kind))
			}
			parts.WriteByte(kind)
		}
	}
	p := parts.String()
	has := func(kind byte) bool { return strings.IndexByte(p, kind) >= 0 }
	switch {
	case has('M') && has('N'), strings.Count(p, "N") > 1:
		return errors.New("the month appears twice")
	case has('h') != has('A'):
		return errors.New("h and A (AM or PM) belong together")
	case has('h') && has('H'):
		return errors.New("the hour appears twice")
	case has('s') && !has('m'), has('m') && !has('h') && !has('H'), has('S') && !has('s'):
		return errors.New("a smaller part stands without the larger one")
	}
	l.clock = has('h') || has('H')
	l.date = has('Y') && has('D') && (has('M') || has('N'))
	if has('M') && has('D') && !strings.HasPrefix(p, "Y") {
		l.order = orderMonthFirst
		if strings.IndexByte(p, 'D') < strings.IndexByte(p, 'M') {
			l.order = orderDayFirst
		}
	}
	return nil
}

// parse reads a cell. It reports false if the cell is written otherwise or the
// calendar does not have the date.
func (l *layout) parse(s string) (civil, bool) {
	if l.read != nil {
		return l.read(s)
	}
	c := civil{month: 1, day: 1}
	half := byte(0)
	for i := range l.steps {
		p := &l.steps[i]
		ok := true
		switch p.kind {
		case stepLiteral:
			if ok = s != "" && s[0] == p.literal; ok {
				s = s[1:]
			}
		case stepSpace:
			s, ok = skipSpaces(s)
		case stepYear:
			if c.year, s, ok = digits(s, p.low, p.high); ok && p.low == 2 {
				c.year += century(c.year)
			}
		case stepMonth:
			c.month, s, ok = digits(s, p.low, 2)
		case stepDay:
			c.day, s, ok = digits(s, p.low, 2)
		case stepHour, stepHour12:
			c.hour, s, ok = digits(s, p.low, 2)
		case stepMinute:
			c.minute, s, ok = digits(s, p.low, 2)
		case stepSecond:
			c.sec, s, ok = digits(s, p.low, 2)
		case stepFrac:
			c.nanos, s, ok = fraction(s)
		case stepHalf:
			half, s, ok = readHalf(s)
		case stepName:
			c.month, s, ok = readMonth(s)
		case stepWeekday:
			s, ok = skipWeekday(s)
		case stepZone:
			c.offset, s, ok = readOffset(s)
			c.hasOffset = ok
		}
		if !ok {
			return c, false
		}
	}
	if half != 0 {
		if c.hour < 1 || c.hour > 12 {
			return c, false
		}
		c.hour %= 12
		if half == 'p' {
			c.hour += 12
		}
	}
	return c, s == "" && c.valid()
}

// century places a year of two digits as POSIX does.
func century(year int) int {
	const pivot = 69
	if year >= pivot {
		return 1900
	}
	return 2000
}
