package serve

import (
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/intake"
)

// Silences shows the sources that are found to be silent, as "name since".
func Silences(totals []intake.SourceTotals, expect map[string]coverage.Expectation, today coverage.Day, zone *time.Location, after time.Duration) []string {
	var list []string
	for _, s := range silences(totals, expect, today, zone, after) {
		list = append(list, s.source+" "+s.since.String())
	}
	return list
}
