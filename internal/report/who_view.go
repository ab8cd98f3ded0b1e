package report

import (
	"cmp"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/internal/access"
	"github.com/chartwatch/chartwatch/internal/coverage"
)

// Letterhead says who hands an answer out, and when. An answer itself knows
// neither.
type Letterhead struct {
	Practice string
	MadeAt   time.Time
	Version  string // of chartwatch
	// Group shows technical rows (one a database statement) of the same minute, user,
	// action and record as one line.
	Group bool
}

// whoView is an answer in words, ready to be set as a page or on paper.
type whoView struct {
	Title, Heading, Question, Verdict string
	Sure                              bool
	Reasons, Candidates               []string
	Accesses, Sources                 grid
	Gaps                              []string
	Facts                             []fact
}

func viewWho(a access.Answer, h Letterhead) whoView {
	verdict, _ := whoVerdict(a)
	v := whoView{
		Heading: "Who accessed a record", Question: clean(whoTitle(a)), Sure: len(a.Reasons) == 0,
		Verdict: strings.ToUpper(verdict[:1]) + verdict[1:] + ".", Accesses: accessGrid(a, h.Group), Sources: coverageGrid(a.Coverage),
	}
	if a.User != nil {
		v.Heading = "What a person accessed"
	}
	if strings.HasSuffix(verdict, "because") {
		v.Verdict = strings.TrimSuffix(v.Verdict, ".") + ":"
	}
	v.Title = v.Heading
	if h.Practice != "" {
		v.Title += ", " + clean(h.Practice)
	}
	for _, r := range a.Reasons {
		v.Reasons = append(v.Reasons, clean(sourced(r.Source, r.Message)))
	}
	for _, p := range a.Candidates {
		v.Candidates = append(v.Candidates, partyText(p))
	}
	for _, s := range a.Coverage {
		for _, g := range s.Gaps {
			v.Gaps = append(v.Gaps, clean(s.Name+": "+gapText(g)))
		}
	}
	v.Facts = whoFacts(a, h)
	return v
}

func sourced(source, message string) string {
	if source == "" {
		return message
	}
	return source + ": " + message
}

func whoFacts(a access.Answer, h Letterhead) []fact {
	zone, zoneName := zoneOf(a.Timezone)
	list := []fact{{"Days", daysText(a.From, a.To)}}
	if h.Practice != "" {
		list = append(list, fact{"Practice", clean(h.Practice)})
	}
	used, retired := working(a.Coverage)
	names := make([]string, 0, len(used)+1)
	for _, s := range used {
		names = append(names, s.Name+" ("+sourceState(s)+")")
	}
	if retired != "" {
		names = append(names, "not in use on these days: "+retired)
	}
	return append(list,
		fact{"Times", "local times of each log, with their offset from UTC; the practice's zone is " + zoneName},
		fact{"Made", strings.TrimSpace(stamp(h.MadeAt, zone) + " by chartwatch " + cmp.Or(clean(h.Version), "(version not known)"))},
		fact{"Sources", clean(cmp.Or(strings.Join(names, ", "), "no access log has been imported"))},
	)
}

func accessGrid(a access.Answer, grouped bool) grid {
	subject := "Who"
	if a.User != nil {
		subject = "Patient"
	}
	g := newGrid("Each access, with its place in the log", "~Local time", subject, "Role", "Action", "Record", "Workstation", "~Outcome", "Reason", "Source", "File and line")
	for _, x := range groups(a.Accesses, grouped) {
		row := accessRow(x, a.User != nil)
		texts := make([]string, len(row))
		for i, c := range row {
			texts[i], _ = c.(string)
		}
		texts[0] = accessTime(x.Access)
		if x.TimeFlag != "" {
			texts[8] += " (" + x.TimeFlag + " time)"
		}
		texts[3], texts[4] = spaced(texts[3]), spaced(texts[4])
		g.add(texts...)
	}
	return g.filledColumns()
}

// accessTime is the local time of an access with its offset.
func accessTime(x access.Access) string {
	t, err := time.Parse(time.RFC3339, x.LocalTime)
	if err != nil {
		return clean(x.LocalTime)
	}
	return t.Format("2006-01-02 15:04:05 -07:00")
}

func coverageGrid(list []coverage.Source) grid {
	g := newGrid("Sources", "Source", "For these days", "~Log begins", "~Log ends", "What its log records")
	used, retired := working(list)
	for _, s := range used {
		g.add(s.Name, sourceState(s), s.FirstDay.String(), s.LastDay.String(), abilities(s))
	}
	if retired != "" {
		g.add(retired, "not in use on these days", "", "", "")
	}
	return g
}
