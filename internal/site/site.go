// Package site is one practice as it is configured: how its data directory is
// opened, how its files are read, which rules are in force, and how a period is
// reviewed. The command line and the daemon both work through it, so that they
// cannot differ.
//
// It decides nothing and prints nothing, and it refuses to look at the
// surroundings of the process: clock, zone and directories are handed in.
package site

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/config"
	"github.com/chartwatch/chartwatch/internal/coverage"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/review"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

// Site is one configured practice.
type Site struct {
	Loaded config.Loaded
	// Computer is the computer's time zone, or nil if it has no name. It stands in,
	// as an assumption, if the configuration names none.
	Computer *time.Location
	// CredentialsDir is where the service manager puts the key, or empty.
	CredentialsDir string
	// Version is the program's, for reports.
	Version string
	Clock   func() time.Time
	Log     *slog.Logger
	// Waiting is called if another process uses the data directory for longer than a
	// second. It may be nil.
	Waiting func(holder string)
}

// Workspace returns the options for the site's data directory. With create, it
// is made if there is none.
func (s *Site) Workspace(create bool) intake.WorkspaceOptions {
	c := s.Loaded.Config
	return intake.WorkspaceOptions{
		Store: store.Options{
			Dir: c.DataDir, MemoryLimit: c.Store.MemoryLimit, Threads: c.Store.Threads, Wait: c.Store.Wait, Waiting: s.Waiting,
		},
		Key: seal.Locator{
			File: c.Key.File, Dir: filepath.Join(s.Loaded.ConfigDir, "keys"),
			CredentialsDir: s.CredentialsDir, Keyring: c.Key.Store == config.KeyInKeyring,
		},
		Recipients: c.Key.Recipients,
		Create:     create,
	}
}

// ForRules changes options for work with names in clear: it gets the memory that
// is set for rules, and what it sees is not written to the disk.
func (s *Site) ForRules(o intake.WorkspaceOptions) intake.WorkspaceOptions {
	o.Store.MemoryLimit, o.Store.NoSpill = s.Loaded.Config.Review.MemoryLimit, true
	return o
}

// Zone returns the zone for times without an offset, and on what it is based: the
// name given, the configuration, or the computer's own, which is an assumption.
func (s *Site) Zone(name string) (*time.Location, ingest.TZBasis, error) {
	if name == "" {
		name = s.Loaded.Config.Timezone
	}
	if name != "" {
		return loadZone(name)
	}
	if s.Computer == nil {
		return nil, "", fault.New(fault.Usage, "this computer's time zone has no name that chartwatch knows",
			"give the practice's zone with --timezone, for example --timezone America/Chicago, or set timezone in the configuration")
	}
	return s.Computer, ingest.TZAssumed, nil
}

func loadZone(name string) (*time.Location, ingest.TZBasis, error) {
	zone, err := time.LoadLocation(name)
	// EST and the like have no daylight-saving time, which is not what is meant.
	if err != nil || (name != "UTC" && !strings.Contains(name, "/")) {
		return nil, "", fault.New(fault.Usage, fmt.Sprintf("unknown time zone %q", name),
			"use a name of the IANA time zone database, for example America/New_York")
	}
	return zone, ingest.TZSourceSetting, nil
}

// Weekly is when the weekly review is due.
func (s *Site) Weekly() (review.Weekly, error) {
	w, err := config.ParseWeekly(s.Loaded.Config.Schedule.Review)
	if err != nil {
		return review.Weekly{}, fault.Wrap(fault.Invalid, "the schedule cannot be used", "see schedule.review in the configuration", err)
	}
	return review.Weekly(w), nil
}

// Expectations says on which days the configured sources should have a log, by name.
func (s *Site) Expectations() (map[string]coverage.Expectation, error) {
	all := map[string]coverage.Expectation{}
	for _, src := range s.Loaded.Config.Sources {
		e := coverage.Expectation{Daily: src.Expect == config.ExpectDaily, NoPattern: src.Expect == config.ExpectNone}
		if err := errors.Join(readDay(&e.From, src.From), readDay(&e.Until, src.Until)); err != nil {
			return nil, err
		}
		all[src.Name] = e
	}
	return all, nil
}

// readDay reads a day of the configuration; an empty text is none.
func readDay(d *coverage.Day, text string) error {
	if text == "" {
		return nil
	}
	if err := d.UnmarshalText([]byte(text)); err != nil {
		return fault.New(fault.Invalid, fmt.Sprintf("%q is not a day", text), "write it as 2025-01-31")
	}
	return nil
}
