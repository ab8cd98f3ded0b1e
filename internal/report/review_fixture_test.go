package report_test

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/review"
	"github.com/chartwatch/chartwatch/rules"
)

// at is a time of March 2025 in the practice's zone, New York.
func at(dayOfMonth, hour, minute int) time.Time {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		panic(err)
	}
	return time.Date(2025, 3, dayOfMonth, hour, minute, 0, 0, zone).UTC()
}

// evidence makes rows of evidence, two minutes apart.
func evidence(n int, first time.Time, user string) []review.Evidence {
	var list []review.Evidence
	for i := range n {
		t := first.Add(time.Duration(i) * 2 * time.Minute)
		list = append(list, review.Evidence{
			EventID: fmt.Sprintf("0123456789ab-%d-1", i+1), SourceEventID: fmt.Sprintf("E%04d", i+1), At: t,
			LocalTime: t.In(time.FixedZone("", -5*3600)).Format(time.RFC3339), UserID: user, PatientID: fmt.Sprintf("10%02d", i),
			Action: "view", RecordType: "clinical_note", Workstation: "FRONT-2", File: "ehr-2025-03.csv", Line: int64(i + 120),
			Values: map[string]string{"minutes_after_shift": strconv.Itoa(200 + 2*i)},
		})
	}
	return list
}

// found makes a finding of the week.
func found(id, rule, title string, level rules.Level, risk int, change func(*review.Item)) review.Item {
	x := review.Item{
		ID: id, State: review.New, CreatedAt: at(10, 7, 0), UpdatedAt: at(10, 7, 0),
		Finding: review.Finding{
			Fingerprint: strings.Repeat(id, 4)[:32], RuleID: rule, RuleVersion: 1, ParamsHash: "5f2c9a", Title: title, Level: level, Risk: risk,
			Category: rules.Snooping, Score: []review.ScoreLine{{Points: risk, Because: "what this rule starts from"}}, PeriodKind: rules.PeriodDay,
			FromDay: day(4), ToDay: day(4), FirstAt: at(4, 10, 0), LastAt: at(4, 10, 0), EventCount: 1, Mode: review.LiveMode,
			Subject: review.Subject{Type: rules.SubjectPerson, ID: "p7", Name: "Dana Reyes", Role: "billing"},
			UserIDs: []string{"dreyes"}, PatientIDs: []string{}, Rows: 1,
		},
	}
	if change != nil {
		change(&x)
	}
	return x
}

// covered is a log of the week of 3 March.
func weekOf(s coverage.Source, events []int64, status ...string) coverage.Source {
	s.Days = nil
	s.Events = 0
	for i, n := range events {
		row := coverage.Row{Day: day(3 + i), Events: n, Reads: n * 7 / 10, Logins: n / 50, WithPatient: n * 9 / 10, Status: "events"}
		if n == 0 {
			row.Status = "quiet"
		}
		if i < len(status) && status[i] != "" {
			row.Status = status[i]
		}
		s.Events += n
		s.Days = append(s.Days, row)
	}
	return s
}

// bulk is the gravest finding, about a person whose name has marks of its own.
func bulk() review.Item {
	return found("0a1b2c3d4e", "core.snoop.unexplained_after_hours", "Charts opened after the shift that nothing explains", rules.Critical, 81, func(x *review.Item) {
		x.Subject = review.Subject{Type: rules.SubjectPerson, ID: "p7", Name: "Łukasz Núñez", Role: "billing"}
		x.UserID, x.UserIDs = "lnunez", []string{"lnunez"}
		x.FirstAt, x.LastAt, x.EventCount, x.Rows = at(4, 21, 12), at(4, 21, 47), 37, 37
		x.Evidence = evidence(14, at(4, 21, 12), "lnunez")
		for i := range 14 {
			x.PatientIDs = append(x.PatientIDs, fmt.Sprintf("10%02d", i))
		}
		x.Score = []review.ScoreLine{
			{Points: 45, Because: "what this rule starts from"},
			{Points: 10, Because: "14 patients, more than 5"},
			{Points: 10, Because: "clinical notes are opened by a role that rarely needs them"},
			{Points: 5, Because: "outside of the shift"},
			{Points: 11, Because: "the same was confirmed in the 12 months before"},
		}
		x.Text = "Łukasz Núñez (billing) opened 14 patients' clinical notes on Tue 2025-03-04 between 21:12 and 21:47, 4 hours after the shift. " +
			"Own evenings in the last 8 weeks: none. For 11 of the 14 patients the access is not explained by the records we have: " +
			"no visit, claim, message or task connects them. The limit is 3 patients."
		x.NextSteps = []string{
			"Compare with the schedule and the on-call list of that evening.",
			"Ask the person or the manager what the work was.",
			"If nothing explains it, talk to the privacy officer before anything else.",
		}
		x.Questions = []string{"Were you asked to work on accounts on the evening of Tuesday, 4 March?", "Did somebody else use your account?"}
		x.Checked = []review.Checked{
			{Reason: "own_visit"}, {Reason: "team_visit"}, {Reason: "inbound_contact", Found: 3}, {Reason: "order_result"}, {Reason: "cover", Missing: true},
		}
		x.Quality = []string{"the log of pacs is not complete for that day"}
		x.CaseID, x.RecurrenceOf = "c0a1b2c3d", "9f8e7d6c5b"
		x.Covers = []review.CoveredLine{
			{ID: "1111aaaa22", Rule: "core.hours.off_shift", Title: "Work outside of the shift", Level: rules.Low, Text: "37 events between 21:12 and 21:47."},
			{ID: "3333bbbb44", Rule: "core.role.notes", Title: "Clinical notes opened by billing", Level: rules.Medium, Text: "14 patients; usual for the role: 2 a day."},
		}
		x.State, x.Owner, x.Due = review.Asked, "Zoë Nguyễn", at(13, 17, 0)
		x.Decisions = []review.Decision{
			{At: at(10, 9, 5), By: "Zoë Nguyễn", State: review.Triaged, Text: "Looked at the evidence; the evening is not on the schedule."},
			{
				At: at(10, 9, 20), By: "Zoë Nguyễn", State: review.Asked, Text: "Asked by phone", Question: "What was the work on Tuesday evening?",
				Answer: "I was clearing the claims of February.", Owner: "Zoë Nguyễn", Due: at(13, 17, 0),
			},
		}
	})
}

