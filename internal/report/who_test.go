package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chartwatch/chartwatch/internal/access"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/golden"
	"github.com/chartwatch/chartwatch/internal/report"
)

func day(n int) coverage.Day {
	return coverage.DayOf(time.Date(2025, 3, n, 12, 0, 0, 0, time.UTC))
}

// source is a complete log of everything.
func source(name string) coverage.Source {
	return coverage.Source{
		Name: name, From: time.Date(2025, 3, 1, 13, 0, 0, 0, time.UTC), To: time.Date(2025, 3, 31, 21, 0, 0, 0, time.UTC),
		FirstDay: day(1), LastDay: day(31), InUse: true, Complete: true,
		HasReads: true, HasLogins: true, HasUsers: true, HasPatients: true, HasNumbers: true, HasWorkstations: true,
		Events: 120, Gaps: []coverage.Gap{},
	}
}

// view is an access to the record of patient 101 some minutes after ten.
func view(minute int, change func(*access.Access)) access.Access {
	at := time.Date(2025, 3, 11, 14, minute, 5, 0, time.UTC)
	x := access.Access{
		EventID: "0123456789ab-1-" + string(rune('1'+minute)), Source: "ehr", SourceEventID: "7", At: at,
		LocalTime: at.In(time.FixedZone("", -4*3600)).Format(time.RFC3339), UserID: "jlee", UserName: "Jo Lee", UserType: "staff", Role: "nurse",
		PatientID: "101", PatientName: "Ana Rivera", Action: "view", ActionRaw: "Chart Opened", RecordType: "clinical_note",
		Workstation: "EXAM-1", IP: "10.0.0.4", Outcome: "success", Granularity: "event", TZBasis: "source_setting", MatchedBy: "number",
		File: "log.csv", SHA256: strings.Repeat("ab", 32), Line: int64(minute + 2),
	}
	if change != nil {
		change(&x)
	}
	return x
}

func accessed() access.Answer {
	return access.Answer{
		Patient: &access.Party{ID: "101", Name: "Ana Rivera"}, From: day(11), To: day(11), Timezone: "America/New_York",
		Verdict: access.Accessed, Reasons: []access.Reason{}, Coverage: []coverage.Source{source("ehr")},
		Accesses: []access.Access{
			view(0, func(x *access.Access) {
				x.AlsoRecorded = []access.Twin{{
					EventID: "ba9876543210-2-1", Source: "pacs", SourceEventID: "a-9", At: x.At.Add(time.Second), UserName: "Jo Lee", Action: "export",
					File: "pacs.log", Line: 12,
				}}
			}),
			view(1, func(x *access.Access) {
				x.BreakGlass, x.Purpose, x.Explanation = true, "ETREAT", "fainted\nin the hall"
			}),
			view(2, func(x *access.Access) {
				x.UserID, x.UserName, x.UserType, x.Role, x.Workstation = "p101", "Ana Rivera", "patient", "", ""
			}),
			view(3, func(x *access.Access) { x.UserID, x.UserName, x.Role, x.Outcome = "", "", "", "failure" }),
			view(4, func(x *access.Access) {
				x.Action, x.RecordID, x.TimeFlag = "other", "N-12", "ambiguous"
				x.MatchedBy, x.Conflict, x.Integrity = "name", true, "failed"
			}),
		},
	}
}

// sql is an answer of which four rows are of one minute and look alike, and a
// fifth is from another workstation.
func sql() access.Answer {
	a := accessed()
	a.Accesses = nil
	for i := range 5 {
		a.Accesses = append(a.Accesses, view(0, func(x *access.Access) {
			x.At, x.Granularity, x.Line = x.At.Add(time.Duration(i)*time.Second), "sql", int64(i+2)
			if i == 4 {
				x.Workstation = "HOME"
			}
		}))
	}
	return a
}

func byUser() access.Answer {
	a := accessed()
	a.Patient, a.User, a.To = nil, &access.Party{ID: "jlee", Name: "Jo Lee"}, day(12)
	a.Accesses = a.Accesses[:2]
	a.Reasons = []access.Reason{
		{Code: "silent", Source: "pacs", Message: "2025-03-12: there is not one event"},
		{Code: "zone_assumed", Message: "2 accesses have times in an assumed time zone"},
	}
	return a
}

func noneFound() access.Answer {
	a := accessed()
	a.Verdict, a.Accesses = access.NoneFound, []access.Access{}
	return a
}

func cannotSay() access.Answer {
	a := noneFound()
	a.Verdict, a.From = access.CannotSay, day(1)
	a.Reasons = []access.Reason{{Code: "outside", Source: "pacs", Message: "2025-03-01: its logs cover 2025-03-02 to 2025-03-31 only"}}
	doubtful, retired := source("pacs"), source("old")
	doubtful.Complete, doubtful.FirstDay, doubtful.HasWorkstations, doubtful.HasLogins = false, day(2), false, false
	retired.InUse = false
	a.Coverage = append(a.Coverage, doubtful, retired)
	return a
}

