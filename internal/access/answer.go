package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chartwatch/chartwatch/internal/coverage"
)

// Ask answers a question. What the logs cover is read beside the accesses.
func (a *Asker) Ask(ctx context.Context, q Question) (Answer, error) {
	d, asked := patients(), q.Patient
	if q.User != "" {
		d, asked = users(), q.User
	}
	type loaded struct {
		facts coverage.Facts
		err   error
	}
	covered := make(chan loaded, 1)
	go func() {
		facts, err := coverage.Load(ctx, a.DB, q.Days)
		covered <- loaded{facts, err}
	}()
	s, list, err := a.search(ctx, d, strings.TrimSpace(asked), q.Days)
	c := <-covered
	if err := errors.Join(err, c.err); err != nil {
		return Answer{}, err
	}
	answer := Answer{
		From: q.Days.From, To: q.Days.To, Timezone: q.Zone.String(), Candidates: s.candidates,
		Reasons: []Reason{}, Accesses: list,
	}
	party := s.party
	options := coverage.Options{Expect: q.Expect}
	if q.User != "" {
		answer.User = &party
	} else {
		answer.Patient, options.Patient = &party, s.sealed
	}
	answer.Coverage = c.facts.For(options)
	answer.judge(q, s, c.facts.Without(q.Expect))
	return answer, nil
}

// search finds the subject and its accesses.
func (a *Asker) search(ctx context.Context, d dimension, asked string, days coverage.Period) (*subject, []Access, error) {
	s, err := a.find(ctx, d, asked)
	if err != nil {
		return nil, nil, err
	}
	if s.similar, err = a.occurring(ctx, d, s.similar, days); err != nil {
		return nil, nil, err
	}
	if s.elsewhere, err = a.elsewhere(ctx, d, s); err != nil {
		return nil, nil, err
	}
	if s.elsewhere, err = a.occurring(ctx, d, s.elsewhere, days); err != nil {
		return nil, nil, err
	}
	if len(s.codes) == 0 {
		return s, []Access{}, nil
	}
	list, err := a.accesses(ctx, d, s, days)
	return s, list, err
}

// judge chooses among the three answers and says why. Without are the sources
// that should have a log and have none.
func (a *Answer) judge(q Question, s *subject, without []string) {
	doubts := a.doubts(q, s, without)
	a.Reasons = append(a.Reasons, doubts...)
	switch {
	case len(a.Accesses) > 0:
		a.Verdict = Accessed
	case len(doubts) > 0:
		a.Verdict = CannotSay
	default:
		a.Verdict = NoneFound
	}
	a.remarks(q, s)
}

// doubts are the reasons for which there may be accesses that are not listed.
func (a *Answer) doubts(q Question, s *subject, without []string) []Reason {
	if len(s.candidates) > 0 {
		message := "the name may mean any of these; ask again by number"
		if s.more {
			message += "; there are more than are listed here, so give more of the name"
		}
		return []Reason{{Code: "ambiguous_name", Message: message}}
	}
	var list []Reason
	if !s.known && s.sealed != nil && !looksLikeNumber(s.party.ID) {
		list = append(list, Reason{Code: "unknown_name", Message: "nobody of this name or number occurs in the logs or lists; check the spelling, or ask by number"})
	}
	if len(a.Coverage) == 0 && len(without) == 0 {
		list = append(list, Reason{Code: "no_log", Message: "no access log has been imported"})
	}
	for _, name := range without {
		list = append(list, Reason{Code: "no_log", Source: name, Message: "not one event of its log has been imported"})
	}
	for _, e := range s.similar {
		list = append(list, Reason{Code: "similar_name", Message: "a log that gives no number names " + strconv.Quote(e.name) + " on these days, which may be the same person; ask for that name"})
	}
	for _, e := range s.elsewhere {
		list = append(list, Reason{Code: "other_number", Message: "no log has this number, but one names " + strconv.Quote(e.name) + " under number " + strconv.Quote(e.id) + " on these days, which no list knows; ask for that number"})
	}
	for _, c := range a.Coverage {
		if c.InUse {
			list = append(list, sourceDoubts(q, s, c)...)
		}
		for _, g := range c.Gaps {
			list = append(list, Reason{Code: g.Code, Source: c.Name, Message: span(g.From, g.To) + ": " + g.Why})
		}
	}
	return list
}

// sourceDoubts are the reasons for which one source's log cannot answer at all.
func sourceDoubts(q Question, s *subject, c coverage.Source) []Reason {
	var list []Reason
	say := func(code, message string) { list = append(list, Reason{Code: code, Source: c.Name, Message: message}) }
	if !c.HasReads {
		say("no_reads", "its log around these days does not record who looked at a chart, only changes")
	}
	if q.User != "" {
		if !c.HasUsers {
			say("no_users", "its log around these days does not say who acted")
		}
		return list
	}
	if !c.HasPatients {
		say("no_patients", "its log around these days does not say whose chart was opened")
	}
	if len(s.names) == 0 && ((c.HasPatients && !c.HasNumbers) || c.NamesOnly) {
		say("names_only", "its log names patients by name only, and no name is known for this number; import a patient list")
	}
	return list
}

// remarks are what a reader must know besides.
func (a *Answer) remarks(q Question, s *subject) {
	if !s.known && s.sealed != nil && looksLikeNumber(s.party.ID) {
		what := "patient"
		if q.User != "" {
			what = "user"
		}
		a.Reasons = append(a.Reasons, Reason{Code: "unknown_" + what, Message: "this " + what + " number occurs in no log and no list; check that it is right"})
	}
	if len(s.names) > 1 {
		a.Reasons = append(a.Reasons, Reason{Code: "several_names", Message: fmt.Sprintf("the number stands for %d different names; if two systems give it to different persons, look at the source of each access", len(s.names))})
	}
	by := "patient"
	if q.User != "" {
		by = "user"
	}
	var byName, assumed, doubtful, failed, conflicts int
	for _, x := range a.Accesses {
		byName += count(x.MatchedBy == "name")
		assumed += count(x.TZBasis == "assumed")
		doubtful += count(x.TimeFlag != "")
		failed += count(x.Integrity == "failed")
		conflicts += count(x.Conflict)
	}
	for _, r := range []struct {
		n             int
		code, message string
	}{
		{byName, "matched_by_name", "accesses come from a log that names the " + by + " by name only; another person of the same name would be listed too"},
		{assumed, "zone_assumed", "accesses have times in an assumed time zone; configure the practice's timezone"},
		{doubtful, "doubtful_times", "accesses fall into the night in which the clock changed; their local time is not certain"},
		{failed, "checksum_failed", "accesses do not match the checksum that the exporting system stored: the rows were changed afterwards"},
		{conflicts, "conflicting_rows", "accesses were delivered in two versions; both are listed"},
	} {
		if r.n > 0 {
			a.Reasons = append(a.Reasons, Reason{Code: r.code, Message: strconv.Itoa(r.n) + " " + r.message})
		}
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// looksLikeNumber reports whether text is more likely a number than a name.
func looksLikeNumber(text string) bool { return strings.ContainsAny(text, "0123456789") }

func span(from, to coverage.Day) string {
	if from == to {
		return from.String()
	}
	return from.String() + " to " + to.String()
}

// intList writes validated integers into SQL, because bound parameters lose the
// pruning of row groups.
func intList(codes []int32) string {
	sorted := slices.Clone(codes)
	slices.Sort(sorted)
	var b strings.Builder
	for i, c := range slices.Compact(sorted) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(int(c)))
	}
	return b.String()
}
