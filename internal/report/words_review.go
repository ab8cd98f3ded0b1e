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
		text = "Nothing is on the list: no rule that ran has found anything to look at."
		if len(fates(r.Rules)) > 1 {
			text += " Some rules did not run; they are named below."
		}
		return text
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
		fact{"Rule set (hash)", cmp.Or(clean(r.RuleSetHash), "not known")},
		fact{"Journal (last hash)", cmp.Or(clean(r.JournalHash), "empty")},
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
	used, retired := working(r.Coverage)
	for _, s := range used {
		parts = append(parts, s.Name+" ("+sourceState(s)+")")
	}
	for _, name := range r.Without {
		parts = append(parts, name+" (nothing of it has come)")
	}
	if retired != "" {
		parts = append(parts, "not in use on these days: "+retired)
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
