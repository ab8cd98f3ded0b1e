package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/review"
	"github.com/chartwatch/chartwatch/rules"
)

// thousands writes a number with commas, as readers of the practice do.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign, digits := "", s
	if n < 0 {
		sign, digits = "-", s[1:]
	}
	var parts []string
	for len(digits) > 3 {
		parts = append([]string{digits[len(digits)-3:]}, parts...)
		digits = digits[:len(digits)-3]
	}
	return sign + strings.Join(append([]string{digits}, parts...), ",")
}

// many writes a count with its noun.
func many(n int64, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + more
}

// share writes a part of a whole in percent. It says neither none nor all unless
// that is so.
func share(part, whole int64) string {
	switch {
	case whole == 0 || part == 0:
		return "0%"
	case part == whole:
		return "100%"
	case part*200 < whole:
		return "under 1%"
	case (whole-part)*200 < whole:
		return "over 99%"
	}
	return strconv.FormatInt((part*200+whole)/(2*whole), 10) + "%"
}

func levelsDown() []rules.Level {
	list := rules.Levels()
	slices.Reverse(list)
	return list
}

// spaced turns a code of ours into words.
func spaced(code string) string { return strings.ReplaceAll(code, "_", " ") }

func dayText(d coverage.Day) string { return d.Weekday().String()[:3] + " " + d.String() }

func daysText(from, to coverage.Day) string {
	if from == to {
		return dayText(from)
	}
	return dayText(from) + " to " + dayText(to)
}

// zoneOf returns the zone that times are shown in, and its name. A zone that this
// machine does not know is shown as what it is, UTC.
func zoneOf(name string) (*time.Location, string) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" {
		return time.UTC, "UTC"
	}
	return zone, name
}

// stamp writes an instant in a zone.
func stamp(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("Mon 2006-01-02 15:04")
}

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
	name := cmp.Or(s.Name, s.ID)
	if s.Name != "" && s.ID != "" && s.ID != s.Name && s.Type != rules.SubjectPerson {
		name = s.ID + ", " + s.Name
	}
	text := string(s.Type) + " " + name
	if s.Type == rules.SubjectPerson {
		text = name
		if s.Name == "" {
			text = "account " + name
		}
	}
	if s.Role != "" && s.Role != "unknown" {
		text += " (" + spaced(s.Role) + ")"
	}
	return clean(strings.TrimSpace(text))
}

// accountsText names the accounts of a finding where the subject does not.
func accountsText(x *review.Item) string {
	list := x.UserIDs
	if len(list) == 0 && x.UserID != "" {
		list = []string{x.UserID}
	}
	if len(list) == 1 && list[0] == x.Subject.ID && x.Subject.Name == "" {
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

// fateText is the fate of a rule in words.
func fateText(o review.Outcome) string {
	switch o {
	case review.RuleRan:
		return "ran"
	case review.RuleNotApplicable:
		return "not applicable"
	case review.RuleFailed:
		return "failed"
	case review.RuleTimedOut:
		return "stopped, took too long"
	case review.RuleTruncated:
		return "ran, more rows than are kept"
	case review.RuleOff:
		return "switched off"
	case "":
		return "did not run"
	}
	return spaced(string(o))
}

// fate groups rules that met the same end.
type fate struct {
	Outcome review.Outcome
	Text    string
	Rules   []review.RuleFate
}

// fates groups the rules by what became of them: first what a reader must know.
func fates(list []review.RuleFate) []fate {
	order := []review.Outcome{
		review.RuleFailed, review.RuleTimedOut, "", review.RuleTruncated, review.RuleNotApplicable, review.RuleOff, review.RuleRan,
	}
	by := map[review.Outcome][]review.RuleFate{}
	for _, f := range list {
		if !slices.Contains(order, f.Status) {
			order = append([]review.Outcome{f.Status}, order...)
		}
		by[f.Status] = append(by[f.Status], f)
	}
	var out []fate
	for _, o := range order {
		if len(by[o]) > 0 {
			out = append(out, fate{o, fateText(o), by[o]})
		}
	}
	return out
}

// rulesText counts the fates, those that ran first.
func rulesText(list []review.RuleFate) string {
	if len(list) == 0 {
		return "No rule was asked to run."
	}
	var parts []string
	for _, f := range slices.Backward(fates(list)) {
		parts = append(parts, strconv.Itoa(len(f.Rules))+" "+f.Text)
	}
	return "Of " + many(int64(len(list)), "rule", "rules") + ": " + strings.Join(parts, "; ") + "."
}

// citations lists the paragraphs that a rule serves.
func citations(list []rules.Citation) string {
	parts := make([]string, 0, len(list))
	for _, c := range list {
		text := c.Cite
		if c.Proposed {
			text += " (proposed)"
		}
		parts = append(parts, text)
	}
	return clean(strings.Join(parts, ", "))
}

// headlineOf says in a sentence or two what a review found. No findings in a
// review that is not whole is never a clean result.
func headlineOf(r *review.Report) string {
	open, closed := 0, 0
	for i := range r.Findings {
		if r.Findings[i].State == review.Closed {
			closed++
		} else {
			open++
		}
	}
	all := int64(open + closed)
	var text string
	switch {
	case all == 0 && r.Incomplete():
		return "Nothing is on the list, but this review is not whole: it cannot say that nothing happened. What is missing is said below."
	case all == 0:
		return "Nothing is on the list: every rule that could run found what it looks at explained by the records we have."
	case all == 1:
		text = "1 finding to look at: " + levelsText(r.ByLevel) + "."
	default:
		text = thousands(all) + " findings to look at: " + levelsText(r.ByLevel) + "."
	}
	if closed > 0 {
		text += " " + many(int64(closed), "of them has been closed", "of them have been closed") + "."
	}
	if r.Incomplete() {
		text += " The review is not whole; what is missing is said below."
	}
	return text
}

// levelsText counts findings by level, the most urgent first.
func levelsText(by map[string]int) string {
	var parts []string
	for _, l := range levelsDown() {
		if n := by[string(l)]; n > 0 {
			parts = append(parts, strconv.Itoa(n)+" "+string(l))
		}
	}
	return strings.Join(parts, ", ")
}

// hiddenText says what is stored and not listed.
func hiddenText(hidden map[string]int) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(hidden)) {
		if hidden[key] > 0 {
			parts = append(parts, strconv.Itoa(hidden[key])+" "+hiddenWord(key))
		}
	}
	if len(parts) == 0 {
		return "No finding is kept off this list."
	}
	return "Kept off this list, stored and counted: " + strings.Join(parts, "; ") + "."
}

