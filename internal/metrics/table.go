package metrics

import (
	"math"
	"time"
)

// key names one series of a practice: the family and the values of its labels
// after the label site.
type key struct {
	family family
	labels [3]string
}

// table holds the values of one practice. Everything in it has passed the closed
// lists; nothing else is ever shown.
type table map[key]float64

// put takes in a value. A second one with the same labels is merged with the first.
func (t table) put(f family, value float64, labels ...string) {
	k := key{family: f}
	copy(k.labels[:], labels)
	if old, ok := t[k]; ok {
		value = describe(f).merge.join(old, value)
	}
	t[k] = value
}

// hold keeps the totals of findings where they were if they would fall: a finding whose
// level changes is counted under another one, and a number that was added up with those
// of other rules may be shown by itself. A fall would look like a beginning from 0.
func (t table) hold(before table) {
	for k, value := range before {
		if k.family == findingsCreated {
			t[k] = max(t[k], value)
		}
	}
}

func (t table) count(f family, n int64, labels ...string) {
	t.put(f, max(0, float64(n)), labels...)
}

// time takes in a time, unless it is zero.
func (t table) time(f family, at time.Time, labels ...string) {
	if !at.IsZero() {
		t.put(f, float64(at.Unix()), labels...)
	}
}

// seconds takes in a duration, unless it is none.
func (t table) seconds(f family, s float64, labels ...string) {
	if s > 0 && !math.IsInf(s, 1) {
		t.put(f, s, labels...)
	}
}

func (t table) truth(f family, yes bool, labels ...string) {
	n := 0.0
	if yes {
		n = 1
	}
	t.put(f, n, labels...)
}

// tabulate turns a snapshot into values. Numbers of findings below minCount are
// added up under the rule "few".
func tabulate(s *Site, minCount int) table {
	t := table{}
	t.truth(siteUp, s.Up)
	for i := range s.Sources {
		t.source(&s.Sources[i])
	}
	for i := range s.Rules {
		t.rule(&s.Rules[i])
	}
	t.findings(s, float64(minCount))
	for level, at := range s.OldestOpen {
		t.time(findingOldest, at, among(level, levels()))
	}
	t.review(&s.Review)
	t.count(storeSize, s.StoreBytes)
	t.count(storeEvents, s.StoreEvents)
	if s.DiskFree >= 0 {
		t.count(storeDiskFree, s.DiskFree)
	}
	t.truth(logIntegrity, s.IntegrityOK)
	t.time(logCheckpoint, s.LastCheckpoint)
	t.notify(s)
	for state, n := range map[string]int{"waiting": s.Drop.Waiting, "growing": s.Drop.Growing, "failed": s.Drop.Failed} {
		t.count(dropFiles, int64(n), state)
	}
	return t
}

// source shows a log. Every reason begins with 0, because Prometheus does not see
// the growth of a series from nothing.
func (t table) source(s *Source) {
	name := slug(s.Name)
	t.time(sourceLastEvent, s.LastEvent, name)
	t.time(sourceLastIngest, s.LastIngest, name)
	t.count(ingestBytes, s.Bytes, name)
	t.count(sourceGaps, s.Gaps, name)
	t.truth(sourceSilent, s.Silent, name)
	for _, p := range s.Parsers {
		parser := slug(p.Name)
		t.count(eventsIngested, p.Accepted, name, parser)
		for _, reason := range reasons() {
			t.count(eventsRejected, 0, name, parser, reason)
		}
		for reason, n := range p.Rejected {
			t.count(eventsRejected, n, name, parser, among(reason, reasons()))
		}
	}
}

func (t table) rule(r *Rule) {
	id := ruleID(r.ID)
	t.seconds(ruleDuration, r.LastSeconds, id)
	for _, fate := range fates() {
		t.count(ruleEvaluations, 0, id, fate)
	}
	for fate, n := range r.Outcomes {
		t.count(ruleEvaluations, n, id, among(fate, fates()))
	}
}

// findings shows the numbers of findings. Small ones go to "few" only after all
// that falls together has been added.
func (t table) findings(s *Site, minCount float64) {
	all := table{}
	for i := range s.Rules {
		r := &s.Rules[i]
		id, level := ruleID(r.ID), among(r.DefaultLevel, levels())
		all.count(findings, 0, id, level, newState)
		all.count(findingsCreated, 0, id, level)
		for l, n := range r.Levels {
			all.count(findingsCreated, n, id, among(l, levels()))
		}
	}
	for _, f := range s.Findings {
		all.count(findings, f.Count, ruleID(f.Rule), among(f.Level, levels()), among(f.State, states()))
	}
	for k, n := range all {
		if n > 0 && n < minCount {
			k.labels[0] = few
		}
		t.put(k.family, n, k.labels[:]...)
	}
}

func (t table) review(r *Review) {
	t.time(reviewLastSuccess, r.LastSuccess)
	t.time(reviewDue, r.Due)
	t.seconds(reviewLastDuration, r.LastSeconds)
	t.truth(reviewIncomplete, r.Incomplete)
	t.count(signoffOverdue, int64(r.Overdue))
}

func (t table) notify(s *Site) {
	for _, channel := range channels() {
		for _, outcome := range deliveries() {
			t.count(notifyTotal, 0, channel, outcome)
		}
	}
	for _, n := range s.Notify {
		t.count(notifyTotal, n.Count, among(n.Channel, channels()), among(n.Outcome, deliveries()))
	}
	t.count(notifyPending, int64(s.NotifyPending))
}
