// Package rules is the format of detection rules: one YAML file a rule, with
// metadata, one portable SELECT over the models of package models, parameters with
// ranges, the words of the finding, and the rule's own tests.
//
// The package reads rule files, refuses what could be misunderstood, and shows
// what a rule would run. It refuses to run anything: it has no database, no
// clock and no data. It never writes a rule.
package rules

// Level is how urgent a finding is. It is earned by measured precision and says
// nothing about anybody's guilt.
type Level string

// The levels, in rising order.
const (
	Info     Level = "info"
	Low      Level = "low"
	Medium   Level = "medium"
	High     Level = "high"
	Critical Level = "critical"
)

// Levels returns the levels in rising order.
func Levels() []Level { return []Level{Info, Low, Medium, High, Critical} }

// Rank returns the level's place in [Levels], or -1.
func (l Level) Rank() int {
	for i, x := range Levels() {
		if l == x {
			return i
		}
	}
	return -1
}

// LevelOf returns the level of a risk from 0 to 100: low up to 21, medium up to
// 47, high up to 73, critical above. Info is only ever set by a rule.
func LevelOf(risk int) Level {
	switch {
	case risk <= 21:
		return Low
	case risk <= 47:
		return Medium
	case risk <= 73:
		return High
	}
	return Critical
}

// Category is the family of a rule.
type Category string

// The closed set of categories.
const (
	SharedAccount    Category = "shared-account"
	RoleAccess       Category = "role-access"
	OffHours         Category = "off-hours"
	Snooping         Category = "snooping"
	AccountLifecycle Category = "account-lifecycle"
	Bulk             Category = "bulk"
	Login            Category = "login"
	BreakGlass       Category = "break-glass"
	Privilege        Category = "privilege"
	LogTrust         Category = "log-trust"
	Baseline         Category = "baseline"
	Integrity        Category = "integrity"
	CrossSite        Category = "cross-site"
)

// Categories returns the closed set, in a fixed order.
func Categories() []Category {
	return []Category{
		SharedAccount, RoleAccess, OffHours, Snooping, AccountLifecycle, Bulk, Login, BreakGlass, Privilege, LogTrust, Baseline,
		Integrity, CrossSite,
	}
}

// Status is how mature a rule is.
type Status string

// The statuses. Findings of experimental rules are only watched; unsupported
// rules are kept for reading and never run.
const (
	Experimental Status = "experimental"
	Testing      Status = "test"
	Stable       Status = "stable"
	Deprecated   Status = "deprecated"
	Unsupported  Status = "unsupported"
)

// Emit says what a row of a rule's SELECT is.
type Emit string

// The two shapes of rows. A row of events has event_id and ts_s; a row of
// intervals has first_s and last_s (UTC seconds) or day_no (a local day).
const (
	EmitEvents    Emit = "events"
	EmitIntervals Emit = "intervals"
)

// PeriodKind is the fixed period by which findings of a rule are told apart.
type PeriodKind string

// The kinds of periods. Once means until the situation ends: one finding for as
// long as every review meets it again.
const (
	PeriodDay     PeriodKind = "day"
	PeriodWeek    PeriodKind = "week"
	PeriodQuarter PeriodKind = "quarter"
	PeriodOnce    PeriodKind = "once"
)

// SubjectType is what a finding is about.
type SubjectType string

// The types of subjects.
const (
	SubjectPerson   SubjectType = "person"
	SubjectAccount  SubjectType = "account"
	SubjectPatient  SubjectType = "patient"
	SubjectSource   SubjectType = "source"
	SubjectLocation SubjectType = "location"
)

