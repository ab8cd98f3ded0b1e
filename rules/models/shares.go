package models

import "slices"

// Share is something about the events of a log, beside the columns of model
// events, of which a rule may require a share.
type Share struct {
	Name string
	Doc  string
}

// The names of the shares.
const (
	ShareLoginOrigin = "login_origin"
	ShareSecond      = "second"
)

// Shares returns what a rule may require beside columns. The caller owns the result.
func Shares() []Share {
	return []Share{
		{ShareLoginOrigin, "logins, failed ones included, that name a workstation or a network address; 1 where there are none"},
		{ShareSecond, "events whose time is no whole minute, about 0.98 in a log with seconds and 0 in one without; 1 where there are few events"},
	}
}

// HasShare reports whether there is a share of a name.
func HasShare(name string) bool {
	return slices.ContainsFunc(Shares(), func(s Share) bool { return s.Name == name })
}
