package rules

import (
	"regexp"
	"strings"
	"time"
)

// Reach returns how far around its period a rule must see with some values of its
// parameters: at least schedule.lookback and schedule.lookahead, and no less than
// any parameter that is a length of time and is called a window, or stands
// before PRECEDING or FOLLOWING in the SQL.
func (r *Rule) Reach(values map[string]float64) (lookback, lookahead Duration) {
	lookback, lookahead = r.Schedule.Lookback, r.Schedule.Lookahead
	for _, p := range r.Params {
		length := Duration(time.Duration(values[p.Name]) * time.Duration(secondsPer(p.Type)) * time.Second)
		if r.looksBack(p) {
			lookback = max(lookback, length)
		}
		if r.looksAhead(p) {
			lookahead = max(lookahead, length)
		}
	}
	return lookback, lookahead
}

func (p Param) isTime() bool { return p.Type == ParamSeconds || p.Type == ParamDays }

// looksBack reports whether the rule sees as far back as a parameter says.
func (r *Rule) looksBack(p Param) bool {
	return p.isTime() && (strings.Contains(p.Name, "window") || r.before(p.Name, "PRECEDING"))
}

func (r *Rule) looksAhead(p Param) bool { return p.isTime() && r.before(p.Name, "FOLLOWING") }

// before reports whether a parameter stands before a word of the SQL.
func (r *Rule) before(name, word string) bool {
	return regexp.MustCompile(`(?i)\$` + regexp.QuoteMeta(name) + `\s+` + word + `\b`).MatchString(r.SQL)
}
