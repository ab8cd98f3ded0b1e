package config

import (
	_ "embed"
)

//go:embed template.yaml
var template string

// Template returns a configuration file with every setting, its default and an
// explanation.
func Template() string { return template }
