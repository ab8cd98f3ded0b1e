package report

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/review"
)

// ReviewCSV prints one line for each finding. What the review rests on stands in
// columns of its own on every line, so that the file cannot be read without it;
// without a finding there is one line.
func ReviewCSV(w io.Writer, r review.Report, o CSVOptions) error {
	zone, _ := zoneOf(r.Timezone)
	head := []string{
		"review", "period_from", "period_to", "review_whole", "warnings", "sources", "rules_summary", "rules_not_run", "rule_set_hash", "parsers",
	}
	rest := []string{
		headlineOf(&r), r.Period.From.String(), r.Period.To.String(), yesNo(!r.Incomplete()), warningsText(&r), sourcesText(&r), rulesText(r.Rules),
		notRunText(&r), r.RuleSetHash, parsersText(r.Parsers),
	}
	rows := [][]string{append(findingHeader(), head...)}
	for i := range r.Findings {
		rows = append(rows, append(findingRow(&r.Findings[i], zone), rest...))
	}
	if len(r.Findings) == 0 {
		rows = append(rows, append(make([]string, len(findingHeader())), rest...))
	}
	return writeCSV(w, rows, o)
}

// FindingsCSV prints one line for each finding.
func FindingsCSV(w io.Writer, list []review.Item, zone *time.Location, o CSVOptions) error {
	rows := [][]string{findingHeader()}
	for i := range list {
		rows = append(rows, findingRow(&list[i], zone))
	}
	return writeCSV(w, rows, o)
}

func findingHeader() []string {
	return []string{
		"id", "level", "risk", "title", "state", "disposition", "owner", "due", "subject_type", "subject_id", "subject_name", "subject_role", "user_ids",
		"patient_ids", "from_day", "to_day", "first_at", "last_at", "when_local", "events", "text", "score", "next_steps", "covers", "data_quality",
		"case_id", "suppressed_by", "recurrence_of", "provisional", "rule", "rule_version", "category", "fingerprint",
	}
}

func findingRow(x *review.Item, zone *time.Location) []string {
	covers := make([]string, 0, len(x.Covers))
	for _, c := range x.Covers {
		covers = append(covers, c.ID+" "+c.Title)
	}
	return []string{
		x.ID, string(x.Level), strconv.Itoa(x.Risk), x.Title, string(x.State), string(x.Disposition), x.Owner, rfc(x.Due),
		string(x.Subject.Type), x.Subject.ID, x.Subject.Name, x.Subject.Role, strings.Join(x.UserIDs, " "), strings.Join(x.PatientIDs, " "),
		x.FromDay.String(), x.ToDay.String(), rfc(x.FirstAt), rfc(x.LastAt), whenText(x, zone), strconv.FormatInt(x.EventCount, 10), x.Text,
		riskText(x), strings.Join(x.NextSteps, " | "), strings.Join(covers, " | "), strings.Join(x.Quality, " | "), x.CaseID, x.SuppressedBy,
		x.RecurrenceOf, yesNo(x.Provisional), x.RuleID, strconv.Itoa(x.RuleVersion), string(x.Category), x.Fingerprint,
	}
}

func rfc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func warningsText(r *review.Report) string {
	list := make([]string, 0, len(r.Warnings))
	for _, n := range r.Warnings {
		list = append(list, n.Message)
	}
	return strings.Join(list, "; ")
}

// notRunText names the rules from whose silence nothing follows.
func notRunText(r *review.Report) string {
	var list []string
	for _, f := range fates(r.Rules) {
		if f.Outcome == review.RuleRan {
			continue
		}
		for _, x := range f.Rules {
			text := x.ID + " " + f.Text
			if x.Reason != "" {
				text += ": " + x.Reason
			}
			list = append(list, text)
		}
	}
	return strings.Join(list, "; ")
}
