package world

import "time"

const (
	logTrust       = "log-trust"
	historyChanged = "history-changed"
)

func logScenarios() []scenario {
	return []scenario{
		{name: "silent-day", category: logTrust, cast: castLog, finish: finishSilent},
		{name: "sequence-gap", category: logTrust, cast: castGap, finish: finishGap},
		{name: "clock-backwards", category: logTrust, cast: castLog, finish: finishClock},
		{name: historyChanged, category: logTrust, cast: castLog, finish: finishHistory},
	}
}

// castLog: it concerns the log itself, on a full day.
func castLog(in *incident) bool {
	in.user = source
	return in.oneDay(in.dice.upTo(5)) && in.w.openOn(in.days[0]) && !in.w.skeleton(in.days[0])
}

// castGap: numbers are missing. The twin is a log that burns numbers all the time.
func castGap(in *incident) bool {
	if in.twin() && in.w.Habits.BurnedPermille == 0 {
		return false
	}
	return castLog(in)
}

// finishSilent: the log is silent, or nearly. The twin was out of order for an
// afternoon.
func finishSilent(in *incident) {
	for _, i := range in.w.rows(in.days[0]) {
		if !in.dice.chance(in.by(0, 4, 15, 55)) {
			in.w.Accesses[i].drop = true
		}
	}
}

func finishGap(in *incident) {
	rows := in.w.rows(in.days[0])
	n := min(in.by(350, 30, 2, 0), len(rows)/2)
	from := in.dice.upTo(max(1, len(rows)-n-2))
	for k, i := range rows[from : from+n] {
		if k > 0 && i != rows[from+k-1]+1 {
			break // no other incident loses anything
		}
		in.w.Accesses[i].lost = true
	}
	if n == 0 {
		return
	}
	l := &in.w.Labels[in.label-1]
	l.Start, l.End = in.w.Accesses[rows[from]].At, in.w.Accesses[rows[from+n-1]].At
}

// finishClock: the log's clock is set back for a while. The twin loses a minute
// and a half.
func finishClock(in *incident) {
	back := time.Duration(in.by(7200, 1300, 390, 90)) * time.Second
	length := time.Duration(in.by(5400, 1800, 400, 900)) * time.Second
	rows := in.w.rows(in.days[0])
	if len(rows) == 0 {
		return
	}
	from := in.w.at(in.days[0], 11*3600+in.dice.upTo(7200))
	for _, i := range rows {
		if a := &in.w.Accesses[i]; !a.At.Before(from) && a.At.Before(from.Add(length)) {
			a.At, a.label = a.At.Add(-back), in.label
		}
	}
}

// finishHistory: the week is delivered a second time and something is missing. The
// twin is delivered again as it was.
func finishHistory(in *incident) {
	left := in.some(90, 10, 1, 0)
	user := ""
	for _, i := range in.w.rows(in.days[0]) {
		a := &in.w.Accesses[i]
		if left == 0 || a.PatientID == "" {
			continue
		}
		if user == "" && in.dice.chance(2) {
			user = a.UserID
		}
		if a.UserID == user {
			a.gone, a.label = in.label, in.label
			left--
		}
	}
}
