// Package archive keeps original files under their SHA-256, compressed and
// encrypted, so that the database can be rebuilt from them and every row traced
// back to its line.
//
// A file of the archive is an age stream of a zstd stream. Its name is the hash
// and nothing else: neither the name nor the contents of the original can be
// seen on the disk. The package refuses to change or delete what it keeps, and
// to give out bytes that are not the original's.
package archive

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/chartwatch/chartwatch/internal/fault"
	"github.com/chartwatch/chartwatch/internal/seal"
	"github.com/chartwatch/chartwatch/internal/seal/durable"
)

// Names of files.
const (
	ending       = ".zst.age"
	draftPattern = "draft-*.tmp"
)

// Errors that a caller may want to tell apart.
var (
	// ErrAbsent means that the archive has no file with this hash.
	ErrAbsent = errors.New("the archive does not have this file")
	// ErrDamaged means that a file of the archive no longer gives the original.
	ErrDamaged = errors.New("the archived file is damaged")
)

// Archive is a directory of original files. It may be used by several goroutines
// at a time.
type Archive struct {
	dir    string
	create func(dir, pattern string) (file, error)

	mu      sync.RWMutex
	sealers []*seal.Sealer // the first one encrypts; the others are tried for reading
}

// file is what the archive needs of a temporary file.
type file interface {
	io.WriteCloser
	Name() string
	Sync() error
}

// Entry is a file of the archive.
type Entry struct {
	SHA256 [32]byte // of the original
	Size   int64    // on the disk, in bytes
}

// Open opens the archive in dir and makes the directory if it is missing. The
// caller holds the lock of the data directory, because what an interrupted
// program has left behind is removed.
func Open(dir string, s *seal.Sealer) (*Archive, error) {
	if err := os.MkdirAll(dir, durable.DirMode); err != nil {
		return nil, fmt.Errorf("opening the archive: %w", err)
	}
	if err := os.Chmod(dir, durable.DirMode); err != nil {
		return nil, fmt.Errorf("opening the archive: %w", err)
	}
	if err := removeLeftovers(dir); err != nil {
		return nil, fmt.Errorf("opening the archive: %w", err)
	}
	return &Archive{dir: dir, create: createTemp, sealers: []*seal.Sealer{s}}, nil
}

func createTemp(dir, pattern string) (file, error) { return os.CreateTemp(dir, pattern) }

func removeLeftovers(dir string) error {
	list, err := filepath.Glob(filepath.Join(escapeGlob(dir), draftPattern))
	if err != nil {
		return err
	}
	for _, path := range list {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

func (a *Archive) path(sha [32]byte) string {
	name := hex.EncodeToString(sha[:])
	return filepath.Join(a.dir, name[:2], name+ending)
}

// Has reports whether the archive has the file with this hash. It looks at the
// name only; [Archive.Verify] looks inside.
func (a *Archive) Has(sha [32]byte) (bool, error) {
	_, err := os.Stat(a.path(sha))
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	default:
		return false, fmt.Errorf("looking into the archive: %w", err)
	}
}

// List returns the files of the archive, ordered by hash.
func (a *Archive) List() ([]Entry, error) {
	shards, err := os.ReadDir(a.dir)
	if err != nil {
		return nil, fmt.Errorf("listing the archive: %w", err)
	}
	var list []Entry
	for _, shard := range shards {
		if !shard.IsDir() || len(shard.Name()) != 2 {
			continue
		}
		files, err := os.ReadDir(filepath.Join(a.dir, shard.Name()))
		if err != nil {
			return nil, fmt.Errorf("listing the archive: %w", err)
		}
		for _, f := range files {
			sha, ok := parseName(f.Name())
			if !ok || !strings.HasPrefix(f.Name(), shard.Name()) {
				continue
			}
			info, err := f.Info()
			if err != nil {
				return nil, fmt.Errorf("listing the archive: %w", err)
			}
			list = append(list, Entry{SHA256: sha, Size: info.Size()})
		}
	}
	return list, nil
}

func parseName(name string) (sha [32]byte, ok bool) {
	digits, ok := strings.CutSuffix(name, ending)
	if !ok || len(digits) != 2*len(sha) || strings.ToLower(digits) != digits {
		return sha, false
	}
	_, err := hex.Decode(sha[:], []byte(digits))
	return sha, err == nil
}

// Verify reads a whole file of the archive and compares it with its hash. The
// error is [ErrAbsent] or [ErrDamaged], or tells why it could not be read.
func (a *Archive) Verify(ctx context.Context, sha [32]byte) error {
	r, err := a.Open(sha)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, contextReader(ctx, r))
	return errors.Join(err, r.Close())
}