// Rule is one rule file that has been read and checked.
type Rule struct {
	Schema     int        `yaml:"schema" json:"schema"`
	ID         string     `yaml:"id" json:"id"` // pack.category.name, never reused
	Version    int        `yaml:"version" json:"version"`
	Status     Status     `yaml:"status" json:"status"`
	Title      string     `yaml:"title" json:"title"`
	Category   Category   `yaml:"category" json:"category"`
	Level      Level      `yaml:"level" json:"level"`
	Risk       int        `yaml:"risk" json:"risk"` // 0 to 100, in the level's band
	Confidence string     `yaml:"confidence" json:"confidence"`
	Tags       []string   `yaml:"tags" json:"tags,omitempty"`
	HIPAA      []Citation `yaml:"hipaa" json:"hipaa,omitempty"`

	Description    string   `yaml:"description" json:"description"`
	WhyItMatters   string   `yaml:"why_it_matters" json:"why_it_matters,omitempty"`
	FalsePositives []string `yaml:"false_positives" json:"false_positives,omitempty"`
	BlindSpots     []string `yaml:"blind_spots" json:"blind_spots,omitempty"`
	NextSteps      []string `yaml:"next_steps" json:"next_steps,omitempty"`
	Questions      []string `yaml:"questions" json:"questions,omitempty"`
	// NeverAsk says that the person must not be asked, for instance because the
	// account may be in other hands.
	NeverAsk bool `yaml:"never_ask" json:"never_ask,omitempty"`

	Requires Requires `yaml:"requires" json:"requires"`
	Learning Learning `yaml:"learning" json:"learning"`
	// Params and Lists are what a site may set. Their order is that of the file.
	Params   []Param  `yaml:"-" json:"params,omitempty"`
	Lists    []string `yaml:"lists" json:"lists,omitempty"`
	Schedule Schedule `yaml:"schedule" json:"schedule"`
	Emit     Emit     `yaml:"emit" json:"emit"`
	// Group are the columns that make one finding, beside site and the period.
	Group   []string `yaml:"group" json:"group"`
	Subject Subject  `yaml:"subject" json:"subject"`
	// SQL is the whole meaning of the rule. Of the shorthands Match and
	// Threshold, it is compiled when the file is loaded.
	SQL       string     `yaml:"sql" json:"sql"`
	Match     *Match     `yaml:"match" json:"match,omitempty"`
	Threshold *Threshold `yaml:"threshold" json:"threshold,omitempty"`

	Explain  string   `yaml:"explain" json:"explain"`
	Evidence []string `yaml:"evidence" json:"evidence,omitempty"` // columns to show of each row
	// Distinct is a column of the rows whose distinct values are counted as the
	// measure "distinct", for the text and the score.
	Distinct string      `yaml:"distinct" json:"distinct,omitempty"`
	Score    []ScoreLine `yaml:"score" json:"score,omitempty"`
	Related  []Related   `yaml:"related" json:"related,omitempty"`
	// Covers are the ids of weaker rules whose findings about the same subject and
	// evidence become a line inside this rule's finding.
	Covers []string `yaml:"covers" json:"covers,omitempty"`
	Tests  []Test   `yaml:"tests" json:"tests,omitempty"`

	// File is the name of the file that the rule was read from.
	File string `yaml:"-" json:"file"`
	// Places say where in the file what is written.
	Places Places `yaml:"-" json:"-"`
}

// Citation is a paragraph of the law that a rule serves.
type Citation struct {
	Cite string `yaml:"cite" json:"cite"` // within 45 CFR, such as 164.312(a)(2)(i)
	Why  string `yaml:"why" json:"why"`
	// Proposed marks a paragraph that is not in force.
	Proposed bool `yaml:"proposed" json:"proposed,omitempty"`
}

// Requires is what must be there for a rule to be applicable.
type Requires struct {
	// Events are the minimum shares, 0 to 1, of events of the period that have a value
	// in a column of model events, or one of models.Shares. A source below a share is left out of the
	// rule; if none is left, the rule is not applicable.
	Events map[string]float64 `yaml:"events" json:"events,omitempty"`
	// Actions are actions of which the log must have at least one event in the
	// 90 days before the end of the period, so that their absence means something.
	Actions []string `yaml:"actions" json:"actions,omitempty"`
	// Models must have rows.
	Models []string `yaml:"models" json:"models,omitempty"`
	// HistoryDays are days with events that must lie before the period.
	HistoryDays int `yaml:"history_days" json:"history_days,omitempty"`
}

