package scrub

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// dateParts is a date as it is written.
type dateParts struct {
	parts []datePart
	loose bool // might be something else: only numbers, or a year of two digits
}

// datePart is a year (Y), month (M), its name (N), day (D), one of two numbers
// whose meaning depends on the file (1 and 2), or what stands between.
type datePart struct {
	kind byte
	text string
}

// monthNames returns the English names of the months.
func monthNames() []string {
	return []string{
		"january", "february", "march", "april", "may", "june",
		"july", "august", "september", "october", "november", "december",
	}
}

// dateAt reads a date at the start of s, with its time of day if that follows
// after a T.
func dateAt(s string, before byte) (piece, bool) {
	d, n := numbersDate(s, before)
	if n == 0 {
		d, n = namedDate(s)
	}
	if n == 0 {
		d, n = compactDate(s)
	}
	if n == 0 {
		return piece{}, false
	}
	tail := 0
	if n+1 < len(s) && (s[n] == 'T' || s[n] == 't') && isDigit(s[n+1]) {
		if c := clockAt(s[n+1:], 0); c > 0 {
			tail = 1 + c
		}
	}
	if !ends(s, n+tail) {
		return piece{}, false
	}
	return piece{kind: date, text: s[:n+tail], day: d, tail: s[n : n+tail]}, true
}

// numbersDate reads three numbers with equal separators.
func numbersDate(s string, before byte) (d dateParts, length int) {
	a := digitsAt(s)
	if a == 0 || a > 4 || a == 3 || len(s) < a+4 || before == '.' {
		return dateParts{}, 0
	}
	sep := s[a]
	if sep != '-' && sep != '/' && sep != '.' {
		return dateParts{}, 0
	}
	b := digitsAt(s[a+1:])
	m := a + 1 + b
	if b == 0 || b > 2 || len(s) < m+2 || s[m] != sep {
		return dateParts{}, 0
	}
	c := digitsAt(s[m+1:])
	n := m + 1 + c
	if n+1 < len(s) && s[n] == sep && isDigit(s[n+1]) {
		return dateParts{}, 0
	}
	between := string(sep)
	p := func(kinds string, loose bool) (dateParts, int) {
		return dateParts{parts: []datePart{{kinds[0], s[:a]}, {'-', between}, {kinds[1], s[a+1 : m]}, {'-', between}, {kinds[2], s[m+1 : n]}}, loose: loose}, n
	}
	switch {
	case a == 4 && (c == 1 || c == 2):
		return p("YMD", false)
	case a <= 2 && c == 4:
		return p("12Y", false)
	case a <= 2 && c == 2 && sep == '/':
		return p("12Y", true)
	}
	return dateParts{}, 0
}

// compactDate reads 20250317 and 20250317101500.
func compactDate(s string) (found dateParts, length int) {
	n := digitsAt(s)
	if n != 8 && n != 12 && n != 14 {
		return dateParts{}, 0
	}
	d := dateParts{parts: []datePart{{'Y', s[:4]}, {'M', s[4:6]}, {'D', s[6:8]}}, loose: true}
	if year := s[:4]; year < "1900" || year > "2199" || !d.valid(style{}) {
		return dateParts{}, 0
	}
	if n == 8 {
		return d, n
	}
	if s[8:10] > "23" || s[10:12] > "59" || n == 14 && s[12:14] > "60" {
		return dateParts{}, 0
	}
	d.parts = append(d.parts, datePart{'-', s[8:n]})
	if n == 14 && len(s) > n+1 && s[n] == '.' {
		if f := digitsAt(s[n+1:]); f > 0 {
			d.parts = append(d.parts, datePart{'-', s[n : n+1+f]})
			n += 1 + f
		}
	}
	if o := offsetLen(s[n:]); o > 0 {
		d.parts = append(d.parts, datePart{'-', s[n : n+o]})
		n += o
	}
	return d, n
}

// namedDate reads "17 Mar 2025", "17-Mar-25", "Mar 17, 2025" and "Mar 17".
func namedDate(s string) (found dateParts, length int) {
	var d dateParts
	n := 0
	take := func(kind byte, size int) {
		d.parts = append(d.parts, datePart{kind, s[n : n+size]})
		n += size
	}
	spaces := func(set string) bool {
		size := 0
		for n+size < len(s) && strings.IndexByte(set, s[n+size]) >= 0 {
			size++
		}
		if size > 0 && size <= 2 {
			take('-', size)
		}
		return size > 0 && size <= 2
	}
	dayFirst := digitsAt(s) > 0
	if dayFirst {
		if digitsAt(s) > 2 {
			return d, 0
		}
		take('D', digitsAt(s))
		if !spaces(" -/") {
			return d, 0
		}
	}
	m := monthLen(s[n:])
	if m == 0 {
		return d, 0
	}
	take('N', m)
	if !dayFirst {
		if !spaces(" .") || digitsAt(s[n:]) == 0 || digitsAt(s[n:]) > 2 {
			return d, 0
		}
		take('D', digitsAt(s[n:]))
	}
	if !d.valid(style{}) {
		return d, 0
	}
	return d.takeYear(s, n, dayFirst)
}

