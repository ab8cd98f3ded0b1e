package access

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Twin is a second record of one access: the client and the server of a request
// both wrote it down, or two repositories did.
type Twin struct {
	EventID       string    `json:"event_id"`
	Source        string    `json:"source"`
	SourceEventID string    `json:"source_event_id"`
	At            time.Time `json:"at"`
	UserID        string    `json:"user_id"`
	UserName      string    `json:"user_name"`
	Action        string    `json:"action"`
	Workstation   string    `json:"workstation"`
	IP            string    `json:"ip"`
	File          string    `json:"file"`
	Line          int64     `json:"line"`
}

// What makes two records twins: the request's identifier (X-Request-Id of IHE
// BALP, the W3C trace id), which both sides copy; the same patient, record and
// kind of action, because one request may hold several accesses; and nearness in
// time, because some systems count their requests from 1 every day. The same is
// said in SQL by the models of the rules.
//
// ITI-43 Retrieve Document Set is recorded by the repository as an export and by the
// consumer as a view, usually without an identifier of the request: there the
// document and the nearest time tell, and no two different accounts are ever taken
// for one.
const (
	twinWithin     = 5 * time.Minute
	leastTwinID    = 16 // characters; a shorter identifier is not unique enough
	retrieve       = "ITI-43"
	retrieveWithin = time.Minute
)

// twinKey tells the accesses of one request apart.
type twinKey struct{ request, patient, record, action string }

func keyOfTwins(x Access) (twinKey, bool) {
	if len(x.RequestID) < leastTwinID {
		return twinKey{}, false
	}
	action := x.Action
	if action == "export" { // what a server hands out is what its client shows
		action = "view"
	}
	return twinKey{x.RequestID, strings.ToLower(cmp.Or(x.PatientID, x.PatientName)), x.RecordID, action}, true
}

// foldTwins shows every access once, with its other records beside it. The list
// is in the order of time and stays so.
func foldTwins(list []Access) []Access {
	groups := map[twinKey][]int{}
	for i, x := range list {
		if k, ok := keyOfTwins(x); ok {
			groups[k] = append(groups[k], i)
		}
	}
	gone := map[int]bool{}
	for _, group := range groups {
		for len(group) > 0 {
			n := 1
			for n < len(group) && list[group[n]].At.Sub(list[group[n-1]].At) <= twinWithin {
				n++
			}
			if n > 1 {
				foldInto(list, group[:n], gone)
			}
			group = group[n:]
		}
	}
	foldRetrievals(list, gone)
	if len(gone) == 0 {
		return list
	}
	kept := make([]Access, 0, len(list)-len(gone))
	for i, x := range list {
		if !gone[i] {
			kept = append(kept, x)
		}
	}
	return kept
}

// foldRetrievals finds for each view of a document the export that is nearest.
func foldRetrievals(list []Access, gone map[int]bool) {
	type pair struct {
		view, export int
		apart        time.Duration
	}
	var pairs []pair
	for i, v := range list {
		if gone[i] || v.Action != "view" || !isRetrieval(v) {
			continue
		}
		first, _ := slices.BinarySearchFunc(list, v.At.Add(-retrieveWithin), func(x Access, t time.Time) int { return x.At.Compare(t) })
		for j := first; j < len(list) && list[j].At.Sub(v.At) <= retrieveWithin; j++ {
			e := list[j]
			sameUser := e.UserID == "" && e.UserName == "" || strings.EqualFold(e.UserID, v.UserID) && strings.EqualFold(e.UserName, v.UserName)
			if !gone[j] && e.Action == "export" && isRetrieval(e) && e.RecordID == v.RecordID && sameUser &&
				strings.EqualFold(cmp.Or(e.PatientID, e.PatientName), cmp.Or(v.PatientID, v.PatientName)) {
				pairs = append(pairs, pair{i, j, v.At.Sub(e.At).Abs()})
			}
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		return cmp.Or(cmp.Compare(a.apart, b.apart), cmp.Compare(a.view, b.view), cmp.Compare(a.export, b.export))
	})
	taken := map[int]bool{}
	for _, p := range pairs {
		if !taken[p.view] && !gone[p.export] {
			taken[p.view] = true
			foldInto(list, []int{p.view, p.export}, gone)
		}
	}
}

func isRetrieval(x Access) bool {
	return len(x.RequestID) < leastTwinID && x.RecordID != "" && strings.Contains(x.ActionRaw, retrieve)
}

// foldInto keeps the record that says most and hangs the others on it.
func foldInto(list []Access, group []int, gone map[int]bool) {
	best := slices.MinFunc(group, func(a, b int) int {
		x, y := list[a], list[b]
		return cmp.Or(
			preferred(x.UserID != "" || x.UserName != "", y.UserID != "" || y.UserName != ""),
			preferred(x.Action == "view", y.Action == "view"),
			preferred(x.Workstation != "" || x.IP != "", y.Workstation != "" || y.IP != ""),
			cmp.Compare(a, b),
		)
	})
	for _, i := range group {
		if i == best {
			continue
		}
		gone[i] = true
		x := list[i]
		list[best].AlsoRecorded = append(list[best].AlsoRecorded, Twin{
			EventID: x.EventID, Source: x.Source, SourceEventID: x.SourceEventID, At: x.At, UserID: x.UserID, UserName: x.UserName,
			Action: x.Action, Workstation: x.Workstation, IP: x.IP, File: x.File, Line: x.Line,
		})
		list[best].BreakGlass = list[best].BreakGlass || x.BreakGlass
	}
}

func preferred(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
