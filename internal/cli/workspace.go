package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/builtin"
	"github.com/chartwatch/chartwatch/internal/config"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

// workspaceOptions are the options for the configured data directory.
func (a *app) workspaceOptions(create bool) intake.WorkspaceOptions {
	c := a.loaded.Config
	return intake.WorkspaceOptions{
		Store: store.Options{
			Dir: c.DataDir, MemoryLimit: c.Store.MemoryLimit, Threads: c.Store.Threads, Wait: c.Store.Wait,
			Waiting: func(holder string) {
				a.say("waiting for %s, which is using the data directory", holder)
			},
		},
		Key: seal.Locator{
			File: c.Key.File, Dir: filepath.Join(a.loaded.ConfigDir, "keys"),
			CredentialsDir: a.env.Getenv("CREDENTIALS_DIRECTORY"), Keyring: c.Key.Store == config.KeyInKeyring,
		},
		Recipients: c.Key.Recipients,
		Create:     create,
	}
}

// withWorkspace opens the configured data directory for as long as do takes.
func (a *app) withWorkspace(ctx context.Context, create bool, do func(*intake.Workspace) error) error {
	return a.openFor(ctx, a.workspaceOptions(create), do)
}

// openFor opens a data directory for as long as do takes.
func (a *app) openFor(ctx context.Context, o intake.WorkspaceOptions, do func(*intake.Workspace) error) error {
	w, err := intake.OpenWorkspace(ctx, o)
	if err != nil {
		return err
	}
	if w.KeyCreated != "" && o.Store.Dir == a.loaded.Config.DataDir {
		a.say("a new data directory was made; everything in it is sealed with the key in %s", w.KeyCreated)
		a.say("hint: run `chartwatch key export` once and keep what it prints in a safe place; without the key the data cannot be read")
	}
	return errors.Join(do(w), w.Close())
}

// withTemporary opens a data directory that is removed afterwards.
func (a *app) withTemporary(ctx context.Context, do func(*intake.Workspace) error) error {
	return a.inTemporary(func(o intake.WorkspaceOptions) error { return a.openFor(ctx, o, do) })
}

// inTemporary makes the place for a data directory that is removed afterwards. It
// is sealed like any other, with a key that is removed too.
func (a *app) inTemporary(do func(intake.WorkspaceOptions) error) (err error) {
	dir, err := os.MkdirTemp(a.env.TempDir, "chartwatch-")
	if err != nil {
		return fault.Wrap(fault.Internal, "cannot make a temporary directory", "name a data directory with --data", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	o := a.workspaceOptions(true)
	o.Store.Dir = filepath.Join(dir, "data")
	o.Key = seal.Locator{Dir: filepath.Join(dir, "keys")}
	o.Recipients = nil
	return do(o)
}

func registry() (*ingest.Registry, error) { return builtin.Registry() }

// zone returns the zone for times without an offset, and on what it is based:
// the flag, the configuration, or the computer's own, which is an assumption.
func (a *app) zone(flag string) (*time.Location, ingest.TZBasis, error) {
	name := flag
	if name == "" {
		name = a.loaded.Config.Timezone
	}
	if name != "" {
		return loadZone(name)
	}
	if a.env.Zone == nil {
		return nil, "", fault.New(fault.Usage, "this computer's time zone has no name that chartwatch knows",
			"give the practice's zone with --timezone, for example --timezone America/Chicago, or set timezone in the configuration")
	}
	return a.env.Zone, ingest.TZAssumed, nil
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
