package report_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/chartwatch/chartwatch/internal/access"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/golden"
	"github.com/chartwatch/chartwatch/internal/report"
)

func letterhead() report.Letterhead {
	return report.Letterhead{Practice: "Lakeside Dental & Family", MadeAt: at(12, 9, 0), Version: "0.3.0"}
}

// reasoned has accesses that the practice's records explain in every way.
func reasoned() access.Answer {
	a := accessed()
	for i, e := range []*access.Explained{
		{Answer: "explained", Strength: "strong", Reason: "own_visit", Words: "own appointment with the patient"},
		{Answer: "explained", Strength: "weak", Reason: "repeat", Words: "earlier access that was explained"},
		nil,
		{Answer: "not_explained"},
		{Answer: "cannot_say"},
	} {
		a.Accesses[i].Explained = e
	}
	a.Patient.Name = "Nguyễn Thị Ánh"
	a.Reasons = []access.Reason{
		{Code: "similar_name", Message: `a log that gives no number names "Other Person" on these days, which may be the same person`},
		{Code: "rejected_rows", Source: "pacs", Message: "2025-03-11: 2 records that may concern the day could not be read"},
		{Code: "no_reads", Source: "pacs", Message: "its log around these days does not record who looked at a chart, only changes"},
		{Code: "brand_new", Message: "something that did not exist before"},
	}
	pacs := source("pacs")
	pacs.Complete = false
	pacs.Gaps = []coverage.Gap{{From: day(11), To: day(11), Code: coverage.CodeRejected, Why: "2 records that may concern the day could not be read"}}
	a.Coverage = append(a.Coverage, pacs)
	return a
}

func more() map[string]access.Answer {
	all := answers()
	all["reasoned"] = reasoned()
	return all
}

func TestWhoHTML(t *testing.T) {
	for name, a := range more() {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := report.WhoHTML(&b, a, letterhead()); err != nil {
				t.Fatal(err)
			}
			harmless(t, b.String())
			golden.Compare(t, "testdata/who_"+name+".html", b.Bytes())
			p := parsePage(t, b.Bytes())
			p.selfContained(t)
			p.accessible(t)
			if len(a.Accesses) > 0 != strings.Contains(textOf(p.root), "log.csv:2") && name != "hostile" {
				t.Error("the accesses are not where they should be")
			}
		})
	}
	var b bytes.Buffer
	if err := report.WhoHTML(&b, reasoned(), letterhead()); err != nil {
		t.Fatal(err)
	}
	hasAll(t, textOf(parsePage(t, b.Bytes()).root), []string{
		"5 accesses by 2 users; there may be more", "own appointment with the patient", "earlier access that was explained (weak)",
		"not explained by the records we have", "whether records explain it cannot be said", "Nguyễn Thị Ánh", "names \"Other Person\"",
	})
}

func TestWhoPDF(t *testing.T) {
	for name, a := range more() {
		t.Run(name, func(t *testing.T) {
			var first, second bytes.Buffer
			for _, b := range []*bytes.Buffer{&first, &second} {
				if err := report.WhoPDF(b, a, letterhead()); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(first.Bytes(), second.Bytes()) {
				t.Error("two runs gave different bytes")
			}
			golden.Compare(t, "testdata/who_"+name+".pdf.txt", strings.Join(pdfPages(t, first.Bytes()), "\f"))
		})
	}
}

func TestWhoXLSX(t *testing.T) {
	for name, a := range more() {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := report.WhoXLSX(&b, a, letterhead()); err != nil {
				t.Fatal(err)
			}
			noFormulas(t, b.Bytes())
			text := workbookText(t, b.Bytes())
			harmless(t, text)
			golden.Compare(t, "testdata/who_"+name+".xlsx.txt", text)
		})
	}
}

func TestWhoRawCSV(t *testing.T) {
	var b bytes.Buffer
	if err := report.WhoCSVWith(&b, hostile(), report.CSVOptions{Raw: true}); err != nil {
		t.Fatal(err)
	}
	harmless(t, b.String())
	hasAll(t, b.String(), []string{",=cmd|' /C calc'!A0,", ",@SUM(1),"})
}

// letters are the forms of an answer that is handed to the patient, as text.
func letters(t *testing.T, a access.Answer) map[string]string {
	t.Helper()
	var table, page, paper bytes.Buffer
	for _, err := range []error{
		report.WhoForPatientTable(&table, a, letterhead(), report.TableOptions{}), report.WhoForPatientHTML(&page, a, letterhead()),
		report.WhoForPatientPDF(&paper, a, letterhead()),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	p := parsePage(t, page.Bytes())
	p.selfContained(t)
	p.accessible(t)
	harmless(t, table.String())
	return map[string]string{
		"txt": table.String(), "html": page.String(), "pdf.txt": strings.Join(pdfPages(t, paper.Bytes()), "\f"),
	}
}

func TestWhoForPatient(t *testing.T) {
	for _, name := range []string{"accessed", "none_found", "cannot_say", "sql", "hostile", "reasoned"} {
		t.Run(name, func(t *testing.T) {
			a := more()[name]
			a.Candidates = nil
			for format, text := range letters(t, a) {
				golden.Compare(t, "testdata/patient_"+name+"."+format, text)
			}
		})
	}
}

// What is handed to a patient names nothing but who, when and what kind of record.
func TestWhoForPatientKeepsBack(t *testing.T) {
	for format, text := range letters(t, reasoned()) {
		for _, secret := range []string{"EXAM-1", "10.0.0.4", "jlee", "p101", "101", "log.csv", "0123456789ab", "Other Person", "fainted", "N-12", "pacs", "ehr", "ETREAT"} {
			if strings.Contains(text, secret) {
				t.Errorf("the form %s has %q", format, secret)
			}
		}
	}
	all := letters(t, reasoned())
	hasAll(t, all["txt"], []string{
		"For Nguyễn Thị Ánh", "On Tuesday, March 11, 2025.", "Tue, Mar 11, 2025, 10:00 AM", "Who: Jo Lee, nurse", "Looked at, as an emergency", "Notes about your care",
		"You, or somebody acting for you", "Our log does not say who", "Tried, without success: looked at", "Your appointment", "Used in another way (the time is not certain: the clocks changed that night)",
		"There may be more: our logs have limits", "March 11, 2025: some entries in the log of one of our systems could not be read.",
		"One of our systems keeps a log of changes only", "under a similar name or number", "Our logs have a limit on these days", "45 CFR 164.528",
	})
	nobody := letters(t, noneFound())
	hasAll(t, nobody["txt"], []string{"Nobody opened your record in this time, and our logs of these days are complete."})
	hasAll(t, letters(t, cannotSay())["txt"], []string{"This does not mean that nobody did."})
}

// An answer about several people is not handed to one of them.
func TestWhoForPatientRefuses(t *testing.T) {
	for name, a := range map[string]access.Answer{"by_user": byUser(), "candidates": candidates()} {
		for _, err := range []error{
			report.WhoForPatientTable(io.Discard, a, letterhead(), report.TableOptions{}), report.WhoForPatientHTML(io.Discard, a, letterhead()),
			report.WhoForPatientPDF(io.Discard, a, letterhead()),
		} {
			var f *fault.Error
			if !errors.As(err, &f) || f.Kind != fault.Usage {
				t.Errorf("%s: the error is %v, want one of usage", name, err)
			}
		}
	}
}
