package rules_test

import (
	"testing"

	"github.com/chartwatch/chartwatch/rules"
)

// TestUnits: numbers and their units are written as a person would say them.
func TestUnits(t *testing.T) {
	for _, tc := range []struct{ template, number, want string }{
		{"the limit is {{param w}} seconds.", "20", "the limit is 20 seconds."},
		{"the limit is {{param w}} seconds.", "1", "the limit is 1 second."},
		{"the limit is {{param w}} seconds.", "60", "the limit is 1 minute."},
		{"the limit is {{param w}} seconds.", "90", "the limit is 90 seconds."},
		{"the limit is {{param w}} seconds.", "119", "the limit is 119 seconds."},
		{"the limit is {{param w}} seconds.", "121", "the limit is 2 minutes and 1 second."},
		{"the limit is {{param w}} seconds.", "900", "the limit is 15 minutes."},
		{"the limit is {{param w}} seconds.", "3600", "the limit is 1 hour."},
		{"the limit is {{param w}} seconds.", "3661", "the limit is 1 hour and 1 minute."},
		{"the limit is {{param w}} seconds.", "7200", "the limit is 2 hours."},
		{"the limit is {{param w}} seconds.", "0", "the limit is 0 seconds."},
		{"the limit is {{param w}} seconds.", "0.5", "the limit is 0.5 seconds."},
		{"the limit is {{param w}} seconds.", "-5", "the limit is -5 seconds."},
		{"{{max step_minutes}} minutes back", "119", "119 minutes back"},
		{"{{max step_minutes}} minutes back", "1", "1 minute back"},
		{"{{max step_minutes}} minutes back", "120", "2 hours back"},
		{"{{max step_minutes}} minutes back", "150", "2 hours and 30 minutes back"},
		{"links it to {{max persons}} people, so", "1", "links it to 1 person, so"},
		{"links it to {{max persons}} people, so", "2", "links it to 2 people, so"},
		{"in {{count}} places on", "1", "in 1 place on"},
		{"failed {{count}} times", "1", "failed 1 time"},
		{"after {{max n}} failed logins", "1", "after 1 failed login"},
		{"{{count}} accesses", "1", "1 access"},
		{"{{max n}} of the records", "1", "1 of the records"},
		{"{{max n}}", "1", "1"},
		{"{{list x}} times", "anna", "anna times"},
		{"number {{max n}}. Seconds count.", "1", "number 1. Seconds count."},
		{"{{count}} secondsight", "90", "90 secondsight"},
	} {
		got, err := rules.Text(tc.template, func(string, string) (string, error) { return tc.number, nil })
		if err != nil || got != tc.want {
			t.Errorf("%q with %s became %q, %v; want %q", tc.template, tc.number, got, err, tc.want)
		}
	}
}
