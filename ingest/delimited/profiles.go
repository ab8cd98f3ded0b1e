package delimited

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed profiles/*.yaml
var profileFiles embed.FS

// Profile describes a mapping that comes with chartwatch.
type Profile struct {
	// Name is the profile's name, which is its file's name without extension.
	Name string
	// Product is the product whose export it reads.
	Product string
	// Status says how well the export is documented: "documented", "partly", or
	// what else the profile says.
	Status string
}

// Profiles returns the embedded profiles in the order of their names.
func Profiles() ([]Profile, error) {
	mappings, err := loadProfiles()
	if err != nil {
		return nil, err
	}
	all := make([]Profile, len(mappings))
	for i, m := range mappings {
		all[i] = Profile{Name: m.name, Product: m.product, Status: m.status}
	}
	return all, nil
}

// ProfileYAML returns the text of an embedded profile, as a mapping to start
// from.
func ProfileYAML(name string) ([]byte, error) {
	text, err := profileFiles.ReadFile("profiles/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("unknown profile %q", name)
	}
	return text, nil
}

func loadProfiles() ([]*mapping, error) {
	paths, err := fs.Glob(profileFiles, "profiles/*.yaml")
	if err != nil {
		return nil, err
	}
	var all []*mapping
	for _, path := range paths {
		text, err := profileFiles.ReadFile(path)
		if err != nil {
			return nil, err
		}
		m, err := loadMapping(path, text)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}
