package serve

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/review"
	"github.com/chartwatch/chartwatch/internal/site"
)

// lookEvery is how often the database is looked at if nothing tells that it has
// changed: time alone makes a log silent and a finding old.
const lookEvery = time.Hour

// attend reviews the weeks that are due and takes stock. Each review is an opening
// of the database of its own, so that a person who waits gets it in between.
func (k *keeper) attend(ctx context.Context) {
	if !k.mayTry(&k.attending) || !k.worthLooking() {
		return
	}
	tried := map[string]bool{}
	k.held = false
	var failure error
	for again := true; again && ctx.Err() == nil; {
		again = false
		err := k.work(ctx, k.site.ForRules(k.site.Workspace(false)), func(w *intake.Workspace) error {
			o, err := k.site.Office(ctx, w)
			if err != nil {
				return err
			}
			weeks, err := o.Reviewer.Weeks(ctx, k.weekly)
			if err != nil {
				return err
			}
			k.noteWeeks(ctx, weeks)
			for _, todo := range weeks.Todo() {
				if tried[todo.Week.Name] {
					continue
				}
				if k.filesComing() {
					k.held = true
					continue
				}
				tried[todo.Week.Name], again = true, true
				if err := k.review(ctx, o, todo); err != nil {
					failure = err
				}
				return nil
			}
			return k.look(ctx, o, weeks)
		})
		if err != nil {
			k.unreadable(ctx, err)
			k.failed(ctx, &k.attending, "looking after the database", err)
			return
		}
		pause(ctx)
	}
	if failure != nil {
		k.failed(ctx, &k.attending, "the review of a week", failure)
		return
	}
	if ctx.Err() == nil {
		k.attending = trouble{}
		k.looked.stamp = k.stampNow()
	}
}

// comeBy is for how long a review waits for files that lie in the drop folder.
const comeBy = 10 * time.Minute

// filesComing reports whether files are about to be imported, as on a Monday morning
// when the computer has just been switched on. A review without them would have to be
// made again at once.
func (k *keeper) filesComing() bool {
	now := k.now()
	if !k.patient || k.scan.Waiting == 0 {
		k.waiting = time.Time{}
		return false
	}
	if k.waiting.IsZero() || k.waiting.After(now) {
		k.waiting = now
	}
	return now.Sub(k.waiting) < comeBy
}

// worthLooking reports whether the database may have something to do or to show.
func (k *keeper) worthLooking() bool {
	now := k.now()
	due := !k.looked.weeks.Next.IsZero() && !now.Before(k.looked.weeks.Next)
	return !k.looked.seen || due || (k.held && !k.filesComing()) || k.attending.fails > 0 || k.stampNow() != k.looked.stamp ||
		now.Before(k.looked.at) || now.Sub(k.looked.at) >= lookEvery
}

// behind is how far a clock may be before the last entry of the journal.
const behind = time.Hour

// noteWeeks keeps what the ledger says, and notices a clock that was set back.
func (k *keeper) noteWeeks(ctx context.Context, w review.Weeks) {
	if off := w.Latest.Sub(k.now()); off > behind && !k.looked.weeks.Latest.Equal(w.Latest) {
		k.log.WarnContext(ctx, "the clock of this computer is behind what has already been recorded, or was ahead then; no week is reviewed twice, but the next one may come late",
			slog.Duration("behind", off.Round(time.Minute)), slog.String("hint", "set the clock"))
	}
	k.looked.weeks = w
	if !w.Next.Equal(k.state.NextDue) {
		k.state.NextDue = w.Next
		k.remember(ctx)
	}
}

// review makes the review of a week. Its error is that of this week alone.
func (k *keeper) review(ctx context.Context, o *site.Office, todo review.Todo) error {
	r, err := o.Review(ctx, todo.Week.Period, todo.Trigger)
	if err != nil {
		return err
	}
	k.summary.Reviewed++
	if r.Incomplete() {
		k.summary.Incomplete++
	}
	k.log.InfoContext(ctx, "a week was reviewed", slog.String("week", todo.Week.Name), slog.String("why", string(todo.Trigger)),
		slog.Int("findings", len(r.Findings)), slog.Bool("incomplete", r.Incomplete()))
	return nil
}

// plain is an error without the names of files, which may be those of patients.
func plain(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Message
	}
	if p, ok := errors.AsType[*pathError](err); ok {
		return p.Op + ": " + p.Err.Error()
	}
	return err.Error()
}
