package mixin_test

import (
	"fmt"
	"io/fs"
	"regexp"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/chartwatch/chartwatch/internal/metrics"
	"github.com/chartwatch/chartwatch/internal/metrics/mixin"
)

// rule is one rule of alerts.yml.
type rule struct {
	Record      string            `yaml:"record"`
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

// rules returns the recording rules and the alerts.
func rules(t *testing.T) (records, alerts []rule) {
	t.Helper()
	var file struct {
		Groups []struct {
			Rules []rule `yaml:"rules"`
		} `yaml:"groups"`
	}
	decode(t, "alerts.yml", &file)
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			if r.Alert == "" {
				records = append(records, r)
			} else {
				alerts = append(alerts, r)
			}
		}
	}
	if len(alerts) == 0 {
		t.Fatal("there are no alerts")
	}
	return records, alerts
}

func decode(t *testing.T, name string, into any) {
	t.Helper()
	if err := yaml.Unmarshal(read(t, name), into); err != nil {
		t.Fatal(err)
	}
}

// read returns one of the embedded files.
func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := fs.ReadFile(mixin.Files(), name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// named returns the metrics of ours that an expression names.
func named(expr string) []string {
	return regexp.MustCompile(`\bchartwatch_[a-z_]+`).FindAllString(expr, -1)
}

// practice is a practice that has everything, the later the more of it. The third
// one of all has trouble.
func practice(number, step int, now time.Time) metrics.Site {
	n := int64(step * (number + 1))
	s := metrics.Site{
		Up: true,
		Sources: []metrics.Source{
			{
				Name: "ehr", LastEvent: now.Add(-time.Hour), LastIngest: now, Bytes: 1000 * n, Gaps: n / 4,
				Parsers: []metrics.Parser{{Name: "delimited", Accepted: 100 * n, Rejected: map[string]int64{"bad_time": n}}},
			},
			{Name: "door", LastEvent: now.Add(-time.Hour), LastIngest: now, Parsers: []metrics.Parser{{Name: "normalized", Accepted: n}}},
		},
		OldestOpen: map[string]time.Time{},
		Review:     metrics.Review{LastSuccess: now.Add(-48 * time.Hour), Due: now.Add(5 * 24 * time.Hour), LastSeconds: 3},
		StoreBytes: 1000 * n, StoreEvents: 100 * n, DiskFree: 1 << 40,
		IntegrityOK: true, LastCheckpoint: now,
		Notify: []metrics.Notify{{Channel: "mail", Outcome: "delivered", Count: n}},
	}
	for i := range 12 {
		id := fmt.Sprintf("core.group.rule-%d", i)
		s.Rules = append(s.Rules, metrics.Rule{
			ID: id, DefaultLevel: "medium", LastSeconds: float64(i + 1), Outcomes: map[string]int64{"ran": n, "failed": n / 8},
			Levels: map[string]int64{"medium": n, "critical": n / 2},
		})
		s.Findings = append(s.Findings, metrics.Findings{Rule: id, Level: "medium", State: "closed", Count: n})
	}
	if number == 2 {
		s.Review.Incomplete, s.Review.Overdue, s.NotifyPending, s.Drop.Failed = true, 2, 1, 1
		s.Sources[1].Silent = true
		s.OldestOpen["critical"] = now.Add(-9 * 24 * time.Hour)
		s.Findings = append(s.Findings, metrics.Findings{Rule: "core.group.rule-1", Level: "critical", State: "new", Count: 1})
	}
	return s
}
