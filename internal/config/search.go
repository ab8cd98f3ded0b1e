package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/adrg/xdg"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// fileName is the name of a configuration file.
const fileName = "chartwatch.yaml"

// withDirs fills in the directories that the caller left to the operating system.
func (o Options) withDirs() Options {
	person, system := osDirs(o.getenv)
	if o.ConfigDir == "" {
		o.ConfigDir = person
	}
	if o.DataDir == "" {
		o.DataDir = filepath.Join(first(o.getenv("XDG_DATA_HOME"), xdg.DataHome), productDir)
	}
	if o.SystemDir == "" {
		o.SystemDir = system
	}
	return o
}

// first returns a if it is an absolute path, as the XDG specification asks for,
// and otherwise b.
func first(a, b string) string {
	if filepath.IsAbs(a) {
		return a
	}
	return b
}

func (o Options) getenv(name string) string {
	for _, entry := range o.Environ {
		if key, value, _ := strings.Cut(entry, "="); strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}

// findFile returns the configuration file, or "" if there is none. A file that
// somebody named must exist.
func findFile(o Options, fromVariable string) (string, error) {
	for _, named := range []struct{ path, by string }{
		{o.File, "--config"}, {fromVariable, configVariable},
	} {
		if named.path == "" {
			continue
		}
		path := named.path
		if !filepath.IsAbs(path) {
			path = filepath.Join(o.WorkDir, path)
		}
		ok, err := exists(path)
		if err == nil && !ok {
			err = fault.New(fault.Invalid, fmt.Sprintf("there is no configuration file %s, which %s names", path, named.by),
				"`chartwatch config init` writes one")
		}
		return path, err
	}
	candidates := []string{filepath.Join(o.ConfigDir, fileName), filepath.Join(o.SystemDir, fileName)}
	if !o.Service {
		candidates = append([]string{filepath.Join(o.WorkDir, fileName)}, candidates...)
	}
	for _, path := range candidates {
		if ok, err := exists(path); ok || err != nil {
			return path, err
		}
	}
	return "", nil
}

// exists reports whether there is a file. A file that cannot be looked at is an
// error: its settings must not be missed in silence.
func exists(path string) (bool, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fault.Wrap(fault.Invalid, "looking for the configuration", "", err)
	case info.IsDir():
		return false, fault.New(fault.Invalid, path+" is a directory and not a configuration file", "")
	default:
		return true, nil
	}
}
