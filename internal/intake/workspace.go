package intake

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chartwatch/chartwatch/ingest"
	"github.com/chartwatch/chartwatch/internal/archive"
	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/store"
)

// Workspace is an open data directory: its database, its archive and its key.
type Workspace struct {
	DB      *store.DB
	Archive *archive.Archive
	Sealer  *seal.Sealer
	// KeyCreated says where the key was put if this call made it, else empty.
	KeyCreated string

	dir        string
	locator    seal.Locator
	ring       seal.Ring
	recipients []string
	rebuilding bool // the database is a new one that takes the old one's place
}

// WorkspaceOptions say how to open a data directory.
type WorkspaceOptions struct {
	Store store.Options
	// Key finds the key; its Instance is filled in.
	Key seal.Locator
	// Recipients are additional age recipients for the archive and the key's recovery.
	Recipients []string
	// Create makes a data directory, and a key for it, where there is none.
	Create bool
}

// instanceFile holds the data directory's random id, by which its key is found.
const instanceFile = "instance"

// Exists reports whether a folder is a data directory.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, instanceFile))
	return err == nil
}

// OpenWorkspace opens a data directory. The caller closes it.
func OpenWorkspace(ctx context.Context, o WorkspaceOptions) (*Workspace, error) {
	if _, err := os.Stat(filepath.Join(o.Store.Dir, instanceFile)); err != nil && !o.Create {
		return nil, fault.Wrap(fault.NotFound, "there is no chartwatch data directory yet", "import a log first, for example with `chartwatch ingest FILE`, or name another directory with --data", err)
	}
	db, err := store.Open(ctx, o.Store)
	if err != nil {
		return nil, err
	}
	w := &Workspace{DB: db, dir: o.Store.Dir, locator: o.Key, recipients: o.Recipients, rebuilding: o.Store.File == rebuildFile}
	if err := w.open(ctx, o.Create); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return w, nil
}

func (w *Workspace) open(ctx context.Context, create bool) error {
	instance, err := readInstance(w.dir)
	if err != nil {
		return err
	}
	w.locator.Instance = instance
	if err := w.checkBesideManifest(ctx); err != nil {
		return err
	}
	stored, err := storedKeyID(ctx, w.DB)
	if err != nil {
		return err
	}
	w.ring, err = w.locator.Load()
	switch {
	case errors.Is(err, seal.ErrNoKey) && stored == "" && create:
		err = w.createKey()
	case errors.Is(err, seal.ErrNoKey):
		err = fault.Wrap(fault.Invalid, "the key of this data directory is missing, so nothing in it can be read",
			"bring it back with `chartwatch key import`, from what `chartwatch key export` printed or from a recovery recipient", err)
	}
	if err != nil {
		return err
	}
	if err := w.openSealer(ctx, stored); err != nil {
		return err
	}
	if err := w.updateRecovery(w.ring.Current); err != nil {
		return err
	}
	if w.Archive, err = archive.Open(filepath.Join(w.dir, "archive"), w.Sealer); err != nil {
		return dataDirError(err)
	}
	return w.Importer(nil, nil).Recover(func(sha string) (bool, error) { return w.known(ctx, sha) })
}

// checkBesideManifest refuses an empty database beside the manifest of an older
// one, because what is imported into it would take the older imports' numbers.
// In a rebuild it is as it should be.
func (w *Workspace) checkBesideManifest(ctx context.Context) error {
	if w.rebuilding {
		return nil
	}
	if err := store.Remove(w.dir, rebuildFile); err != nil {
		return err
	}
	names, err := filepath.Glob(filepath.Join(sidecarDir(w.dir), "*.json.age"))
	if err != nil || len(names) == 0 {
		return err
	}
	var imports int
	if err := w.DB.QueryRow(ctx, "SELECT count(*) FROM import").Scan(&imports); err != nil {
		return fmt.Errorf("reading the manifest: %w", err)
	}
	if imports > 0 {
		return nil
	}
	return fault.New(fault.Internal, fmt.Sprintf("the database is empty, but %d files have been imported into this data directory", len(names)),
		"run `chartwatch rebuild`, which makes the database again from the archived files")
}

