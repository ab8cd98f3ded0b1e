package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// TextPart is a piece of a text template: plain words, or a placeholder.
type TextPart struct {
	// Plain are words that stand for themselves; empty for a placeholder.
	Plain string
	// Word is the placeholder's first word, such as list; Argument is its second, such as
	// the name of a column.
	Word, Argument string
}

// TextValues gives the words for a placeholder. The argument is empty for
// placeholders without one.
type TextValues func(word, argument string) (string, error)

// Text fills a template. What the values give is taken as it is: the caller
// formats times and numbers, and escapes for the medium that the text goes to.
// Only a number and the unit that the template writes behind it are put as a
// person would say them; see [withUnit].
func Text(template string, values TextValues) (string, error) {
	parts, err := ParseText(template)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i, p := range parts {
		b.WriteString(p.Plain)
		if p.Word == "" {
			continue
		}
		words, err := values(p.Word, p.Argument)
		if err != nil {
			return "", fmt.Errorf("filling %s: %w", p, err)
		}
		if i+1 < len(parts) {
			words, parts[i+1].Plain = withUnit(words, parts[i+1].Plain)
		}
		b.WriteString(words)
	}
	return b.String(), nil
}

// String returns the part as it is written in a template.
func (p TextPart) String() string {
	switch {
	case p.Word == "":
		return p.Plain
	case p.Argument == "":
		return "{{" + p.Word + "}}"
	}
	return "{{" + p.Word + " " + p.Argument + "}}"
}

// ParseText cuts a template into its parts. A placeholder is one of {{person}},
// {{account}}, {{patient}}, {{source}}, {{location}}, {{day}}, {{time first}}, {{time last}},
// {{count}}, {{count column}}, {{patients}}, {{list column}}, {{min column}}, {{max column}},
// {{param name}} and {{policy}}.
func ParseText(template string) ([]TextPart, error) {
	var parts []TextPart
	for rest := template; rest != ""; {
		plain, after, found := strings.Cut(rest, "{{")
		if strings.Contains(plain, "}}") {
			return nil, errors.New("the text has }} without {{")
		}
		if plain != "" {
			parts = append(parts, TextPart{Plain: plain})
		}
		if !found {
			break
		}
		inner, after, found := strings.Cut(after, "}}")
		if !found {
			return nil, errors.New("the text has {{ without }}")
		}
		p, err := parsePlaceholder(inner)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
		rest = after
	}
	return parts, nil
}

func parsePlaceholder(inner string) (TextPart, error) {
	fields := strings.Fields(inner)
	word, argument := "", ""
	if len(fields) > 0 {
		word = fields[0]
	}
	if len(fields) > 1 {
		argument = fields[1]
	}
	alone := []string{"person", "account", "patient", "source", "location", "day", "count", "patients", "policy"}
	withColumn := []string{"count", "list", "min", "max", "param"}
	p := TextPart{Word: word, Argument: argument}
	switch {
	case len(fields) == 1 && slices.Contains(alone, word):
		return p, nil
	case len(fields) == 2 && word == "time" && (argument == "first" || argument == "last"):
		return p, nil
	case len(fields) == 2 && slices.Contains(withColumn, word) && namePattern().MatchString(argument):
		return p, nil
	}
	return p, fmt.Errorf("{{%s}} is not a placeholder; there are person, account, patient, source, location, day, time first, time last, "+
		"count, count column, patients, list column, min column, max column, param name, policy", strings.TrimSpace(inner))
}
