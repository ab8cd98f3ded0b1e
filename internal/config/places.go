package config

import (
	"reflect"
	"slices"
	"strings"
)

// place says which configuration a setting belongs into, where there are several
// practices.
type place int

const (
	inEach   place = iota // that of each practice: it is about the practice's own data
	inEither              // that of the program is for the practices that say nothing else
	inWhole               // that of the program, which is one for all practices
)

func placeOf(key string) place {
	group, _, _ := strings.Cut(key, ".")
	switch {
	case key == "schedule.paths" || key == "drop.dir":
		return inEach
	case key == "data_dir" || slices.Contains([]string{"review", "schedule", "drop", "notify", "store", "limits"}, group):
		return inEither
	case slices.Contains([]string{"metrics", "log", "sites"}, group):
		return inWhole
	default:
		return inEach
	}
}

// inherit takes over from the configuration of several practices what it says
// about the daemon, about messages and about what work may cost. What one practice
// alone can say, such as its folders, is not taken over.
func (l *loader) inherit(values, base map[string]any) {
	for key := range values {
		if placeOf(key) == inEither && key != "data_dir" {
			values[key] = base[key]
		}
	}
}

// checkPlaces refuses settings that have no effect where they stand. A default that
// is written out, as the template does, is no mistake.
func (l *loader) checkPlaces(c Config) {
	values, usual := leaves(c), leaves(Default())
	keys, _ := dotted("", l.settings)
	for _, key := range keys {
		if reflect.DeepEqual(values[key], usual[key]) {
			continue
		}
		switch where := placeOf(key); {
		case l.options.Base == nil && len(c.Sites) > 0 && where == inEach:
			l.about(key, "with `sites` it belongs into the configuration of each practice")
		case l.options.Base != nil && where == inWhole && key != "sites":
			l.about(key, "it is one for all practices and belongs into the configuration that has `sites`")
		}
	}
}
