package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chartwatch/chartwatch/internal/golden"
	"github.com/chartwatch/chartwatch/internal/report"
	"github.com/chartwatch/chartwatch/internal/review"
)

// basis are words that every format of the rich review has to have: the period,
// the sources, what became of the rules, and the versions.
func basis() []string {
	return []string{
		"2025-W10", "Mon 2025-03-03 to Sun 2025-03-09", "ehr (complete)", "pacs (not complete)", "billing portal",
		"Of 9 rules: 5 ran; 1 switched off; 1 not applicable; 1 ran, more rows than are kept; 1 failed.",
		"needs 56 days of history, and there are 41", "its SELECT names a column that is not there", "c0ffeec0ffee", "delimited version 3 (4 files)",
		"5 findings to look at: 1 critical, 1 high, 2 medium, 1 low.", "The review is not whole",
	}
}

func hasAll(t *testing.T, text string, wants []string) {
	t.Helper()
	flat := strings.Join(strings.Fields(text), " ")
	for _, want := range wants {
		if !strings.Contains(flat, want) {
			t.Errorf("there is no %q", want)
		}
	}
}

func TestReviewTable(t *testing.T) {
	for name, r := range reviews() {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := report.ReviewTable(&b, r, report.TableOptions{}); err != nil {
				t.Fatal(err)
			}
			harmless(t, b.String())
			golden.Compare(t, "testdata/review_"+name+".txt", b.Bytes())
			if name == "rich" {
				hasAll(t, b.String(), basis())
			}
		})
	}
}

// Colour only repeats what words say, and no line of running text is wider than
// the terminal.
func TestReviewTableInATerminal(t *testing.T) {
	var plain, colour, narrow bytes.Buffer
	for _, c := range []struct {
		b *bytes.Buffer
		o report.TableOptions
	}{{&plain, report.TableOptions{}}, {&colour, report.TableOptions{Colour: true}}, {&narrow, report.TableOptions{Width: 60}}} {
		if err := report.ReviewTable(c.b, rich(), c.o); err != nil {
			t.Fatal(err)
		}
	}
	red := "\x1b[1;91mCRITICAL (1)\x1b[0m"
	if runtime.GOOS == "windows" && !strings.Contains(colour.String(), red) {
		red = "CRITICAL (1)" // a console that knows no colours, or none at all, gets none
	}
	if strings.Contains(plain.String(), "\x1b") || !strings.Contains(colour.String(), red) {
		t.Error("colour is not where it was asked for, and only there")
	}
	for line := range strings.Lines(narrow.String()) {
		if line = strings.TrimRight(line, "\n"); len([]rune(line)) > 60 && strings.Contains(strings.TrimSpace(line), " ") && !strings.Contains(line, "c0ffee") && !strings.Contains(line, "d00d") {
			t.Errorf("a line is too wide: %s", line)
		}
	}
}

// A review that is not whole never reads as a clean one.
func TestReviewOfNothing(t *testing.T) {
	var b bytes.Buffer
	if err := report.ReviewTable(&b, nothing(), report.TableOptions{}); err != nil {
		t.Fatal(err)
	}
	hasAll(t, b.String(), []string{"it cannot say that nothing happened", "No rule was asked to run.", "No access log has been imported."})
	r := emptyReview()
	r.Rules[0].Status = ""
	b.Reset()
	if err := report.ReviewTable(&b, r, report.TableOptions{}); err != nil {
		t.Fatal(err)
	}
	hasAll(t, b.String(), []string{"Of 1 rule: 1 did not run.", "did not run: Work outside of the shift"})
}

func TestReviewJSON(t *testing.T) {
	for name, r := range reviews() {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := report.ReviewJSON(&b, r); err != nil {
				t.Fatal(err)
			}
			harmless(t, b.String())
			golden.Compare(t, "testdata/review_"+name+".json", b.Bytes())
			if strings.Contains(b.String(), ": null") {
				t.Error("an empty list is written as null")
			}
			var loose struct {
				Findings []struct {
					ID    string `json:"id"`
					Text  string `json:"text"`
					Level string `json:"level"`
				} `json:"findings"`
				Rules []struct {
					ID string `json:"id"`
				} `json:"rules"`
			}
			if err := json.Unmarshal(b.Bytes(), &loose); err != nil {
				t.Fatal(err)
			}
			if len(loose.Findings) != len(r.Findings) || len(loose.Rules) != len(r.Rules) {
				t.Errorf("%d findings and %d rules came back", len(loose.Findings), len(loose.Rules))
			}
			for i, x := range loose.Findings {
				if x.Text != r.Findings[i].Text || x.Level != string(r.Findings[i].Level) {
					t.Errorf("finding %s came back different", x.ID)
				}
			}
		})
	}
}

// formulas fails for cells that a spreadsheet would run.
func formulas(t *testing.T, rows [][]string) {
	t.Helper()
	for _, row := range rows {
		for i, cell := range row {
			if s := strings.TrimLeft(cell, " "); s != "" && strings.ContainsAny(s[:1], "=+-@\t\r") {
				t.Errorf("column %s would be a formula: %s", rows[0][i], cell)
			}
		}
	}
}

func TestReviewCSV(t *testing.T) {
	for name, r := range reviews() {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := report.ReviewCSV(&b, r, report.CSVOptions{}); err != nil {
				t.Fatal(err)
			}
			harmless(t, b.String())
			golden.Compare(t, "testdata/review_"+name+".csv", b.Bytes())
			if name == "rich" {
				hasAll(t, b.String(), basis()[2:])
			}
			rows, err := csv.NewReader(&b).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			if want := 1 + max(1, len(r.Findings)); len(rows) != want {
				t.Errorf("%d rows, want %d", len(rows), want)
			}
			formulas(t, rows)
		})
	}
	var raw bytes.Buffer
	if err := report.ReviewCSV(&raw, rich(), report.CSVOptions{Raw: true}); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&raw).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := slices.Index(rows[0], "subject_id")
	if got := rows[2][column]; got != "=cmd|' /C calc'!A0" {
		t.Errorf("the raw cell is %q", got)
	}
}

func TestFindings(t *testing.T) {
	var table, full, sheet bytes.Buffer
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	if err := report.FindingsTable(&table, findings(), zone, report.TableOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := report.FindingTable(&full, bulk(), zone, report.TableOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := report.FindingsCSV(&sheet, findings(), zone, report.CSVOptions{}); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]*bytes.Buffer{"findings.txt": &table, "finding.txt": &full, "findings.csv": &sheet} {
		harmless(t, b.String())
		golden.Compare(t, "testdata/"+name, b.Bytes())
	}
	hasAll(t, full.String(), []string{
		"+45 what this rule starts from", "81 of 100, which is critical", "an own appointment with the patient: looked for and not found",
		"found for 3 of 14 patients", "cover or on-call duty: cannot be said", "14 of 37 rows shown", "Answer: I was clearing the claims of February.",
	})
	table.Reset()
	if err := report.FindingsTable(&table, []review.Item{}, zone, report.TableOptions{}); err != nil {
		t.Fatal(err)
	}
	hasAll(t, table.String(), []string{"No finding matches. That does not say that nothing happened"})
	var narrow bytes.Buffer
	if err := report.FindingTable(&narrow, bulk(), zone, report.TableOptions{Width: 70}); err != nil {
		t.Fatal(err)
	}
	hasAll(t, narrow.String(), []string{"2025-03-04 21:12:00 lnunez patient: 1000"})
}
