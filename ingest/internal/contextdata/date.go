package contextdata

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Order is the order in which a table writes the parts of its dates with
// slashes or hyphens. Dates in ISO form need none, and dates with dots have the
// day first wherever they are in use.
type Order int

// The two orders. Month first is the zero value and what is assumed where
// nothing in the table proves the other.
const (
	MonthFirst Order = iota
	DayFirst
)

// votes counts what the dates of a table say about their order.
type votes struct {
	month  int // dates that only make sense with the month first
	day    int // dates that only make sense with the day first
	either int // dates that make sense both ways and differ
}

func (v *votes) count(s string) {
	date, _ := cut(s)
	a, b, _, ok := parts(date)
	switch {
	case !ok || strings.Contains(date, "."):
	case a <= 12 && b > 12 && b <= 31:
		v.month++
	case b <= 12 && a > 12 && a <= 31:
		v.day++
	case a <= 12 && b <= 12 && a != b:
		v.either++
	}
}

// order returns what most of the proofs say.
func (v *votes) order() Order {
	if v.day > v.month {
		return DayFirst
	}
	return MonthFirst
}

// assumed reports whether dates were read of which no proof, or no undisputed
// one, told the order.
func (v *votes) assumed() bool {
	return v.either > 0 && (v.day == 0) == (v.month == 0)
}

// Years outside these are typing errors in any table of living people.
const (
	minYear = 1850
	maxYear = 2199
)

// Date reads a date and returns it as "2006-01-02". It accepts the ISO form,
// dates with slashes, hyphens or dots in the table's order and a four-digit year
// at the end, and any of them with the midnight that spreadsheets add.
func (o Order) Date(s string) (string, bool) {
	date, rest := cut(s)
	if rest != "" && !midnight(rest) {
		return "", false
	}
	t, ok := o.day(date)
	if !ok {
		return "", false
	}
	return t.Format(time.DateOnly), true
}

// IsOpenEnd reports whether s is the date that personnel systems write for
// "no end", the last day of the year 9999.
func IsOpenEnd(s string) bool {
	date, rest := cut(s)
	return (date == "9999-12-31" || date == "12/31/9999" || date == "31/12/9999") && (rest == "" || midnight(rest))
}

// day reads the date itself.
func (o Order) day(s string) (time.Time, bool) {
	if a, b, year, ok := parts(s); ok {
		if o == DayFirst || strings.Contains(s, ".") {
			a, b = b, a
		}
		return calendar(year, a, b)
	}
	if len(s) != len(time.DateOnly) {
		return time.Time{}, false
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}, false
	}
	return calendar(t.Year(), int(t.Month()), t.Day())
}

func calendar(year, month, day int) (time.Time, bool) {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	ok := year >= minYear && year <= maxYear && month >= 1 && month <= 12 && t.Day() == day && day >= 1
	return t, ok
}

// parts takes a date such as 3/14/2024 apart.
func parts(s string) (first, second, year int, ok bool) {
	i := strings.IndexAny(s, "/-.")
	if i < 0 {
		return 0, 0, 0, false
	}
	mark := s[i : i+1]
	b, c, ok := strings.Cut(s[i+1:], mark)
	if !ok || len(c) != 4 {
		return 0, 0, 0, false
	}
	first, ok1 := digits(s[:i], 2)
	second, ok2 := digits(b, 2)
	year, ok3 := digits(c, 4)
	return first, second, year, ok1 && ok2 && ok3
}

// digits reads a number of one to width digits, without a sign.
func digits(s string, width int) (int, bool) {
	if s == "" || len(s) > width {
		return 0, false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// cut separates a date from the time of day that may follow it.
func cut(s string) (date, rest string) {
	i := strings.IndexAny(s, "T ")
	if i < 0 {
		return s, ""
	}
	return s[:i], trim(s[i+1:])
}

func midnight(s string) bool {
	t, ok := ParseTimeOfDay(strings.TrimSuffix(s, "Z"))
	return ok && t == TimeOfDay{}
}

func trim(s string) string {
	if s == "" || s[0] > ' ' && s[0] < utf8.RuneSelf && s[len(s)-1] > ' ' && s[len(s)-1] < utf8.RuneSelf {
		return s // most cells
	}
	return strings.Trim(s, " \t\r\n\u00a0\ufeff")
}
