package report

import (
	"fmt"
	"strings"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/sufficiency"
)

// SufficiencyText says in words what a log can and cannot answer.
func SufficiencyText(r sufficiency.Report) string {
	var b strings.Builder
	for _, e := range r.Elements {
		b.WriteString("  " + elementLine(r, e) + "\n")
		if e.Element == ingest.ElementPatient && e.Answer == sufficiency.Yes && r.WithNumber == 0 {
			b.WriteString("  - names patients by name only: persons of the same name cannot be told apart\n")
		}
	}
	if r.ActionUnknown > 0 {
		fmt.Fprintf(&b, "  ? %s an action that is not known and kept as \"other\"\n", many(r.ActionUnknown, "event has", "events have"))
	}
	if d := r.Days; d.Weekdays > 0 {
		fmt.Fprintf(&b, "  ? no event on %d of the weekdays from %s to %s: %s\n", d.Weekdays, d.From, d.To, examples(d))
	}
	for _, n := range r.Limits {
		if n == ingest.NoteExportCap {
			b.WriteString("  - ends exactly at a limit of the exporting product: earlier or later rows are probably missing\n")
		}
	}
	if missing := r.Missing(); len(missing) > 0 {
		words := make([]string, len(missing))
		for i, e := range missing {
			words[i] = ElementWords(e.Element)
		}
		fmt.Fprintf(&b, "  Not seen here, though a certified EHR must log it (45 CFR 170.315(d)(2), 170.210(e)): %s.\n", strings.Join(words, ", "))
	}
	for _, a := range r.Advice {
		fmt.Fprintf(&b, "  To get %s: %s (%s)\n", ElementWords(a.Lacks), clean(a.Text), clean(a.Source))
	}
	return b.String()
}

// Lacking says in one line what a log lacks, or nothing: what no event has, and
// looks at charts and logins if none was seen.
func Lacking(r sufficiency.Report) string {
	var words []string
	for _, e := range r.Elements {
		missed := e.Answer == sufficiency.NotSeen && (e.Element == ingest.ElementReads || e.Element == ingest.ElementLogins)
		if missed || e.Answer == sufficiency.No {
			words = append(words, ElementWords(e.Element))
		}
	}
	return strings.Join(words, ", ")
}

func examples(d sufficiency.Days) string {
	text := strings.Join(d.Examples, ", ")
	if int(d.Weekdays) > len(d.Examples) {
		text += " …"
	}
	return text
}

// elementLine says one element: + it is there, - it is not, ? it is there in part
// or cannot be known.
func elementLine(r sufficiency.Report, e sufficiency.Element) string {
	can, cannot := elementTexts(r, e.Element)
	of := fmt.Sprintf(" (%d of %s)", e.Events, many(e.Of, "event", "events"))
	switch e.Answer {
	case sufficiency.Yes:
		return "+ " + can + of
	case sufficiency.Partly:
		if e.Events == 0 {
			return "? " + cannot
		}
		return "? " + can + ", but not everywhere" + of
	case sufficiency.NotSeen, sufficiency.Unknown:
		if e.Element == ingest.ElementReads {
			cannot = "has not one look at a chart: nobody looked, or it is not logged; it cannot answer who accessed a record"
		}
		return "? " + cannot
	default:
		return "- " + cannot
	}
}

// elementTexts say that a log has an element, and that it has not.
func elementTexts(r sufficiency.Report, e ingest.Element) (can, cannot string) {
	switch e {
	case ingest.ElementTime:
		return "writes the time zone", "does not write the time zone: the times are read in the zone you give" + assumedZone(r)
	case ingest.ElementPatient:
		return "names the patient", "does not name the patient: it cannot answer whose record was accessed"
	case ingest.ElementUser:
		return "names the user", "does not name the user: it cannot answer who accessed a record"
	case ingest.ElementReads:
		return "says who looked at a chart", "does not say who looked at a chart, only changes: it cannot answer who accessed a record"
	case ingest.ElementChanges:
		return "has changes to records", "has no change to a record"
	case ingest.ElementRecord:
		return "says which kind of record", "does not say which kind of record"
	case ingest.ElementPrivileges:
		return "has changes to the rights of users", "has no change to the rights of users: none happened, or they are not logged here"
	case ingest.ElementClock:
		return "", "a log cannot show that its clock was right: let the system set it by NTP (45 CFR 170.210(g))"
	case ingest.ElementLogins:
		return "has logins", "has no logins: shared accounts are harder to find"
	case ingest.ElementLoginFailed:
		return "has failed logins", "has no failed logins: none happened, or they are not logged here"
	case ingest.ElementPlace:
		return "names the workstation or address", "names neither workstation nor address: shared accounts are harder to find"
	case ingest.ElementOutcome:
		return "says whether the access succeeded", "does not say whether the access succeeded"
	case ingest.ElementEventID:
		return "numbers its events, so that gaps and changed rows can be found", "does not number its events: gaps and changed rows cannot be found"
	}
	return "has " + string(e), "has no " + string(e)
}

func assumedZone(r sufficiency.Report) string {
	if r.ZoneAssumed > 0 {
		return "; none was given, so one was assumed (set `timezone`)"
	}
	return ""
}

// ElementWords names an element in words.
func ElementWords(e ingest.Element) string {
	switch e {
	case ingest.ElementTime:
		return "the time zone"
	case ingest.ElementPatient:
		return "the patient"
	case ingest.ElementUser:
		return "the user"
	case ingest.ElementReads:
		return "looking at charts"
	case ingest.ElementChanges:
		return "changes to records"
	case ingest.ElementRecord:
		return "the kind of record"
	case ingest.ElementPrivileges:
		return "changes to the rights of users"
	case ingest.ElementClock:
		return "a synchronised clock"
	case ingest.ElementLogins:
		return "logins"
	case ingest.ElementLoginFailed:
		return "failed logins"
	case ingest.ElementPlace:
		return "the workstation or address"
	case ingest.ElementOutcome:
		return "the outcome"
	case ingest.ElementEventID:
		return "event numbers"
	}
	return spaced(string(e))
}
