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
const (
	twinWithin  = 5 * time.Minute
	leastTwinID = 16 // characters; a shorter identifier is not unique enough
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
