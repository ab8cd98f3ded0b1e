package config

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// UnusableError is about the configuration of one of several practices.
type UnusableError struct {
	// File is the configuration.
	File string
	Err  error
}

// Error implements error.
func (e *UnusableError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e *UnusableError) Unwrap() error { return e.Err }

// LoadSites reads the configurations of the practices that a configuration names,
// in the order of their files. Variables and options of the command line are not
// for them: what they say would be true of one practice at most.
//
// A configuration that cannot be used is left out, so that one practice does not stop
// the others, and returned as an error of its own.
func LoadSites(all Loaded, o Options) ([]Loaded, []*UnusableError, error) {
	files, err := siteFiles(all.Config.Sites)
	if err != nil {
		return nil, nil, err
	}
	list := make([]Loaded, 0, len(files))
	var unusable []*UnusableError
	for _, file := range files {
		o.File, o.Base, o.Flags, o.Environ = file, &all.Config, nil, withoutOurs(o.Environ)
		one, err := Load(o)
		if err == nil {
			err = one.fitsBeside(list)
		}
		if err != nil {
			unusable = append(unusable, &UnusableError{file, err})
			continue
		}
		list = append(list, one)
	}
	return list, unusable, nil
}

// siteFiles expands patterns. One that no file matches is a mistake.
func siteFiles(patterns []string) ([]string, error) {
	var files []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			return nil, fault.New(fault.Invalid, "sites: there is no file "+pattern, "name the configuration of each practice, for example sites/*.yaml")
		}
		for _, file := range found {
			if !slices.Contains(files, file) {
				files = append(files, file)
			}
		}
	}
	return files, nil
}

// withoutOurs leaves out the variables that are settings.
func withoutOurs(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		return len(entry) >= len(variablePrefix) && entry[:len(variablePrefix)] == variablePrefix
	})
}

// fitsBeside makes sure that a practice shares nothing with the others.
func (l Loaded) fitsBeside(others []Loaded) error {
	wrong := func(format string, args ...any) error {
		return fault.New(fault.Invalid, l.File+": "+fmt.Sprintf(format, args...), "every practice has a site, a data_dir and, if any, a drop folder of its own")
	}
	c := &l.Config
	switch {
	case len(c.Sites) > 0:
		return wrong("one of several practices cannot name further ones in `sites`")
	case l.Origin["data_dir"] == originDefault:
		return wrong("data_dir is missing")
	case l.Origin["site"] == originDefault:
		return wrong("site is missing")
	}
	for _, o := range others {
		x := &o.Config
		switch {
		case x.Site == c.Site:
			return wrong("the site %q is in %s, too", c.Site, o.File)
		case inside(x.DataDir, c.DataDir) || inside(c.DataDir, x.DataDir):
			return wrong("its data_dir is that of %s, or one of them lies in the other", o.File)
		case c.Drop.Dir != "" && x.Drop.Dir != "" && (inside(x.Drop.Dir, c.Drop.Dir) || inside(c.Drop.Dir, x.Drop.Dir)):
			return wrong("its drop folder is that of %s, or one of them lies in the other", o.File)
		}
	}
	return nil
}
