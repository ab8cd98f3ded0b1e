package model_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/practice"
)

// busy makes lines of an access log: n events on each of some days, numbered on.
func busy(first *int, n int, days ...coverage.Day) []string {
	var rows []string
	for _, d := range days {
		for i := range n {
			rows = append(rows, fmt.Sprintf("%s %02d:%02d:00,%d,ana,,,1001,,view,clinical_note,W1,,success", d, 9+i/60, i%60, *first))
			*first++
		}
	}
	return rows
}

func TestSourceDays(t *testing.T) {
	d := newDesk(t)
	d.practice.Hours = []practice.Hours{{Days: []time.Weekday{1, 2, 3, 4, 5}, Open: 540, Close: 1020}}
	d.practice.Closures = []practice.Closure{{From: day("03-04"), To: day("03-04")}}
	rows, next := []string{wideHeader}, 1
	for n := day("02-03"); n <= day("03-14"); n++ {
		switch {
		case n == day("03-04"), n == day("03-11"), n.Weekday() == time.Saturday, n.Weekday() == time.Sunday:
		case n == day("03-12"):
			rows = append(rows, busy(&next, 2, n)...)
		default:
			rows = append(rows, busy(&next, 10+int(n)%2, n)...)
		}
	}
	rows = append(rows, "2025-03-12 25:99:00,9999,ana,,,1001,,view,clinical_note,W1,,success")
	d.file("ehr", rows...)
	d.build("03-10", "03-16", func(b built) {
		b.check("SELECT day_no, events, expected, closed, med_weekday, n_weekdays, unfinished FROM source_day WHERE day_no >= "+dayText("03-03")+" ORDER BY day_no",
			"25-03-03 10 1 0 10.5 4 0", "25-03-04 0 0 1 10.5 4 0", "25-03-05 10 1 0 10.5 4 0", "25-03-06 11 1 0 10.5 4 0", "25-03-07 10 1 0 10.5 4 0",
			"25-03-08 0 0 1 - 0 0", "25-03-09 0 0 1 - 0 0", "25-03-10 11 1 0 10 5 0", "25-03-11 0 1 0 10.5 4 0", "25-03-12 2 1 0 10 5 0",
			"25-03-13 10 1 0 11 5 0", "25-03-14 11 1 0 10 5 0")
		b.check("SELECT DISTINCT rejected, deleted, doubtful, check_failed FROM source_day", "1 0 0 0") // of an unknown day
		b.check("SELECT first_s, last_s, last_s - first_s FROM source_day WHERE day_no = "+dayText("03-11"), "1741665600 1741752000 86400")
	})
	d.expect = map[string]coverage.Expectation{"ehr": {NoPattern: true, From: day("03-12")}}
	d.build("03-10", "03-16", func(b built) {
		b.check("SELECT day_no, expected FROM source_day", "25-03-12 0", "25-03-13 0", "25-03-14 0")
	})
	d.practice.Hours, d.expect = nil, map[string]coverage.Expectation{"ehr": {Daily: true}}
	d.build("03-10", "03-16", func(b built) {
		b.check("SELECT day_no, expected, closed FROM source_day WHERE day_no BETWEEN "+dayText("03-08")+" AND "+dayText("03-09"), "25-03-08 1 0", "25-03-09 1 0")
	})
}

func TestSequenceGaps(t *testing.T) {
	d := newDesk(t)
	row := func(at string, n int) string {
		return fmt.Sprintf("2025-%s:00,%d,ana,,,1001,,view,clinical_note,W1,,success", at, n)
	}
	rows := []string{wideHeader, row("02-03 09:00", 7)}
	for i := 1; i <= 200; i++ {
		switch i {
		case 7, 50, 51, 120: // 7 belongs to another month; the others are missing
		case 130:
			rows = append(rows, "2025-03-12 99:99:99,130,ana,,,1001,,view,clinical_note,W1,,success")
		default:
			rows = append(rows, row(fmt.Sprintf("03-%02d %02d:%02d", 10+i/100, 9+i%100/10, i%10), i))
		}
	}
	d.file("ehr", rows...)
	sparse, next := []string{wideHeader}, 0
	for n := day("03-03"); n <= day("03-12"); n++ {
		sparse = append(sparse, busy(&next, 3, n)...)
		next += 20
	}
	d.file("sparse", sparse...)
	d.build("03-10", "03-16", func(b built) {
		b.check("SELECT source_id, day_no, after_seq, before_seq, missing, rejected, last_s - first_s, usual_missing FROM seq_gap ORDER BY after_seq",
			"ehr 25-03-10 49 52 2 0 3180 0", "ehr 25-03-11 119 121 1 0 3120 0", "ehr 25-03-11 129 131 1 1 3120 0")
		b.check(`SELECT g.after_seq, x.source_seq, y.source_seq FROM seq_gap g JOIN events x ON x.event_id = g.before_event_id JOIN events y ON y.event_id = g.after_event_id
			ORDER BY g.after_seq`, "49 49 52", "119 119 121", "129 129 131")
	})
}

// Where a source burns a number every so often, that is its habit.
func TestUsualGaps(t *testing.T) {
	d := newDesk(t)
	rows, next := []string{wideHeader}, 1
	for n := day("02-10"); n <= day("03-14"); n++ {
		rows = append(rows, busy(&next, 30, n)...)
		next++
	}
	d.file("ehr", rows...)
	d.build("03-10", "03-16", func(b built) {
		b.check("SELECT day_no, missing, usual_missing FROM seq_gap WHERE day_no IN ("+dayText("02-23")+", "+dayText("02-24")+", "+dayText("03-14")+") ORDER BY day_no",
			"25-02-23 1 0", "25-02-24 1 1", "25-03-14 1 1")
	})
}

func TestHistoryChanges(t *testing.T) {
	d := newDesk(t)
	line := func(n int, at, action string) string {
		return fmt.Sprintf("2025-03-%s:00,%d,u%d,,,100%d,,%s,clinical_note,W1,,success", at, n, n%3, n%4, action)
	}
	var first, second []string
	for i := range 9 {
		l := line(i+1, fmt.Sprintf("10 09:%02d", i), "view")
		first = append(first, l)
		switch i {
		case 4: // gone
		case 5:
			second = append(second, line(i+1, fmt.Sprintf("10 09:%02d", i), "delete"))
		default:
			second = append(second, l)
		}
	}
	d.file("ehr", append([]string{wideHeader}, first...)...)
	d.file("ehr", append([]string{wideHeader}, append(second, line(20, "11 09:00", "view"))...)...)
	d.build("03-10", "03-16", func(b built) {
		b.check("SELECT source_id, day_no, kind, n, first_s, last_s, noticed_s, event_id IS NULL FROM history_change ORDER BY kind",
			"ehr 25-03-10 missing 1 1741579200 1741665600 1764676802 true", "ehr 25-03-10 other_content 1 1741579200 1741665600 1764676802 false")
	})
}
