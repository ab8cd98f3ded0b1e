package metrics

import "slices"

// What stands in for a value that no list knows, and for rules whose numbers are
// too small to be shown.
const (
	other = "other"
	few   = "few"
)

// newState is the state of a finding that nobody has looked at.
const newState = "new"

func levels() []string { return []string{"info", "low", "medium", "high", "critical"} }

func states() []string {
	return []string{newState, "triaged", "asked", "under_review", "closed", "watch", "suppressed", "superseded"}
}

// fates are what may become of a rule in a period.
func fates() []string {
	return []string{"ran", "not_applicable", "failed", "timed_out", "truncated", "off"}
}

// reasons say why a record was rejected.
func reasons() []string {
	return []string{
		"field_count", "bad_quote", "too_long", "too_deep", "bad_encoding", "bad_syntax",
		"truncated", "missing_time", "bad_time", "missing_field", "bad_value", "wrong_type",
	}
}

func channels() []string { return []string{"mail", "webhook"} }

// deliveries are what may become of a message.
func deliveries() []string { return []string{"delivered", "failed", "expired"} }

// among returns a value of a closed list, or "other".
func among(value string, list []string) string {
	if slices.Contains(list, value) {
		return value
	}
	return other
}

// slug returns the name of a practice, source or parser, or "other" if it is none:
// up to 63 lower-case letters, digits and hyphens, with no hyphen at either end.
func slug(name string) string {
	if name == "" || len(name) > 63 || name[0] == '-' || name[len(name)-1] == '-' || !only(name, "-") {
		return other
	}
	return name
}

// ruleID returns the id of a rule, or "other" if it is none: up to 81 lower-case
// letters, digits, hyphens and dots, of which the first is a letter or digit.
func ruleID(id string) string {
	if id == "" || len(id) > 81 || id[0] == '-' || id[0] == '.' || !only(id, "-.") {
		return other
	}
	return id
}

// only reports whether s has nothing but lower-case letters, digits and some more.
func only(s, more string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && !slices.Contains([]byte(more), c) {
			return false
		}
	}
	return true
}
