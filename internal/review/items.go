package review

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/engine/model"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/rules"
)

// idLength is how much of a fingerprint commands show and take.
const idLength = 10

// shortID is the short form of a fingerprint.
func shortID(fingerprint string) string { return fingerprint[:min(idLength, len(fingerprint))] }

// Items returns all findings whose days meet a period, also those that are hidden,
// with what people made of them.
func (v *Reviewer) Items(ctx context.Context, b *Book, p coverage.Period) ([]Item, error) {
	stored, err := engine.StoredFindings(ctx, v.DB, v.Sealer, "from_day <= ? AND to_day >= ?", int32(p.To), int32(p.From))
	if err != nil {
		return nil, err
	}
	return b.items(stored), nil
}

// items puts decisions and suppressions over findings. What a stronger finding
// covers becomes a line of it.
func (b *Book) items(stored []engine.Stored) []Item {
	list := make([]Item, 0, len(stored))
	at := map[string]int{}
	// What is hidden covers nothing: an exception for one rule hides no other.
	var shown []engine.Finding
	for _, s := range stored {
		x := b.item(s)
		x.CoveredBy = ""
		at[x.Fingerprint] = len(list)
		list = append(list, x)
		if x.Listed() {
			shown = append(shown, x.Finding)
		}
	}
	engine.Cover(shown)
	for _, f := range shown {
		list[at[f.Fingerprint]].CoveredBy = f.CoveredBy
	}
	for _, x := range list {
		if i, ok := at[x.CoveredBy]; ok && x.CoveredBy != "" {
			list[i].Covers = append(list[i].Covers, CoveredLine{ID: x.ID, Rule: x.RuleID, Title: x.Title, Level: x.Level, Text: x.Text})
		}
	}
	return list
}

func (b *Book) item(s engine.Stored) Item {
	x := Item{
		ID: shortID(s.Fingerprint), Finding: s.Finding, State: New, Decisions: b.Decisions[s.Fingerprint],
		CreatedAt: time.UnixMicro(s.CreatedUs).UTC(), UpdatedAt: time.UnixMicro(s.UpdatedUs).UTC(),
	}
	if d := b.last(s.Fingerprint); d.State != "" {
		x.State, x.Disposition, x.Owner, x.Due = d.State, d.Disposition, d.Owner, d.Due
		if d.State == Closed && d.Disposition == DataError && x.UpdatedAt.After(d.At) && s.Present {
			// The data was said to be wrong, has changed since, and still shows it.
			x.State, x.Disposition = New, ""
		}
	}
	x.RecurrenceOf = b.recurrence(&x)
	switch {
	case !s.Present:
		x.State = Superseded
	case x.Mode != engine.Live:
		x.State = Watch
	case x.State != Closed:
		b.suppress(&x)
	}
	return x
}

// recurrence is the fingerprint of an earlier finding of the same rule about the
// same subject that was confirmed.
func (b *Book) recurrence(x *Item) string {
	var found string
	var day coverage.Day
	for key, about := range b.about {
		d := b.last(key)
		if key == x.Fingerprint || d.State != Closed || d.Disposition != MisuseConfirmed || about.Rule != x.RuleID || !sameSubject(about.Subject, x.Subject) {
			continue
		}
		if about.Day < x.FromDay && (found == "" || about.Day > day || (about.Day == day && key < found)) {
			found, day = key, about.Day
		}
	}
	return found
}

// suppress applies the suppressions in force.
func (b *Book) suppress(x *Item) {
	for _, s := range b.Suppressions {
		if s.Lifted || !s.meets(&x.Finding) || s.madeByOneOf(x) {
			continue
		}
		x.SuppressedBy = s.ID
		switch s.Effect {
		case Hide:
			x.State = Suppressed
		case Lower:
			x.Level = lower(x.Level)
			_, high := engine.Band(x.Level)
			x.Risk = min(x.Risk, high)
			x.Score = append(slices.Clone(x.Score), engine.ScoreLine{Points: 0, Because: "lowered by suppression " + s.ID})
		case NoNotice:
		}
		return
	}
}

// madeByOneOf reports whether a finding is about somebody who made the
// suppression: it may meet them later, by their device, and must not hide it.
func (s *Suppression) madeByOneOf(x *Item) bool {
	for _, who := range append([]string{x.Subject.ID, x.Subject.Name}, x.UserIDs...) {
		if sameName(who, s.By) || sameName(who, s.Approved) {
			return true
		}
	}
	return false
}

func lower(l rules.Level) rules.Level {
	all := rules.Levels()
	return all[max(slices.Index(all, l)-1, 0)]
}

// Listed reports whether a finding belongs on the list: it is live, shown by the
// data, not hidden, and no line of another one.
func (x *Item) Listed() bool {
	switch x.State {
	case Watch, Suppressed, Superseded:
		return false
	default:
		return x.CoveredBy == ""
	}
}

// Open reports whether somebody still has to deal with it.
func (x *Item) Open() bool { return x.Listed() && x.State != Closed }

// Find returns the finding with a fingerprint or the beginning of one.
func (v *Reviewer) Find(ctx context.Context, b *Book, id string) (Item, error) {
	id = strings.ToLower(strings.TrimSpace(id))
	if len(id) < 4 || strings.Trim(id, "0123456789abcdef") != "" {
		return Item{}, fault.New(fault.Usage, "this is not the id of a finding", "`chartwatch findings list` shows the ids; four characters or more are enough")
	}
	stored, err := engine.StoredFindings(ctx, v.DB, v.Sealer, "fingerprint LIKE ?", id+"%")
	if err != nil {
		return Item{}, err
	}
	switch len(stored) {
	case 0:
		return Item{}, fault.New(fault.NotFound, "there is no finding "+id, "`chartwatch findings list` shows the findings")
	case 1:
	default:
		return Item{}, fault.New(fault.Usage, "several findings begin with "+id, "give more of the id")
	}
	// Read with its neighbours, so that it shows what it covers.
	around, err := v.Items(ctx, b, coverage.Period{From: stored[0].FromDay, To: stored[0].ToDay})
	if err != nil {
		return Item{}, err
	}
	for _, x := range around {
		if x.Fingerprint == stored[0].Fingerprint {
			return x, nil
		}
	}
	return b.item(stored[0]), nil
}

func sortPairs(list []model.ReviewedPair) {
	slices.SortFunc(list, func(a, b model.ReviewedPair) int {
		return cmp.Or(cmp.Compare(a.PersonID, b.PersonID), cmp.Compare(a.PatientID, b.PatientID), cmp.Compare(a.ExpiresDay, b.ExpiresDay))
	})
}