// takeYear reads the year behind a day and the name of a month, if there is one.
func (d dateParts) takeYear(s string, n int, dayFirst bool) (found dateParts, length int) {
	gap := 0
	for n+gap < len(s) && strings.IndexByte(" ,-/", s[n+gap]) >= 0 {
		gap++
	}
	size := digitsAt(s[n+gap:])
	fits := size == 4 || size == 2 && dayFirst
	if gap > 0 && gap <= 2 && fits && (n+gap+size >= len(s) || s[n+gap+size] != ':') {
		d.parts = append(d.parts, datePart{'-', s[n : n+gap]}, datePart{'Y', s[n+gap : n+gap+size]})
		return d, n + gap + size
	}
	// Only the stamps of a log, "Mar 17 10:00:00", do without a year.
	if !dayFirst && gap == 1 && clockAt(s[n+gap:], 0) > 0 {
		return d, n
	}
	return d, 0
}

// monthLen returns the length of the name of a month at the start of s.
func monthLen(s string) int {
	n := 0
	for n < len(s) && (s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z') {
		n++
	}
	if n >= 3 && monthOf(s[:n]) > 0 {
		return n
	}
	return 0
}

func monthOf(name string) int {
	name = fold(name)
	for i, full := range monthNames() {
		if name == full || name == full[:3] || name == "sept" && i == 8 {
			return i + 1
		}
	}
	return 0
}

// civil returns the date; the order of two numbers is proven by the date or
// given.
func (d dateParts) civil(s style) (year, month, day int) {
	year = 2023
	first, second := 0, 0
	for _, p := range d.parts {
		v, _ := strconv.Atoi(p.text) // not a number is 0
		switch p.kind {
		case 'Y':
			year = v
			if len(p.text) == 2 {
				year += 1900
				if v < 69 {
					year += 100
				}
			}
		case 'M':
			month = v
		case 'N':
			month = monthOf(p.text)
		case 'D':
			day = v
		case '1':
			first = v
		case '2':
			second = v
		}
	}
	if first != 0 || second != 0 {
		month, day = first, second
		if d.isDayFirst(s) {
			month, day = second, first
		}
	}
	return year, month, day
}

// isDayFirst reports whether the first of two numbers is the day, as in dates
// with dots.
func (d dateParts) isDayFirst(s style) bool {
	proven, known := d.proof()
	switch {
	case s.sure:
		return s.dayFirst
	case known:
		return proven
	}
	return s.dayFirst || len(d.parts) > 1 && d.parts[1].text == "."
}

// proof reports whether the day comes first, if one of the numbers is too large
// to be a month.
func (d dateParts) proof() (dayFirst, known bool) {
	for _, p := range d.parts {
		v, _ := strconv.Atoi(p.text) // not a number is 0
		if v > 12 && (p.kind == '1' || p.kind == '2') {
			return p.kind == '1', true
		}
	}
	return false, false
}

func (d dateParts) valid(s style) bool {
	year, month, day := d.civil(s)
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return year > 0 && month >= 1 && month <= 12 && t.Day() == day && day > 0
}

// sentinel reports whether the date stands for "none" or "always".
func (d dateParts) sentinel() bool {
	var b strings.Builder
	for _, p := range d.parts {
		if p.kind == 'Y' || p.kind == 'M' || p.kind == 'D' {
			b.WriteString(p.text)
		}
	}
	switch b.String() {
	case "00000000", "00010101", "19000101", "99991231", "17530101":
		return true
	}
	return false
}

// style is how a file writes dates.
type style struct {
	dayFirst bool // 17/3/2025
	sure     bool // the file proves it
	bare     bool // 3/7/2025 and not 03/07/2025
}

// shift returns the date so many weeks earlier, written in the same way. What
// the calendar does not have becomes nines.
func (d dateParts) shift(weeks int, s style) string {
	if d.sentinel() {
		return d.text()
	}
	if !d.valid(s) {
		return d.nines()
	}
	year, month, day := d.civil(s)
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	moved := t.AddDate(0, 0, -7*weeks)
	if moved.Year() < 1901 {
		moved = t.AddDate(0, 0, 7*weeks)
	}
	dayFirst := d.isDayFirst(s)
	var b strings.Builder
	for i, p := range d.parts {
		switch {
		case p.kind == '-' && p.text == "  " && i+1 < len(d.parts) && len(d.parts[i+1].text) == 1 && moved.Day() > 9:
			b.WriteByte(' ') // the second space stood for a digit
		case p.kind == 'Y' && len(p.text) == 2:
			fmt.Fprintf(&b, "%02d", moved.Year()%100)
		case p.kind == 'Y':
			fmt.Fprintf(&b, "%04d", moved.Year())
		case p.kind == 'N':
			b.WriteString(monthLike(p.text, moved.Month()))
		case p.kind == 'M' || p.kind == '1' && !dayFirst || p.kind == '2' && dayFirst:
			b.WriteString(numberLike(p.text, int(moved.Month()), s.bare && p.kind != 'M'))
		case p.kind == '-':
			b.WriteString(p.text)
		default:
			b.WriteString(numberLike(p.text, moved.Day(), s.bare && p.kind != 'D'))
		}
	}
	return b.String()
}

// numberLike writes a number with a leading zero if the old one had one.
func numberLike(old string, v int, bare bool) string {
	if len(old) == 1 || old[0] != '0' && bare {
		return strconv.Itoa(v)
	}
	return fmt.Sprintf("%02d", v)
}

func monthLike(old string, m time.Month) string {
	name := m.String()
	if len(old) <= 4 {
		name = name[:3]
	}
	switch old {
	case strings.ToUpper(old):
		return strings.ToUpper(name)
	case strings.ToLower(old):
		return strings.ToLower(name)
	}
	return name
}

func (d dateParts) text() string {
	var b strings.Builder
	for _, p := range d.parts {
		b.WriteString(p.text)
	}
	return b.String()
}

// nines writes a date that no calendar has.
func (d dateParts) nines() string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '9'
		}
		return r
	}, d.text())
}
