package review

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/engine/model"
	"github.com/chartwatch/chartwatch/internal/evidence"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

// Reviewer does the work of review in one data directory.
type Reviewer struct {
	DB      *store.DB
	Sealer  *seal.Sealer
	Journal *evidence.Journal
	Clock   func() time.Time
	Zone    *time.Location
}

// today is the practice's local day.
func (v *Reviewer) today() coverage.Day {
	zone := v.Zone
	if zone == nil {
		zone = time.UTC
	}
	return coverage.DayOf(v.Clock().In(zone))
}

// Book is everything that people have decided.
type Book struct {
	Decisions    map[string][]Decision // by fingerprint, in their order
	Suppressions []Suppression
	SignOffs     []SignOff
	about        map[string]aboutFinding
}

// aboutFinding is what of a decided finding later ones need to know.
type aboutFinding struct {
	Rule     string         `json:"rule"`
	Subject  engine.Subject `json:"subject"`
	Day      coverage.Day   `json:"day"` // the first
	To       coverage.Day   `json:"to,omitempty"`
	Patients []string       `json:"patients,omitempty"`
}

// decisionContent is what of a decision the journal keeps.
type decisionContent struct {
	Decision
	About aboutFinding `json:"about"`
}

// Book reads the journal.
func (v *Reviewer) Book(ctx context.Context) (*Book, error) {
	entries, err := v.Journal.Entries(ctx, evidence.KindDecision, evidence.KindSuppression, evidence.KindLift, evidence.KindSignOff)
	if err != nil {
		return nil, err
	}
	b := &Book{Decisions: map[string][]Decision{}, about: map[string]aboutFinding{}}
	for _, e := range entries {
		if err := b.take(e); err != nil {
			return nil, fmt.Errorf("reading entry %d of the journal: %w", e.Seq, err)
		}
	}
	return b, nil
}

func (b *Book) take(e evidence.Entry) error {
	switch e.Kind {
	case evidence.KindDecision:
		var c decisionContent
		if err := json.Unmarshal(e.Content, &c); err != nil {
			return err
		}
		c.At, c.By = e.At, e.By
		b.Decisions[e.Object] = append(b.Decisions[e.Object], c.Decision)
		b.about[e.Object] = c.About
	case evidence.KindSuppression:
		var s Suppression
		if err := json.Unmarshal(e.Content, &s); err != nil {
			return err
		}
		s.ID, s.By, s.At = e.Object, e.By, e.At
		b.Suppressions = append(b.Suppressions, s)
	case evidence.KindLift:
		for i := range b.Suppressions {
			if b.Suppressions[i].ID == e.Object {
				b.Suppressions[i].Lifted, b.Suppressions[i].LiftedBy = true, e.By
			}
		}
	case evidence.KindSignOff:
		var s SignOff
		if err := json.Unmarshal(e.Content, &s); err != nil {
			return err
		}
		s.Week, s.By, s.At, s.Hash = e.Object, e.By, e.At, e.Hash
		b.SignOffs = append(b.SignOffs, s)
	default:
	}
	return nil
}

// SignedOff returns the sign-off of a week, the last one if there are several.
func (b *Book) SignedOff(week string) *SignOff {
	for i := len(b.SignOffs) - 1; i >= 0; i-- {
		if b.SignOffs[i].Week == week {
			return &b.SignOffs[i]
		}
	}
	return nil
}

// last is the last decision about a finding; its zero value stands for none.
func (b *Book) last(fingerprint string) Decision {
	list := b.Decisions[fingerprint]
	if len(list) == 0 {
		return Decision{}
	}
	return list[len(list)-1]
}

// reviewedFor is for how long an access that was found to be in order explains
// further ones.
const reviewedFor = 90

// Reviewed implements [engine.Past].
func (b *Book) Reviewed() []model.ReviewedPair {
	var list []model.ReviewedPair
	for key, about := range b.about {
		d := b.last(key)
		if d.State != Closed || d.Disposition != Expected || about.Subject.Type != "person" {
			continue
		}
		for _, p := range about.Patients {
			// What it explains begins after it: it must not explain itself away.
			closed := coverage.DayOf(d.At)
			list = append(list, model.ReviewedPair{
				PersonID: about.Subject.ID, PatientID: p, FromDay: max(closed, about.Day+1, about.To+1), ExpiresDay: closed + reviewedFor,
			})
		}
	}
	sortPairs(list)
	return list
}

// Confirmed implements [engine.Past].
func (b *Book) Confirmed(rule string, subject engine.Subject, before coverage.Day) int {
	return b.closedAs(MisuseConfirmed, rule, subject, before)
}

// Expected implements [engine.Past].
func (b *Book) Expected(rule string, subject engine.Subject, before coverage.Day) int {
	return b.closedAs(Expected, rule, subject, before)
}

// year is how far back decisions change the risk of later findings.
const year = 365

func (b *Book) closedAs(as Disposition, rule string, subject engine.Subject, before coverage.Day) int {
	n := 0
	for key, about := range b.about {
		d := b.last(key)
		if d.State == Closed && d.Disposition == as && about.Rule == rule && sameSubject(about.Subject, subject) && about.Day < before && about.Day >= before-year {
			n++
		}
	}
	return n
}

func sameSubject(a, b engine.Subject) bool {
	return a.Type == b.Type && strings.EqualFold(a.ID, b.ID)
}
