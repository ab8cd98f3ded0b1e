package rules

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	maxFile    = 1 << 20 // far more than a rule ever needs
	maxAnyText = 1 << 12 // of one cell of a fixture
)

// decoder reads one rule file strictly: what it does not know is a problem.
type decoder struct {
	report
}

// decode reads the text of a rule file. The rule may be used if there are no problems.
func decode(file string, data []byte) (Rule, []Problem) {
	rule := Rule{File: file, Places: Places{"": {}}}
	d := &decoder{report{rule: &rule}}
	if len(data) > maxFile {
		d.at("", "the file is too large to be a rule")
		return rule, d.problems
	}
	root := d.document(data)
	if root == nil {
		return rule, d.problems
	}
	rule.ID = peekID(root)
	d.value("", root, reflect.ValueOf(&rule).Elem())
	d.placeSQL(root, data)
	return rule, d.problems
}

// document parses the text, which must be one YAML document.
func (d *decoder) document(data []byte) *yaml.Node {
	var doc yaml.Node
	reader := yaml.NewDecoder(bytes.NewReader(data))
	if err := reader.Decode(&doc); errors.Is(err, io.EOF) {
		d.at("", "the file is empty")
		return nil
	} else if err != nil {
		d.syntax(err)
		return nil
	}
	if err := reader.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		d.place(Place{1, 1}, "the file holds more than one YAML document; write one rule a file")
		return nil
	}
	return doc.Content[0]
}

// syntax notes an error of the YAML parser, which has a line but no column.
func (d *decoder) syntax(err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	at := Place{1, 1}
	if m := regexp.MustCompile(`^line (\d+): `).FindStringSubmatch(text); m != nil {
		at.Line, _ = strconv.Atoi(m[1])
		text = text[len(m[0]):]
	}
	d.place(at, "this is not YAML: %s", text)
}

// peekID returns the id before anything else is read, so that every problem names it.
func peekID(root *yaml.Node) string {
	for i := 0; root.Kind == yaml.MappingNode && i+1 < len(root.Content); i += 2 {
		if v := root.Content[i+1]; root.Content[i].Value == "id" && v.Kind == yaml.ScalarNode && idPattern().MatchString(v.Value) {
			return v.Value
		}
	}
	return ""
}

func placeOf(n *yaml.Node) Place { return Place{n.Line, n.Column} }

// value reads a node into v, whose type says what may be written there.
func (d *decoder) value(key string, n *yaml.Node, v reflect.Value) {
	d.rule.Places[key] = placeOf(n)
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		d.wrong(key, n, "anchors and references (&name, *name) are not supported; write the value out")
	case v.Kind() == reflect.Interface:
		d.cell(key, n, v)
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null":
		d.wrong(key, n, "nothing is written after the key; leave the key out or give it a value")
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(key, n, v.Elem())
	case isText(v):
		d.text(key, n, v)
	default:
		d.plain(key, n, v)
	}
}

func isText(v reflect.Value) bool {
	_, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr())
	return ok
}

func (d *decoder) wrong(key string, n *yaml.Node, format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	if key != "" {
		message = key + ": " + message
	}
	d.place(placeOf(n), "%s", message)
}

// text reads a value that has a notation of its own, such as a duration.
func (d *decoder) text(key string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.ScalarNode {
		d.wrong(key, n, "there should be one value here")
		return
	}
	if u, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr()); ok {
		if err := u.UnmarshalText([]byte(n.Value)); err != nil {
			d.wrong(key, n, "%v", err)
		}
	}
}

func (d *decoder) plain(key string, n *yaml.Node, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		d.structure(key, n, v)
	case reflect.Map:
		d.mapping(key, n, v)
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			d.wrong(key, n, "there should be a list here")
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
		for i, item := range n.Content {
			d.value(key+"["+strconv.Itoa(i)+"]", item, v.Index(i))
		}
	default:
		d.scalar(key, n, v)
	}
}

// scalar reads a text, a number or a flag. A text that looks like something else
// must be in quotes, because 164.312 would be read as a number.
func (d *decoder) scalar(key string, n *yaml.Node, v reflect.Value) {
	tag := n.ShortTag()
	if n.Kind != yaml.ScalarNode {
		tag = ""
	}
	switch v.Kind() {
	case reflect.String:
		if tag != "!!str" && (tag == "" || !takesNumber(key)) {
			d.wrong(key, n, "there should be a text here; put it in quotes")
			return
		}
		v.SetString(n.Value)
	case reflect.Bool:
		if tag != "!!bool" {
			d.wrong(key, n, "there should be true or false here")
			return
		}
		v.SetBool(n.Value == "true" || n.Value == "True" || n.Value == "TRUE")
	case reflect.Int, reflect.Int64:
		i, err := strconv.ParseInt(n.Value, 10, 64)
		if tag != "!!int" || err != nil {
			d.wrong(key, n, "there should be a whole number here")
			return
		}
		v.SetInt(i)
	case reflect.Float64:
		f, err := strconv.ParseFloat(n.Value, 64)
		if tag != "!!int" && tag != "!!float" || err != nil || f != f || f-f != 0 {
			d.wrong(key, n, "there should be a number here")
			return
		}
		v.SetFloat(f)
	default:
		d.wrong(key, n, "nothing can be written here")
	}
}

