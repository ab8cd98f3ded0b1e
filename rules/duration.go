package rules

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is a length of time that is written with its unit: 10m, 6h or 28d.
type Duration time.Duration

// ParseDuration reads a duration; d stands for 24 hours.
func ParseDuration(s string) (Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 {
			return 0, fmt.Errorf("%q is not a duration; write for example 10m, 6h or 28d", s)
		}
		return Duration(time.Duration(n) * 24 * time.Hour), nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is not a duration; write for example 10m, 6h or 28d", s)
	}
	return Duration(d), nil
}

// Seconds returns the duration in whole seconds.
func (d Duration) Seconds() int64 { return int64(time.Duration(d) / time.Second) }

// Days returns the duration in days, rounded up.
func (d Duration) Days() int64 { return (d.Seconds() + 86_399) / 86_400 }

// String returns the duration as it is written in a rule file.
func (d Duration) String() string {
	if s := d.Seconds(); s > 0 && s%86_400 == 0 {
		return strconv.FormatInt(s/86_400, 10) + "d"
	}
	text := time.Duration(d).String() // 10m0s, 6h0m0s
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// MarshalText writes the duration.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the duration.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := ParseDuration(string(b))
	*d = v
	return err
}
