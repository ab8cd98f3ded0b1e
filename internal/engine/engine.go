// Package engine builds the models for a period, runs the rules over them, and
// turns the rows that they give into findings. It keeps the ledger of what ran,
// what could not and why.
//
// It refuses to decide: what a finding means, and what becomes of it, is a
// person's work and that of package review. It has no clock but the caller's.
package engine

import (
	"log/slog"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine/model"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/rules"
)

// Engine runs rules over one store.
type Engine struct {
	DB     *store.DB
	Sealer *seal.Sealer
	// Rules are the rules to run, with the values that the site has set.
	Rules []Effective
	// Practice is what the practice has told about itself.
	Practice practice.Practice
	// Expect says on which days sources are expected to have a log, by name.
	Expect map[string]coverage.Expectation
	// Clock gives the time that is written into the ledger.
	Clock func() time.Time
	Log   *slog.Logger
	// SiteKey is the secret that fingerprints are made with.
	SiteKey []byte
	// Past is what became of earlier findings.
	Past Past
	// Limits bound what one rule may cost.
	Limits Limits
}

// Past is what people decided about earlier findings, as far as it changes later
// ones. A nil Past decided nothing.
type Past interface {
	// Reviewed returns the pairs of person and patient whose access was closed as
	// expected, and until when that holds.
	Reviewed() []model.ReviewedPair
	// Confirmed and Expected count the findings of a rule about a subject that were
	// closed as misuse or as expected in the 12 months before a day.
	Confirmed(rule string, subject Subject, before coverage.Day) int
	Expected(rule string, subject Subject, before coverage.Day) int
}

// Effective is a rule with the values that are in force.
type Effective struct {
	rules.Rule
	// Params are the values in force, by name, defaults included.
	Params map[string]float64
	// Off says that the site has switched the rule off, with a reason.
	Off       bool
	OffReason string
	// Watch says that findings are stored but not listed.
	Watch bool
	// Site says that the rule is the site's own and runs boxed in.
	Site bool
	// Origins say who set a value that is not the default, by parameter, "level" or "off".
	Origins map[string]Origin
	// Hash is over the rule's text, the values and the list entries in force.
	Hash string
}

// Origin is where a value comes from.
type Origin struct {
	Layer string    `json:"layer"` // shipped, profile or site
	By    string    `json:"by,omitempty"`
	At    time.Time `json:"at,omitzero"`
}

// Limits bound the evaluation of one rule.
type Limits struct {
	Time time.Duration // of one rule in one period; 0 means 60 s
	Rows int           // evidence rows kept in one period; 0 means 10,000
	// Ready is how many events are kept ready for rules at once; 0 means 600,000. It
	// bounds the memory and changes no result.
	Ready int64
}

// Outcome is the fate of a rule in a period.
type Outcome string

// The fates. Everything but Ran means that nothing may be concluded from the
// absence of findings.
const (
	Ran           Outcome = "ran"
	NotApplicable Outcome = "not_applicable"
	Failed        Outcome = "failed"
	TimedOut      Outcome = "timed_out"
	Truncated     Outcome = "truncated" // ran, but has more rows than are kept
	Off           Outcome = "off"
)

// Run is one entry of the ledger: one rule in one period.
type Run struct {
	RuleID   string          `json:"id"`
	Version  int             `json:"version"`
	Period   coverage.Period `json:"-"`
	Outcome  Outcome         `json:"outcome"`
	Reason   string          `json:"reason,omitempty"`
	Matches  int64           `json:"matches"`
	Findings int64           `json:"findings"`
	Millis   int64           `json:"millis"`
	Hash     string          `json:"params_hash"`
	// Unchanged says that the ledger already had this evaluation of the same data, so
	// the rule was not run again.
	Unchanged bool `json:"unchanged,omitempty"`
}

// Mode says how much a finding counts.
type Mode string

// The modes. Only live findings are listed and counted.
const (
	Live     Mode = "live"
	Watching Mode = "watch"    // the rule is only watched
	Learning Mode = "learning" // the site or the account is too new
)

// Subject is what a finding is about.
type Subject struct {
	Type rules.SubjectType `json:"type"`
	ID   string            `json:"id"`
	Name string            `json:"name,omitempty"`
	Role string            `json:"role,omitempty"`
}

// ScoreLine is one line of the sum that gives the risk.
type ScoreLine struct {
	Points  int    `json:"points"`
	Because string `json:"because"`
}

// Checked is an explanation that was looked for.
type Checked struct {
	Reason string `json:"reason"`          // such as own_visit
	Found  int    `json:"found,omitempty"` // patients of the finding that it explains
	// Missing says that there is no data to look in.
	Missing bool `json:"missing,omitempty"`
}