func candidates() access.Answer {
	a := noneFound()
	a.Verdict, a.Patient, a.Coverage = access.CannotSay, &access.Party{Name: "Rivera"}, nil
	a.Reasons = []access.Reason{{Code: "ambiguous_name", Message: "the name may mean any of these; ask again by number"}}
	a.Candidates = []access.Party{{ID: "101", Name: "Ana Rivera"}, {ID: "107", Name: "Luis Rivera"}, {Name: "Rivera, Bo"}}
	return a
}

const evil = "\x1b]0;owned\x07\u009b31mEve\r\n\u202eelpmaxe\u2066\u200b \u2028x"

// hostile has text that wants to be more than text.
func hostile() access.Answer {
	a := accessed()
	a.Patient = &access.Party{ID: "101\x1b[2J", Name: evil}
	a.Accesses = []access.Access{view(0, func(x *access.Access) {
		x.UserID, x.UserName, x.Role, x.Workstation = "=cmd|' /C calc'!A0", evil, "+1", "\x1b=1+1"
		x.Explanation, x.Purpose, x.Source, x.File = "@SUM(1)", "-1", "\t=ehr", "log,\"1\".csv"
	})}
	a.Reasons = []access.Reason{{Code: "x", Source: "ehr\x1b[1m", Message: "names " + evil}}
	a.Candidates = []access.Party{{ID: "\x1b[1m", Name: evil}}
	a.Coverage[0].Name = "ehr\x1b[1m"
	return a
}

func answers() map[string]access.Answer {
	return map[string]access.Answer{
		"accessed": accessed(), "none_found": noneFound(), "cannot_say": cannotSay(), "candidates": candidates(), "sql": sql(), "by_user": byUser(),
		"hostile": hostile(),
	}
}

func TestWhoTable(t *testing.T) {
	for name, a := range answers() {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := report.WhoTable(&b, a, report.TableOptions{}); err != nil {
				t.Fatal(err)
			}
			harmless(t, b.String())
			golden.Compare(t, "testdata/who_"+name+".txt", b.Bytes())
		})
	}
}

func TestWhoTableGrouped(t *testing.T) {
	var b bytes.Buffer
	if err := report.WhoTable(&b, sql(), report.TableOptions{Group: true}); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "testdata/who_sql_grouped.txt", b.Bytes())
}

// In a narrow terminal nothing is left out: the table becomes a list.
func TestWhoTableInATerminal(t *testing.T) {
	var narrow, wide, unlimited bytes.Buffer
	for _, c := range []struct {
		b     *bytes.Buffer
		width int
	}{{&narrow, 80}, {&wide, 400}, {&unlimited, 0}} {
		if err := report.WhoTable(c.b, accessed(), report.TableOptions{Width: c.width}); err != nil {
			t.Fatal(err)
		}
	}
	golden.Compare(t, "testdata/who_narrow.txt", narrow.Bytes())
	if diff := cmp.Diff(unlimited.String(), wide.String()); diff != "" {
		t.Errorf("a wide terminal (-without limit +with):\n%s", diff)
	}
}

func TestWhoJSON(t *testing.T) {
	for name, a := range answers() {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := report.JSON(&b, a); err != nil {
				t.Fatal(err)
			}
			harmless(t, b.String())
			var back access.Answer
			if err := json.Unmarshal(b.Bytes(), &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(a, back, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("what came back (-want +got):\n%s", diff)
			}
		})
	}
	var b bytes.Buffer
	if err := report.JSON(&b, byUser()); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "testdata/who_by_user.json", b.Bytes())
}

func TestWhoCSV(t *testing.T) {
	for name, a := range answers() {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := report.WhoCSV(&b, a); err != nil {
				t.Fatal(err)
			}
			harmless(t, b.String())
			golden.Compare(t, "testdata/who_"+name+".csv", b.Bytes())
			rows, err := csv.NewReader(&b).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			if want := 1 + max(1, len(a.Accesses)); len(rows) != want {
				t.Errorf("%d rows, want %d", len(rows), want)
			}
			for _, row := range rows {
				for i, cell := range row {
					if strings.TrimSpace(cell) != "" && strings.ContainsAny(strings.TrimSpace(cell)[:1], "=+-@\t\r") {
						t.Errorf("column %s would be a formula: %s", rows[0][i], cell)
					}
				}
			}
		})
	}
}

// harmless fails for a text that would do something in a terminal.
func harmless(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			t.Errorf("the text has the character %U", r)
		}
	}
}
