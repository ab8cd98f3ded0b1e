package metrics_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/internal/metrics"
)

func build() metrics.Build {
	return metrics.Build{Version: "1.2.3", Revision: "0123abc", GoVersion: "go1.26"}
}

// at returns a moment of a Monday in March, so many hours after midnight.
func at(hours int) time.Time {
	return time.Date(2025, 3, 17, hours, 0, 0, 0, time.UTC)
}

// full is a practice that has everything that can be shown.
func full() metrics.Site {
	return metrics.Site{
		Up: true,
		Sources: []metrics.Source{
			{
				Name: "ehr", LastEvent: at(8), LastIngest: at(9), Bytes: 123456, Gaps: 2,
				Parsers: []metrics.Parser{{Name: "delimited", Accepted: 1000, Rejected: map[string]int64{"bad_time": 3, "field_count": 1}}},
			},
			{Name: "door", Silent: true},
		},
		Rules: []metrics.Rule{
			{
				ID: "core.bulk.chart-burst", DefaultLevel: "high", Outcomes: map[string]int64{"ran": 5, "failed": 1}, LastSeconds: 0.25,
				Levels: map[string]int64{"high": 4, "critical": 1},
			},
			{ID: "core.login.spray", DefaultLevel: "medium", Outcomes: map[string]int64{"not_applicable": 6}},
		},
		Findings: []metrics.Findings{
			{Rule: "core.bulk.chart-burst", Level: "high", State: "new", Count: 3},
			{Rule: "core.bulk.chart-burst", Level: "high", State: "closed", Count: 1},
			{Rule: "core.bulk.chart-burst", Level: "critical", State: "under_review", Count: 1},
		},
		OldestOpen: map[string]time.Time{"high": at(7), "critical": at(6)},
		Review:     metrics.Review{LastSuccess: at(10), Due: at(10 + 7*24), LastSeconds: 12.5, Incomplete: true, Overdue: 2},
		StoreBytes: 4096, StoreEvents: 1000, DiskFree: 1 << 30,
		IntegrityOK: true, LastCheckpoint: at(10),
		Notify:        []metrics.Notify{{Channel: "mail", Outcome: "delivered", Count: 7}, {Channel: "mail", Outcome: "failed", Count: 2}},
		NotifyPending: 1,
		Drop:          metrics.Drop{Waiting: 1, Growing: 2, Failed: 3},
	}
}

// get scrapes once, in the plain text format or in the one that is asked for.
func get(tb testing.TB, h http.Handler, accept string) (body, kind string) {
	tb.Helper()
	r := httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody)
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		tb.Fatalf("the scrape answers %d: %s", w.Code, w.Body)
	}
	return w.Body.String(), w.Header().Get("Content-Type")
}

func scrape(tb testing.TB, m *metrics.Metrics) string {
	tb.Helper()
	body, _ := get(tb, m.Handler(), "")
	return body
}

// show sets one practice called main, and returns the scrape.
func show(tb testing.TB, o metrics.Options, s metrics.Site) string {
	tb.Helper()
	m := metrics.New(build(), o)
	m.Set("main", s)
	return scrape(tb, m)
}

// of returns the lines of a scrape that belong to a metric.
func of(text, metric string) []string {
	list := []string{}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, metric+"{") || strings.HasPrefix(line, metric+" ") {
			list = append(list, strings.TrimSpace(strings.TrimPrefix(line, metric)))
		}
	}
	return list
}

// labels returns every name and value of a label in a scrape.
func labels(text string) map[[2]string]bool {
	all := map[[2]string]bool{}
	for _, m := range regexp.MustCompile(`([a-z_]+)="((?:[^"\\]|\\.)*)"`).FindAllStringSubmatch(text, -1) {
		all[[2]string{m[1], m[2]}] = true
	}
	return all
}
