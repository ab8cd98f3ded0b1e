package report

import (
	"cmp"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/access"
	"github.com/chartwatch/chartwatch/internal/coverage"
)

// TableOptions say how to lay a table out.
type TableOptions struct {
	Colour bool
	// Group shows technical rows (one a database statement) of the same minute,
	// user, action and record as one line.
	Group bool
	// Width is the number of columns of the terminal; 0 is not limited.
	Width int
}

// WhoTable prints an answer for a person: the answer in words first, then the
// accesses, then what the logs cover.
func WhoTable(w io.Writer, a access.Answer, o TableOptions) error {
	var b strings.Builder
	b.WriteString(headline(a, o.Colour))
	for _, r := range a.Reasons {
		if r.Source != "" {
			fmt.Fprintf(&b, "  - %s: %s\n", clean(r.Source), clean(r.Message))
		} else {
			fmt.Fprintf(&b, "  - %s\n", clean(r.Message))
		}
	}
	for _, p := range a.Candidates {
		fmt.Fprintf(&b, "  - %s\n", strings.TrimSpace(clean(p.ID+"  "+p.Name)))
	}
	if len(a.Accesses) > 0 {
		b.WriteString("\n" + accessTable(a, o) + "\n")
	}
	if len(a.Coverage) > 0 {
		b.WriteString("\nWhat the logs cover:\n" + coverageLines(a.Coverage))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func headline(a access.Answer, colour bool) string {
	verdict, style := whoVerdict(a)
	if colour {
		verdict = style.Sprint(verdict)
	}
	return fmt.Sprintf("%s (%s):\n%s\n", whoTitle(a), a.Timezone, verdict)
}

// whoTitle says what was asked.
func whoTitle(a access.Answer) string {
	period := "on " + a.From.String()
	if a.From != a.To {
		period = "from " + a.From.String() + " to " + a.To.String()
	}
	if a.User != nil {
		return "Accesses by " + partyText(*a.User) + " " + period
	}
	return "Accesses to the record of " + partyText(*a.Patient) + " " + period
}

// whoVerdict says the answer in words, and how to show it in colour.
func whoVerdict(a access.Answer) (verdict string, style text.Colors) {
	switch a.Verdict {
	case access.NoneFound:
		return "none found, and the logs are complete for these days", text.Colors{text.FgGreen}
	case access.CannotSay:
		return "the logs cannot say, because", text.Colors{text.FgYellow}
	default:
	}
	verdict = counted(len(a.Accesses), "access", "accesses")
	if a.User == nil {
		verdict += " by " + counted(users(a.Accesses), "user", "users")
	}
	if len(a.Reasons) > 0 {
		verdict += "; there may be more, or something to know, because"
	}
	return verdict, text.Colors{text.Bold}
}

// explanationText says why an access took place: what the user gave as a reason,
// and what the practice's records say.
func explanationText(x access.Access) string {
	var parts []string
	if given := joined(x.Explanation, x.Purpose); given != "" {
		parts = append(parts, given)
	}
	if x.Explained != nil {
		parts = append(parts, explainedWords(*x.Explained))
	}
	return clean(strings.Join(parts, "; "))
}

// explainedWords says how the records explain an access.
func explainedWords(e access.Explained) string {
	switch e.Answer {
	case "explained":
		words := cmp.Or(e.Words, reasonWords(e.Reason))
		if e.Strength != "" && e.Strength != "strong" {
			words += " (" + e.Strength + ")"
		}
		return words
	case "not_explained":
		return "not explained by the records we have"
	case "cannot_say":
		return "whether records explain it cannot be said"
	}
	return spaced(e.Answer)
}

func partyText(p access.Party) string {
	switch {
	case p.Name == "":
		return clean(p.ID)
	case p.ID == "":
		return clean(p.Name)
	}
	return clean(p.ID + " " + p.Name)
}

// users counts the different users. A row without one counts as nobody.
func users(list []access.Access) int {
	seen := map[string]bool{}
	for _, x := range list {
		if name := cmp.Or(x.UserID, x.UserName); name != "" {
			seen[name] = true
		}
	}
	return len(seen)
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// accessTable lays the accesses out as a table, or as a list if the table is
// wider than the terminal: a column that is cut off would be a fact left out.
func accessTable(a access.Answer, o TableOptions) string {
	subject := "who"
	if a.User != nil {
		subject = "patient"
	}
	header := table.Row{"local time", subject, "role", "action", "record", "workstation", "outcome", "reason", "source", "file:line"}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(header)
	var list strings.Builder
	for _, g := range groups(a.Accesses, o.Group) {
		row := accessRow(g, a.User != nil)
		t.AppendRow(row)
		listRow(&list, header, row)
	}
	rendered := t.Render()
	first, _, _ := strings.Cut(rendered, "\n")
	if o.Width > 0 && text.StringWidth(first) > o.Width {
		return strings.TrimSuffix(list.String(), "\n")
	}
	return rendered
}

// listRow writes one access over several lines.
func listRow(b *strings.Builder, header, row table.Row) {
	fmt.Fprintf(b, "%v  %v\n", row[0], row[1])
	for i := 2; i < len(row); i++ {
		if row[i] != "" {
			fmt.Fprintf(b, "    %v: %v\n", header[i], row[i])
		}
	}
}

// group is one line of the table.
type group struct {
	access.Access
	rows int
}

func groups(list []access.Access, grouped bool) []group {
	var out []group
	for _, x := range list {
		if n := len(out); grouped && n > 0 && x.Granularity == "sql" && sameLine(out[n-1].Access, x) {
			out[n-1].rows++
			continue
		}
		out = append(out, group{x, 1})
	}
	return out
}

// sameLine reports whether a line that shows a shows b as well: only what tells
// the rows apart technically may differ.
func sameLine(a, b access.Access) bool {
	if len(a.AlsoRecorded)+len(b.AlsoRecorded) > 0 {
		return false
	}
	line := func(x access.Access) access.Access {
		if x.Action != string(ingest.ActionOther) {
			x.ActionRaw = "" // is not shown
		}
		return access.Access{
			Granularity: x.Granularity, At: x.At.Truncate(time.Minute), UserID: x.UserID, UserName: x.UserName, UserType: x.UserType, Role: x.Role,
			PatientID: x.PatientID, PatientName: x.PatientName, Action: x.Action, ActionRaw: x.ActionRaw, RecordType: x.RecordType, RecordID: x.RecordID,
			Workstation: x.Workstation, IP: x.IP, Outcome: x.Outcome, BreakGlass: x.BreakGlass, Purpose: x.Purpose, Explanation: x.Explanation,
			TimeFlag: x.TimeFlag, Source: x.Source, Conflict: x.Conflict, Integrity: x.Integrity, MatchedBy: x.MatchedBy,
		}
	}
	return reflect.DeepEqual(line(a), line(b)) && explanationText(a) == explanationText(b)
}

func accessRow(g group, byUser bool) table.Row {
	x := g.Access
	who := joined(x.UserID, x.UserName)
	if byUser {
		who = joined(x.PatientID, x.PatientName)
	} else if who == "" {
		who = "(no person recorded)"
	}
	if x.UserType == "patient" && !byUser {
		who += " (the patient or a representative)"
	}
	action := x.Action
	if x.Action == "other" && x.ActionRaw != "" {
		action += " (" + x.ActionRaw + ")"
	}
	if x.BreakGlass && x.Action != "break_glass" {
		action += ", break-glass"
	}
	record := x.RecordType
	if x.RecordID != "" {
		record += " " + x.RecordID
	}
	if g.rows > 1 {
		record += fmt.Sprintf(" (%d rows)", g.rows)
	}
	where := x.Workstation
	if where == "" {
		where = x.IP
	}
	at := strings.Replace(x.LocalTime, "T", " ", 1)
	if x.TimeFlag != "" {
		at += " (" + x.TimeFlag + ")"
	}
	row := table.Row{at, who, x.Role, action, record, where, x.Outcome, explanationText(x), x.Source + alsoIn(x) + warnings(x), places(x)}
	for i := range row {
		if s, ok := row[i].(string); ok {
			row[i] = clean(s)
		}
	}
	return row
}

// alsoIn names the systems that recorded the access as well.
func alsoIn(x access.Access) string {
	if len(x.AlsoRecorded) == 0 {
		return ""
	}
	var others []string
	for _, t := range x.AlsoRecorded {
		name := t.Source
		if name == x.Source {
			name = "the same log"
		}
		if !slices.Contains(others, name) {
			others = append(others, name)
		}
	}
	return "; also in " + strings.Join(others, ", ")
}

// places are the file and line of each record of an access.
func places(x access.Access) string {
	list := []string{x.File + ":" + strconv.FormatInt(x.Line, 10)}
	for _, t := range x.AlsoRecorded {
		list = append(list, t.File+":"+strconv.FormatInt(t.Line, 10))
	}
	return strings.Join(list, ", ")
}

// warnings are what the remarks of an answer count, for the row that is meant.
func warnings(x access.Access) string {
	var b strings.Builder
	for _, w := range []struct {
		is   bool
		text string
	}{{x.MatchedBy == "name", " (by name)"}, {x.Conflict, " (two versions)"}, {x.Integrity == "failed", " (checksum failed)"}} {
		if w.is {
			b.WriteString(w.text)
		}
	}
	return b.String()
}

func joined(a, b string) string {
	switch {
	case a == "" || a == b:
		return b
	case b == "":
		return a
	}
	return a + " " + b
}

func coverageLines(list []coverage.Source) string {
	var b strings.Builder
	used, retired := working(list)
	for _, c := range used {
		state := "complete for these days"
		switch {
		case !c.InUse:
			state = "not in use on these days"
		case !c.Complete:
			state = "not complete for these days"
		}
		fmt.Fprintf(&b, "  %s: %s to %s; %s; %s\n", clean(c.Name), c.FirstDay, c.LastDay, state, abilities(c))
	}
	if retired != "" {
		fmt.Fprintf(&b, "  not in use on these days: %s\n", retired)
	}
	return b.String()
}

func abilities(c coverage.Source) string {
	var missing []string
	for _, x := range []struct {
		has  bool
		what string
	}{{c.HasReads, "reads"}, {c.HasLogins, "logins"}, {c.HasUsers, "users"}, {c.HasPatients, "patients"}, {c.HasWorkstations, "workstations"}} {
		if !x.has {
			missing = append(missing, x.what)
		}
	}
	if len(missing) == 0 {
		return "records reads, logins, users, patients and workstations"
	}
	return "does not record " + strings.Join(missing, ", ")
}

func reasonText(a access.Answer) string {
	var texts []string
	for _, r := range a.Reasons {
		if r.Source != "" {
			r.Message = r.Source + ": " + r.Message
		}
		texts = append(texts, r.Message)
	}
	for _, p := range a.Candidates {
		texts = append(texts, joined(p.ID, p.Name))
	}
	return strings.Join(texts, "; ")
}
