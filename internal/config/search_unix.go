//go:build !windows

package config

import (
	"path/filepath"

	"github.com/adrg/xdg"
)

// productDir is the name of our directories.
const productDir = "chartwatch"

// osDirs returns the directories of a person's and of the system's configuration.
func osDirs(getenv func(string) string) (person, system string) {
	return filepath.Join(first(getenv("XDG_CONFIG_HOME"), xdg.ConfigHome), productDir), "/etc/" + productDir
}
