package rulestest

import (
	"regexp"
	"slices"
	"strings"
)

// token is a word, a number, a literal or a sign of a SQL text.
type token struct {
	text       string // in upper case
	start, end int
	depth      int // of brackets around it
}

func tokenize(sql string) []token {
	pattern := regexp.MustCompile(`--[^\n]*|'(?:[^']|'')*'|"[^"]*"|[A-Za-z_$][A-Za-z0-9_.$]*|[0-9.]+|<=|>=|<>|!=|\|\||\S`)
	var all []token
	depth := 0
	for _, at := range pattern.FindAllStringIndex(sql, -1) {
		text := sql[at[0]:at[1]]
		if strings.HasPrefix(text, "--") {
			continue
		}
		if text == ")" {
			depth--
		}
		all = append(all, token{text: strings.ToUpper(text), start: at[0], end: at[1], depth: depth})
		if text == "(" {
			depth++
		}
	}
	return all
}

// predicate is a condition between the words of a SQL text, from its first to its
// last token.
type predicate struct{ first, last int }

// predicates returns the conditions that AND and OR join after WHERE, ON, HAVING and
// WHEN.
func predicates(tokens []token) []predicate {
	var all []predicate
	for i, t := range tokens {
		switch t.text {
		case "WHERE", "ON", "HAVING", "WHEN":
			all = append(all, conditions(tokens, i+1, t.depth)...)
		}
	}
	return all
}

// conditions cuts what follows a word into conditions, also inside of brackets.
func conditions(tokens []token, first, depth int) []predicate {
	end, cases := first, 0
	for ; end < len(tokens) && tokens[end].depth >= depth; end++ {
		t := tokens[end]
		if t.text == "END" && cases > 0 {
			cases--
			continue
		}
		if t.depth == depth && cases == 0 && endsCondition(t.text) {
			break
		}
		if t.text == "CASE" {
			cases++
		}
	}
	return split(tokens, first, end, depth)
}

func endsCondition(word string) bool {
	return slices.Contains([]string{
		"GROUP", "HAVING", "ORDER", "JOIN", "LEFT", "INNER", "UNION", "WHERE", "THEN", "ELSE", "END", "SELECT", ",", ";",
	}, word)
}

func split(tokens []token, first, end, depth int) []predicate {
	var all []predicate
	between, cases := false, 0
	start := first
	add := func(stop int) {
		if stop <= start {
			return
		}
		if tokens[start].text == "(" && tokens[stop-1].text == ")" && isJoined(tokens[start+1:stop-1], depth+1) {
			all = append(all, split(tokens, start+1, stop-1, depth+1)...)
			return
		}
		if stop-start > 1 { // one token is a value of CASE x WHEN
			all = append(all, predicate{start, stop - 1})
		}
	}
	for i := first; i < end; i++ {
		t := tokens[i]
		switch {
		case t.text == "CASE":
			cases++
		case t.text == "END":
			cases--
		case t.depth != depth || cases > 0:
		case t.text == "BETWEEN":
			between = true
		case t.text == "AND" && between:
			between = false
		case t.text == "AND" || t.text == "OR":
			add(i)
			start = i + 1
		}
	}
	add(end)
	return all
}

// isJoined reports whether brackets hold several conditions.
func isJoined(tokens []token, depth int) bool {
	return slices.ContainsFunc(tokens, func(t token) bool { return t.depth == depth && (t.text == "AND" || t.text == "OR") })
}
