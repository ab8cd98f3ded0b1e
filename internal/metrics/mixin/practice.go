package mixin

// openStates are those in which somebody still has to deal with a finding.
const openStates = `state=~"new|triaged|asked|under_review"`

// practice is the dashboard of one practice.
func practice() dashboard {
	d := newDashboard("chartwatch-practice", "chartwatch: one practice",
		"Is the access log of this practice arriving, reviewed every week, and intact? Numbers only: no patient and no user is named here.", "now-30d", siteVariable())
	d.practiceAllRight()
	d.practiceFindings()
	d.practiceLogs()
	d.practiceRules()
	d.practiceHousekeeping()
	return d
}

func (d *dashboard) practiceAllRight() {
	d.row("Is everything all right?")
	d.add(4, statHeight, stat("Practice can be read", "Whether chartwatch could open the data of this practice. If not, everything else is what was last seen.", "ChartwatchSiteUnreadable",
		`min(chartwatch_site_up{site="$site"})`,
		field{Mappings: words("no", "red", "yes", "green"), Thresholds: scale("red", above(1, "green")), NoValue: "chartwatch does not answer"}))
	d.add(4, statHeight, stat("Last review", "How long ago the latest weekly review was made. A week without a review is more than 8 days.", "ChartwatchReviewMissed",
		`time() - min(chartwatch_review_last_success_timestamp_seconds{site="$site"})`,
		whole(field{Unit: "s", Thresholds: scale("red", above(0, "green"), above(7.5*day, "orange"), above(8*day, "red")), NoValue: "never reviewed"})))
	d.add(4, statHeight, stat("Next review is due in", "When the first week that was not reviewed is due. Below zero, it should have been reviewed already.", "ChartwatchReviewMissed",
		`min(chartwatch_review_due_timestamp_seconds{site="$site"}) - time()`,
		whole(field{Unit: "s", Thresholds: scale("red", above(-day, "orange"), above(0, "green")), NoValue: "no log yet"})))
	d.add(4, statHeight, stat("Latest review", "Whether the latest review could look at everything. An incomplete one must not be read as a clean one.", "ChartwatchReviewIncomplete",
		`max(chartwatch_review_incomplete{site="$site"})`,
		field{Mappings: words("complete", "green", "incomplete", "orange"), Thresholds: scale("green", above(1, "orange"))}))
	d.add(4, statHeight, stat("Weeks without sign-off", "Reviewed weeks that nobody signed off in time.", "ChartwatchSignOffOverdue",
		`sum(chartwatch_signoff_overdue{site="$site"})`, whole(field{Thresholds: scale("green", above(1, "orange"), above(4, "red"))})))
	d.add(4, statHeight, stat("Journal", "Whether the journal of reviews and decisions is as it was written.", "ChartwatchLogIntegrityBroken",
		`min(chartwatch_log_integrity_ok{site="$site"})`,
		field{Mappings: words("broken", "red", "intact", "green"), Thresholds: scale("red", above(1, "green"))}))
	d.add(6, statHeight, stat("Silent logs", "Logs that have stopped arriving. Days without work are considered.", "ChartwatchSourceSilent",
		`sum(chartwatch_source_silent{site="$site"})`, whole(field{Thresholds: scale("green", above(1, "red")), NoValue: "no log yet"})))
	d.add(6, statHeight, stat("Oldest open finding, high or critical", "For how long the oldest of these findings has been waiting for a decision; 0 if none is open.", "ChartwatchFindingOpenTooLong",
		`(time() - min(chartwatch_finding_oldest_open_timestamp_seconds{site="$site", level=~"high|critical"})) or vector(0)`,
		whole(field{Unit: "s", Thresholds: scale("green", above(7*day, "orange"), above(14*day, "red"))})))
	d.add(6, statHeight, stat("Messages waiting", "Messages to people that could not be delivered so far.", "ChartwatchNotifyFailing",
		`sum(chartwatch_notify_pending{site="$site"})`, whole(field{Thresholds: scale("green", above(1, "orange"), above(10, "red"))})))
	d.add(6, statHeight, stat("Files that could not be imported", "Files in the drop folder that were set aside.", "ChartwatchDropFileFailed",
		`sum(chartwatch_drop_files{site="$site", state="failed"})`, whole(field{Thresholds: scale("green", above(1, "orange"))})))
}

func (d *dashboard) practiceFindings() {
	d.row("Findings")
	d.add(12, lineHeight, byLevel(stacked(lines("Open findings by level", "Findings that somebody still has to decide on. A finding is not a violation: it is access that the records do not explain.", "ChartwatchFindingOpenTooLong", "short",
		ask(`sum by (level) (chartwatch_findings{site="$site", `+openStates+`})`, "{{level}}")))))
	d.add(12, lineHeight, byLevel(lines("New findings in 7 days, by level", "Findings that were made in the 7 days before.", "", "short",
		ask(`sum by (level) (increase(chartwatch_findings_created_total{site="$site"}[7d]))`, "{{level}}"))))
	d.add(12, lineHeight, stacked(lines("Findings by state", "All findings of about the last year by where they stand.", "", "short",
		ask(`sum by (state) (chartwatch_findings{site="$site"})`, "{{state}}"))))
	d.add(12, lineHeight, bars("Open findings by rule", "The rules with most open findings. Rules with few are shown together as \"few\", if the settings say so.", "", "short",
		askNow(`topk(10, sum by (rule) (chartwatch_findings{site="$site", `+openStates+`}))`, "{{rule}}")))
}

