package rules

import (
	"regexp"
	"slices"
	"strings"

	"github.com/chartwatch/chartwatch/rules/models"
)

// compile writes the SQL of the shorthands match and threshold, so that it can be
// shown, tested and run like any other.
func (c *checker) compile() {
	before := len(c.problems)
	r := c.rule
	events, _ := models.ByName("events")
	s := shorthand{checker: c, events: &events}
	switch {
	case r.Match != nil:
		s.where("match", r.Match.Where)
		s.columns()
		r.SQL = s.match()
	case r.Threshold.Distinct == "":
		s.threshold()
		r.SQL = s.counted()
	default:
		s.threshold()
		r.SQL = s.distinct()
	}
	if len(c.problems) > before {
		r.SQL = ""
	}
}

// shorthand is what the SQL of a shorthand is written from.
type shorthand struct {
	*checker
	events     *models.Model
	conditions []string
	shown      []string // columns of the result beside site, event_id and ts_s
	count      string
	window     string
}

// where turns columns and their values into conditions.
func (s *shorthand) where(key string, where map[string][]string) {
	s.conditions = append(s.conditions, "ts_s >= $from_s", "ts_s < $to_s")
	if len(where) == 0 {
		s.at(key, "%s has no columns to look at", key)
	}
	for _, name := range sortedKeys(where) {
		at := join(key, name)
		column, ok := s.events.Column(name)
		if !ok {
			s.at(at, "model events has no column %q", name)
			continue
		}
		var values []string
		for _, v := range where[name] {
			values = append(values, s.value(at, column, v))
		}
		switch len(values) {
		case 0:
			s.at(at, "the list is empty")
		case 1:
			s.conditions = append(s.conditions, name+" = "+values[0])
		default:
			s.conditions = append(s.conditions, name+" IN ("+strings.Join(values, ", ")+")")
		}
	}
}

func (s *shorthand) value(key string, column models.Column, v string) string {
	if column.Type == models.Text {
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	}
	return s.number(key, v)
}

// number reads a number or the name of a parameter.
func (s *shorthand) number(key, v string) string {
	if !regexp.MustCompile(`^(\d{1,15}|\$[a-z][a-z0-9_]*)$`).MatchString(v) {
		s.at(key, "there should be a number or $parameter here")
		return "0"
	}
	return v
}

// columns collects the columns that the rest of the rule names.
func (s *shorthand) columns() {
	r := s.rule
	for _, name := range slices.Concat(r.Group, []string{r.Subject.ID}, r.Evidence, []string{r.Distinct}) {
		if name == "" || name == "site" || name == "event_id" || name == "ts_s" || slices.Contains(s.shown, name) ||
			name == "n_recent" && r.Threshold != nil {
			continue
		}
		if _, ok := s.events.Column(name); !ok {
			s.at("group", "model events has no column %q; write the rule as sql", name)
			continue
		}
		s.shown = append(s.shown, name)
	}
	for _, name := range r.Group {
		if column, ok := s.events.Column(name); ok && column.Nullable {
			s.conditions = append(s.conditions, name+" IS NOT NULL")
		}
	}
}

func (s *shorthand) threshold() {
	t := s.rule.Threshold
	s.where("threshold.where", t.Where)
	s.columns()
	s.count, s.window = s.number("threshold.count", t.Count), s.number("threshold.window", t.Window)
	if t.Distinct == "" {
		return
	}
	column, ok := s.events.Column(t.Distinct)
	if !ok {
		s.at("threshold.distinct", "model events has no column %q", t.Distinct)
	} else if column.Nullable {
		s.conditions = append(s.conditions, t.Distinct+" IS NOT NULL")
	}
	if !slices.Contains(s.shown, t.Distinct) {
		s.shown = append(s.shown, t.Distinct)
	}
}

// list writes columns with a prefix, each after a comma.
func list(prefix string, columns []string) string {
	var b strings.Builder
	for _, c := range columns {
		b.WriteString(", " + prefix + c)
	}
	return b.String()
}

func (s *shorthand) match() string {
	return "SELECT site, event_id, ts_s" + list("", s.shown) + "\nFROM events\nWHERE " + strings.Join(s.conditions, " AND ") + "\n"
}

// near marks the rows that lie in a window with enough of them. It looks from each
// row ahead to the ends of the windows that hold it.
func (s *shorthand) near(prefix string) string {
	return "MAX(CASE WHEN n.n_recent >= " + s.count + " THEN 1 ELSE 0 END) OVER (PARTITION BY " + prefix + "site" + list(prefix, s.rule.Group) +
		" ORDER BY " + prefix + "ts_s\n    RANGE BETWEEN CURRENT ROW AND " + s.window + " FOLLOWING) AS near"
}

// counted is at least so many rows in a window.
func (s *shorthand) counted() string {
	return "WITH n AS (\n  SELECT site, event_id, ts_s" + list("", s.shown) +
		", COUNT(*) OVER (PARTITION BY site" + list("", s.rule.Group) +
		" ORDER BY ts_s\n    RANGE BETWEEN " + s.window + " PRECEDING AND CURRENT ROW) AS n_recent\n" +
		"  FROM events\n  WHERE " + strings.Join(s.conditions, " AND ") + "\n), m AS (\n" +
		"  SELECT n.site, n.event_id, n.ts_s" + list("n.", s.shown) + ", n.n_recent, " + s.near("n.") + "\n  FROM n\n)\n" + s.last()
}

// distinct is at least so many different values in a window. Rows are paired
// within a bucket as long as the window, and with the bucket before, so that the
// pairs stay few.
func (s *shorthand) distinct() string {
	d, w := s.rule.Threshold.Distinct, s.window
	group := s.rule.Group
	var b strings.Builder
	for _, g := range group {
		b.WriteString(" AND b." + g + " = a." + g)
	}
	keys := b.String()
	paired := func(bucket string) string {
		return "SELECT site" + list("", group) + ", " + d + " AS v, ts_s, " + bucket + " AS bucket FROM x"
	}
	return "WITH x AS (\n  SELECT site, event_id, ts_s" + list("", s.shown) + ", ts_s - ts_s % " + w + " AS bucket\n" +
		"  FROM events\n  WHERE " + strings.Join(s.conditions, " AND ") + "\n), y AS (\n" +
		"  " + paired("bucket") + "\n  UNION ALL\n  " + paired("bucket + "+w) + "\n), n AS (\n" +
		"  SELECT a.site, a.event_id, COUNT(DISTINCT b.v) AS n_recent\n" +
		"  FROM x a JOIN y b ON b.site = a.site" + keys + " AND b.bucket = a.bucket AND b.ts_s <= a.ts_s AND b.ts_s >= a.ts_s - " + w + "\n" +
		"  GROUP BY a.site, a.event_id\n), m AS (\n" +
		"  SELECT x.site, x.event_id, x.ts_s" + list("x.", s.shown) + ", n.n_recent, " + s.near("x.") + "\n" +
		"  FROM x JOIN n ON n.site = x.site AND n.event_id = x.event_id\n)\n" + s.last()
}

func (s *shorthand) last() string {
	return "SELECT site, event_id, ts_s" + list("", s.shown) + ", n_recent\nFROM m\nWHERE near = 1\n"
}
