package delimited

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxMapping is the largest size of a mapping file in bytes.
const maxMapping = 1 << 20

// document walks a YAML file and collects what is wrong with it, each with its
// line and column. Decoding into structs would lose the position of a value.
type document struct {
	name     string
	problems []error
}

// parseDocument returns the root of a file that holds one YAML mapping.
func parseDocument(name string, text []byte) (*document, *yaml.Node, error) {
	if len(text) > maxMapping {
		return nil, nil, fmt.Errorf("%s: a mapping has at most %d KiB", name, maxMapping>>10)
	}
	d := &document{name: name}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var root, more yaml.Node
	if err := dec.Decode(&root); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil, fmt.Errorf("%s: the mapping is empty", name)
		}
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("%s: a mapping is one YAML document", name)
	}
	return d, root.Content[0], nil
}

// fail notes a problem at n.
func (d *document) fail(n *yaml.Node, format string, args ...any) {
	const enough = 20
	if len(d.problems) < enough {
		d.problems = append(d.problems, fmt.Errorf("%s:%d:%d: %s", d.name, n.Line, n.Column, fmt.Sprintf(format, args...)))
	}
}

func (d *document) err() error { return errors.Join(d.problems...) }

// handler reads the value of one key.
type handler func(key, value *yaml.Node)

// keys calls the handler of each key. A key that is not known or appears twice
// is a problem.
func (d *document) keys(n *yaml.Node, what string, known map[string]handler) {
	d.pairs(n, what, func(key, value *yaml.Node) {
		read, ok := known[key.Value]
		if !ok {
			d.fail(key, "unknown key %q; the keys of %s are %s", key.Value, what, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
			return
		}
		read(key, value)
	})
}

// pairs calls each for every key of a mapping.
func (d *document) pairs(n *yaml.Node, what string, each handler) {
	if n.Kind != yaml.MappingNode {
		d.fail(n, "%s must be keys with values, not %s", what, kindOf(n))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode:
			d.fail(key, "a key must be a word")
		case seen[key.Value]:
			d.fail(key, "key %q appears twice", key.Value)
		default:
			seen[key.Value] = true
			each(key, value)
		}
	}
}

// items returns the elements of a list; a single scalar is a list of one.
func (d *document) items(n *yaml.Node, what string) []*yaml.Node {
	switch n.Kind {
	case yaml.SequenceNode:
		if len(n.Content) == 0 {
			d.fail(n, "%s must not be an empty list", what)
		}
		return n.Content
	case yaml.ScalarNode:
		return []*yaml.Node{n}
	default:
		d.fail(n, "%s must be a list, not %s", what, kindOf(n))
		return nil
	}
}

// text reads a string. A number or a truth value must be quoted to be one.
func (d *document) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		d.fail(n, "%s must be text, not %s", what, kindOf(n))
		return ""
	}
	if strings.TrimSpace(n.Value) == "" {
		d.fail(n, "%s must not be empty", what)
	}
	return n.Value
}

// cell reads a value as it stands in a cell: any scalar, as it is written.
func (d *document) cell(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" && n.Value != "NULL" && n.Value != "null" && n.Value != "Null" {
		d.fail(n, "%s must be one value, not %s", what, kindOf(n))
		return ""
	}
	return n.Value
}

func (d *document) texts(n *yaml.Node, what string) []string {
	var all []string
	for _, item := range d.items(n, what) {
		all = append(all, d.text(item, what))
	}
	return all
}

func (d *document) cells(n *yaml.Node, what string) []string {
	var all []string
	for _, item := range d.items(n, what) {
		all = append(all, d.cell(item, what))
	}
	return all
}

// truth reads true or false. What is neither is a problem and counts as fallback.
func (d *document) truth(n *yaml.Node, what string, fallback bool) bool {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
		d.fail(n, "%s must be true or false, not %s", what, kindOf(n))
		return fallback
	}
	return strings.EqualFold(n.Value, "true")
}

func (d *document) number(n *yaml.Node, what string, low int64) int64 {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" {
		d.fail(n, "%s must be a whole number, not %s", what, kindOf(n))
		return low
	}
	v, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil || v < low {
		d.fail(n, "%s must be a whole number of at least %d", what, low)
		return low
	}
	return v
}

// oneOf reads one of a closed set.
func (d *document) oneOf(n *yaml.Node, what string, set []string) string {
	v := d.cell(n, what)
	if !slices.Contains(set, v) {
		d.fail(n, "%s %q is not one of %s", what, v, strings.Join(set, ", "))
		return ""
	}
	return v
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys with values"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	case yaml.ScalarNode, yaml.DocumentNode:
	}
	switch n.Tag {
	case "!!null":
		return "nothing"
	case "!!bool":
		return "a truth value (put it in quotes)"
	case "!!int", "!!float":
		return "a number (put it in quotes)"
	case "!!timestamp":
		return "a date (put it in quotes)"
	}
	return "text"
}
