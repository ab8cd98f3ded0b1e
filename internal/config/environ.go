package config

import (
	"maps"
	"runtime"
	"slices"
	"strings"
)

// Names of variables.
const (
	variablePrefix = "CHARTWATCH_"
	configVariable = "CHARTWATCH_CONFIG" // names the file
)

// variable returns the name of the variable for a setting.
func variable(key string) string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// environ returns the variables that are meant for this program. An empty one
// counts as unset, but its name is checked.
func (l *loader) environ() map[string]string {
	found := map[string]string{}
	for _, entry := range l.options.Environ {
		name, value, _ := strings.Cut(entry, "=")
		if runtime.GOOS == "windows" {
			name = strings.ToUpper(name)
		}
		if strings.HasPrefix(name, variablePrefix) {
			found[name] = value
		}
	}
	return found
}

// setFromEnvironment sets what variables say. Viper could read them itself, but
// then from the process and not from the caller, and without noticing mistakes.
func (l *loader) setFromEnvironment(environ map[string]string) {
	keys, settings := dotted("", l.settings)
	byVariable := map[string]string{}
	for _, key := range keys {
		byVariable[variable(key)] = key
	}
	for _, name := range slices.Sorted(maps.Keys(environ)) {
		if name == configVariable {
			continue
		}
		key, ok := byVariable[name]
		if !ok {
			l.outside(name, "", "there is no such variable%s", suggestion(name, append(slices.Sorted(maps.Keys(byVariable)), configVariable)))
			continue
		}
		if environ[name] == "" {
			continue
		}
		l.set(name, key, settings[key], environ[name])
	}
}

func suggestion(name string, names []string) string {
	if near := closest(name, names); near != "" {
		return "; did you mean " + near + "?"
	}
	return "; the settings with their variables are explained by `chartwatch config show`"
}

// setFromFlags sets what the command line says.
func (l *loader) setFromFlags() {
	_, settings := dotted("", l.settings)
	for _, key := range slices.Sorted(maps.Keys(l.options.Flags)) {
		s, ok := settings[key]
		if !ok {
			l.outside(originFlag, key, "there is no setting %q", key)
			continue
		}
		l.set(originFlag, key, s, l.options.Flags[key])
	}
}

// set overrides a setting.
func (l *loader) set(origin, key string, s setting, text string) {
	value, err := s.kind.parse(text)
	if err != nil {
		l.outside(origin, key, "%s: %s", key, err)
		return
	}
	l.viper.Set(key, value)
	l.origin[key] = origin
}
