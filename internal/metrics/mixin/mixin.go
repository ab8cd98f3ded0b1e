// Package mixin holds what Prometheus and Grafana need to watch over practices:
// alert rules with their unit tests, two dashboards, and for each alert a page that
// says what to do.
//
// It refuses to know more than the metrics do: an alert or panel names a practice,
// source, rule or level and never a person. The dashboards name no data source and
// carry no numbers of one Grafana, so that they can be loaded into any.
package mixin

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
)

//go:generate go run ./generate dashboards

//go:embed alerts.yml alerts_test.yml dashboards/*.json runbooks/*.md
var files embed.FS

// Files returns alerts.yml, alerts_test.yml, and the folders dashboards and runbooks.
func Files() fs.FS { return files }

// Query is what one panel or variable of a dashboard asks Prometheus. In Expr,
// $site stands for the name of a practice and $__rate_interval for a duration.
type Query struct {
	Dashboard, Panel, Expr string
}

// Queries returns all queries of all dashboards, in the order in which they are
// shown.
func Queries() []Query {
	var list []Query
	for _, d := range dashboards() {
		for _, v := range d.Templating.List {
			if v.watched != "" {
				list = append(list, Query{Dashboard: d.UID, Panel: "variable " + v.Name, Expr: v.watched})
			}
		}
		for _, p := range d.Panels {
			for _, t := range p.Targets {
				list = append(list, Query{Dashboard: d.UID, Panel: p.Title, Expr: t.Expr})
			}
		}
	}
	return list
}

// Dashboards returns the dashboards as JSON, by the name of their file.
func Dashboards() (map[string][]byte, error) {
	made := map[string][]byte{}
	for _, d := range dashboards() {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(d); err != nil {
			return nil, fmt.Errorf("writing the dashboard %s: %w", d.UID, err)
		}
		made[d.UID+".json"] = b.Bytes()
	}
	return made, nil
}

func dashboards() []dashboard { return []dashboard{practice(), fleet()} }

// runbook returns the address of the page about an alert.
func runbook(alert string) string {
	return "https://github.com/chartwatch/chartwatch/blob/main/internal/metrics/mixin/runbooks/" + alert + ".md"
}
