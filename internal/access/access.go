// Package access answers one question: who accessed a patient's record, or what
// did a user access, on some days. It has three answers, and it never says
// "nobody" where the logs cannot tell. It judges nothing.
package access

import (
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

// Verdict is one of the three answers.
type Verdict string

// The three answers.
const (
	Accessed  Verdict = "accessed"   // here is who
	NoneFound Verdict = "none_found" // nobody, and the logs are complete
	CannotSay Verdict = "cannot_say" // the logs do not allow an answer, here is why
)

// Question is what is asked. Exactly one of Patient and User is set.
type Question struct {
	// Patient is a patient's number or name.
	Patient string
	// User is an account or a person's name.
	User string
	// Days are the local days asked about.
	Days coverage.Period
	// Zone is the practice's zone, for the answer's heading.
	Zone *time.Location
	// Expect says on which days sources are expected to have a log, by name.
	Expect map[string]coverage.Expectation
}

// Reason is why an answer is not certain, or what a reader must know.
type Reason struct {
	Code    string `json:"code"`
	Source  string `json:"source,omitempty"`
	Message string `json:"message"`
}

// Party is a patient or a user.
type Party struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Answer is the answer. Its JSON form is stable.
type Answer struct {
	Patient  *Party            `json:"patient,omitempty"`
	User     *Party            `json:"user,omitempty"`
	From     coverage.Day      `json:"from"`
	To       coverage.Day      `json:"to"`
	Timezone string            `json:"timezone"`
	Verdict  Verdict           `json:"answer"`
	Reasons  []Reason          `json:"reasons"`
	Coverage []coverage.Source `json:"coverage"`
	Accesses []Access          `json:"accesses"`
	// Candidates are the patients or users that a name may mean.
	Candidates []Party `json:"candidates,omitempty"`
}

// Access is one access.
type Access struct {
	EventID       string    `json:"event_id"`
	Source        string    `json:"source"`
	SourceEventID string    `json:"source_event_id"`
	At            time.Time `json:"at"`
	LocalTime     string    `json:"local_time"`
	UserID        string    `json:"user_id"`
	UserName      string    `json:"user_name"`
	UserType      string    `json:"user_type"`
	Role          string    `json:"role"`
	PatientID     string    `json:"patient_id"`
	PatientName   string    `json:"patient_name"`
	Action        string    `json:"action"`
	ActionRaw     string    `json:"action_raw"`
	RecordType    string    `json:"record_type"`
	RecordTypeRaw string    `json:"record_type_raw"`
	RecordID      string    `json:"record_id"`
	Workstation   string    `json:"workstation"`
	IP            string    `json:"ip"`
	Outcome       string    `json:"outcome"`
	BreakGlass    bool      `json:"break_glass"`
	Purpose       string    `json:"purpose"`
	// Explanation is the reason that the user gave.
	Explanation string `json:"explanation"`
	// Explained is how the practice's records explain the access; nil if there are
	// none, or if the account is a patient's own or a machine's.
	Explained   *Explained `json:"explained,omitempty"`
	Granularity string     `json:"granularity"`
	TimeFlag    string     `json:"time_flag"`
	TZBasis     string     `json:"tz_basis"`
	Integrity   string     `json:"integrity"`
	Conflict    bool       `json:"conflict"`
	// RequestID connects the records of one request.
	RequestID string `json:"request_id,omitempty"`
	// AlsoRecorded are further records of the same access.
	AlsoRecorded []Twin `json:"also_recorded,omitempty"`
	MatchedBy    string `json:"matched_by"`
	File         string `json:"file"`
	SHA256       string `json:"sha256"`
	Line         int64  `json:"line"`
}

// Explained is how the records explain an access.
type Explained struct {
	// Answer is explained, not_explained, or cannot_say if there are no appointments
	// for the day.
	Answer string `json:"answer"`
	// Strength is strong, moderate, weak or empty.
	Strength string `json:"strength,omitempty"`
	Reason   string `json:"reason,omitempty"` // such as own_visit
	Words    string `json:"words,omitempty"`
}

// Asker answers questions from one store.
type Asker struct {
	DB     *store.DB
	Sealer *seal.Sealer
}
