package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// maxFile is far more than a configuration ever needs.
const maxFile = 1 << 20

// readFile reads the file into viper and notes its mistakes.
func (l *loader) readFile(path string) error {
	l.file = path
	data, err := readLimited(path)
	if err != nil {
		return err
	}
	var doc yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(data))
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		l.syntax(err)
		return nil
	}
	if err := d.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		l.inFile(position{}, "", "it holds more than one YAML document")
		return nil
	}
	values := l.group("", l.settings, doc.Content[0])
	return l.viper.MergeConfigMap(values)
}

func readLimited(path string) ([]byte, error) {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "reading the configuration", "", err)
	}
	defer f.Close() //nolint:errcheck // it is only read
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "reading the configuration", "", err)
	}
	if len(data) > maxFile {
		return nil, fault.New(fault.Invalid, path+" is too large to be a configuration", "")
	}
	return data, nil
}

// syntax notes an error of the YAML parser, which has a line but no column.
func (l *loader) syntax(err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	at := position{}
	if m := regexp.MustCompile(`^line (\d+): `).FindStringSubmatch(text); m != nil {
		at.line, _ = strconv.Atoi(m[1])
		at.column = 1
		text = text[len(m[0]):]
	}
	l.inFile(at, "", "this is not YAML: %s", text)
}

func at(n *yaml.Node) position { return position{line: n.Line, column: n.Column} }

// empty reports whether nothing is written after a key, which means the default.
func empty(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// group reads a mapping.
func (l *loader) group(prefix string, settings []setting, n *yaml.Node) map[string]any {
	values := map[string]any{}
	if empty(n) {
		return values
	}
	if n.Kind != yaml.MappingNode {
		key := strings.TrimSuffix(prefix, ".")
		l.inFile(at(n), key, "%sthere should be settings here, each as `name: value`", strings.TrimPrefix(key+": ", ": "))
		return values
	}
	seen := map[string]position{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		if first, ok := seen[name.Value]; ok {
			l.inFile(at(name), prefix+name.Value, "%s is set twice; the first time is in line %d", prefix+name.Value, first.line)
			continue
		}
		seen[name.Value] = at(name)
		s, ok := find(settings, name.Value)
		if !ok {
			l.inFile(at(name), prefix+name.Value, "%s", l.unknown(prefix, name.Value, settings))
			continue
		}
		key := prefix + s.name
		l.positions[key] = at(value)
		if empty(value) {
			continue
		}
		if v := l.value(key, s, value); v != nil {
			values[s.name] = v
		}
	}
	return values
}

func find(settings []setting, name string) (setting, bool) {
	for _, s := range settings {
		if s.name == name {
			return s, true
		}
	}
	return setting{}, false
}

// unknown explains a key that means nothing.
func (l *loader) unknown(prefix, name string, settings []setting) string {
	var names []string
	for _, s := range settings {
		if strings.EqualFold(s.name, name) {
			return fmt.Sprintf("%s is written in lower case: %s", name, s.name)
		}
		names = append(names, s.name)
	}
	if near := closest(name, names); near != "" {
		return fmt.Sprintf("unknown setting %q; did you mean %q?", prefix+name, prefix+near)
	}
	keys, _ := dotted("", l.settings)
	for _, key := range keys {
		if strings.HasSuffix(key, "."+name) {
			return fmt.Sprintf("unknown setting %q; did you mean %q?", prefix+name, key)
		}
	}
	return fmt.Sprintf("unknown setting %q; there are: %s", prefix+name, strings.Join(names, ", "))
}

// value reads what is written after a key. It returns nil after a mistake.
func (l *loader) value(key string, s setting, n *yaml.Node) any {
	if n.Kind == yaml.AliasNode {
		l.inFile(at(n), key, "%s: references (*name) are not supported; write the value out", key)
		return nil
	}
	if s.kind == kindGroup {
		return l.group(key+".", s.below, n)
	}
	l.origin[root(key)] = originFile
	switch s.kind {
	case kindRecords:
		return l.records(key, s, n)
	case kindTexts:
		return l.texts(key, n)
	default:
		return l.scalar(key, s.kind, n)
	}
}

func (l *loader) scalar(key string, k kind, n *yaml.Node) any {
	if n.Kind != yaml.ScalarNode {
		l.inFile(at(n), key, "%s: there should be a single value here", key)
		return nil
	}
	v, err := k.parse(n.Value)
	if err != nil {
		l.inFile(at(n), key, "%s: %s", key, err)
		return nil
	}
	return v
}

func (l *loader) texts(key string, n *yaml.Node) any {
	if n.Kind != yaml.SequenceNode {
		l.inFile(at(n), key, "%s: there should be a list here, each item after a hyphen", key)
		return nil
	}
	list := []string{}
	for i, item := range n.Content {
		l.positions[indexed(key, i)] = at(item)
		if text, ok := l.value(indexed(key, i), setting{kind: kindText}, item).(string); ok {
			list = append(list, text)
		}
	}
	return list
}

func (l *loader) records(key string, s setting, n *yaml.Node) any {
	if n.Kind != yaml.SequenceNode {
		l.inFile(at(n), key, "%s: there should be a list here, each item after a hyphen", key)
		return nil
	}
	list := []any{}
	for i, item := range n.Content {
		l.positions[indexed(key, i)] = at(item)
		v, _ := l.value(indexed(key, i), setting{kind: kindGroup, below: s.below}, item).(map[string]any)
		list = append(list, v)
	}
	return list
}

func indexed(key string, i int) string { return key + "[" + strconv.Itoa(i) + "]" }
