package serve

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/chartwatch/chartwatch/internal/config"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/metrics"
	"github.com/chartwatch/chartwatch/internal/serve/drop"
)

// EndFailed ends a claim as after an import that failed, and returns how many failed files
// that counts.
func EndFailed(ctx context.Context, c *drop.Claim, log *slog.Logger) (int, error) {
	i := &importing{keeper: &keeper{log: log}}
	err := i.finish(ctx, c, intake.Failure(c.Path, errors.New("it is cut off")))
	return i.keeper.scan.Failed + i.keeper.summary.Failed, err
}

// Silences shows the sources that are found to be silent, as "name since".
func Silences(totals []intake.SourceTotals, expect map[string]coverage.Expectation, today coverage.Day, zone *time.Location, after time.Duration) []string {
	var list []string
	for _, s := range silences(totals, expect, today, zone, after) {
		list = append(list, s.source+" "+s.since.String())
	}
	return list
}

// Stuck looks n times whether the work for a practice goes on, before it ends a round
// and after, and returns what is shown each time.
func Stuck(ctx context.Context, m *metrics.Metrics, log *slog.Logger, n int, show func() string) []string {
	k := &keeper{log: log, config: config.Config{Site: "dental"}}
	s := &Server{options: Options{Metrics: m, Log: log}, keepers: []*keeper{k}}
	look := func(n int) string {
		for range n {
			s.noticeStuck(ctx)
		}
		return show()
	}
	k.rounds.Add(1)
	list := []string{look(n), look(1), look(n)}
	k.rounds.Add(1)
	m.Set("dental", metrics.Site{Up: true})
	return append(list, look(n), look(1))
}