// findings are one of every kind, the names of some of which want to be more
// than names.
func findings() []review.Item {
	return []review.Item{
		bulk(),
		found("5c5c5c5c5c", "core.shared.two_places", "One account at two workstations at once", rules.High, 62, func(x *review.Item) {
			x.Subject = review.Subject{Type: rules.SubjectAccount, ID: "=cmd|' /C calc'!A0"}
			x.UserID, x.UserIDs, x.Category = "=cmd|' /C calc'!A0", []string{"=cmd|' /C calc'!A0"}, rules.SharedAccount
			x.FirstAt, x.LastAt, x.FromDay, x.ToDay, x.EventCount, x.Rows = at(5, 10, 2), at(5, 10, 9), day(5), day(5), 12, 2
			x.Text = "The account =cmd|' /C calc'!A0 was active at OP-1 and at FRONT-2 on Wed 2025-03-05 within 7 minutes."
			x.Evidence = []review.Evidence{
				{At: at(5, 10, 2), UserID: "=cmd|' /C calc'!A0", Workstation: "OP-1", File: "ehr-2025-03.csv", Line: 801},
				{At: at(5, 10, 9), UserID: "=cmd|' /C calc'!A0", Workstation: "<b>FRONT-2</b>", File: "ehr-2025-03.csv", Line: 815},
			}
			x.NextSteps, x.NeverAsk, x.Provisional = []string{"Find out who was at the two workstations."}, true, true
		}),
		found("7d7d7d7d7d", "core.snoop.same_surname", "A patient with the same surname", rules.Medium, 40, func(x *review.Item) {
			x.Subject = review.Subject{Type: rules.SubjectPerson, ID: "p9", Name: `<script>alert("1")</script>`, Role: "front_desk"}
			x.UserID, x.UserIDs, x.PatientIDs, x.Rows = "zoe", []string{"zoe"}, []string{"1042"}, 3
			x.FromDay, x.ToDay, x.PeriodKind, x.FirstAt, x.LastAt, x.EventCount = day(3), day(9), rules.PeriodWeek, at(6, 9, 30), at(7, 16, 0), 3
			x.Text = `<script>alert("1")</script> (front desk) opened the record of patient 1042 (Nguyễn Thị Ánh) 3 times. <img src=x onerror=alert(1)>`
			x.Checked = []review.Checked{{Reason: "own_visit", Found: 1}, {Reason: "practice_visit"}}
			x.Evidence = evidence(3, at(6, 9, 30), "zoe")
		}),
		found("8e8e8e8e8e", "core.log.silent_day", "A day without a log", rules.Medium, 30, func(x *review.Item) {
			x.Subject = review.Subject{Type: rules.SubjectSource, ID: "pacs"}
			x.UserIDs, x.Category, x.FirstAt, x.LastAt, x.FromDay, x.ToDay = nil, rules.LogTrust, time.Time{}, time.Time{}, day(6), day(6)
			x.Text, x.EventCount, x.Rows = "The log of pacs has not one event on Thu 2025-03-06, although it usually has some on that day of the week.", 0, 0
			x.State, x.Disposition = review.Closed, review.DataError
			x.Decisions = []review.Decision{{
				At: at(10, 9, 40), By: "Zoë Nguyễn", Second: "Sam Ortiz", State: review.Closed, Disposition: review.DataError,
				Text: "The export failed and is asked for again.",
			}}
		}),
		found("9f9f9f9f9f", "core.hours.off_shift", "Work outside of the shift", rules.Low, 15, func(x *review.Item) {
			x.Subject = review.Subject{Type: rules.SubjectPerson, ID: "p3", Name: "Ann Ferris", Role: "hygienist"}
			x.UserID, x.UserIDs, x.SuppressedBy = "aferris", []string{"aferris"}, "s12"
			x.FromDay, x.ToDay, x.FirstAt, x.LastAt, x.EventCount, x.Rows = day(8), day(8), at(8, 13, 5), at(8, 14, 10), 9, 9
			x.Text = "Ann Ferris (hygienist) worked on Sat 2025-03-08 from 13:05 to 14:10. The building was closed."
			x.Score = []review.ScoreLine{{Points: 25, Because: "what this rule starts from"}, {Points: -15, Because: "cover was arranged"}}
			x.Evidence = evidence(9, at(8, 13, 5), "aferris")
		}),
	}
}

