// Package durable writes files that are either there as a whole or not at all,
// also after a power cut.
//
// It refuses to follow a file's contents: it neither reads nor encrypts. Every
// file it makes can be read by its owner only.
package durable

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// The permissions of everything that the program stores.
const (
	FileMode os.FileMode = 0o600
	DirMode  os.FileMode = 0o700
)

// WriteFile replaces the file at path by one with the given contents: a
// temporary file beside it, fsync, rename. The directory is made if it is
// missing. If path is a symbolic link, what it points to is replaced.
func WriteFile(path string, data []byte) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, DirMode); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return SyncDir(dir)
}

// CreateFile is [WriteFile] for a file that must not exist yet. If it does, the
// error is [os.ErrExist] and the file is left as it is.
func CreateFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), DirMode); err != nil {
		return err
	}
	// An empty file takes the name, because not every file system can rename
	// without overwriting.
	f, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_EXCL|os.O_WRONLY, FileMode)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := WriteFile(path, data); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// Rename gives the closed file at from the name to, and replaces what was there.
func Rename(from, to string) error {
	if err := rename(from, to); err != nil {
		return fmt.Errorf("renaming: %w", err)
	}
	return nil
}

// SyncDir makes what was created or renamed in a directory last. It does
// nothing where the file system does that by itself.
func SyncDir(dir string) error { return syncDir(dir) }
