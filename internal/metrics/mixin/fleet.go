package mixin

import (
	"strconv"
	"strings"
)

// each is what makes a practice one of its own: two computers may both call theirs
// "main".
const each = "instance, site"

// fleet is the dashboard of all practices.
func fleet() dashboard {
	d := newDashboard("chartwatch-fleet", "chartwatch: all practices",
		"Is the access log of every practice arriving, reviewed every week, and intact? Those with most trouble come first. Numbers only: no patient and no user is named here.", "now-7d")
	d.fleetAllRight()
	d.row("Practices")
	d.add(gridWidth, 16, practices())
	d.fleetOverTime()
	return d
}

func (d *dashboard) fleetAllRight() {
	none := whole(field{Thresholds: scale("green", above(1, "red"))})
	soft := whole(field{Thresholds: scale("green", above(1, "orange"))})
	d.row("Is everything all right?")
	d.add(4, statHeight, stat("Practices", "How many practices are watched.", "ChartwatchDown",
		"count(count by ("+each+") (chartwatch_site_up))", whole(field{Thresholds: scale("blue"), NoValue: "none"})))
	d.add(4, statHeight, stat("Do not answer", "Computers that showed practices in the last days and cannot be reached now.", "ChartwatchDown",
		"count(up == 0 and on (job, instance) last_over_time(chartwatch_build_info[8d])) or vector(0)", none))
	d.add(4, statHeight, stat("Cannot be read", "Practices whose data chartwatch could not open.", "ChartwatchSiteUnreadable",
		"sum(1 - chartwatch_site_up)", none))
	d.add(4, statHeight, stat("Reviews missed", "Practices with a week that should have been reviewed and was not.", "ChartwatchReviewMissed",
		"count("+missed()+" > 0) or vector(0)", none))
	d.add(4, statHeight, stat("Silent logs", "Logs that have stopped arriving, in all practices.", "ChartwatchSourceSilent",
		"sum(chartwatch_source_silent)", none))
	d.add(4, statHeight, stat("Broken journals", "Practices whose journal is not as it was written.", "ChartwatchLogIntegrityBroken",
		"sum(1 - chartwatch_log_integrity_ok)", none))
	d.add(6, statHeight, stat("Incomplete reviews", "Practices whose latest review could not look at everything.", "ChartwatchReviewIncomplete",
		"sum(chartwatch_review_incomplete)", soft))
	d.add(6, statHeight, stat("Practices behind with sign-offs", "Practices with reviewed weeks that nobody signed off in time.", "ChartwatchSignOffOverdue",
		"count(chartwatch_signoff_overdue > 0) or vector(0)", soft))
	d.add(6, statHeight, stat("Messages waiting", "Messages to people that could not be delivered so far.", "ChartwatchNotifyFailing",
		"sum(chartwatch_notify_pending)", soft))
	d.add(6, statHeight, stat("Files that could not be imported", "Files in drop folders that were set aside.", "ChartwatchDropFileFailed",
		`sum(chartwatch_drop_files{state="failed"})`, soft))
}

// missed is 1 for each practice with a missed review, and 0 for others: the alert
// ChartwatchReviewMissed, but for practices that have disappeared.
func missed() string {
	return "max by (" + each + ") (" + join([]cause{
		{"last", "time() - chartwatch_review_last_success_timestamp_seconds > bool " + strconv.Itoa(8*day)},
		{"due", "time() - chartwatch_review_due_timestamp_seconds > bool " + strconv.Itoa(day)},
		{"clock", "chartwatch_review_last_success_timestamp_seconds > bool time() + 3600"},
	}) + ")"
}

// cause is one of the things that may be wrong.
type cause struct{ name, expr string }

// join puts several causes side by side. Each gets a label of its own: without it,
// the first would hide the others, and one that is not known would make all unknown.
func join(causes []cause) string {
	parts := make([]string, len(causes))
	for i, c := range causes {
		parts[i] = "label_replace(" + c.expr + `, "cause", "` + c.name + `", "", "")`
	}
	return strings.Join(parts, " or ")
}

// column is one column of the table of practices.
type column struct {
	title, expr string
	field       field
}

func columns() []column {
	open := func(levels string) string {
		return orZero("sum by (" + each + ") (chartwatch_findings{" + openStates + `, level=~"` + levels + `"})`)
	}
	plain := field{Thresholds: scale("transparent")}
	red := field{Thresholds: scale("transparent", above(1, "red"))}
	orange := field{Thresholds: scale("transparent", above(1, "orange"))}
	return []column{
		{"Trouble", trouble(), field{Thresholds: scale("green", above(1, "orange"), above(2, "red"))}},
		{"Can be read", worst("min", "chartwatch_site_up"), field{Mappings: words("no", "red", "yes", "transparent"), Thresholds: scale("red", above(1, "transparent"))}},
		{"Last review", "time() - " + worst("min", "chartwatch_review_last_success_timestamp_seconds"), field{Unit: "s", Thresholds: scale("red", above(0, "transparent"), above(7.5*day, "orange"), above(8*day, "red"))}},
		{"Next review in", worst("min", "chartwatch_review_due_timestamp_seconds") + " - time()", field{Unit: "s", Thresholds: scale("red", above(-day, "orange"), above(0, "transparent"))}},
		{"Latest review", worst("max", "chartwatch_review_incomplete"), field{Mappings: words("complete", "transparent", "incomplete", "orange"), Thresholds: scale("transparent", above(1, "orange"))}},
		{"Weeks without sign-off", worst("max", "chartwatch_signoff_overdue"), orange},
		{"Open: critical", open("critical"), red},
		{"Open: high", open("high"), orange},
		{"Open: others", open("info|low|medium|other"), plain},
		{"Silent logs", orZero("sum by (" + each + ") (chartwatch_source_silent)"), red},
		{"Rejected, 1 day", orZero(rejectRatio("", each)), field{Unit: "percentunit", Thresholds: scale("transparent", above(0.05, "orange"))}},
		{"Journal", worst("min", "chartwatch_log_integrity_ok"), field{Mappings: words("broken", "red", "intact", "transparent"), Thresholds: scale("red", above(1, "transparent"))}},
		{"Free space", worst("min", "chartwatch_store_disk_free_bytes"), field{Unit: "bytes", Thresholds: scale("red", above(5<<30, "transparent"))}},
	}
}

