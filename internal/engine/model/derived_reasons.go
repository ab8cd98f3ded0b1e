package model

import (
	"fmt"
	"strings"
)

// Reason is an explanation that is looked for.
type Reason struct {
	Name string
	// Strength is 1 weak, 2 moderate or 3 strong.
	Strength int
	// Visits says that it is looked for in appointment data.
	Visits bool
	bit    int
}

// Reasons returns every explanation that is looked for, the best first. A name may
// be there twice: an edit of an appointment that the appointment data cannot show
// counts less.
func Reasons() []Reason {
	all := []Reason{
		{Name: "own_visit", Strength: 3, Visits: true},
		{Name: "team_visit", Strength: 3, Visits: true},
		{Name: "practice_visit", Strength: 2, Visits: true},
		{Name: "scheduling", Strength: 2, Visits: true},
		{Name: "inbound_contact", Strength: 2},
		{Name: "order_result", Strength: 2},
		{Name: "cover", Strength: 2, Visits: true},
		{Name: "scheduling", Strength: 1},
		{Name: "authored_earlier", Strength: 1},
		{Name: "repeat", Strength: 1},
		{Name: "reviewed", Strength: 1},
	}
	for i := range all {
		all[i].bit = 1 << i
	}
	return all
}

// The bits of an access's explanations, as [Reasons] numbers them: a lower one is
// a better one.
const (
	bitOwn = 1 << iota
	bitTeam
	bitPractice
	bitBooked
	bitContact
	bitOrder
	bitCover
	bitBookedUnseen
	bitAuthored
	bitRepeat
	bitReviewed

	bitsStrong   = bitOwn | bitTeam
	bitsModerate = bitPractice | bitBooked | bitContact | bitOrder | bitCover
)

// roleTask is what a role has to do with patients whom others see.
type roleTask struct {
	role string
	// Days before and after a visit with anybody at which the role works on it; -1
	// for a role that does not.
	before, after int
	// team: the people of one department see each other's patients.
	team bool
	// pooled: orders, results and refills land on the role's common desk.
	pooled bool
	// contact: a call, a message or a request for records may concern the role.
	contact bool
}

// roleTasks returns the tasks of the roles. Technical roles and those that never
// work with charts are not in it: for them only the person's own visits and edits
// explain anything. The department says who is a team only for those who see
// patients: where a whole practice is one department, it says nothing about
// the front desk or a cleaner. A role that is not known gets the widest windows,
// as nothing may look unexplained because the roster is missing.
func roleTasks() []roleTask {
	return []roleTask{
		{role: "clinician", before: -1, after: -1, team: true, contact: true},
		{role: "therapist", before: -1, after: -1, team: true, contact: true},
		{role: "student", before: -1, after: -1, team: true, contact: true},
		{role: "nurse", before: 3, after: 7, team: true, pooled: true, contact: true},
		{role: "assistant", before: 3, after: 7, team: true, pooled: true, contact: true},
		{role: "front_desk", before: 14, after: 7, pooled: true, contact: true},
		{role: "manager", before: 14, after: 7, pooled: true, contact: true},
		{role: "billing", before: 0, after: 180, pooled: true, contact: true},
		{role: "records", before: 14, after: 180, pooled: true, contact: true},
		{role: "lab", before: 0, after: 14, pooled: true, contact: true},
		{role: "other", before: 14, after: 30, pooled: true, contact: true},
		{role: "unknown", before: 14, after: 180, pooled: true, contact: true},
	}
}

func taskValues() string {
	var rows []string
	for _, t := range roleTasks() {
		rows = append(rows, fmt.Sprintf("('%s', %d, %d, %t, %t, %t)", t.role, t.before, t.after, t.team, t.pooled, t.contact))
	}
	return strings.Join(rows, ", ")
}

func reasonValues() string {
	var rows []string
	for _, r := range Reasons() {
		rows = append(rows, fmt.Sprintf("(%d, '%s', %d)", r.bit, r.Name, r.Strength))
	}
	return strings.Join(rows, ", ")
}
