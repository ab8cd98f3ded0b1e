package model

import (
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/practice"
)

// What the tests of this package look at beside the models.
var (
	NameKey       = nameKey
	SameName      = sameName
	SurnameKeys   = surnameKeys
	StaffSurnames = staffSurnames
	AddressKey    = addressKey
	Towns         = towns
	Holidays      = holidays
	VisitStatus   = visitStatus
	ChangeOf      = changeOf
	IsVendorName  = isVendorName
)

// Roles reads a roster's word for a role.
func Roles(text string, own ...practice.RoleName) ([]string, bool) {
	return newRoleBook(own).roles(text)
}

// IsGeneric judges the name of an account that a person of this name holds.
func IsGeneric(id, name string) bool {
	if name == "" {
		return isGeneric(id, nil)
	}
	return isGeneric(id, []*person{{key: nameKey(name)}})
}

// ClassOf returns the class of an address among networks written "CIDR class".
func ClassOf(ip string, own ...practice.Network) string {
	b := &builder{in: Input{Practice: practice.Practice{Networks: own}}}
	return classOf(ip, b.networks())
}

// RecordNumbers reads the numbers of patients; 0 is none.
func RecordNumbers(ids ...string) []int64 {
	var list []int64
	for _, n := range recordNumbers(ids) {
		list = append(list, n.Int64)
	}
	return list
}

// Ranges cuts spans, given as begin and end in minutes since the first day's
// midnight, to one day.
func Ranges(d coverage.Day, bounds ...int64) []int64 {
	var spans []span
	for i := 0; i < len(bounds); i += 2 {
		spans = append(spans, span{bounds[i], bounds[i+1]})
	}
	var list []int64
	for _, s := range ranges(spans, d) {
		list = append(list, s.from, s.to)
	}
	return list
}

// IsAway reports whether a device's name says that it is not in the practice.
func IsAway(name string) bool { return isAway(name) }

// BareAccount is an account without its domain.
func BareAccount(id string) string { return bareAccount(id) }