// worst is one value for each practice.
func worst(how, metric string) string { return how + " by (" + each + ") (" + metric + ")" }

// orZero is 0 for practices for which there is nothing.
func orZero(expr string) string {
	return expr + " or sum by (" + each + ") (chartwatch_site_up * 0)"
}

// trouble counts what is wrong in each practice.
func trouble() string {
	return "sum by (" + each + ") (" + join([]cause{
		{"unreadable", "1 - " + worst("min", "chartwatch_site_up")},
		{"missed", missed()},
		{"incomplete", worst("max", "chartwatch_review_incomplete")},
		{"unsigned", worst("max", "chartwatch_signoff_overdue") + " > bool 0"},
		{"silent", worst("max", "chartwatch_source_silent")},
		{"broken", "1 - " + worst("min", "chartwatch_log_integrity_ok")},
		{"waiting", "time() - min by (" + each + `) (chartwatch_finding_oldest_open_timestamp_seconds{level="critical"}) > bool ` + strconv.Itoa(7*day)},
		{"full", worst("min", "chartwatch_store_disk_free_bytes") + " < bool " + strconv.Itoa(5<<30)},
		{"undelivered", worst("max", "chartwatch_notify_pending") + " > bool 0"},
		{"failed", "sum by (" + each + `) (chartwatch_drop_files{state="failed"}) > bool 0`},
	}) + ")"
}

// practices is the table of all practices, those with most trouble first.
func practices() panel {
	p := panel{
		Type: "table", Title: "All practices",
		Description: "One line for each practice. \"Trouble\" counts what is wrong: cannot be read, review missed or incomplete, sign-off overdue, a silent log, a broken journal, a critical finding open for 7 days, a nearly full disk, undelivered messages, failed files.",
		Links:       help("ChartwatchReviewMissed"),
		FieldConfig: &fieldConfig{Defaults: field{
			Thresholds: scale("transparent"), Color: map[string]any{"mode": "thresholds"}, Custom: map[string]any{"align": "auto", "filterable": true},
		}, Overrides: []override{{
			Matcher:    matcher{ID: "byName", Options: "Practice"},
			Properties: []property{{ID: "links", Value: []link{{Title: "Open this practice", URL: "/d/chartwatch-practice?var-site=${__value.text}&var-datasource=${datasource}"}}}},
		}}},
		Options: map[string]any{"cellHeight": "sm", "showHeader": true, "footer": map[string]any{"show": false}},
	}
	names := map[string]string{"site": "Practice", "instance": "Computer"}
	order := map[string]int{"site": 0, "instance": len(columns()) + 1}
	for i, c := range columns() {
		p.Targets = append(p.Targets, target{Expr: c.expr, Instant: true, Format: "table"})
		value := "Value #" + string(rune('A'+i))
		names[value], order[value] = c.title, i+1
		p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, c.override())
	}
	p.Transformations = []transformation{
		{ID: "merge", Options: map[string]any{}},
		{ID: "organize", Options: map[string]any{"excludeByName": map[string]bool{"Time": true}, "renameByName": names, "indexByName": order}},
		{ID: "sortBy", Options: map[string]any{"fields": map[string]any{}, "sort": []map[string]any{{"field": "Trouble", "desc": true}}}},
	}
	return p
}

// override is how a column is shown.
func (c column) override() override {
	o := override{Matcher: matcher{ID: "byName", Options: c.title}, Properties: []property{
		{ID: "thresholds", Value: c.field.Thresholds},
		{ID: "custom.cellOptions", Value: map[string]any{"type": "color-background", "mode": "basic"}},
	}}
	if c.field.Unit != "" {
		o.Properties = append(o.Properties, property{ID: "unit", Value: c.field.Unit})
	}
	if c.field.Mappings != nil {
		o.Properties = append(o.Properties, property{ID: "mappings", Value: c.field.Mappings})
	}
	return o
}

func (d *dashboard) fleetOverTime() {
	d.row("Over time")
	d.add(12, lineHeight, lines("Open findings", "Findings that somebody still has to decide on.", "ChartwatchFindingOpenTooLong", "short",
		ask("sum by ("+each+") (chartwatch_findings{"+openStates+"})", "{{site}}")))
	d.add(12, lineHeight, lines("Events per day", "Events that were imported in the 24 hours before.", "ChartwatchSourceSilent", "short",
		ask("sum by ("+each+") (increase(chartwatch_events_ingested_total[1d]))", "{{site}}")))
	d.add(12, lineHeight, lines("Rejected share", "Of the records of the 24 hours before, the share that could not be used.", "ChartwatchRejectRatioHigh", "percentunit",
		ask(rejectRatio("", each), "{{site}}")))
	d.add(12, lineHeight, lines("Age of the latest review", "How long ago the latest weekly review was made.", "ChartwatchReviewMissed", "s",
		ask("time() - "+worst("min", "chartwatch_review_last_success_timestamp_seconds"), "{{site}}")))
}
