package report_test

import (
	"bytes"
	"testing"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/golden"
	"github.com/chartwatch/chartwatch/internal/report"
)

func covered() report.Coverage {
	ehr, pacs, evil := source("ehr"), source("pacs"), source("=x\x1b[1m")
	ehr.Events = 12
	ehr.Days = []coverage.Row{
		{Day: day(8), Events: 12, Reads: 9, Logins: 2, WithPatient: 10, Rejected: 0, Doubtful: 1, CheckFailed: 3, Status: "events"},
		{Day: day(9), Status: "quiet"},
	}
	pacs.Complete, pacs.HasLogins, pacs.HasWorkstations, pacs.FirstDay, pacs.Events = false, false, false, day(9), 1
	pacs.Gaps = []coverage.Gap{
		{From: day(7), To: day(8), Code: coverage.CodeOutside, Why: "its logs cover 2025-03-09 to 2025-03-31 only"},
		{From: day(9), To: day(9), Code: coverage.CodeRejected, Why: "2 records that may concern the day could not be read"},
	}
	pacs.Days = []coverage.Row{
		{Day: day(7), Status: coverage.CodeOutside},
		{Day: day(8), Status: coverage.CodeOutside},
		{Day: day(9), Events: 1, Reads: 1, WithPatient: 1, Rejected: 2, Status: coverage.CodeRejected},
	}
	ehr.Checks = &coverage.Checks{OK: 1200, Failed: 1, Unknown: 2, Deleted: 3}
	return report.Coverage{From: day(7), To: day(9), Sources: []coverage.Source{ehr, pacs, evil}, Overdue: []string{}}
}

func TestCoverage(t *testing.T) {
	var b bytes.Buffer
	if err := report.CoverageTable(&b, covered(), false); err != nil {
		t.Fatal(err)
	}
	harmless(t, b.String())
	golden.Compare(t, "testdata/coverage.txt", b.Bytes())
	b.Reset()
	if err := report.CoverageCSV(&b, covered()); err != nil {
		t.Fatal(err)
	}
	harmless(t, b.String())
	golden.Compare(t, "testdata/coverage.csv", b.Bytes())
	b.Reset()
	if err := report.JSON(&b, covered()); err != nil {
		t.Fatal(err)
	}
	harmless(t, b.String())
	golden.Compare(t, "testdata/coverage.json", b.Bytes())
}
