package metrics

import "time"

// Site is what is shown about one practice. It is a snapshot: whoever looked at
// the practice hands it over with [Metrics.Set]. A count that is called a total
// comes from the database, so that it survives a restart and includes what other
// runs of the program did. A zero time is not shown.
type Site struct {
	// Up says that the practice could be looked at. If it is false, the rest is what
	// was last seen.
	Up bool

	Sources  []Source
	Rules    []Rule
	Findings []Findings
	// OldestOpen is when the oldest finding that is still open was made, by level.
	OldestOpen map[string]time.Time
	Review     Review

	StoreBytes, StoreEvents int64
	// DiskFree are the bytes that are free where the data lies; a negative number
	// means that nobody knows, and is not shown.
	DiskFree int64

	// IntegrityOK says that the journal of reviews and decisions was verified.
	IntegrityOK bool
	// LastCheckpoint is the time of the last entry of the journal.
	LastCheckpoint time.Time

	Notify        []Notify
	NotifyPending int
	Drop          Drop
}

// Source is one log of a practice.
type Source struct {
	Name string
	// LastEvent is the time of the latest event, LastIngest that of the latest import.
	LastEvent, LastIngest time.Time
	// Bytes is the total that was imported. Gaps are missing numbers and empty days.
	Bytes, Gaps int64
	// Silent says that the log stopped arriving, weekends and holidays considered.
	Silent  bool
	Parsers []Parser
}

// Parser is what one parser made of a source.
type Parser struct {
	Name     string
	Accepted int64 // total
	// Rejected are totals by reason.
	Rejected map[string]int64
}

// Rule is the work of one rule.
type Rule struct {
	ID string
	// DefaultLevel is the level that the rule declares. Findings of this level are
	// shown even if there are none.
	DefaultLevel string
	// Outcomes are totals of periods by the fate of the rule in them.
	Outcomes map[string]int64
	// LastSeconds is how long it took last; 0 means that it has not run yet.
	LastSeconds float64
	// Levels are totals of created findings by level.
	Levels map[string]int64
}

// Findings is how many findings of a rule and level are in a state now.
type Findings struct {
	Rule, Level, State string
	Count              int64
}

// Review is where the weekly review stands.
type Review struct {
	// LastSuccess is when the latest review was made, Due when the first week that
	// has not been reviewed is due.
	LastSuccess, Due time.Time
	LastSeconds      float64
	// Incomplete says that the latest review misses something and must not be read as
	// a clean one.
	Incomplete bool
	// Overdue are the reviewed weeks that nobody signed off in time.
	Overdue int
}

// Notify is a total of messages to people.
type Notify struct {
	Channel, Outcome string
	Count            int64
}

// Drop are the files in the drop folder now.
type Drop struct {
	Waiting, Growing, Failed int
}
