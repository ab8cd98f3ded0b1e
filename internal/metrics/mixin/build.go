package mixin

// Sizes in Grafana's grid, which is 24 wide.
const (
	gridWidth  = 24
	lineHeight = 8
	statHeight = 5
)

const day = 86400

// prometheus is the data source that whoever looks has chosen.
func prometheus() *source { return &source{Type: "prometheus", UID: "${datasource}"} }

// newDashboard returns a dashboard without panels.
func newDashboard(uid, title, description, from string, variables ...variable) dashboard {
	return dashboard{
		UID: uid, Title: title, Description: description, Tags: []string{"chartwatch"}, SchemaVersion: 39, Timezone: "browser", Refresh: "5m",
		Time:  timeRange{From: from, To: "now"},
		Links: []link{{Title: "chartwatch", Type: "dashboards", Tags: []string{"chartwatch"}, KeepTime: true}},
		Templating: templating{List: append([]variable{{
			Name: "datasource", Label: "Prometheus", Type: "datasource", Query: "prometheus", Current: map[string]any{},
		}}, variables...)},
	}
}

// siteVariable lets people choose a practice.
func siteVariable() variable {
	const ask = "label_values(chartwatch_site_up, site)"
	return variable{
		Name: "site", Label: "Practice", Type: "query", Query: variableQuery{Query: ask, RefID: "site"}, Definition: ask,
		Datasource: prometheus(), Refresh: 2, Sort: 1, Current: map[string]any{}, watched: "chartwatch_site_up",
	}
}

// row begins a row with a heading.
func (d *dashboard) row(title string) {
	open := false
	y := d.bottom()
	d.Panels = append(d.Panels, panel{ID: len(d.Panels) + 1, Type: "row", Title: title, Collapsed: &open, GridPos: gridPos{H: 1, W: gridWidth, Y: y}})
}

// add puts a panel to the right of the last one, or below if there is no room.
func (d *dashboard) add(width, height int, p panel) {
	p.ID = len(d.Panels) + 1
	p.GridPos = gridPos{H: height, W: width, Y: d.bottom()}
	if n := len(d.Panels); n > 0 {
		if last := d.Panels[n-1].GridPos; last.X+last.W+width <= gridWidth {
			p.GridPos.X, p.GridPos.Y = last.X+last.W, last.Y
		}
	}
	for i := range p.Targets {
		p.Targets[i].RefID, p.Targets[i].Datasource = string(rune('A'+i)), prometheus()
	}
	p.Datasource = prometheus()
	d.Panels = append(d.Panels, p)
}

func (d *dashboard) bottom() int {
	y := 0
	for i := range d.Panels {
		y = max(y, d.Panels[i].GridPos.Y+d.Panels[i].GridPos.H)
	}
	return y
}

// ask is a query over time.
func ask(expr, legend string) target {
	return target{Expr: expr, LegendFormat: legend, Range: true, Format: "time_series"}
}

// askNow is a query of how things are now.
func askNow(expr, legend string) target {
	return target{Expr: expr, LegendFormat: legend, Instant: true, Format: "time_series"}
}

// scale gives colours to values: the first from the beginning on, and every other
// from its value on.
func scale(first string, more ...step) thresholds {
	return thresholds{Mode: "absolute", Steps: append([]step{{Color: first}}, more...)}
}

func above(value float64, color string) step { return step{Color: color, Value: &value} }

// words shows words for 0 and 1.
func words(zero, zeroColor, one, oneColor string) []mapping {
	return []mapping{{Type: "value", Options: map[string]worded{
		"0": {Text: zero, Color: zeroColor, Index: 0},
		"1": {Text: one, Color: oneColor, Index: 1},
	}}}
}

// stat is one coloured number or word.
func stat(title, description, alert, expr string, f field) panel {
	if f.NoValue == "" {
		f.NoValue = "unknown"
	}
	f.Color = map[string]any{"mode": "thresholds"}
	return panel{
		Type: "stat", Title: title, Description: description, Links: help(alert), FieldConfig: &fieldConfig{Defaults: f, Overrides: []override{}},
		Targets: []target{askNow(expr, "")},
		Options: map[string]any{
			"colorMode": "background", "graphMode": "none", "justifyMode": "auto", "textMode": "value",
			"reduceOptions": map[string]any{"calcs": []string{"lastNotNull"}, "fields": "", "values": false},
		},
	}
}

// lines are values over time.
func lines(title, description, alert, unit string, targets ...target) panel {
	zero := 0.0
	return panel{
		Type: "timeseries", Title: title, Description: description, Links: help(alert), Targets: targets,
		FieldConfig: &fieldConfig{Overrides: []override{}, Defaults: field{
			Unit: unit, Min: &zero, Thresholds: scale("green"), Color: map[string]any{"mode": "palette-classic"},
			Custom: map[string]any{"drawStyle": "line", "fillOpacity": 10, "lineWidth": 1, "showPoints": "never", "stacking": map[string]any{"mode": "none", "group": "A"}},
		}},
		Options: map[string]any{
			"legend":  map[string]any{"displayMode": "list", "placement": "bottom", "showLegend": true},
			"tooltip": map[string]any{"mode": "multi", "sort": "desc"},
		},
	}
}

// stacked is lines on top of each other.
func stacked(p panel) panel {
	p.FieldConfig.Defaults.Custom["stacking"] = map[string]any{"mode": "normal", "group": "A"}
	p.FieldConfig.Defaults.Custom["fillOpacity"] = 40
	return p
}

// byLevel gives the levels of findings their colours.
func byLevel(p panel) panel {
	for _, l := range []struct{ level, color string }{{"info", "blue"}, {"low", "green"}, {"medium", "yellow"}, {"high", "orange"}, {"critical", "red"}} {
		p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, override{
			Matcher:    matcher{ID: "byName", Options: l.level},
			Properties: []property{{ID: "color", Value: map[string]any{"mode": "fixed", "fixedColor": l.color}}},
		})
	}
	return p
}

// bars are the largest values now.
func bars(title, description, alert, unit string, t target) panel {
	zero := 0.0
	return panel{
		Type: "bargauge", Title: title, Description: description, Links: help(alert), Targets: []target{t},
		FieldConfig: &fieldConfig{Overrides: []override{}, Defaults: field{Unit: unit, Min: &zero, Thresholds: scale("blue"), Color: map[string]any{"mode": "thresholds"}}},
		Options: map[string]any{
			"orientation": "horizontal", "displayMode": "basic", "valueMode": "text", "showUnfilled": true,
			"reduceOptions": map[string]any{"calcs": []string{"lastNotNull"}, "fields": "", "values": false},
		},
	}
}

// help links to the page of an alert.
func help(alert string) []link {
	if alert == "" {
		return nil
	}
	return []link{{Title: "What to do", URL: runbook(alert), TargetBlank: true}}
}

// whole shows whole numbers as such.
func whole(f field) field {
	n := 0
	f.Decimals = &n
	return f
}
