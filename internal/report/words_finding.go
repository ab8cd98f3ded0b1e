package report

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/review"
	"github.com/chartwatch/chartwatch/rules"
)

// whenText says when a finding happened, in local time.
func whenText(x *review.Item, zone *time.Location) string {
	if x.FirstAt.IsZero() {
		return daysText(x.FromDay, x.ToDay)
	}
	first, last := x.FirstAt.In(zone), x.LastAt.In(zone)
	switch {
	case first.Format("2006-01-02 15:04") == last.Format("2006-01-02 15:04") || x.LastAt.IsZero():
		return stamp(x.FirstAt, zone)
	case first.Format(time.DateOnly) == last.Format(time.DateOnly):
		return stamp(x.FirstAt, zone) + " to " + last.Format("15:04")
	}
	return stamp(x.FirstAt, zone) + " to " + stamp(x.LastAt, zone)
}

// subjectText names what a finding is about.
func subjectText(s review.Subject) string {
	name, about := s.Name, []string{}
	switch {
	case s.Type != rules.SubjectPerson:
		name = string(s.Type) + " " + s.ID
		if s.Name != s.ID {
			about = append(about, s.Name)
		}
	case name == "":
		name = "account " + s.ID
	}
	if s.Role != "unknown" {
		about = append(about, spaced(s.Role))
	}
	about = slices.DeleteFunc(about, func(x string) bool { return x == "" })
	if len(about) > 0 {
		name += " (" + strings.Join(about, ", ") + ")"
	}
	return clean(name)
}

// accountsText names the accounts of a finding where the subject does not.
func accountsText(x *review.Item) string {
	list := x.UserIDs
	if len(list) == 0 && x.UserID != "" {
		list = []string{x.UserID}
	}
	named := x.Subject.Type == rules.SubjectAccount || (x.Subject.Type == rules.SubjectPerson && x.Subject.Name == "")
	if named && len(list) == 1 && list[0] == x.Subject.ID {
		return ""
	}
	return clean(firstOf(list, 5))
}

// firstOf joins the first texts of a list and says how many more there are.
func firstOf(list []string, n int) string {
	if len(list) <= n {
		return strings.Join(list, ", ")
	}
	return strings.Join(list[:n], ", ") + " and " + strconv.Itoa(len(list)-n) + " more"
}

// stateText says where a finding stands.
func stateText(x *review.Item) string {
	text := stateWord(x.State)
	if x.Disposition != "" {
		text += ": " + dispositionWord(x.Disposition)
	}
	if x.Owner != "" {
		text += ", with " + clean(x.Owner)
	}
	if !x.Due.IsZero() {
		text += ", due " + x.Due.Format(time.DateOnly)
	}
	return text
}

func stateWord(s review.State) string {
	switch s {
	case review.New, "":
		return "new, nobody has looked at it yet"
	case review.Triaged:
		return "looked at"
	case review.Asked:
		return "somebody was asked"
	case review.UnderReview:
		return "under review"
	case review.Closed:
		return "closed"
	case review.Watch:
		return "only watched"
	case review.Suppressed:
		return "hidden by a suppression"
	case review.Superseded:
		return "no longer shown by the data"
	}
	return spaced(string(s))
}

func dispositionWord(d review.Disposition) string {
	switch d {
	case review.Expected:
		return "expected and allowed"
	case review.PolicyIssue:
		return "a matter of policy, no patient data misused"
	case review.MisuseConfirmed:
		return "misuse confirmed"
	case review.DataError:
		return "an error in the data"
	case review.CannotTell:
		return "cannot be told"
	}
	return spaced(string(d))
}

// decisionText is one line of a finding's history.
func decisionText(d review.Decision, zone *time.Location) string {
	text := stamp(d.At, zone) + ", " + d.By
	if d.Second != "" {
		text += " with " + d.Second
	}
	text += ": " + stateWord(d.State)
	if d.Disposition != "" {
		text += ", " + dispositionWord(d.Disposition)
	}
	if d.Owner != "" {
		text += ", given to " + d.Owner
	}
	if !d.Due.IsZero() {
		text += ", due " + d.Due.Format(time.DateOnly)
	}
	sentences := []string{text}
	for _, part := range []struct{ label, text string }{{"", d.Text}, {"Asked: ", d.Question}, {"Answer: ", d.Answer}} {
		if part.text != "" {
			sentences = append(sentences, part.label+strings.TrimRight(part.text, ". "))
		}
	}
	ended := strings.NewReplacer("?. ", "? ", "!. ", "! ").Replace(strings.Join(sentences, ". ") + ". ")
	return clean(strings.TrimSpace(ended))
}

// reasonWords says an explanation in the words of a practice.
func reasonWords(reason string) string {
	switch reason {
	case "own_visit":
		return "an own appointment with the patient"
	case "team_visit":
		return "an appointment with the team"
	case "practice_visit":
		return "a visit to the practice that the role deals with"
	case "scheduling":
		return "work on an appointment that day"
	case "inbound_contact":
		return "a message, document or referral about the patient that day"
	case "order_result":
		return "an order or result of those days"
	case "authored_earlier":
		return "an earlier note or order of their own"
	case "cover":
		return "cover or on-call duty"
	case "repeat":
		return "an explained access in the 14 days before"
	case "reviewed":
		return "an earlier review that found it in order"
	}
	return clean(spaced(reason))
}

// checkedText says what became of an explanation that was looked for.
func checkedText(c review.Checked, patients int) string {
	switch {
	case c.Missing:
		return "cannot be said: there is no data to look in"
	case c.Found == 0:
		return "looked for and not found"
	case patients > 1:
		return fmt.Sprintf("found for %d of %d patients", c.Found, patients)
	}
	return "found"
}

// riskText says how the risk of a finding adds up.
func riskText(x *review.Item) string {
	sum := 0
	var parts []string
	for _, s := range x.Score {
		sum += s.Points
		parts = append(parts, fmt.Sprintf("%+d %s", s.Points, s.Because))
	}
	text := strings.Join(parts, "; ")
	if sum != x.Risk && len(parts) > 0 {
		text += fmt.Sprintf("; which makes %d and is shown as %d", sum, x.Risk)
	}
	return clean(text)
}

// evidenceText says how many of the evidence rows are shown.
func evidenceText(shown int, total int64) string {
	if int64(shown) >= total {
		return many(total, "row", "rows")
	}
	return fmt.Sprintf("%d of %s shown", shown, many(total, "row", "rows"))
}

// rowsOf is how many evidence rows a finding has, shown or not.
func rowsOf(x *review.Item) int64 { return max(x.Rows, int64(len(x.Evidence))) }

// placeText says where a row of evidence was read.
func placeText(e review.Evidence) string {
	if e.File == "" {
		return ""
	}
	return clean(e.File + ":" + strconv.FormatInt(e.Line, 10))
}

// valuesText writes a rule's own columns of an evidence row.
func valuesText(e review.Evidence) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(e.Values)) {
		if e.Values[key] != "" {
			parts = append(parts, spaced(key)+": "+e.Values[key])
		}
	}
	return clean(strings.Join(parts, "; "))
}

// evidenceTime is the time of an evidence row in the zone of the report, as all
// other times of it are.
func evidenceTime(e review.Evidence, zone *time.Location) string {
	if e.At.IsZero() {
		return clean(e.LocalTime)
	}
	return e.At.In(zone).Format("2006-01-02 15:04:05")
}
