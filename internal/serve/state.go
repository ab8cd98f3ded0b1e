package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// state is what is worth remembering over a restart. All of it can be lost: then a
// daily import is done once more, which changes nothing.
type state struct {
	// LastIngest is when the daily import last began and went well.
	LastIngest time.Time `json:"last_ingest,omitzero"`
	// NextDue is when the first week that is not reviewed is due, as last known. It
	// is needed when the database cannot be opened.
	NextDue time.Time `json:"next_due,omitzero"`
	// BadPaths are the files of the last daily import that could not be imported.
	BadPaths int `json:"bad_paths,omitempty"`
	// Failed is how many files that could not be imported people were told of, and
	// FailedAt is when.
	Failed   int       `json:"failed,omitempty"`
	FailedAt time.Time `json:"failed_at,omitzero"`
	// Drop is the drop folder that has been opened.
	Drop string `json:"drop,omitempty"`
	// WaitingSince is since when files have been left waiting in the drop folder.
	WaitingSince time.Time `json:"waiting_since,omitzero"`
}

func statePath(dataDir string) string { return filepath.Join(dataDir, "serve.json") }

func loadState(dataDir string) (state, error) {
	var s state
	text, err := os.ReadFile(statePath(dataDir))
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("reading the state of the daemon: %w", err)
	}
	if json.Unmarshal(text, &s) != nil {
		s = state{} // cut off by a full disk; nothing depends on it
	}
	return s, nil
}

func (s state) save(dataDir string) error {
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("writing down the state of the daemon: %w", err)
	}
	tmp := statePath(dataDir) + ".new"
	if err := os.WriteFile(tmp, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing down the state of the daemon: %w", err)
	}
	return os.Rename(tmp, statePath(dataDir))
}
