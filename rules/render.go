package rules

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// BuiltIns returns the names beside a rule's own parameters that its SQL may
// use. Times are UTC seconds, from included and to excluded; days are local day
// numbers, both included. The names with period are not widened by the rule's
// lookback and lookahead.
func BuiltIns() []string {
	return []string{
		"from_s", "to_s", "from_day", "to_day", "period_from_s", "period_to_s", "period_from_day", "period_to_day",
	}
}

// Render writes values into the text of a rule's SQL in the place of $name. Only
// numbers are ever written. A $ inside of a string literal, a quoted name
// or a comment is left alone.
func Render(sql string, values map[string]float64) (string, error) {
	var b strings.Builder
	err := scan(sql, func(text, name string) error {
		b.WriteString(text)
		if name == "" {
			return nil
		}
		v, ok := values[name]
		if !ok {
			return fmt.Errorf("the SQL uses $%s, which has no value", name)
		}
		number, err := formatNumber(v)
		if err != nil {
			return fmt.Errorf("$%s: %w", name, err)
		}
		b.WriteString(number)
		return nil
	})
	return b.String(), err
}

// Names returns the distinct names that follow a $ in the text of a SQL, in the
// order of their first use.
func Names(sql string) ([]string, error) {
	var names []string
	err := scan(sql, func(_, name string) error {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

// formatNumber writes a number as SQL. A negative one is in brackets, because two
// minus signs would begin a comment.
func formatNumber(v float64) (string, error) {
	if math.IsNaN(v) || math.Abs(v) > 1<<53 {
		return "", fmt.Errorf("%v is not a number that can be written", v)
	}
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if v < 0 {
		return "(" + text + ")", nil
	}
	return text, nil
}

// scan cuts a SQL text into pieces that are each followed by a name or, the
// last one, by none.
func scan(sql string, do func(text, name string) error) error {
	start := 0
	for i := 0; i < len(sql); {
		switch {
		case sql[i] == '\'' || sql[i] == '"':
			end := strings.IndexByte(sql[i+1:], sql[i])
			if end < 0 {
				return fmt.Errorf("the SQL has a %c without its end", sql[i])
			}
			if strings.Contains(sql[i:i+1+end], `\`) {
				return errors.New("the SQL has a backslash in quotes, which databases read differently")
			}
			i += end + 2
		case strings.HasPrefix(sql[i:], "--"):
			end := strings.IndexByte(sql[i:], '\n')
			if end < 0 {
				end = len(sql) - i
			}
			i += end
		case strings.HasPrefix(sql[i:], "/*"):
			return errors.New("the SQL has a comment with /*; write -- instead")
		case sql[i] == '$':
			n := wordLength(sql[i+1:])
			if n == 0 || i > 0 && wordLength(sql[i-1:i]) == 1 || strings.HasPrefix(sql[i+1+n:], "$") {
				return errors.New("the SQL has a $ that is not followed by a parameter's name alone")
			}
			if err := do(sql[start:i], sql[i+1:i+1+n]); err != nil {
				return err
			}
			i += 1 + n
			start = i
		default:
			i++
		}
	}
	return do(sql[start:], "")
}

// wordLength returns how many of the first bytes are a word of a to z, digits and underscores.
func wordLength(s string) int {
	n := strings.IndexFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' })
	if n < 0 {
		return len(s)
	}
	return n
}
