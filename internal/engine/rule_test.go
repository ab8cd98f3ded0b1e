package engine_test

import (
	"strings"
	"testing"

	"github.com/chartwatch/chartwatch/rules"
)

// ruleParts are what a test says of a rule; what it leaves out is ordinary.
type ruleParts struct {
	id, level, risk, period, around, emit, group, subject, sql, explain, evidence, more string
}

// views finds the views of one action by one person in a day.
const views = `SELECT e.site, e.event_id, e.ts_s, e.user_id, e.person_id, e.patient_id, e.workstation, e.local_minute
    FROM events e
    WHERE e.action = 'export' AND e.ts_s >= $from_s AND e.ts_s < $to_s`

// rule reads a small rule.
func rule(t *testing.T, p ruleParts) rules.Rule {
	t.Helper()
	or := func(s, otherwise string) string {
		if s == "" {
			return otherwise
		}
		return s
	}
	text := strings.Join([]string{
		"schema: 1",
		"id: " + or(p.id, "site.bulk.exports"),
		"version: 1",
		"status: test",
		"title: Records were exported",
		"category: bulk",
		"level: " + or(p.level, "medium"),
		"risk: " + or(p.risk, "40"),
		"confidence: medium",
		"hipaa: [{cite: \"164.312(b)\", why: activity}]",
		"description: Somebody exported records.",
		"why_it_matters: Exported records are out of sight.",
		"false_positives: [a transfer of records]",
		"blind_spots: [photographs of a screen]",
		"next_steps: [Ask for the reason.]",
		"questions: [\"Why did you export records on {{day}}?\"]",
		"schedule: {period: " + or(p.period, "day") + ", settle: 6h" + p.around + "}",
		"emit: " + or(p.emit, "events"),
		"group: [" + or(p.group, "person_id") + "]",
		"subject: " + or(p.subject, "{type: person, id: person_id}"),
		"sql: |",
		"    " + or(p.sql, views),
		"explain: \"" + or(p.explain, "{{person}} exported {{count}} records, {{day}}.") + "\"",
		"evidence: [" + or(p.evidence, "ts_s, patient_id") + "]",
		// A rule must have tests of its own; these are never run.
		"tests:",
		"  - {name: fires, given: {events: [{event_id: 1}]}, expect: [{" + or(p.group, "person_id") + ": ana, rows: 1}]}",
		"  - {name: quiet, given: {events: []}, expect: []}",
		p.more,
	}, "\n")
	r, err := rules.Parse("exports.yaml", []byte(text+"\n"))
	if err != nil {
		t.Fatalf("the rule of the test: %v\n%s", err, text)
	}
	return r
}