// takesNumber says of which texts a number is one.
func takesNumber(key string) bool {
	return key == "threshold.count" || key == "threshold.window" || strings.HasPrefix(key, "match.") || strings.HasPrefix(key, "threshold.where.")
}

// cell reads a value of a fixture: an int64, a float64, a string or nil.
func (d *decoder) cell(key string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.ScalarNode || len(n.Value) > maxAnyText {
		d.wrong(key, n, "there should be one short value here")
		return
	}
	switch n.ShortTag() {
	case "!!null":
	case "!!int":
		if i, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
			v.Set(reflect.ValueOf(i))
			return
		}
		d.wrong(key, n, "there should be a whole number of 64 bits here")
	case "!!float":
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil && f-f == 0 {
			v.Set(reflect.ValueOf(f))
			return
		}
		d.wrong(key, n, "there should be a number here")
	case "!!str", "!!timestamp":
		v.Set(reflect.ValueOf(n.Value))
	default:
		d.wrong(key, n, "there should be a text, a number or null here; flags are 0 and 1")
	}
}

// pairs calls do with every key of a mapping once.
func (d *decoder) pairs(key string, n *yaml.Node, do func(name, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		d.wrong(key, n, "there should be `name: value` pairs here")
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i]
		if name.Kind != yaml.ScalarNode || name.ShortTag() == "!!merge" {
			d.wrong(key, name, "a key should be a plain word")
			continue
		}
		if first, ok := seen[name.Value]; ok {
			d.wrong(key, name, "%q is set twice; the first time is in line %d", name.Value, first)
			continue
		}
		seen[name.Value] = name.Line
		do(name, n.Content[i+1])
	}
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

func (d *decoder) mapping(key string, n *yaml.Node, v reflect.Value) {
	v.Set(reflect.MakeMap(v.Type()))
	d.pairs(key, n, func(name, value *yaml.Node) {
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(join(key, name.Value), value, element)
		v.SetMapIndex(reflect.ValueOf(name.Value), element)
	})
}

// structure reads the fields of a struct by their yaml names.
func (d *decoder) structure(key string, n *yaml.Node, v reflect.Value) {
	if m, ok := reflect.TypeAssert[*Match](v.Addr()); ok {
		m.Where = map[string][]string{}
		d.where(key, n, m.Where)
		return
	}
	names, fields := fieldsOf(v)
	d.pairs(key, n, func(name, value *yaml.Node) {
		at := join(key, name.Value)
		if i, ok := fields[name.Value]; ok {
			d.value(at, value, v.Field(i))
			return
		}
		switch owner := v.Addr().Interface().(type) {
		case *Rule:
			if name.Value == "params" {
				d.params(value, owner)
				return
			}
		case *Threshold:
			if name.Value == "where" {
				owner.Where = map[string][]string{}
				d.where(at, value, owner.Where)
				return
			}
		}
		if near := closest(name.Value, names); near != "" {
			d.wrong("", name, "unknown key %q; did you mean %q?", at, join(key, near))
			return
		}
		d.wrong("", name, "unknown key %q; there are: %s", at, strings.Join(names, ", "))
	})
}

// fieldsOf returns the yaml names of a struct, and where they are.
func fieldsOf(v reflect.Value) (names []string, fields map[string]int) {
	fields = map[string]int{}
	for i := range v.NumField() {
		if name := v.Type().Field(i).Tag.Get("yaml"); name != "" && name != "-" {
			fields[name] = i
			names = append(names, name)
		}
	}
	switch v.Addr().Interface().(type) {
	case *Rule:
		names = append(names, "params")
	case *Threshold:
		names = append(names, "where")
	}
	return names, fields
}

// params reads the parameters in the order of the file.
func (d *decoder) params(n *yaml.Node, rule *Rule) {
	d.rule.Places["params"] = placeOf(n)
	d.pairs("params", n, func(name, value *yaml.Node) {
		p := Param{Name: name.Value}
		d.value("params."+name.Value, value, reflect.ValueOf(&p).Elem())
		rule.Params = append(rule.Params, p)
	})
}

// where reads columns with a value or a list of values.
func (d *decoder) where(key string, n *yaml.Node, into map[string][]string) {
	d.rule.Places[key] = placeOf(n)
	d.pairs(key, n, func(name, value *yaml.Node) {
		var list []string
		at := join(key, name.Value)
		if value.Kind == yaml.SequenceNode {
			d.value(at, value, reflect.ValueOf(&list).Elem())
		} else {
			list = make([]string, 1)
			d.value(at, value, reflect.ValueOf(&list[0]).Elem())
		}
		into[name.Value] = list
	})
}

// placeSQL notes where the first line of the SQL begins, so that a place in the SQL
// can be told.
func (d *decoder) placeSQL(root *yaml.Node, data []byte) {
	for i := 0; root.Kind == yaml.MappingNode && i+1 < len(root.Content); i += 2 {
		n := root.Content[i+1]
		if root.Content[i].Value != "sql" || n.Style&yaml.LiteralStyle == 0 {
			continue
		}
		lines := strings.Split(string(data), "\n")
		for line := n.Line; line < len(lines); line++ {
			if text := strings.TrimLeft(lines[line], " "); strings.TrimSpace(text) != "" {
				d.rule.Places["sql."] = Place{n.Line + 1, len(lines[line]) - len(text) + 1}
				return
			}
		}
	}
}
