package report

import (
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/internal/coverage"
)

// fewRetired is how many sources out of use are listed like the others.
const fewRetired = 2

// working are the sources to list one by one, and the names of the others: a
// practice that has tried many systems has many that say nothing about these days.
func working(list []coverage.Source) (used []coverage.Source, retired string) {
	idle := func(s coverage.Source) bool { return !s.InUse && s.Events == 0 }
	var names []string
	for _, s := range list {
		if idle(s) {
			names = append(names, clean(s.Name))
		}
	}
	if len(names) <= fewRetired {
		return list, ""
	}
	return slices.DeleteFunc(slices.Clone(list), idle), strings.Join(names, ", ")
}