func (d *dashboard) practiceLogs() {
	d.row("Logs")
	d.add(12, lineHeight, lines("Events per day", "Events that were imported in the 24 hours before, by log.", "ChartwatchSourceSilent", "short",
		ask(`sum by (source) (increase(chartwatch_events_ingested_total{site="$site"}[1d]))`, "{{source}}")))
	d.add(12, lineHeight, lines("Age of the latest event", "How long ago the latest event of each log happened.", "ChartwatchSourceSilent", "s",
		ask(`time() - min by (source) (chartwatch_source_last_event_timestamp_seconds{site="$site"})`, "{{source}}")))
	d.add(8, lineHeight, lines("Age of the latest import", "How long ago each log was last imported.", "ChartwatchSourceSilent", "s",
		ask(`time() - min by (source) (chartwatch_source_last_ingest_timestamp_seconds{site="$site"})`, "{{source}}")))
	d.add(8, lineHeight, lines("Gaps", "Missing numbers and empty days in each log.", "ChartwatchSequenceGap", "short",
		ask(`sum by (source) (chartwatch_source_sequence_gaps_total{site="$site"})`, "{{source}}")))
	d.add(8, lineHeight, lines("Imported bytes per day", "Size of what was imported in the 24 hours before, by log.", "", "bytes",
		ask(`sum by (source) (increase(chartwatch_ingest_bytes_total{site="$site"}[1d]))`, "{{source}}")))

	d.row("Records that could not be used")
	d.add(8, lineHeight, lines("Rejected share", "Of the records of the 24 hours before, the share that could not be used.", "ChartwatchRejectRatioHigh", "percentunit",
		ask(rejectRatio(`{site="$site"}`, "source"), "{{source}}")))
	d.add(8, lineHeight, stacked(lines("Rejected records per day, by reason", "Records of the 24 hours before that could not be used.", "ChartwatchRejectRatioHigh", "short",
		ask(`sum by (reason) (increase(chartwatch_events_rejected_total{site="$site"}[1d]))`, "{{reason}}"))))
	d.add(8, lineHeight, lines("Imports per day", "Files that were imported in the 24 hours before, and the seconds that took.", "", "short",
		ask(`sum(increase(chartwatch_ingest_duration_seconds_count{site="$site"}[1d]))`, "files"),
		ask(`sum(increase(chartwatch_ingest_duration_seconds_sum{site="$site"}[1d]))`, "seconds")))
}

// rejectRatio is the share of rejected records within a day. The divisor is at
// least 1, so that a day without records has a share of 0.
func rejectRatio(selector, by string) string {
	rejected := "sum by (" + by + ") (increase(chartwatch_events_rejected_total" + selector + "[1d]))"
	accepted := "sum by (" + by + ") (increase(chartwatch_events_ingested_total" + selector + "[1d]))"
	return rejected + " / clamp_min(" + rejected + " + " + accepted + ", 1)"
}

func (d *dashboard) practiceRules() {
	d.row("Rules")
	d.add(8, lineHeight, stacked(lines("What became of the rules, in 7 days", "Every rule is evaluated for every period. \"not_applicable\" means that data is missing that the rule needs.", "ChartwatchReviewIncomplete", "short",
		ask(`sum by (outcome) (increase(chartwatch_rule_evaluations_total{site="$site"}[7d]))`, "{{outcome}}"))))
	d.add(8, lineHeight, bars("Rules that did not finish, in 7 days", "Rules that failed, took too long or had more rows than are kept. All zero is as it should be.", "ChartwatchReviewIncomplete", "short",
		askNow(`topk(10, sum by (rule) (increase(chartwatch_rule_evaluations_total{site="$site", outcome=~"failed|timed_out|truncated"}[7d])))`, "{{rule}}")))
	d.add(8, lineHeight, bars("Slowest rules", "How long a rule took when it last ran.", "", "s",
		askNow(`topk(10, max by (rule) (chartwatch_rule_duration_seconds{site="$site"}))`, "{{rule}}")))
}

func (d *dashboard) practiceHousekeeping() {
	d.row("Storage")
	d.add(6, lineHeight, lines("Size of the database", "What the data of this practice takes on the disk.", "ChartwatchStoreNearFull", "bytes",
		ask(`sum(chartwatch_store_size_bytes{site="$site"})`, "database")))
	d.add(6, lineHeight, lines("Free space", "What is free where the data lies.", "ChartwatchStoreNearFull", "bytes",
		ask(`min(chartwatch_store_disk_free_bytes{site="$site"})`, "free")))
	d.add(6, lineHeight, lines("Events in the database", "All events that are kept.", "", "short",
		ask(`sum(chartwatch_store_events{site="$site"})`, "events")))
	d.add(6, lineHeight, lines("Time that reviews take", "How long the latest review took.", "", "s",
		ask(`max(chartwatch_review_last_duration_seconds{site="$site"})`, "latest review")))

	d.row("Messages and the drop folder")
	d.add(8, lineHeight, lines("Messages per day", "What became of the messages to people in the 24 hours before.", "ChartwatchNotifyFailing", "short",
		ask(`sum by (channel, outcome) (increase(chartwatch_notify_total{site="$site"}[1d]))`, "{{channel}} {{outcome}}")))
	d.add(8, lineHeight, lines("Files in the drop folder", "Files that wait to be imported, that are still being written, and that were set aside.", "ChartwatchDropFileGrowing", "short",
		ask(`sum by (state) (chartwatch_drop_files{site="$site"})`, "{{state}}")))
	d.add(8, lineHeight, lines("Age of the journal's last entry", "How long ago the journal of reviews and decisions was last written.", "ChartwatchLogIntegrityBroken", "s",
		ask(`time() - min(chartwatch_log_last_checkpoint_timestamp_seconds{site="$site"})`, "last entry")))
}
