package contextdata

import (
	"slices"
	"strings"
)

// Address joins the parts of a postal address so that equal addresses in two
// tables become equal text: "street, city, state zip". Empty parts are left out.
func Address(street, city, state, zip string) string {
	parts := make([]string, 0, 3)
	for _, part := range []string{street, city, strings.TrimSpace(state + " " + zip)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

// Days returns the names that rows use for the days of the week, Monday first.
func Days() []string { return []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} }

// JoinDays joins the names of the days for which on holds, in the order of the
// week.
func JoinDays(on func(name string) bool) string {
	return strings.Join(slices.DeleteFunc(Days(), func(name string) bool { return !on(name) }), ",")
}
