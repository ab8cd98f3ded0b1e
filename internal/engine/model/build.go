// Package model builds, inside a session of the store, the tables that rules may
// read; package rules/models says what they are. Facts stay where they are, as
// integers: views join them to small tables in memory that hold in clear what
// the dimensions of a window seal.
//
// The package refuses to judge: it holds no threshold of any rule. It never
// changes what is stored, and it never takes rows of events into the program.
package model

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
	"github.com/chartwatch/chartwatch/rules/models"
)

// Defaults of an [Input].
const (
	// DefaultLookback is how many days before the period model events reaches.
	DefaultLookback = 92
	// DefaultHistory is how many days before the period the history of accounts
	// is counted for.
	DefaultHistory = 180

	defaultShiftMargin = 60
	defaultHoursMargin = 90
)

// Input is what models are built from, beside the store.
type Input struct {
	Sealer   *seal.Sealer
	Practice practice.Practice
	// Expect says on which days sources are expected to have a log, by name.
	Expect map[string]coverage.Expectation
	// Reviewed are the pairs that people have found to be in order.
	Reviewed []ReviewedPair
	// Period are the days to review. The models reach one day further.
	Period coverage.Period
	// Lookback and History are in days; 0 means the defaults.
	Lookback int
	History  int
	// Now is the time of the run. Models are as of the period, so that the same data
	// always gives the same ones, and do not depend on it.
	Now time.Time
}

// Notice is something about the set-up that a person should look at. It may name
// people.
type Notice struct {
	Code    string
	Message string
	Hint    string
}

// Built says what was built.
type Built struct {
	// Events are the days that model events holds.
	Events coverage.Period
	// Empty says of every model without rows why it has none.
	Empty map[string]string
	// Missing are the kinds of context data that the practice has not given.
	Missing []string
	// Sources are the sources with events in the period, by name.
	Sources []Source
	// Actions are the actions with events in the 90 days before the period's end.
	Actions []string
	// FirstDay is the first day with events in the whole log; HistoryDays are the days
	// with events before the period.
	FirstDay    coverage.Day
	HistoryDays int
	// FirstSeen is each account's first day in the whole log, for the accounts of
	// the last half year.
	FirstSeen map[string]coverage.Day
	Names     *Names
	Notices   []Notice
}

// Source is what the events of one source in the period hold.
type Source struct {
	Name   string
	Events int64
	// Shares are the shares of events, 0 to 1, in which a column of model events is
	// neither null nor empty.
	Shares map[string]float64
}

// builder builds the models of one session.
type builder struct {
	s     *store.Session
	in    Input
	zone  *time.Location
	built Built
	// window are the days of events; reach is a little more, for what schedules say
	// about days nearby.
	window, reach coverage.Period

	imports   []importRow
	sources   map[int32]string
	calendar  *calendar
	people    *people
	users     []user
	nameless  []user // entries of the log that name no account
	places    []place
	patients  []patient               // of the list of patients
	canonical map[string]string       // patient numbers by other numbers of the same patient
	habits    map[int64]map[int]usual // by person and weekday
	// strangeVisits says that the appointments write patients in another way than the logs.
	strangeVisits bool
	// only are the patients that events are restricted to; nil is all.
	only  []string
	codes []int64 // their codes, once the patients are known
	// twins is how many events are further records of an access.
	twins int64
}

// Build creates the models in a session. Everything that it creates beside them
// has a name that begins with mdl_.
func Build(ctx context.Context, s *store.Session, in Input) (Built, error) {
	b := newBuilder(s, in)
	for _, step := range b.steps() {
		if err := step.do(ctx); err != nil {
			return Built{}, fmt.Errorf("building the models: %s: %w", step.name, err)
		}
	}
	return b.built, nil
}

// newBuilder fills in the defaults.
func newBuilder(s *store.Session, in Input) *builder {
	if in.Lookback == 0 {
		in.Lookback = DefaultLookback
	}
	if in.History == 0 {
		in.History = DefaultHistory
	}
	if in.Practice.ShiftMargin == 0 {
		in.Practice.ShiftMargin = defaultShiftMargin
	}
	if in.Practice.HoursMargin == 0 {
		in.Practice.HoursMargin = defaultHoursMargin
	}
	b := &builder{s: s, in: in, zone: in.Practice.Zone}
	if b.zone == nil {
		b.zone = time.UTC
	}
	b.window = coverage.Period{From: in.Period.From - coverage.Day(in.Lookback), To: in.Period.To + 1} //nolint:gosec // some days
	b.reach = coverage.Period{From: b.window.From - 1, To: b.window.To + 1}
	b.built = Built{Events: b.window, Empty: map[string]string{}, FirstSeen: map[string]coverage.Day{}, Names: newNames()}
	return b
}