// known reports whether a file's import was committed. While the database is
// being rebuilt nobody knows; a file that is in the archive is then imported.
func (w *Workspace) known(ctx context.Context, sha string) (bool, error) {
	if w.rebuilding {
		raw, err := hex.DecodeString(sha)
		if err != nil || len(raw) != 32 {
			return false, nil //nolint:nilerr // no file has such a hash
		}
		return w.Archive.Has([32]byte(raw))
	}
	var n int
	err := w.DB.QueryRow(ctx, "SELECT count(*) FROM import WHERE sha256 = ?", sha).Scan(&n)
	return n > 0, err
}

// Close closes the data directory.
func (w *Workspace) Close() error { return w.DB.Close() }

// Importer returns an importer into the data directory.
func (w *Workspace) Importer(r *ingest.Registry, clock func() time.Time) *Importer {
	return &Importer{DB: w.DB, Archive: w.Archive, Sealer: w.Sealer, Registry: r, Clock: clock}
}

// Key returns the current key. It must not be printed but on the owner's demand.
func (w *Workspace) Key() seal.Key { return w.ring.Current }

func readInstance(dir string) (string, error) {
	path := filepath.Join(dir, instanceFile)
	text, err := os.ReadFile(path) //nolint:gosec // a path of the data directory
	if err == nil && strings.TrimSpace(string(text)) != "" {
		return strings.TrimSpace(string(text)), nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("reading the data directory's id: %w", err)
	}
	id := strings.ToLower(rand.Text()[:20])
	if err := os.WriteFile(path, []byte(id+"\n"), 0o600); err != nil {
		return "", fault.Wrap(fault.Internal, "cannot write to the data directory", "check its permissions, or choose another one with --data", err)
	}
	return id, nil
}

func (w *Workspace) createKey() error {
	key, err := seal.NewKey()
	if err != nil {
		return err
	}
	if err := w.locator.Create(key); err != nil {
		return err
	}
	w.ring = seal.Ring{Current: key}
	w.KeyCreated, err = w.locator.Where()
	return err
}

// openSealer chooses the key that the database's values are sealed with, which
// is the previous one if a rotation was interrupted before it changed them.
func (w *Workspace) openSealer(ctx context.Context, stored string) error {
	use, others := w.ring.Current, w.ring.Previous
	if stored != "" && stored != use.ID() {
		found := false
		for i, k := range w.ring.Previous {
			if k.ID() == stored {
				others = append([]seal.Key{w.ring.Current}, append(append([]seal.Key{}, w.ring.Previous[:i]...), w.ring.Previous[i+1:]...)...)
				use, found = k, true
				break
			}
		}
		if !found {
			return fault.New(fault.Invalid, "the key that was found is not the one of this data directory",
				"bring the right one back with `chartwatch key import`")
		}
	}
	var err error
	if w.Sealer, err = seal.NewSealer(use, w.recipients, others...); err != nil {
		return err
	}
	if stored != "" {
		return nil
	}
	return w.DB.Update(ctx, func(ctx context.Context, tx *store.Tx) error { return setKeyID(ctx, tx, use.ID()) })
}

func storedKeyID(ctx context.Context, db *store.DB) (string, error) {
	var id string
	err := db.QueryRow(ctx, "SELECT coalesce(max(value), '') FROM setting WHERE name = 'key_id'").Scan(&id)
	if err != nil {
		return "", fmt.Errorf("reading the key's id: %w", err)
	}
	return id, nil
}

func setKeyID(ctx context.Context, tx *store.Tx, id string) error {
	if err := tx.Exec(ctx, "DELETE FROM setting WHERE name = 'key_id'"); err != nil {
		return err
	}
	return tx.Exec(ctx, "INSERT INTO setting VALUES ('key_id', ?)", id)
}

// ImportKey puts a key in place for a data directory that has lost its own. It
// is checked against the database before it is kept.
func ImportKey(ctx context.Context, o WorkspaceOptions, k seal.Key) (where string, err error) {
	db, err := store.Open(ctx, o.Store)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	instance, err := readInstance(o.Store.Dir)
	if err != nil {
		return "", err
	}
	stored, err := storedKeyID(ctx, db)
	if err != nil {
		return "", err
	}
	if stored != "" && stored != k.ID() {
		return "", fault.New(fault.Invalid, "this is not the key of this data directory", "look for the one that was printed when the directory was made, or after the last rotation")
	}
	locator := o.Key
	locator.Instance = instance
	if err := locator.Create(k); err != nil {
		return "", err
	}
	return locator.Where()
}
