// Package review is the reviewer's side of findings: the weekly review and its
// ledger, what people decided about findings, suppressions, and the sign-off that
// proves that somebody looked.
//
// It refuses to forget: decisions are appended and never changed, what a
// suppression hides is counted, and a week that nobody reviewed is said to be
// overdue. It never writes that somebody did wrong: a finding is something that
// the records do not explain, until a person decides.
package review

import (
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/rules"
)

// State is where a finding stands.
type State string

// The states. Watch, suppressed and superseded findings are kept and counted.
const (
	New         State = "new"
	Triaged     State = "triaged"
	Asked       State = "asked"
	UnderReview State = "under_review"
	Closed      State = "closed"
	Watch       State = "watch"
	Suppressed  State = "suppressed"
	Superseded  State = "superseded" // the data changed and no longer shows it
)

// Disposition is how a finding was closed.
type Disposition string

// The dispositions.
const (
	Expected        Disposition = "expected"
	PolicyIssue     Disposition = "policy_issue"
	MisuseConfirmed Disposition = "misuse_confirmed"
	DataError       Disposition = "data_error"
	CannotTell      Disposition = "cannot_tell"
)

// Item is a finding with what people made of it.
type Item struct {
	// ID is the short form of the fingerprint that commands take.
	ID string `json:"id"`
	engine.Finding
	State       State       `json:"state"`
	Disposition Disposition `json:"disposition,omitempty"`
	Owner       string      `json:"owner,omitempty"`
	Due         time.Time   `json:"due,omitzero"`
	Decisions   []Decision  `json:"decisions,omitempty"`
	// SuppressedBy is the id of the suppression that hides or lowers it.
	SuppressedBy string `json:"suppressed_by,omitempty"`
	// RecurrenceOf is the fingerprint of an earlier, confirmed finding.
	RecurrenceOf string    `json:"recurrence_of,omitempty"`
	CaseID       string    `json:"case_id,omitempty"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
	// Covers are weaker findings about the same evidence, shown as lines of this one.
	Covers []CoveredLine `json:"covers,omitempty"`
}

// CoveredLine is a finding that is shown as a line of a stronger one.
type CoveredLine struct {
	ID    string      `json:"id"`
	Rule  string      `json:"rule"`
	Title string      `json:"title"`
	Level rules.Level `json:"level"`
	Text  string      `json:"text"`
}

// Decision is one thing that a person did with a finding.
type Decision struct {
	At          time.Time   `json:"at"`
	By          string      `json:"by"`
	State       State       `json:"state"`
	Disposition Disposition `json:"disposition,omitempty"`
	Text        string      `json:"text"`
	// Question and Answer are of the state asked; the answer is kept as it was given.
	Question string `json:"question,omitempty"`
	Answer   string `json:"answer,omitempty"`
	// Second is the second person, where one is needed.
	Second string `json:"second,omitempty"`
	// Owner is who deals with it, and Due until when.
	Owner string    `json:"owner,omitempty"`
	Due   time.Time `json:"due,omitzero"`
}

// Effect is what a suppression does.
type Effect string

// The effects.
const (
	Hide     Effect = "hide"
	Lower    Effect = "lower"
	NoNotice Effect = "no_notice"
)

// Suppression is an exception that a person made, with its reason and its end.
type Suppression struct {
	ID string `json:"id"`
	// Exactly one of Rule and Category is set.
	Rule     string         `json:"rule,omitempty"`
	Category rules.Category `json:"category,omitempty"`
	// Match must all hold; the keys are subject, user_id, patient_id, workstation or
	// a column of the rule's evidence.
	Match      map[string][]string `json:"match"`
	Effect     Effect              `json:"effect"`
	ReasonCode string              `json:"reason_code"`
	Text       string              `json:"text"`
	Starts     coverage.Day        `json:"starts"`
	Expires    coverage.Day        `json:"expires"`
	By         string              `json:"by"`
	At         time.Time           `json:"at"`
	Approved   string              `json:"approved_by,omitempty"`
	Lifted     bool                `json:"lifted,omitempty"`
	LiftedBy   string              `json:"lifted_by,omitempty"`
	// Matched counts the findings that it has met.
	Matched int `json:"matched"`
}

// Case brings together what was found about one person or source.
type Case struct {
	ID       string         `json:"id"`
	Subject  engine.Subject `json:"subject"`
	Score    int            `json:"score"`
	Level    rules.Level    `json:"level"`
	Findings []string       `json:"findings"` // ids, the strongest first
}

// SignOff is a person's statement that a week has been reviewed.
type SignOff struct {
	Week   string           `json:"week"`
	By     string           `json:"by"`
	At     time.Time        `json:"at"`
	Text   string           `json:"text,omitempty"`
	Counts []SignedRule     `json:"counts"` // every rule, also those with none
	Open   int              `json:"open"`   // findings that were open
	Period coverage.Period  `json:"-"`
	Hash   string           `json:"hash"` // of the journal entry
	Levels map[string]int64 `json:"levels"`
}

// SignedRule is a rule's line in a sign-off.
type SignedRule struct {
	Rule     string         `json:"rule"`
	Outcome  engine.Outcome `json:"outcome"`
	Findings int            `json:"findings"`
	Closed   int            `json:"closed"`
}

// Parser is a parser version that read files of the period.
type Parser struct {
	Name    string `json:"name"`
	Version int    `json:"version"`
	Files   int    `json:"files"`
}

// RuleFate is what became of one rule in the period.
type RuleFate struct {
	ID       string         `json:"id"`
	Version  int            `json:"version"`
	Title    string         `json:"title"`
	Category rules.Category `json:"category"`
	Level    rules.Level    `json:"level"`
	Status   engine.Outcome `json:"status"` // ran, not_applicable, failed … the worst of the period's parts
	Reason   string         `json:"reason,omitempty"`
	Findings int            `json:"findings"` // listed
	Hidden   int            `json:"hidden"`   // suppressed, watched or learning
	// HIPAA are the paragraphs that the rule serves.
	HIPAA []rules.Citation `json:"hipaa,omitempty"`
}

// Totals are counts of the period.
type Totals struct {
	Events   int64 `json:"events"`
	Users    int64 `json:"users"`
	Patients int64 `json:"patients"`
	Accesses int64 `json:"accesses"` // account, patient and day
}

// Dates are the first and the last day of a period.
type Dates struct {
	From coverage.Day `json:"from"`
	To   coverage.Day `json:"to"`
}

// Report is one review. Its JSON form is stable.
type Report struct {
	Site     string    `json:"site,omitempty"`
	Practice string    `json:"practice,omitempty"`
	Period   Dates     `json:"period"`
	Week     string    `json:"week,omitempty"` // ISO week, if the period is one
	Timezone string    `json:"timezone"`
	MadeAt   time.Time `json:"made_at"`
	Version  string    `json:"chartwatch_version"`
	// Provisional says that data of the period may still come.
	Provisional bool                   `json:"provisional"`
	Rules       []RuleFate             `json:"rules"`
	Findings    []Item                 `json:"findings"` // listed ones, the highest risk first
	Cases       []Case                 `json:"cases"`
	Hidden      map[string]int         `json:"hidden"` // by state: suppressed, watch, learning, historical, closed
	Vendors     []engine.Vendor        `json:"vendors"`
	Coverage    []coverage.Source      `json:"coverage"`
	Without     []string               `json:"sources_without_data,omitempty"`
	Setup       []engine.Notice        `json:"setup"`
	Explained   engine.ExplainedCounts `json:"explained"`
	Totals      Totals                 `json:"totals"`
	ByLevel     map[string]int         `json:"by_level"`
	RuleSetHash string                 `json:"rule_set_hash"`
	Parsers     []Parser               `json:"parsers"`
	// Days are the events of each day, for the chart.
	Days    []DayCount `json:"days"`
	SignOff *SignOff   `json:"sign_off,omitempty"`
	// Overdue are the weeks with data that nobody has signed off.
	Overdue []string `json:"overdue,omitempty"`
	// Warnings are what a reader must know before trusting the list.
	Warnings []engine.Notice `json:"warnings,omitempty"`
	// JournalHash is the last hash of the journal of decisions.
	JournalHash string `json:"journal_hash,omitempty"`
}

// DayCount is one day of the period.
type DayCount struct {
	Day      coverage.Day `json:"day"`
	Events   int64        `json:"events"`
	Findings int          `json:"findings"`
	Status   string       `json:"status"` // of the coverage: the worst of the sources
}
