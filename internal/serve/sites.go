package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
)

// Known is a practice that was served at some time.
type Known struct {
	DataDir string `json:"data_dir"`
	Drop    string `json:"drop,omitempty"`
	// Waiting are files in its drop folder that nobody takes.
	Waiting int `json:"-"`
}

// NoteSites remembers the practices of a configuration of several, by name, and
// returns those that were served before and are no longer among them, as long as
// their data directory is there.
func NoteSites(dir string, now map[string]Known) (map[string]Known, error) {
	path := filepath.Join(dir, "sites.json")
	known := map[string]Known{}
	text, err := os.ReadFile(path) //nolint:gosec // a path of the data directory
	if err == nil {
		err = json.Unmarshal(text, &known)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		known = map[string]Known{} // it is made again from now on
	}
	gone := map[string]Known{}
	for name, k := range known {
		if _, still := now[name]; still {
			continue
		}
		if _, err := os.Stat(k.DataDir); err != nil {
			delete(known, name)
			continue
		}
		k.Waiting = waitingIn(k.Drop)
		gone[name] = k
	}
	maps.Copy(known, now)
	text, err = json.MarshalIndent(known, "", "  ")
	if err != nil {
		return gone, fmt.Errorf("writing down the practices: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return gone, err
	}
	return gone, os.WriteFile(path, append(text, '\n'), 0o600)
}

// waitingIn counts the files that lie in a drop folder.
func waitingIn(dir string) int {
	entries, err := os.ReadDir(dir)
	if dir == "" || err != nil {
		return 0
	}
	n := 0
	for _, e := range entries {
		if e.Type().IsRegular() && e.Name()[0] != '.' && filepath.Ext(e.Name()) != ".done" {
			n++
		}
	}
	return n
}
