package delimited

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// digits reads a number of low to high digits.
func digits(s string, low, high int) (v int, rest string, ok bool) {
	n := 0
	for n < high && n < len(s) {
		d := s[n] - '0'
		if d > 9 {
			break
		}
		v = v*10 + int(d)
		n++
	}
	return v, s[n:], n >= low
}

// two reads exactly two digits at i; the caller has checked the length.
func two(s string, i int) (int, bool) {
	a, b := s[i]-'0', s[i+1]-'0'
	return int(a)*10 + int(b), a <= 9 && b <= 9
}

// fraction reads the digits behind a decimal point as nanoseconds.
func fraction(s string) (nanos int, rest string, ok bool) {
	n := 0
	for ; n < len(s) && s[n] >= '0' && s[n] <= '9'; n++ {
		if n < 9 {
			nanos = nanos*10 + int(s[n]-'0')
		}
	}
	for i := n; i < 9; i++ {
		nanos *= 10
	}
	return nanos, s[n:], n > 0 && n <= 12
}

// skipSpaces takes one or more spaces, among them the narrow and the
// non-breaking ones that newer systems write before AM and PM.
func skipSpaces(s string) (string, bool) {
	rest := strings.TrimLeft(s, " \u00a0\u202f")
	return rest, len(rest) < len(s)
}

// readHalf reads AM or PM in any of its spellings.
func readHalf(s string) (half byte, rest string, ok bool) {
	if s == "" {
		return 0, s, false
	}
	half = s[0] | 0x20
	if half != 'a' && half != 'p' {
		return 0, s, false
	}
	rest = strings.TrimPrefix(s[1:], ".")
	if rest != "" && rest[0]|0x20 == 'm' {
		return half, strings.TrimPrefix(rest[1:], "."), true
	}
	return half, s[1:], true
}

// readMonth reads an English month, abbreviated or in full.
func readMonth(s string) (month int, rest string, ok bool) {
	n := 0
	for n < len(s) && (s[n]|0x20) >= 'a' && (s[n]|0x20) <= 'z' {
		n++
	}
	name := strings.ToLower(s[:n])
	for i, full := range []string{
		"january", "february", "march", "april", "may", "june",
		"july", "august", "september", "october", "november", "december",
	} {
		if name == full || name == full[:3] || name == "sept" && i == 8 {
			return i + 1, strings.TrimPrefix(s[n:], "."), true
		}
	}
	return 0, s, false
}

// skipWeekday takes an English weekday, abbreviated or in full.
func skipWeekday(s string) (rest string, ok bool) {
	n := 0
	for n < len(s) && (s[n]|0x20) >= 'a' && (s[n]|0x20) <= 'z' {
		n++
	}
	name := strings.ToLower(s[:n])
	for _, full := range []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} {
		const shortest = 3
		if len(name) >= shortest && strings.HasPrefix(full, name) {
			return strings.TrimPrefix(s[n:], "."), true
		}
	}
	return s, false
}

// readOffset reads Z, UTC, +01, +0100 or +01:00.
func readOffset(s string) (seconds int, rest string, ok bool) {
	if s == "" {
		return 0, s, false
	}
	switch s[0] {
	case 'Z', 'z':
		return 0, s[1:], true
	case 'U', 'G':
		if rest, ok = strings.CutPrefix(s, "UTC"); !ok {
			rest, ok = strings.CutPrefix(s, "GMT")
		}
		return 0, rest, ok
	case '+', '-':
	default:
		return 0, s, false
	}
	hours, rest, ok := digits(s[1:], 2, 2)
	if !ok {
		return 0, s, false
	}
	minutes := 0
	if after := strings.TrimPrefix(rest, ":"); after != "" {
		if minutes, rest, ok = digits(after, 2, 2); !ok {
			return 0, s, false
		}
	}
	if hours > 18 || minutes > 59 {
		return 0, s, false
	}
	seconds = hours*3600 + minutes*60
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, rest, true
}

// readISO reads ISO 8601 with a full date and a time: "2006-01-02T15:04" or
// with a space, with or without seconds, a fraction and an offset.
func readISO(s string) (civil, bool) {
	var c civil
	const shortest = len("2006-01-02 15:04")
	if len(s) < shortest || s[4] != '-' || s[7] != '-' || s[13] != ':' || s[10] != 'T' && s[10] != ' ' && s[10] != 't' {
		return c, false
	}
	century, ok1 := two(s, 0)
	year, ok2 := two(s, 2)
	month, ok3 := two(s, 5)
	day, ok4 := two(s, 8)
	hour, ok5 := two(s, 11)
	minute, ok6 := two(s, 14)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 {
		return c, false
	}
	c = civil{year: century*100 + year, month: month, day: day, hour: hour, minute: minute}
	s = s[shortest:]
	if len(s) >= 3 && s[0] == ':' {
		var ok bool
		if c.sec, ok = two(s, 1); !ok {
			return c, false
		}
		s = s[3:]
		if s != "" && (s[0] == '.' || s[0] == ',') {
			if c.nanos, s, ok = fraction(s[1:]); !ok {
				return c, false
			}
		}
	}
	if s != "" {
		var ok bool
		s = strings.TrimPrefix(s, " ")
		if c.offset, s, ok = readOffset(s); !ok || s != "" {
			return c, false
		}
		c.hasOffset = true
	}
	ok := c.valid()
	return c, ok
}

// readEpoch reads a number of seconds, or of parts of a second, since 1970.
func readEpoch(s string, perSecond int64) (civil, bool) {
	const digitsAtMost = 16
	whole, frac, hasFrac := strings.Cut(s, ".")
	v, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || len(whole) > digitsAtMost || v < 0 || s[0] == '+' {
		return civil{}, false
	}
	c := civil{isEpoch: true, epoch: v / perSecond, nanos: int(v % perSecond * (1e9 / perSecond))}
	if hasFrac {
		nanos, rest, ok := fraction(frac)
		if !ok || rest != "" {
			return civil{}, false
		}
		c.nanos += nanos / int(perSecond)
	}
	return c, true
}

// readSerial reads a spreadsheet's number of a day, counted from 1899-12-30, with
// the time of day as its fraction. The fraction is rounded to a second, which is
// as exact as spreadsheets write it.
func readSerial(s string) (civil, bool) {
	const (
		first, last = 20_000, 80_000 // 1954 to 2119
		epoch       = 25_569         // 1970-01-01
		secondsADay = 86_400
	)
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || s[0] < '0' || s[0] > '9' || v < first || v > last {
		return civil{}, false
	}
	t := time.Unix(int64(math.Round((v-epoch)*secondsADay)), 0).UTC()
	return civil{
		year: t.Year(), month: int(t.Month()), day: t.Day(), hour: t.Hour(), minute: t.Minute(), sec: t.Second(),
	}, true
}
