package metrics

import "github.com/prometheus/client_golang/prometheus"

// family is one metric of a practice, with all its series.
type family int

const (
	siteUp family = iota
	eventsIngested
	eventsRejected
	ingestBytes
	sourceLastEvent
	sourceLastIngest
	sourceGaps
	sourceSilent
	ruleEvaluations
	ruleDuration
	findings
	findingsCreated
	findingOldest
	reviewLastSuccess
	reviewLastDuration
	reviewDue
	reviewIncomplete
	signoffOverdue
	storeSize
	storeEvents
	storeDiskFree
	logIntegrity
	logCheckpoint
	notifyTotal
	notifyPending
	dropFiles
	families // how many there are
)

// merge says what becomes of two values that have the same labels, because names
// that are none have become "other". Counts are added; of anything else the value
// that is the worse news is shown, so that no trouble is hidden behind another.
type merge int

const (
	add merge = iota
	smaller
	larger
)

// spec describes a family. Its labels come after the label site.
type spec struct {
	name, help string
	labels     []string
	total      bool
	merge      merge
}

// describe returns the description of a family.
func describe(f family) spec {
	switch f {
	case siteUp:
		return spec{name: "chartwatch_site_up", help: "Whether the practice and the folders its files come from could be looked at: 1, or 0 and all else is what was last seen.", merge: smaller}
	case eventsIngested, eventsRejected, ingestBytes, sourceLastEvent, sourceLastIngest, sourceGaps, sourceSilent:
		return describeSource(f)
	case ruleEvaluations:
		return spec{name: "chartwatch_rule_evaluations_total", help: "Periods that a rule was evaluated for, by what became of it.", labels: []string{"rule", "outcome"}, total: true}
	case ruleDuration:
		return spec{name: "chartwatch_rule_duration_seconds", help: "How long a rule took when it last ran.", labels: []string{"rule"}, merge: larger}
	case findings:
		return spec{name: "chartwatch_findings", help: "Findings by their state now.", labels: []string{"rule", "level", "state"}}
	case findingsCreated:
		return spec{name: "chartwatch_findings_created_total", help: "Findings that were ever made.", labels: []string{"rule", "level"}, total: true}
	case findingOldest:
		return spec{name: "chartwatch_finding_oldest_open_timestamp_seconds", help: "When the oldest finding that is still open was made; absent if none is open.", labels: []string{"level"}, merge: smaller}
	case reviewLastSuccess, reviewLastDuration, reviewDue, reviewIncomplete, signoffOverdue:
		return describeReview(f)
	case storeSize:
		return spec{name: "chartwatch_store_size_bytes", help: "Size of the database."}
	case storeEvents:
		return spec{name: "chartwatch_store_events", help: "Events in the database."}
	case storeDiskFree:
		return spec{name: "chartwatch_store_disk_free_bytes", help: "Free space where the database lies.", merge: smaller}
	case logIntegrity:
		return spec{name: "chartwatch_log_integrity_ok", help: "Whether the journal of reviews and decisions was verified: 1, or 0 if it was changed or cannot be read.", merge: smaller}
	case logCheckpoint:
		return spec{name: "chartwatch_log_last_checkpoint_timestamp_seconds", help: "Time of the last entry of the journal.", merge: smaller}
	case notifyTotal:
		return spec{name: "chartwatch_notify_total", help: "Messages to people, by what became of them.", labels: []string{"channel", "outcome"}, total: true}
	case notifyPending:
		return spec{name: "chartwatch_notify_pending", help: "Messages that are still to be delivered."}
	default:
		return spec{name: "chartwatch_drop_files", help: "Files in the drop folder.", labels: []string{"state"}}
	}
}

func describeSource(f family) spec {
	switch f {
	case eventsIngested:
		return spec{name: "chartwatch_events_ingested_total", help: "Events that were accepted from a log.", labels: []string{"source", "parser"}, total: true}
	case eventsRejected:
		return spec{name: "chartwatch_events_rejected_total", help: "Records of a log that could not be used, by reason.", labels: []string{"source", "parser", "reason"}, total: true}
	case ingestBytes:
		return spec{name: "chartwatch_ingest_bytes_total", help: "Bytes that were imported from a log.", labels: []string{"source"}, total: true}
	case sourceLastEvent:
		return spec{name: "chartwatch_source_last_event_timestamp_seconds", help: "Time of the latest event of a log.", labels: []string{"source"}, merge: smaller}
	case sourceLastIngest:
		return spec{name: "chartwatch_source_last_ingest_timestamp_seconds", help: "When a log was last imported.", labels: []string{"source"}, merge: smaller}
	case sourceGaps:
		return spec{name: "chartwatch_source_sequence_gaps_total", help: "Missing numbers and empty days of a log.", labels: []string{"source"}, total: true}
	default:
		return spec{name: "chartwatch_source_silent", help: "Whether a log has stopped arriving: 1 if it has, days without work considered.", labels: []string{"source"}, merge: larger}
	}
}

func describeReview(f family) spec {
	switch f {
	case reviewLastSuccess:
		return spec{name: "chartwatch_review_last_success_timestamp_seconds", help: "When the latest review of a week was made.", merge: smaller}
	case reviewLastDuration:
		return spec{name: "chartwatch_review_last_duration_seconds", help: "How long the latest review took.", merge: larger}
	case reviewDue:
		return spec{name: "chartwatch_review_due_timestamp_seconds", help: "When the first week that has not been reviewed is due.", merge: smaller}
	case reviewIncomplete:
		return spec{name: "chartwatch_review_incomplete", help: "Whether the review of the newest week misses something: 1 if it does and must not be read as a clean one.", merge: larger}
	default:
		return spec{name: "chartwatch_signoff_overdue", help: "Reviewed weeks that nobody signed off in time."}
	}
}

// join returns the value of two with the same labels.
func (m merge) join(a, b float64) float64 {
	switch m {
	case smaller:
		return min(a, b)
	case larger:
		return max(a, b)
	default:
		return a + b
	}
}

// desc returns the family as client_golang wants it.
func (s spec) desc() *prometheus.Desc {
	return prometheus.NewDesc(s.name, s.help, append([]string{"site"}, s.labels...), nil)
}

func (s spec) valueType() prometheus.ValueType {
	if s.total {
		return prometheus.CounterValue
	}
	return prometheus.GaugeValue
}
