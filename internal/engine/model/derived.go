package model

import (
	"context"
	"fmt"
	"strings"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/practice"
	"github.com/chartwatch/chartwatch/internal/store"
)

// Explanations is the view of every explanation that was found: site, user_id,
// patient_id, day_no, reason, strength. It is for the engine, not for rules.
const Explanations = "mdl_explanation"

// derivedInput is what the derived models need beside the base models of the session.
type derivedInput struct {
	// Period is what is reviewed. No row depends on it: the models hold all days that
	// the session has loaded, and a day's rows are the same in every review.
	Period   coverage.Period
	Practice practice.Practice
	// Reviewed are the pairs that people have looked at before.
	Reviewed []ReviewedPair
	// Windows bound the explanations; the zero value means the usual ones.
	Windows Windows
}

// ReviewedPair is a person and a patient of an earlier finding that was closed as
// expected.
type ReviewedPair struct {
	// PersonID is the person, or an account of the person.
	PersonID  string
	PatientID string
	// FromDay is the first day that the closing explains, ExpiresDay the last; 0
	// is open.
	FromDay    coverage.Day
	ExpiresDay coverage.Day
}

// Windows are the times, in days, over which a record explains an access. They
// do not depend on the role; those that do are in [roleTasks].
type Windows struct {
	OwnBefore, OwnAfter   int // a visit with the person: so long before and after it
	TeamBefore, TeamAfter int // a visit with somebody of the person's team
	// A visit with whomever a person covers, or with anybody for a person on call.
	CoverBefore, CoverAfter int
	CallGraceHours          int // after the end of the on-call time, to write up
	Booking                 int // an appointment that was edited lies within so many days
	BookingReach            int // appointment data that reaches less far ahead cannot show it
	Order                   int // an order or result is so near
	Repeat                  int // an explained access explains the next ones for so long
	// Authored is how long an explained note or order explains the next accesses: no
	// longer than every review looks back, or a day would look different in a review of
	// a week and in one of half a year.
	Authored int
	// Reach is how far back appointment data must reach without a pause longer than
	// Pause before a missing explanation means anything.
	Reach, Pause int
}

func usualWindows() Windows {
	return Windows{
		OwnBefore: 7, OwnAfter: 30, TeamBefore: 7, TeamAfter: 14, CoverBefore: 30, CoverAfter: 365, CallGraceHours: 12,
		Booking: 180, BookingReach: 30, Order: 3, Repeat: 14, Authored: DefaultLookback, Reach: 7, Pause: 5,
	}
}

// derivedStep is a statement of the session and what it makes.
type derivedStep struct{ what, sql string }

// buildDerived makes the models first_open, explained, user_day, user_hour,
// user_week and user_first out of the base models of the session, and the view
// [Explanations]. What else it creates has a name that begins with mdl_d_.
func buildDerived(ctx context.Context, s *store.Session, in derivedInput) error {
	if err := buildExplanations(ctx, s, in); err != nil {
		return err
	}
	if err := loadNetworks(ctx, s); err != nil {
		return err
	}
	return runDerived(ctx, s, baselineSteps())
}

// buildExplanations makes first_open, explained and [Explanations].
func buildExplanations(ctx context.Context, s *store.Session, in derivedInput) error {
	if in.Windows == (Windows{}) {
		in.Windows = usualWindows()
	}
	if err := runDerived(ctx, s, openSteps()); err != nil {
		return err
	}
	if err := loadDerived(ctx, s, in); err != nil {
		return err
	}
	return runDerived(ctx, s, explainSteps(in.Windows))
}

func runDerived(ctx context.Context, s *store.Session, steps []derivedStep) error {
	for _, x := range steps {
		if err := s.Exec(ctx, x.sql); err != nil {
			return fmt.Errorf("building %s: %w", x.what, err)
		}
	}
	return nil
}

// dropTables frees internal tables that nothing reads any more.
func dropTables(tables ...string) derivedStep {
	var b strings.Builder
	for _, t := range tables {
		b.WriteString("DROP TABLE temp." + t + "; ")
	}
	return derivedStep{"room", b.String()}
}
