package serve

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/intake"
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
