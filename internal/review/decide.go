package review

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/evidence"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/rules"
)

// workingDays is how long a question may wait for its answer.
const workingDays = 3

// Decide records what a person does with a finding. It refuses what the person
// may not decide, and what would leave no reason behind.
func (v *Reviewer) Decide(ctx context.Context, id string, d Decision) (Item, error) {
	b, err := v.Book(ctx)
	if err != nil {
		return Item{}, err
	}
	x, err := v.Find(ctx, b, id)
	if err != nil {
		return Item{}, err
	}
	if err := v.mayDecide(ctx, &x, &d); err != nil {
		return Item{}, err
	}
	if d.State == Asked {
		if d.Question == "" && len(x.Questions) > 0 {
			d.Question = x.Questions[0]
		}
		if d.Due.IsZero() {
			d.Due = v.inWorkingDays(workingDays)
		}
	}
	about := aboutFinding{Rule: x.RuleID, Subject: x.Subject, Day: x.FromDay, To: x.ToDay, Patients: x.PatientIDs}
	if _, err := v.Journal.Append(ctx, evidence.KindDecision, x.Fingerprint, d.By, decisionContent{Decision: d, About: about}); err != nil {
		return Item{}, err
	}
	if b, err = v.Book(ctx); err != nil {
		return Item{}, err
	}
	return v.Find(ctx, b, x.Fingerprint)
}

// mayDecide checks a decision.
func (v *Reviewer) mayDecide(ctx context.Context, x *Item, d *Decision) error {
	if strings.TrimSpace(d.By) == "" {
		return fault.New(fault.Usage, "who decides is missing", "add --by NAME, your own name or account")
	}
	if err := checkDecision(x, d); err != nil {
		return err
	}
	// Looking at a finding about oneself is no conflict; ending it is.
	if d.State != Closed && x.State != Closed {
		return nil
	}
	if err := v.refuseOwn(ctx, d.By, x); err != nil {
		return err
	}
	if d.Second == "" {
		return nil
	}
	return v.refuseOwn(ctx, d.Second, x)
}

func checkDecision(x *Item, d *Decision) error {
	if x.State == Superseded && d.State != Closed {
		return fault.New(fault.Usage, "the data no longer shows this finding", "it can only be closed")
	}
	if x.State == Closed && d.State != New {
		return fault.New(fault.Conflict, "this finding is closed", "decisions are never changed: reopen it with --state new and a reason, then decide again")
	}
	switch d.State {
	case Closed:
		return checkClosing(x, d)
	case Asked:
		if x.NeverAsk {
			return fault.New(fault.Usage, "the person must not be asked about this finding: the account may be in other hands", "look into it without them")
		}
		if len(x.Questions) == 0 && d.Question == "" {
			return fault.New(fault.Usage, "this rule has no question of its own", "give one with --question")
		}
	case New:
		if strings.TrimSpace(d.Text) == "" {
			return fault.New(fault.Usage, "the reason is missing", "add --text: why it is opened again")
		}
	case Triaged, UnderReview:
	case Watch, Suppressed, Superseded:
		return fault.New(fault.Usage, fmt.Sprintf("%s is not a state that a person gives", d.State), "use triaged, asked, under_review, closed or new")
	default:
		return fault.New(fault.Usage, fmt.Sprintf("there is no state %q", d.State), "use triaged, asked, under_review, closed or new")
	}
	if d.Disposition != "" {
		return fault.New(fault.Usage, "a disposition belongs to a finding that is closed", "add --state closed")
	}
	return nil
}

// Dispositions returns the closed set, in a fixed order.
func Dispositions() []Disposition {
	return []Disposition{Expected, PolicyIssue, MisuseConfirmed, DataError, CannotTell}
}

func checkClosing(x *Item, d *Decision) error {
	if !slices.Contains(Dispositions(), d.Disposition) {
		return fault.New(fault.Usage, "how the finding is closed is missing", "add --disposition expected, policy_issue, misuse_confirmed, data_error or cannot_tell")
	}
	if strings.TrimSpace(d.Text) == "" {
		return fault.New(fault.Usage, "the reason is missing", "add --text: what was found out, in your own words")
	}
	if d.Disposition == Expected && x.Level == rules.Critical && (d.Second == "" || sameName(d.Second, d.By)) {
		return fault.New(fault.Usage, "a critical finding can only be closed as expected by two people", "add --second NAME")
	}
	return nil
}

// refuseOwn refuses somebody who is the subject of a finding or lives with the subject.
func (v *Reviewer) refuseOwn(ctx context.Context, by string, x *Item) error {
	kin, err := v.kin(ctx, by)
	if err != nil {
		return err
	}
	involved := append([]string{x.Subject.ID, x.Subject.Name}, x.UserIDs...)
	for _, who := range involved {
		if who != "" && slices.ContainsFunc(kin, func(k string) bool { return sameName(k, who) }) {
			return fault.New(fault.Conflict, "nobody can close or hide a finding about themself or their household", "another person has to decide; name them with --by")
		}
	}
	return nil
}

// inWorkingDays returns the end of the n-th working day from now.
func (v *Reviewer) inWorkingDays(n int) time.Time {
	at := v.Clock().UTC()
	for n > 0 {
		at = at.AddDate(0, 0, 1)
		if wd := at.Weekday(); wd != 0 && wd != 6 {
			n--
		}
	}
	return at
}
