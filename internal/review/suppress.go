package review

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/evidence"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/rules"
)

// Bounds of suppressions.
const (
	defaultSuppression = 90
	longestSuppression = 365
	longestProject     = 30
	shortestText       = 15
	previewDays        = 90
	soon               = 14
)

// ReasonCodes returns the closed set of reasons, in a fixed order.
func ReasonCodes() []string {
	return []string{"duty", "project", "relationship_approved", "device_pair", "interface_account", "known_data_fault", "other"}
}

// Preview is what a suppression would do to the findings of the last 90 days.
type Preview struct {
	Suppression Suppression   `json:"suppression"`
	Hides       []CoveredLine `json:"hides"`
	Leaves      []CoveredLine `json:"leaves"` // of the same rule or category
	Saved       bool          `json:"saved"`
}

// SuppressionFor fills in what follows from a finding: its rule, its subject and
// the days.
func (v *Reviewer) SuppressionFor(x *Item, s Suppression) Suppression {
	if s.Rule == "" && s.Category == "" {
		s.Rule = x.RuleID
	}
	if len(s.Match) == 0 {
		s.Match = map[string][]string{"subject": {x.Subject.ID}}
	}
	if s.Starts == 0 {
		s.Starts = x.FromDay
	}
	return s
}

// Suppress makes an exception. With dry it only shows what the exception would do.
func (v *Reviewer) Suppress(ctx context.Context, s Suppression, dry bool) (Preview, error) {
	if s.Starts == 0 {
		s.Starts = v.today()
	}
	if s.Expires == 0 {
		s.Expires = v.today() + defaultSuppression
		if s.ReasonCode == "project" {
			s.Expires = v.today() + longestProject
		}
	}
	if s.Effect == "" {
		s.Effect = Hide
	}
	if err := checkSuppression(s, v.today()); err != nil {
		return Preview{}, err
	}
	b, err := v.Book(ctx)
	if err != nil {
		return Preview{}, err
	}
	last := max(v.today(), s.Starts)
	items, err := v.Items(ctx, b, coverage.Period{From: min(last-previewDays, s.Starts), To: last + previewDays})
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Suppression: s, Hides: []CoveredLine{}, Leaves: []CoveredLine{}}
	highest := rules.Info
	for i := range items {
		x := &items[i]
		if !x.Open() || !s.concerns(&x.Finding) {
			continue
		}
		line := CoveredLine{ID: x.ID, Rule: x.RuleID, Title: x.Title, Level: x.Level, Text: x.Text}
		if !s.meets(&x.Finding) {
			p.Leaves = append(p.Leaves, line)
			continue
		}
		p.Hides = append(p.Hides, line)
		if x.Level.Rank() > highest.Rank() {
			highest = x.Level
		}
		if err := v.refuseOwn(ctx, s.By, x); err != nil {
			return p, err
		}
		if s.Approved != "" {
			if err := v.refuseOwn(ctx, s.Approved, x); err != nil {
				return p, err
			}
		}
	}
	if err := v.refuseOwnMatch(ctx, s); err != nil || dry {
		return p, err
	}
	if highest.Rank() >= rules.High.Rank() && (s.Approved == "" || sameName(s.Approved, s.By)) {
		return p, fault.New(fault.Usage, "hiding findings of level high or critical takes two people", "add --approved-by NAME")
	}
	s.ID = strings.ToLower(rand.Text()[:8])
	e, err := v.Journal.Append(ctx, evidence.KindSuppression, s.ID, s.By, s)
	s.At, p.Suppression, p.Saved = e.At, s, err == nil
	p.Suppression = s
	return p, err
}

