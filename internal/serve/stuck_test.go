package serve_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/metrics"
	"github.com/chartwatch/chartwatch/internal/serve"
)

// A practice whose work hangs is not shown as well for ever, and is when it goes on.
func TestStuck(t *testing.T) {
	m := metrics.New(metrics.Build{}, metrics.Options{})
	m.Set("dental", metrics.Site{Up: true, StoreEvents: 7})
	show := func() string {
		answer := httptest.NewRecorder()
		m.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
		var list []string
		for line := range strings.Lines(answer.Body.String()) {
			if strings.HasPrefix(line, "chartwatch_site_up{") || strings.HasPrefix(line, "chartwatch_store_events{") {
				_, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
				list = append(list, value)
			}
		}
		return strings.Join(list, " ")
	}
	var log bytes.Buffer
	// The first look sees the round that has ended.
	got := serve.Stuck(t.Context(), m, slog.New(slog.NewTextHandler(&log, nil)), 120, show)
	if diff := cmp.Diff([]string{"1 7", "0 7", "0 7", "1 0", "0 0"}, got); diff != "" {
		t.Errorf("up and events (-want +got):\n%s", diff)
	}
	if n := strings.Count(log.String(), "has not come to an end for two hours"); n != 2 {
		t.Errorf("said %d times:\n%s", n, &log)
	}
}
