package serve

import (
	"context"
	"log/slog"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/engine"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/notify"
	"github.com/chartwatch/chartwatch/internal/review"
)

// newsDays is for how long a review is news. What is older was told, or nobody was
// to be told then.
const newsDays = 14 * 24 * time.Hour

// newsWeeks is how old a week may be for its review to be news. When a daemon begins
// years after the first log, it reviews hundreds of weeks, and a hundred mails would not
// be read; the ledger has them all, and that they wait for a sign-off is told.
const newsWeeks = 92

// missedAfter is for how long a due week may wait before people are told that it
// could not be reviewed.
const missedAfter = 24 * time.Hour

// tell puts down what people should know and sends what has not been sent. All of it
// follows from the journal and the logs, so that a crash in between loses nothing.
func (k *keeper) tell(ctx context.Context) {
	if k.putDown(ctx) {
		k.noteFailed(ctx)
	}
	k.noteWaiting(ctx)
	if err := k.outbox.Flush(ctx); err != nil && ctx.Err() == nil {
		k.log.ErrorContext(ctx, "the list of messages could not be written", slog.String("error", plain(err)), slog.String("hint", fault.HintOf(err)))
	}
	k.refresh()
}

// putDown keeps what is to be told, and reports whether it could.
func (k *keeper) putDown(ctx context.Context) bool {
	for _, m := range k.news() {
		if err := k.outbox.Put(m); err != nil {
			k.log.ErrorContext(ctx, "a message could not be kept for sending", slog.String("hint", fault.HintOf(err)))
			return false
		}
	}
	return true
}

// news is everything that people should know now; what they were told already is
// left out by the outbox.
func (k *keeper) news() []notify.Message {
	now := k.now()
	var list []notify.Message
	add := func(m notify.Message) {
		m.Site, m.At = k.names.Site(), now
		list = append(list, m)
	}
	for i := range k.looked.weeks.List {
		x := &k.looked.weeks.List[i]
		if at := x.Last().At; x.Reviewed() && coverage.DayOf(now)-x.Period.To < newsWeeks && now.Sub(at) < newsDays && !at.After(now) {
			add(reviewNews(x))
		}
	}
	if k.looked.unsigned > 0 {
		add(notify.Message{Kind: notify.SignOffOverdue, Count: k.looked.unsigned})
	}
	if !k.filesComing() { // which may be those that are missing
		if due := k.state.NextDue; !due.IsZero() && now.Sub(due) > missedAfter {
			add(notify.Message{Kind: notify.ReviewOverdue, Week: weekBefore(due.In(k.zone))})
		}
		for _, s := range k.looked.silent {
			add(notify.Message{Kind: notify.SourceSilent, Source: k.names.Source(s.source), Since: date(s.since)})
		}
	}
	if k.looked.seen && !k.looked.intact {
		add(notify.Message{Kind: notify.LogIntegrity})
	}
	if k.moreFailed() {
		add(notify.Message{Kind: notify.FileFailed, Count: k.failedFiles()})
	}
	if n := k.stuckFiles(); n > 0 {
		add(notify.Message{Kind: notify.FileStuck, Count: n})
	}
	return list
}

// stuckFiles are the files that have waited in the drop folder for longer than its
// patience. A run that ends at once sees each file for the first time, so it goes by
// when files were first left waiting.
func (k *keeper) stuckFiles() int {
	if since := k.state.WaitingSince; k.scan.Growing == 0 && !k.patient && !since.IsZero() && k.now().Sub(since) >= k.config.Drop.Patience {
		return k.scan.Waiting
	}
	return k.scan.Growing
}

// noteWaiting remembers since when there have been files that were left waiting.
func (k *keeper) noteWaiting(ctx context.Context) {
	waits := k.scan.Waiting+k.scan.Growing > 0
	if !k.scanned || waits == !k.state.WaitingSince.IsZero() {
		return
	}
	k.state.WaitingSince = time.Time{}
	if waits {
		k.state.WaitingSince = k.now()
	}
	k.remember(ctx)
}

// failedFiles are the files that wait for somebody because they could not be imported.
func (k *keeper) failedFiles() int { return k.scan.Failed + k.state.BadPaths }

// counted reports whether the files of the drop folder were counted since the start.
func (k *keeper) counted() bool { return k.config.Drop.Dir == "" || k.scanned }

// tells reports whether there is anybody to tell.
func (k *keeper) tells() bool { return len(k.outbox.Stats()) > 0 }

// moreFailed reports whether there are more such files than people know of. They are told
// once a day, so what comes later on the same day is told on the next.
func (k *keeper) moreFailed() bool {
	return k.tells() && k.counted() && k.failedFiles() > k.state.Failed && !sameDay(k.state.FailedAt, k.now())
}

// noteFailed remembers what people were told.
func (k *keeper) noteFailed(ctx context.Context) {
	switch {
	case k.moreFailed():
		k.state.FailedAt = k.now()
	case !k.counted(), k.failedFiles() >= k.state.Failed:
		return
	}
	k.state.Failed = k.failedFiles()
	k.remember(ctx)
}

// sameDay goes by days of UTC, as [notify.Message.Key] does.
func sameDay(a, b time.Time) bool {
	return a.UTC().Format(time.DateOnly) == b.UTC().Format(time.DateOnly)
}

func reviewNews(x *review.Week) notify.Message {
	kind := notify.ReviewDone
	last := x.Last()
	if len(x.Reviews) > 1 && last.Trigger != review.ByHand && last.Different {
		kind = notify.ReviewUpdated
	}
	l := last.ByLevel
	return notify.Message{
		Kind: kind, Week: weekOf(x.Period.From), Review: len(x.Reviews), Open: last.Open, Incomplete: last.Incomplete,
		Levels: notify.Levels{Info: l["info"], Low: l["low"], Medium: l["medium"], High: l["high"], Critical: l["critical"]},
	}
}

func weekOf(d coverage.Day) notify.Week {
	year, week := d.Time().ISOWeek()
	return notify.Week{Year: year, Number: week}
}

// weekBefore is the last week that was over at some time.
func weekBefore(t time.Time) notify.Week {
	return weekOf(engine.WeekOf(coverage.DayOf(t)).From - 7)
}

func date(d coverage.Day) notify.Date {
	y, m, day := d.Time().Date()
	return notify.Date{Year: y, Month: m, Day: day}
}