func hiddenWord(key string) string {
	switch key {
	case "suppressed":
		return "by a suppression"
	case "watch":
		return "of rules that are only watched"
	case "learning":
		return "while a rule, the practice or an account is too new"
	case "historical":
		return "from before chartwatch was in use"
	}
	return spaced(key)
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
	for _, part := range []struct{ label, text string }{{"", d.Text}, {"Asked: ", d.Question}, {"Answer: ", d.Answer}} {
		if part.text != "" {
			text += ". " + part.label + strings.TrimRight(part.text, ". ")
		}
	}
	return clean(text) + "."
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

// explainedLine is one part of the accesses by how well the records explain them.
type explainedLine struct {
	Count int64
	Text  string
}

func explainedLines(c review.ExplainedCounts) []explainedLine {
	return []explainedLine{
		{c.Strong, "explained by a visit or another strong record"},
		{c.Moderate, "explained by work around the patient"},
		{c.Weak, "weakly explained"},
		{c.None, "not explained by the records we have"},
		{c.Unjudged, "cannot be judged: the records that would explain them are missing"},
	}
}

func explainedTotal(c review.ExplainedCounts) int64 {
	return c.None + c.Weak + c.Moderate + c.Strong + c.Unjudged
}

// explainedText says in a sentence how much of the log the records explain.
func explainedText(c review.ExplainedCounts) string {
	total := explainedTotal(c)
	if total == 0 {
		return "No access to a patient's record was in the logs, so there is nothing to explain."
	}
	judged := total - c.Unjudged
	text := "An access here is one account opening one patient's record on one day. "
	if judged == 0 {
		return text + "None of the " + many(total, "access", "accesses") + " can be judged, because the records that would explain them are missing."
	}
	text += fmt.Sprintf("The records we have explain %s of %s (%s); %s not explained by them.",
		thousands(judged-c.None), many(judged, "access", "accesses"), share(judged-c.None, judged), isAre(c.None))
	if c.Unjudged > 0 {
		text += " " + many(c.Unjudged, "more cannot", "more cannot") + " be judged."
	}
	return text
}

func isAre(n int64) string {
	if n == 1 {
		return "1 is"
	}
	return thousands(n) + " are"
}

// signOffText says whether somebody has signed for the review.
func signOffText(r *review.Report, zone *time.Location) string {
	if r.SignOff == nil {
		if r.Week == "" {
			return "Not signed off. Whole weeks are signed off with chartwatch signoff WEEK."
		}
		return "Not signed off yet. When the list has been looked at: chartwatch signoff " + r.Week
	}
	text := "Signed off by " + r.SignOff.By + " on " + stamp(r.SignOff.At, zone) + ", with " +
		many(int64(r.SignOff.Open), "finding", "findings") + " still open."
	if r.SignOff.Text != "" {
		text += " " + r.SignOff.Text
	}
	return clean(text)
}

// parsersText names the parser versions that read the files.
func parsersText(list []review.Parser) string {
	parts := make([]string, 0, len(list))
	for _, p := range list {
		parts = append(parts, fmt.Sprintf("%s version %d (%s)", p.Name, p.Version, many(int64(p.Files), "file", "files")))
	}
	return clean(cmp.Or(strings.Join(parts, ", "), "no file was read"))
}

// fact is a labelled line about the report itself.
type fact struct{ Label, Text string }

// factsOf says what a report rests on. Every format prints all of it.
func factsOf(r *review.Report) []fact {
	zone, zoneName := zoneOf(r.Timezone)
	list := []fact{{"Period", clean(periodText(r))}}
	if r.Practice != "" {
		list = append(list, fact{"Practice", clean(r.Practice)})
	}
	made := ""
	if !r.MadeAt.IsZero() {
		made = stamp(r.MadeAt, zone)
	}
	return append(list,
		fact{"Times are in", zoneName},
		fact{"Made", made + " by chartwatch " + cmp.Or(clean(r.Version), "(version not known)")},
		fact{"Sources", sourcesText(r)},
		fact{"Parsers", parsersText(r.Parsers)},
		fact{"Rules", rulesText(r.Rules)},
		fact{"Rule set (SHA-256)", cmp.Or(clean(r.RuleSetHash), "not known")},
		fact{"Journal of decisions (last hash)", cmp.Or(clean(r.JournalHash), "empty")},
	)
}

func periodText(r *review.Report) string {
	text := daysText(r.Period.From, r.Period.To)
	if r.Week != "" {
		text = "week " + r.Week + ", " + text
	}
	if r.Provisional {
		text += " (provisional: data of these days may still come)"
	}
	return text
}

func sourcesText(r *review.Report) string {
	var parts []string
	for _, s := range r.Coverage {
		parts = append(parts, s.Name+" ("+sourceState(s)+")")
	}
	for _, name := range r.Without {
		parts = append(parts, name+" (nothing of it has come)")
	}
	return clean(cmp.Or(strings.Join(parts, ", "), "no access log has been imported"))
}

func sourceState(s coverage.Source) string {
	switch {
	case !s.InUse:
		return "not in use on these days"
	case s.Complete:
		return "complete"
	}
	return "not complete"
}

// statusText says the status of one day of a source in words.
func statusText(code string) string {
	switch code {
	case "events":
		return "complete"
	case "quiet":
		return "quiet, as usual on this weekday"
	case coverage.CodeOutside:
		return "no log reaches this day"
	case coverage.CodeBetween:
		return "no file covers this day"
	case coverage.CodeSilent:
		return "no events, though usually there are some"
	case coverage.CodeUnread:
		return "no chart was looked at, though usually some are"
	case coverage.CodeUnfinished:
		return "exported before the day was over"
	case coverage.CodeFiltered:
		return "export of one patient or user only"
	case coverage.CodeCapped:
		return "cut off at a limit of the export"
	case coverage.CodeTruncated:
		return "file ends in the middle of a record"
	case coverage.CodeRejected:
		return "some records could not be read"
	case coverage.CodeMissing:
		return "a later export lacks events"
	case coverage.CodeDeleted:
		return "rows were deleted from the log"
	case coverage.CodeSequence:
		return "numbers are missing in the log"
	}
	return clean(spaced(code))
}

// sound reports whether the status of a day casts no doubt.
func sound(code string) bool { return code == "events" || code == "quiet" }

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

// evidenceTime is the local time of an evidence row.
func evidenceTime(e review.Evidence, zone *time.Location) string {
	if t, err := time.Parse(time.RFC3339, e.LocalTime); err == nil {
		return t.Format("2006-01-02 15:04:05")
	}
	if e.At.IsZero() {
		return clean(e.LocalTime)
	}
	return e.At.In(zone).Format("2006-01-02 15:04:05")
}

// wordingText says how a finding is to be read.
func wordingText() string {
	return "A finding says that something in the log is not explained by the records we have. It is not an accusation and says nothing about " +
		"why somebody acted: the explanation may stand in a calendar, a message or a head that chartwatch does not see. Whether anything was " +
		"wrong is decided by a person, who writes down the reason."
}

// vendorText says what an account of a vendor did.
func vendorText(v review.Vendor, zone *time.Location) string {
	text := joined(v.Name, "")
	if v.Role != "" {
		text = strings.TrimSpace(text + " (" + spaced(v.Role) + ")")
	}
	if v.Events == 0 {
		return clean(text + ": not used in this period")
	}
	return clean(fmt.Sprintf("%s: %s about %s, %s to %s; %s", text, many(v.Events, "event", "events"), many(v.Patients, "patient", "patients"),
		stamp(v.FirstAt, zone), stamp(v.LastAt, zone), cmp.Or(recordsText(v.RecordTypes), "no record type given")))
}

func recordsText(list []string) string {
	words := make([]string, 0, len(list))
	for _, r := range list {
		words = append(words, spaced(r))
	}
	return strings.Join(words, ", ")
}