// rich is a review in which everything happened.
func rich() review.Report {
	ehr, pacs, old := weekOf(source("ehr"), []int64{1410, 1525, 1388, 1450, 1302, 61, 0}), source("pacs"), weekOf(source("old=system"), nil)
	pacs = weekOf(pacs, []int64{120, 131, 118, 0, 97, 0, 0}, "", "", "", coverage.CodeSilent, coverage.CodeRejected)
	pacs.Complete, pacs.HasLogins = false, false
	pacs.Gaps = []coverage.Gap{
		{From: day(6), To: day(6), Code: coverage.CodeSilent, Why: "there is not one event, although the source usually has some on this day of the week"},
		{From: day(7), To: day(7), Code: coverage.CodeRejected, Why: "4 records that may concern the day could not be read"},
	}
	old.InUse = false
	r := review.Report{
		Practice: "Lakeside Dental & Family", Period: review.Dates{From: day(3), To: day(9)}, Week: "2025-W10", Timezone: "America/New_York",
		MadeAt: at(10, 7, 0), Version: "0.3.0", Provisional: true, Findings: findings(), Coverage: []coverage.Source{ehr, old, pacs},
		Without: []string{"billing portal"}, RuleSetHash: strings.Repeat("c0ffee", 10) + "ab12", JournalHash: strings.Repeat("d00d", 16),
		Parsers: []review.Parser{{Name: "delimited", Version: 3, Files: 4}, {Name: "roster", Version: 1, Files: 1}},
		Hidden:  map[string]int{"suppressed": 2, "watch": 4, "learning": 1}, ByLevel: map[string]int{"critical": 1, "high": 1, "medium": 2, "low": 1},
		Explained: review.ExplainedCounts{None: 41, Weak: 55, Moderate: 310, Strong: 1804, Unjudged: 12},
		Totals:    review.Totals{Events: 7602, Users: 14, Patients: 655, Accesses: 2222},
		Overdue:   []string{"2025-W08", "2025-W09"},
		Cases: []review.Case{{
			ID: "c0a1b2c3d", Subject: bulk().Subject, Score: 88, Level: rules.Critical, Findings: []string{"0a1b2c3d4e", "9f8e7d6c5b"},
		}},
		Vendors: []review.Vendor{
			{
				UserID: "itsupport", Name: "Bright MSP", Role: "it_vendor", Events: 12, Patients: 3, RecordTypes: []string{"clinical_note", "configuration"},
				FirstAt: at(5, 22, 1), LastAt: at(5, 22, 30),
			},
			{UserID: "+labsync", Name: "Lab <interface>", Role: "interface"},
		},
		Setup: []review.Notice{{
			Code: "two_people", Message: `the account "front" is on the roster for two people: Ann Ferris and Bo Ray`, Hint: "give each their own account",
		}},
		Warnings: []review.Notice{
			{Code: "incomplete_log", Message: "the log of pacs is not complete for these days", Hint: "`chartwatch coverage` says what is missing"},
			{Code: "source_without_data", Message: "billing portal should have a log for these days, and none has come", Hint: "import it"},
			{Code: "rules_failed", Message: "1 rule failed; what it looks for was not looked for", Hint: "see the list of rules below"},
		},
	}
	for i := range 7 {
		d := review.DayCount{Day: day(3 + i), Events: ehr.Days[i].Events + pacs.Days[i].Events, Status: "events"}
		for _, status := range []string{ehr.Days[i].Status, pacs.Days[i].Status} {
			if status != "events" {
				d.Status = status
			}
		}
		for _, x := range r.Findings {
			if x.PeriodKind == rules.PeriodDay && x.FromDay == d.Day {
				d.Findings++
			}
		}
		r.Days = append(r.Days, d)
	}
	cite := func(c, why string) []rules.Citation { return []rules.Citation{{Cite: c, Why: why}} }
	r.Rules = []review.RuleFate{
		{ID: "core.baseline.volume", Version: 1, Title: "More patients than usual", Category: rules.Baseline, Level: rules.Medium, Status: review.RuleNotApplicable, Reason: "needs 56 days of history, and there are 41", HIPAA: cite("164.308(a)(1)(ii)(D)", "review of activity")},
		{ID: "core.hours.off_shift", Version: 1, Title: "Work outside of the shift", Category: rules.OffHours, Level: rules.Low, Status: review.RuleRan, Findings: 1, Hidden: 2, HIPAA: cite("164.308(a)(1)(ii)(D)", "review of activity")},
		{ID: "core.log.silent_day", Version: 2, Title: "A day without a log", Category: rules.LogTrust, Level: rules.Medium, Status: review.RuleRan, Findings: 1, HIPAA: cite("164.312(b)", "audit controls")},
		{ID: "core.login.failed", Version: 1, Title: "Many failed logins", Category: rules.Login, Level: rules.Medium, Status: review.RuleOff, Reason: "switched off by the practice: one account locks after three", HIPAA: cite("164.308(a)(5)(ii)(C)", "log-in monitoring")},
		{ID: "core.role.notes", Version: 1, Title: "Clinical notes opened by billing", Category: rules.RoleAccess, Level: rules.Medium, Status: review.RuleRan, HIPAA: cite("164.308(a)(4)", "access management")},
		{ID: "core.shared.two_places", Version: 1, Title: "One account at two workstations at once", Category: rules.SharedAccount, Level: rules.High, Status: review.RuleTruncated, Reason: "more than 10,000 rows", Findings: 1, HIPAA: cite("164.312(a)(2)(i)", "unique user identification")},
		{ID: "core.snoop.same_surname", Version: 1, Title: "A patient with the same surname", Category: rules.Snooping, Level: rules.Medium, Status: review.RuleRan, Findings: 1, HIPAA: []rules.Citation{{Cite: "164.502(b)", Why: "minimum necessary"}, {Cite: "164.312(a)", Why: "access control", Proposed: true}}},
		{ID: "core.snoop.unexplained_after_hours", Version: 1, Title: "Charts opened after the shift that nothing explains", Category: rules.Snooping, Level: rules.High, Status: review.RuleRan, Findings: 1, HIPAA: cite("164.502(b)", "minimum necessary")},
		{ID: "site.x.broken", Version: 1, Title: "A rule of the practice <own>", Category: rules.Snooping, Level: rules.Low, Status: review.RuleFailed, Reason: "its SELECT names a column that is not there"},
	}
	return r
}