// refuseOwnMatch refuses a suppression that names one of those who make it, whatever
// it meets now.
func (v *Reviewer) refuseOwnMatch(ctx context.Context, s Suppression) error {
	for _, key := range []string{"subject", "user_id", "person_id"} {
		for _, value := range s.Match[key] {
			x := Item{Finding: engine.Finding{Subject: engine.Subject{ID: value}}}
			if err := v.refuseOwn(ctx, s.By, &x); err != nil {
				return err
			}
			if s.Approved == "" {
				continue
			}
			if err := v.refuseOwn(ctx, s.Approved, &x); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkSuppression(s Suppression, today coverage.Day) error {
	usage := func(message, hint string) error { return fault.New(fault.Usage, message, hint) }
	longest := longestSuppression
	if s.ReasonCode == "project" {
		longest = longestProject
	}
	switch {
	case strings.TrimSpace(s.By) == "":
		return usage("who makes the exception is missing", "add --by NAME, your own name or account")
	case (s.Rule == "") == (s.Category == ""):
		return usage("an exception is for one rule or for one category", "name a finding, or give --rule or --category")
	case s.Category != "" && !slices.Contains(rules.Categories(), s.Category):
		return usage(fmt.Sprintf("there is no category %q", s.Category), "`chartwatch rules list` shows the categories")
	case !slices.Contains(ReasonCodes(), s.ReasonCode):
		return usage("the kind of reason is missing", "add --reason duty, project, relationship_approved, device_pair, interface_account, known_data_fault or other")
	case len([]rune(strings.TrimSpace(s.Text))) < shortestText:
		return usage(fmt.Sprintf("the reason must have %d characters or more", shortestText), "add --text: whoever reads it in a year must understand it")
	case !slices.Contains([]Effect{Hide, Lower, NoNotice}, s.Effect):
		return usage(fmt.Sprintf("there is no effect %q", s.Effect), "use hide, lower or no_notice")
	case s.Expires < today:
		return usage("the exception would already be over", "give a later --expires")
	case int(s.Expires-max(today, s.Starts)) > longest:
		return usage(fmt.Sprintf("an exception holds for at most %d days", longest), "give an earlier --expires and renew it then")
	}
	named := false
	for key, values := range s.Match {
		for _, value := range values {
			if value == "" || strings.ContainsAny(value, "*?%") {
				return usage("an exception names people and devices one by one", "give the values of "+key+" without wildcards")
			}
		}
		named = named || (len(values) > 0 && slices.Contains([]string{"subject", "user_id", "person_id", "workstation"}, key))
	}
	if !named {
		return usage("an exception must name a person, an account or a workstation", "add --match subject=…, user_id=… or workstation=…")
	}
	return nil
}

// concerns reports whether a finding is of the suppression's rule or category.
func (s *Suppression) concerns(f *engine.Finding) bool {
	return (s.Rule != "" && f.RuleID == s.Rule) || (s.Category != "" && f.Category == s.Category)
}

// meets reports whether a suppression is for a finding. A value of the evidence
// must be allowed in every row, so that one known device does not hide another.
func (s *Suppression) meets(f *engine.Finding) bool {
	if !s.concerns(f) || f.ToDay < s.Starts || f.FromDay > s.Expires {
		return false
	}
	for key, allowed := range s.Match {
		if !within(values(f, key), allowed) {
			return false
		}
	}
	return true
}

// values are a finding's values of a key.
func values(f *engine.Finding, key string) []string {
	switch key {
	case "subject":
		return []string{f.Subject.ID}
	case "person_id":
		if f.Subject.Type == rules.SubjectPerson {
			return []string{f.Subject.ID}
		}
	case "user_id":
		return f.UserIDs
	case "patient_id":
		return f.PatientIDs
	}
	var list []string
	for _, e := range f.Evidence {
		if key == "workstation" && e.EventID != "" {
			list = append(list, e.Workstation) // one that is not known is not allowed
			continue
		}
		if v, ok := e.Values[key]; ok {
			list = append(list, v)
		}
	}
	return list
}

// within reports whether there are values and all are allowed.
func within(list, allowed []string) bool {
	for _, v := range list {
		if !slices.ContainsFunc(allowed, func(a string) bool { return strings.EqualFold(a, v) }) {
			return false
		}
	}
	return len(list) > 0
}

// Lift takes a suppression away. What it hid comes back.
func (v *Reviewer) Lift(ctx context.Context, id, by, reason string) (hidden int, err error) {
	b, err := v.Book(ctx)
	if err != nil {
		return 0, err
	}
	i := slices.IndexFunc(b.Suppressions, func(s Suppression) bool { return s.ID == id && !s.Lifted })
	switch {
	case i < 0:
		return 0, fault.New(fault.NotFound, "there is no exception "+id+" in force", "`chartwatch findings suppressions` shows them")
	case strings.TrimSpace(by) == "":
		return 0, fault.New(fault.Usage, "who takes the exception away is missing", "add --by NAME, your own name or account")
	}
	s := b.Suppressions[i]
	items, err := v.Items(ctx, b, coverage.Period{From: s.Starts, To: s.Expires})
	if err != nil {
		return 0, err
	}
	for _, x := range items {
		if x.SuppressedBy == id && x.State == Suppressed {
			hidden++
		}
	}
	_, err = v.Journal.Append(ctx, evidence.KindLift, id, by, map[string]string{"text": reason})
	return hidden, err
}

// SuppressionState is a suppression and what a person should do about it.
type SuppressionState struct {
	Suppression
	State string `json:"state"` // in_force, expired or lifted
	// Advice is empty, or says that it is about to end, or has never met anything.
	Advice string `json:"advice,omitempty"`
}

// Suppressions returns all exceptions with what they met.
func (v *Reviewer) Suppressions(ctx context.Context) ([]SuppressionState, error) {
	b, err := v.Book(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]SuppressionState, 0, len(b.Suppressions))
	for _, s := range b.Suppressions {
		items, err := v.Items(ctx, b, coverage.Period{From: s.Starts, To: s.Expires})
		if err != nil {
			return nil, err
		}
		for i := range items {
			if items[i].State != Superseded && s.meets(&items[i].Finding) {
				s.Matched++
			}
		}
		x := SuppressionState{Suppression: s, State: "in_force"}
		switch today := v.today(); {
		case s.Lifted:
			x.State = "lifted"
		case s.Expires < today:
			x.State = "expired"
		case s.Expires-today <= soon:
			x.Advice = "ends soon: renew it, or let it end"
		case s.Matched == 0 && today-coverage.DayOf(s.At) > 60:
			x.Advice = "has met nothing in 60 days: take it away"
		}
		list = append(list, x)
	}
	return list, nil
}
