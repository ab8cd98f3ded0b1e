package report

import (
	"io"

	"github.com/chartwatch/chartwatch/internal/access"
)

// WhoXLSX writes an answer as a workbook: the answer with its reasons, every
// access, and what the logs cover. Texts are cells of text, never formulas.
func WhoXLSX(w io.Writer, a access.Answer, h Letterhead) error {
	v := viewWho(a, h)
	answer := sheet{name: "Answer", head: []string{"What", "Text"}, widths: []float64{24, 110}, rows: [][]any{{"Question", v.Question}, {"Answer", v.Verdict}}}
	for _, r := range v.Reasons {
		answer.rows = append(answer.rows, []any{"Because", r})
	}
	for _, c := range v.Candidates {
		answer.rows = append(answer.rows, []any{"The name may mean", c})
	}
	for _, f := range v.Facts {
		answer.rows = append(answer.rows, []any{f.Label, f.Text})
	}
	covered := sheet{
		name: "Coverage", widths: []float64{24, 22, 14, 14, 70}, head: []string{"Source", "For these days", "Log begins", "Log ends", "What its log records"},
	}
	for _, s := range a.Coverage {
		covered.rows = append(covered.rows, []any{s.Name, sourceState(s), s.FirstDay.String(), s.LastDay.String(), abilities(s)})
		for _, g := range s.Gaps {
			covered.rows = append(covered.rows, []any{s.Name, "gap", g.From.String(), g.To.String(), g.Why})
		}
	}
	return writeWorkbook(w, v.Title, h.MadeAt, []sheet{answer, accessSheet(a), covered})
}

func accessSheet(a access.Answer) sheet {
	s := sheet{
		name: "Accesses", widths: []float64{28, 22, 18, 24, 18, 16, 24, 14, 24, 20, 24, 16, 18, 16, 12, 10, 44, 20, 24, 30, 30, 9},
		head: []string{
			"Local time", "UTC", "Account", "Name", "Role", "Patient", "Patient's name", "Action", "Action in the log", "Record", "Record in the log", "Record number",
			"Workstation", "Address", "Outcome", "Emergency", "Reason", "Source", "Number in the log", "Event", "File", "Line", "To know",
		},
	}
	for _, x := range a.Accesses {
		s.rows = append(s.rows, []any{
			x.LocalTime, rfc(x.At), x.UserID, x.UserName, x.Role, x.PatientID, x.PatientName, spaced(x.Action), x.ActionRaw, spaced(x.RecordType),
			x.RecordTypeRaw, x.RecordID, x.Workstation, x.IP, x.Outcome, yesNo(x.BreakGlass), explanationText(x), x.Source + alsoIn(x), x.SourceEventID, x.EventID,
			x.File, x.Line, joined(x.TimeFlag, warnings(x)),
		})
	}
	return s
}
