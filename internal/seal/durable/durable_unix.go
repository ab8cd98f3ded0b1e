//go:build !windows

package durable

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

func rename(from, to string) error { return os.Rename(from, to) }

func syncDir(dir string) error {
	d, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil // some network file systems have no such call
	}
	if err := errors.Join(err, d.Close()); err != nil {
		return fmt.Errorf("writing the directory %q: %w", dir, err)
	}
	return nil
}