// Reencrypt encrypts every file again, for the key and the recipients of s. It
// is used when the key changes. What it cannot open with the archive's present
// keys it opens with those of s, so that it can be run again after it was
// interrupted. From its start on new files are made for s. Progress may be nil.
func (a *Archive) Reencrypt(ctx context.Context, s *seal.Sealer, progress func(done, total int)) error {
	list, err := a.List()
	if err != nil {
		return err
	}
	a.mu.Lock()
	a.sealers = append([]*seal.Sealer{s}, a.sealers...)
	a.mu.Unlock()
	for i, e := range list {
		if err := a.reencrypt(ctx, e.SHA256, s); err != nil {
			return fmt.Errorf("encrypting file %x of the archive again: %w", e.SHA256[:4], err)
		}
		if progress != nil {
			progress(i+1, len(list))
		}
	}
	a.mu.Lock()
	a.sealers = []*seal.Sealer{s}
	a.mu.Unlock()
	return nil
}

// reencrypt copies the compressed bytes: age vouches for them.
func (a *Archive) reencrypt(ctx context.Context, sha [32]byte, s *seal.Sealer) error {
	source, err := os.Open(a.path(sha))
	if err != nil {
		return err
	}
	defer source.Close() //nolint:errcheck // it is only read
	plain, err := a.decrypt(source)
	if err != nil {
		return err
	}
	f, err := a.create(a.dir, draftPattern)
	if err != nil {
		return diskError(err)
	}
	if err := writeEncrypted(f, s, contextReader(ctx, plain)); err != nil {
		return errors.Join(diskError(err), os.Remove(f.Name()))
	}
	// Windows does not replace a file that is open.
	if err := source.Close(); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return a.install(f.Name(), a.path(sha))
}

// writeEncrypted fills f and closes it in any case.
func writeEncrypted(f file, s *seal.Sealer, plain io.Reader) error {
	buffered := bufio.NewWriterSize(f, diskBuffer)
	w, err := s.Encrypt(buffered)
	if err == nil {
		_, err = io.Copy(w, plain)
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// install moves a complete temporary file to its place and removes it if that
// does not work.
func (a *Archive) install(from, to string) error {
	shard := filepath.Dir(to)
	err := os.Mkdir(shard, durable.DirMode)
	isNew := err == nil
	if isNew || errors.Is(err, fs.ErrExist) {
		err = durable.Rename(from, to)
	}
	if err != nil {
		return errors.Join(diskError(err), os.Remove(from))
	}
	err = durable.SyncDir(shard)
	if isNew {
		err = errors.Join(err, durable.SyncDir(a.dir))
	}
	return err
}

// diskError adds what to do about a full disk.
func diskError(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, errDiskFull) {
		return fault.Wrap(fault.Internal, "the disk of the data directory is full",
			"free some space or move the data directory; nothing was imported from this file", err)
	}
	return fmt.Errorf("writing to the archive: %w", err)
}

// escapeGlob makes a path match itself only.
func escapeGlob(path string) string {
	return strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]").Replace(path)
}

// contextReader makes reading stop when the context ends.
func contextReader(ctx context.Context, r io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return r.Read(p)
	})
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
