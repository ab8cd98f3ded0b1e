package report

import (
	"io"
	"slices"

	"github.com/chartwatch/chartwatch/internal/review"
)

// ReviewJSON writes the report as it is. A list that is empty is written as one.
func ReviewJSON(w io.Writer, r review.Report) error {
	r.Rules, r.Cases, r.Vendors, r.Coverage = filled(r.Rules), filled(r.Cases), filled(r.Vendors), filled(r.Coverage)
	r.Vendors = slices.Clone(r.Vendors)
	for i := range r.Vendors {
		r.Vendors[i].RecordTypes = filled(r.Vendors[i].RecordTypes)
	}
	if r.SignOff != nil {
		signed := *r.SignOff
		signed.Counts = filled(signed.Counts)
		if signed.Levels == nil {
			signed.Levels = map[string]int64{}
		}
		r.SignOff = &signed
	}
	r.Setup, r.Parsers, r.Days = filled(r.Setup), filled(r.Parsers), filled(r.Days)
	items := make([]review.Item, 0, len(r.Findings))
	for _, x := range r.Findings {
		items = append(items, wholeItem(x))
	}
	r.Findings = items
	if r.Hidden == nil {
		r.Hidden = map[string]int{}
	}
	if r.ByLevel == nil {
		r.ByLevel = map[string]int{}
	}
	return JSON(w, r)
}

// FindingsJSON writes a list of findings as the report holds them.
func FindingsJSON(w io.Writer, list []review.Item) error {
	items := make([]review.Item, 0, len(list))
	for _, x := range list {
		items = append(items, wholeItem(x))
	}
	return JSON(w, items)
}

// wholeItem makes the lists of a finding lists also where they are empty.
func wholeItem(x review.Item) review.Item {
	x.Score, x.UserIDs, x.PatientIDs, x.Evidence = filled(x.Score), filled(x.UserIDs), filled(x.PatientIDs), filled(x.Evidence)
	return x
}

func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
