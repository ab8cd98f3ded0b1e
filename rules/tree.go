package rules

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
)

// tree is a node of DuckDB's syntax tree.
type tree map[string]any

func (t tree) text(key string) string {
	s, _ := t[key].(string)
	return s
}

func (t tree) flag(key string) bool {
	b, _ := t[key].(bool)
	return b
}

// child returns a node below, or nil.
func (t tree) child(key string) tree {
	m, _ := t[key].(map[string]any)
	return m
}

// children returns the nodes of a list below.
func (t tree) children(key string) []tree {
	list, _ := t[key].([]any)
	var all []tree
	for _, x := range list {
		if m, ok := x.(map[string]any); ok {
			all = append(all, m)
		}
	}
	return all
}

// words returns the texts of a list below.
func (t tree) words(key string) []string {
	list, _ := t[key].([]any)
	var all []string
	for _, x := range list {
		s, _ := x.(string)
		all = append(all, s)
	}
	return all
}

// offset returns the place in the text in bytes, if the node has one.
func (t tree) offset() (int, bool) {
	f, ok := t["query_location"].(float64)
	return int(f), ok && f < math.MaxInt32
}

// column returns the name of a column without its table; "" for anything else.
func (t tree) column() string {
	names := t.words("column_names")
	if t.text("class") != "COLUMN_REF" || len(names) == 0 {
		return ""
	}
	return names[len(names)-1]
}

// outputName returns the name that an expression has in the result.
func (t tree) outputName() string {
	if alias := t.text("alias"); alias != "" {
		return alias
	}
	return t.column()
}

// statement reads the tree of a text, which must be one SELECT statement.
func parseStatement(data []byte) (root tree, at int, err error) {
	var all tree
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, -1, fmt.Errorf("reading the syntax tree: %w", err)
	}
	if all.flag("error") {
		at := -1
		if _, err := fmt.Sscan(all.text("position"), &at); err != nil {
			at = -1
		}
		return nil, at, fmt.Errorf("the SQL is not one SELECT statement: %s", strings.ReplaceAll(all.text("error_message"), "\n", " "))
	}
	statements := all.children("statements")
	if len(statements) != 1 || statements[0].child("node") == nil {
		return nil, -1, errors.New("the SQL has to be exactly one SELECT statement")
	}
	return statements[0].child("node"), -1, nil
}
