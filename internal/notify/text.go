package notify

import (
	"fmt"
	"strings"
	"time"
)

// Subject is one line that says what happened.
func (m Message) Subject() string {
	what := ""
	switch m.Kind {
	case ReviewDone:
		what = "week " + m.Week.String() + " was reviewed: " + m.Levels.String()
	case ReviewUpdated:
		what = "week " + m.Week.String() + " was looked at again: " + m.Levels.String()
	case ReviewOverdue:
		what = "week " + m.Week.String() + " could not be reviewed yet"
	case SignOffOverdue:
		what = counted(m.Count, "reviewed week waits", "reviewed weeks wait") + " for a sign-off"
	case SourceSilent:
		what = "no log of " + m.Source.name + " since " + m.Since.String()
	case LogIntegrity:
		what = "the journal of reviews and decisions is not intact"
	case FileFailed:
		what = counted(m.Count, "file", "files") + " could not be imported"
	case FileStuck:
		what = counted(m.Count, "file waits", "files wait") + " in the drop folder for too long"
	case Test:
		what = "a test"
	}
	if m.Incomplete {
		what += ", INCOMPLETE"
	}
	return "chartwatch " + m.Site.name + ": " + what
}

// String returns the numbers that are not zero, the highest level first.
func (l Levels) String() string {
	var parts []string
	for _, x := range []struct {
		n     int
		level string
	}{{l.Critical, "critical"}, {l.High, "high"}, {l.Medium, "medium"}, {l.Low, "low"}, {l.Info, "info"}} {
		if x.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", x.n, x.level))
		}
	}
	if len(parts) == 0 {
		return "no findings"
	}
	return strings.Join(parts, ", ")
}

func counted(n int, single, several string) string {
	if n == 1 {
		return "1 " + single
	}
	return fmt.Sprintf("%d %s", n, several)
}

// Text is the message in plain words. Link may be empty.
func (m Message) Text(link string) string {
	var b strings.Builder
	b.WriteString(m.body())
	if link != "" {
		b.WriteString("\n\n" + link)
	}
	b.WriteString("\n\nPractice: " + m.Site.name + "\nNoticed: " + m.At.UTC().Format(time.RFC3339) +
		"\n\nThis message holds no names. Findings are what the records do not explain; they are no accusation.\n")
	return b.String()
}

func (m Message) body() string {
	switch m.Kind {
	case ReviewDone, ReviewUpdated:
		return m.review()
	case ReviewOverdue:
		return "Week " + m.Week.String() + " is due to be reviewed, and chartwatch could not do it.\n\n" +
			"The law asks for a regular review of access logs. To see what is wrong: chartwatch doctor\nTo review it by hand: chartwatch review --week " + m.Week.String() + " --output review.html"
	case SignOffOverdue:
		return counted(m.Count, "week has", "weeks have") + " been reviewed by chartwatch, and nobody has signed off that a person has looked at the findings.\n\n" +
			"Which: chartwatch weeks\nTo sign off: chartwatch signoff WEEK --by \"your name\""
	case SourceSilent:
		return "The log of " + m.Source.name + " has had no event since " + m.Since.String() + ", although some are expected.\n\n" +
			"Perhaps its export has stopped, or the system is no longer in use. What has come: chartwatch coverage"
	case LogIntegrity:
		return "The journal of reviews and decisions does not match its own record: an entry was changed, or is missing.\n\n" +
			"Do not delete anything. Details: chartwatch doctor"
	case FileFailed:
		return counted(m.Count, "file", "files") + " could not be imported.\n\n" +
			"In the folder \"failed\" of the drop folder, a note beside each file says why; of files in schedule.paths, chartwatch ingest FILE does. Nothing is lost; what is in these files has not been reviewed."
	case FileStuck:
		return counted(m.Count, "file lies", "files lie") + " in the drop folder and cannot be taken.\n\n" +
			"Perhaps a copy was broken off, a file is empty or still open in another program, or chartwatch may not read it. Copy it there once more. What is in it has not been reviewed."
	case Test:
		return "This is a test: messages of chartwatch arrive here. Nothing has happened, and there is nothing to do."
	default:
		return ""
	}
}

func (m Message) review() string {
	var b strings.Builder
	b.WriteString("Week " + m.Week.String() + " was reviewed.")
	if m.Kind == ReviewUpdated {
		b.Reset()
		b.WriteString("Logs or lists came later, so week " + m.Week.String() + " was looked at again.")
	}
	if m.Levels == (Levels{}) {
		b.WriteString("\n\nNo findings.")
	} else {
		b.WriteString("\n\nFindings: " + m.Levels.String() + "; " + counted(m.Open, "is", "are") + " open.")
	}
	if m.Incomplete {
		b.WriteString("\n\nTHE REVIEW IS INCOMPLETE: a log is missing or cut, or a rule could not be run. It must not be read as a clean one. What is missing: chartwatch coverage")
	}
	b.WriteString("\n\nThe findings in plain words: chartwatch review --week " + m.Week.String() + " --output review.html\nAfter a person has looked at them: chartwatch signoff " + m.Week.String() + " --by \"your name\"")
	return b.String()
}
