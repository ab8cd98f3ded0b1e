package review

import "github.com/chartwatch/chartwatch/internal/engine"

// What a report names of the engine below. A report never runs a rule, so it does
// not lean on package engine itself.
type (
	// Finding is what one rule found about one group in one period.
	Finding = engine.Finding
	// Subject is what a finding is about.
	Subject = engine.Subject
	// ScoreLine is one line of the sum that gives the risk.
	ScoreLine = engine.ScoreLine
	// Checked is an explanation that was looked for.
	Checked = engine.Checked
	// Evidence is one row that a finding rests on.
	Evidence = engine.Evidence
	// Vendor is an account of a vendor and what it opened.
	Vendor = engine.Vendor
	// Notice is something that a person should look at.
	Notice = engine.Notice
	// ExplainedCounts are accesses by how well the records explain them.
	ExplainedCounts = engine.ExplainedCounts
	// Outcome is the fate of a rule.
	Outcome = engine.Outcome
)

// The fates of a rule, as a report names them.
const (
	RuleRan           = engine.Ran
	RuleNotApplicable = engine.NotApplicable
	RuleFailed        = engine.Failed
	RuleTimedOut      = engine.TimedOut
	RuleTruncated     = engine.Truncated
	RuleOff           = engine.Off
)

// What of a finding counts, as a report names it.
const (
	LiveMode     = engine.Live
	WatchingMode = engine.Watching
	LearningMode = engine.Learning
)
