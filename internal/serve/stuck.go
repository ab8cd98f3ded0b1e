package serve

import (
	"context"
	"log/slog"
)

// stuckAfter is after how many looks, one every [publishEvery], a practice whose round
// does not end is shown as not up. Looks are counted and not the time: a computer that
// slept for a night was not stuck.
const stuckAfter = 120

// progress is what somebody else remembers of the rounds of a practice.
type progress struct {
	rounds  int64
	without int // looks since a round ended
}

// noticeStuck shows a practice whose round does not end as not up. The round may wait for
// a network share for ever and cannot say so itself.
func (s *Server) noticeStuck(ctx context.Context) {
	for _, k := range s.keepers {
		p := &k.progress
		if ended := k.rounds.Load(); ended != p.rounds {
			*p = progress{rounds: ended}
			continue
		}
		p.without++
		if p.without != stuckAfter {
			continue
		}
		s.options.Metrics.Down(k.config.Site)
		k.log.ErrorContext(ctx, "the work for a practice has not come to an end for two hours",
			slog.String("hint", "a file of that size may take so long; otherwise see whether a disk or network share answers, and start chartwatch again"))
	}
}
