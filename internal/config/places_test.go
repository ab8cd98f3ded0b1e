package config_test

import (
	"strings"
	"testing"

	"github.com/chartwatch/chartwatch/internal/config"
)

// TestSettingsOfTheProgram makes sure that one of several practices cannot say what is
// one for all of them, while its configuration may hold the defaults, as the template
// does, and works alone with values of its own.
func TestSettingsOfTheProgram(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"metrics", "site: one\nmetrics: {listen: \"127.0.0.1:9\"}\n", "one.yaml:2:19: metrics.listen: it is one for all practices"},
		{"no-metrics", "metrics:\n  listen: \"\"\n", "one.yaml:2:11: metrics.listen: it is one for all practices"},
		{"log", "log:\n  level: debug\n", "one.yaml:2:10: log.level: it is one for all practices and belongs into the configuration that has `sites`"},
		{"template", config.Template(), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := surroundings(t)
			o.File = write(t, o.SystemDir, "one.yaml", tc.text)
			if _, err := config.Load(o); err != nil {
				t.Errorf("alone: %v", err)
			}
			base := config.Default()
			o.Base = &base
			_, err := config.Load(o)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("as one of several: got %v, want %q", err, tc.want)
			}
		})
	}
}