// emptyReview is a whole review without a finding.
func emptyReview() review.Report {
	ehr := weekOf(source("ehr"), []int64{10, 12, 9, 14, 11, 0, 0})
	r := review.Report{
		Period: review.Dates{From: day(3), To: day(9)}, Week: "2025-W10", Timezone: "America/New_York", MadeAt: at(10, 7, 0), Version: "0.3.0",
		Findings: []review.Item{}, Coverage: []coverage.Source{ehr}, RuleSetHash: strings.Repeat("ab", 32), Hidden: map[string]int{}, ByLevel: map[string]int{},
		Parsers: []review.Parser{{Name: "delimited", Version: 3, Files: 1}}, Totals: review.Totals{Events: 56, Users: 3, Patients: 20, Accesses: 30},
		Explained: review.ExplainedCounts{Strong: 30}, JournalHash: strings.Repeat("d00d", 16),
		Rules:   []review.RuleFate{{ID: "core.hours.off_shift", Version: 1, Title: "Work outside of the shift", Category: rules.OffHours, Level: rules.Low, Status: review.RuleRan}},
		SignOff: &review.SignOff{Week: "2025-W10", By: "Zoë Nguyễn", At: at(10, 9, 0), Text: "Nothing unusual.", Hash: "ab"},
	}
	for _, d := range ehr.Days {
		r.Days = append(r.Days, review.DayCount{Day: d.Day, Events: d.Events, Status: d.Status})
	}
	return r
}

// nothing is a review of a period without any log.
func nothing() review.Report {
	return review.Report{
		Period: review.Dates{From: day(1), To: day(2)}, Timezone: "Nowhere/Land", Warnings: []review.Notice{{
			Code: "no_events", Message: "no log has an event in this period, so nothing was reviewed", Hint: "import the logs of these days, or choose other days",
		}},
	}
}

func reviews() map[string]review.Report {
	return map[string]review.Report{"rich": rich(), "empty": emptyReview(), "nothing": nothing()}
}
