package models

import (
	"fmt"
	"strings"
)

// Markdown returns the description of all models as a Markdown text.
func Markdown() string {
	var b strings.Builder
	b.WriteString("# Models\n\n" +
		"The tables that a rule may read, and nothing else. This file is written from the code by `go test ./rules/models -update`.\n\n" +
		"Every model has the column `site` first, text, the practice: it is the first key of every join, partition and group, and is not\n" +
		"repeated below. Times are UTC seconds since 1970, days are local dates as days since 1970-01-01, flags are 0 and 1. In fixtures, a\n" +
		"column that a row does not name gets its default, or what other columns of the row tell; see package rulestest.\n")
	for _, m := range All() {
		fmt.Fprintf(&b, "\n## %s\n\n%s One row for each %s.", m.Name, m.Doc, m.Grain)
		if m.Context != "" {
			fmt.Fprintf(&b, " Empty without the context %s.", m.Context)
		}
		b.WriteString("\n\n| Column | Type | Default in fixtures | Meaning |\n|---|---|---|---|\n")
		for _, c := range m.Columns[1:] {
			kind := string(c.Type)
			if c.Nullable {
				kind += " or null"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", c.Name, kind, defaultText(c), strings.ReplaceAll(c.Doc, "|", "\\|"))
		}
	}
	b.WriteString("\n## Shares\n\nWhat `requires.events` of a rule may name beside the columns of events: the share of a source's\n\n")
	for _, s := range Shares() {
		fmt.Fprintf(&b, "- `%s`: %s.\n", s.Name, s.Doc)
	}
	return b.String()
}

func defaultText(c Column) string {
	switch v := c.Default.(type) {
	case nil:
		return "null"
	case string:
		if v == "" {
			return "empty"
		}
		return "`" + v + "`"
	case int64:
		switch v {
		case FirstDay:
			return "always"
		case LastDay:
			return "for ever"
		}
	}
	return fmt.Sprintf("`%v`", c.Default)
}