// Learning is how long a rule is quiet after a beginning. What it finds in that
// time is watched and does not count.
type Learning struct {
	SiteDays int `yaml:"site_days" json:"site_days,omitempty"` // after the first day of the log
	UserDays int `yaml:"user_days" json:"user_days,omitempty"` // after the first day of the account
}

// ParamType is the type of a parameter.
type ParamType string

// The types of parameters. All are numbers; a choice of texts is a list.
const (
	ParamInt     ParamType = "int"
	ParamSeconds ParamType = "seconds"
	ParamDays    ParamType = "days"
	ParamNumber  ParamType = "number"
)

// Param is a number that a site may change within its range.
type Param struct {
	Name    string    `yaml:"-" json:"name"`
	Type    ParamType `yaml:"type" json:"type"`
	Default float64   `yaml:"default" json:"default"`
	Min     float64   `yaml:"min" json:"min"`
	Max     float64   `yaml:"max" json:"max"`
	Why     string    `yaml:"why" json:"why,omitempty"`
	// Boundary is empty or [BoundaryExact]. Empty leaves the parameter to the rule's
	// own tests.
	Boundary string `yaml:"boundary" json:"boundary,omitempty"`
}

// BoundaryExact says that the rule's own tests must stand at the edge of a
// parameter: one step more, and one step less, must each change what some test
// finds.
const BoundaryExact = "exact"

// Schedule says which period a rule is evaluated for and how far around it the
// rule must see. The durations of lookback and lookahead widen $from_s and $to_s
// (and $from_day, $to_day by whole days).
type Schedule struct {
	Period    PeriodKind `yaml:"period" json:"period"`
	Settle    Duration   `yaml:"settle" json:"settle,omitempty"`
	Lookback  Duration   `yaml:"lookback" json:"lookback,omitempty"`
	Lookahead Duration   `yaml:"lookahead" json:"lookahead,omitempty"`
}

// Subject says what a finding is about. ID is a column of the rule's rows.
type Subject struct {
	Type SubjectType `yaml:"type" json:"type"`
	ID   string      `yaml:"id" json:"id"`
}

// ScoreLine adds points to a finding's risk if a condition holds. When compares
// a measure with a number: "count >= 10".
type ScoreLine struct {
	When    string `yaml:"when" json:"when"`
	Add     int    `yaml:"add" json:"add"`
	Because string `yaml:"because" json:"because"`
}

// Related names another rule that a reviewer may want to see.
type Related struct {
	ID   string `yaml:"id" json:"id"`
	Type string `yaml:"type" json:"type"`
}

// Match is the shorthand for a predicate on one event: a map of columns of model
// events to a value or a list of values, all of which must hold.
type Match struct {
	Where map[string][]string `yaml:"-" json:"where"`
}

// Threshold is the shorthand for "at least Count events (or distinct values of
// Distinct) that match, by Group, within Window".
type Threshold struct {
	Where    map[string][]string `yaml:"-" json:"where"`
	Count    string              `yaml:"count" json:"count"`   // a number or $param
	Window   string              `yaml:"window" json:"window"` // seconds or $param
	Distinct string              `yaml:"distinct" json:"distinct,omitempty"`
}

// Test is one of a rule's own tests.
type Test struct {
	Name string `yaml:"name" json:"name"`
	// Period is the period that is evaluated, as first and last local day; the
	// default is day 0 (1970-01-01) only.
	Period *TestPeriod `yaml:"period" json:"period,omitempty"`
	// Params change the defaults for this test.
	Params map[string]float64 `yaml:"params" json:"params,omitempty"`
	// Given are rows by model; columns that are not named get their defaults.
	Given map[string][]map[string]any `yaml:"given" json:"given"`
	// Expect are the findings' groups: each names the group's columns and, as "rows", the
	// number of evidence rows. No entry means that the rule is quiet.
	Expect []map[string]any `yaml:"expect" json:"expect"`
}

// TestPeriod are the days of a test, both included.
type TestPeriod struct {
	FromDay int64 `yaml:"from_day" json:"from_day"`
	ToDay   int64 `yaml:"to_day" json:"to_day"`
}
