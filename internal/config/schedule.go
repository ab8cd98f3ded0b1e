package config

import (
	"fmt"
	"strings"
	"time"
)

// Weekly is a weekday and a time of day, in minutes since midnight.
type Weekly struct {
	Day    time.Weekday
	Minute int
}

// ParseWeekly reads a weekday and a time of day, as "mon 06:00".
func ParseWeekly(text string) (Weekly, error) {
	day, clock, ok := strings.Cut(strings.Join(strings.Fields(text), " "), " ")
	w := Weekly{Day: -1}
	for d := time.Sunday; d <= time.Saturday; d++ {
		name := strings.ToLower(d.String())
		if given := strings.ToLower(day); given == name || given == name[:3] {
			w.Day = d
		}
	}
	minute, err := ParseTimeOfDay(clock)
	if !ok || w.Day < 0 || err != nil {
		return Weekly{}, fmt.Errorf("%q is not a weekday and a time; write for example mon 06:00", text)
	}
	w.Minute = minute
	return w, nil
}

// ParseTimeOfDay reads a time of day, as "05:00", in minutes since midnight.
func ParseTimeOfDay(text string) (int, error) {
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time of day; write for example 05:00", text)
	}
	return t.Hour()*60 + t.Minute(), nil
}