// Finding is what one rule found about one group in one period. Times are UTC.
type Finding struct {
	Fingerprint string         `json:"fingerprint"`
	RuleID      string         `json:"rule"`
	RuleVersion int            `json:"rule_version"`
	ParamsHash  string         `json:"params_hash"`
	Title       string         `json:"title"`
	Category    rules.Category `json:"category"`
	Level       rules.Level    `json:"level"`
	Risk        int            `json:"risk"`
	Confidence  string         `json:"confidence,omitempty"`
	Score       []ScoreLine    `json:"score"`
	Subject     Subject        `json:"subject"`
	UserID      string         `json:"user_id"` // the account, if there is exactly one
	UserIDs     []string       `json:"user_ids"`
	PatientIDs  []string       `json:"patient_ids"`

	Period     coverage.Period  `json:"-"`
	PeriodKind rules.PeriodKind `json:"period_kind"`
	FromDay    coverage.Day     `json:"period_from"`
	ToDay      coverage.Day     `json:"period_to"`
	FirstAt    time.Time        `json:"first_at"`
	LastAt     time.Time        `json:"last_at"`
	EventCount int64            `json:"event_count"`
	// Text says in plain words what was found, compared with what, and which
	// explanations were looked for. It names people.
	Text      string   `json:"text"`
	NextSteps []string `json:"next_steps,omitempty"`
	Questions []string `json:"questions,omitempty"`
	// NeverAsk says that the person must not be asked about it.
	NeverAsk bool               `json:"never_ask,omitempty"`
	Measures map[string]float64 `json:"measures,omitempty"`
	Checked  []Checked          `json:"explanations_checked,omitempty"`
	// Quality are doubts about the data of the period.
	Quality     []string `json:"data_quality,omitempty"`
	Mode        Mode     `json:"mode"`
	Provisional bool     `json:"provisional,omitempty"`
	// CoversRules are the rules whose weaker findings about the same evidence become
	// lines of this one; CoveredBy is the fingerprint of the one that this is a line of.
	CoversRules []string   `json:"covers_rules,omitempty"`
	CoveredBy   string     `json:"covered_by,omitempty"`
	Evidence    []Evidence `json:"evidence"`
	// Rows is how many evidence rows there were; Evidence may hold fewer.
	Rows int64 `json:"rows"`
}

// Evidence is one row that a finding rests on.
type Evidence struct {
	// EventID is the public id of an event, as package access writes it; empty for
	// an interval.
	EventID       string    `json:"event_id,omitempty"`
	SourceEventID string    `json:"source_event_id,omitempty"`
	At            time.Time `json:"at"`
	LocalTime     string    `json:"local_time,omitempty"`
	UserID        string    `json:"user_id,omitempty"`
	PatientID     string    `json:"patient_id,omitempty"`
	Action        string    `json:"action,omitempty"`
	RecordType    string    `json:"record_type,omitempty"`
	Workstation   string    `json:"workstation,omitempty"`
	File          string    `json:"file,omitempty"`
	Line          int64     `json:"line,omitempty"`
	// Values are the rule's own columns, as text.
	Values map[string]string `json:"values,omitempty"`

	// Event is the store's number of the event, 0 for an interval.
	Event int64 `json:"-"`
}

// Result is what an evaluation of a period gave.
type Result struct {
	Period   coverage.Period
	Runs     []Run
	Findings []Finding // live and not, of the whole period, the highest risk first
	Setup    []Notice  // what a person should set up or correct
	// Vendors are the accounts of vendors and business associates, used or not.
	Vendors []Vendor
	// Explained counts the patient accesses of the period by explanation strength
	// 0 to 3, and those that cannot be judged.
	Explained ExplainedCounts
	// RuleSetHash is over all rules and their values.
	RuleSetHash string
}

// Vendor is an account of a vendor or business associate and what it opened in
// the period. Times are UTC and zero if it was not used.
type Vendor struct {
	UserID      string    `json:"user_id"`
	Name        string    `json:"name"`
	Role        string    `json:"role"`
	Events      int64     `json:"events"`
	Patients    int64     `json:"patients"`
	RecordTypes []string  `json:"record_types"`
	FirstAt     time.Time `json:"first_at,omitzero"`
	LastAt      time.Time `json:"last_at,omitzero"`
}

// ExplainedCounts are accesses (account, patient and day) by how well the records
// explain them.
type ExplainedCounts struct {
	None     int64 `json:"none"`
	Weak     int64 `json:"weak"`
	Moderate int64 `json:"moderate"`
	Strong   int64 `json:"strong"`
	Unjudged int64 `json:"unjudged"`
}

// Notice is something about the set-up that a person should look at, such as an
// account that two people of the roster hold. It may name people.
type Notice struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}
