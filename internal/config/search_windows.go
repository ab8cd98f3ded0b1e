package config

import (
	"path/filepath"

	"github.com/adrg/xdg"
)

// productDir is the name of our directories.
const productDir = "Chartwatch"

// osDirs returns the directories of a person's and of the system's configuration.
func osDirs(getenv func(string) string) (person, system string) {
	person = first(getenv("XDG_CONFIG_HOME"), first(getenv("APPDATA"), xdg.ConfigHome))
	system = first(getenv("ProgramData"), `C:\ProgramData`)
	return filepath.Join(person, productDir), filepath.Join(system, productDir)
}
