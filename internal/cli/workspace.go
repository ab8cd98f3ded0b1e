package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/ingest/builtin"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/intake"
	"github.com/chartwatch/chartwatch/internal/seal"
)

// withWorkspace opens the configured data directory for as long as do takes.
func (a *app) withWorkspace(ctx context.Context, create bool, do func(*intake.Workspace) error) error {
	return a.openFor(ctx, a.site().Workspace(create), do)
}

// openFor opens a data directory for as long as do takes.
func (a *app) openFor(ctx context.Context, o intake.WorkspaceOptions, do func(*intake.Workspace) error) error {
	w, err := intake.OpenWorkspace(ctx, o)
	if err != nil {
		return a.foreignKey(err, o.Store.Dir)
	}
	if w.KeyCreated != "" && o.Store.Dir == a.loaded.Config.DataDir {
		a.say("a new data directory was made; everything in it is sealed with the key in %s", w.KeyCreated)
		a.say("hint: run `chartwatch key export` once and keep what it prints in a safe place; without the key the data cannot be read")
	}
	return errors.Join(do(w), w.Close())
}

// foreignKey gives another hint if a key is missing because it belongs to somebody else:
// keys lie in the home of the account that made the data directory, and behind sudo
// that is not the one that is looked into.
func (a *app) foreignKey(err error, dir string) error {
	owner, known := ownerOf(dir)
	if !errors.Is(err, seal.ErrNoKey) || a.loaded.Config.Key.File != "" || !known || owner.Uid == strconv.Itoa(a.env.EUID) {
		return err
	}
	how := "for example with `sudo -H -u " + owner.Username + " chartwatch ...`"
	if a.env.Getenv("SUDO_USER") == owner.Username {
		how = "that is, without sudo"
	}
	return fault.Wrap(fault.KindOf(err), "", "the data directory belongs to the account "+owner.Username+", and its key is kept for that account: run this as "+owner.Username+", "+how, err)
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
	o := a.site().Workspace(true)
	o.Store.Dir = filepath.Join(dir, "data")
	o.Key = seal.Locator{Dir: filepath.Join(dir, "keys")}
	o.Recipients = nil
	return do(o)
}

func parsers() (*ingest.Registry, error) { return builtin.Registry() }