// Explain builds only what explains the accesses to some patients: the view
// [Explanations] and model first_open, both for these patients.
func Explain(ctx context.Context, s *store.Session, in Input, patients []string) error {
	b := newBuilder(s, in)
	b.only = patients
	for _, step := range b.explainSteps() {
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("building the models: %s: %w", step.name, err)
		}
	}
	return nil
}

type step struct {
	name string
	do   func(context.Context) error
}

// steps are in the order in which one needs the other.
func (b *builder) steps() []step {
	return []step{
		{"sources", b.loadSources},
		{"calendar", b.openings},
		{"roster", b.loadPeople},
		{"users", b.loadUsers},
		{"people", b.peopleModels},
		{"workstations", b.loadPlaces},
		{"numbers of patients", b.loadPatients},
		{"kinds of events", b.loadKinds},
		{"records of one access", b.loadTwins},
		{"shifts", b.hours},
		{"events", b.events},
		{"appointments", b.visits},
		{"patients", b.patientModels},
		{"accounts", b.accounts},
		{"workstations in use", b.stations},
		{"policy", b.policy},
		{"lists", b.lists},
		{"tickets", b.tickets},
		{"source days", b.sourceDays},
		{"running numbers", b.seqGaps},
		{"changed history", b.historyChanges},
		{"what follows from these", b.derived},
		{"what there is", b.describe},
	}
}

// explainSteps are those of the steps that explanations rest on. Every record of an
// access is explained, whichever of them is shown.
func (b *builder) explainSteps() []step {
	needed := []string{
		"sources", "calendar", "roster", "users", "people", "workstations", "numbers of patients", "kinds of events", "shifts", "events", "appointments", "lists",
	}
	list := slices.DeleteFunc(b.steps(), func(s step) bool { return !slices.Contains(needed, s.name) })
	return append(list, step{"explanations", func(ctx context.Context) error { return buildExplanations(ctx, b.s, b.derivedInput()) }})
}

// inForce reports whether an entry has not expired before the period.
func (b *builder) inForce(e practice.Entry) bool {
	return e.Expires == 0 || e.Expires >= b.in.Period.From
}

// derived makes the models that rest on the others.
func (b *builder) derived(ctx context.Context) error {
	return buildDerived(ctx, b.s, b.derivedInput())
}

func (b *builder) derivedInput() derivedInput {
	return derivedInput{Period: b.in.Period, Practice: b.in.Practice, Reviewed: b.in.Reviewed}
}

func (b *builder) notice(code, message, hint string) {
	b.built.Notices = append(b.built.Notices, Notice{Code: code, Message: message, Hint: hint})
}

// describe completes what is told about the models.
func (b *builder) describe(ctx context.Context) error {
	for _, step := range []func(context.Context) error{b.complete, b.shares, b.actions, b.history} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	for _, name := range baseModels() {
		query := "SELECT EXISTS (SELECT 1 FROM temp." + name + ")"
		if name == "sessions" { // the view would find all of them
			query = "SELECT EXISTS (SELECT 1 FROM temp.events WHERE interactive = 1 AND user_id IS NOT NULL)"
		}
		var has bool
		if err := b.s.QueryRow(ctx, query).Scan(&has); err != nil {
			return err
		}
		if !has {
			b.built.Empty[name] = b.whyEmpty(name)
		}
	}
	return nil
}

// baseModels are the models that this file's package half builds; the derived ones
// rest on them.
func baseModels() []string {
	return []string{
		"events", "sessions", "account_change", "accounts", "account_person", "staff", "staff_period", "leave", "patient",
		"staff_patient", "relation", "role_policy", "list_entry", "ticket", "visit", "visit_day", "shift", "oncall", "opening",
		"station", "source_day", "seq_gap", "history_change",
	}
}

func (b *builder) whyEmpty(name string) string {
	if name == "list_entry" || name == "ticket" {
		return "nobody has entered any"
	}
	m, _ := models.ByName(name)
	switch m.Context {
	case "":
		return "the logs of these days hold nothing of it"
	case models.ContextRoster:
		if b.people.rows == 0 {
			return "there is no roster"
		}
	case models.ContextPatients:
		if len(b.patients) == 0 {
			return "there is no list of patients"
		}
	case models.ContextAppointments:
		if b.strangeVisits {
			return "the appointments write patients' numbers in another way than the logs"
		}
		return "there are no appointments around these days"
	case models.ContextHours:
		return "the opening hours are not known"
	}
	return "the " + m.Context + " data says nothing of it"
}
