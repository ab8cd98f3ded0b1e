package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chartwatch/chartwatch/internal/practice"
)

// run counts how many exports the same person made in the window before each one.
const run = `SELECT x.site, x.event_id, x.ts_s, x.person_id, x.patient_id FROM (
      SELECT e.site, e.event_id, e.ts_s, e.person_id, e.patient_id,
             COUNT(*) OVER (PARTITION BY e.site, e.person_id ORDER BY e.ts_s RANGE BETWEEN $window_days * 86400 PRECEDING AND CURRENT ROW) AS n
      FROM events e WHERE e.action = 'export') x
    WHERE x.n >= 3`

// A rule is shown the days of its window, which a longer window of the site widens.
func TestReach(t *testing.T) {
	r := rule(t, ruleParts{
		sql: run, around: ", lookback: 3d", explain: "{{person}} exported records, {{day}}.",
		more: "params:\n  window_days: {type: days, default: 3, min: 1, max: 30, why: days before}",
	})
	exports := []string{
		header,
		"2025-03-03 09:00:00,1,ana,101,export,note,W1", "2025-03-04 09:00:00,2,ana,102,export,note,W1", "2025-03-13 09:00:00,3,ana,103,export,note,W1",
		"2025-03-13 10:00:00,4,bea,101,export,note,W1", "2025-03-14 09:00:00,5,bea,102,export,note,W1", "2025-03-15 09:00:00,6,bea,103,export,note,W1",
	}
	for _, c := range []struct {
		name, days string
		want       []string
	}{
		{"the_default", "", []string{"exports bea 03-15..03-15 1"}},
		{"longer", "14", []string{"exports ana 03-13..03-13 1", "exports bea 03-15..03-15 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, r)
			d.file("ehr", exports...)
			if c.days != "" {
				d.engine.Practice.Rules = []practice.RuleValue{{Layer: "site", Rule: r.ID, Param: "window_days", Value: c.days}}
			}
			if diff := cmp.Diff(c.want, spans(d.evaluate("2025-03-12", "2025-03-16").Findings)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}
