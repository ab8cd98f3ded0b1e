package config

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// kind is the form of a setting's value.
type kind int

const (
	kindText kind = iota
	kindInteger
	kindNumber
	kindDuration
	kindTexts   // a list of texts
	kindGroup   // settings below a name
	kindRecords // a list of groups
)

// setting is one key of the configuration. The list of settings is derived from
// [Config], so that the two cannot differ.
type setting struct {
	name  string
	kind  kind
	below []setting // of a group or of the groups in a list
}

// settingsOf returns the settings of a struct.
func settingsOf(v any) []setting { return settingsOfType(reflect.TypeOf(v)) }

func settingsOfType(t reflect.Type) []setting {
	list := make([]setting, 0, t.NumField())
	for f := range t.Fields() {
		s := setting{name: f.Tag.Get("mapstructure")}
		switch {
		case f.Type == reflect.TypeFor[time.Duration]():
			s.kind = kindDuration
		case f.Type == reflect.TypeFor[[]string]():
			s.kind = kindTexts
		case f.Type.Kind() == reflect.Struct:
			s.kind, s.below = kindGroup, settingsOfType(f.Type)
		case f.Type.Kind() == reflect.Slice:
			s.kind, s.below = kindRecords, settingsOfType(f.Type.Elem())
		case f.Type.Kind() == reflect.Int, f.Type.Kind() == reflect.Int64:
			s.kind = kindInteger
		case f.Type.Kind() == reflect.Float64:
			s.kind = kindNumber
		default:
			s.kind = kindText
		}
		list = append(list, s)
	}
	return list
}

// leaves returns the values of a configuration by their dotted keys.
func leaves(c Config) map[string]any {
	values := map[string]any{}
	collect(values, "", reflect.ValueOf(c))
	return values
}

func collect(values map[string]any, prefix string, v reflect.Value) {
	for f, field := range v.Fields() {
		key := prefix + f.Tag.Get("mapstructure")
		if field.Kind() == reflect.Struct {
			collect(values, key+".", field)
			continue
		}
		values[key] = field.Interface()
	}
}

// dotted returns all settings that have a value, by their dotted keys, in the
// order of the struct.
func dotted(prefix string, settings []setting) (keys []string, byKey map[string]setting) {
	byKey = map[string]setting{}
	for _, s := range settings {
		if s.kind != kindGroup {
			keys = append(keys, prefix+s.name)
			byKey[prefix+s.name] = s
			continue
		}
		more, below := dotted(prefix+s.name+".", s.below)
		keys = append(keys, more...)
		maps.Copy(byKey, below)
	}
	return keys, byKey
}

// parse reads the text of a value.
func (k kind) parse(text string) (any, error) {
	switch k {
	case kindInteger:
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("%q is not a whole number", text)
		}
		return n, nil
	case kindNumber:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is not a number", text)
		}
		return n, nil
	case kindDuration:
		return parseDuration(text)
	case kindTexts:
		return splitList(text), nil
	case kindText:
		return text, nil
	default:
		return nil, errors.New("it can only be set in a configuration file")
	}
}

func parseDuration(text string) (time.Duration, error) {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return 0, fmt.Errorf("%q has no unit; write for example %ss or %sm", text, text, text)
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration; write for example 30s, 5m or 1h30m", text)
	}
	return d, nil
}

// splitList reads a list from a text with commas, as it is written in the
// environment.
func splitList(text string) []string {
	var list []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}
